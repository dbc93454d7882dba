package sandbox_test

import (
	"slices"
	"strings"
	"testing"

	"patchbay/channels/telegram/telegramtest"
	"patchbay/channels/whatsapp/whatsapptest"
	"patchbay/gateway/bots/botstest"
	"patchbay/gateway/sandbox"
	"patchbay/models"
)

// menu is a bot's answer with buttons.
func menu(word, text string, buttons ...models.Button) botstest.Rule {
	return botstest.Rule{Text: word, Answer: models.Answer{Messages: []models.Content{{Text: text, Buttons: buttons}}}}
}

// Ensure that a press takes the buttons off and shows what was pressed, that it counts once however often a thumb hits it, also
// after a restart, and that agents read that it was a press.
func TestPressedOnce(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true, Bot: []botstest.Rule{
		menu("sizes", "Which size?", models.Button{Title: "Medium", Payload: "size-m"}, models.Button{Title: "Large", Payload: "size-l"}),
	}})
	anna, luis := r.anna(), r.luis()
	r.write(anna, "sizes")
	r.reads(anna, "Which size?")
	r.write(anna, "hm") // behind its answer the menu is recorded
	r.reads(anna, "You wrote: hm")
	r.stop()
	r.start()
	r.ok(anna.Press(r.ctx, "Large"))
	r.ok(anna.Wait(r.ctx, func(all []telegramtest.Message) bool {
		return slices.ContainsFunc(all, func(m telegramtest.Message) bool { return m.Text == "Which size?\n\n✓ Large" && len(m.Buttons) == 0 })
	}))
	r.asked(3)
	if q := questionOf(t, r.Bot.Asked()[2]); q.Message.Text != "Large" || q.Message.Payload != "size-l" {
		t.Errorf("the bot is asked %+v", q.Message)
	}

	r.says(luis, "sizes")
	r.sees(luis, "Which size?")
	r.says(luis, "hm")
	r.sees(luis, "You wrote: hm")
	for range 3 { // WhatsApp leaves the buttons where they are
		_, err := luis.Press(r.ctx, "Medium")
		r.ok(err)
	}
	r.sees(luis, "You wrote: Medium")
	_, err := luis.Press(r.ctx, "Large") // another one is another wish
	r.ok(err)
	r.sees(luis, "You wrote: Large")
	if n := len(r.Bot.Asked()); n != 7 {
		t.Errorf("the bot was asked %d questions, want 7", n)
	}
	thread := r.personOnWhatsApp()
	if talk := r.posted(thread, "pressed: Medium").Plain(); strings.Count(talk, "pressed: Medium") != 1 {
		t.Errorf("the talk reads %q", talk)
	}
	_, err = luis.Press(r.ctx, "Large")
	r.ok(err)
	r.posted(thread, "pressed: Large")
}

// Ensure that buttons for which the platform has no room are said as numbers, that a number is then a press, and that a number
// is a number where nothing asked for one.
func TestNumbersForButtons(t *testing.T) {
	long := strings.Repeat("x", 65) // bytes of a payload: Telegram takes 64
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true, Bot: []botstest.Rule{
		menu("menu", "What can I do?", models.Button{Title: "Opening hours", Payload: long}, models.Button{Title: "Talk to a person", Payload: "/agent"}),
		botstest.Says(long, "From 9 to 5."),
	}})
	anna := r.anna()
	r.write(anna, "menu")
	r.reads(anna, "What can I do?\n\n1. Opening hours\n2. Talk to a person")
	r.write(anna, "1.")
	r.reads(anna, "From 9 to 5.")
	if q := questionOf(t, r.asked(2)[1]); q.Message.Text != "Opening hours" || q.Message.Payload != long {
		t.Errorf("the bot is asked %+v", q.Message)
	}
	r.write(anna, "2")
	r.reads(anna, "You wrote: 2")
	r.write(anna, "menu")
	r.ok(anna.Wait(r.ctx, func([]telegramtest.Message) bool { return count(anna.Read(), "2. Talk to a person") == 2 }))
	r.stop()
	r.start()
	r.write(anna, "2")
	r.reads(anna, "I'm getting a colleague")
	r.posted(r.thread(1), "pressed: Talk to a person")
}

// Ensure that a customer's messages are marked as read when the bot has them, or an agent, and not before; that he sees
// typing while an agent's reply waits; and that the config can switch the marks off.
func TestReadMarks(t *testing.T) {
	o := sandbox.Options{Webhooks: true, Unpaced: true, Sections: map[string]string{
		"slack": `undo = "10s"`, "channels.webhook.shop": "receipts = true\ntyping = true",
	}}
	r := run(t, o)
	luis, ana := r.luis(), r.ana()
	marked := func(id string) bool {
		return slices.ContainsFunc(luis.Marks(), func(m whatsapptest.Mark) bool { return m.Message == id })
	}
	id := r.says(luis, "hello")
	r.ok(r.WhatsApp.Wait(r.ctx, func() bool { return marked(id) }))
	thread := r.personOnWhatsApp()
	id = r.says(luis, "anybody?")
	r.posted(thread, "anybody?")
	if marked(id) {
		t.Error("a message that nobody looked at is marked as read")
	}
	r.click(ana, thread, "patchbay_take")
	r.ok(r.WhatsApp.Wait(r.ctx, func() bool { return marked(id) }))
	id = r.says(luis, "my order is late")
	r.posted(thread, "my order is late")
	r.reply(ana, thread, "Let me see.")
	r.ok(r.WhatsApp.Wait(r.ctx, func() bool {
		return slices.ContainsFunc(luis.Marks(), func(m whatsapptest.Mark) bool { return m.Message == id && m.Typing })
	}))
	r.sees(luis, "Let me see.")

	mia := r.mia("c9", nil)
	first, err := mia.Write(r.ctx, "I want to talk to a person")
	r.ok(err)
	shop := r.thread(2)
	r.posted(shop, "I want to talk to a person")
	r.reply(ana, shop, "Hi Mia.")
	told := func(kind, id string) func() bool {
		return func() bool {
			for _, p := range r.Shop.Posts() {
				if p.Type == kind && p.ID == id && p.Chat.ID == "c9" {
					return true
				}
			}
			return false
		}
	}
	r.ok(r.Shop.Wait(r.ctx, told("receipt", first)))
	r.ok(r.Shop.Wait(r.ctx, told("typing", first)))
	r.ok(r.Shop.WaitFor(r.ctx, "c9", "Hi Mia."))

	o.Sections = map[string]string{"channels.whatsapp.main": "read_marks = false"}
	quiet := runAlone(t, o)
	quiet.says(quiet.luis(), "hello")
	quiet.sees(quiet.luis(), "You wrote: hello")
	if n := len(quiet.luis().Marks()); n != 0 {
		t.Errorf("%d messages are marked as read, want none", n)
	}
}
