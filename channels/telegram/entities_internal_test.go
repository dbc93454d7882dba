package telegram

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
	"pgregory.net/rapid"

	"patchbay/channels"
	"patchbay/models"
)

// drawn draws a text whose spans are all of kinds.
func drawn(t *rapid.T, kinds []models.SpanKind) models.Rich {
	text := strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b ", "\n", "é", "😀", "👩‍🚀", "*", "_", "<b>", "&lt;", "/x"}), 0, 20).Draw(t, "text"), "")
	spans := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) models.TextSpan {
		return models.TextSpan{
			Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), From: rapid.IntRange(0, len(text)).Draw(t, "from"), To: rapid.IntRange(0, len(text)).Draw(t, "to"),
			URL: rapid.SampledFrom([]string{"https://a.example/?q=1", "http://b.example"}).Draw(t, "url"), Lang: rapid.SampledFrom([]string{"", "go"}).Draw(t, "lang"),
		}
	}), 0, 8).Draw(t, "spans")
	return models.NewRich(text, spans)
}

// Ensure what Telegram can hold comes back as it went out, and that entities are as the API wants them.
func TestEntities_laws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawn(t, spanKinds())
		entities := entitiesOf(r)
		for i, e := range entities {
			if e.Type == "" || e.Offset < 0 || e.Length <= 0 || e.Offset+e.Length > channels.Len(r.Text, channels.UTF16) {
				t.Fatalf("entitiesOf(%v): %+v is not of the text", r, e)
			}
			for _, f := range entities[:i] {
				inside := e.Offset+e.Length <= f.Offset+f.Length
				if e.Offset < f.Offset || e.Offset < f.Offset+f.Length && !inside {
					t.Fatalf("entitiesOf(%v): %+v and %+v cross or are not sorted", r, f, e)
				}
				if code := f.Type == "code" || f.Type == "pre"; code && e.Offset < f.Offset+f.Length {
					t.Fatalf("entitiesOf(%v): %+v is inside %+v", r, e, f)
				}
			}
		}
		// Bold across code is bold beside it: the app shows code in its own way.
		want := make([]models.TextSpan, 0, len(r.Spans))
		for _, s := range r.Spans {
			from := s.From
			for _, c := range r.Spans {
				code := c.Kind == models.Code || c.Kind == models.Pre
				if code && s.Kind != c.Kind && s.Kind != models.Link && s.Kind != models.Quote && from <= c.From && c.To <= s.To {
					want = append(want, models.TextSpan{Kind: s.Kind, From: from, To: c.From})
					from = c.To
				}
			}
			s.From = from
			want = append(want, s)
		}
		if got, want := richOf(r.Text, entities), models.NewRich(r.Text, want); got.Text != want.Text || !slices.Equal(got.Spans, want.Spans) {
			t.Fatalf("richOf(entitiesOf(%v)) = %v, want %v", r, got, want)
		}
	})
}

// Ensure whatever entities say, the text stays and its spans are normal.
func FuzzEntities(f *testing.F) {
	f.Add("see 😀 here", "bold", 4, 2, "text_link", 7, 4, "https://a.example")
	f.Add("x", "pre", -1, 1<<62, "code", 1<<62, 1<<62, "")
	f.Fuzz(func(t *testing.T, text, kind string, offset, length int, kind2 string, offset2, length2 int, url string) {
		text = strings.ToValidUTF8(text, "")
		r := richOf(text, []tgbotapi.MessageEntity{
			{Type: kind, Offset: offset, Length: length, URL: url}, {Type: kind2, Offset: offset2, Length: length2, URL: url},
		})
		if r.Text != text || !slices.Equal(models.NormalSpans(text, r.Spans), r.Spans) {
			t.Errorf("richOf(%q) = %v", text, r)
		}
		for _, e := range entitiesOf(r) {
			if units := utf16.Encode([]rune(text)); e.Offset+e.Length > len(units) {
				t.Errorf("entitiesOf(%v) = %+v, past the end", r, e)
			}
		}
	})
}
