package lanes_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/gateway/bots"
	"patchbay/handover"
	"patchbay/models"
)

// Ensure that an outage is one post and not a thread a chat; that each customer who wrote is told once, however often he
// writes; that the bot is not called meanwhile but by probes; that the operator is told once, and once when it is over; and
// that all who wait are answered when the bot is back.
func TestOutage(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		const n = 104
		r.outage(n - 4)
		r.crowd(0, n, "hello?")
		r.pass(7 * time.Second)
		if got := len(r.desk.threads()); got != 4 {
			t.Errorf("%d threads, want those of the four chats before the outage", got)
		}
		p := r.incident()
		if p.now.Waiting != n-4 || p.now.Chats != 5 || p.now.Cause != models.CauseError || p.now.Place != support || !p.now.Until.IsZero() {
			t.Errorf("the post says %+v", p.now)
		}
		if got := len(r.bot.questions()); got > 5+64 {
			t.Errorf("the bot was asked %d times", got)
		}
		for i := 4; i < n; i++ {
			if got := r.phone.read(chatOf(i)); len(got) != 1 || !strings.HasPrefix(got[0], sorry) {
				t.Fatalf("customer %d reads %q", i, got)
			}
		}
		if got := r.operator.list(); len(got) != 1 || !strings.Contains(got[0], "The bot does not answer: 5 chats broke") {
			t.Errorf("the operator is told %q", got)
		}
		if got := r.metric("patchbay_faults"); got != 1 {
			t.Errorf("patchbay_faults = %v, want 1", got)
		}
		r.bot.works()
		r.pass(20 * time.Second)
		for i := 4; i < n; i++ {
			want := fmt.Sprintf("re: question %d\nhello? %d", i, i)
			if got := r.phone.read(chatOf(i)); len(got) != 2 || got[1] != want {
				t.Fatalf("customer %d reads %q, want %q at the end", i, got, want)
			}
		}
		if got := len(r.desk.threads()); got != 4 {
			t.Errorf("%d threads after the outage, want 4", got)
		}
		p = r.incident()
		if p.now.Waiting != 0 || p.now.Until.IsZero() || p.now.Handed != 0 {
			t.Errorf("the post says in the end %+v", p.now)
		}
		if got := r.operator.list(); len(got) != 2 || !strings.HasPrefix(got[1], "Over: The bot does not answer") {
			t.Errorf("the operator is told %q", got)
		}
		if got := r.metric("patchbay_faults"); got != 0 {
			t.Errorf("patchbay_faults = %v in the end, want 0", got)
		}
		r.write(chatOf(7), "thank you very much")
		r.settle()
		has(t, "the customer", r.phone.read(chatOf(7)), "re: thank you very much")
	})
}

// Ensure that fewer than five chats within a minute, other breaks, thanks, and late failures are no outage.
func TestNoOutage(t *testing.T) {
	tests := map[string]func(*rig){
		"four chats": func(r *rig) { r.bot.fails(); r.crowd(0, 4, "question") },
		"in more than a minute": func(r *rig) {
			r.bot.fails()
			for i := range 10 {
				r.crowd(i, 1, "question")
				r.pass(15 * time.Second)
			}
		},
		"one chat often": func(r *rig) {
			r.change(func(p *handover.Policy) { p.BreakAfter = 100 })
			r.bot.fails()
			for range 20 {
				r.crowd(0, 1, "question")
			}
		},
		"not understood": func(r *rig) {
			r.bot.on(func(context.Context, bots.Question) (bots.Answer, error) { return bots.Answer{Fallback: true}, nil })
			r.crowd(0, 10, "question")
		},
		"thanks": func(r *rig) {
			r.bot.fails()
			for i := range 10 {
				r.write(chatOf(i), "thanks")
			}
		},
		"off": func(r *rig) {
			r.change(func(p *handover.Policy) { p.Breaker = 0 })
			r.bot.fails()
			r.crowd(0, 10, "question")
		},
		"nobody waits any more": func(r *rig) {
			r.bot.on(func(ctx context.Context, _ bots.Question) (bots.Answer, error) {
				<-ctx.Done()
				return bots.Answer{}, ctx.Err()
			})
			r.crowd(0, 10, "question")
			for i := range 10 {
				r.write(chatOf(i), "a person please")
			}
			r.pass(time.Minute)
		},
	}
	for name, happen := range tests {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				happen(r)
				r.pass(10 * time.Second)
				if got := r.desk.outages(); len(got) != 0 {
					t.Errorf("posts of outages: %+v", got)
				}
				for i := range 10 {
					if r.times(chatOf(i), sorry) != 0 {
						t.Errorf("customer %d reads %q", i, r.phone.read(chatOf(i)))
					}
				}
			})
		})
	}
}

// Ensure that timeouts make an outage as errors do, and that what is asked meanwhile waits for none.
func TestOutageOfTimeouts(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.bot.on(func(ctx context.Context, _ bots.Question) (bots.Answer, error) {
			<-ctx.Done()
			return bots.Answer{}, ctx.Err()
		})
		r.crowd(0, 5, "question")
		r.pass(21 * time.Second)
		if p := r.incident(); p.now.Cause != models.CauseTimeout || p.now.Error != "no answer within 20s" {
			t.Errorf("the post says %+v", p.now)
		}
		r.crowd(5, 1, "question")
		if r.times(chatOf(5), sorry) != 1 {
			t.Errorf("who asks meanwhile reads %q at once", r.phone.read(chatOf(5)))
		}
	})
}

// Ensure that one question at a time finds out whether the bot is back, later and later, also when nobody writes.
func TestProbes(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.outage(3)
		var at []time.Duration
		begin := time.Now()
		var asking atomic.Int32
		r.bot.on(func(context.Context, bots.Question) (bots.Answer, error) {
			if n := asking.Add(1); n > 1 {
				t.Errorf("%d probes at once", n)
			}
			at = append(at, time.Since(begin).Round(10*time.Second))
			time.Sleep(time.Second)
			asking.Add(-1)
			return bots.Answer{}, errors.New("bot answered 502")
		})
		r.pass(5 * time.Minute)
		want := []time.Duration{0, 20 * time.Second, 40 * time.Second, 80 * time.Second, 140 * time.Second, 200 * time.Second, 260 * time.Second}
		if len(at) < 6 || len(at) > 8 || at[1] > want[1] {
			t.Errorf("probes at %v, want about %v", at, want)
		}
		if n := r.times(chatOf(4), sorry) + r.times(chatOf(5), sorry) + r.times(chatOf(6), sorry); n != 3 {
			t.Errorf("customers are told of the outage %d times, want each once", n)
		}
		if p := r.incident(); p.now.Waiting != 3 || p.edits > 1 {
			t.Errorf("the post was edited %d times and says %+v", p.edits, p.now)
		}
		r.bot.works()
		r.pass(time.Minute + 5*time.Second)
		for i := 4; i < 7; i++ {
			has(t, "the customer", r.phone.read(chatOf(i)), fmt.Sprintf("re: question %d", i))
		}
	})
}

// Ensure that a question of somebody who writes is the probe when its time has come, and that its answer ends the outage.
func TestProbeByWhoWrites(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.outage(1)
		for i, id := range []string{chatOf(4)} { // nobody waits any more
			r.write(id, fmt.Sprintf("a person %d", i))
		}
		r.bot.works()
		r.crowd(100, 1, "early")
		if r.times(chatOf(100), sorry) != 1 {
			t.Errorf("before the first probe the customer reads %q", r.phone.read(chatOf(100)))
		}
		r.write(chatOf(100), "a person")
		r.pass(10 * time.Second)
		r.crowd(101, 1, "late")
		equal(t, "the customer reads", r.phone.read(chatOf(101)), []string{"re: late 101"})
		r.pass(2 * time.Second)
		if p := r.incident(); p.now.Until.IsZero() {
			t.Errorf("the post says %+v", p.now)
		}
	})
}

// Ensure that who asks for a person during an outage gets one, by words and by changing his question.
func TestPersonInAnOutage(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.outage(2)
		before := len(r.desk.threads())
		r.write(chatOf(4), "a person please")
		m := r.wrote(chatOf(6), "what now")
		r.take(chats, m)
		r.settle()
		m.Kind, m.Content.Text, m.Key = channels.Edited, "a person now", ""
		r.take(chats, m)
		r.pass(7 * time.Second)
		if got := len(r.desk.threads()); got != before+2 {
			t.Fatalf("%d threads, want %d", got, before+2)
		}
		if p := r.incident(); p.now.Waiting != 1 {
			t.Errorf("the post says %+v", p.now)
		}
		thread := r.desk.threads()[before]
		has(t, "the thread", r.desk.read(thread), "question 4")
		r.reply(thread, "Hi, Ana here.")
		r.settle()
		has(t, "the customer", r.phone.read(chatOf(4)), "Ana: Hi, Ana here.")
		r.bot.works()
		r.pass(20 * time.Second)
		if r.times(chatOf(4), "re: ") != 0 {
			t.Errorf("who has a person reads %q", r.phone.read(chatOf(4)))
		}
		has(t, "who waited", r.phone.read(chatOf(5)), "re: question 5")
	})
}

// Ensure that a question that the customer takes back while he waits is not asked, and that impatience opens no thread.
func TestWhileHeWaits(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.outage(1)
		m := r.wrote(chatOf(9), "wrong question")
		r.take(chats, m)
		r.settle()
		m.Kind, m.Key = channels.Deleted, ""
		r.take(chats, m)
		for range 5 {
			r.write(chatOf(4), "anybody there?")
		}
		r.write(chatOf(4), "thanks")
		r.pass(7 * time.Second)
		if p := r.incident(); p.now.Waiting != 1 {
			t.Errorf("the post says %+v", p.now)
		}
		if got := len(r.desk.threads()); got != 4 {
			t.Errorf("%d threads, want 4", got)
		}
		r.bot.works()
		r.pass(20 * time.Second)
		if got := r.phone.read(chatOf(9)); len(got) != 1 {
			t.Errorf("who took it back reads %q", got)
		}
		if got := r.phone.read(chatOf(4)); len(got) != 2 || !strings.HasPrefix(got[1], "re: question 4\nanybody there?") {
			t.Errorf("who is impatient reads %q", got)
		}
	})
}
