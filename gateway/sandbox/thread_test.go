package sandbox_test

import (
	"strings"
	"testing"

	"patchbay/gateway/bots/botstest"
	"patchbay/gateway/sandbox"
	"patchbay/handover/slackdesk/slacktest"
)

// Ensure that no kind of note reaches the customer, also one that is edited.
func TestNotes(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
	anna, ana := r.anna(), r.ana()
	thread := r.person()
	note := r.reply(ana, thread, "// #note")
	for _, text := range []string{"🔒 #note", ":lock: #note", "<@" + slacktest.Ben + "> #note"} {
		r.reply(ana, thread, text)
	}
	r.ok(ana.Edit(r.ctx, note, "// #note again"))
	r.reply(ana, thread, "#reply")
	r.reads(anna, "#reply")
	ordered(t, "the customer", marked(anna.Read()), []string{"#reply"})
	if card := r.card(thread, "Taken by Ana"); card.Bot != true {
		t.Errorf("the card is %+v", card)
	}
}

// Ensure that an agent's edits and deletions reach the customer on Telegram, and that he is told where they cannot.
func TestAgentEdits(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
	anna, luis, ana := r.anna(), r.luis(), r.ana()
	thread, other := r.person(), ""
	r.reads(anna, "I'm getting a colleague")
	post := r.reply(ana, thread, "It costs 10.")
	r.reads(anna, "Ana\nIt costs 10.")
	r.ok(ana.Edit(r.ctx, post, "It costs 20."))
	r.lastReads(anna, "Ana\nIt costs 20.")
	r.ok(ana.Unfurl(r.ctx, post)) // a preview is no edit
	r.ok(ana.Delete(r.ctx, post))
	r.ok(r.Telegram.Wait(r.ctx, func() bool { return count(anna.Read(), "It costs") == 0 }))

	other = r.personOnWhatsApp()
	post = r.reply(ana, other, "It costs 10.")
	r.sees(luis, "It costs 10.")
	r.ok(ana.Edit(r.ctx, post, "It costs 20."))
	r.whisper(ana, "they still see your first words")
	r.ok(ana.Delete(r.ctx, post))
	r.whisper(ana, "cannot take back this message")
	if n := count(screen(luis), "It costs 20."); n != 0 {
		t.Errorf("Luis reads %q", screen(luis))
	}
}

// Ensure that what a customer edits or takes back is changed in the thread, also in a post that shows several lines.
func TestCustomerEditsInTheThread(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
	anna, luis := r.anna(), r.luis()
	first := r.write(anna, "in the talk")
	r.reads(anna, "You wrote: in the talk")
	thread := r.person()
	r.ok(anna.Edit(r.ctx, first, "changed in the talk"))
	talk := r.posted(thread, "changed in the talk").Plain()
	if !strings.Contains(talk, "The talk so far") || !strings.Contains(talk, "I want to talk to a person") {
		t.Errorf("the talk reads %q, want all of it", talk)
	}

	other := r.personOnWhatsApp()
	var ids []string
	r.aside(3, func() {
		for _, text := range []string{"one", "two", "three"} {
			ids = append(ids, r.says(luis, text))
		}
	})
	r.posted(other, "three")
	r.ok(luis.Edit(r.ctx, ids[1], "zwei"))
	r.posted(other, "zwei")
	r.ok(luis.Revoke(r.ctx, ids[2]))
	folded := r.posted(other, "three (deleted)")
	if !strings.Contains(folded.Shown(), "~three~") {
		t.Errorf("the post reads %q, want the line struck", folded.Shown())
	}
	if !strings.Contains(folded.Shown(), "~two~") {
		t.Errorf("the post reads %q, want the earlier words struck", folded.Shown())
	}
}

// Ensure that a handover soon after a Resolve goes on in the same thread, with a line in the channel and what was said
// since.
func TestReopenedThread(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true, Bot: []botstest.Rule{botstest.Says("hours", "From 9 to 5.")}})
	anna, ana := r.anna(), r.ana()
	thread := r.person()
	r.reply(ana, thread, "Hi Anna.")
	r.reads(anna, "Hi Anna.")
	r.click(ana, thread, "patchbay_resolve")
	r.card(thread, "Resolved by Ana")
	r.write(anna, "hours?")
	r.reads(anna, "From 9 to 5.")
	r.write(anna, "please get me a human")
	line := r.posted(thread, "Open again")
	if !line.Broadcast {
		t.Errorf("the line %q is not in the channel", line.Plain())
	}
	talk := r.posted(thread, "please get me a human").Plain()
	if !strings.Contains(talk, "hours?") || !strings.Contains(talk, "From 9 to 5.") || strings.Contains(talk, "Hi Anna.") {
		t.Errorf("the talk since reads %q", talk)
	}
	r.card(thread, "Waiting for an agent")
	if n := len(r.Slack.Threads(slacktest.Support)); n != 1 {
		t.Errorf("%d threads, want one", n)
	}
}

// Ensure that a root that agents deleted is followed by a new thread with the talk so far, and that nothing is lost.
func TestDeletedRoot(t *testing.T) {
	for name, unthread := range map[string]bool{"refused": false, "posted at the top": true} {
		t.Run(name, func(t *testing.T) {
			r := run(t, sandbox.Options{Webhooks: true, Unpaced: true, Change: func(p *sandbox.Platforms) { p.Slack.Unthread = unthread }})
			anna, ana := r.anna(), r.ana()
			old := r.person()
			r.reply(ana, old, "Hi Anna.")
			r.reads(anna, "Hi Anna.")
			r.ok(ana.Delete(r.ctx, old))
			r.write(anna, "My order 17 is late.")
			second := ""
			r.until("a new thread", func() bool {
				for _, thread := range r.Slack.Threads(slacktest.Support) {
					if thread.ID != old && len(thread.Root.Buttons) > 0 {
						second = thread.ID
					}
				}
				return second != ""
			})
			talk := r.posted(second, "Hi Anna.").Plain()
			if !strings.Contains(talk, "The talk so far") || !strings.Contains(talk, "I want to talk to a person") {
				t.Errorf("the new thread begins with %q, want the talk so far", talk)
			}
			r.posted(second, "My order 17 is late.")
			r.reply(ana, second, "Sorry!")
			r.lastReads(anna, "Sorry!")
			for _, p := range r.Slack.Top(slacktest.Support) {
				if strings.Contains(p.Plain(), "My order 17") {
					t.Errorf("the customer's words stand at the top of the channel: %q", p.Plain())
				}
			}
		})
	}
}
