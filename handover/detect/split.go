package detect

import (
	"strings"
	"unicode"
)

// A pause is what stands between two words.
type pause uint8

const (
	none     pause = iota
	comma          // a comma, a dash, an emoji: patterns with gaps stop here
	sentence       // the end of a sentence: every pattern stops here
)

// A word is one word of a folded text, or one character where the script has
// no spaces.
type word struct {
	text   string
	before pause
}

// split appends the words of a folded text to ws.
func split(ws []word, text string) []word {
	p := none
	start := -1
	end := func(i int) {
		if start >= 0 {
			ws = append(ws, word{text[start:i], p})
			start, p = -1, none
		}
	}
	skip := 0 // offset up to which the text is an address or a mention
	for i, r := range text {
		switch {
		case i < skip:
		case alone(r):
			end(i)
			n := len(string(r))
			for j, m := range text[i+n:] { // marks belong to their letter
				if !unicode.Is(unicode.M, m) {
					n += j
					break
				}
				if i+n+j+len(string(m)) == len(text) {
					n = len(text) - i
				}
			}
			ws = append(ws, word{text[i : i+n], p})
			p = none
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.M, r):
			if start < 0 {
				if n := address(text[i:]); n > 0 {
					skip = i + n
					continue
				}
				start = i
			}
		case r == '@' && start < 0:
			skip = i + field(text[i:])
		case r == '\'' && start >= 0 && letterAfter(text[i+1:]):
			if !joins(text[i+1:]) {
				end(i)
			}
		default:
			end(i)
			p = max(p, pauseOf(r, text[i+len(string(r)):]))
		}
	}
	if skip < len(text) {
		end(len(text))
	}
	for i := range ws {
		if strings.IndexByte(ws[i].text, '\'') >= 0 {
			ws[i].text = strings.ReplaceAll(ws[i].text, "'", "")
		}
	}
	return ws
}

// joins says whether what follows an apostrophe belongs to the word before it,
// as in don't and I'll, but not l'operatore. Up to two letters do.
func joins(rest string) bool {
	n := 0
	for _, r := range rest {
		if !unicode.IsLetter(r) {
			break
		}
		n++
	}
	return n <= 2
}

func letterAfter(rest string) bool {
	for _, r := range rest {
		return unicode.IsLetter(r)
	}
	return false
}

// address returns the length of a web address at the start of s.
func address(s string) int {
	if s[0] != 'h' && s[0] != 'w' {
		return 0
	}
	for _, p := range []string{"http://", "https://", "www."} {
		if strings.HasPrefix(s, p) {
			return field(s)
		}
	}
	return 0
}

// field returns the length of s up to its first white space.
func field(s string) int {
	if i := strings.IndexFunc(s, unicode.IsSpace); i >= 0 {
		return i
	}
	return len(s)
}

// alone reports characters of scripts that do not put spaces between words.
func alone(r rune) bool {
	switch {
	case r < 0x0E00:
		return false
	case r <= 0x0E7F: // Thai
		return unicode.IsLetter(r)
	case r >= 0x3040 && r <= 0x30FF: // kana
		return r != '・'
	case r >= 0xAC00 && r <= 0xD7A3: // Hangul
		return true
	}
	return r >= 0x4E00 && r <= 0x9FFF || unicode.Is(unicode.Han, r)
}

func pauseOf(r rune, rest string) pause {
	switch r {
	case '!', '?', '\n', ';', '。', '؟', '।', '¿', '¡', '؛':
		return sentence
	case '.':
		if rest == "" || rest[0] == ' ' || rest[0] == '\n' {
			return sentence
		}
		return comma
	case ',', '、', '،', ':', '-', '–', '—', '…', '~', '(', ')':
		if r == '-' && rest != "" && rest[0] != ' ' {
			return none
		}
		return comma
	}
	if r > 0x2000 && unicode.In(r, unicode.So, unicode.Sk) {
		return comma
	}
	return none
}
