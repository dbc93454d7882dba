package lanes_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"patchbay/gateway/internal/lanes"
	"patchbay/handover"
	"patchbay/handover/hours"
)

// counter is a desk with all that one can do for those who wait.
type counter struct {
	*desk
	mu    sync.Mutex
	away  bool
	pages []string
	lists []handover.Listing
}

func (c *counter) Page(_ context.Context, to, thread string, p handover.Page) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pages = append(c.pages, to+" "+string(p.Key)+" "+thread)
	return nil
}

func (c *counter) List(_ context.Context, l handover.Listing) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lists = append(c.lists, l)
	return nil
}

func (c *counter) Ping(context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.away {
		return &handover.DeskError{Kind: handover.DeskTemporary, Err: errors.New("away")}
	}
	return nil
}

func (c *counter) leave(away bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.away = away
}

func (c *counter) paged() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.pages...)
}

func (c *counter) listed() []handover.Listing {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]handover.Listing(nil), c.lists...)
}

// waitingRoom has the rig's desk do all that one can do for those who wait, under a policy.
func (r *rig) waitingRoom(q handover.QueuePolicy) *counter {
	c := &counter{desk: r.desk}
	next, own := *r.roster, *r.roster.Desks[slack]
	own.Desk, own.Policy.Queue = c, q
	next.Desks = map[string]*lanes.Desk{slack: &own}
	r.roster = &next
	r.engine.Use(r.roster)
	return c
}

// has counts how many of what the customer of a chat reads have the words.
func (r *rig) has(chat, words string) (n int) {
	for _, text := range r.phone.read(chat) {
		n += strings.Count(text, words)
	}
	return n
}

// told fails the test unless the customer of a chat read the words so often.
func (r *rig) told(chat, words string, want int) {
	r.t.Helper()
	if n := r.has(chat, words); n != want {
		r.t.Fatalf("%s reads %q %d times, want %d: %q", chat, words, n, want, r.phone.read(chat))
	}
}

// Ensure that customers are told their place when it is better, after two minutes at the earliest, and once.
func TestLine(t *testing.T) {
	bubble(t, func(_ *testing.T, r *rig) {
		r.waitingRoom(handover.QueuePolicy{})
		first := r.person("c1")
		r.pass(time.Second)
		second := r.person("c2")
		r.pass(time.Second)
		r.person("c3")
		r.told("c1", "before you", 0)
		r.told("c2", "only a few people before you", 1)
		r.told("c3", "only a few people before you", 1)

		r.act(handover.Action{Kind: handover.Claimed, Thread: first, Own: true})
		r.pass(time.Minute)
		r.told("c2", "You're next", 0) // too soon
		r.pass(90 * time.Second)
		r.told("c2", "You're next", 1)
		r.told("c3", "You're next", 0)

		r.write("c2", "bot")
		r.pass(20 * time.Second)
		r.told("c3", "You're next", 1)
		r.act(handover.Action{Kind: handover.Resolved, Thread: second, Own: true})
		r.restart()
		r.pass(10 * time.Minute)
		r.told("c3", "You're next", 1)
	})
}

// Ensure that time without the desk, and without Patchbay itself, climbs no rung.
func TestLadder_outage(t *testing.T) {
	bubble(t, func(_ *testing.T, r *rig) {
		c := r.waitingRoom(handover.QueuePolicy{Ladder: []handover.Rung{
			{After: 10 * time.Minute, Do: handover.RungDM, To: "U9"}, {After: 20 * time.Minute, Do: handover.RungPromise},
		}})
		r.person("c1")
		r.pass(5 * time.Minute)
		c.leave(true)
		r.pass(30 * time.Minute)
		if len(c.paged()) != 0 {
			t.Fatalf("U9 is told while the desk is away: %q", c.paged())
		}
		c.leave(false)
		r.pass(4 * time.Minute)
		if len(c.paged()) != 0 {
			t.Fatalf("U9 is told four minutes after the desk came back: %q", c.paged())
		}
		r.pass(3 * time.Minute)
		if len(c.paged()) != 1 || !strings.HasPrefix(c.paged()[0], "U9 call ") {
			t.Fatalf("pages = %q, want one for U9", c.paged())
		}
		r.end()
		time.Sleep(time.Hour)
		r.start()
		r.pass(5 * time.Minute)
		r.told("c1", "Everyone is busy", 0)
		r.pass(7 * time.Minute)
		r.told("c1", "Everyone is busy", 1)
		if len(c.paged()) != 1 {
			t.Errorf("pages = %q, want no more", c.paged())
		}
	})
}

// Ensure that what waits is listed once when the desk opens, and that ladders wait for that.
func TestListing(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		// A bubble begins on a Saturday, at midnight UTC.
		h, _ := hours.Spec{Timezone: "UTC", Sat: "04:30-05:00, 05:20-24:00"}.Parse()
		c := r.waitingRoom(handover.QueuePolicy{Hours: h, Ladder: []handover.Rung{{After: 10 * time.Minute, Do: handover.RungRemind}}})
		r.person("c1")
		r.person("c2")
		r.told("c1", "back: Saturday, 04:30.", 1)
		r.write("c1", "2")
		r.settle()
		r.write("c1", "My parcel is wet")
		r.settle()
		r.told("c1", "Thank you, we have your message", 1)
		r.pass(4*time.Hour + 29*time.Minute)
		if n := len(c.listed()); n != 0 {
			t.Fatalf("%d lists while the desk is closed", n)
		}
		r.told("c2", "Thank you for waiting", 0)
		r.pass(5 * time.Minute)
		r.restart()
		r.pass(7 * time.Minute)
		lists := c.listed()
		if len(lists) != 1 || len(lists[0].Chats) != 2 || lists[0].Place != support {
			t.Fatalf("lists = %+v, want one with two chats", lists)
		}
		if one := lists[0].Chats[0]; !one.Promised || one.Name != "Customer c1" || one.Thread == "" {
			t.Errorf("the first is %+v, want c1's, in which an answer is owed", one)
		}
		if lists[0].Chats[1].Promised {
			t.Errorf("the second is %+v, want one who waits", lists[0].Chats[1])
		}
		r.told("c2", "You're next", 1) // since somebody is at work
		r.pass(30 * time.Minute)       // lunch is no night
		if n := len(c.listed()); n != 1 {
			t.Errorf("%d lists, want one", n)
		}
	})
}

// Ensure that a promise which is passed on to another team stays owed there: the thread opens in the team's place, the bot goes on
// answering, and the team reads of it when it opens.
func TestListing_passedOn(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		h, _ := hours.Spec{Timezone: "UTC", Sat: "04:30-24:00"}.Parse()
		c := r.waitingRoom(handover.QueuePolicy{Hours: h})
		r.under(func(p *handover.DeskPolicy) { p.Teams = map[string]string{"billing": "C2"} })
		thread := r.person("c1")
		r.write("c1", "2")
		r.settle()
		r.write("c1", "My parcel is wet")
		r.settle()
		r.act(handover.Action{Kind: handover.Passed, Thread: thread, Values: map[string]string{
			handover.FieldPassTeam: "billing", handover.FieldPassNote: "Paid twice.",
		}})
		r.pass(time.Minute)
		asked := len(r.bot.questions())
		r.write("c1", "Hello?")
		r.pass(time.Minute)
		if n := len(r.bot.questions()); n != asked+1 {
			t.Errorf("the bot was asked %d times, want %d: it has the chat while the answer is owed", n, asked+1)
		}
		r.pass(4*time.Hour + 40*time.Minute)
		lists := c.listed()
		if len(lists) != 1 || lists[0].Place != "C2" || len(lists[0].Chats) != 1 || !lists[0].Chats[0].Promised {
			t.Fatalf("lists = %+v, want one in the team's place, with the answer that is owed", lists)
		}
		moved := lists[0].Chats[0].Thread
		if moved == thread || moved == "" {
			t.Fatalf("the answer is owed in %q, want a new thread", moved)
		}
		r.act(handover.Action{Kind: handover.Claimed, Thread: moved})
		r.pass(10 * time.Second)
		r.reply(moved, "It is on its way.")
		r.pass(time.Second)
		has(t, "the customer", r.phone.read("c1"), "It is on its way.")
		has(t, "the new thread", r.desk.read(moved), "Hello?")
	})
}

// Ensure that the first line of a customer who has waited for some minutes is shown in the channel too, once a wait: threads and
// cards notify nobody.
func TestRepeatedInTheChannel(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		repeated := func() (lines []string) {
			r.desk.mu.Lock()
			defer r.desk.mu.Unlock()
			for _, p := range r.desk.posts[thread] {
				if p.broadcast {
					lines = append(lines, p.lines[0].Text)
				}
			}
			return lines
		}
		r.write("c1", "at once")
		r.pass(4 * time.Minute)
		r.write("c1", "soon")
		r.pass(2 * time.Minute)
		r.restart()
		r.write("c1", "after minutes")
		r.pass(time.Minute)
		r.write("c1", "and more")
		r.pass(time.Minute)
		equal(t, "the channel", repeated(), []string{"after minutes"})
		r.act(handover.Action{Kind: handover.Claimed, Thread: thread})
		r.pass(10 * time.Minute)
		r.write("c1", "to Ana")
		r.pass(time.Minute)
		equal(t, "the channel", repeated(), []string{"after minutes"})
	})
}
