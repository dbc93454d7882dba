package detect

import "iter"

// typos finds the key word that a word is a typo of. It knows all key words
// by themselves and less one letter each.
type typos struct {
	first map[string]int32 // a word, or one less a letter, to its first key word
	words []chained
}

// A chained key word has behind it the next for the same letters, or -1.
type chained struct {
	word string
	next int32
}

// add makes w a key word.
func (t *typos) add(w string) {
	t.put(w, w)
	for short := range shortened(w) {
		t.put(short, w)
	}
}

// put appends w to the chain of short.
func (t *typos) put(short, w string) {
	n := int32(len(t.words))
	t.words = append(t.words, chained{w, -1})
	i, ok := t.first[short]
	if !ok {
		t.first[short] = n
		return
	}
	for t.words[i].next >= 0 {
		i = t.words[i].next
	}
	t.words[i].next = n
}

// correct returns the key word that w is a typo of: one letter missing, too
// many, wrong (but not the first) or two swapped. Key words of four letters
// are found only with two swapped or one doubled, shorter ones not at all.
func (t *typos) correct(w string) string {
	if len(w) < 4 || len(w) > 24 {
		return ""
	}
	if k := t.nearest(w, w); k != "" {
		return k
	}
	for short := range shortened(w) {
		if k := t.nearest(w, short); k != "" {
			return k
		}
	}
	return ""
}

func (t *typos) nearest(w, short string) string {
	i, ok := t.first[short]
	if !ok {
		return ""
	}
	for ; i >= 0; i = t.words[i].next {
		if typo(w, t.words[i].word) {
			return t.words[i].word
		}
	}
	return ""
}

// shortened yields w less one letter, each in turn. The strings it yields are
// only good until the next.
func shortened(w string) iter.Seq[string] {
	return func(yield func(string) bool) {
		prev := ' '
		for i, r := range w {
			n := len(string(r))
			if r != prev && !yield(w[:i]+w[i+n:]) {
				return
			}
			prev = r
		}
	}
}

// typo reports whether w differs from the key word k as correct says.
func typo(w, k string) bool {
	i := 0
	for i < len(w) && i < len(k) && w[i] == k[i] {
		i++
	}
	a, b := w[i:], k[i:]
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	swapped := len(a) == 2 && len(b) == 2 && a[0] == b[1] && a[1] == b[0]
	switch {
	case swapped:
		return true
	case len(k) < 5: // talkk
		return len(b) == 0 && len(a) == 1 && i > 0 && w[i-1] == a[0]
	case len(a) == 0 || len(b) == 0:
		return runes(a)+runes(b) == 1
	}
	return i > 0 && runes(a) == 1 && runes(b) == 1
}

func runes(s string) int {
	n := 0
	for range s {
		n++
	}
	return n
}
