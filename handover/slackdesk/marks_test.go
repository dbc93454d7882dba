package slackdesk_test

import (
	"encoding/json"
	"slices"
	"testing"

	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models"
)

// Ensure what an agent marks is marked, whether Slack tells of it in blocks or in the text alone.
func TestMarks(t *testing.T) {
	section := func(elements string) string {
		return `[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[` + elements + `]}]}]`
	}
	span := func(kind models.SpanKind, from, to int) models.TextSpan {
		return models.TextSpan{Kind: kind, From: from, To: to}
	}
	link := func(from, to int, url string) models.TextSpan {
		return models.TextSpan{Kind: models.Link, From: from, To: to, URL: url}
	}
	tests := []struct {
		name, text, blocks string
		want               models.Rich
	}{
		{
			"styles", "a *b* _c_ ~d~ `e`",
			section(`{"type":"text","text":"a "},{"type":"text","text":"b","style":{"bold":true}},{"type":"text","text":" "},{"type":"text","text":"c","style":{"italic":true}},
				{"type":"text","text":" "},{"type":"text","text":"d","style":{"strike":true}},{"type":"text","text":" "},{"type":"text","text":"e","style":{"code":true}}`),
			models.Rich{Text: "a b c d e", Spans: []models.TextSpan{
				span(models.Bold, 2, 3), span(models.Italic, 4, 5), span(models.Strike, 6, 7), span(models.Code, 8, 9),
			}},
		},
		{
			"styles in styles", "*a _b c_ d* é",
			section(`{"type":"text","text":"a ","style":{"bold":true}},{"type":"text","text":"b c","style":{"bold":true,"italic":true}},{"type":"text","text":" d","style":{"bold":true}},{"type":"text","text":" é"}`),
			models.Rich{Text: "a b c d é", Spans: []models.TextSpan{span(models.Bold, 0, 7), span(models.Italic, 2, 5)}},
		},
		{
			"links", "see <https://a.example/?x=1&amp;y=2|*our* page> or <https://b.example>",
			section(`{"type":"text","text":"see "},{"type":"link","url":"https://a.example/?x=1&y=2","text":"*our* page"},{"type":"text","text":" or "},{"type":"link","url":"https://b.example"}`),
			models.Rich{Text: "see *our* page or https://b.example", Spans: []models.TextSpan{link(4, 14, "https://a.example/?x=1&y=2")}},
		},
		{
			"link on an emoji", "<https://a.example|:wave: here>",
			section(`{"type":"link","url":"https://a.example","text":":wave: here"}`),
			models.Rich{Text: "👋 here", Spans: []models.TextSpan{link(0, 9, "https://a.example")}},
		},
		{
			"link in bold", "*<https://a.example|here>*",
			section(`{"type":"link","url":"https://a.example","text":"here","style":{"bold":true}}`),
			models.Rich{Text: "here", Spans: []models.TextSpan{link(0, 4, "https://a.example"), span(models.Bold, 0, 4)}},
		},
		{
			"blocks of code and quotes", "x\n```a *b*\nc```\n&gt; q\n&gt; *r*\ny",
			`[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"x\n"}]},{"type":"rich_text_preformatted","elements":[{"type":"text","text":"a *b*\nc"}]},
				{"type":"rich_text_quote","elements":[{"type":"text","text":"q\n"},{"type":"text","text":"r","style":{"bold":true}}]},{"type":"rich_text_section","elements":[{"type":"text","text":"y"}]}]}]`,
			models.Rich{Text: "x\na *b*\nc\nq\nr\ny", Spans: []models.TextSpan{
				span(models.Pre, 2, 9), span(models.Quote, 10, 13), span(models.Bold, 12, 13),
			}},
		},
		{
			"an emoji with skin in bold", "*:+1::skin-tone-3:* ok",
			section(`{"type":"emoji","name":"+1","unicode":"1f44d-1f3fc","skin_tone":3,"style":{"bold":true}},{"type":"text","text":" ok"}`),
			models.Rich{Text: "👍🏼 ok", Spans: []models.TextSpan{span(models.Bold, 0, 8)}},
		},
		{
			"a note", "// *secret* plan",
			section(`{"type":"text","text":"// "},{"type":"text","text":"secret","style":{"bold":true}},{"type":"text","text":" plan"}`),
			models.Rich{Text: "secret plan", Spans: []models.TextSpan{span(models.Bold, 0, 6)}},
		},
		{
			"a list", "• *a*\n• b",
			`[{"type":"rich_text","elements":[{"type":"rich_text_list","style":"bullet","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"a","style":{"bold":true}}]},{"type":"rich_text_section","elements":[{"type":"text","text":"b"}]}]}]}]`,
			models.Rich{Text: "• a\n• b", Spans: []models.TextSpan{span(models.Bold, 4, 5)}},
		},
		{"everything that follows is quoted", "&gt;&gt;&gt;a\nb", "", models.Rich{Text: "a\nb", Spans: []models.TextSpan{span(models.Quote, 0, 3)}}},
		{"an address in code", "`<https://a.example|a.example>`", "", models.Rich{Text: "https://a.example", Spans: []models.TextSpan{span(models.Code, 0, 17)}}},
		{"marks that are none", "2*3*4 a_b_c ~ ~ * x*", "", models.Rich{Text: "2*3*4 a_b_c ~ ~ * x*"}},
		{"marks that cross", "*a _b* c_", "", models.Rich{Text: "a b c", Spans: []models.TextSpan{span(models.Bold, 0, 3), span(models.Italic, 2, 3), span(models.Italic, 3, 5)}}},
		{"underlined", "a", section(`{"type":"text","text":"a","style":{"underline":true}}`), models.Rich{Text: "a", Spans: []models.TextSpan{span(models.Underline, 0, 1)}}},
	}
	w := start(t, slacktest.Options{Unpaced: true}, nil)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ways := map[string]json.RawMessage{"text": nil}
			if test.blocks != "" {
				ways["blocks"] = json.RawMessage(test.blocks)
			}
			for way, blocks := range ways {
				if way == "text" && test.name == "underlined" {
					continue // the text does not tell
				}
				fields := map[string]any{"text": test.text}
				if blocks != nil {
					fields["blocks"] = blocks
				}
				update, err := w.event(t, reply(fields))
				if err != nil || len(update.Actions) != 1 {
					t.Fatalf("Receive(%q) = %v, %v, want one action", test.text, update.Actions, err)
				}
				a := update.Actions[0]
				if a.Text != test.want.Text || !slices.Equal(a.Spans, test.want.Spans) {
					t.Errorf("by its %s %q became %q %v, want %q %v", way, test.text, a.Text, a.Spans, test.want.Text, test.want.Spans)
				}
			}
		})
	}
}
