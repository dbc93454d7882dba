package models

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// Rich is a text with what is marked in it. Its zero value is empty. Spans are as NormalSpans makes them; the methods keep
// them so and never change what they are called on.
type Rich struct {
	Text  string
	Spans []TextSpan
}

// NewRich returns text with spans, made normal.
func NewRich(text string, spans []TextSpan) Rich {
	return Rich{Text: text, Spans: NormalSpans(text, spans)}
}

// Slice returns the bytes of r from from up to to, which are borders of its characters.
func (r Rich) Slice(from, to int) Rich {
	spans := slices.Clone(r.Spans)
	for i, s := range spans {
		spans[i].From, spans[i].To = s.From-from, s.To-from
	}
	return NewRich(r.Text[from:to], spans)
}

// Trim returns r without the white space at its ends.
func (r Rich) Trim() Rich {
	from := len(r.Text) - len(strings.TrimLeftFunc(r.Text, unicode.IsSpace))
	if from == len(r.Text) {
		return Rich{}
	}
	return r.Slice(from, len(strings.TrimRightFunc(r.Text, unicode.IsSpace)))
}

// Join returns the parts with sep between them. Empty parts are left out.
func Join(sep string, parts ...Rich) Rich {
	var text strings.Builder
	var spans []TextSpan
	for _, p := range parts {
		if p.Text == "" {
			continue
		}
		if text.Len() > 0 {
			text.WriteString(sep)
		}
		for _, s := range p.Spans {
			s.From, s.To = s.From+text.Len(), s.To+text.Len()
			spans = append(spans, s)
		}
		text.WriteString(p.Text)
	}
	return NewRich(text.String(), spans)
}

// Keep returns r with spans of those kinds only, and of links only those to web pages, because no app opens others. The
// address behind a link that goes is put behind its words, so that it is not lost: "our terms (https://example.com/terms)". Lines of a quote that goes begin with "> ".
func (r Rich) Keep(kinds []SpanKind) Rich {
	keeps := func(s TextSpan) bool { return slices.Contains(kinds, s.Kind) && (s.Kind != Link || webPage(s.URL)) }
	if !slices.ContainsFunc(r.Spans, func(s TextSpan) bool { return !keeps(s) }) {
		return r
	}
	type insertion struct {
		at   int
		text string
	}
	var put []insertion
	for i, s := range r.Spans {
		if s.Kind == Quote && !keeps(s) {
			for _, at := range lineStarts(r.Text, s.From, s.To) {
				put = append(put, insertion{at, "> "})
			}
		}
		if s.Kind != Link || keeps(s) || shows(r.Text[s.From:s.To], s.URL) {
			continue
		}
		goesOn := func(t TextSpan) bool { return t.Kind == Link && t.URL == s.URL && t.From == s.To }
		if !slices.ContainsFunc(r.Spans[i+1:], goesOn) { // a link that was cut in two is told once
			put = append(put, insertion{s.To, " (" + bare(s.URL) + ")"})
		}
	}
	slices.SortStableFunc(put, func(a, b insertion) int { return a.at - b.at })
	var text strings.Builder
	from := 0
	for _, p := range put {
		text.WriteString(r.Text[from:p.at])
		text.WriteString(p.text)
		from = p.at
	}
	text.WriteString(r.Text[from:])
	moved := func(at int, end bool) int {
		by := 0
		for _, p := range put {
			if p.at < at || p.at == at && !end {
				by += len(p.text)
			}
		}
		return at + by
	}
	var spans []TextSpan
	for _, s := range r.Spans {
		if keeps(s) {
			s.From, s.To = moved(s.From, false), moved(s.To, true)
			spans = append(spans, s)
		}
	}
	return NewRich(text.String(), spans)
}

// Plain returns the text alone, with the addresses of links behind their words.
func (r Rich) Plain() string { return r.Keep(nil).Text }

// lineStarts returns where lines of text begin from from on, before to.
func lineStarts(text string, from, to int) []int {
	var starts []int
	for i := from; i < to; i++ {
		if i == 0 || text[i-1] == '\n' {
			starts = append(starts, i)
		}
	}
	return starts
}

// shows reports whether words already say the address, as people write it.
func shows(words, address string) bool {
	short := func(s string) string {
		return strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(bare(s), "https://"), "http://"), "/")
	}
	return short(strings.TrimSpace(words)) == short(address)
}

// bare returns an address as people write it.
func bare(address string) string {
	return strings.TrimPrefix(strings.TrimPrefix(address, "mailto:"), "tel:")
}

// webPage reports whether every app would open the address.
func webPage(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && strings.Contains(u.Hostname(), ".") &&
		!strings.ContainsFunc(address, func(r rune) bool {
			return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("<>|\"", r)
		})
}

// Walk calls text for each piece of r that is marked the same throughout, and open and close where spans begin and end. The
// calls nest.
func (r Rich) Walk(open func(TextSpan), text func(string), end func(TextSpan)) {
	var stack []TextSpan
	at := 0
	upTo := func(to int) {
		if at < to {
			text(r.Text[at:to])
			at = to
		}
	}
	pop := func(to int) {
		for len(stack) > 0 && stack[len(stack)-1].To <= to {
			top := stack[len(stack)-1]
			upTo(top.To)
			end(top)
			stack = stack[:len(stack)-1]
		}
	}
	for _, s := range r.Spans {
		pop(s.From)
		upTo(s.From)
		open(s)
		stack = append(stack, s)
	}
	pop(len(r.Text))
	upTo(len(r.Text))
}

// Map returns r with f applied to each piece of its text that is marked the same throughout.
func (r Rich) Map(f func(string) string) Rich {
	if len(r.Spans) == 0 {
		return Rich{Text: f(r.Text)}
	}
	var text strings.Builder
	var spans []TextSpan
	var open []int
	r.Walk(func(s TextSpan) {
		s.From = text.Len()
		open = append(open, len(spans))
		spans = append(spans, s)
	}, func(piece string) {
		text.WriteString(f(piece))
	}, func(TextSpan) {
		spans[open[len(open)-1]].To = text.Len()
		open = open[:len(open)-1]
	})
	return NewRich(text.String(), spans)
}
