package whatsapp

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"patchbay/channels"
	"patchbay/models"
)

// WhatsApp has marks in the text itself: *bold*, _italic_, ~strike~, `code`, ```a block``` and "> " before a quote. There is
// no way to escape one: https://faq.whatsapp.com/539178204879377. So a text that looks like a mark is shown as one, and a mark
// that would not be read as what it is meant to be is left away.

// spanKinds are the kinds of spans that WhatsApp shows.
func spanKinds() []models.SpanKind {
	return []models.SpanKind{models.Bold, models.Italic, models.Strike, models.Code, models.Pre, models.Quote}
}

var (
	fence = regexp.MustCompile("(?s)```(.+?)```")
	tick  = regexp.MustCompile("`([^`\\s](?:[^`\n]*[^`\\s])?)`")
)

// reading is a text whose marks are being found.
type reading struct {
	text  string
	drop  []bool // bytes that are marks
	code  []bool // bytes that are code, where nothing else is a mark
	spans []models.TextSpan
}

// richOf returns a text as the app shows it: without its marks, and with what they mean.
func richOf(text string) models.Rich {
	if !strings.ContainsAny(text, "*_~`>") {
		return models.Rich{Text: text}
	}
	text = strings.ToValidUTF8(text, "\uFFFD")
	r := &reading{text: text, drop: make([]bool, len(text)), code: make([]bool, len(text))}
	r.codes(fence, models.Pre)
	r.codes(tick, models.Code)
	r.quotes()
	for _, mark := range []struct {
		sign byte
		kind models.SpanKind
	}{{'*', models.Bold}, {'_', models.Italic}, {'~', models.Strike}} {
		from := 0
		for line := range strings.SplitAfterSeq(text, "\n") {
			r.pairs(mark.sign, mark.kind, from, from+len(line))
			from += len(line)
		}
	}
	return r.rich()
}

// codes finds code between marks. A block's line breaks beside its marks are part of them.
func (r *reading) codes(marks *regexp.Regexp, kind models.SpanKind) {
	for _, at := range marks.FindAllStringSubmatchIndex(r.text, -1) {
		inside := r.text[at[2]:at[3]]
		alone := kind == models.Pre || r.before(at[0]) != '`' && r.after(at[1]-1) != '`'
		if strings.TrimSpace(inside) == "" || !alone || slices.Contains(r.code[at[0]:at[1]], true) {
			continue
		}
		from := at[2] + len(inside) - len(strings.TrimLeft(inside, "\n"))
		to := at[2] + len(strings.TrimRight(inside, "\n"))
		r.mark(at[0], from)
		r.mark(to, at[1])
		for i := at[0]; i < at[1]; i++ {
			r.code[i] = true
		}
		r.spans = append(r.spans, models.TextSpan{Kind: kind, From: from, To: to})
	}
}

// quotes finds the lines that are quoted. Those that follow each other are one quote.
func (r *reading) quotes() {
	from, last := 0, -1
	for line := range strings.SplitAfterSeq(r.text, "\n") {
		if rest, ok := strings.CutPrefix(line, "> "); ok && !r.code[from] && strings.TrimSpace(rest) != "" {
			r.mark(from, from+2)
			to := from + len(strings.TrimSuffix(line, "\n"))
			if last >= 0 && r.spans[last].To == from-1 {
				r.spans[last].To = to
			} else {
				last = len(r.spans)
				r.spans = append(r.spans, models.TextSpan{Kind: models.Quote, From: from + 2, To: to})
			}
		}
		from += len(line)
	}
}

// pairs finds pairs of a sign between from and to: around words, with no letter outside of it.
func (r *reading) pairs(sign byte, kind models.SpanKind, from, to int) {
	free := func(i int) bool { return r.text[i] == sign && !r.code[i] && !r.drop[i] }
	for i := from; i < to; i++ {
		if !free(i) || wordy(r.before(i)) || !solid(r.after(i), sign) {
			continue
		}
		for j := i + 2; j < to; j++ {
			if free(j) && solid(r.before(j), sign) && !wordy(r.after(j)) {
				r.mark(i, i+1)
				r.mark(j, j+1)
				r.spans = append(r.spans, models.TextSpan{Kind: kind, From: i + 1, To: j})
				i = j
				break
			}
		}
	}
}

// before and after return the character beside the byte at i, a space at the ends of the text.
func (r *reading) before(i int) rune {
	if i == 0 {
		return ' '
	}
	c, _ := utf8.DecodeLastRuneInString(r.text[:i])
	return c
}

func (r *reading) after(i int) rune {
	if i+1 >= len(r.text) {
		return ' '
	}
	c, _ := utf8.DecodeRuneInString(r.text[i+1:])
	return c
}

func wordy(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }

// solid reports whether c can stand inside of a mark beside it.
func solid(c rune, sign byte) bool { return !unicode.IsSpace(c) && c != rune(sign) }

// mark takes the bytes from from to to out of the text.
func (r *reading) mark(from, to int) {
	for i := from; i < to; i++ {
		r.drop[i] = true
	}
}

// rich returns what is left without the marks.
func (r *reading) rich() models.Rich {
	at := make([]int, len(r.text)+1) // where each byte is then
	var kept strings.Builder
	for i := range len(r.text) {
		at[i] = kept.Len()
		if !r.drop[i] {
			kept.WriteByte(r.text[i])
		}
	}
	at[len(r.text)] = kept.Len()
	for i, s := range r.spans {
		r.spans[i].From, r.spans[i].To = at[s.From], at[s.To]
	}
	return models.NewRich(kept.String(), r.spans)
}

// marked returns r with marks in the text, as many of them as the app would read as what they mean: all, or else those of
// the lines where that is so.
func marked(r models.Rich) string {
	r = separate(r.Keep(spanKinds()))
	if len(r.Spans) == 0 {
		return r.Text
	}
	if text := written(r); reads(text, r) {
		return text
	}
	var text strings.Builder
	var seen []models.Rich
	for i, part := range stanzas(r) {
		if i > 0 {
			text.WriteByte('\n')
		}
		said := written(part)
		if !reads(said, part) {
			said = part.Text
		}
		text.WriteString(said)
		seen = append(seen, richOf(said))
	}
	// A mark that one line leaves open must not be closed by another.
	whole := richOf(text.String())
	from := 0
	for i, part := range seen {
		if i > 0 {
			from++
		}
		to := from + len(part.Text)
		if to > len(whole.Text) || whole.Text[from:to] != part.Text {
			return r.Text
		}
		from = to
	}
	if from != len(whole.Text) {
		return r.Text
	}
	return text.String()
}

// reads reports whether the app shows text as r.
func reads(text string, r models.Rich) bool {
	seen := richOf(text)
	return seen.Text == r.Text && slices.Equal(seen.Spans, r.Spans)
}

// separate returns r with spans as marks can tell them: bold, italic and strike within a line and without spaces at their
// ends, a quote of whole lines.
func separate(r models.Rich) models.Rich {
	var spans []models.TextSpan
	for _, s := range r.Spans {
		if s.Kind == models.Pre || s.Kind == models.Quote {
			if s.Kind == models.Pre {
				s.Lang = ""
			}
			spans = append(spans, s)
			continue
		}
		from := s.From
		for line := range strings.SplitAfterSeq(r.Text[s.From:s.To], "\n") {
			piece := s
			piece.From = from + len(line) - len(strings.TrimLeftFunc(line, unicode.IsSpace))
			piece.To = from + len(strings.TrimRightFunc(line, unicode.IsSpace))
			spans = append(spans, piece)
			from += len(line)
		}
	}
	return models.NewRich(r.Text, spans)
}

// stanzas returns the lines of r; those that a block goes through stay together.
func stanzas(r models.Rich) []models.Rich {
	var all []models.Rich
	from := 0
	for i := range len(r.Text) {
		inside := func(s models.TextSpan) bool { return s.From <= i && i < s.To }
		if r.Text[i] == '\n' && !slices.ContainsFunc(r.Spans, inside) {
			all = append(all, r.Slice(from, i))
			from = i + 1
		}
	}
	return append(all, r.Slice(from, len(r.Text)))
}

// written returns r with all its marks.
func written(r models.Rich) string {
	signs := map[models.SpanKind]string{
		models.Bold: "*", models.Italic: "_", models.Strike: "~", models.Code: "`", models.Pre: "```",
	}
	var text strings.Builder
	quoted := false
	r.Walk(func(s models.TextSpan) {
		if s.Kind == models.Quote && (text.Len() == 0 || strings.HasSuffix(text.String(), "\n")) {
			quoted = true
			text.WriteString("> ")
		}
		text.WriteString(signs[s.Kind])
	}, func(piece string) {
		if quoted {
			piece = strings.ReplaceAll(piece, "\n", "\n> ")
		}
		text.WriteString(piece)
	}, func(s models.TextSpan) {
		quoted = quoted && s.Kind != models.Quote
		text.WriteString(signs[s.Kind])
	})
	return text.String()
}

// length is how long r is with its marks, in UTF-16 units.
func length(r models.Rich) int { return channels.Len(marked(r), channels.UTF16) }
