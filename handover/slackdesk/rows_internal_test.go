package slackdesk

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"patchbay/models"
)

// Ensure what Slack's blocks can hold is read from them as it was written into them.
func TestRows_laws(t *testing.T) {
	kinds := []models.SpanKind{models.Bold, models.Italic, models.Strike, models.Code}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b ", "\n", "é", "😀", "👩‍🚀", "*", "_", "<@U1>", "&lt;", "`", ":wave:", "> "}), 1, 20).Draw(t, "text"), "")
		spans := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) models.TextSpan {
			return models.TextSpan{
				Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), From: rapid.IntRange(0, len(text)).Draw(t, "from"), To: rapid.IntRange(0, len(text)).Draw(t, "to"),
			}
		}), 0, 6).Draw(t, "spans")
		r := models.NewRich(text, spans).Trim()
		if r.Text == "" {
			return
		}
		var want []models.TextSpan // each line is marked for itself
		for _, s := range r.Spans {
			from := s.From
			for line := range strings.SplitAfterSeq(r.Text[s.From:s.To], "\n") {
				want = append(want, models.TextSpan{Kind: s.Kind, From: from, To: from + len(strings.TrimSuffix(line, "\n"))})
				from += len(line)
			}
		}
		want = models.NormalSpans(r.Text, want)

		blocks, _ := richBlocks(rowsOf(r, rowPlain, style{}))
		raw, err := json.Marshal(blocks)
		if err != nil {
			t.Fatal(err)
		}
		var letters strings.Builder
		in := renderer{said: &scroll{}, letters: &letters, who: func(string) string { return "" }}
		if !in.blocks(richText(raw)) {
			t.Fatalf("%s has elements that are not known", raw)
		}
		if got := tidy(in.said.rich()); got.Text != r.Text || !slices.Equal(got.Spans, want) {
			t.Fatalf("%v went as %s and came as %v, want %v", r, raw, got, want)
		}
	})
}

// Ensure whatever stands in mark-up, reading it gives normal spans.
func TestMarksOf_laws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{
			"a", " ", "\n", "é", "*", "_", "~", "`", "```", "&gt; ", "&gt;&gt;&gt;", "<https://a.example|b>", "<@U1>", "<", ">", "|", ":wave:", "\x00", "\x01", "\x02", "1",
		}), 0, 40).Draw(t, "text"), "")
		got := marksOf(text, nil, func(string) string { return "" })
		if !slices.Equal(models.NormalSpans(got.Text, got.Spans), got.Spans) || strings.ContainsAny(got.Text, "\x00\x01\x02\x03\x04\x05\x06") {
			t.Fatalf("marksOf(%q) = %q %v", text, got.Text, got.Spans)
		}
	})
}
