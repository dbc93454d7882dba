package models_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"patchbay/models"
)

// anyText draws text with characters of one to four bytes, and now and then bytes that are none.
func anyText(t *rapid.T) string {
	pieces := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b ", "\n", "é", "€", "😀", "👩‍🚀", "🇷🇸", "*", "_", "~", "`", "> ", "\xff", " "}), 0, 30)
	return strings.Join(pieces.Draw(t, "text"), "")
}

// anySpans draws spans that may be wrong in every way.
func anySpans(t *rapid.T, text string) []models.TextSpan {
	one := rapid.Custom(func(t *rapid.T) models.TextSpan {
		return models.TextSpan{
			Kind: rapid.SampledFrom(append(models.SpanKinds(), "blink")).Draw(t, "kind"),
			From: rapid.IntRange(-2, len(text)+2).Draw(t, "from"),
			To:   rapid.IntRange(-2, len(text)+2).Draw(t, "to"),
			URL:  rapid.SampledFrom([]string{"", "https://a.example", "https://b.example"}).Draw(t, "url"),
			Lang: rapid.SampledFrom([]string{"", "go"}).Draw(t, "lang"),
		}
	})
	return rapid.SliceOfN(one, 0, 12).Draw(t, "spans")
}

// wrong returns what is wrong with spans of text, or "".
func wrong(text string, spans []models.TextSpan) string {
	for i, s := range spans {
		switch {
		case s.From < 0 || s.From >= s.To || s.To > len(text):
			return "out of the text, or empty"
		case !utf8.ValidString(text[:s.From]) || !utf8.ValidString(text[s.From:s.To]):
			return "inside a character"
		case s.Kind == models.Link && s.URL == "":
			return "a link without an address"
		}
		for _, t := range spans[:i] {
			switch {
			case t.From > s.From || t.From == s.From && t.To < s.To:
				return "not sorted"
			case s.From < t.To && s.To > t.To:
				return "crossing"
			case (t.Kind == models.Code || t.Kind == models.Pre) && s.From < t.To:
				return "inside code"
			case t.Kind == s.Kind && s.From < t.To:
				return "inside its own kind"
			}
		}
	}
	return ""
}

// marked reports whether the whole character at at is marked as kind.
func marked(text string, spans []models.TextSpan, kind models.SpanKind, at int) bool {
	_, size := utf8.DecodeRuneInString(text[at:])
	return slices.ContainsFunc(spans, func(s models.TextSpan) bool { return s.Kind == kind && s.From <= at && at+size <= s.To })
}

func TestNormalSpans_laws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := anyText(t)
		spans := anySpans(t, text)
		normal := models.NormalSpans(text, spans)
		if what := wrong(text, normal); what != "" {
			t.Fatalf("NormalSpans(%q, %v) = %v: %s", text, spans, normal, what)
		}
		if again := models.NormalSpans(text, normal); !slices.Equal(again, normal) {
			t.Fatalf("NormalSpans(%q, %v) = %v, want it unchanged", text, normal, again)
		}
		if !utf8.ValidString(text) {
			return
		}
		// Nothing is marked that was not, and nothing loses its marks but what code has instead.
		for at := range text {
			code := marked(text, normal, models.Code, at) || marked(text, normal, models.Pre, at)
			for _, kind := range models.SpanKinds() {
				valid := slices.DeleteFunc(slices.Clone(spans), func(s models.TextSpan) bool { return kind == models.Link && s.URL == "" })
				was, is := marked(text, valid, kind, at), marked(text, normal, kind, at)
				if is && !was || was && !is && !code {
					t.Fatalf("NormalSpans(%q, %v) = %v: %s at %d is %t, was %t", text, spans, normal, kind, at, is, was)
				}
			}
		}
	})
}

func TestNormalSpans(t *testing.T) {
	tests := []struct {
		name        string
		text        string
		spans, want []models.TextSpan
	}{
		{"none", "abc", nil, nil},
		{"sorted, the outer first", "abcdef",
			[]models.TextSpan{{Kind: models.Italic, From: 4, To: 5}, {Kind: models.Code, From: 0, To: 3}, {Kind: models.Bold, From: 0, To: 3}},
			[]models.TextSpan{{Kind: models.Bold, From: 0, To: 3}, {Kind: models.Code, From: 0, To: 3}, {Kind: models.Italic, From: 4, To: 5}}},
		{"touching ones are one", "abcdef",
			[]models.TextSpan{{Kind: models.Bold, From: 0, To: 3}, {Kind: models.Bold, From: 3, To: 6}},
			[]models.TextSpan{{Kind: models.Bold, From: 0, To: 6}}},
		{"two blocks of code stay two", "abcdef",
			[]models.TextSpan{{Kind: models.Pre, From: 0, To: 3}, {Kind: models.Pre, From: 3, To: 6}},
			[]models.TextSpan{{Kind: models.Pre, From: 0, To: 3}, {Kind: models.Pre, From: 3, To: 6}}},
		{"crossing: a link is not cut", "abcdef",
			[]models.TextSpan{{Kind: models.Bold, From: 0, To: 4}, {Kind: models.Link, From: 2, To: 6, URL: "https://a.example"}},
			[]models.TextSpan{{Kind: models.Bold, From: 0, To: 2}, {Kind: models.Link, From: 2, To: 6, URL: "https://a.example"}, {Kind: models.Bold, From: 2, To: 4}}},
		{"nothing inside code", "abcdef",
			[]models.TextSpan{{Kind: models.Code, From: 1, To: 5}, {Kind: models.Bold, From: 2, To: 3}, {Kind: models.Italic, From: 4, To: 6}},
			[]models.TextSpan{{Kind: models.Code, From: 1, To: 5}, {Kind: models.Italic, From: 5, To: 6}}},
		{"half a character", "a€b",
			[]models.TextSpan{{Kind: models.Bold, From: 2, To: 5}}, []models.TextSpan{{Kind: models.Bold, From: 4, To: 5}}},
		{"an unknown kind", "abc", []models.TextSpan{{Kind: "blink", From: 0, To: 3}}, nil},
		{"text that is none", "ab\xff", []models.TextSpan{{Kind: models.Bold, From: 0, To: 2}}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := models.NormalSpans(tt.text, tt.spans); !slices.Equal(got, tt.want) {
				t.Errorf("NormalSpans(%q, %v) = %v, want %v", tt.text, tt.spans, got, tt.want)
			}
		})
	}
}

// Rows that were stored before there were spans read as ever, and content without spans is stored as ever.
func TestContent_JSON(t *testing.T) {
	const old = `{"text":"hi","reply_to":"7","lines":["[dice 🎲 4]"]}`
	var c models.Content
	if err := json.Unmarshal([]byte(old), &c); err != nil {
		t.Fatal(err)
	}
	if got, _ := json.Marshal(c); string(got) != old {
		t.Errorf("Marshal(Unmarshal(%s)) = %s", old, got)
	}
}
