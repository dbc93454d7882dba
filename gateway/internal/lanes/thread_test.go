package lanes_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/handover"
	"patchbay/models"
)

// Ensure that a thread whose root was deleted is opened anew, with the talk so far, before what waits; that the buttons
// of the old card do what those of the new one do; and that replies in the old thread still arrive.
func TestLostThread(t *testing.T) {
	for name, lines := range map[string][]string{"one line": {"anybody?"}, "several": {"one", "two", "three"}} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.write("c1", "hello bot")
				r.settle()
				old := r.person("c1")
				r.reply(old, "Hi, Ana here.")
				r.write("c1", "my order is late")
				r.settle()
				r.desk.vanish(old)
				for _, line := range lines {
					r.write("c1", line)
				}
				r.pass(time.Second)
				threads := r.desk.threads()
				if len(threads) != 2 {
					t.Fatalf("threads = %q, want a second one", threads)
				}
				want := append([]string{"hello bot", "re: hello bot", "a person please", "I'm getting a colleague for you. Keep writing here, they see everything.", "Hi, Ana here.", "my order is late"}, lines...)
				got := r.desk.read(threads[1])
				equal(t, "the new thread reads", got, want)
				if posts := r.desk.thread(threads[1]); len(posts) == 0 || posts[0].title != "The talk so far" || len(posts[0].lines) != 6 {
					t.Errorf("the first post is %+v, want the talk so far", posts)
				}
				if card := r.desk.card(threads[1]); card.State != models.HandoverClaimed || card.Agent.Name != "Ana" {
					t.Errorf("the new card says %s by %q, want that Ana has it", card.State, card.Agent.Name)
				}
				r.write("c1", "last")
				r.reply(threads[1], "Here again.")
				r.settle()
				has(t, "the new thread", r.desk.read(threads[1]), "last")
				has(t, "the customer", r.phone.read("c1"), "Here again.")
				r.act(handover.Action{Kind: handover.Resolved, Handover: r.desk.card(old).Handover})
				r.settle()
				if card := r.desk.card(threads[1]); card.State != models.HandoverResolved {
					t.Errorf("the card says %s, want resolved", card.State)
				}
			})
		})
	}
}

// Ensure that a whisper, an edit or a card for a lost thread open no new one, and block nothing.
func TestLostThreadWithoutLines(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		id := r.write("c1", "first")
		r.settle()
		r.desk.vanish(thread)
		r.take(chats, channels.Inbound{Kind: channels.Edited, ID: id, Addresses: []string{"c1"}, Content: models.Content{Text: "changed"}})
		r.act(handover.Action{Kind: handover.Replied, Thread: thread, Own: true, Refusal: "guest", Person: models.Person{ID: "G1"}})
		r.pass(time.Second)
		if threads := r.desk.threads(); len(threads) != 1 {
			t.Errorf("threads = %q, want the first alone", threads)
		}
		r.write("c1", "second")
		r.settle()
		threads := r.desk.threads()
		if len(threads) != 2 {
			t.Fatalf("threads = %q, want a new one for the line", threads)
		}
		equal(t, "the new thread ends with", r.desk.read(threads[1])[2:], []string{"changed", "second"})
	})
}

// Ensure that a line of ours, such as why a reply was not delivered, is not lost with a thread.
func TestLostThreadKeepsRemarks(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		old := r.person("c1")
		r.desk.vanish(old)
		r.phone.on(always(channels.Unreachable, "the customer has blocked the bot"))
		r.reply(old, "Hello?")
		r.settle()
		threads := r.desk.threads()
		if len(threads) != 2 {
			t.Fatalf("threads = %q", threads)
		}
		has(t, "the new thread", r.desk.read(threads[1]), "Not delivered. the customer has blocked the bot")
	})
}

// Ensure that a reply under a root of ours that is not recorded yet is kept, and sent once it is.
func TestReplyBeforeItsThreadIsRecorded(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.desk.on(func(verb, _ string) error {
			if verb == "open" {
				// The agent is faster than Slack's answer.
				for i, text := range []string{"I am here.", "// a note", "How can I help?"} {
					r.act(handover.Action{
						Kind: handover.Replied, Thread: support + "/T1", Own: true, Post: fmt.Sprint("P", i), Text: text, Note: text[0] == '/',
					})
				}
			}
			return nil
		})
		r.write("c1", "a person please")
		r.pass(time.Second)
		equal(t, "the customer reads", r.phone.read("c1")[1:], []string{"Ana: I am here.", "How can I help?"})
	})
}

// Ensure that a reply in a thread of somebody else does nothing, and that one whose root never comes ends after an hour.
func TestOrphansEnd(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.act(handover.Action{Kind: handover.Replied, Thread: support + "/other", Post: "P1", Text: "not for us"})
		r.act(handover.Action{Kind: handover.Replied, Thread: support + "/T1", Own: true, Post: "P2", Text: "too old"})
		r.pass(11 * time.Minute) // a trim
		r.skew.jump(time.Hour)
		r.pass(11 * time.Minute)
		r.person("c1")
		r.pass(time.Second)
		for _, text := range r.phone.read("c1") {
			if strings.Contains(text, "for us") || strings.Contains(text, "too old") {
				t.Errorf("the customer reads %q", text)
			}
		}
	})
}

// edit has the first customer change a message.
func edit(r *rig, id, text string) {
	r.t.Helper()
	r.take(chats, channels.Inbound{Kind: channels.Edited, ID: id, Addresses: []string{"c1"}, Content: models.Content{Text: text}})
}

// Ensure that what a customer changes is changed in the thread, whether its line is alone, folded, in the talk so far,
// waiting, or being posted at that very moment.
func TestCustomerEdits(t *testing.T) {
	remove := func(r *rig, id string) {
		r.take(chats, channels.Inbound{Kind: channels.Deleted, ID: id, Addresses: []string{"c1"}})
	}
	t.Run("talk", func(t *testing.T) {
		bubble(t, func(t *testing.T, r *rig) {
			id := r.write("c1", "hello")
			r.settle()
			thread := r.person("c1")
			edit(r, id, "good day")
			r.settle()
			if got := r.desk.read(thread); got[0] != "good day" || len(got) != 3 {
				t.Errorf("the thread reads %q", got)
			}
			if p := r.desk.thread(thread)[0]; p.title != "The talk so far" || !p.lines[0].Edited {
				t.Errorf("the post is %+v, want its title kept and the line marked", p)
			}
		})
	})
	t.Run("folded", func(t *testing.T) {
		bubble(t, func(t *testing.T, r *rig) {
			thread := r.person("c1")
			r.desk.on(down)
			var ids []string
			for _, text := range []string{"one", "two", "three"} {
				ids = append(ids, r.write("c1", text))
			}
			r.settle()
			edit(r, ids[0], "ONE") // before it is shown
			r.settle()
			r.desk.on(nil)
			r.pass(5 * time.Second)
			edit(r, ids[1], "TWO")
			remove(r, ids[2])
			r.settle()
			equal(t, "the thread reads", r.desk.read(thread)[1:], []string{"ONE", "TWO", "three (deleted)"})
			if n := len(r.desk.thread(thread)); n != 2 {
				t.Errorf("%d posts, want the talk and one of three lines", n)
			}
		})
	})
	t.Run("while it is posted", func(t *testing.T) {
		bubble(t, func(t *testing.T, r *rig) {
			thread := r.person("c1")
			id := ""
			r.desk.on(func(verb, _ string) error {
				if verb == "post" && id != "" {
					changed := id
					id = ""
					edit(r, changed, "the right words")
				}
				return nil
			})
			in := r.wrote("c1", "the wrong words")
			id = in.ID
			r.take(chats, in)
			r.settle()
			equal(t, "the thread reads", r.desk.read(thread)[1:], []string{"the right words"})
		})
	})
	t.Run("deleted while it is posted", func(t *testing.T) {
		bubble(t, func(t *testing.T, r *rig) {
			thread := r.person("c1")
			id := ""
			r.desk.on(func(verb, _ string) error {
				if verb == "post" && id != "" {
					gone := id
					id = ""
					remove(r, gone)
				}
				return nil
			})
			in := r.wrote("c1", "oops")
			id = in.ID
			r.take(chats, in)
			r.settle()
			equal(t, "the thread reads", r.desk.read(thread)[1:], []string{"oops (deleted)"})
		})
	})
}

// Ensure that a handover soon after another goes on in the same thread, with a line in the channel and what was said
// since; and that a later one opens a new thread, linked to the last.
func TestReopened(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		resolve := func(thread string) {
			r.act(handover.Action{Kind: handover.Resolved, Handover: r.desk.card(thread).Handover})
			r.settle()
		}
		resolve(thread)
		r.write("c1", "and now?")
		r.settle()
		r.write("c1", "a person again")
		r.settle()
		if threads := r.desk.threads(); len(threads) != 1 {
			t.Fatalf("threads = %q, want the first again", threads)
		}
		posts := r.desk.thread(thread)
		line, talk := posts[len(posts)-2], posts[len(posts)-1]
		if !line.broadcast || !strings.HasPrefix(line.lines[0].Text, "Open again: ") {
			t.Errorf("the line in the channel is %+v", line)
		}
		var said []string
		for _, l := range talk.lines {
			said = append(said, l.Text)
		}
		if talk.title != "The talk so far" || !slices.Contains(said, "and now?") || !slices.Contains(said, "re: and now?") || slices.Contains(said, "a person please") {
			t.Errorf("the talk since is %q", said)
		}
		if card := r.desk.card(thread); card.State != models.HandoverWaiting || card.Reopened != 1 {
			t.Errorf("the card is %+v, want it waiting again", card)
		}
		resolve(thread)
		r.skew.jump(25 * time.Hour)
		next := r.person("c1")
		if card := r.desk.card(next); next == thread || card.Previous != thread {
			t.Errorf("the next thread is %s and follows %q, want a new one that follows %s", next, card.Previous, thread)
		}
	})
}

// Ensure that a person who writes at the top of the channel is told once a day, and that nothing else comes of it.
func TestStrayedHint(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.settle() // the engine runs
		stray := func() {
			r.act(handover.Action{Kind: handover.Strayed, Thread: support, Text: "hello customer"})
			r.settle()
		}
		stray()
		stray()
		if n := len(r.desk.whispered()); n != 1 {
			t.Errorf("%d hints, want one a day", n)
		}
		r.skew.jump(24 * time.Hour)
		stray()
		if n := len(r.desk.whispered()); n != 2 {
			t.Errorf("%d hints, want one more on the next day", n)
		}
		r.desk.on(down)
		r.skew.jump(24 * time.Hour)
		stray() // a courtesy: nobody waits for it
	})
}
