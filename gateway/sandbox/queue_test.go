package sandbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"patchbay/gateway/sandbox"
	"patchbay/handover/slackdesk/slacktest"
)

// both runs a test with HTTP and with Socket Mode.
func both(t *testing.T, o sandbox.Options, fn func(*rig)) {
	t.Helper()
	for _, called := range []bool{true, false} {
		name := "socket"
		if called {
			name = "http"
		}
		t.Run(name, func(t *testing.T) {
			o := o
			o.Webhooks, o.Unpaced = called, true
			fn(run(t, o))
		})
	}
}

// desk returns options with lines of the section [slack].
func desk(lines ...string) sandbox.Options {
	return sandbox.Options{Sections: map[string]string{"slack": strings.Join(lines, "\n")}}
}

// shut are hours of a desk that opens in two days.
func shut() string {
	day := strings.ToLower(time.Now().UTC().AddDate(0, 0, 2).Weekday().String()[:3])
	return fmt.Sprintf(`hours = { timezone = "UTC", %s = "00:00-24:00" }`, day)
}

// Ensure that the ladder is climbed to its promise, that the bot answers meanwhile, and that whoever takes the chat keeps it.
func TestQueue_ladder(t *testing.T) {
	o := desk(`ladder = [
		{ after = "1s", do = "remind" }, { after = "2s", do = "group", to = "S0123456789" }, { after = "3s", do = "channel", to = "C0SECOND01" },
		{ after = "4s", do = "dm", to = "` + slacktest.Ben + `" }, { after = "5s", do = "promise" },
	]`)
	both(t, o, func(r *rig) {
		r.Slack.AddChannel(slacktest.Channel{ID: "C0SECOND01", Name: "second"})
		thread := r.person()
		r.posted(thread, "Nobody has taken this chat yet.")
		r.posted(thread, "S0123456789")
		r.until("the second channel is told", func() bool { return len(r.Slack.Top("C0SECOND01")) == 1 })
		r.until("Ben is told", func() bool { return len(r.ben().Direct()) == 1 })
		for _, p := range append(r.Slack.Top("C0SECOND01"), r.ben().Direct()...) {
			if text := p.Shown(); !strings.Contains(text, "A customer is waiting") || !strings.Contains(text, "/archives/"+slacktest.Support+"/p") {
				t.Errorf("told: %q, want words and a link to the thread", text)
			}
		}
		r.reads(r.anna(), "Everyone is busy right now. We have your message and will answer you here.")
		card := r.card(thread, "An answer is owed")
		before := len(r.Bot.Asked())
		r.write(r.anna(), "And my parcel?")
		r.asked(before + 1)
		r.click(r.ana(), card.ID, "Take it")
		r.card(thread, "Taken by Ana")
		r.posted(thread, "And my parcel?") // what came meanwhile is in the thread
		r.reply(r.ana(), thread, "I have it here.")
		r.reads(r.anna(), "I have it here.")
		r.click(r.ana(), card.ID, "Take it") // once more changes nothing
		if top := r.Slack.Top("C0SECOND01"); len(top) != 1 || len(r.ben().Direct()) != 1 {
			t.Errorf("%d posts in the second channel and %d to Ben, want one each", len(top), len(r.ben().Direct()))
		}
	})
}

// Ensure that a reply keeps a promise, and that Resolve ends one.
func TestQueue_promise(t *testing.T) {
	both(t, desk(`ladder = [{ after = "1s", do = "promise" }]`), func(r *rig) {
		thread := r.person()
		r.card(thread, "An answer is owed")
		r.reply(r.ben(), thread, "Sorry for the wait.")
		r.reads(r.anna(), "Sorry for the wait.")
		card := r.card(thread, "Taken by Ben")
		r.click(r.ben(), card.ID, "Resolve")
		r.card(thread, "Resolved by Ben")

		second := r.personOnWhatsApp()
		card = r.card(second, "An answer is owed")
		r.click(r.ana(), card.ID, "Resolve")
		r.card(second, "Resolved by Ana")
		r.sees(r.luis(), "Ana closed this chat.")
	})
}

// Ensure that a chat in which an answer is owed is passed on, to a team elsewhere and then to a person, and that it stays owed until
// somebody has it.
func TestQueue_promisePassedOn(t *testing.T) {
	both(t, desk(`ladder = [{ after = "1s", do = "promise" }]`, `teams = { billing = "`+billing+`" }`), func(r *rig) {
		r.Slack.AddChannel(slacktest.Channel{ID: billing, Name: "billing"})
		ana, ben, anna := r.ana(), r.ben(), r.anna()
		thread := r.person()
		r.card(thread, "An answer is owed")
		r.click(ana, thread, "Pass on")
		r.form(ana, "Pass on")
		r.ok(ana.Enter(r.ctx, "Or a team", "billing"))
		r.ok(ana.Submit(r.ctx))
		r.card(thread, "Passed on by Ana")
		threads, err := r.Slack.WaitThreads(r.ctx, billing, 1)
		r.ok(err)
		moved := threads[0].ID
		r.card(moved, "An answer is owed")
		r.stop()
		r.start()
		r.until("the form is asked for", func() bool { return ben.Click(r.ctx, moved, "Pass on") == nil })
		r.form(ben, "Pass on")
		r.ok(ben.Enter(r.ctx, "A person", slacktest.Ana))
		r.ok(ben.Submit(r.ctx))
		r.card(moved, "Taken by Ana")
		r.posted(moved, "@Ana has this chat now; Ben passed it on.")
		r.reply(ana, moved, "Sorry for the wait.")
		r.reads(anna, "Sorry for the wait.")
	})
}

// Ensure that the next rung is climbed after a restart, and none again.
func TestQueue_ladderAfterRestart(t *testing.T) {
	o := desk(`ladder = [{ after = "1s", do = "remind" }, { after = "3s", do = "promise" }]`)
	o.Webhooks, o.Unpaced = true, true
	r := run(t, o)
	thread := r.person()
	r.posted(thread, "Nobody has taken this chat yet.")
	r.stop()
	r.start()
	card := r.card(thread, "An answer is owed")
	n := 0
	for _, line := range r.lines(thread) {
		n += strings.Count(line, "Nobody has taken this chat yet.")
	}
	if n != 1 {
		t.Errorf("reminded %d times, want once: %q", n, r.lines(thread))
	}
	r.click(r.ana(), card.ID, "Take it") // on a card from before the restart
	r.card(thread, "Taken by Ana")
}

// Ensure that who comes when nobody is at work knows when somebody is, and goes on as he chooses.
func TestQueue_closed(t *testing.T) {
	both(t, desk(shut()), func(r *rig) {
		thread := r.person()
		r.reads(r.anna(), "We're away at the moment. We're back: ")
		r.card(thread, "has not chosen how to go on")
		r.ok(r.anna().Press(r.ctx, "Leave a message"))
		r.reads(r.anna(), "Please write your message here.")
		r.card(thread, "is leaving a message")
		r.write(r.anna(), "My parcel is wet.")
		r.posted(thread, "My parcel is wet.")
		r.reads(r.anna(), "Thank you, we have your message")
		r.card(thread, "An answer is owed")
		before := len(r.Bot.Asked())
		r.write(r.anna(), "What do you cost?")
		r.asked(before + 1)
		r.reply(r.ana(), thread, "Here I am already.")
		r.reads(r.anna(), "Here I am already.")

		second := r.personOnWhatsApp()
		r.sees(r.luis(), "We're away at the moment. We're back: ")
		r.says(r.luis(), "wait")
		r.sees(r.luis(), "We'll write to you here as soon as we're back.")
		r.card(second, "and waits for an answer")
		r.says(r.luis(), "bot")
		r.sees(r.luis(), "You're back with the assistant.")
		r.card(second, "Back with the bot")
	})
}

// Ensure that who is not the first hears so with the same message, and may leave the line.
func TestQueue_line(t *testing.T) {
	both(t, desk(), func(r *rig) {
		r.person()
		second := r.personOnWhatsApp()
		r.sees(r.luis(), "Keep writing here, they see everything.\nThere are only a few people before you now.")
		if slices.ContainsFunc(r.anna().Read(), func(text string) bool { return strings.Contains(text, "before you") }) {
			t.Errorf("the first reads %q", r.anna().Read())
		}
		r.says(r.luis(), "/bot")
		r.card(second, "Back with the bot")
	})
}

// Ensure that an agent who does not answer is reminded in the thread, then alone, and that the chat is offered to all then.
func TestQueue_quietAgent(t *testing.T) {
	both(t, desk(`quiet_agent = "1s"`, `quiet_offer = true`, `ladder = []`), func(r *rig) {
		thread := r.person()
		card := r.card(thread, "Waiting for an agent")
		r.click(r.ana(), card.ID, "Take it")
		r.posted(thread, "@Ana the customer is waiting for your answer.")
		r.until("Ana is told", func() bool { return len(r.ana().Direct()) == 1 })
		r.posted(thread, "everybody can take this chat again")
		r.card(thread, "Waiting for an agent")
		r.reads(r.anna(), "Ana has to go now. A colleague will carry on here.")
		r.reply(r.ben(), thread, "I am Ben.")
		r.reads(r.anna(), "I am Ben.")
		r.card(thread, "Taken by Ben")
	})
}

// Ensure that a customer who does not write is asked once, and that his chat closes by itself.
func TestQueue_quietCustomer(t *testing.T) {
	both(t, desk(`quiet_customer = "1s"`, `close_after = "1s"`), func(r *rig) {
		thread := r.person()
		r.reply(r.ana(), thread, "How can I help?")
		r.reads(r.anna(), "Is there anything else we can do for you?")
		r.posted(thread, "The customer was asked whether there is more.")
		r.reads(r.anna(), "We've closed this chat because we didn't hear from you.")
		r.card(thread, "because the customer did not write any more")
	})
}
