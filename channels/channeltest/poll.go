package channeltest

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"patchbay/channels"
)

// queue is the platform's side of a long poll: it keeps updates until they are acknowledged.
type queue struct {
	b *bench

	mu      sync.Mutex
	updates []Wrote
	stored  map[int]bool  // the numbers of the updates that handle stored
	acked   chan struct{} // closed when all updates are acknowledged
	faults  []func(w http.ResponseWriter, call Call)
}

// queue makes the platform hold these updates, and answer the first polls with faults.
func (b *bench) queue(updates []Wrote, faults ...func(w http.ResponseWriter, call Call)) *queue {
	q := &queue{b: b, updates: updates, stored: map[int]bool{}, acked: make(chan struct{}), faults: faults}
	b.answers(q.serve)
	return q
}

func (q *queue) serve(w http.ResponseWriter, call Call, _ int) {
	from, ok := q.b.h.Polling.From(call)
	if !ok {
		q.b.h.Answer(w, call, Outcome{})
		return
	}
	q.mu.Lock()
	if len(q.faults) > 0 {
		fault := q.faults[0]
		q.faults = q.faults[1:]
		q.mu.Unlock()
		fault(w, call)
		return
	}
	for len(q.updates) > 0 && q.updates[0].Message < from {
		if !q.stored[q.updates[0].Message] {
			q.b.Errorf("update %d was acknowledged before handle stored it", q.updates[0].Message)
		}
		q.updates = q.updates[1:]
		if len(q.updates) == 0 {
			close(q.acked)
		}
	}
	updates := append([]Wrote(nil), q.updates...)
	q.mu.Unlock()
	if len(updates) == 0 {
		hold(call, nil)
	}
	q.b.h.Polling.Write(w, updates)
}

// store marks the updates of u as stored.
func (q *queue) store(u channels.Update, list []Wrote) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, in := range u.Inbound {
		for _, w := range list {
			if in.Content.Text == w.Text && in.At.Equal(w.At) {
				q.stored[w.Message] = true
			}
		}
	}
}

// polling runs Poll until the returned stop, which fails b unless Poll ends promptly and without an error.
func (b *bench) polling(handle func(context.Context, channels.Update) error) (ended <-chan error, stop func()) {
	b.Helper()
	p, ok := b.adapter.(channels.Poller)
	if !ok {
		b.Fatal("the adapter is no Poller any more")
	}
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- p.Poll(ctx, handle) }()
	return done, func() {
		b.Helper()
		cancel()
		select {
		case err := <-done:
			if err != nil {
				b.guarded("Poll", err)
				b.Errorf("Poll error = %v after its context ended, want none", err)
			}
		case <-time.After(prompt):
			b.Errorf("Poll goes on %v after its context ended", prompt)
			b.outlast("Poll", done)
		}
	}
}

// arrive waits until c is closed, not longer than patience.
func (b *bench) arrive(what string, c <-chan struct{}, ended <-chan error) bool {
	b.Helper()
	select {
	case <-c:
		return true
	case err := <-ended:
		b.guarded("Poll", err)
		b.Fatalf("Poll ended with %v before %s", err, what)
	case <-time.After(patience):
		b.Errorf("no sign of %s within %v", what, patience)
	}
	return false
}

// poll: what customers wrote is handed over in order, and acknowledged once it is stored.
func poll(b *bench) {
	list := b.wrote()
	q := b.queue(list)
	var (
		mu  sync.Mutex
		got []channels.Inbound
	)
	ended, stop := b.polling(func(_ context.Context, u channels.Update) error {
		q.store(u, list)
		mu.Lock()
		defer mu.Unlock()
		got = append(got, u.Inbound...)
		return nil
	})
	b.arrive("the acknowledgement", q.acked, ended)
	stop()
	if len(got) != len(list) {
		b.Fatalf("Poll handed over %d messages, want %d", len(got), len(list))
	}
	keys := map[string]bool{}
	for i, w := range list {
		b.same("Poll", got[i], w)
		if keys[got[i].Key] {
			b.Errorf("Poll gave the Key %q to two messages", got[i].Key)
		}
		keys[got[i].Key] = true
	}
}

// pollRepeats: what handle could not store comes again, the same, and is not acknowledged before.
func pollRepeats(b *bench) {
	list := b.wrote()
	q := b.queue(list)
	var (
		mu    sync.Mutex
		tries int
		lost  = map[string]bool{} // keys of what was refused
		kept  = map[string]bool{}
	)
	ended, stop := b.polling(func(_ context.Context, u channels.Update) error {
		mu.Lock()
		defer mu.Unlock()
		tries++
		if tries <= 2 {
			for _, in := range u.Inbound {
				lost[in.Key] = true
			}
			return errors.New("the database is away")
		}
		q.store(u, list)
		for _, in := range u.Inbound {
			kept[in.Key] = true
		}
		return nil
	})
	b.arrive("the acknowledgement", q.acked, ended)
	stop()
	if len(kept) != len(list) {
		b.Errorf("Poll handed over %d messages in the end, want %d", len(kept), len(list))
	}
	for key := range lost {
		if !kept[key] {
			b.Errorf("what handle could not store (Key %q) did not come again with the same Key", key)
		}
	}
}

// pollOutage: failures that pass are waited out.
func pollOutage(b *bench) {
	list := b.wrote()[:1]
	temporary := func(w http.ResponseWriter, call Call) { b.h.Answer(w, call, Outcome{Kind: channels.Temporary}) }
	cut := func(http.ResponseWriter, Call) { panic(http.ErrAbortHandler) }
	page := func(w http.ResponseWriter, _ Call) { _, _ = w.Write([]byte("<html>maintenance</html>")) }
	q := b.queue(list, temporary, cut, page)
	ended, stop := b.polling(func(_ context.Context, u channels.Update) error {
		q.store(u, list)
		return nil
	})
	b.arrive("the message behind the outage", q.acked, ended)
	stop()
}

// pollForbidden: what only an operator can mend ends Poll.
func pollForbidden(b *bench) {
	b.ends(Outcome{Kind: channels.Forbidden})
	ended, stop := b.polling(func(context.Context, channels.Update) error { return nil })
	select {
	case err := <-ended:
		b.fails("Poll(refused)", err, channels.Forbidden)
	case <-time.After(hang):
		b.Errorf("Poll goes on %v after the platform refused it", hang)
		stop()
	}
}

// pollCanceled: Poll ends with its context, whether it waits for the platform or for handle.
func pollCanceled(b *bench) {
	came := make(chan struct{}, 1)
	b.answers(func(w http.ResponseWriter, call Call, _ int) {
		if _, ok := b.h.Polling.From(call); !ok {
			b.h.Answer(w, call, Outcome{})
			return
		}
		select {
		case came <- struct{}{}:
		default:
		}
		hold(call, nil)
	})
	ended, stop := b.polling(func(context.Context, channels.Update) error { return nil })
	b.arrive("a poll", came, ended)
	stop()

	list := b.wrote()
	b.queue(list)
	handling := make(chan struct{}, len(list))
	ended, stop = b.polling(func(ctx context.Context, _ channels.Update) error {
		handling <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	})
	b.arrive("a message", handling, ended)
	stop()
}
