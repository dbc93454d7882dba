package whatsapp_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"patchbay/channels/whatsapp"
	"patchbay/models"
)

func spanned(kind models.SpanKind, from, to int) models.TextSpan {
	return models.TextSpan{Kind: kind, From: from, To: to}
}

// Ensure marks are read as the app shows them.
func TestRichOf(t *testing.T) {
	tests := []struct {
		name, text string
		want       models.Rich
	}{
		{"none", "see you at 5", models.Rich{Text: "see you at 5"}},
		{"each", "*a* _b_ ~c~ `d`", models.NewRich("a b c d", []models.TextSpan{
			spanned(models.Bold, 0, 1), spanned(models.Italic, 2, 3), spanned(models.Strike, 4, 5), spanned(models.Code, 6, 7),
		})},
		{"in each other", "*a _b_*", models.NewRich("a b", []models.TextSpan{spanned(models.Bold, 0, 3), spanned(models.Italic, 2, 3)})},
		{"all around one word", "*_~é~_*!", models.NewRich("é!", []models.TextSpan{spanned(models.Bold, 0, 2), spanned(models.Italic, 0, 2), spanned(models.Strike, 0, 2)})},
		{"block", "x\n```\na *b*\nc\n```\ny", models.NewRich("x\na *b*\nc\ny", []models.TextSpan{spanned(models.Pre, 2, 9)})},
		{"quote", "> a *b*\n> c\nd", models.NewRich("a b\nc\nd", []models.TextSpan{spanned(models.Quote, 0, 5), spanned(models.Bold, 2, 3)})},
		{"two quotes", "> a\nb\n> c", models.NewRich("a\nb\nc", []models.TextSpan{spanned(models.Quote, 0, 1), spanned(models.Quote, 4, 5)})},
		{"list", "- a\n* b\n1. c", models.Rich{Text: "- a\n* b\n1. c"}},
		{"within words", "2*3*4 my_file_name a~b~c", models.Rich{Text: "2*3*4 my_file_name a~b~c"}},
		{"beside spaces", "* a* and * b *", models.Rich{Text: "* a* and * b *"}},
		{"over lines", "*a\nb*", models.Rich{Text: "*a\nb*"}},
		{"open", "*a `b ```c", models.Rich{Text: "*a `b ```c"}},
		{"greater", "a > b\n>c\n> ", models.Rich{Text: "a > b\n>c\n> "}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := whatsapp.RichOf(tt.text); got.Text != tt.want.Text || !slices.Equal(got.Spans, tt.want.Spans) {
				t.Errorf("richOf(%q) = %v, want %v", tt.text, got, tt.want)
			}
		})
	}
}

// Ensure marks are written so that they are read as what they mean, and left away where they would not be.
func TestMarked(t *testing.T) {
	tests := []struct {
		name string
		rich models.Rich
		want string
	}{
		{"bold", models.NewRich("now, please", []models.TextSpan{spanned(models.Bold, 0, 3)}), "*now*, please"},
		{"spaces at the ends", models.NewRich("a bc d", []models.TextSpan{spanned(models.Bold, 1, 5)}), "a *bc* d"},
		{"over lines", models.NewRich("a\nb", []models.TextSpan{spanned(models.Bold, 0, 3)}), "*a*\n*b*"},
		{"within a word", models.NewRich("unbelievable", []models.TextSpan{spanned(models.Italic, 2, 9)}), "unbelievable"},
		{"with the mark in it", models.NewRich("2 * 3 *", []models.TextSpan{spanned(models.Bold, 0, 7)}), "2 * 3 *"},
		{"one line that cannot be told", models.NewRich("a* b\nc", []models.TextSpan{spanned(models.Bold, 0, 6)}), "a* b\n*c*"},
		{"text that looks like a mark stays", models.Rich{Text: "dial *123*"}, "dial *123*"},
		{"quote", models.NewRich("he said\nso\nyes", []models.TextSpan{spanned(models.Quote, 0, 10)}), "> he said\n> so\nyes"},
		{"quote within a line", models.NewRich("a b", []models.TextSpan{spanned(models.Quote, 2, 3)}), "a b"},
		{"code", models.NewRich("run x_y_z", []models.TextSpan{spanned(models.Code, 4, 9)}), "run `x_y_z`"},
		{"block", models.NewRich("a\nb c\nd", []models.TextSpan{{Kind: models.Pre, From: 2, To: 5, Lang: "go"}}), "a\n```b c```\nd"},
		{"link", models.NewRich("our terms", []models.TextSpan{{Kind: models.Link, From: 4, To: 9, URL: "https://shop.example/t"}}), "our terms (https://shop.example/t)"},
		{"underlined", models.NewRich("a b", []models.TextSpan{spanned(models.Underline, 0, 1)}), "a b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := whatsapp.Marked(tt.rich); got != tt.want {
				t.Errorf("marked(%v) = %q, want %q", tt.rich, got, tt.want)
			}
		})
	}
}

// Ensure what WhatsApp can hold comes back as it went out: words without marks of their own, marked by the word.
func TestMarks_laws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var text strings.Builder
		var borders []int
		for range rapid.IntRange(1, 12).Draw(t, "words") {
			borders = append(borders, text.Len())
			text.WriteString(rapid.SampledFrom([]string{"a", "bc", "é", "😀", "👩‍🚀", "5", "don't", "3 > 2"}).Draw(t, "word"))
			borders = append(borders, text.Len())
			text.WriteString(rapid.SampledFrom([]string{" ", ", ", "\n", " – "}).Draw(t, "gap"))
		}
		var spans []models.TextSpan
		for range rapid.IntRange(0, 5).Draw(t, "spans") {
			from, to := rapid.IntRange(0, len(borders)/2-1).Draw(t, "from"), rapid.IntRange(0, len(borders)/2-1).Draw(t, "to")
			spans = append(spans, spanned(rapid.SampledFrom(whatsapp.SpanKinds()).Draw(t, "kind"), borders[2*min(from, to)], borders[2*max(from, to)+1]))
		}
		r := models.NewRich(text.String(), spans)
		got := whatsapp.RichOf(whatsapp.Marked(r))
		if got.Text != r.Text {
			t.Fatalf("%v goes as %q and is read as %q", r, whatsapp.Marked(r), got.Text)
		}
		for _, s := range got.Spans {
			for at := s.From; at < s.To; at++ {
				meant := func(w models.TextSpan) bool { return w.Kind == s.Kind && w.From <= at && at < w.To }
				if r.Text[at] == '\n' {
					continue // quotes of lines that follow each other are one
				}
				if !slices.ContainsFunc(r.Spans, meant) {
					t.Fatalf("%v goes as %q: %s at %d was not meant", r, whatsapp.Marked(r), s.Kind, at)
				}
			}
		}
		if len(r.Spans) != 1 || r.Spans[0].Kind == models.Quote || r.Spans[0].Kind == models.Pre {
			return
		}
		for at, c := range r.Text { // one span alone is never lost
			s := r.Spans[0]
			seen := func(g models.TextSpan) bool { return g.Kind == s.Kind && g.From <= at && at < g.To }
			if s.From <= at && at < s.To && !unicode.IsSpace(c) && !slices.ContainsFunc(got.Spans, seen) {
				t.Fatalf("%v goes as %q: %q is not marked", r, whatsapp.Marked(r), c)
			}
		}
	})
}

// Ensure that whatever is written, reading it gives normal spans and loses nothing but marks, and that marks never cost a
// character which the app would show without them.
func FuzzMarks(f *testing.F) {
	f.Add("*a* _b_ ~c~ `d` ```e```\n> f", 0, 5, 3, 9)
	f.Add("**__~~``> \n", 1, 4, 2, 6)
	f.Fuzz(func(t *testing.T, text string, from, to, from2, to2 int) {
		seen := whatsapp.RichOf(text)
		if !slices.Equal(models.NormalSpans(seen.Text, seen.Spans), seen.Spans) {
			t.Errorf("richOf(%q) = %v", text, seen)
		}
		words := func(s string) string {
			return strings.Map(func(c rune) rune {
				if strings.ContainsRune("*_~`> \n", c) {
					return -1
				}
				return c
			}, strings.ToValidUTF8(s, "\uFFFD"))
		}
		if words(seen.Text) != words(text) {
			t.Errorf("richOf(%q) = %q", text, seen.Text)
		}
		for i, kind := range whatsapp.SpanKinds() {
			r := models.NewRich(text, []models.TextSpan{spanned(kind, from, to), spanned(whatsapp.SpanKinds()[(i+1)%5], from2, to2)})
			if sent := whatsapp.Marked(r); words(sent) != words(text) {
				t.Errorf("marked(%v) = %q", r, sent)
			}
		}
	})
}
