package channeltest

import (
	"slices"
	"strings"

	"patchbay/models"
)

// spans: each kind of span that Limits declares arrives at its place, alone and inside others. Beside characters that mean
// something to mark-up no character of the text is lost for the marks' sake: a platform without escapes shows it as it shows
// the text without them.
func spans(b *bench) {
	var nested models.Rich
	for _, kind := range b.adapter.Limits().Spans {
		// Code and quotes are blocks: they stand in lines of their own.
		block := kind == models.Quote || kind == models.Pre
		r := models.Rich{Text: "Hello 👋🏽, parcel 7 is here.", Spans: []models.TextSpan{{Kind: kind, From: 16, To: 24}}}
		if block {
			r.Text, r.Spans[0] = "Hello 👋🏽\nparcel 7\nis here.", models.TextSpan{Kind: kind, From: 15, To: 23}
		}
		if kind == models.Link {
			r.Spans[0].URL = "https://shop.example/p?id=7&x=%20"
		}
		if got := b.marks(r); got.Text != r.Text || !slices.Equal(got.Spans, r.Spans) {
			b.Errorf("Send(%s): the customer sees %v, want %v", kind, got, r)
		}
		if !block && kind != models.Link && kind != models.Code && kind != models.Mention {
			nested.Text = r.Text
			starts := []int{16, 23, 25, 28} // of its last words
			nested.Spans = append(nested.Spans, models.TextSpan{Kind: kind, From: starts[len(nested.Spans)], To: 32})
		}
	}
	if nested = models.NewRich(nested.Text, nested.Spans); len(nested.Spans) > 1 {
		if got := b.marks(nested); got.Text != nested.Text || !slices.Equal(got.Spans, nested.Spans) {
			b.Errorf("Send(marks in marks): the customer sees %v, want %v", got, nested)
		}
	}
	for _, text := range []string{
		"*a* _b_ ~c~ `d` and more", "a*b_c~d`e and *", "<b>x</b> &amp; <@U1|y>", "> q\n- l\n1. n ```p```", "[t](https://x.example) \\* snake_case_name 2*3*4",
	} {
		plain := b.marks(models.Rich{Text: text})
		for _, kind := range b.adapter.Limits().Spans {
			whole := models.TextSpan{Kind: kind, To: len(text), URL: "https://shop.example/t"}
			first, last := whole, whole
			first.To, last.From = 3, len(text)-3
			for _, s := range []models.TextSpan{whole, first, last} {
				r := models.NewRich(text, []models.TextSpan{s})
				got := b.marks(r)
				lines, whole, bare := strings.Split(got.Text, "\n"), strings.Split(text, "\n"), strings.Split(plain.Text, "\n")
				for i, line := range lines {
					if len(lines) != len(whole) || line != whole[i] && (len(lines) != len(bare) || line != bare[i]) {
						b.Errorf("Send(%v): the customer sees %v, want all of the text, or what he sees without marks: %v", r, got, plain)
						break
					}
				}
			}
		}
	}
}

// marks sends r and returns what the customer sees.
func (b *bench) marks(r models.Rich) models.Rich {
	b.Helper()
	b.answers(nil)
	m := b.out(r.Text)
	m.Spans = r.Spans
	if _, err := b.adapter.Send(b.Context(), m); err != nil {
		b.Errorf("Send(%v) error = %v, want none", r, err)
		return models.Rich{}
	}
	calls := b.made()
	if len(calls) != 1 {
		b.Errorf("Send(%v) made %d calls, want exactly 1", r, len(calls))
		return models.Rich{}
	}
	seen, err := b.h.Marks(calls[0])
	if err != nil {
		b.Errorf("Send(%v): Marks error = %v", r, err)
	}
	return seen
}
