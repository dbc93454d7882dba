package models

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// SpanKind is what a piece of a text is marked as.
type SpanKind string

// The kinds of spans. A Mention's name stands in the text: it calls nobody on another platform.
const (
	Bold      SpanKind = "bold"
	Italic    SpanKind = "italic"
	Underline SpanKind = "underline"
	Strike    SpanKind = "strike"
	Code      SpanKind = "code"  // within a line
	Pre       SpanKind = "pre"   // a block of code
	Quote     SpanKind = "quote" // a block of somebody else's words
	Link      SpanKind = "link"  // words with an address behind them
	Mention   SpanKind = "mention"
)

// SpanKinds returns all kinds, the outermost of those that mark the same words first.
func SpanKinds() []SpanKind {
	return []SpanKind{Quote, Link, Mention, Bold, Italic, Underline, Strike, Pre, Code}
}

// TextSpan marks a piece of a text: its bytes from From up to To.
type TextSpan struct {
	Kind SpanKind `json:"kind"`
	From int      `json:"from"`
	To   int      `json:"to"`
	URL  string   `json:"url,omitempty"`  // of a Link
	Lang string   `json:"lang,omitempty"` // of a Pre: the language of the code
	ID   string   `json:"id,omitempty"`   // of a Mention: the platform's id of who is mentioned, if it tells
}

// maxSpans is how many spans one text has. More are left away, because telling how they lie to each other grows with the
// square of their number, and people do not write so.
const maxSpans = 1000

// NormalSpans returns spans as every text has them: within it and on the borders of its characters, none empty, sorted by
// where they begin, the outer ones first, and each two of them apart or one inside the other. A span that crosses another
// is cut in two, what marks code anew is left away, and spans of one kind that touch become one. The text itself is never
// changed: what cannot be told by spans is only not marked. spans is left as it is.
func NormalSpans(text string, spans []TextSpan) []TextSpan {
	if len(spans) == 0 || !utf8.ValidString(text) {
		return nil // the borders of a text that is mended later would move
	}
	all := make([]TextSpan, 0, len(spans))
	for _, s := range spans {
		if s, ok := s.within(text); ok {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, compareSpans)
	all = mergeSpans(all)
	slices.SortFunc(all, compareSpans)
	all = all[:min(len(all), maxSpans)]

	// What comes first here is cut last.
	order := []SpanKind{Pre, Code, Quote, Link, Mention, Bold, Italic, Underline, Strike}
	slices.SortStableFunc(all, func(a, b TextSpan) int {
		return cmp.Compare(slices.Index(order, a.Kind), slices.Index(order, b.Kind))
	})
	placed := make([]TextSpan, 0, len(all))
	for _, s := range all {
		placed = append(placed, s.pieces(placed)...)
	}
	slices.SortFunc(placed, compareSpans)
	if len(placed) == 0 {
		return nil
	}
	return placed
}

// within returns s on the borders of text's characters, without what its kind has not; false if nothing is left.
func (s TextSpan) within(text string) (TextSpan, bool) {
	s.From, s.To = max(s.From, 0), min(s.To, len(text))
	for s.From < s.To && !utf8.RuneStart(text[s.From]) {
		s.From++
	}
	for s.From < s.To && s.To < len(text) && !utf8.RuneStart(text[s.To]) {
		s.To--
	}
	kept := TextSpan{Kind: s.Kind, From: s.From, To: s.To}
	switch s.Kind {
	case Link:
		kept.URL = s.URL
	case Pre:
		kept.Lang = s.Lang
	case Mention:
		kept.ID = s.ID
	case Bold, Italic, Underline, Strike, Code, Quote:
	default:
		return TextSpan{}, false
	}
	return kept, s.From < s.To && (s.Kind != Link || s.URL != "")
}

// mergeSpans makes spans of one kind lie apart: those that say the same become one, else the first keeps what both mark.
// Code and Pre count as one kind.
func mergeSpans(spans []TextSpan) []TextSpan {
	last := make(map[SpanKind]int) // the place of the last span of each kind in merged
	merged := spans[:0:0]
	for _, s := range spans {
		kind := s.Kind
		if kind == Pre {
			kind = Code
		}
		at, ok := last[kind]
		if !ok {
			last[kind] = len(merged)
			merged = append(merged, s)
			continue
		}
		before := &merged[at]
		same := s.Kind == before.Kind && s.URL == before.URL && s.Lang == before.Lang && s.ID == before.ID
		switch {
		case same && (s.From < before.To || s.From == before.To && s.Kind != Pre && s.Kind != Mention):
			before.To = max(before.To, s.To)
			continue
		case s.From < before.To:
			s.From = before.To
		}
		if s.From < s.To {
			last[kind] = len(merged)
			merged = append(merged, s)
		}
	}
	return merged
}

// pieces returns s cut so that it crosses none of placed, which do not cross each other, and marks nothing inside code.
func (s TextSpan) pieces(placed []TextSpan) []TextSpan {
	for _, t := range placed {
		if t.Kind != Code && t.Kind != Pre || t.To <= s.From || s.To <= t.From {
			continue
		}
		switch {
		case s.From <= t.From && t.To <= s.To: // around it
		case t.From <= s.From && s.To <= t.To:
			return nil
		case s.From < t.From:
			s.To = t.From
		default:
			s.From = t.To
		}
	}
	var cuts []int
	for _, t := range placed {
		switch {
		case t.From < s.From && s.From < t.To && t.To < s.To:
			cuts = append(cuts, t.To)
		case s.From < t.From && t.From < s.To && s.To < t.To:
			cuts = append(cuts, t.From)
		}
	}
	slices.Sort(cuts)
	var list []TextSpan
	from := s.From
	for _, cut := range append(slices.Compact(cuts), s.To) {
		piece := s
		piece.From, piece.To = from, cut
		list, from = append(list, piece), cut
	}
	return list
}

// compareSpans orders spans by where they begin, the longer one first.
func compareSpans(a, b TextSpan) int {
	kinds := SpanKinds()
	return cmp.Or(
		cmp.Compare(a.From, b.From), cmp.Compare(b.To, a.To),
		cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)),
		cmp.Compare(a.URL, b.URL), cmp.Compare(a.Lang, b.Lang), cmp.Compare(a.ID, b.ID),
	)
}
