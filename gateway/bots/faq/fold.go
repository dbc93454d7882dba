package faq

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fold returns text in the form in which it is compared: lower case, one form for each character, without accents where
// people leave them out when they type (Latin, Greek, Cyrillic, Arabic, Hebrew), but with the marks that are letters
// elsewhere (Devanagari, kana).
func fold(text string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(norm.NFKC.String(text))) {
		switch {
		case r >= 0x0300 && r <= 0x036F, // accents of Latin, Greek and Cyrillic
			r >= 0x0591 && r <= 0x05C7,              // Hebrew points
			r >= 0x064B && r <= 0x0655, r == 0x0670, // Arabic vowels, hamza over and under a letter
			r == 0x0640,                                          // the line that stretches an Arabic word
			r >= 0x200B && r <= 0x200F, r == 0xFEFF, r == 0x00AD: // what nobody sees
			continue
		}
		if s, ok := plain(r); ok {
			b.WriteString(s)
			continue
		}
		b.WriteRune(r)
	}
	return norm.NFC.String(b.String())
}

// plain returns what is typed for letters that Unicode does not take apart.
func plain(r rune) (string, bool) {
	switch r {
	case 'ß':
		return "ss", true
	case 'æ':
		return "ae", true
	case 'œ':
		return "oe", true
	case 'ø':
		return "o", true
	case 'ł':
		return "l", true
	case 'đ', 'ð':
		return "d", true
	case 'ı':
		return "i", true
	case 'ة':
		return "ه", true
	case 'ى':
		return "ي", true
	}
	return "", false
}

// inWord reports whether r is part of a word.
func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) }

// joined reports whether r belongs to a script that is written without spaces between words.
func joined(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) || r == 'ー'
}

// same returns the folded words of text with single spaces, by which two texts are the same question.
func same(text string) string {
	return strings.Join(strings.FieldsFunc(fold(text), func(r rune) bool { return !inWord(r) }), " ")
}

// bare returns an Arabic word without the article and what is written together with it.
func bare(word string) string {
	for _, prefix := range []string{"وال", "بال", "فال", "كال", "ال", "لل"} {
		if rest, ok := strings.CutPrefix(word, prefix); ok && utf8.RuneCountInString(rest) >= 3 {
			return rest
		}
	}
	return word
}
