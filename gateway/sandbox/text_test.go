package sandbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"patchbay/channels/telegram/telegramtest"
	"patchbay/channels/whatsapp/whatsapptest"
	"patchbay/gateway/bots/botstest"
	"patchbay/gateway/sandbox"
)

// novel is a text of at least n UTF-16 units whose sentences are numbered, with characters of every width.
func novel(n int) string {
	var b strings.Builder
	for i := 0; len(utf16.Encode([]rune(b.String()))) < n; i++ {
		fmt.Fprintf(&b, "Sentence %d has 👩‍👩‍👧 and ñandú and 中文 in it. ", i)
		if i%7 == 6 {
			b.WriteString("\n\n")
		}
	}
	return strings.TrimSpace(b.String())
}

// whole fails the test unless parts, in their order, say text, each within 4,096 UTF-16 units.
func whole(t *testing.T, who string, parts []string, text string) {
	t.Helper()
	for i, part := range parts {
		if n := len(utf16.Encode([]rune(part))); n > 4096 {
			t.Errorf("%s: part %d has %d units", who, i, n)
		}
	}
	words := func(s string) []string { return strings.Fields(s) }
	if got := words(strings.Join(parts, " ")); !slices.Equal(got, words(text)) {
		t.Errorf("%s reads %d words in %d parts, want %d words, in order", who, len(got), len(parts), len(words(text)))
	}
	if len(parts) < 2 {
		t.Errorf("%s reads %d parts, want several", who, len(parts))
	}
}

// Ensure that long answers of the bot and long replies of agents arrive whole and in order on both platforms, with the
// agent's name on the first part alone.
func TestLongTexts(t *testing.T) {
	text := novel(10_000)
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true, Bot: []botstest.Rule{botstest.Says("novel", text)}})
	anna, luis := r.anna(), r.luis()
	last := text[strings.LastIndex(text, "Sentence"):]

	r.write(anna, "a novel please")
	r.reads(anna, last)
	whole(t, "Anna", anna.Read(), text)
	r.says(luis, "a novel please")
	r.sees(luis, last)
	whole(t, "Luis", screen(luis), text)

	// Slack takes 40,000 characters from a person.
	reply := strings.ReplaceAll(text, "Sentence", "Line")
	last = strings.ReplaceAll(last, "Sentence", "Line")
	thread := r.person()
	r.reads(anna, "I'm getting a colleague")
	before := len(anna.Read())
	r.reply(r.ana(), thread, reply)
	r.reads(anna, last)
	parts := anna.Read()[before:]
	first, ok := strings.CutPrefix(parts[0], "Ana\n")
	if !ok {
		t.Errorf("the first part begins with %.20q, want the agent's name", parts[0])
	}
	whole(t, "Anna", append([]string{first}, parts[1:]...), reply)

	thread = r.personOnWhatsApp()
	r.sees(luis, "I'm getting a colleague")
	before = len(screen(luis))
	r.reply(r.ana(), thread, reply)
	r.sees(luis, last)
	parts = screen(luis)[before:]
	first, ok = strings.CutPrefix(parts[0], "*Ana*\n")
	if !ok {
		t.Errorf("the first part begins with %.20q, want the agent's name", parts[0])
	}
	whole(t, "Luis", append([]string{first}, parts[1:]...), reply)
}

// Ensure that a long message of a customer stands whole in the thread.
func TestLongTextInTheThread(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
	thread := r.person()
	text := novel(4000)
	r.write(r.anna(), text)
	last := text[strings.LastIndex(text, "Sentence"):]
	r.posted(thread, strings.Fields(last)[1])
	var shown strings.Builder
	for _, line := range r.lines(thread) {
		shown.WriteString(strings.ReplaceAll(line, "> ", "") + "\n")
	}
	got, want := strings.Fields(shown.String()), strings.Fields(text)
	for len(got) > 0 && got[0] != want[0] {
		got = got[1:]
	}
	if !slices.Equal(got[:min(len(got), len(want))], want) {
		t.Errorf("the thread shows %d words, want %d, in order", len(got), len(want))
	}
}

// Ensure that a message that the platform refuses is told to the agent in plain words, at his line, and that the next one
// goes.
func TestRefusedMessage(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
	thread := r.person()
	r.reads(r.anna(), "I'm getting a colleague")
	r.Telegram.Fail("sendMessage", 1, telegramtest.Refuse(400, "Bad Request: message is not to my taste"))
	r.reply(r.ana(), thread, "A tasteless reply.")
	r.reply(r.ana(), thread, "A better one.")
	r.reads(r.anna(), "A better one.")
	line := r.posted(thread, "Not delivered.").Plain()
	for _, want := range []string{"message is not to my taste", "A tasteless reply."} {
		if !strings.Contains(line, want) {
			t.Errorf("the agent reads %q, want %q in it", line, want)
		}
	}

	other := r.personOnWhatsApp()
	r.sees(r.luis(), "I'm getting a colleague")
	r.WhatsApp.Fault(whatsapptest.Fault{Path: "/messages", Code: 131009})
	r.reply(r.ana(), other, "A tasteless reply.")
	r.reply(r.ana(), other, "A better one.")
	r.sees(r.luis(), "A better one.")
	line = r.posted(other, "Not delivered.").Plain()
	if !strings.Contains(line, "A tasteless reply.") || !strings.Contains(line, "WhatsApp did not deliver it") {
		t.Errorf("the agent reads %q", line)
	}
}
