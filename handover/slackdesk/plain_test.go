package slackdesk_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models"
)

// heard returns what the customer gets of a reply with a text and blocks in Slack's mark-up.
func heard(t *testing.T, w *world, text string, blocks json.RawMessage) string {
	t.Helper()
	fields := map[string]any{"text": text}
	if blocks != nil {
		fields["blocks"] = blocks
	}
	update, err := w.event(t, reply(fields))
	if err != nil || len(update.Actions) != 1 {
		t.Fatalf("Receive(%q) = %v, %v, want one action", text, update.Actions, err)
	}
	a := update.Actions[0]
	if !slices.Equal(models.NormalSpans(a.Text, a.Spans), a.Spans) {
		t.Errorf("%q with %s has the spans %v", text, blocks, a.Spans)
	}
	return models.Rich{Text: a.Text, Spans: a.Spans}.Plain()
}

func TestPlainText(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"plain", "Your parcel ships today.", "Your parcel ships today."},
		{"escaped", "1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2"},
		{"escaped twice", "&amp;lt;", "&lt;"},
		{"lines", "a\n\nb", "a\n\nb"},
		{"spaces around", "  a \n", "a"},

		{"bold", "*now* and *then*", "now and then"},
		{"italic", "_now_", "now"},
		{"strike", "~10~ 8 euros", "10 8 euros"},
		{"code", "type `a_b *c*`", "type a_b *c*"},
		{"block", "```\nfor _, x := range *y* {\n```", "for _, x := range *y* {"},
		{"all of them", "*_~x~_*", "x"},
		{"with punctuation", "(*now*), _then_.", "(now), then."},
		{"product", "2*3*4", "2*3*4"},
		{"product with spaces", "2 * 3 * 4", "2 * 3 * 4"},
		{"file name", "my_file_name.txt", "my_file_name.txt"},
		{"one star", "*required", "*required"},
		{"over lines", "*a\nb*", "*a\nb*"},
		{"stars alone", "***", "***"},
		{"bold letters beyond ASCII", "*é*", "é"},

		{"link", "see <https://a.example/x_y_z>", "see https://a.example/x_y_z"},
		{"link with label", "<https://a.example/x|our page>", "our page (https://a.example/x)"},
		{"link with its address", "<https://a.example/|a.example>", "https://a.example/"},
		{"link with ampersand", "<https://a.example/?a=1&amp;b=2>", "https://a.example/?a=1&b=2"},
		{"link in bold", "*<https://a.example|here>*", "here (https://a.example)"},
		{"mail", "<mailto:a@b.example|a@b.example>", "a@b.example"},
		{"telephone", "<tel:+4930123|+4930123>", "+4930123"},
		{"known person", "ask <@U0AGENT0002>", "ask @Ben"},
		{"person with label", "ask <@U0NOBODY01|kim>", "ask @kim"},
		{"unknown person", "ask <@U0NOBODY01>", "ask @someone"},
		{"channel", "in <#C1|general>", "in #general"},
		{"channel without name", "in <#C1>", "in #channel"},
		{"group", "ask <!subteam^S1|@billing>", "ask @billing"},
		{"group without name", "ask <!subteam^S1>", "ask @team"},
		{"everybody", "hey <!channel> and <!here|here>", "hey @channel and here"},
		{"date", "at <!date^1793900000^{time}|10:53>", "at 10:53"},
		{"unknown", "a <!new^thing>", "a @new"},
		{"empty brackets", "a <> b", "a  b"},

		{"bullets", "• a\n• b", "• a\n• b"},
		{"quote", "&gt; he said\nno", "> he said\nno"},

		{"emoji", ":wave: hi :+1:", "👋 hi 👍"},
		{"emoji with skin", ":+1::skin-tone-2: :wave::skin-tone-6:", "👍🏻 👋🏿"},
		{"emoji of people with skin", ":man-running::skin-tone-4:", "🏃🏽‍♂️"},
		{"emoji of two with skins", ":handshake::skin-tone-2-5:", "🤝🏻"},
		{"emoji that Slack names otherwise", ":simple_smile: :man-shrugging: :flag-de: :pencil: :family:", "🙂 🤷‍♂️ 🇩🇪 📝 👪"},
		{"emoji side by side", ":tada::tada:", "🎉🎉"},
		{"custom emoji", "done :our_logo:", "done :our_logo:"},
		{"custom before emoji", ":our_logo:tada:", ":our_logo🎉"},
		{"time", "from 10:30:45 to 11:00", "from 10:30:45 to 11:00"},
		{"ratio", "16:9", "16:9"},
		{"emoji in code", "`:wave:`", ":wave:"},
		{"emoji in an address", "<https://a.example/:wave:/>", "https://a.example/:wave:/"},
		{"emoji as characters", "👩‍👩‍👧 fine", "👩‍👩‍👧 fine"},
		{"right to left", "مرحبا *بك*", "مرحبا بك"},
	}
	w := start(t, slacktest.Options{Unpaced: true}, nil)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := heard(t, w, test.text, nil); got != test.want {
				t.Errorf("%q became %q, want %q", test.text, got, test.want)
			}
		})
	}
}

func TestPlainBlocks(t *testing.T) {
	section := func(elements string) string {
		return `[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[` + elements + `]}]}]`
	}
	tests := []struct{ name, text, blocks, want string }{
		{"typed stars stay", "2 *3* 4", section(`{"type":"text","text":"2 *3* 4"}`), "2 *3* 4"},
		{"style goes", "*now*", section(`{"type":"text","text":"now","style":{"bold":true}}`), "now"},
		{"emoji by its code points", ":new_one: ok", section(`{"type":"emoji","name":"new_one","unicode":"1fae8"},{"type":"text","text":" ok"}`), "🫨 ok"},
		{"emoji with skin", ":+1::skin-tone-3:", section(`{"type":"emoji","name":"+1","unicode":"1f44d-1f3fc","skin_tone":3}`), "👍🏼"},
		{"custom emoji", ":our_logo:", section(`{"type":"emoji","name":"our_logo"}`), ":our_logo:"},
		{"link", "<https://a.example|here>", section(`{"type":"link","url":"https://a.example","text":"here"}`), "here (https://a.example)"},
		{"person", "ask <@U0AGENT0002> now", section(`{"type":"text","text":"ask "},{"type":"user","user_id":"U0AGENT0002"},{"type":"text","text":" now"}`), "ask @Ben now"},
		{"bullets", "• a\n• b", `[{"type":"rich_text","elements":[{"type":"rich_text_list","style":"bullet","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"a"}]},{"type":"rich_text_section","elements":[{"type":"text","text":"b"}]}]}]}]`, "• a\n• b"},
		{"numbers", "1. a\n2. b", `[{"type":"rich_text","elements":[{"type":"rich_text_list","style":"ordered","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"a"}]},{"type":"rich_text_section","elements":[{"type":"text","text":"b"}]}]}]}]`, "1. a\n2. b"},
		{"quote and more", "&gt; a\nb", `[{"type":"rich_text","elements":[{"type":"rich_text_quote","elements":[{"type":"text","text":"a"}]},{"type":"rich_text_section","elements":[{"type":"text","text":"b"}]}]}]`, "> a\nb"},
		{"code block", "```a_b```", `[{"type":"rich_text","elements":[{"type":"rich_text_preformatted","elements":[{"type":"text","text":"a_b"}]}]}]`, "a_b"},

		{"blocks say something else", "now *new*", section(`{"type":"text","text":"old"}`), "now new"},
		{"blocks leave something out", "see <https://a.example|a>", section(`{"type":"text","text":"see "}`), "see a (https://a.example)"},
		{"emoji of blocks that differ", "so :new_one:", section(`{"type":"emoji","name":"new_one","unicode":"1fae8"}`), "so 🫨"},
		{"unknown element", "*a* x", section(`{"type":"text","text":"a x"},{"type":"new_thing"}`), "a x"},
		{"not rich text", "*a*", `[{"type":"section","text":{"type":"mrkdwn","text":"*a*"}}]`, "a"},
		{"no blocks", "*a*", `"x"`, "a"},
		{"broken code points", ":wave: x", section(`{"type":"emoji","name":"wave","unicode":"d800"},{"type":"text","text":" x"}`), "👋 x"},
	}
	w := start(t, slacktest.Options{Unpaced: true}, nil)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := heard(t, w, test.text, json.RawMessage(test.blocks)); got != test.want {
				t.Errorf("%q with %s became %q, want %q", test.text, test.blocks, got, test.want)
			}
		})
	}
}

func TestTypedArrivesAsTyped(t *testing.T) {
	w := start(t, slacktest.Options{Unpaced: true}, nil)
	for _, text := range []string{"Hi Luis", "ok 👍🏽 👩‍👩‍👧 🎉", "1 < 2 & 3 > 2", "see https://a.example/x?a=1&b=2 ok", "2*3*4 snake_case *x*", "two\nlines", "¿dónde está? 你好 مرحبا"} {
		m := slacktest.Typed(text)
		if got := heard(t, w, m.Text, m.Blocks); got != text {
			t.Errorf("typed %q arrived as %q", text, got)
		}
		if got := heard(t, w, m.Text, nil); !strings.Contains(text, "*") && got != text {
			t.Errorf("typed %q arrived as %q by its text alone", text, got)
		}
	}
}

func FuzzPlain(f *testing.F) {
	for _, seed := range []string{"hello", "*a* _b_ ~c~ `d`", "<!channel> <@U1|x> <https://a|b>", ":+1::skin-tone-2:", "```\n<!here>\n```", "&lt;!channel&gt;", "\x00\U000F0000", "`<`!channel>", "*_*_*~`"} {
		f.Add(seed, "")
		f.Add(seed, seed)
	}
	s, err := slacktest.New(slacktest.Options{Unpaced: true})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	f.Fuzz(func(t *testing.T, text, typed string) {
		w := fuzzWorld(t, s)
		for _, blocks := range []json.RawMessage{nil, slacktest.Typed(typed).Blocks} {
			if !utf8.ValidString(text) || !utf8.ValidString(typed) {
				blocks = nil
			}
			got := heard(t, w, text, blocks)
			if !utf8.ValidString(got) {
				t.Errorf("%q became %q, which is no UTF-8", text, got)
			}
			if strings.ContainsFunc(got, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
				t.Errorf("%q became %q, which has control characters", text, got)
			}
			// What was typed in brackets is words; Slack's own brackets are read.
			if !strings.Contains(text, "&") && !strings.Contains(typed, "<") && strings.Contains(got, "<!channel>") {
				t.Errorf("%q became %q", text, got)
			}
		}
	})
}
