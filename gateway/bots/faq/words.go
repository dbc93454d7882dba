package faq

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/pelletier/go-toml/v2"
)

//go:embed data/words.toml
var wordsFile []byte

// How much words count before their rarity is known.
const (
	greetWeight = 0.1  // a greeting
	kanaWeight  = 0.15 // a pair of hiragana, mostly grammar
	halfWeight  = 0.5  // a pair half of hiragana
	charWeight  = 0.3  // a single Chinese character, which is in many words
)

// A lexicon knows the words that say nothing about what somebody asks.
type lexicon struct {
	languages []string // in a fixed order
	little    map[string]map[string]bool
	greet     map[string]bool // of all languages, of one word or two
	cuts      []string        // what is cut out of text without spaces, longest first
	hellos    []string        // greetings in such text, longest first
}

func newLexicon() (*lexicon, error) {
	var file map[string]struct{ Little, Greet string }
	if err := toml.Unmarshal(wordsFile, &file); err != nil {
		return nil, fmt.Errorf("data/words.toml: %w", err)
	}
	l := &lexicon{languages: slices.Sorted(maps.Keys(file)), little: map[string]map[string]bool{}, greet: map[string]bool{}}
	for _, lang := range l.languages {
		l.little[lang] = map[string]bool{}
		for word := range strings.FieldsSeq(fold(file[lang].Little)) {
			if isJoined(word) {
				l.cuts = append(l.cuts, word)
			} else {
				l.little[lang][bare(word)] = true
			}
		}
		for greeting := range strings.SplitSeq(fold(file[lang].Greet), ",") {
			if greeting = strings.TrimSpace(greeting); isJoined(greeting) {
				l.hellos = append(l.hellos, greeting)
				continue
			}
			words := strings.Fields(greeting)
			for i, word := range words {
				words[i] = bare(word)
			}
			l.greet[strings.Join(words, " ")] = true
		}
	}
	for _, list := range [][]string{l.cuts, l.hellos} {
		slices.SortFunc(list, func(a, b string) int {
			if len(a) != len(b) {
				return len(b) - len(a)
			}
			return strings.Compare(a, b)
		})
	}
	return l, nil
}

func isJoined(word string) bool { return strings.IndexFunc(word, joined) >= 0 }

// A word is a piece of text by which a question is found: a word between spaces, or a pair of characters.
type word struct {
	text   string
	weight float64 // 0 is a little word
	greet  bool
	pair   bool // of characters: found as it is or not at all
}

// words returns the words of text. Which words are little depends on the language, which is told from the little words
// themselves: "die" is one in German and none in English. It is one of those in among, or any if among is nil.
func (l *lexicon) words(text string, among map[string]bool) []word {
	var all []word
	for _, run := range runs(fold(text)) {
		run = bare(run)
		if isJoined(run) {
			all = append(all, l.pairs(run)...)
		} else {
			all = append(all, word{text: run, weight: 1, greet: l.greet[run]})
			if n := len(all); n > 1 && l.greet[all[n-2].text+" "+run] {
				all[n-2].greet, all[n-1].greet = true, true
			}
		}
	}
	languages, _ := l.languagesOf(all)
	for i := range all {
		w := &all[i]
		switch {
		case w.greet:
			w.weight = greetWeight
		case w.pair:
		default:
			for _, lang := range languages {
				if l.little[lang][w.text] && (among == nil || among[lang]) {
					w.weight = 0
				}
			}
		}
	}
	return all
}

// languagesOf returns the languages that most of the words are little words of, and how many words that is.
func (l *lexicon) languagesOf(words []word) (best []string, most int) {
	for _, lang := range l.languages {
		n := 0
		for _, w := range words {
			if l.little[lang][w.text] {
				n++
			}
		}
		switch {
		case n == 0 || n < most:
		case n > most:
			best, most = []string{lang}, n
		default:
			best = append(best, lang)
		}
	}
	return best, most
}

// runs returns the stretches of letters and digits of text, parted also where a script without spaces begins or ends.
func runs(text string) []string {
	var all []string
	start, was := -1, false
	for i, r := range text {
		is := joined(r)
		if start >= 0 && (!inWord(r) || is != was && !unicode.IsMark(r)) {
			all, start = append(all, text[start:i]), -1
		}
		if start < 0 && inWord(r) {
			start, was = i, is
		}
	}
	if start >= 0 {
		all = append(all, text[start:])
	}
	return all
}

// pairs returns the pairs of neighbouring characters of a run without spaces, after cutting out what says nothing. A
// greeting is one word.
func (l *lexicon) pairs(run string) []word {
	var all []word
	for _, hello := range l.hellos {
		if strings.Contains(run, hello) {
			all = append(all, word{text: hello, weight: greetWeight, greet: true, pair: true})
			run = strings.ReplaceAll(run, hello, " ")
		}
	}
	for _, cut := range l.cuts {
		run = strings.ReplaceAll(run, cut, " ")
	}
	for part := range strings.FieldsSeq(run) {
		chars := []rune(part)
		for i, r := range chars {
			if i+1 < len(chars) {
				all = append(all, word{text: string(chars[i : i+2]), weight: pairWeight(r, chars[i+1]), pair: true})
			}
			if unicode.Is(unicode.Han, r) {
				all = append(all, word{text: string(r), weight: charWeight, pair: true})
			}
		}
	}
	return all
}

func pairWeight(a, b rune) float64 {
	switch kanaA, kanaB := unicode.Is(unicode.Hiragana, a), unicode.Is(unicode.Hiragana, b); {
	case kanaA && kanaB:
		return kanaWeight
	case kanaA || kanaB:
		return halfWeight
	}
	return 1
}
