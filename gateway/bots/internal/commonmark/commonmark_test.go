package commonmark_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"patchbay/gateway/bots/internal/commonmark"
	"patchbay/models"
)

func TestParse(t *testing.T) {
	span := func(kind models.SpanKind, from, to int) models.TextSpan {
		return models.TextSpan{Kind: kind, From: from, To: to}
	}
	link := func(from, to int, url string) models.TextSpan {
		return models.TextSpan{Kind: models.Link, From: from, To: to, URL: url}
	}
	tests := []struct {
		name, source, text string
		spans              []models.TextSpan
	}{
		{"bold", "It is **late**, sorry.", "It is late, sorry.", []models.TextSpan{span(models.Bold, 6, 10)}},
		{"each mark", "*a* __b__ ~~c~~ `d*`", "a b c d*", []models.TextSpan{
			span(models.Italic, 0, 1), span(models.Bold, 2, 3), span(models.Strike, 4, 5), span(models.Code, 6, 8),
		}},
		{"in each other", "**a _b_ c**", "a b c", []models.TextSpan{span(models.Bold, 0, 5), span(models.Italic, 2, 3)}},
		{"emoji beside marks", "👋🏽 **é** 👩‍🚀", "👋🏽 é 👩‍🚀", []models.TextSpan{span(models.Bold, 9, 11)}},
		{"link", "See [our **terms**](https://shop.example/t?a=1&amp;b=2).", "See our terms.", []models.TextSpan{
			link(4, 13, "https://shop.example/t?a=1&b=2"), span(models.Bold, 8, 13),
		}},
		{"link with a title", `[a](https://a.example "the title") b`, "a (the title) b", []models.TextSpan{link(0, 13, "https://a.example")}},
		{"link without words", "x [](https://a.example) y", "x https://a.example y", []models.TextSpan{link(2, 19, "https://a.example")}},
		{"address in brackets", "at <https://a.example/x_y_z> or <help@a.example>", "at https://a.example/x_y_z or help@a.example", nil},
		{"picture", "![a cat](https://a.example/cat.png)", "a cat", []models.TextSpan{link(0, 5, "https://a.example/cat.png")}},
		{"picture that is a link", "[![a cat](https://a.example/cat.png)](https://a.example/cats)", "a cat", []models.TextSpan{link(0, 5, "https://a.example/cats")}},
		{"picture without words that is a link", "see [![](https://a.example/cat.png)](https://a.example/cats)", "see https://a.example/cats", []models.TextSpan{
			link(4, 26, "https://a.example/cats"),
		}},
		{"heading", "## Your order #\n\nIt ships.", "Your order\n\nIt ships.", []models.TextSpan{span(models.Bold, 0, 10)}},
		{"block of code", "Run:\n\n```go x\na := *b*\n\n  c()\n```\n\nDone", "Run:\n\na := *b*\n\n  c()\n\nDone", []models.TextSpan{
			{Kind: models.Pre, From: 6, To: 21, Lang: "go"},
		}},
		{"quote", "> he **said**\n> so\n\nyes", "he said\nso\n\nyes", []models.TextSpan{span(models.Quote, 0, 10), span(models.Bold, 3, 7)}},
		{"list", "Do:\n* a\n* **b**\n  - c", "Do:\n• a\n• b\n  - c", []models.TextSpan{span(models.Bold, 14, 15)}},
		{"loose list", "1. **a**\n\n2. b", "1. a\n\n2. b", []models.TextSpan{span(models.Bold, 3, 4)}},
		{"line breaks", "**a**\nb  \nc\\\nd\n\n\ne", "a\nb\nc\nd\n\n\ne", []models.TextSpan{span(models.Bold, 0, 1)}},
		{"escaped", `2 \* 3 \* 4 &lt; 5 &copy; \a`, `2 * 3 * 4 < 5 © \a`, nil},
		{"broken", "**a *b", "**a *b", nil},
		{"over lines", "**a\nb**", "a\nb", []models.TextSpan{span(models.Bold, 0, 3)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := commonmark.Parse(tt.source); got.Text != tt.text || !slices.Equal(got.Spans, tt.spans) {
				t.Errorf("Parse(%q) = %q %v, want %q %v", tt.source, got.Text, got.Spans, tt.text, tt.spans)
			}
		})
	}
}

// Ensure a text without mark-up is not touched.
func TestParse_plain(t *testing.T) {
	for _, source := range []string{
		"", "Your parcel left today.", "  two spaces  ", "a\n\n\n\nb\n", "    indented\n\tmore", "1. Track\n2. Refund\n\n10. Talk", "- a\n- b",
		"2*3*4 and 2 * 3 and 1*2*3*4", "snake_case_name", "C:\\Users\\ana", "a & b &c;", "<b>bold</b> <!channel> <@U1>", "[a]: https://a.example", "[1] see", "Title\n=====", "a\n---\nb", "---",
		"#1 of 3", "#hashtag", "5 > 3 < 4", "a | b", "~5 km~", "😀 *", "https://a.example/x_y_z?a=1&b=2#c", "+49 30 123", "`", "```",
	} {
		if got := commonmark.Parse(source); got.Text != source || got.Spans != nil {
			t.Errorf("Parse(%q) = %q %v, want it unchanged", source, got.Text, got.Spans)
		}
	}
}

// Ensure words that are marked come out whole, in their order, marked as they were.
func TestParse_laws(t *testing.T) {
	marks := map[string]models.SpanKind{"**": models.Bold, "*": models.Italic, "~~": models.Strike, "`": models.Code}
	rapid.Check(t, func(t *rapid.T) {
		var source, want strings.Builder
		var spans []models.TextSpan
		for i := range rapid.IntRange(1, 10).Draw(t, "words") {
			if i > 0 {
				gap := rapid.SampledFrom([]string{" ", "\n", "\n\n", ", ", "\n\n\n"}).Draw(t, "gap")
				source.WriteString(gap)
				want.WriteString(gap)
			}
			word := rapid.SampledFrom([]string{"a", "bc d", "é", "😀", "don't", "x2"}).Draw(t, "word")
			mark := rapid.SampledFrom([]string{"", "**", "*", "~~", "`"}).Draw(t, "mark")
			if mark != "" {
				spans = append(spans, models.TextSpan{Kind: marks[mark], From: want.Len(), To: want.Len() + len(word)})
			}
			source.WriteString(mark + word + mark)
			want.WriteString(word)
		}
		got := commonmark.Parse(source.String())
		if got.Text != want.String() || !slices.Equal(got.Spans, models.NormalSpans(want.String(), spans)) {
			t.Fatalf("Parse(%q) = %q %v, want %q %v", source.String(), got.Text, got.Spans, want.String(), spans)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"**a** _b_ `c` ~~d~~", "> - 1. # x\n```\ny\n```", "[a](b \"c\")![d](e)<http://f>", "* a\n\n  > b\n\n      c\n+ d", "\\*&amp;\\", "```\n```", "> ```\n> a\n> ```\nb", "- ```x\n  y", "#", "# #", "[]()", "***a** b*",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		source = strings.ToValidUTF8(strings.NewReplacer("\r", "", "\x00", "").Replace(source), "")
		got := commonmark.Parse(source)
		if !slices.Equal(models.NormalSpans(got.Text, got.Spans), got.Spans) {
			t.Errorf("Parse(%q) = %q %v, which is not normal", source, got.Text, got.Spans)
		}
		// Letters may move into an address or be the language of code, but none is lost.
		if strings.ContainsAny(source, "&\\") {
			return
		}
		letters := func(s string) (n int) {
			for _, c := range s {
				if unicode.IsLetter(c) {
					n++
				}
			}
			return n
		}
		said := letters(got.Text)
		for _, s := range got.Spans {
			said += letters(s.URL) + letters(s.Lang)
		}
		if said < letters(source) && !strings.Contains(source, "```") && !strings.Contains(source, "~~~") {
			t.Errorf("Parse(%q) = %q %v, which lost letters", source, got.Text, got.Spans)
		}
	})
}
