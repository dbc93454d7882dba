package channeltest

import (
	"bytes"
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

	"go.uber.org/goleak"

	"patchbay/channels"
	"patchbay/models"
)

const (
	// prompt is how long something may take that is to end at once: a second, and some more for a busy machine.
	prompt = 6 * time.Second
	// hang is how long the platform holds a call at most. It ends by itself, so that no adapter can hang the suite.
	hang = 10 * time.Second
	// patience is how long a poller has to come back after a failure.
	patience = 30 * time.Second
)

// bench is one check at work: an adapter, its platform, and what came out of it.
type bench struct {
	testing.TB

	h       Harness
	adapter channels.Adapter
	server  *httptest.Server

	mu     sync.Mutex
	calls  []Call
	answer func(w http.ResponseWriter, call Call, n int) // n counts calls from 1
	log    bytes.Buffer
	words  []string // a customer's or agent's words, in no log line
}

// run makes a check of f, with an adapter and a platform of its own. What f leaves behind fails it.
func (h Harness) run(f func(*bench)) func(testing.TB) {
	return func(tb testing.TB) {
		tb.Helper()
		before := goleak.IgnoreCurrent()
		b := &bench{TB: tb, h: h}
		b.server = httptest.NewServer(http.HandlerFunc(b.serve))
		client := &http.Client{
			Timeout:       2 * hang,
			Transport:     &http.Transport{MaxIdleConnsPerHost: 32},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
		defer func() {
			b.server.Close()
			client.CloseIdleConnections()
			if err := left(before); err != nil {
				tb.Errorf("goroutines are left: %v", err)
			}
			b.logged()
		}()
		var err error
		b.adapter, err = h.New(b.server.URL, channels.Deps{
			Name: "suite", HTTP: client, Now: Now,
			Log: slog.New(slog.NewJSONHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug})),
		})
		if err != nil {
			tb.Fatalf("New error = %v", err)
		}
		f(b)
	}
}

// left returns which goroutines are left that were not there before. Each look gives them half a second to end, in which a busy
// machine may get to few of them.
func left(before goleak.Option) (err error) {
	for range 5 {
		if err = goleak.Find(before); err == nil {
			return nil
		}
	}
	return err
}

// probe makes an adapter to look at.
func (h Harness) probe(tb testing.TB) channels.Adapter {
	tb.Helper()
	a, err := h.New("http://127.0.0.1:1", channels.Deps{
		Name: "suite", HTTP: &http.Client{Timeout: time.Second}, Now: Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		tb.Fatalf("New error = %v", err)
	}
	return a
}

// serve is the platform: it keeps each call and answers it.
func (b *bench) serve(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, 64<<20))
	if err != nil {
		return // the adapter gave up; nothing was sent
	}
	r.Body = io.NopCloser(bytes.NewReader(raw))
	call := Call{Request: r, Raw: raw}
	b.mu.Lock()
	b.calls = append(b.calls, call)
	n, answer := len(b.calls), b.answer
	b.mu.Unlock()
	if answer == nil {
		b.h.Answer(w, call, Outcome{ID: 1000 + n})
		return
	}
	answer(w, call, n)
}

// hold keeps a call until its caller has gone or release is closed, but not longer than hang.
func hold(call Call, release <-chan struct{}) {
	timer := time.NewTimer(hang)
	defer timer.Stop()
	select {
	case <-call.Context().Done():
	case <-release:
	case <-timer.C:
	}
}

// answers sets how the platform answers from now on, and forgets the calls so far. nil is success.
func (b *bench) answers(f func(w http.ResponseWriter, call Call, n int)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answer, b.calls = f, nil
}

// ends sets that every call ends with o.
func (b *bench) ends(o Outcome) {
	b.answers(func(w http.ResponseWriter, call Call, _ int) { b.h.Answer(w, call, o) })
}

// made returns the calls since answers.
func (b *bench) made() []Call {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Call(nil), b.calls...)
}

// once fails b unless exactly one call was made, and returns what it shows the customer.
func (b *bench) once(what string) Seen {
	b.Helper()
	calls := b.made()
	if len(calls) != 1 {
		b.Errorf("%s made %d calls, want exactly 1", what, len(calls))
		return Seen{}
	}
	seen, err := b.h.Decode(calls[0])
	if err != nil {
		b.Errorf("%s: Decode error = %v", what, err)
	}
	return seen
}

// none fails b if a call was made.
func (b *bench) none(what string) {
	b.Helper()
	if n := len(b.made()); n != 0 {
		b.Errorf("%s made %d calls, want none", what, n)
	}
}

// fails fails b unless err is a *channels.Error of the kind, without a secret.
func (b *bench) fails(what string, err error, kind channels.ErrorKind) {
	b.Helper()
	if err == nil {
		b.Errorf("%s error = nil, want %v", what, kind)
		return
	}
	b.guarded(what, err)
	e, ok := errors.AsType[*channels.Error](err)
	switch {
	case !ok:
		b.Errorf("%s error = %T %v, want a *channels.Error", what, err, err)
	case e.Kind != kind:
		b.Errorf("%s error = %v (%v), want %v", what, e.Kind, err, kind)
	}
}

// guarded fails b if err shows a secret or somebody's words.
func (b *bench) guarded(what string, err error) {
	b.Helper()
	if err == nil {
		return
	}
	var shown strings.Builder
	fmt.Fprintf(&shown, "%v %+v %#v", err, err, err)
	for e := err; e != nil; e = errors.Unwrap(e) {
		fmt.Fprintf(&shown, "\n%v %+v", e, e)
	}
	text := shown.String()
	for _, secret := range b.h.Secrets {
		if strings.Contains(text, secret) {
			b.Errorf("%s error shows a secret: %q", what, err)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, word := range b.words {
		if strings.Contains(text, word) {
			b.Errorf("%s error shows what was written: %q", what, err)
		}
	}
}

// Write takes the adapter's log lines.
func (b *bench) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.log.Write(p)
}

// logged fails b if a log line shows a secret or somebody's words.
func (b *bench) logged() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, secret := range b.h.Secrets {
		if strings.Contains(b.log.String(), secret) {
			b.Errorf("the log shows a secret: %s", b.log.String())
		}
	}
	for _, word := range b.words {
		if strings.Contains(b.log.String(), word) {
			b.Errorf("the log shows what was written: %s", b.log.String())
		}
	}
}

// private remembers words that no log line and no error may show.
func (b *bench) private(words ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.words = append(b.words, words...)
}

// out returns a message to the customer.
func (b *bench) out(text string) channels.Outbound {
	return channels.Outbound{ID: "out-1", Address: b.h.Address(7), Author: models.ByAgent, Name: "Ann", Text: text}
}
