package lanes_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/handover"
	"patchbay/models"
)

// onPost has an agent use a message's shortcut.
func (r *rig) onPost(kind handover.ActionKind, thread, post string) {
	r.t.Helper()
	r.act(handover.Action{Kind: kind, Thread: thread, Post: post, Shortcut: true})
	r.pass(10 * time.Millisecond)
}

// Ensure that a reply which waits becomes a note at once, also after a restart and in an outage, and is sent once when it is
// to go out after all.
func TestNoteOfAReply(t *testing.T) {
	for name, down := range map[string]bool{"waits for its writer": false, "waits for the app": true} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				thread := r.person("c1")
				if down {
					r.phone.on(always(channels.RateLimited, "slower"))
				} else {
					r.under(func(p *handover.DeskPolicy) { p.Undo = 5 * time.Second })
				}
				post := r.reply(thread, "between us")
				r.pass(2 * time.Second)
				r.restart()
				r.pass(10 * time.Millisecond)
				r.onPost(handover.Withdrew, thread, post)
				r.lastWhisper("Kept as a note.")
				r.onPost(handover.Withdrew, thread, post)
				r.lastWhisper("This is a note already.")
				r.pass(2 * time.Minute)
				if lines := strings.Join(r.desk.read(thread), "\n"); strings.Contains(lines, "Not delivered") {
					t.Errorf("the thread reads %q", lines)
				}
				r.phone.on(nil)
				r.pass(2 * time.Minute)
				r.reads()
				if got := r.desk.marks(post); got != "" {
					t.Errorf("a note is marked %q", got)
				}
				r.onPost(handover.SentIt, thread, post)
				r.onPost(handover.SentIt, thread, post)
				r.lastWhisper("This goes to the customer already.")
				r.pass(10 * time.Second)
				r.reads("Ana: between us")
				if got := r.desk.marks(post); got != "sent" {
					t.Errorf("what was sent after all is marked %q", got)
				}
			})
		})
	}
}

// Ensure that a reply which is made a note and sent again before its time goes out once.
func TestNoteAndBack(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.under(func(p *handover.DeskPolicy) { p.Undo = 5 * time.Second })
		r.roster.Channels[chats].Limits = channels.Limits{Text: 20}
		thread := r.person("c1")
		sent := len(r.phone.read("c1"))
		post := r.reply(thread, "one two three four five six")
		r.pass(time.Second)
		for range 2 {
			r.onPost(handover.Withdrew, thread, post)
			r.onPost(handover.SentIt, thread, post)
		}
		r.reply(thread, "behind it")
		r.pass(time.Minute)
		got := strings.Join(r.phone.read("c1")[sent:], "|")
		if strings.Count(got, "six") != 1 || strings.Count(got, "one") != 1 || !strings.HasSuffix(got, "behind it") {
			t.Errorf("the customer reads %q", got)
		}
	})
}

// Ensure that a reply which the customer has is no note any more: its writer is offered what the app can do.
func TestNoteTooLate(t *testing.T) {
	t.Run("deletes", func(t *testing.T) {
		bubble(t, func(t *testing.T, r *rig) {
			thread := r.person("c1")
			post := r.reply(thread, "oops")
			r.pass(time.Second)
			r.onPost(handover.Withdrew, thread, post)
			w := r.lastWhisper("Too late")
			r.reads("Ana: oops")
			r.press(w, "Delete at the customer's")
			r.pass(time.Second)
			r.reads("(deleted)")
			r.lastWhisper("deleted for the customer too")
			r.onPost(handover.SentIt, thread, post)
			r.lastWhisper("Write it again to send it.")
		})
	})
	t.Run("takes nothing back", func(t *testing.T) {
		bubble(t, func(t *testing.T, r *rig) {
			r.fix(func(p *handover.DeskPolicy) { p.Undo = -1 })
			thread := r.person("c1")
			post := r.reply(thread, "oops")
			r.pass(time.Second)
			r.onPost(handover.Withdrew, thread, post)
			if w := r.lastWhisper("their app takes nothing back"); len(w.notice.Choices) != 0 {
				t.Errorf("the whisper offers %+v", w.notice.Choices)
			}
		})
	})
	t.Run("on its way", func(t *testing.T) {
		bubble(t, func(t *testing.T, r *rig) {
			thread := r.person("c1")
			r.phone.on(func(ctx context.Context, _ channels.Outbound) error {
				select {
				case <-time.After(4 * time.Second):
				case <-ctx.Done():
				}
				return nil
			})
			post := r.reply(thread, "oops")
			r.pass(time.Second)
			r.onPost(handover.Withdrew, thread, post)
			r.lastWhisper("Stopped.")
			r.pass(20 * time.Second)
			r.reads("(deleted)")
			r.lastWhisper("deleted for the customer too")
		})
	})
}

// Ensure that a reply of which nobody knows whether the app took it is stopped, and that its writer is told what came of it.
func TestNoteInDoubt(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		r.phone.on(always(channels.Temporary, "down"))
		post := r.reply(thread, "oops")
		r.pass(2 * time.Second)
		r.onPost(handover.Withdrew, thread, post)
		r.lastWhisper("Stopped.")
		r.phone.on(nil)
		r.pass(time.Minute)
		r.lastWhisper("the customer does not get this")
		r.reads()
	})
}

// Ensure that a shortcut on a customer's line, or on a colleague's reply, changes nothing.
func TestNoteOfOthers(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.under(func(p *handover.DeskPolicy) { p.Undo = 5 * time.Second })
		thread := r.person("c1")
		post := r.reply(thread, "mine")
		r.pass(time.Second)
		r.act(handover.Action{Kind: handover.Withdrew, Thread: thread, Post: post, Shortcut: true, Person: models.Person{ID: "U2", Name: "Ben"}})
		r.pass(10 * time.Millisecond)
		if w := r.lastWhisper("Only who wrote a message"); w.agent != "U2" {
			t.Errorf("the whisper is to %s", w.agent)
		}
		r.onPost(handover.Withdrew, thread, thread)
		r.lastWhisper("neither a note nor a reply")
		r.pass(10 * time.Second)
		r.reads("Ana: mine")
	})
}
