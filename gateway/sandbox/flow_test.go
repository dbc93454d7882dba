package sandbox_test

import (
	"slices"
	"strings"
	"testing"

	"patchbay/channels/telegram/telegramtest"
	"patchbay/gateway/bots/botstest"
	"patchbay/gateway/sandbox"
	"patchbay/models/store/storetest"
)

// Ensure that a chat goes from the bot to an agent and back, by polling and Socket Mode, and by webhooks, on either
// database.
func TestHandoverByDesign(t *testing.T) {
	for name, webhooks := range map[string]bool{"polling and socket": false, "webhooks": true} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, url string) {
				r := run(t, sandbox.Options{Store: url, Webhooks: webhooks, Unpaced: true, Bot: []botstest.Rule{botstest.Says("hours", "We are open from 9 to 5.")}})
				anna, ana := r.anna(), r.ana()

				r.write(anna, "What are your hours?")
				r.reads(anna, "We are open from 9 to 5.")
				r.write(anna, "I want to talk to a person")
				r.reads(anna, "I'm getting a colleague for you. Keep writing here, they see everything.")

				thread := r.thread(1)
				if card := r.card(thread, "Anna").Plain(); !strings.Contains(card, "Telegram") || !strings.Contains(card, "Replies here go to the customer. Start with // for a note.") {
					t.Errorf("the card does not say what it must:\n%s", card)
				}
				talk := r.posted(thread, "I want to talk to a person")
				if !strings.Contains(talk.Plain(), "We are open from 9 to 5.") {
					t.Errorf("the talk so far lacks the bot's answer:\n%s", talk.Plain())
				}

				r.reply(ana, thread, "Hi Anna, how can I help?")
				r.reads(anna, "Ana\nHi Anna, how can I help?")
				r.write(anna, "My order 17 is late")
				r.posted(thread, "My order 17 is late")
				r.reply(ana, thread, "// she is angry")
				r.reply(ana, thread, "It comes tomorrow.")
				r.reads(anna, "It comes tomorrow.")
				if text := strings.Join(anna.Read(), "\n"); strings.Contains(text, "angry") {
					t.Errorf("the customer reads a note: %q", text)
				}
				r.click(ana, thread, "patchbay_resolve")
				r.reads(anna, "Ana closed this chat. Just write if there is more.")
				r.card(thread, "esolved")

				r.write(anna, "And your hours?")
				r.ok(anna.Wait(r.ctx, func(seen []telegramtest.Message) bool {
					return seen[len(seen)-1].Text == "We are open from 9 to 5."
				}))
				asked := r.asked(2)
				if last := string(asked[len(asked)-1].Body); !strings.Contains(last, "It comes tomorrow.") {
					t.Errorf("the bot was not told what was said meanwhile: %s", last)
				}
			})
		})
	}
}

// Ensure that a bot that breaks hands over, and that its broken answer is evidence, not an answer.
func TestHandoverOnBotBreak(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true, Bot: []botstest.Rule{botstest.Says("warranty", "Sorry, I didn't understand that.")}})
	luis, ben := r.luis(), r.ben()
	r.says(luis, "What about the warranty?")
	thread := r.thread(1)
	card := r.card(thread, "Luis").Plain()
	for _, want := range []string{"WhatsApp", "What about the warranty?", "Sorry, I didn't understand that."} {
		if !strings.Contains(card, want) {
			t.Errorf("the card lacks %q:\n%s", want, card)
		}
	}
	r.sees(luis, "Let me get a colleague to help with that. Keep writing here, they see everything.")
	r.click(ben, thread, "patchbay_take")
	r.card(thread, "Ben")
	r.reply(ben, thread, "Two years.")
	r.sees(luis, "Two years.")
	if slices.ContainsFunc(luis.Seen(), contains("understand")) {
		t.Errorf("the customer reads the broken answer: %q", screen(luis))
	}
}
