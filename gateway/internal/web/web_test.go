package web_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/gateway/internal/web"
	"patchbay/handover"
)

// receive and listen are receivers that are a function.
type receive func(r *http.Request) (channels.Update, error)

func (f receive) Receive(r *http.Request) (channels.Update, error) { return f(r) }

type listen func(r *http.Request, endpoint string) (handover.Update, error)

func (f listen) Receive(r *http.Request, endpoint string) (handover.Update, error) {
	return f(r, endpoint)
}

// journal is a log that can be read while it is written.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.String()
}

const hush = "hush-hush"

// take reads the body as adapters do.
func take(r *http.Request) (channels.Update, error) {
	_, err := channels.ReadBody(r)
	return channels.Update{}, err
}

// serve serves a handler over real HTTP, with a channel a/b and a desk "" that do what they are told.
func serve(t *testing.T, o web.Options) (url string, log *journal) {
	t.Helper()
	log = &journal{}
	o.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if o.Channel == nil {
		o.Channel = func(string, string) (web.Channel, bool) { return web.Channel{}, false }
	}
	if o.Desk == nil {
		o.Desk = func(string) (web.Desk, bool) { return web.Desk{}, false }
	}
	if o.Ready == nil {
		o.Ready = func(context.Context) error { return nil }
	}
	s := httptest.NewServer(web.New(o))
	t.Cleanup(s.Close)
	return s.URL, log
}

// only serves one channel, a/b.
func only(r receive, accept func(context.Context, channels.Update) error) func(string, string) (web.Channel, bool) {
	return func(kind, name string) (web.Channel, bool) {
		return web.Channel{Receiver: r, Accept: accept}, kind == "a" && name == "b"
	}
}

func call(t *testing.T, method, url string, body io.Reader) (status int, header http.Header, text string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultTransport.RoundTrip(r) // follows no redirect
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(b)
}

// Ensure that what is not there is not found, and that nothing redirects.
func TestRoutes(t *testing.T) {
	took := func(context.Context, channels.Update) error { return nil }
	desk := func(name string) (web.Desk, bool) {
		return web.Desk{
			Receiver: listen(func(_ *http.Request, endpoint string) (handover.Update, error) {
				return handover.Update{Response: handover.Response{Body: []byte(name + "/" + endpoint)}}, nil
			}),
			Accept: func(context.Context, handover.Update) error { return nil },
		}, name == "" || name == "billing"
	}
	url, _ := serve(t, web.Options{Channel: only(take, took), Desk: desk})
	tests := []struct {
		method, path string
		status       int
		body         string
	}{
		{"POST", "/channels/a/b", 200, ""},
		{"GET", "/channels/a/b", 200, ""},
		{"POST", "/channels/a/c", 404, "Not Found\n"},
		{"POST", "/channels/c/b", 404, "Not Found\n"},
		{"POST", "/channels/a/b/", 404, "Not Found\n"},
		{"POST", "/channels/a", 404, "Not Found\n"},
		{"POST", "/channels/A/b", 404, "Not Found\n"},
		{"PUT", "/channels/a/b", 405, "Method Not Allowed\n"},
		{"DELETE", "/channels/a/b", 405, "Method Not Allowed\n"},
		{"POST", "/slack/events", 200, "/events"},
		{"POST", "/slack/actions", 200, "/actions"},
		{"POST", "/slack/commands", 200, "/commands"},
		{"POST", "/slack/other", 404, "Not Found\n"},
		{"POST", "/slack/billing/events", 200, "billing/events"},
		{"POST", "/slack/billing/actions", 200, "billing/actions"},
		{"POST", "/slack/billing/commands", 200, "billing/commands"},
		{"POST", "/slack/billing/other", 404, "Not Found\n"},
		{"POST", "/slack/sales/events", 404, "Not Found\n"},
		{"GET", "/slack/events", 405, "Method Not Allowed\n"},
		{"GET", "/healthz", 200, "alive\n"},
		{"POST", "/healthz", 405, "Method Not Allowed\n"},
		{"GET", "/readyz", 200, "ready\n"},
		{"GET", "/metrics", 404, "Not Found\n"},
		{"GET", "/debug/pprof/", 404, "Not Found\n"},
		{"GET", "/", 404, "Not Found\n"},
	}
	for _, test := range tests {
		status, _, body := call(t, test.method, url+test.path, strings.NewReader("{}"))
		if status != test.status || body != test.body {
			t.Errorf("%s %s = %d %q, want %d %q", test.method, test.path, status, body, test.status, test.body)
		}
	}
}

// Ensure that what is refused is answered with the status that the platform expects, and that the log says why and
// nothing of what was called with.
func TestRefused(t *testing.T) {
	refusal := func(u channels.Update, err error) receive {
		return func(r *http.Request) (channels.Update, error) {
			if _, err := channels.ReadBody(r); err != nil {
				return channels.Update{}, err
			}
			return u, err
		}
	}
	tests := []struct {
		name   string
		r      receive
		body   string
		status int
		answer string
	}{
		{"forged", refusal(channels.Update{}, channels.Errorf(channels.Forbidden, "signature does not fit")), hush, 401, "Unauthorized\n"},
		{"broken", refusal(channels.Update{}, channels.Errorf(channels.Rejected, "no JSON")), hush, 400, "Bad Request\n"},
		{"too large", take, hush + strings.Repeat("x", 4<<20), 413, "Request Entity Too Large\n"},
		{"largest", take, strings.Repeat("x", 4<<20), 200, ""},
		{"polls", refusal(channels.Update{}, &channels.Error{Kind: channels.Forbidden, Err: channels.ErrNoWebhook}), hush, 404, "Not Found\n"},
		{"its own status", refusal(channels.Update{Response: channels.Response{Status: 403}}, channels.Errorf(channels.Forbidden, "wrong token")), hush, 403, "Forbidden\n"},
		{
			"its own words", refusal(channels.Update{Response: channels.Response{Status: 422, Type: "application/json", Body: []byte(`{"why":"id"}`)}},
				channels.Errorf(channels.Rejected, "id: missing")), hush, 422, `{"why":"id"}`,
		},
		{"no kind", refusal(channels.Update{}, errors.New("odd")), hush, 503, "Service Unavailable\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			stored := false
			url, log := serve(t, web.Options{Channel: only(test.r, func(context.Context, channels.Update) error {
				stored = true
				return nil
			})})
			status, header, body := call(t, "POST", url+"/channels/a/b?token="+hush, strings.NewReader(test.body))
			if status != test.status || body != test.answer {
				t.Errorf("POST = %d %q, want %d %q", status, body, test.status, test.answer)
			}
			if test.name == "its own words" && header.Get("Content-Type") != "application/json" {
				t.Errorf("Content-Type = %q, want application/json", header.Get("Content-Type"))
			}
			if refused := test.status != 200; stored == refused {
				t.Errorf("stored: %t, want %t", stored, !refused)
			} else if refused && !strings.Contains(log.String(), "call refused") {
				t.Errorf("the log does not say why: %s", log)
			}
			if strings.Contains(log.String(), hush) {
				t.Errorf("the log repeats the call: %s", log)
			}
		})
	}
}

// Ensure that a body that does not end, or lies about its length, does not fill the memory.
func TestEndlessBody(t *testing.T) {
	var read int64
	url, _ := serve(t, web.Options{Channel: only(func(r *http.Request) (channels.Update, error) {
		n, err := io.Copy(io.Discard, r.Body)
		read = n
		return channels.Update{}, err
	}, nil)})
	status, _, _ := call(t, "POST", url+"/channels/a/b", io.LimitReader(endless{}, 64<<20))
	if status != 413 || read > 5<<20 {
		t.Errorf("POST = %d after %d bytes, want 413 after 4 MiB", status, read)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// Ensure that the desk's calls are refused with Slack's statuses.
func TestDeskRefused(t *testing.T) {
	tests := []struct {
		err    error
		status int
	}{
		{&handover.DeskError{Kind: handover.DeskForbidden, Err: errors.New("signature")}, 401},
		{&handover.DeskError{Kind: handover.DeskRejected, Err: errors.New("no JSON")}, 400},
		{&handover.DeskError{Kind: handover.DeskRejected, Err: fmt.Errorf("read: %w", &http.MaxBytesError{Limit: 1})}, 413},
		{&handover.DeskError{Kind: handover.DeskTemporary, Err: errors.New("not set up")}, 503},
		{errors.New("odd"), 503},
	}
	for _, test := range tests {
		url, log := serve(t, web.Options{Desk: func(string) (web.Desk, bool) {
			return web.Desk{Receiver: listen(func(*http.Request, string) (handover.Update, error) {
				return handover.Update{}, test.err
			})}, true
		}})
		status, _, body := call(t, "POST", url+"/slack/billing/events", strings.NewReader(hush))
		if status != test.status || body != http.StatusText(test.status)+"\n" {
			t.Errorf("with %v: POST = %d %q, want %d", test.err, status, body, test.status)
		}
		if text := log.String(); !strings.Contains(text, "slack/billing/events") || strings.Contains(text, hush) {
			t.Errorf("the log is %s", text)
		}
	}
}

// Ensure that the platform is answered after what it brought is stored, with what the adapter wants to say.
func TestStored(t *testing.T) {
	stored := make(chan string, 1)
	r := receive(func(r *http.Request) (channels.Update, error) {
		body, err := channels.ReadBody(r)
		return channels.Update{
			Inbound:  []channels.Inbound{{ID: string(body)}},
			Response: channels.Response{Status: 202, Type: "application/json", Body: []byte("{}")},
		}, err
	})
	url, log := serve(t, web.Options{Channel: only(r, func(_ context.Context, u channels.Update) error {
		stored <- u.Inbound[0].ID
		return nil
	})})
	status, header, body := call(t, "POST", url+"/channels/a/b", strings.NewReader(hush))
	if status != 202 || body != "{}" || header.Get("Content-Type") != "application/json" {
		t.Errorf("POST = %d %q, want 202 {}", status, body)
	}
	select {
	case got := <-stored:
		if got != hush {
			t.Errorf("stored %q, want %q", got, hush)
		}
	default:
		t.Error("answered before it was stored")
	}
	if strings.Contains(log.String(), hush) {
		t.Errorf("the log repeats the call: %s", log)
	}
}

// Ensure that the platform soon brings again what the database does not take.
func TestNotStored(t *testing.T) {
	desk := func(accept func(context.Context, handover.Update) error) func(string) (web.Desk, bool) {
		return func(string) (web.Desk, bool) {
			return web.Desk{Receiver: listen(func(*http.Request, string) (handover.Update, error) {
				return handover.Update{}, nil
			}), Accept: accept}, true
		}
	}
	// How long it waits is told by the deadline it sets: a busy machine may be later.
	hangs := func(ctx context.Context) error {
		if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > time.Second {
			t.Errorf("it waits until %v, %t, want a second at most", deadline, ok)
		}
		<-ctx.Done()
		return ctx.Err()
	}
	fails := func(context.Context) error { return errors.New("disk is full") }
	for name, accept := range map[string]func(context.Context) error{"hangs": hangs, "fails": fails} {
		url, log := serve(t, web.Options{
			Channel: only(take, func(ctx context.Context, _ channels.Update) error { return accept(ctx) }),
			Desk:    desk(func(ctx context.Context, _ handover.Update) error { return accept(ctx) }),
		})
		for _, path := range []string{"/channels/a/b", "/slack/events"} {
			status, _, body := call(t, "POST", url+path, strings.NewReader("{}"))
			if status != 503 || body != "Service Unavailable\n" {
				t.Errorf("%s: POST %s = %d %q, want 503", name, path, status, body)
			}
		}
		if !strings.Contains(log.String(), "WARN") {
			t.Errorf("%s: the log has no warning: %s", name, log)
		}
	}
}

// custom is a panic's value that holds what a customer wrote.
type custom struct{ text string }

// Ensure that a panic in one call ends that call alone, and that the log has where and nothing of whose.
func TestPanic(t *testing.T) {
	values := map[string]any{
		"a text": "what he wrote: " + hush, "an error": errors.New(hush), "a value": custom{hush}, "the runtime's": nil,
	}
	for name, value := range values {
		url, log := serve(t, web.Options{
			Channel: only(func(*http.Request) (channels.Update, error) {
				if value == nil {
					var none map[string]int
					none[hush] = 1 //nolint:staticcheck // SA5000: this panic is the test
				}
				panic(value)
			}, nil),
			Desk: func(string) (web.Desk, bool) {
				return web.Desk{Receiver: listen(func(*http.Request, string) (handover.Update, error) { panic(value) })}, true
			},
		})
		for _, path := range []string{"/channels/a/b", "/slack/events"} {
			status, _, body := call(t, "POST", url+path, strings.NewReader(hush))
			if status != 500 || body != "Internal Server Error\n" {
				t.Errorf("%s: POST %s = %d %q, want 500", name, path, status, body)
			}
		}
		if status, _, _ := call(t, "GET", url+"/healthz", nil); status != 200 {
			t.Errorf("%s: GET /healthz = %d afterwards, want 200", name, status)
		}
		if text := log.String(); !strings.Contains(text, "web_test.go") || strings.Contains(text, hush) {
			t.Errorf("%s: the log lacks the place, or repeats the value: %s", name, text)
		}
	}
}

func TestReady(t *testing.T) {
	tests := []struct {
		ready  func(context.Context) error
		status int
		body   string
	}{
		{func(context.Context) error { return nil }, 200, "ready\n"},
		{func(context.Context) error { return errors.New("stopping") }, 503, "not ready: stopping\n"},
		{func(ctx context.Context) error { <-ctx.Done(); return errors.New("database") }, 503, "not ready: database\n"},
	}
	for _, test := range tests {
		url, _ := serve(t, web.Options{Ready: test.ready})
		if status, _, body := call(t, "GET", url+"/readyz", nil); status != test.status || body != test.body {
			t.Errorf("GET /readyz = %d %q, want %d %q", status, body, test.status, test.body)
		}
		if status, _, body := call(t, "GET", url+"/healthz", nil); status != 200 || body != "alive\n" {
			t.Errorf("GET /healthz = %d %q, want 200 whatever /readyz says", status, body)
		}
	}
}
