package channels

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"patchbay/models"
)

// Split cuts text into parts of at most limit units, in order. It cuts at a paragraph break, else at the end of a line,
// of a sentence, or at white space, each time the last one that leaves the part at least half full; else at the last
// white space or sentence end there is; else between two characters as readers see them (grapheme clusters). The white
// space around a cut is dropped and nothing else: what stands before the first and behind the last part stays. A
// character that alone is longer than limit is cut between its code points, and a code point that alone is longer is a
// part of its own, the only one that may be over limit.
//
// A limit of 0 or less is no limit. Text that is empty or nothing but white space gives no parts. Text that is no valid
// UTF-8 is cut as well, between its bytes where need be.
func Split(text string, limit int, unit Unit) []string {
	var parts []string
	for _, part := range SplitRich(models.Rich{Text: text}, limit, Limits{Unit: unit}) {
		parts = append(parts, part.Text)
	}
	return parts
}

// SplitRich cuts r as Split cuts its text; a span that a cut goes through goes on in the next part. limit is in l.Unit, of a
// part with all that the platform counts. A part whose marks would take more than half of the limit goes without them.
func SplitRich(r models.Rich, limit int, l Limits) []models.Rich {
	var parts []models.Rich
	add := func(part models.Rich) {
		if strings.TrimSpace(part.Text) != "" {
			parts = append(parts, part)
		}
	}
	for limit > 0 {
		part, cut := firstPart(r, limit, l)
		if cut == len(r.Text) {
			r = part
			break
		}
		add(part)
		for n := leadingSpace(r.Text[cut:]); n > 0; n = leadingSpace(r.Text[cut:]) {
			cut += n
		}
		r = r.Slice(cut, len(r.Text))
	}
	add(r)
	return parts
}

// firstPart returns the part that r begins with, and how many bytes of r it is.
func firstPart(r models.Rich, limit int, l Limits) (models.Rich, int) {
	first := func(room int) (models.Rich, int) {
		cut := fit(r.Text, room, l.Unit)
		if cut == len(r.Text) {
			return r, cut
		}
		cut = cutAt(r.Text, cut)
		return r.Slice(0, cut), cut
	}
	part, cut := first(limit)
	for room := limit; l.Length != nil && len(part.Spans) > 0; part, cut = first(room) {
		over := l.Length(part) - limit
		if over <= 0 {
			break
		}
		if room = min(room, Len(part.Text, l.Unit)) - over; room < limit/2 {
			part, cut = first(limit)
			part.Spans = nil
			break
		}
	}
	return part, cut
}

// rank is how good a place for a cut is.
type rank int

// The ranks, best first.
const (
	paragraph rank = iota
	line
	sentence
	space
	ranks
)

// cutAt returns where to cut text, whose first end bytes fit and which is longer than that. The result is at least 1.
func cutAt(text string, end int) int {
	_, next := utf8.DecodeRuneInString(text[end:])
	// Whether a cluster ends at end is told by the rune behind it. The look ahead ends there, so that a cluster of a
	// million combining marks is not read again for each part.
	rest, state := text[:end+next], -1
	var (
		last   [ranks]int // the last place of each rank
		edge   int        // the last cluster's end
		before string     // the last cluster that is no space
		run    = -1       // where the white space before edge starts; -1 if there is none
		breaks int        // line breaks in it
	)
	for {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if rest == "" {
			break // it may go on behind the window
		}
		if lead := leadingSpace(cluster); lead == len(cluster) {
			if run < 0 {
				run, breaks = edge, 0
			}
			breaks += lineBreaks(cluster)
		} else {
			switch {
			case run > 0:
				last[rankOf(before, breaks)] = run
			case run < 0 && endsWide(before) && !closes(cluster) && !endsWide(cluster):
				last[sentence] = edge
			}
			before, run = mark(before, cluster, run), -1
		}
		edge += len(cluster)
	}
	if run < 0 && leadingSpace(text[edge:]) > 0 {
		run, breaks = edge, 0
	}
	if run > 0 {
		for i := edge; ; {
			n := leadingSpace(text[i:])
			if n == 0 {
				break
			}
			breaks += lineBreaks(text[i : i+n])
			i += n
		}
		last[rankOf(before, breaks)] = run
	}

	best := 0
	for _, at := range last {
		if at > 0 && at >= end/2 {
			return at
		}
		best = max(best, at)
	}
	switch {
	case best > 0:
		return best
	case edge > 0:
		return edge
	case end > 0:
		return end
	}
	return next
}

// mark returns the cluster that tells whether a sentence ends here: cluster, or the one before it if cluster is a
// quote or bracket that closes right behind a sentence's end.
func mark(before, cluster string, run int) string {
	if run < 0 && closes(cluster) && (endsWide(before) || ends(before)) {
		return before
	}
	return cluster
}

// rankOf ranks white space with so many line breaks behind the cluster before.
func rankOf(before string, breaks int) rank {
	switch {
	case breaks > 1:
		return paragraph
	case breaks == 1:
		return line
	case ends(before) || endsWide(before):
		return sentence
	}
	return space
}

// leadingSpace returns the length of the cluster that text starts with if it is white space, else 0. A space with a
// combining mark is no white space.
func leadingSpace(text string) int {
	r, size := utf8.DecodeRuneInString(text)
	if !unicode.IsSpace(r) {
		return 0
	}
	_, next := utf8.DecodeRuneInString(text[size:])
	cluster, _, _, _ := uniseg.FirstGraphemeClusterInString(text[:size+next], -1)
	if cluster == "\r\n" || len(cluster) == size {
		return len(cluster)
	}
	return 0
}

// lineBreaks returns how many line breaks a cluster of white space stands for. U+2029 is a paragraph's end by itself.
func lineBreaks(cluster string) int {
	switch cluster {
	case "\n", "\r", "\r\n", "\v", "\f", "\u0085", "\u2028":
		return 1
	case "\u2029":
		return 2
	}
	return 0
}

// ends reports whether a sentence ends with this cluster when white space follows.
func ends(cluster string) bool { return oneOf(cluster, ".!?…؟۔।॥։።") }

// endsWide reports whether a sentence ends with this cluster whatever follows: East Asian text has no spaces.
func endsWide(cluster string) bool { return oneOf(cluster, "。！？｡") }

// closes reports whether cluster belongs to the sentence whose end stands before it.
func closes(cluster string) bool { return oneOf(cluster, "\"')]}»”’」』）】》") }

func oneOf(cluster, set string) bool { return cluster != "" && strings.Contains(set, cluster) }
