package telegramtest_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"patchbay/channels/telegram/telegramtest"
)

// Ensure faults strike when planned, as planned, and no longer.
func TestFaults(t *testing.T) {
	s := start(t, loose())
	u := s.User(5, "Ann", "")
	write(t, u, "/start")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	t.Cleanup(client.CloseIdleConnections)
	send := func(ctx context.Context) (int, string, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL()+"/bot"+s.Token()+"/sendMessage?chat_id=5&text=hi", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err != nil {
			return 0, "", err
		}
		defer func() { _ = resp.Body.Close() }()
		body, err := io.ReadAll(resp.Body)
		return resp.StatusCode, string(body), err
	}
	tests := []struct {
		name   string
		fault  telegramtest.Fault
		status int
		body   string
		broken bool
		seen   int // messages that arrive
	}{
		{"refuse", telegramtest.Refuse(400, `Bad Request: "x"`), 400, `"description":"Bad Request: \"x\""`, false, 0},
		{"rate limit", telegramtest.RateLimit(3), 429, `"retry_after":3`, false, 0},
		{"raw", telegramtest.Raw(200, "xyz"), 200, "xyz", false, 0},
		{"page", telegramtest.HTML(502), 502, "<html>", false, 0},
		{"redirect", telegramtest.Redirect("http://127.0.0.1:1/"), 307, "", false, 0},
		{"half", telegramtest.Half(), 200, `{"ok":true,"resu`, true, 0},
		{"cut", telegramtest.Cut(), 0, "", true, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := len(u.Read())
			s.Fail("sendMessage", 1, test.fault)
			status, body, err := send(t.Context())
			if status != test.status || !strings.Contains(body, test.body) || (err != nil) != test.broken {
				t.Errorf("send = %d %q %v", status, body, err)
			}
			if got := len(u.Read()) - before; got != test.seen {
				t.Errorf("%d messages arrived, want %d", got, test.seen)
			}
			if status, _, err := send(t.Context()); status != 200 || err != nil {
				t.Errorf("next send = %d, %v, want ok", status, err)
			}
		})
	}
	s.Fail("", -1, telegramtest.HTML(500))
	for range 3 {
		if status, _, _ := send(t.Context()); status != 500 {
			t.Errorf("send = %d, want 500 until Heal", status)
		}
	}
	s.Heal()
	if status, _, _ := send(t.Context()); status != 200 {
		t.Errorf("send after Heal = %d, want 200", status)
	}
	s.Fail("sendMessage", 1, telegramtest.Hang())
	ctx, cancel := context.WithCancel(t.Context())
	before := len(s.Calls("sendMessage"))
	go func() {
		_ = s.Wait(ctx, func() bool { return len(s.Calls("sendMessage")) > before })
		cancel()
	}()
	if _, _, err := send(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("send that hangs = %v, want canceled", err)
	}
}

// Ensure Close ends what hangs, and what waits is told by its context.
func TestClose(t *testing.T) {
	s, err := telegramtest.Start(loose())
	if err != nil {
		t.Fatal(err)
	}
	s.Fail("getMe", 1, telegramtest.Hang())
	var hung sync.WaitGroup
	for _, method := range []string{"getMe", "getUpdates?timeout=50"} {
		hung.Go(func() {
			resp, err := http.Get(s.URL() + "/bot" + s.Token() + "/" + method)
			if err == nil {
				_ = resp.Body.Close()
			}
		})
	}
	if err := s.Wait(deadline(t), func() bool { return len(s.Calls("")) == 2 }); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close = %v", err)
	}
	hung.Wait()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.User(5, "Ann", "").WaitFor(ctx, "never"); !errors.Is(err, context.Canceled) {
		t.Errorf("WaitFor = %v, want canceled", err)
	}
	if _, err := telegramtest.Start(telegramtest.Config{Token: "abc"}); err == nil {
		t.Error("Start with a token without a number = nil, want an error")
	}
}

// Ensure files can be fetched by their id up to the platform's size.
func TestFiles(t *testing.T) {
	s := start(t, loose())
	s.AddFile("f1", []byte("content"))
	s.AddFile("big", make([]byte, 20<<20+1))
	if r := call(t, s, "getFile", "file_id", "big"); r.Status != 400 || r.Description != "Bad Request: file is too big" {
		t.Errorf("getFile(big) = %+v", r)
	}
	var f struct {
		Path string `json:"file_path"`
		Size int    `json:"file_size"`
	}
	if r := call(t, s, "getFile", "file_id", "f1"); json.Unmarshal(r.Result, &f) != nil || f.Size != 7 {
		t.Fatalf("getFile = %+v", r)
	}
	for path, want := range map[string]string{"/file/bot" + s.Token() + "/" + f.Path: "content", "/file/bot1:x/" + f.Path: "Unauthorized", "/file/bot" + s.Token() + "/files/no": "Not Found"} {
		resp, err := http.Get(s.URL() + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if !strings.Contains(string(body), want) {
			t.Errorf("GET %s = %s, want %s", path, body, want)
		}
	}
}
