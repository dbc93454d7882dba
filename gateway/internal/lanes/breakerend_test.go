package lanes_test

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"patchbay/handover"
	"patchbay/models"
)

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
		r.desk.vanish(p.id)
		r.crowd(20, 1, "question")
		r.pass(14 * time.Second)
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

// Ensure that the post of an outage whose answer was lost is found and written anew, also by who takes over from the copy that
// made it, and that it is made again, and counted, only when it cannot be looked for.
func TestPostOfAnOutageIsLookedFor(t *testing.T) {
	for _, tt := range []struct {
		name         string
		restart      bool
		blind        error
		posts, found int
	}{
		{name: "same copy", posts: 1, found: 1},
		{name: "next copy", restart: true, posts: 1, found: 1},
		{name: "blind", blind: errors.New("missing_scope"), posts: 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.desk.forget("report", 1)
				r.desk.blind = tt.blind
				r.bot.fails()
				r.crowd(0, 10, "question")
				if got := len(r.desk.outages()); got != 1 {
					t.Fatalf("%d posts at once, want 1", got)
				}
				if tt.restart {
					r.restart()
				}
				r.pass(time.Minute)
				all := r.desk.outages()
				if len(all) != tt.posts {
					t.Errorf("%d posts of one outage, want %d", len(all), tt.posts)
				}
				if found := r.metric("patchbay_posts_found_total", slack); int(found) != tt.found {
					t.Errorf("%v posts found, want %d", found, tt.found)
				}
				if again := r.metric("patchbay_posts_repeated_total", "incident", slack); int(again) != tt.posts-1 {
					t.Errorf("%v posts repeated, want %d", again, tt.posts-1)
				}
				r.bot.works()
				r.pass(2 * time.Minute)
				if last := r.desk.outages()[tt.posts-1].now; last.Until.IsZero() || !last.Done {
					t.Errorf("when the bot is back the post says %+v", last)
				}
			})
		})
	}
}
