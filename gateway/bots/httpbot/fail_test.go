package httpbot_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"patchbay/gateway/bots"
	"patchbay/gateway/bots/botstest"
	"patchbay/gateway/bots/httpbot"
	"patchbay/models"
)

// Every way of failing, with what the gateway makes of it. No error tells the token, the address or the customer's words.
func TestAnswerFails(t *testing.T) {
	short := models.Duration{Duration: 100 * time.Millisecond}
	tests := []struct {
		name  string
		rule  botstest.Rule
		stop  bool
		c     bots.Common
		again bool  // worth a retry
		is    error // what it wraps
		says  string
	}{
		{name: "refused", stop: true, again: true},
		{name: "dropped", rule: botstest.Rule{Fault: botstest.Drop}, again: true},
		{name: "half", rule: botstest.Rule{Fault: botstest.Half}, again: true},
		{name: "500", rule: botstest.Rule{Status: 500}, again: true, says: "500 Internal Server Error"},
		{name: "503", rule: botstest.Rule{Status: 503}, again: true, says: "503"},
		{name: "599", rule: botstest.Rule{Status: 599}, again: true, says: "599"},
		{name: "201", rule: botstest.Rule{Status: 201}, says: "201 Created"},
		{name: "204", rule: botstest.Rule{Status: 204}, says: "204"},
		{name: "400", rule: botstest.Rule{Status: 400}, says: "400 Bad Request"},
		{name: "401", rule: botstest.Rule{Status: 401}, says: "401 Unauthorized"},
		{name: "404", rule: botstest.Rule{Status: 404}, says: "404"},
		{name: "429", rule: botstest.Rule{Status: 429}, says: "429"},
		{name: "302", rule: botstest.Rule{Status: 302}, says: "redirects are not followed"},
		{name: "307", rule: botstest.Rule{Status: 307}, says: "redirects are not followed"},
		{name: "own timeout", rule: botstest.Rule{Fault: botstest.Hang}, c: bots.Common{Timeout: short}, is: context.DeadlineExceeded, says: "no answer in time"},
		{name: "too slow", rule: botstest.Rule{Delay: time.Minute}, c: bots.Common{Timeout: short}, is: context.DeadlineExceeded},
		{name: "malformed", rule: botstest.Rule{Body: `{"messages":[{"text":"` + words}, says: "not JSON"},
		{name: "too big", rule: botstest.Rule{Body: `{"x":"` + strings.Repeat("a", 4<<20) + `"}`}, says: "over 4 MiB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, botstest.Options{})
			s.Script(tt.rule)
			b := newBot(t, httpbot.Config{
				Common: tt.c, URL: s.URL() + "?token=sk-very-secret",
				Headers: map[string]models.Secret{"Authorization": models.NewSecret(token)},
			})
			if tt.stop {
				s.Stop()
			}
			q := full()
			q.Text, q.Conversation.Contact.Name = words, words
			a, err := answerWithin(t.Context(), t, b, q)
			if err == nil {
				t.Fatalf("Answer = %+v, want an error", a)
			}
			if got := errors.Is(err, bots.ErrUnavailable); got != tt.again {
				t.Errorf("Answer error = %q, wraps ErrUnavailable: %t, want %t", err, got, tt.again)
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("Answer error = %q, want one that is %q", err, tt.is)
			}
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("Answer error = %q, want %q in it", err, tt.says)
			}
			leaks(t, err)
			if n := len(s.Asked()); n > 1 {
				t.Errorf("asked %d times in one call, want at most once", n)
			}
		})
	}
}

func leaks(t *testing.T, err error) {
	t.Helper()
	for _, bad := range []string{"sk-very", "token", "4111", "card", "/answer"} {
		if strings.Contains(err.Error(), bad) {
			t.Errorf("error %q tells %q", err, bad)
		}
	}
}

func TestAnswerEndsWithItsContext(t *testing.T) {
	s := start(t, botstest.Options{})
	s.Script(botstest.Rule{Fault: botstest.Hang})
	b := newBot(t, httpbot.Config{URL: s.URL()})

	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer cancel()
		_, _ = s.Await(t.Context(), 1) // the next line of the test fails if nothing came
	}()
	if _, err := answerWithin(ctx, t, b, full()); !errors.Is(err, context.Canceled) || errors.Is(err, bots.ErrUnavailable) {
		t.Errorf("Answer of a canceled call: error = %v, want context.Canceled alone", err)
	}

	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := answerWithin(ctx, t, b, full()); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, bots.ErrUnavailable) {
		t.Errorf("Answer past its deadline: error = %v, want context.DeadlineExceeded alone", err)
	}
}

// A bot that comes back is asked again without a new start.
func TestAnswerAfterARestart(t *testing.T) {
	s := start(t, botstest.Options{})
	b := newBot(t, httpbot.Config{URL: s.URL()})
	if _, err := b.Answer(t.Context(), full()); err != nil {
		t.Fatal(err)
	}
	s.Stop()
	if _, err := b.Answer(t.Context(), full()); !errors.Is(err, bots.ErrUnavailable) {
		t.Errorf("Answer of a stopped bot: error = %v, want ErrUnavailable", err)
	}
	if err := s.Resume(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Answer(t.Context(), full()); err != nil {
		t.Errorf("Answer of a bot that is back: error = %v", err)
	}
}

func TestCheck(t *testing.T) {
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	for _, tt := range []struct {
		name string
		code int
		says string // in the error; "" is none
	}{
		{"answers", 200, ""},
		{"answers nothing", 204, ""},
		{"knows the path", 405, ""},
		{"knows no method", 501, ""},
		{"takes it for a bad question", 400, ""},
		{"wrong path", 404, "path of url"},
		{"no rights", 401, "correct headers"},
		{"moved", 301, "redirects"},
		{"down", 502, "502"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := roundTrip(t, status(tt.code))
			err := b.(bots.Checker).Check(t.Context())
			if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("Check = %v, want %q in it", err, tt.says)
			}
		})
	}
	s := start(t, botstest.Options{})
	b := newBot(t, httpbot.Config{URL: s.URL()})
	if err := b.(bots.Checker).Check(t.Context()); err != nil {
		t.Errorf("Check = %v, want no error", err)
	}
	if n := len(s.Asked()); n != 0 {
		t.Errorf("Check asked %d questions", n)
	}
	s.Stop()
	if err := b.(bots.Checker).Check(t.Context()); !errors.Is(err, bots.ErrUnavailable) {
		t.Errorf("Check of a stopped bot = %v, want ErrUnavailable", err)
	}
}

// transport answers without a network.
type transport struct{ http.Handler }

func (h transport) RoundTrip(r *http.Request) (*http.Response, error) {
	w := &response{header: http.Header{}, code: http.StatusOK}
	h.ServeHTTP(w, r)
	return &http.Response{StatusCode: w.code, Header: w.header, Body: io.NopCloser(strings.NewReader(w.body.String())), Request: r}, nil
}

type response struct {
	header http.Header
	code   int
	body   strings.Builder
}

func (w *response) Header() http.Header         { return w.header }
func (w *response) WriteHeader(code int)        { w.code = code }
func (w *response) Write(p []byte) (int, error) { return w.body.Write(p) }

// roundTrip returns a bot whose calls go to h, without a network.
func roundTrip(tb testing.TB, h http.Handler) bots.Bot {
	tb.Helper()
	b, err := httpbot.New(&httpbot.Config{URL: "https://bot.example.com/answer"}, bots.Deps{HTTP: &http.Client{Transport: transport{h}}})
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// Ensure that a question goes out once for each time it is asked, also when the connection that was kept breaks behind it:
// net/http would send it again by itself.
func TestAnswerIsAskedOnce(t *testing.T) {
	var asked atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if asked.Add(1) == 2 {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Errorf("hijack: %v", err)
				return
			}
			_ = conn.Close()
			return
		}
		_, _ = io.WriteString(w, `{"messages":[{"text":"hello"}]}`)
	}))
	defer s.Close()
	b := newBot(t, httpbot.Config{URL: s.URL})
	if _, err := b.Answer(t.Context(), bots.Question{ID: "q1"}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Answer(t.Context(), bots.Question{ID: "q2"}); !errors.Is(err, bots.ErrUnavailable) {
		t.Errorf("Answer on a connection that breaks = %v, want that it may be asked again", err)
	}
	if n := asked.Load(); n != 2 {
		t.Errorf("the bot was asked %d times, want 2", n)
	}
	if _, err := b.Answer(t.Context(), bots.Question{ID: "q2"}); err != nil {
		t.Errorf("Answer after it: %v", err)
	}
}
