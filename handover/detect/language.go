package detect

import (
	"math/bits"
	"unicode"

	"github.com/abadojack/whatlanggo"
)

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

// letterOf are letters that few languages have; they weigh as a word does.
var letterOf = map[rune]string{
	'ñ': "es", '¿': "es", '¡': "es", 'ã': "pt", 'õ': "pt", 'ß': "de", 'œ': "fr", 'ê': "fr", 'ù': "fr", 'ì': "it", 'ò': "it",
	'ł': "pl", 'ą': "pl", 'ę': "pl", 'ś': "pl", 'ż': "pl", 'ź': "pl", 'ć': "pl", 'ń': "pl",
	'ğ': "tr", 'ı': "tr", 'İ': "tr", 'ş': "tr", 'ơ': "vi", 'ư': "vi", 'đ': "vi", 'ạ': "vi", 'ế': "vi", 'ố': "vi", 'ả': "vi",
	'ə': "az", 'ы': "ru", 'э': "ru", 'ъ': "ru", 'ё': "ru", 'і': "uk", 'ї': "uk", 'є': "uk", 'ґ': "uk",
	'å': "sv", 'æ': "da", 'ø': "da",
}

// latin is what whatlanggo may choose from for Latin script: the languages
// that have a data file.
var latin = whatlanggo.Options{Whitelist: map[whatlanggo.Lang]bool{
	whatlanggo.Eng: true, whatlanggo.Spa: true, whatlanggo.Por: true, whatlanggo.Deu: true, whatlanggo.Fra: true,
	whatlanggo.Ita: true, whatlanggo.Ind: true, whatlanggo.Tur: true, whatlanggo.Pol: true, whatlanggo.Vie: true,
	whatlanggo.Nld: true, whatlanggo.Swe: true, whatlanggo.Dan: true,
}}

// Letters a text must have for its trigrams to mean anything, and the
// characters of a long text that are looked at.
const (
	enoughLetters = 24
	enoughText    = 200
)

// Language returns the ISO 639-1 code of the language of text, or "" when it
// cannot be told, as with "ok" or "123". Most messages are short, so it asks
// in this order:
//
//  1. The script, where one language of ours has it alone (Korean, Tamil, Thai).
//     Kana make Japanese, other Chinese characters Chinese, letters that only
//     Persian and Urdu have make "".
//  2. Frequent words (section "common" of the data files) and letters that few
//     languages have: the language with most wins, a tie does not.
//  3. Arabic for Arabic script and Hindi for Devanagari.
//  4. For Latin script of some length, whatlanggo's trigrams among the
//     languages that have a data file, if it calls the result reliable.
func (d *Detector) Language(text string) string {
	if rs := []rune(text); len(rs) > enoughText {
		text = string(rs[:enoughText])
	}
	var votes [64]int
	n, s := d.tongues.look(text, &votes)
	switch s {
	case unicode.Hangul:
		return "ko"
	case unicode.Tamil:
		return "ta"
	case unicode.Thai:
		return "th"
	case unicode.Hiragana:
		return "ja"
	case unicode.Han:
		return "zh"
	case unicode.Latin, unicode.Cyrillic, unicode.Arabic, unicode.Devanagari:
	default:
		return ""
	}
	r := d.pool.Get().(*reading)
	defer d.close(r)
	r.words = split(r.words[:0], d.v.fold(text))
	for _, w := range r.words {
		set := d.tongues.words[w.text]
		for rest := set; rest != 0; rest &= rest - 1 {
			// A word of one language says more than one that many share.
			votes[bits.TrailingZeros64(rest)] += 6 / min(bits.OnesCount64(set), 6)
		}
	}
	if code := d.tongues.winner(&votes); code != "" {
		return code
	}
	switch s {
	case unicode.Arabic:
		return "ar"
	case unicode.Devanagari:
		return "hi"
	}
	if s == unicode.Latin && n >= enoughLetters {
		if info := whatlanggo.DetectWithOptions(text, latin); info.IsReliable() {
			return info.Lang.Iso6391()
		}
	}
	return ""
}

// look counts the letters of text by script, and votes for the languages of
// rare letters. It returns the number of letters and the script of most.
func (t *tongues) look(text string, votes *[64]int) (n int, script *unicode.RangeTable) {
	tables := [...]*unicode.RangeTable{
		unicode.Latin, unicode.Cyrillic, unicode.Arabic, unicode.Devanagari,
		unicode.Han, unicode.Hiragana, unicode.Hangul, unicode.Tamil, unicode.Thai,
	}
	var counts [len(tables)]int
	for _, r := range text {
		if code, ok := letterOf[unicode.ToLower(r)]; ok {
			for i, c := range t.codes {
				if c == code {
					votes[i] += 4
				}
			}
		}
		if !unicode.IsLetter(r) {
			continue
		}
		if r == 'پ' || r == 'ژ' || r == 'ک' || r == 'ی' || r == 'ے' || r == 'ٹ' {
			return 0, nil // Persian and Urdu have no file here
		}
		n++
		if r < unicode.MaxASCII {
			counts[0]++
			continue
		}
		if unicode.Is(unicode.Katakana, r) {
			counts[5]++
			continue
		}
		for i, table := range tables {
			if unicode.Is(table, r) {
				counts[i]++
				break
			}
		}
	}
	best := 0
	for i := range counts {
		if counts[i] > counts[best] {
			best = i
		}
	}
	if counts[best] == 0 || counts[best] < (n+1)/3 {
		return n, nil
	}
	// A little kana among many Chinese characters is Japanese.
	if tables[best] == unicode.Han && counts[5]*6 >= counts[best] {
		return n, unicode.Hiragana
	}
	return n, tables[best]
}

// winner returns the language with the most votes, if it is ahead.
func (t *tongues) winner(votes *[64]int) string {
	best, second := 0, 0
	code := ""
	for i, c := range t.codes {
		switch v := votes[i]; {
		case v > best:
			best, second, code = v, best, c
		case v > second:
			second = v
		}
	}
	if best < 2 || best == second {
		return ""
	}
	return code
}
