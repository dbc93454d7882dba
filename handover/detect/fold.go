package detect

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// folded are letters that are folded beyond what Unicode decomposes.
var folded = map[rune]string{
	'ł': "l", 'đ': "d", 'ø': "o", 'ß': "ss", 'æ': "ae", 'œ': "oe", 'ı': "i", 'ə': "e", 'ð': "d", 'þ': "th",
	'ى': "ي", 'ة': "ه", 'ک': "ك", 'ی': "ي", 'ـ': "", // Arabic and Persian keyboards write the same letters differently
	'ँ': "ं", '़': "", // Devanagari: chandrabindu is typed as anusvara, the nukta left out
	'’': "'", '‘': "'", '`': "'", '´': "'", 'ʼ': "'", '＇': "'",
}

// letters knows which letters are the same to us.
type letters struct {
	same   map[rune]rune
	simple [2][]rune // of the ranges in simpleFrom: what fold makes of a letter, 0 where its neighbours have a say
}

// Latin, Greek, Cyrillic, Hebrew and Arabic; Vietnamese.
var simpleFrom = [2]struct{ first, last rune }{{0x80, 0x6FF}, {0x1E00, 0x1EFF}}

func newLetters() letters {
	l := letters{same: map[rune]rune{}}
	for i, from := range simpleFrom {
		for r := from.first; r <= from.last; r++ {
			l.simple[i] = append(l.simple[i], l.single(r))
		}
	}
	return l
}

// single returns the one letter that r is folded to wherever it stands, or 0.
func (l *letters) single(r rune) rune {
	s := string(r)
	p := norm.NFKD.PropertiesString(s)
	if !p.BoundaryBefore() || unicode.Is(unicode.M, r) {
		return 0
	}
	if _, ok := folded[unicode.ToLower(r)]; !ok && p.Decomposition() == nil && !invisible(r) {
		return unicode.ToLower(r)
	}
	s = l.decompose(s)
	f, n := utf8.DecodeRuneInString(s)
	if n == 0 || n < len(s) || unicode.Is(unicode.M, f) {
		return 0
	}
	return f
}

// fold returns text in lower case and without the accents that people leave
// out when they type in a hurry. Vowel signs of Indic scripts and Thai and the
// voicing marks of kana make other words, so they stay.
func (l *letters) fold(text string) string {
	if ascii(text) {
		return strings.ToLower(text)
	}
	var b []byte // nil as long as nothing has changed
	for i, r := range text {
		f := l.quick(r)
		if f == 0 {
			return l.decompose(text)
		}
		if f != r && b == nil {
			b = append(make([]byte, 0, len(text)), text[:i]...)
		}
		if b != nil {
			b = utf8.AppendRune(b, f)
		}
	}
	if b == nil {
		return text
	}
	return string(b)
}

// quick returns what r is folded to, or 0 when that takes decompose.
func (l *letters) quick(r rune) rune {
	switch {
	case r == '`':
		return '\''
	case 'A' <= r && r <= 'Z':
		return r + 'a' - 'A'
	case r < 0x80:
		return r
	case r >= 0x4E00 && r <= 0x9FFF: // Chinese characters
		if s, ok := l.same[r]; ok {
			return s
		}
		return r
	case r >= 0x3041 && r <= 0x3096, r >= 0x30A1 && r <= 0x30FA, r == 'ー', r >= 0xAC00 && r <= 0xD7A3: // kana, Hangul
		return r
	case r == '’', r == '‘':
		return '\''
	case r == '。', r == '、', r == '–', r == '—', r == '“', r == '”':
		return r
	case r == '，', r == '！', r == '？', r == '：':
		return r - '，' + ','
	}
	for i, from := range simpleFrom {
		if r >= from.first && r <= from.last {
			return l.simple[i][r-from.first]
		}
	}
	return 0
}

// decompose is fold for every text.
func (l *letters) decompose(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	bare := false // the last letter belongs to a script whose marks are dropped
	for _, r := range norm.NFKD.String(text) {
		if unicode.Is(unicode.Mn, r) && bare || invisible(r) {
			continue
		}
		r = unicode.ToLower(r)
		if !unicode.Is(unicode.M, r) {
			bare = unicode.In(r, unicode.Latin, unicode.Cyrillic, unicode.Greek, unicode.Arabic, unicode.Hebrew)
		}
		if s, ok := folded[r]; ok {
			b.WriteString(s)
		} else if s, ok := l.same[r]; ok {
			b.WriteRune(s)
		} else {
			b.WriteRune(r)
		}
	}
	return norm.NFC.String(b.String()) // kana and Hangul whole again
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// invisible reports characters that are not seen: zero-width joiners, bidi
// marks, soft hyphens, variation selectors.
func invisible(r rune) bool {
	return unicode.Is(unicode.Cf, r) || r >= 0xFE00 && r <= 0xFE0F
}
