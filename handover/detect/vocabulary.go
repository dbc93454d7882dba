package detect

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A symbol is what patterns are made of: a word, a stem, or membership in a
// list. One word may have several.
type symbol = int32

// anything is the symbol of a gap: it stands for every word.
const anything symbol = -1

// A vocabulary knows which symbols a word has.
type vocabulary struct {
	letters
	words   index
	stems   index
	stemmed heads // of the stems
	joined  heads // of the words that may be typed together with others, in ASCII
	symbols int32 // how many there are
	typos   typos
}

func newVocabulary() *vocabulary {
	return &vocabulary{
		letters: newLetters(),
		words:   newIndex(16000),
		stems:   newIndex(400),
		stemmed: heads{},
		joined:  heads{},
		typos:   typos{first: make(map[string]int32, 8000)},
	}
}

// A trait is what else a vocabulary knows about a word.
type trait uint8

const (
	key   trait = 1 << iota // its typos count
	glue                    // often typed without a space
	known                   // no typo
)

// symbol returns a new symbol.
func (v *vocabulary) symbol() symbol {
	v.symbols++
	return v.symbols - 1
}

// word returns the symbol of a literal or a stem by itself.
func (v *vocabulary) word(n node) symbol {
	x := &v.words
	if n.kind == stem {
		x = &v.stems
	}
	id := x.id(n.text)
	s := x.own[id]
	if s != anything && !n.typo {
		return s
	}
	if s == anything {
		s = v.symbol()
		x.own[id] = s
	}
	v.add(n, s)
	return s
}

// add gives the words that n stands for the symbol s.
func (v *vocabulary) add(n node, s symbol) {
	x := &v.words
	if n.kind == stem {
		x = &v.stems
	}
	id := x.id(n.text)
	x.add(id, s)
	if n.typo && x.traits[id]&key == 0 {
		x.traits[id] |= key
		v.typos.add(n.text)
	}
}

// mark notes a trait of the word w.
func (v *vocabulary) mark(w string, t trait) { v.words.traits[v.words.id(w)] |= t }

// finish is called when all files are in. Words of theirs that are spelled
// in another way are in spelled.
func (v *vocabulary) finish(spelled map[string]string) {
	for s, w := range spelled {
		if _, ok := v.words.ids[s]; !ok {
			v.words.ids[s] = v.words.id(w)
		}
	}
	for w := range v.stems.ids {
		v.stemmed.add(w)
	}
	for w, id := range v.words.ids {
		if v.words.traits[id]&(glue|key) != 0 && ascii(w) {
			v.joined.add(w)
		}
	}
	v.words.finish()
	v.stems.finish()
}

// lookup appends the symbols of the word w, whose own ones and traits are given, to syms.
func (v *vocabulary) lookup(syms []symbol, w string, own []symbol, t trait) []symbol {
	n := len(syms)
	syms = v.stemsOf(append(syms, own...), w)
	if len(syms) > n || t&known != 0 {
		return syms
	}
	if r, _ := utf8.DecodeRuneInString(w); unicode.Is(unicode.Arabic, r) {
		return v.arabic(syms, w)
	}
	if s := squeeze(w); s != w {
		if syms = v.exact(syms, s); len(syms) > n {
			return syms
		}
		w = s
	}
	if k := v.typos.correct(w); k != "" {
		syms = append(syms, v.words.of(k)...)
	}
	return syms
}

func (v *vocabulary) exact(syms []symbol, w string) []symbol {
	return v.stemsOf(append(syms, v.words.of(w)...), w)
}

// stemsOf appends the symbols of the stems that w begins with.
func (v *vocabulary) stemsOf(syms []symbol, w string) []symbol {
	longest := v.stemmed.longest(w)
	n := 0
	for i := range w { // i is the length of each proper prefix
		if i > longest {
			return syms
		}
		if n >= 2 {
			syms = append(syms, v.stems.of(w[:i])...)
		}
		n++
	}
	return append(syms, v.stems.of(w)...)
}

// proclitics are the little words that Arabic writes together with the next.
var proclitics = []string{"وال", "بال", "فال", "كال", "لل", "ال", "و", "ف", "ب", "ل", "ك"}

func (v *vocabulary) arabic(syms []symbol, w string) []symbol {
	for _, p := range proclitics {
		if rest, ok := strings.CutPrefix(w, p); ok && utf8.RuneCountInString(rest) >= 3 {
			n := len(syms)
			if syms = v.exact(syms, rest); len(syms) > n {
				return syms
			}
		}
	}
	return syms
}

// squeeze shortens letters that stand three times or more to one.
func squeeze(w string) string {
	if !repeats(w) {
		return w
	}
	var b []rune
	rs := []rune(w)
	for i := 0; i < len(rs); {
		j := i
		for j < len(rs) && rs[j] == rs[i] {
			j++
		}
		b = append(b, rs[i])
		if j-i == 2 {
			b = append(b, rs[i])
		}
		i = j
	}
	return string(b)
}

// repeats reports whether a letter stands three times in a row.
func repeats(w string) bool {
	var a, b rune
	for _, r := range w {
		if r == a && r == b {
			return true
		}
		a, b = b, r
	}
	return false
}

// unglue splits "tospeak", "speakto" and "contactsomebody", words that are not
// known as they are.
func (v *vocabulary) unglue(w string) (a, b string, ok bool) {
	if len(w) < 3 || len(w) > 20 || !ascii(w) {
		return "", "", false
	}
	longest := v.joined.longest(w)
	for i := 1; i < len(w) && (i == 1 || i <= longest); i++ {
		x := v.words.has(w[:i])
		if x&(glue|key) == 0 {
			continue
		}
		y := v.words.has(w[i:])
		switch n := len(w) - i; {
		case y&(glue|key) == 0:
		case n == 1: // toa, witha
			ok = i > 1 && w[i] == 'a'
		case y&key != 0:
			ok = n > 3 && (x&glue != 0 || i > 3)
		default:
			ok = x&key != 0 || i > 1 || n > 3
		}
		if ok {
			return w[:i], w[i:], true
		}
	}
	return "", "", false
}
