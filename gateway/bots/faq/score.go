package faq

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
)

// Weights of what is not the same as a word of a question.
const (
	answerMatch = 0.7  // a word that only the answer has
	answerAlone = 0.3  // how well a question is met by its answer's words alone
	strangeness = 0.5  // how much a word counts against that no entry has: names, small talk
	strangePair = 0.25 // the same for two characters, which are often the end of one word and the start of the next
	numberCount = 0.3  // the same for a number: of an order, of a house
)

// A confidence is mostly sense; between entries of equal sense the one that is written more like the message wins. Their
// sum leaves 1 to a message that is the question itself.
const (
	sense    = 0.94
	spelling = 0.03
)

const (
	queryWords = 64 // words of a message that are looked up
	meanings   = 12 // other words that a word is taken for
)

// match is an entry that may answer a message, and how surely.
type match struct {
	entry      int
	confidence float64
}

// asked is a word of a message.
type asked struct {
	weight float64
	known  bool // some entry has it, or a word like it
	pair   bool
	like   map[int]float64 // terms it means, and how much
}

// search returns the entry that answers text best; confidence is 0 if none does. It is the same for the same text.
func (x *index) search(ctx context.Context, l *lexicon, text string) (match, error) {
	folded := same(text)
	if i, ok := x.exact[folded]; ok {
		return match{i, 1}, nil
	}
	words, ids := x.understand(l.words(text, nil))
	found, err := x.lookup(ctx, ids)
	if err != nil {
		return match{}, err
	}
	best, spelt := match{entry: -1}, pairsOf(folded)
	for _, i := range found {
		if c := x.entries[i].meets(words, spelt); c > best.confidence || c == best.confidence && i < best.entry {
			best = match{i, c}
		}
	}
	return best, nil
}

// understand looks the words of a message up in the vocabulary.
func (x *index) understand(words []word) (all []asked, ids map[int]bool) {
	ids = map[int]bool{}
	seen := map[string]bool{}
	for _, w := range words {
		t := x.vocab[w.text]
		// A little word that a question is about is not little here: "was" may be a product.
		little := w.weight == 0 && (t == nil || t.entries == 0)
		if little || seen[w.text] || len(all) == queryWords {
			continue
		}
		seen[w.text] = true
		a := asked{like: x.like(w, t), pair: w.pair}
		weight := w.weight
		if weight == 0 {
			weight = 1
		}
		for id := range a.like {
			ids[id] = true
		}
		switch {
		case t != nil:
			a.weight, a.known = weight*t.weight, true
		case len(a.like) > 0:
			a.weight, a.known = weight*x.rarity(1), true
		default:
			a.weight = weight * x.rarity(0)
			if digits(w.text) {
				a.weight *= numberCount
			}
		}
		all = append(all, a)
	}
	return all, ids
}

// like returns the terms that w may mean, the likest of them. A word that is in the vocabulary is no typo.
func (x *index) like(w word, known *term) map[int]float64 {
	like := map[int]float64{}
	if known != nil {
		like[known.id] = 1
	}
	if w.pair || w.greet {
		return like
	}
	type meaning struct {
		id   int
		like float64
	}
	var others []meaning
	for _, t := range x.initial[[]rune(w.text)[0]] {
		if s := alike(w.text, t.text, known == nil); s > 0 && !t.greet && t != known {
			others = append(others, meaning{t.id, s})
		}
	}
	slices.SortStableFunc(others, func(a, b meaning) int { return cmp.Compare(b.like, a.like) })
	for _, o := range others[:min(len(others), meanings)] {
		like[o.id] = o.like
	}
	return like
}

// meets returns how surely e answers a message with these words: how much of one of its questions the message has, times
// how much of the message the entry is about.
func (e *entry) meets(words []asked, spelt map[[2]rune]bool) float64 {
	var matched, missed, fromAnswer, sum float64
	for _, w := range words {
		inQuestions, inAnswer := w.best(e.union), w.best(e.answer)
		about := max(inQuestions, answerMatch*inAnswer)
		against := 1.0
		switch {
		case w.known:
		case w.pair:
			against = strangePair
		default:
			against = strangeness
		}
		matched += w.weight * about
		missed += w.weight * (1 - about) * against
		fromAnswer += w.weight * inAnswer
		sum += w.weight
	}
	if matched == 0 {
		return 0
	}
	precision := matched / (matched + missed)
	met := answerAlone * fromAnswer / sum
	closest := 0.0
	for _, q := range e.questions {
		if q.sum == 0 {
			continue
		}
		got := 0.0
		for _, id := range slices.Sorted(maps.Keys(q.terms)) { // in order: the sum depends on it
			best := 0.0
			for _, w := range words {
				best = max(best, w.like[id])
			}
			got += best * q.terms[id]
		}
		met = max(met, got/q.sum)
		closest = max(closest, dice(q.spelt, spelt))
	}
	return sense*math.Sqrt(met)*precision + spelling*closest
}

// best returns how much w means one of the terms.
func (w asked) best(terms map[int]bool) float64 {
	best := 0.0
	for id, s := range w.like {
		if terms[id] {
			best = max(best, s)
		}
	}
	return best
}

// pairsOf returns the pairs of neighbouring characters of a text.
func pairsOf(text string) map[[2]rune]bool {
	set, r := map[[2]rune]bool{}, []rune(text)
	for i := range len(r) - 1 {
		set[[2]rune{r[i], r[i+1]}] = true
	}
	return set
}

// dice returns how alike two texts are written, from 0 to 1: the share of pairs of characters that they have in common.
func dice(a, b map[[2]rune]bool) float64 {
	if len(a)+len(b) == 0 {
		return 0
	}
	common := 0
	for p := range a {
		if b[p] {
			common++
		}
	}
	return 2 * float64(common) / float64(len(a)+len(b))
}
