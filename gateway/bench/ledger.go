package bench

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// ledger knows what every chat has written and what came back for it. Each message bears its number in its chat, and
// each must be answered once, in that order.
type ledger struct {
	chats []chat
	apart int          // the first chat is c0, the next c<apart>
	got   atomic.Int64 // numbers that came back as they should
	voice string       // who answers: "bot" or "agent"

	mu    sync.Mutex
	fault error // the first
}

// chat is one customer's.
type chat struct {
	sent int // by the one connection that has the chat

	mu   sync.Mutex
	next int    // the number that has to come back now
	call string // the webhook-id of the last message
	came chan struct{}
}

func newLedger(chats, apart int, voice string) *ledger {
	l := &ledger{chats: make([]chat, chats), apart: apart, voice: voice}
	for i := range l.chats {
		l.chats[i].came = make(chan struct{}, 1)
	}
	return l
}

// heard notes what the gateway posted to a chat in a call with a webhook-id. Like every receiver it leaves out what it has had
// under that id: a gateway whose lease was over because the machine stood still does not know that it was taken. What Patchbay itself says to a customer whose chat people take is no
// answer; when the bot answers it has nothing to say.
func (l *ledger) heard(call, id, voice, text string) {
	i, err := strconv.Atoi(strings.TrimPrefix(id, "c"))
	i /= l.apart
	if err != nil || i < 0 || i >= len(l.chats) {
		l.fail(fmt.Errorf("a message came for the chat %q, which is none of ours", id))
		return
	}
	if voice == "system" && l.voice == "agent" {
		return
	}
	numbers := marks(text)
	if voice != l.voice || len(numbers) == 0 {
		l.fail(fmt.Errorf("chat %d: something came from the %s that is no answer", i, voice))
		return
	}
	c := &l.chats[i]
	c.mu.Lock()
	defer c.mu.Unlock()
	if call != "" && call == c.call {
		return
	}
	c.call = call
	for _, n := range numbers {
		switch {
		case n < c.next:
			l.fail(fmt.Errorf("chat %d: the answer to message %d came twice or too late", i, n))
			return
		case n > c.next:
			l.fail(fmt.Errorf("chat %d: the answer to message %d came before that to message %d", i, n, c.next))
			return
		}
		c.next++
		l.got.Add(1)
	}
	select {
	case c.came <- struct{}{}:
	default:
	}
}

func (l *ledger) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fault == nil {
		l.fault = err
	}
}

// err returns the first thing that was lost, doubled or out of order.
func (l *ledger) err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fault
}

// answerWithin is how long an answer may take before the message counts as lost.
const answerWithin = 30 * time.Second

// wait waits until the chat's message n is answered.
func (l *ledger) wait(ctx context.Context, i, n int) error {
	c := &l.chats[i]
	t := time.NewTimer(answerWithin)
	defer t.Stop()
	for {
		c.mu.Lock()
		there := c.next > n
		c.mu.Unlock()
		if there {
			return nil
		}
		select {
		case <-c.came:
		case <-t.C:
			return errors.Join(fmt.Errorf("chat %d: message %d was not answered within %v: lost", i, n, answerWithin), l.err())
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// written returns how many messages were sent. No connection writes meanwhile.
func (l *ledger) written() (n int) {
	for i := range l.chats {
		n += l.chats[i].sent
	}
	return n
}

// settle waits until every message that was sent is answered. It gives up when nothing comes for a while.
func (l *ledger) settle(ctx context.Context) error {
	want := int64(l.written())
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for last, since := int64(-1), time.Now(); ; {
		got := l.got.Load()
		switch {
		case l.err() != nil:
			return l.err()
		case got == want:
			return nil
		case got != last:
			last, since = got, time.Now()
		case time.Since(since) > answerWithin:
			return fmt.Errorf("%d of %d accepted messages were never answered: lost", want-got, want)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
