package detect

import "slices"

// weigh notes in r.against what the hits of p say against others. It returns
// the last word at which a request is taken back, -1 if none is, and whether
// there can be none in the whole message.
func (r *reading) weigh(p *program) (last int32, out bool) {
	r.unopposed()
	last = -1
	for _, h := range r.hits {
		ru := &p.rules[h.rule]
		switch ru.part {
		case partOut:
			out = true
		case partCancel:
			last = max(last, h.start)
		case partRefuse, partGood:
			for i := h.start; i <= h.end; i++ {
				r.against[i] |= 1 << ru.camp
			}
		default: // it speaks for a request, or of nothing
		}
	}
	return last, out
}

// unopposed notes that nothing speaks against anything.
func (r *reading) unopposed() { r.against = append(r.against[:0], make([]uint8, len(r.words))...) }

// opposed reports whether a refusal of the same camp lies on the words from
// start to end. Most files are one camp, as languages mix; 人工 is a person in
// Chinese but part of other words in Japanese, so these two stand apart.
func (r *reading) opposed(camp uint8, start, end int32) bool {
	for i := start; i <= end; i++ {
		if r.against[i]&(1<<camp) != 0 {
			return true
		}
	}
	return false
}

// entire matches p with the whole message or, if each is set, with a whole
// sentence of it: as it is, and without the words that spans of the given
// parts cover. A file whose camp refuses any word of the message has no say.
func (r *reading) entire(each bool, p, spans *program, drop ...part) *rule {
	for round := range 2 {
		if round == 0 {
			r.keep(spans)
		} else {
			r.keep(spans, drop...)
			if len(r.kept) == len(r.words) {
				return nil // as in the first round
			}
		}
		for rest := r.kept; len(rest) > 0; {
			n := len(rest)
			if each {
				n = r.sentence(rest)
			}
			r.whole(p, rest[:n])
			rest = rest[n:]
			for _, h := range r.hits {
				if ru := &p.rules[h.rule]; !r.opposed(ru.camp, 0, int32(len(r.words))-1) {
					return ru
				}
			}
		}
	}
	return nil
}

// sentence returns how many of the kept words are in the sentence of the first.
func (r *reading) sentence(kept []int) int {
	for n := 1; n < len(kept); n++ {
		for i := kept[n-1] + 1; i <= kept[n]; i++ {
			if r.words[i].before == sentence {
				return n
			}
		}
	}
	return len(kept)
}

// keep leaves in r.kept the words that no span of the given parts covers, and
// in r.covers what covers the others: of two spans the longer.
func (r *reading) keep(spans *program, drop ...part) {
	r.covers = append(r.covers[:0], make([]part, len(r.words))...)
	r.widths = append(r.widths[:0], make([]int32, len(r.words))...)
	if len(drop) > 0 {
		if !r.spanned {
			r.run(spans)
			r.spans, r.spanned = append(r.spans[:0], r.hits...), true
		}
		for _, h := range r.spans {
			p := spans.rules[h.rule].part
			if !slices.Contains(drop, p) {
				continue
			}
			width := h.end - h.start + 1
			for i := h.start; i <= h.end; i++ {
				if width > r.widths[i] || width == r.widths[i] && p > r.covers[i] {
					r.covers[i], r.widths[i] = p, width
				}
			}
		}
	}
	r.kept = r.kept[:0]
	for i, c := range r.covers {
		if c == partNone {
			r.kept = append(r.kept, i)
		}
	}
}
