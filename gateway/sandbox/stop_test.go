package sandbox_test

import (
	"testing"
	"time"

	"patchbay/channels/telegram/telegramtest"
	"patchbay/channels/whatsapp/whatsapptest"
	"patchbay/gateway/bots/botstest"
	"patchbay/gateway/sandbox"
	"patchbay/handover/slackdesk/slacktest"
)

// Ensure that the gateway ends within its ten seconds although the bot, the platforms and Slack hang, and that all that
// was under way is done by the next start.
func TestStopWhileEverybodyHangs(t *testing.T) {
	for name, webhooks := range map[string]bool{"polling and socket": false, "webhooks": true} {
		t.Run(name, func(t *testing.T) {
			r := run(t, sandbox.Options{Webhooks: webhooks, Unpaced: true, Bot: []botstest.Rule{{Text: "slow", Times: 1, Fault: botstest.Hang}}})
			thread := r.person()
			r.reads(r.anna(), "I'm getting a colleague")
			luis := r.luis()
			r.says(luis, "slow #bot")
			r.asked(1)
			r.WhatsApp.Fault(whatsapptest.Fault{Path: "/messages", Hang: true})
			r.says(r.WhatsApp.User("5215550003333", "Rosa"), "#whatsapp")
			r.Telegram.Fail("sendMessage", 1, telegramtest.Hang())
			sends := len(r.Telegram.Calls("sendMessage"))
			r.reply(r.ana(), thread, "#telegram")
			r.ok(r.Telegram.Wait(r.ctx, func() bool { return len(r.Telegram.Calls("sendMessage")) > sends }))
			r.Slack.Break(slacktest.Fault{Method: "chat.postMessage", Hang: true})
			posts := r.Slack.Calls("chat.postMessage")
			r.write(r.anna(), "#slack")
			r.until("a post that hangs", func() bool { return r.Slack.Calls("chat.postMessage") > posts })
			if took := r.stop(); took < 9*time.Second || took > 25*time.Second {
				t.Errorf("the gateway ended after %v, want 10 s", took)
			}
			r.start()
			r.reads(r.anna(), "#telegram")
			r.posted(thread, "#slack")
			r.sees(luis, "#bot")
			r.sees(r.WhatsApp.User("5215550003333", "Rosa"), "#whatsapp")
		})
	}
}

// Ensure that nobody waits for pacing or backoff at the end.
func TestStopWaitsForNoPause(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Bot: []botstest.Rule{botstest.Says("many", numbered(30)...)}})
	r.write(r.anna(), "many") // one a second
	r.reads(r.anna(), "#2")
	thread := r.personOnWhatsApp()
	r.Slack.Outage(true)
	posts := r.Slack.Calls("chat.postMessage")
	r.says(r.luis(), "hello?") // backoff
	r.until("a post that fails", func() bool { return r.Slack.Calls("chat.postMessage") > posts })
	r.WhatsApp.Fault(whatsapptest.Fault{Path: "/messages", Status: 429, RetryAfter: time.Hour})
	r.says(r.WhatsApp.User("5215550003333", "Rosa"), "hello")
	if took := r.stop(); took > 9*time.Second { // calls under way would get ten
		t.Errorf("the gateway ended after %v, want at once", took)
	}
	r.Slack.Outage(false)
	r.start()
	r.posted(thread, "hello?")
	r.reads(r.anna(), "#5")
	ordered(t, "the customer", marked(r.anna().Read())[:6], numbered(6))
}
