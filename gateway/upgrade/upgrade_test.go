package upgrade_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"patchbay/channels/webhook/webhooktest"
	"patchbay/gateway/sandbox"
	"patchbay/models/store/storetest"
)

const (
	chats = 20
	each  = 30 // messages of a chat
	limit = 4 * time.Minute
)

// Ensure that no message is lost, comes twice or out of order while a release takes the place of the one before it, is rolled
// back, and takes its place again. On PostgreSQL the copies run side by side meanwhile.
func TestUpgrade(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		w, err := sandbox.Start(sandbox.Options{Webhooks: true, Unpaced: true, Store: url})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = w.Close() })
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		l := &load{ctx: ctx, world: w, more: make(chan struct{})}
		l.let(2 * each / 5)
		oldest := start(t, oldProgram, w.Config)
		l.aim(oldest.public)
		played := make(chan error, 1)
		go func() { played <- l.play() }()

		running := oldest
		for i, step := range []struct{ what, program string }{
			{"upgrade", newProgram}, {"roll back", oldProgram}, {"upgrade again", newProgram},
		} {
			if err := l.wait(chats * each * (i + 1) / 5); err != nil {
				t.Fatalf("before the %s: %d of %d messages are answered: %v", step.what, l.answered(), chats*each, err)
			}
			before := running
			if url[:6] == "sqlite" { // one at a time has the file
				before.stop(t)
				running = start(t, step.program, w.Config)
			} else {
				running = start(t, step.program, w.Config)
				l.aim(before.public, running.public)
				l.let((i+2)*each/5 + each/10)
				if err := l.wait(l.answered() + chats); err != nil {
					t.Fatalf("while both run: %v", err)
				}
				l.aim(running.public)
				before.stop(t)
			}
			l.aim(running.public)
			l.let((i + 3) * each / 5)
		}
		if err := errors.Join(<-played, l.wait(chats*each)); err != nil {
			t.Errorf("%d of %d messages are answered: %v", l.answered(), chats*each, err)
		}
		want := make([]int, each)
		for n := range want {
			want[n] = n
		}
		for chat := range chats {
			if got := l.marks(chat); !slices.Equal(got, want) {
				t.Errorf("chat %d: answers to %v, want each once and in order", chat, got)
			}
		}
		running.stop(t)
	})
}

// load plays customers at the webhook channel of a world.
type load struct {
	ctx   context.Context
	world *sandbox.World
	turn  atomic.Int64

	mu        sync.Mutex
	addresses []string
	most      int           // how many messages each customer may have written
	more      chan struct{} // closed and replaced when they may write more
}

// let lets each customer write n messages in all. However long a change takes, there are some left to be written behind it.
func (l *load) let(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.most = n
	close(l.more)
	l.more = make(chan struct{})
}

// may waits until a customer may write message n.
func (l *load) may(n int) error {
	for {
		l.mu.Lock()
		most, more := l.most, l.more
		l.mu.Unlock()
		if n < most {
			return nil
		}
		select {
		case <-l.ctx.Done():
			return context.Cause(l.ctx)
		case <-more:
		}
	}
}

// aim sets which gateways are called.
func (l *load) aim(addresses ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.addresses = addresses
}

// next returns which gateway is called now: one after the other, as a load balancer does.
func (l *load) next() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.addresses[int(l.turn.Add(1))%len(l.addresses)]
}

// play writes all messages, and returns when they are accepted. What is not accepted is brought again.
func (l *load) play() error {
	var wg sync.WaitGroup
	errs := make([]error, chats)
	for chat := range chats {
		wg.Go(func() {
			for n := range each {
				if errs[chat] = l.may(n); errs[chat] != nil {
					return
				}
				if errs[chat] = l.post(chat, n); errs[chat] != nil {
					return
				}
				// No more than a few ahead, so that every change meets messages at all stages.
				errs[chat] = l.world.Shop.Wait(l.ctx, func() bool { return len(l.marks(chat)) >= n-2 })
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (l *load) post(chat, n int) error {
	shop := l.world.Shop
	name := nameOf(chat)
	e := webhooktest.Event{
		Type: "message", ID: shop.NewID("m"), Chat: webhooktest.Ref{ID: name},
		Sender: &webhooktest.Person{ID: name, Locale: "en"}, Text: fmt.Sprintf("message #%d.", n),
	}
	id := shop.NewID("evt")
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		got, err := shop.PostAs(l.ctx, l.next()+"/channels/"+sandbox.Shop, id, e)
		switch {
		case err == nil && got.Status == http.StatusAccepted:
			return nil
		case err == nil && got.Status < http.StatusInternalServerError:
			return fmt.Errorf("message %d of %s is answered %d: %s", n, name, got.Status, got.Body)
		}
		select {
		case <-l.ctx.Done():
			return context.Cause(l.ctx)
		case <-again.C:
		}
	}
}

func nameOf(chat int) string { return fmt.Sprintf("c%d", chat) }

var mark = regexp.MustCompile(`#(\d+)\.`)

// marks returns which messages of a chat are answered, in the order of the answers. Two that came together are answered
// together.
func (l *load) marks(chat int) (all []int) {
	for _, m := range l.world.Shop.Chat(nameOf(chat)) {
		for _, found := range mark.FindAllStringSubmatch(m.Text, -1) {
			n, _ := strconv.Atoi(found[1])
			all = append(all, n)
		}
	}
	return all
}

func (l *load) answered() (n int) {
	for chat := range chats {
		n += len(l.marks(chat))
	}
	return n
}

// wait waits until n messages are answered.
func (l *load) wait(n int) error {
	return l.world.Shop.Wait(l.ctx, func() bool { return l.answered() >= n })
}
