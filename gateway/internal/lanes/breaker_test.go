package lanes_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/gateway/bots"
	"patchbay/gateway/internal/lanes"
	"patchbay/handover"
	"patchbay/models"
)

// report is the post of an outage.
type report struct {
	id    string
	now   handover.Incident
	edits int
}

func (d *desk) Report(ctx context.Context, id string, i handover.Incident) (string, error) {
	if err := d.call(ctx, "report", id); err != nil {
		return "", err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for n, r := range d.reports {
		if r.id == id {
			d.reports[n].now = i
			d.reports[n].edits++
			return id, nil
		}
	}
	id = fmt.Sprintf("%s/R%d", i.Place, len(d.reports)+1)
	d.reports = append(d.reports, report{id: id, now: i})
	return id, nil
}

var _ handover.Reporter = (*desk)(nil)

// outages returns the posts of outages.
func (d *desk) outages() []report {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.reports)
}

// sorry is the first of the words in which customers are told of an outage.
const sorry = "Sorry, we're having technical trouble"

// fails makes the bot fail for everybody.
func (b *bot) fails() {
	b.on(func(context.Context, bots.Question) (bots.Answer, error) {
		return bots.Answer{}, errors.New("bot answered 500")
	})
}

// works makes it answer again.
func (b *bot) works() { b.on(nil) }

// crowd has n customers write, each once, from number from on.
func (r *rig) crowd(from, n int, text string) {
	r.t.Helper()
	for i := range n {
		r.write(chatOf(from+i), fmt.Sprintf("%s %d", text, from+i))
	}
	r.settle()
}

func chatOf(n int) string { return fmt.Sprintf("crowd-%d", n) }

// outage makes the bot fail and n customers wait for it, from number 4 on: those before have threads.
func (r *rig) outage(n int) report {
	r.t.Helper()
	r.bot.fails()
	for i := range 5 {
		r.crowd(i, 1, "question")
	}
	r.crowd(5, n-1, "question")
	r.pass(time.Second)
	return r.incident()
}

// incident returns the one post of an outage.
func (r *rig) incident() report {
	r.t.Helper()
	all := r.desk.outages()
	if len(all) != 1 {
		r.t.Fatalf("%d posts of outages, want one: %+v", len(all), all)
	}
	return all[0]
}

// change changes the policy of all channels, as a reload does.
func (r *rig) change(change func(*handover.Policy)) {
	next := *r.roster
	next.Channels, next.Accounts = map[string]*lanes.Channel{}, map[string]*lanes.Channel{}
	for name, ch := range r.roster.Channels {
		ch := *ch
		change(&ch.Policy)
		next.Channels[name], next.Accounts[ch.Account] = &ch, &ch
	}
	r.roster = &next
	r.engine.Use(r.roster)
}

// handAll has Ana click Hand all over.
func (r *rig) handAll(p report) {
	r.t.Helper()
	r.act(handover.Action{Kind: handover.HandAll, Incident: p.now.ID, Thread: p.id})
}

// times returns how often a customer reads a line with the words.
func (r *rig) times(chat, words string) (n int) {
	for _, line := range r.phone.read(chat) {
		if strings.Contains(line, words) {
			n++
		}
	}
	return n
}

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

// Ensure that Hand all over opens threads for those who wait, no faster than they open, once; and that it is heard only on
// the post of an outage because of which somebody waits.
func TestHandAllOver(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		const n = 40
		p := r.outage(n)
		r.act(handover.Action{Kind: handover.HandAll, Incident: p.now.ID, Thread: p.id, Person: models.Person{ID: "U9"}, Refusal: "guest"})
		r.pass(3 * time.Second)
		if got := len(r.desk.threads()); got != 4 {
			t.Fatalf("a guest opens %d threads", got-4)
		}
		var open atomic.Int32 // threads that were asked for and are not open
		r.desk.on(func(verb, _ string) error {
			if verb == "open" {
				if n := open.Add(1); n > 8 {
					t.Errorf("%d threads open at once", n)
				}
				time.Sleep(2 * time.Second)
				open.Add(-1)
			}
			return nil
		})
		r.handAll(p)
		r.handAll(p)
		r.pass(time.Second)
		if now := r.incident().now; now.Going == 0 || now.By.Name != "Ana" {
			t.Errorf("at the click the post says %+v", now)
		}
		r.pass(time.Minute)
		threads := r.desk.threads()
		if len(threads) != 4+n {
			t.Fatalf("%d threads, want %d", len(threads), 4+n)
		}
		card := r.desk.card(threads[4])
		if card.Reason.Cause != models.CauseOutage || !strings.HasPrefix(card.Reason.Asked, "question ") {
			t.Errorf("the first card's reason is %+v", card.Reason)
		}
		if got := r.phone.read(chatOf(4)); len(got) != 2 || !strings.HasPrefix(got[1], "Let me get a colleague") {
			t.Errorf("the customer reads %q", got)
		}
		if now := r.incident().now; now.Waiting != 0 || now.Handed != n || !now.Until.IsZero() {
			t.Errorf("the post says %+v", now)
		}
		r.handAll(p) // nobody waits
		r.crowd(200, 1, "later")
		r.pass(3 * time.Second)
		if got := len(r.desk.threads()); got != 4+n {
			t.Errorf("%d threads after a click while nobody waited, want %d", got, 4+n)
		}
		r.bot.works()
		r.pass(65 * time.Second)
		has(t, "who wrote later", r.phone.read(chatOf(200)), "re: later 200")
		r.handAll(p) // it is over
		r.handAll(report{id: p.id, now: handover.Incident{ID: "of another time"}})
		r.settle()
		var told []string
		for _, w := range r.desk.whispered() {
			told = append(told, w.agent+" "+w.notice.Text)
		}
		if len(told) != 4 || !strings.HasPrefix(told[0], "U9 This did not reach") || !strings.Contains(told[3], "nothing to hand over") {
			t.Errorf("whispered: %q", told)
		}
		if len(r.desk.threads()) != 4+n {
			t.Errorf("%d threads in the end", len(r.desk.threads()))
		}
	})
}

// Ensure that what is too old when the bot is back is not asked: people get it if it is little, and if somebody says so if
// it is much.
func TestTooOldAfterAnOutage(t *testing.T) {
	for name, n := range map[string]int{"few": 3, "many": 30} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.outage(n)
				r.skew.jump(11 * time.Minute)
				r.crowd(100, 2, "young")
				r.bot.works()
				r.pass(30 * time.Second)
				for i := 100; i < 102; i++ {
					has(t, "who wrote last", r.phone.read(chatOf(i)), fmt.Sprintf("re: young %d", i))
				}
				for i := 4; i < 4+n; i++ {
					if r.times(chatOf(i), "re: ") != 0 {
						t.Fatalf("customer %d reads %q out of the blue", i, r.phone.read(chatOf(i)))
					}
				}
				p := r.incident()
				if name == "few" {
					if len(r.desk.threads()) != 4+n || p.now.Waiting != 0 || p.now.By.ID != "" || p.now.Handed != n {
						t.Errorf("%d threads, and the post says %+v", len(r.desk.threads()), p.now)
					}
					return
				}
				if len(r.desk.threads()) != 4 || p.now.Old != n || p.now.Until.IsZero() {
					t.Errorf("%d threads, and the post says %+v", len(r.desk.threads()), p.now)
				}
				r.write(chatOf(4), "are you there?") // he has the bot
				r.settle()
				has(t, "who writes again", r.phone.read(chatOf(4)), "re: are you there?")
				r.handAll(p)
				r.pass(time.Minute)
				if got := r.incident().now; len(r.desk.threads()) != 4+n-1 || got.Waiting != 0 || got.Handed != n-1 {
					t.Errorf("%d threads, and the post says in the end %+v", len(r.desk.threads()), got)
				}
			})
		})
	}
}

// Ensure that what nobody handed over within a day is let go, with its number on the post.
func TestLeftAfterAnOutage(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.outage(10)
		r.skew.jump(11 * time.Minute)
		r.bot.works()
		r.crowd(100, 1, "young")
		r.pass(time.Minute)
		r.skew.jump(25 * time.Hour)
		r.pass(10 * time.Second)
		p := r.incident()
		if p.now.Waiting != 10 || p.now.Until.IsZero() {
			t.Errorf("the post says %+v", p.now)
		}
		r.handAll(p)
		r.pass(time.Minute)
		if got := len(r.desk.threads()); got != 4 {
			t.Errorf("%d threads, want 4", got)
		}
		if got := r.desk.whispered(); len(got) != 1 {
			t.Errorf("whispered: %+v", got)
		}
	})
}

// Ensure that a restart forgets nothing: who waits, who was told, and whom the operator was told by.
func TestOutageOverARestart(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		p := r.outage(20)
		r.restart()
		r.pass(time.Second)
		calls := len(r.bot.questions())
		r.crowd(4, 20, "hello?")
		if got := len(r.bot.questions()) - calls; got > 1 {
			t.Errorf("the bot is asked %d times after the restart", got)
		}
		if r.times(chatOf(5), sorry) != 1 {
			t.Errorf("the customer reads %q", r.phone.read(chatOf(5)))
		}
		if got := r.metric("patchbay_faults"); got != 1 {
			t.Errorf("patchbay_faults = %v after the restart, want 1", got)
		}
		r.handAll(p)
		r.pass(time.Second)
		r.restart()
		r.pass(time.Minute)
		r.handAll(p)
		r.pass(time.Minute)
		if got := len(r.desk.threads()); got != 24 {
			t.Errorf("%d threads, want 24", got)
		}
		r.bot.works()
		r.crowd(100, 1, "young")
		r.restart()
		r.pass(65 * time.Second)
		has(t, "who wrote last", r.phone.read(chatOf(100)), "re: young 100")
		if got := r.incident().now; got.Until.IsZero() || got.Waiting != 0 || got.Handed != 20 {
			t.Errorf("the post says %+v", got)
		}
		if got := r.operator.list(); len(got) != 2 {
			t.Errorf("the operator is told %q", got)
		}
	})
}

// Ensure that the next outage is another incident with a post of its own, of which everybody is told anew, and that it takes
// over who still waits.
func TestNextOutage(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		first := r.outage(10)
		r.skew.jump(11 * time.Minute)
		r.bot.works()
		r.crowd(100, 1, "young")
		r.pass(30 * time.Second)
		r.bot.fails()
		for i := range 10 {
			r.crowd(200+i, 1, "again")
		}
		r.pass(7 * time.Second)
		all := r.desk.outages()
		if len(all) != 2 || all[0].now.Waiting != 0 || all[1].now.Waiting != 16 || all[1].now.ID == first.now.ID {
			t.Fatalf("the posts say %+v", all)
		}
		if got := r.times(chatOf(205), sorry); got != 1 {
			t.Errorf("who waits in the second outage is told %d times", got)
		}
		r.handAll(first)
		r.settle()
		if got := r.desk.whispered(); len(got) != 1 {
			t.Errorf("whispered after a click on the old post: %+v", got)
		}
		r.bot.works()
		r.pass(30 * time.Second)
		has(t, "who wrote last", r.phone.read(chatOf(207)), "re: again 207")
		r.handAll(all[1])
		r.pass(time.Minute)
		if got := len(r.desk.threads()); got != 4+4+10 {
			t.Errorf("%d threads, want 18", got)
		}
	})
}

// Ensure that the post is made when the desk can be reached again, where it was deleted, and that a desk that refuses it is
// told to the operator.
func TestPostOfAnOutage(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		refuse := func(kind handover.DeskErrorKind) {
			r.desk.on(func(verb, _ string) error {
				if verb != "report" {
					return nil
				}
				return &handover.DeskError{Kind: kind, Err: errors.New("not now")}
			})
		}
		refuse(handover.DeskTemporary)
		r.bot.fails()
		r.crowd(0, 10, "question")
		r.pass(20 * time.Second)
		refuse(handover.DeskForbidden)
		r.pass(20 * time.Second)
		has(t, "the operator", r.operator.list(), "refuses the post of an outage: not now")
		r.desk.on(nil)
		r.pass(time.Minute)
		p := r.incident()
		if p.now.Waiting != 6 {
			t.Errorf("the post says %+v", p.now)
		}
		has(t, "the operator", r.operator.list(), "Over: The desk slack refuses the post")
		refuse(handover.DeskGone)
		r.crowd(20, 1, "question")
		r.pass(7 * time.Second)
		r.desk.on(nil)
		r.pass(7 * time.Second)
		all := r.desk.outages()
		if len(all) != 2 || all[1].now.Waiting != 7 {
			t.Errorf("after it was deleted the posts say %+v", all)
		}
	})
}

// Ensure that an outage ends when the config says that there is no breaker, or no such bot.
func TestOutageEndsByTheConfig(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.outage(3)
		r.change(func(p *handover.Policy) { p.Breaker = 0 })
		r.pass(10 * time.Second)
		if p := r.incident(); p.now.Until.IsZero() || p.now.Waiting != 0 {
			t.Errorf("the post says %+v", p.now)
		}
		if got := len(r.desk.threads()); got != 7 {
			t.Errorf("%d threads, want seven: each broke by itself", got)
		}
	})
}
