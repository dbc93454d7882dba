package detect

import (
	"fmt"
	"slices"
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
	same    map[rune]rune
	words   map[string][]symbol
	stems   map[string][]symbol
	symbols map[string]symbol   // by name, to give them out
	alone   map[string]symbol   // of words by themselves
	begun   map[string]symbol   // of stems
	spelled map[string]string   // fuer to fur, for words written with ü
	typos   map[string][]string // a word less one letter to the words it may be
	keys    map[string]bool     // words whose typos count
	glue    map[string]bool
	known   map[string]bool // words that are no typos
}

func newVocabulary() *vocabulary {
	return &vocabulary{
		same:    map[rune]rune{},
		words:   map[string][]symbol{},
		stems:   map[string][]symbol{},
		symbols: map[string]symbol{},
		alone:   map[string]symbol{},
		begun:   map[string]symbol{},
		spelled: map[string]string{},
		typos:   map[string][]string{},
		keys:    map[string]bool{},
		glue:    map[string]bool{},
		known:   map[string]bool{},
	}
}

// symbol returns the symbol of that name, a new one at first.
func (v *vocabulary) symbol(name string) symbol {
	s, ok := v.symbols[name]
	if !ok {
		s = symbol(len(v.symbols))
		v.symbols[name] = s
	}
	return s
}

// word returns the symbol of a literal or a stem by itself.
func (v *vocabulary) word(n node) symbol {
	m := v.alone
	if n.kind == stem {
		m = v.begun
	}
	s, ok := m[n.text]
	if !ok {
		s = v.symbol(fmt.Sprint(n.kind, " ", n.text))
		m[n.text] = s
	}
	if !ok || n.typo {
		v.add(n, s)
	}
	return s
}

// add gives the words that n stands for the symbol s.
func (v *vocabulary) add(n node, s symbol) {
	m := v.words
	if n.kind == stem {
		m = v.stems
	}
	if !slices.Contains(m[n.text], s) {
		m[n.text] = append(m[n.text], s)
	}
	if n.typo && !v.keys[n.text] {
		v.keys[n.text] = true
		v.typos[n.text] = append(v.typos[n.text], n.text)
		for short := range shortened(n.text) {
			v.typos[short] = append(v.typos[short], n.text)
		}
	}
}

var umlauts = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "å", "aa", "ø", "oe")

// umlaut notes the spelling of a word without umlauts.
func (v *vocabulary) umlaut(written string, n node) {
	if s := umlauts.Replace(strings.ToLower(written)); s != strings.ToLower(written) && n.kind == literal {
		v.spelled[v.fold(s)] = n.text
	}
}

// finish is called when all files are in.
func (v *vocabulary) finish() {
	for s, w := range v.spelled {
		if _, ok := v.words[s]; !ok {
			v.words[s] = v.words[w]
		}
	}
}

// lookup appends the symbols of the word w to syms.
func (v *vocabulary) lookup(syms []symbol, w string) []symbol {
	n := len(syms)
	syms = v.exact(syms, w)
	if len(syms) > n || v.known[w] {
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
	if k := v.correct(w); k != "" {
		syms = append(syms, v.words[k]...)
	}
	return syms
}

func (v *vocabulary) exact(syms []symbol, w string) []symbol {
	syms = append(syms, v.words[w]...)
	n := 0
	for i := range w { // i is the length of each proper prefix
		if n >= 2 {
			syms = append(syms, v.stems[w[:i]]...)
		}
		n++
	}
	return append(syms, v.stems[w]...)
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
	if len(b) == len(rs) {
		return w
	}
	return string(b)
}

// unglue splits "tospeak" and "speakto", unless the word is known as it is.
func (v *vocabulary) unglue(w string) (a, b string, ok bool) {
	if len(w) < 5 || len(w) > 20 || !ascii(w) || v.known[w] || v.words[w] != nil {
		return "", "", false
	}
	for i := 1; i < len(w)-1; i++ {
		a, b := w[:i], w[i:]
		if v.glue[a] && (v.keys[b] || v.glue[b] && len(a) > 1) || v.keys[a] && v.glue[b] {
			return a, b, true
		}
	}
	return "", "", false
}
