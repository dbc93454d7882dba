package models_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"patchbay/models"
)

func TestRich_laws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.ToValidUTF8(anyText(t), "")
		r := models.NewRich(text, anySpans(t, text))

		// Cut anywhere and joined again, it is the same.
		cuts := []int{0, len(text)}
		for at := range text {
			if rapid.IntRange(0, 3).Draw(t, "cut") == 0 {
				cuts = append(cuts, at)
			}
		}
		slices.Sort(cuts)
		joined := models.Rich{}
		for i, from := range cuts[:len(cuts)-1] {
			part := r.Slice(from, cuts[i+1])
			if !slices.Equal(models.NormalSpans(part.Text, part.Spans), part.Spans) {
				t.Fatalf("%v.Slice(%d, %d) = %v, which is not normal", r, from, cuts[i+1], part)
			}
			if what := wrong(part.Text, part.Spans); what != "" {
				t.Fatalf("%v.Slice(%d, %d) = %v: %s", r, from, cuts[i+1], part, what)
			}
			joined = models.Join("", joined, part)
		}
		apart := func(s models.TextSpan) bool { return s.Kind == models.Pre || s.Kind == models.Mention }
		if joined.Text != r.Text || !slices.ContainsFunc(r.Spans, apart) && !slices.Equal(joined.Spans, r.Spans) {
			t.Fatalf("cut at %v and joined: %v, want %v", cuts, joined, r)
		}

		// Walked, it is the same.
		var walked strings.Builder
		var open, closed []models.TextSpan
		r.Walk(func(s models.TextSpan) {
			if s.From != walked.Len() {
				t.Fatalf("%v begins at %d", s, walked.Len())
			}
			open, closed = append(open, s), append(closed, s)
		}, func(piece string) { walked.WriteString(piece) }, func(s models.TextSpan) {
			if last := closed[len(closed)-1]; last != s || s.To != walked.Len() {
				t.Fatalf("%v ends at %d, want %v", s, walked.Len(), last)
			}
			closed = closed[:len(closed)-1]
		})
		if walked.String() != r.Text || !slices.Equal(open, r.Spans) || len(closed) > 0 {
			t.Fatalf("walked %q %v, want %v", walked.String(), open, r)
		}

		// Whatever is kept, no word and no address is lost.
		kinds := slices.DeleteFunc(models.SpanKinds(), func(models.SpanKind) bool { return rapid.Bool().Draw(t, "gone") })
		kept := r.Keep(kinds)
		if what := wrong(kept.Text, kept.Spans); what != "" {
			t.Fatalf("%v.Keep(%v) = %v: %s", r, kinds, kept, what)
		}
		at := 0
		for _, c := range r.Text {
			i := strings.IndexRune(kept.Text[at:], c)
			if i < 0 {
				t.Fatalf("%v.Keep(%v) = %v: lost %q", r, kinds, kept, c)
			}
			at += i
		}
		for _, s := range r.Spans {
			in := slices.ContainsFunc(kept.Spans, func(k models.TextSpan) bool { return k.URL == s.URL })
			if s.URL != "" && !in && !strings.Contains(kept.Text, "("+s.URL+")") {
				t.Fatalf("%v.Keep(%v) = %v: lost %s", r, kinds, kept, s.URL)
			}
		}
		if trimmed := r.Trim(); trimmed.Text != strings.TrimSpace(r.Text) || wrong(trimmed.Text, trimmed.Spans) != "" {
			t.Fatalf("%v.Trim() = %v", r, trimmed)
		}
	})
}

func TestRich_Plain(t *testing.T) {
	const url = "https://shop.example/terms"
	tests := []struct {
		name string
		rich models.Rich
		want string
	}{
		{"no spans", models.Rich{Text: "**as it is** "}, "**as it is** "},
		{"bold", models.NewRich("all bold", []models.TextSpan{{Kind: models.Bold, From: 0, To: 3}}), "all bold"},
		{"link", models.NewRich("our terms, please", []models.TextSpan{{Kind: models.Link, From: 4, To: 9, URL: url}}), "our terms (" + url + "), please"},
		{"link that says its address", models.NewRich("shop.example/terms/", []models.TextSpan{{Kind: models.Link, From: 0, To: 19, URL: url}}), "shop.example/terms/"},
		{"address of a mailbox", models.NewRich("write us", []models.TextSpan{{Kind: models.Link, From: 6, To: 8, URL: "mailto:help@shop.example"}}), "write us (help@shop.example)"},
		{"link that is cut in two", models.NewRich("quoted link", []models.TextSpan{{Kind: models.Quote, From: 0, To: 6}, {Kind: models.Link, From: 3, To: 11, URL: url}}), "> quoted link (" + url + ")"},
		{"quote of two lines", models.NewRich("a\nb\nc", []models.TextSpan{{Kind: models.Quote, From: 2, To: 5}}), "a\n> b\n> c"},
		{"quote within a line", models.NewRich("a b", []models.TextSpan{{Kind: models.Quote, From: 2, To: 3}}), "a b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.rich.Plain(); got != tt.want {
				t.Errorf("Plain() = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestContent_Plain(t *testing.T) {
	c := models.Content{
		Text:        "see",
		Attachments: []models.Attachment{{Kind: models.Image}},
		Location:    &models.Location{Latitude: 44.8125, Longitude: 20.4612, Name: "Kalemegdan", Address: "Belgrade"},
		Cards:       []models.Card{{Name: "Ann [Lee]", Org: "Acme", Phones: []string{"+1"}, Emails: []string{"a@b.example"}}, {Own: true}},
		Lines:       []string{"[dice 🎲 4]"},
		Forwarded:   &models.Forward{From: "Bob\nLee"},
	}
	want := strings.Join([]string{
		"see", "[photo]",
		"[location 44.8125,20.4612: Kalemegdan, Belgrade] https://www.openstreetmap.org/?mlat=44.8125&mlon=20.4612#map=17/44.8125/20.4612",
		"[contact Ann  Lee, Acme, +1, a@b.example]", "[own contact]", "[dice 🎲 4]", "[forwarded from Bob Lee]",
	}, "\n")
	if got := c.Plain(); strings.ReplaceAll(got, "  ", " ") != strings.ReplaceAll(want, "  ", " ") {
		t.Errorf("Plain() = %q, want %q", got, want)
	}
}
