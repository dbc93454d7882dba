package channeltest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"patchbay/channels"
)

// kinds returns the failures that the platform can answer with.
func (b *bench) kinds() []channels.ErrorKind {
	if b.h.Kinds != nil {
		return b.h.Kinds
	}
	return []channels.ErrorKind{
		channels.Temporary, channels.RateLimited, channels.Unreachable, channels.Rejected, channels.WindowClosed, channels.Forbidden,
	}
}

// sendKinds: each failure of the platform is told as its kind, after one attempt.
func sendKinds(b *bench) {
	for _, kind := range b.kinds() {
		o := Outcome{Kind: kind}
		if kind == channels.RateLimited {
			o.RetryAfter = 7 * time.Second
		}
		b.ends(o)
		m := b.out("quiet words")
		b.private(m.Text)
		what := fmt.Sprintf("Send(answered %v)", kind)
		id, err := b.adapter.Send(b.Context(), m)
		b.fails(what, err, kind)
		b.once(what)
		if err != nil && id != "" {
			b.Errorf("%s = %q, want no id", what, id)
		}
		if kind == channels.RateLimited && !b.h.NoWait && channels.RetryAfter(err) != o.RetryAfter {
			b.Errorf("%s: RetryAfter = %v, want %v", what, channels.RetryAfter(err), o.RetryAfter)
		}
	}
}

// sendGarbage: an answer that is no answer is a success with an id, where any 2xx is one, or Temporary.
func sendGarbage(b *bench) {
	for _, garbage := range []string{"", "<html><body>Bad gateway</body></html>", "{", "null", "[]", `"ok"`, "{}", `{"ok":true}`, "\x00\xff"} {
		b.answers(func(w http.ResponseWriter, _ Call, _ int) { _, _ = io.WriteString(w, garbage) })
		what := fmt.Sprintf("Send(answered 200 %q)", garbage)
		id, err := b.adapter.Send(b.Context(), b.out("hello"))
		switch {
		case err != nil:
			b.fails(what, err, channels.Temporary)
		case id == "":
			b.Errorf("%s = no id and no error", what)
		}
		b.once(what)
	}
	for _, status := range []int{http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout} {
		b.answers(func(w http.ResponseWriter, _ Call, _ int) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "<html>"+strings.Repeat("x", 1<<16)+"</html>")
		})
		what := fmt.Sprintf("Send(answered %d with a page)", status)
		_, err := b.adapter.Send(b.Context(), b.out("hello"))
		b.fails(what, err, channels.Temporary)
		b.once(what)
		if err != nil && len(err.Error()) > 1000 {
			b.Errorf("%s error is %d bytes long, want some words", what, len(err.Error()))
		}
	}
}

// sendCut: a line that breaks after the platform took the message is Temporary, after one attempt.
func sendCut(b *bench) {
	// The first call leaves a connection for reuse: on a used one net/http may try again by itself.
	if _, err := b.adapter.Send(b.Context(), b.out("hello")); err != nil {
		b.Fatalf("Send error = %v, want none", err)
	}
	b.answers(func(http.ResponseWriter, Call, int) { panic(http.ErrAbortHandler) })
	_, err := b.adapter.Send(b.Context(), b.out("hello"))
	b.fails("Send(line cut)", err, channels.Temporary)
	b.once("Send(line cut)")
}

// sendRefused: nobody listens. That is Temporary.
func sendRefused(b *bench) {
	b.server.Close()
	m := b.out("quiet words")
	b.private(m.Text)
	_, err := b.adapter.Send(b.Context(), m)
	b.fails("Send(refused)", err, channels.Temporary)
}

// sendCanceled: a call ends when its context does, and a context that has ended makes no call.
func sendCanceled(b *bench) {
	b.canceled("Send", func(ctx context.Context) error {
		_, err := b.adapter.Send(ctx, b.out("hello"))
		return err
	})
	ctx, cancel := context.WithCancel(b.Context())
	cancel()
	b.answers(nil)
	_, err := b.adapter.Send(ctx, b.out("hello"))
	b.fails("Send(context over)", err, channels.Temporary)
	b.none("Send(context over)")
}

// canceled fails b unless f, which makes a call, ends in time when its context does.
func (b *bench) canceled(what string, f func(context.Context) error) {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	came, release, done := make(chan struct{}, 1), make(chan struct{}), make(chan error, 1)
	b.answers(func(_ http.ResponseWriter, call Call, _ int) {
		select {
		case came <- struct{}{}:
		default:
		}
		hold(call, release)
	})
	go func() { done <- f(ctx) }()
	select {
	case <-came:
	case err := <-done:
		close(release)
		b.Errorf("%s ended before its call: %v", what, err)
		return
	case <-time.After(hang):
		b.Errorf("%s made no call", what)
	}
	cancel()
	select {
	case err := <-done:
		close(release)
		b.fails(what+"(canceled)", err, channels.Temporary)
	case <-time.After(prompt):
		b.Errorf("%s goes on %v after its context ended", what, prompt)
		close(release)
		b.outlast(what, done)
	}
}

// outlast waits until the platform has let go of all calls, so that what ignored its context may end now. What does not
// is found among the goroutines that are left.
func (b *bench) outlast(what string, done <-chan error) {
	b.Helper()
	select {
	case err := <-done:
		b.guarded(what, err)
	case <-time.After(2 * hang):
	}
}

// fallible fails b unless f, which makes one call, maps failures as Send does, once, and ends with its context. n
// differs from call to call.
func (b *bench) fallible(what string, f func(n int) error) {
	b.Helper()
	for n, kind := range []channels.ErrorKind{channels.Temporary, channels.RateLimited, channels.Forbidden} {
		b.ends(Outcome{Kind: kind, RetryAfter: 7 * time.Second})
		b.fails(fmt.Sprintf("%s(answered %v)", what, kind), f(n), kind)
		b.once(what)
	}
	b.server.Close()
	b.fails(what+"(refused)", f(9), channels.Temporary)
}

// sendConcurrent: many sends at once, each with its own text and id.
func sendConcurrent(b *bench) {
	const n = 16
	all := make(chan struct{})
	b.answers(func(w http.ResponseWriter, call Call, came int) {
		seen, err := b.h.Decode(call)
		if err != nil {
			b.Errorf("Decode error = %v", err)
		}
		if came == n {
			close(all)
		}
		hold(call, all) // until all are on their way
		id, err := strconv.Atoi(strings.TrimPrefix(seen.Text, "number "))
		if err != nil {
			b.Errorf("the customer sees %q, want a text that was sent", seen.Text)
		}
		b.h.Answer(w, call, Outcome{ID: 5000 + id})
	})
	var sends sync.WaitGroup
	for i := range n {
		sends.Go(func() {
			id, err := b.adapter.Send(b.Context(), b.out("number "+strconv.Itoa(100+i)))
			if err != nil {
				b.Errorf("Send(%d) error = %v, want none", i, err)
			} else if !strings.Contains(id, strconv.Itoa(5100+i)) {
				b.Errorf("Send(%d) = %q, want %d", i, id, 5100+i)
			}
		})
	}
	sends.Wait()
}
