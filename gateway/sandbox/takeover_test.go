package sandbox_test

import (
	"strings"
	"testing"

	"patchbay/channels/telegram/telegramtest"
	"patchbay/gateway/bots/botstest"
	"patchbay/gateway/sandbox"
)

// Ensure that an agent who takes a chat over from the bot reads what was said to it meanwhile, and that a reply that is
// made a note is taken back and stays a note.
func TestTakeOver(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true, Bot: []botstest.Rule{botstest.Says("hours", "We are open from 9 to 5.")}})
	thread := r.person()
	r.reply(r.ana(), thread, "Hi Anna")
	r.reads(r.anna(), "Ana\nHi Anna")
	r.click(r.ana(), thread, "patchbay_resolve")
	r.reads(r.anna(), "Ana closed this chat. Just write if there is more.")
	r.write(r.anna(), "And your hours?")
	r.reads(r.anna(), "We are open from 9 to 5.")

	post := r.reply(r.ana(), thread, "From 8 on for Anna.")
	asked := r.whisper(r.ana(), "This chat is closed")
	read := func() string { return strings.Join(r.anna().Read(), "\n") }
	if strings.Contains(read(), "From 8 on") {
		t.Errorf("the customer reads a reply that was held back:\n%s", read())
	}
	r.ok(r.ana().ClickWhisper(r.ctx, asked, "Take over and send"))
	r.reads(r.anna(), "Ana\nFrom 8 on for Anna.")
	talk := r.posted(thread, "And your hours?").Plain()
	if !strings.Contains(talk, "We are open from 9 to 5.") || strings.Contains(talk, "From 8 on") || strings.Contains(talk, "Hi Anna") {
		t.Errorf("the thread shows as the talk so far:\n%s\nwant what was said since it was closed, and only that", talk)
	}
	r.card(thread, "Taken by Ana")

	r.ok(r.ana().Edit(r.ctx, post, "// From 8 on for her."))
	r.ok(r.anna().Wait(r.ctx, func([]telegramtest.Message) bool { return !strings.Contains(read(), "From 8 on") }))
	r.ok(r.ana().Edit(r.ctx, post, "From 8 on for her."))
	r.whisper(r.ana(), "This was a note")
	if strings.Contains(read(), "for her") {
		t.Errorf("the customer reads a note:\n%s", read())
	}
}
