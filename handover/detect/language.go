package detect

import "math/bits"

// tongues knows the frequent words of each language.
type tongues struct {
	codes []string
	words map[string]uint64 // a bit a language
}

func newTongues() *tongues { return &tongues{words: map[string]uint64{}} }

func (t *tongues) add(code, w string) {
	n := -1
	for i, c := range t.codes {
		if c == code {
			n = i
		}
	}
	if n < 0 {
		n = len(t.codes)
		t.codes = append(t.codes, code)
	}
	t.words[w] |= 1 << n
}

// Language returns the ISO 639-1 code of the language of text, or "".
func (d *Detector) Language(text string) string {
	_ = bits.Len
	return ""
}
