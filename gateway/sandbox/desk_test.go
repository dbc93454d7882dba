package sandbox_test

import (
	"strings"
	"testing"

	"patchbay/channels/telegram/telegramtest"
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
