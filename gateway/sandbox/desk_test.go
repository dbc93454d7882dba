package sandbox_test

import (
	"slices"
	"strings"
	"testing"

	"patchbay/channels/telegram/telegramtest"
	"patchbay/channels/whatsapp/whatsapptest"
	"patchbay/gateway/bots/botstest"
	"patchbay/gateway/sandbox"
	"patchbay/handover/slackdesk/slacktest"
)

// lastReads waits until what was written to a customer last, on Telegram, is text.
func (r *rig) lastReads(u *telegramtest.User, text string) {
	r.t.Helper()
	if err := r.Telegram.Wait(r.ctx, func() bool {
		texts := u.Read()
		return len(texts) > 0 && texts[len(texts)-1] == text
	}); err != nil {
		r.t.Fatalf("%v\nthe customer reads %q, want %q last", err, u.Read(), text)
	}
}

// Ensure that a chat is resolved once however often the button is pressed, and taken once by one agent.
func TestDoubleClicks(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
	anna, ana := r.anna(), r.ana()
	thread := r.person()
	r.reads(anna, "I'm getting a colleague")
	r.click(ana, thread, "patchbay_take")
	r.click(ana, thread, "patchbay_take")
	r.card(thread, "Taken by Ana")
	r.reply(ana, thread, "Hi.")
	r.reads(anna, "Ana\nHi.")
	// Both clicks were made on the card as it was then.
	r.Slack.Break(slacktest.Fault{Method: "chat.update", Times: -1, Status: 500})
	r.click(ana, thread, "patchbay_resolve")
	r.click(ana, thread, "patchbay_resolve")
	r.click(r.ben(), thread, "patchbay_resolve")
	r.reads(anna, "Ana closed this chat.")
	r.write(anna, "hello bot")
	r.reads(anna, "You wrote: hello bot")
	if n := count(anna.Read(), "closed this chat"); n != 1 {
		t.Errorf("the customer is told %d times that the chat is closed: %q", n, anna.Read())
	}
	r.posted(thread, "resolved this chat.")
	if n := count(r.lines(thread), "has this chat."); n != 1 {
		t.Errorf("the thread says %d times who has it: %q", n, r.lines(thread))
	}
	if n := count(r.lines(thread), "resolved this chat."); n != 1 {
		t.Errorf("the thread says %d times that it is resolved: %q", n, r.lines(thread))
	}
	r.Slack.Mend()
	r.card(thread, "Resolved by Ana")
}

// Ensure that a click on a card that is over, or on one of the past, is told to who clicked and changes nothing.
func TestOldCards(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true, Sections: map[string]string{"handover": "reopen = \"1ms\""}})
	anna, ana, ben := r.anna(), r.ana(), r.ben()
	first := r.person()
	r.Slack.Break(slacktest.Fault{Method: "chat.update", Times: -1, Status: 500}) // the cards keep their buttons
	r.click(ana, first, "patchbay_resolve")
	r.reads(anna, "Ana closed this chat.")
	r.click(ben, first, "patchbay_take")
	r.whisper(ben, "This chat is closed already.")
	second := r.person()
	if first == second {
		t.Fatal("the second handover went into the first thread")
	}
	r.click(ben, first, "patchbay_take")
	r.whisper(ben, "This chat goes on in a newer thread.")
	r.click(ben, first, "patchbay_resolve")
	r.write(anna, "still there?")
	r.posted(second, "still there?")
	r.Slack.Mend()
	r.card(second, "Waiting for an agent")
	r.card(first, "Resolved by Ana")
}

// Ensure that the customer always knows which of two agents speaks, and that the card says who has the chat.
func TestTwoAgents(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
	anna, ana, ben := r.anna(), r.ana(), r.ben()
	thread := r.person()
	for _, line := range []struct {
		who        *slacktest.Agent
		text, want string
	}{
		{ana, "One.", "Ana\nOne."}, {ana, "Two.", "Two."}, {ben, "Three.", "Ben\nThree."}, {ben, "Four.", "Four."}, {ana, "Five.", "Ana\nFive."},
	} {
		r.reply(line.who, thread, line.text)
		r.lastReads(anna, line.want)
	}
	for _, m := range anna.Seen() {
		if strings.HasPrefix(m.Text, "Ben\n") && m.Bold() != "Ben" {
			t.Errorf("%q is set in bold, want the name", m.Bold())
		}
	}
	r.card(thread, "Taken by Ana")
	r.click(ben, thread, "patchbay_take")
	r.card(thread, "Taken by Ben")
	r.posted(thread, "@Ben has this chat.")
}

// Ensure that a reply in a closed thread is not sent but asked about, and that both answers do what they say.
func TestReplyInAClosedThread(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
	anna, ana := r.anna(), r.ana()
	thread := r.person()
	r.click(ana, thread, "patchbay_resolve")
	r.reads(anna, "Ana closed this chat.")
	r.card(thread, "Resolved by Ana")

	r.reply(ana, thread, "#left")
	w := r.whisper(ana, "This chat is closed, so your reply was not sent.")
	first := w.ID
	r.ok(ana.ClickWhisper(r.ctx, w, "Leave it"))
	r.write(anna, "hello bot")
	r.reads(anna, "You wrote: hello bot")

	r.reply(ana, thread, "#sent")
	r.until("a second whisper", func() bool {
		if whispers := ana.Whispers(); len(whispers) > 0 {
			w = whispers[len(whispers)-1]
		}
		return w.ID != first
	})
	r.ok(ana.ClickWhisper(r.ctx, w, "Take over and send"))
	r.reads(anna, "#sent")
	r.card(thread, "Taken by Ana")
	r.write(anna, "oh, hello")
	r.posted(thread, "oh, hello")
	r.reply(ana, thread, "#more")
	r.reads(anna, "#more")
	ordered(t, "the customer", marked(anna.Read()), []string{"#sent", "#more"})
}

// Ensure that a reply that was written before the click on Resolve is sent, although it comes after it.
func TestReplyOlderThanResolve(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
	anna, ana := r.anna(), r.ana()
	thread := r.person()
	// Slack's events are late, its clicks are not.
	r.Slack.Deliver(r.public+"/nowhere", r.public+"/slack/actions", r.public+"/slack/commands")
	r.reply(ana, thread, "#last words")
	r.click(ana, thread, "patchbay_resolve")
	r.reads(anna, "Ana closed this chat.")
	r.Slack.Deliver(r.public+"/slack/events", r.public+"/slack/actions", r.public+"/slack/commands")
	r.reads(anna, "#last words")
	r.reply(ana, thread, "#too late")
	r.whisper(ana, "This chat is closed")
	ordered(t, "the customer", marked(anna.Read()), []string{"#last"})
}

// Ensure that guests and strangers are told privately that they do not reach the customer, and that a post at the top of
// the channel is hinted at once a day.
func TestNoAgents(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
	anna := r.anna()
	thread := r.person()
	for _, m := range []slacktest.Member{
		{ID: "U0GUEST001", Name: "gus", RealName: "Gus", Guest: true},
		{ID: "U0STRANGE1", Name: "sam", RealName: "Sam", Stranger: true, Team: "T0OTHER001"},
	} {
		r.Slack.AddMember(m)
	}
	guest, stranger := r.Slack.Agent("U0GUEST001"), r.Slack.Agent("U0STRANGE1")
	r.reply(guest, thread, "#guest")
	r.whisper(guest, "guests of the workspace cannot answer customers")
	r.reply(stranger, thread, "#stranger")
	r.whisper(stranger, "only members of this workspace can answer customers")
	for range 2 {
		if _, err := r.ben().PostTop(r.ctx, slacktest.Support, "#top"); err != nil {
			t.Fatal(err)
		}
	}
	r.whisper(r.ben(), "This reached no customer.")
	r.reply(r.ana(), thread, "#agent")
	r.reads(anna, "#agent")
	ordered(t, "the customer", marked(anna.Read()), []string{"#agent"})
	if n := len(r.ben().Whispers()); n != 1 {
		t.Errorf("Ben is told %d times, want once a day", n)
	}
}

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
	r.whisper(ana, "They still see your first words")
	r.ok(ana.Delete(r.ctx, post))
	r.whisper(ana, "cannot take back a message that was sent")
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
	r.Slack.Outage(true)
	var ids []string
	for _, text := range []string{"one", "two", "three"} {
		ids = append(ids, r.says(luis, text))
	}
	r.Slack.Outage(false)
	r.posted(other, "three")
	r.ok(luis.Edit(r.ctx, ids[1], "zwei"))
	r.posted(other, "zwei")
	r.ok(luis.Revoke(r.ctx, ids[2]))
	folded := r.posted(other, "three (deleted)")
	if !strings.Contains(folded.Shown(), "~three~") {
		t.Errorf("the post reads %q, want the line struck", folded.Shown())
	}
	if text := strings.Join(r.lines(other), "\n"); strings.Contains(text, "two") {
		t.Errorf("the thread still has the old words: %q", text)
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

// Ensure that a customer's way back to the bot, by word, command or button, closes the thread and is told to both, and
// that it does nothing once an agent has the chat.
func TestBackToTheBot(t *testing.T) {
	for name, back := range map[string]func(r *rig){
		"word":    func(r *rig) { r.write(r.anna(), "bot") },
		"command": func(r *rig) { r.write(r.anna(), "/bot") },
		"button":  func(r *rig) { r.ok(r.anna().Press(r.ctx, "Back to the bot")) },
	} {
		t.Run(name, func(t *testing.T) {
			r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
			anna := r.anna()
			thread := r.person()
			r.reads(anna, "I'm getting a colleague")
			back(r)
			r.reads(anna, "You're back with the assistant.")
			r.posted(thread, "The customer went back to the bot.")
			r.card(thread, "Back with the bot")
			r.write(anna, "hello")
			r.reads(anna, "You wrote: hello")
			if anna.Spinning() != 0 {
				t.Error("the button still waits for its answer")
			}
		})
	}
	t.Run("with an agent", func(t *testing.T) {
		r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
		anna := r.anna()
		thread := r.person()
		r.reads(anna, "I'm getting a colleague")
		r.reply(r.ana(), thread, "Hi.")
		r.reads(anna, "Hi.")
		r.ok(anna.Press(r.ctx, "Back to the bot"))
		r.posted(thread, "Back to the bot")
		r.reply(r.ana(), thread, "Wait, please.")
		r.reads(anna, "Wait, please.")
	})
	t.Run("whatsapp", func(t *testing.T) {
		r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
		thread := r.personOnWhatsApp()
		r.sees(r.luis(), "I'm getting a colleague")
		_, err := r.luis().Press(r.ctx, "Back to the bot")
		r.ok(err)
		r.sees(r.luis(), "You're back with the assistant.")
		r.card(thread, "Back with the bot")
	})
}

// Ensure that /agent asks for a person, that a group gets one line only once, and that /start reaches the bot as text.
func TestCommandsAndGroups(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
	anna := r.anna()
	r.write(anna, "/start promo-17")
	r.reads(anna, "You wrote: /start promo-17")
	r.write(anna, "/agent")
	r.reads(anna, "I'm getting a colleague")
	r.posted(r.thread(1), "/agent")

	group := r.Telegram.Group(-100200, "Family")
	r.ok(group.Add(r.ctx, anna))
	r.ok(group.Wait(r.ctx, func([]telegramtest.Message) bool { return len(group.Read()) == 1 }))
	for range 3 {
		if _, err := group.Write(r.ctx, anna, "@"+r.Telegram.Username()+" what are your hours?"); err != nil {
			t.Fatal(err)
		}
	}
	r.write(anna, "done")
	r.posted(r.thread(1), "done")
	r.ok(group.Add(r.ctx, anna))
	r.write(anna, "really done")
	r.posted(r.thread(1), "really done")
	if texts := group.Read(); len(texts) != 1 || !strings.Contains(texts[0], "private chat") {
		t.Errorf("the group reads %q, want one line", texts)
	}
	if n := len(r.Bot.Asked()); n != 1 {
		t.Errorf("the bot was asked %d questions, want the first alone", n)
	}
}

// Ensure that only testers are heard where the config names some.
func TestOnlyFrom(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true, Sections: map[string]string{
		"channels.telegram.support": `only_from = ["5100200300"]`, "channels.whatsapp.main": `only_from = ["5215550001111"]`,
	}})
	stranger := r.Telegram.User(42, "Eve", "en")
	r.write(stranger, "let me in")
	other := r.WhatsApp.User("5215550007777", "Eve")
	r.says(other, "let me in")
	r.write(r.anna(), "hello")
	r.reads(r.anna(), "You wrote: hello")
	r.says(r.luis(), "hello")
	r.sees(r.luis(), "You wrote: hello")
	if texts := append(stranger.Read(), screen(other)...); len(texts) != 0 || len(r.Bot.Asked()) != 2 {
		t.Errorf("strangers read %q; the bot was asked %d questions, want 2", texts, len(r.Bot.Asked()))
	}
}

// Ensure that a customer's reaction is shown to the agents and asks nothing of anybody.
func TestReactions(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
	luis := r.luis()
	r.says(luis, "hello")
	r.sees(luis, "You wrote: hello")
	r.ok(luis.React(r.ctx, luis.Seen()[0].ID, "👍"))
	thread := r.personOnWhatsApp()
	r.reply(r.ana(), thread, "Done.")
	seen, err := luis.Wait(r.ctx, func(seen []whatsapptest.Message) bool { return slices.ContainsFunc(seen, contains("Done.")) })
	r.ok(err)
	r.ok(luis.React(r.ctx, seen[len(seen)-1].ID, "❤️"))
	r.posted(thread, "reacted with ❤️")
	if n := len(r.Bot.Asked()); n != 1 {
		t.Errorf("the bot was asked %d questions, want one", n)
	}
}
