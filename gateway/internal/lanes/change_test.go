package lanes_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/handover"
)

// Ensure that a reply that is changed or taken back before it went out goes as it is then, once.
func TestChangedBeforeItIsSent(t *testing.T) {
	for name, editor := range map[string]bool{"editor": true, "none": false} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				if !editor {
					r.roster.Channels[chats].Adapter = plain{r.phone}
				}
				thread := r.person("c1")
				r.phone.on(always(channels.Temporary, "down"))
				first := r.reply(thread, "It costs 10.")
				second := r.reply(thread, "Oh no.")
				r.settle()
				r.act(handover.Action{Kind: handover.Edited, Thread: thread, Own: true, Post: first, Text: "It costs 20."})
				r.act(handover.Action{Kind: handover.Deleted, Thread: thread, Own: true, Post: second})
				r.settle()
				r.phone.on(nil)
				r.pass(10 * time.Second)
				equal(t, "the customer reads", r.phone.read("c1")[1:], []string{"Ana: It costs 20."})
				for _, w := range r.desk.whispered() {
					t.Errorf("the agent is told %q, though the customer saw nothing else", w.notice.Text)
				}
			})
		})
	}
}

// plain is an app that can only send.
type plain struct{ phone *phone }

func (p plain) Send(ctx context.Context, m channels.Outbound) (string, error) {
	return p.phone.Send(ctx, m)
}
func (p plain) Limits() channels.Limits { return p.phone.Limits() }

// Ensure that a reply that grows before it went out arrives whole, also where nothing can be edited.
func TestGrownBeforeItIsSent(t *testing.T) {
	for name, editor := range map[string]bool{"editor": true, "none": false} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				if !editor {
					r.roster.Channels[chats].Adapter = plain{r.phone}
				}
				r.roster.Channels[chats].Limits = channels.Limits{Text: 20}
				thread := r.person("c1")
				sent := len(r.phone.read("c1"))
				r.phone.on(always(channels.Temporary, "down"))
				post := r.reply(thread, "Short.")
				r.settle()
				r.act(handover.Action{Kind: handover.Edited, Thread: thread, Own: true, Post: post, Text: "One two three. Four five six. Seven eight."})
				r.settle()
				r.phone.on(nil)
				r.pass(10 * time.Second)
				got := strings.Join(r.phone.read("c1")[sent:], " ")
				if got != "Ana: One two three. Four five six. Seven eight." {
					t.Errorf("the customer reads %q", got)
				}
			})
		})
	}
}

// Ensure that what was sent is changed on the customer's screen, with more parts and with fewer, and taken back.
func TestChangedAfterItWasSent(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.roster.Channels[chats].Limits = channels.Limits{Text: 20}
		thread := r.person("c1")
		sent := len(r.phone.read("c1"))
		post := r.reply(thread, "One two three.")
		r.settle()
		edit := func(text string) {
			r.act(handover.Action{Kind: handover.Edited, Thread: thread, Own: true, Post: post, Text: text})
			r.settle()
		}
		edit("One two. Four five six. Seven.")
		equal(t, "the customer reads", r.phone.read("c1")[sent:], []string{"One two.", "Four five six.", "Seven."})
		edit("One.")
		equal(t, "the customer reads", r.phone.read("c1")[sent:], []string{"One.", "(deleted)", "(deleted)"})
		edits := len(r.phone.made("c1"))
		edit("One.")
		if n := len(r.phone.made("c1")); n != edits {
			t.Errorf("an edit that changes nothing made %d calls", n-edits)
		}
		r.act(handover.Action{Kind: handover.Deleted, Thread: thread, Own: true, Post: post})
		r.settle()
		equal(t, "the customer reads", r.phone.read("c1")[sent:], []string{"(deleted)", "(deleted)", "(deleted)"})
	})
}

// Ensure that an edit that the platform cannot take for a while is not forgotten.
func TestEditThroughAnOutage(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		post := r.reply(thread, "It costs 10.")
		r.settle()
		r.phone.on(always(channels.Temporary, "down"))
		r.act(handover.Action{Kind: handover.Edited, Thread: thread, Own: true, Post: post, Text: "It costs 20."})
		r.pass(3 * time.Minute)
		has(t, "the thread", r.desk.read(thread), "Not delivered yet")
		r.phone.on(nil)
		r.pass(2 * time.Minute)
		equal(t, "the customer reads", r.phone.read("c1")[1:], []string{"It costs 20."})
	})
}

// Ensure that a platform that cannot change or take back what was sent is told to the agent alone, each time.
func TestCannotBeChanged(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.roster.Channels[chats].Adapter = plain{r.phone}
		thread := r.person("c1")
		post := r.reply(thread, "It costs 10.")
		r.settle()
		r.act(handover.Action{Kind: handover.Edited, Thread: thread, Own: true, Post: post, Text: "It costs 20."})
		r.act(handover.Action{Kind: handover.Deleted, Thread: thread, Own: true, Post: post})
		r.settle()
		var notices []string
		for _, w := range r.desk.whispered() {
			notices = append(notices, w.notice.Text)
		}
		equal(t, "whispers", notices, []string{handover.NoticeFor(handover.NoticeNoEdit).Text, handover.NoticeFor(handover.NoticeNoDelete).Text})
		equal(t, "the customer reads", r.phone.read("c1")[1:], []string{"Ana: It costs 10."})
	})
}
