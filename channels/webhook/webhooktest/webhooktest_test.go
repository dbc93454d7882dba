package webhooktest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"patchbay/channels/standardwebhooks"
	"patchbay/channels/webhook/webhooktest"
	"patchbay/models"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, c webhooktest.Config) *webhooktest.Server {
	t.Helper()
	s, err := webhooktest.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close error = %v", err)
		}
	})
	return s
}

// client posts as Patchbay does.
func client(t *testing.T) *webhooktest.Sender {
	t.Helper()
	c, err := webhooktest.NewSender(webhooktest.DefaultSecret, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

const hello = `{"type":"message","id":"o1","chat":{"id":"c9"},"author":{"kind":"agent","name":"Ben"},"text":"Hello"}`

func post(t *testing.T, s *webhooktest.Server, webhookID, body string) webhooktest.Answer {
	t.Helper()
	got, err := client(t).PostRaw(t.Context(), s.URL(), webhookID, []byte(body))
	if err != nil {
		t.Fatalf("PostRaw error = %v", err)
	}
	return got
}

func TestTake(t *testing.T) {
	s := start(t, webhooktest.Config{})
	if got := post(t, s, "w1", hello); got.Status != 200 || got.Body != `{"id":"their-1"}` {
		t.Errorf("first = %+v, want an id", got)
	}
	if got := post(t, s, "w1", hello); got.Status != 200 || got.Body != `{"id":"their-1"}` {
		t.Errorf("again = %+v, want the same answer", got)
	}
	post(t, s, "w2", strings.Replace(hello, "Hello", "Bye", 1))
	post(t, s, "w3", `{"type":"edit","id":"their-1","chat":{"id":"c9"},"author":{"kind":"agent"},"text":"Hello!"}`)
	post(t, s, "w4", strings.Replace(hello, "c9", "c8", 1))
	if err := s.WaitFor(t.Context(), "c9", "Hello!"); err != nil {
		t.Error(err)
	}
	var texts []string
	for _, m := range s.Chat("c9") {
		texts = append(texts, m.Text)
	}
	if !slices.Equal(texts, []string{"Hello!", "Bye"}) || s.Repeats() != 1 || len(s.Posts()) != 4 || s.Calls() != 5 {
		t.Errorf("chat %q, %d repeats, %d posts, %d calls", texts, s.Repeats(), len(s.Posts()), s.Calls())
	}
	if m := s.Chat("c9")[0]; !m.Edited || m.Given != "their-1" || m.Type != "edit" {
		t.Errorf("the message = %+v, want it edited under its id", m)
	}
	if got := post(t, s, "w5", `{"type":"delete","id":"their-1","chat":{"id":"c9"}}`); got.Status != 200 || !s.Chat("c9")[0].Deleted {
		t.Errorf("delete = %+v, %+v", got, s.Chat("c9"))
	}
	if got := post(t, s, "w6", `{"type":"delete","id":"nobody","chat":{"id":"c9"}}`); got.Status != 404 {
		t.Errorf("delete of nothing = %+v, want 404", got)
	}
}

func TestRefuse(t *testing.T) {
	s := start(t, webhooktest.Config{})
	stranger, err := webhooktest.NewSender(standardwebhooks.NewSecret(make([]byte, 24)).Reveal(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	got, err := stranger.PostRaw(t.Context(), s.URL(), "w1", []byte(hello))
	if err != nil || got.Status != 401 || s.Refused() != 1 || len(s.Posts()) != 0 {
		t.Errorf("a stranger's post = %+v, %v, %d refused", got, err, s.Refused())
	}
	for i, body := range []string{
		`{`, `{} {}`, `{"type":"message","id":"o1","chat":{"id":"c9"},"author":{"kind":"bot"},"text":"x","colour":1}`,
		`{"type":"hologram","id":"o1","chat":{"id":"c9"}}`, strings.Replace(hello, "agent", "martian", 1), strings.Replace(hello, "Hello", "", 1),
		strings.Replace(hello, "c9", "", 1),
	} {
		if got := post(t, s, "broken-"+strconv.Itoa(i), body); got.Status != 400 {
			t.Errorf("post(%s) = %+v, want 400", body, got)
		}
	}
	if n := len(s.Broken()); n != 7 || len(s.Posts()) != 0 {
		t.Errorf("%d broken and %d taken, want 7 and 0", n, len(s.Posts()))
	}
	resp, err := http.Get(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET = %d, want 405", resp.StatusCode)
	}
}

func TestFaults(t *testing.T) {
	tests := []struct {
		name   string
		fault  webhooktest.Fault
		status int // 0: no answer
		taken  int
	}{
		{"refuse", webhooktest.Refuse(500), 500, 0},
		{"gone", webhooktest.Gone(), 410, 0},
		{"page", webhooktest.HTML(502), 502, 0},
		{"redirect", webhooktest.Redirect("http://127.0.0.1:1/"), 307, 0},
		{"rate", webhooktest.RateLimit(3), 429, 0},
		{"cut", webhooktest.Cut(), 0, 1},
		{"half", webhooktest.Half(), 0, 1},
		{"slow", webhooktest.Slow(time.Millisecond), 200, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, webhooktest.Config{})
			s.Fail("c9", 1, tt.fault)
			if got := post(t, s, "w0", strings.Replace(hello, "c9", "c8", 1)); got.Status != 200 {
				t.Errorf("another chat = %+v, want 200", got)
			}
			got, err := client(t).PostRaw(t.Context(), s.URL(), "w1", []byte(hello))
			if got.Status != tt.status || (err == nil) != (tt.status != 0) || len(s.Chat("c9")) != tt.taken {
				t.Errorf("post = %+v, %v, %d taken; want %d, %d taken", got, err, len(s.Chat("c9")), tt.status, tt.taken)
			}
			if got := post(t, s, "w1", hello); got.Status != 200 || len(s.Chat("c9")) != 1 {
				t.Errorf("the next post = %+v, want it taken once", got)
			}
		})
	}
	t.Run("until healed", func(t *testing.T) {
		s := start(t, webhooktest.Config{})
		s.Fail("", -1, webhooktest.Refuse(503))
		for range 3 {
			if got := post(t, s, "w1", hello); got.Status != 503 {
				t.Errorf("post = %+v, want 503", got)
			}
		}
		s.Heal()
		if got := post(t, s, "w1", hello); got.Status != 200 {
			t.Errorf("post = %+v, want 200", got)
		}
	})
	t.Run("hang ends with the server", func(t *testing.T) {
		s := start(t, webhooktest.Config{})
		s.Fail("", 1, webhooktest.Hang())
		c := client(t)
		done := make(chan error, 1)
		go func() {
			_, err := c.PostRaw(context.Background(), s.URL(), "w1", []byte(hello)) // Close ends it
			done <- err
		}()
		if err := s.Wait(t.Context(), func() bool { return s.Calls() == 1 }); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("Close error = %v", err)
		}
		if err := <-done; err == nil {
			t.Error("a post that hangs was answered")
		}
	})
}

func TestWaitEnds(t *testing.T) {
	s := start(t, webhooktest.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.WaitFor(ctx, "c9", "never"); !errors.Is(err, context.Canceled) {
		t.Errorf("WaitFor error = %v, want canceled", err)
	}
}

// TestCustomer: what a customer does is signed and in the form of the protocol.
func TestCustomer(t *testing.T) {
	keys, err := standardwebhooks.Parse(models.Secrets{models.NewSecret(webhooktest.DefaultSecret)})
	if err != nil {
		t.Fatal(err)
	}
	var (
		mu     sync.Mutex
		events []map[string]any
		ids    []string
	)
	patchbay := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = keys.Verify(r.Header, body, time.Now())
		}
		if err != nil {
			t.Error(err)
		}
		var e map[string]any
		if err := json.NewDecoder(bytes.NewReader(body)).Decode(&e); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		events, ids = append(events, e), append(ids, r.Header.Get("webhook-id"))
		if e["text"] == "refuse" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusAccepted)
	}))
	defer patchbay.Close()

	s := start(t, webhooktest.Config{})
	c := s.Customer(patchbay.URL, "c9", webhooktest.Person{Name: "Ann", Locale: "en"})
	id, err := c.Write(t.Context(), "hi")
	if err != nil {
		t.Fatal(err)
	}
	for name, do := range map[string]func() error{
		"edit":     func() error { return c.Edit(t.Context(), id, "hi!") },
		"delete":   func() error { return c.Delete(t.Context(), id) },
		"reaction": func() error { return c.React(t.Context(), "o1", "👍") },
		"button":   func() error { return c.Press(t.Context(), "o1", webhooktest.Button{Title: "Yes", Payload: "y"}) },
		"receipt":  func() error { return c.Report(t.Context(), "o1", "read") },
	} {
		if err := do(); err != nil {
			t.Errorf("%s error = %v", name, err)
		}
		if got := events[len(events)-1]; got["type"] != name || got["id"] == "" || got["chat"].(map[string]any)["id"] != "c9" {
			t.Errorf("%s = %v", name, got)
		}
	}
	if _, err := c.Attach(t.Context(), "", webhooktest.Attachment{Type: "image", URL: "https://a.example/b"}); err != nil {
		t.Errorf("Attach error = %v", err)
	}
	if _, err := c.Write(t.Context(), "refuse"); err == nil {
		t.Error("Write error = nil, want one for a refusal")
	}
	if slices.Sort(ids); len(slices.Compact(ids)) != 8 {
		t.Errorf("webhook-ids %q, want 8 different ones", ids)
	}

	ids = nil
	answers, err := s.PostTwice(t.Context(), patchbay.URL, webhooktest.Event{Type: "message", ID: "m1", Chat: webhooktest.Ref{ID: "c9"}, Text: "hi"})
	if err != nil || answers[0].Status != 202 || answers[1].Status != 202 || len(ids) != 2 || ids[0] != ids[1] {
		t.Errorf("PostTwice = %+v, %v with webhook-ids %q, want one twice", answers, err, ids)
	}
}

func TestStartFails(t *testing.T) {
	s := start(t, webhooktest.Config{})
	for name, c := range map[string]webhooktest.Config{
		"secret":       {Secret: "no base64!"},
		"address":      {Addr: "256.0.0.1:0"},
		"address used": {Addr: strings.TrimSuffix(strings.TrimPrefix(s.URL(), "http://"), "/messages")},
	} {
		if s, err := webhooktest.Start(c); err == nil {
			_ = s.Close()
			t.Errorf("Start(%s) error = nil, want one", name)
		}
	}
}
