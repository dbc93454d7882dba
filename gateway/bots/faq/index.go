package faq

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// index finds the entries that have words of a message in common. SQLite's full-text search (FTS5, in memory) picks and
// ranks the candidates: https://www.sqlite.org/fts5.html. Words stand in it as numbers of the vocabulary, because they
// were taken apart and folded here, for scripts that no tokenizer of FTS5 knows.
type index struct {
	db      *sql.DB
	find    *sql.Stmt
	entries []entry
	exact   map[string]int // folded question → entry
	vocab   map[string]*term
	initial map[rune][]*term // the vocabulary by first letter
	total   float64          // how many entries there are
}

// term is a word of the vocabulary.
type term struct {
	id      int
	text    string
	entries int     // how many have it in a question
	weight  float64 // rare words tell more
	greet   bool    // a greeting: no other word is like it
	last    int     // the last entry that was counted
}

// entry is an Entry as it is searched.
type entry struct {
	questions []question
	union     map[int]bool // all words of its questions
	answer    map[int]bool
}

type question struct {
	terms map[int]float64
	sum   float64 // of terms
	spelt map[[2]rune]bool
}

// newIndex builds the index of all entries. close releases it.
func newIndex(ctx context.Context, l *lexicon, all []Entry) (*index, error) {
	x := &index{exact: map[string]int{}, vocab: map[string]*term{}, initial: map[rune][]*term{}, total: float64(len(all))}
	questions := x.count(l, all)
	for _, t := range x.vocab {
		t.weight = x.rarity(t.entries)
	}
	for i, e := range all {
		x.entries = append(x.entries, x.entry(l, e, questions[i]))
		for _, q := range e.Questions {
			x.exact[same(q)] = i
		}
	}
	for _, t := range x.vocab {
		first := []rune(t.text)[0]
		x.initial[first] = append(x.initial[first], t)
	}
	for _, list := range x.initial {
		slices.SortFunc(list, func(a, b *term) int { return a.id - b.id })
	}
	if err := x.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("full-text search: %w", err), x.close())
	}
	return x, nil
}

// count takes the words of all questions into the vocabulary, and returns them by entry and question.
func (x *index) count(l *lexicon, all []Entry) [][][]word {
	questions := make([][][]word, len(all))
	among := l.spoken(all)
	for i, e := range all {
		for _, q := range e.Questions {
			var telling []word
			if !strings.HasPrefix(q, "/") { // a command is found as it is or not at all
				telling = slices.DeleteFunc(l.words(q, among), func(w word) bool { return w.weight == 0 })
			}
			for _, w := range telling {
				if t := x.term(w); t.last != i {
					t.entries, t.last = t.entries+1, i
				}
			}
			questions[i] = append(questions[i], telling)
		}
	}
	return questions
}

// entry returns e as it is searched.
func (x *index) entry(l *lexicon, e Entry, questions [][]word) entry {
	one := entry{union: map[int]bool{}, answer: map[int]bool{}}
	for i, words := range questions {
		q := question{terms: map[int]float64{}, spelt: pairsOf(same(e.Questions[i]))}
		for _, w := range words {
			t := x.vocab[w.text]
			if q.terms[t.id] == 0 {
				q.terms[t.id] = w.weight * t.weight
				q.sum += q.terms[t.id]
				one.union[t.id] = true
			}
		}
		one.questions = append(one.questions, q)
	}
	for _, w := range l.words(e.Answer, nil) {
		if w.weight > 0 && !w.greet {
			one.answer[x.term(w).id] = true
		}
	}
	return one
}

// term returns the term of w, a new one if need be.
func (x *index) term(w word) *term {
	t := x.vocab[w.text]
	if t == nil {
		t = &term{id: len(x.vocab) + 1, text: w.text, greet: w.greet, last: -1, weight: x.rarity(0)}
		x.vocab[w.text] = t
	}
	return t
}

// rarity returns how much a word counts that n entries have: the fewer, the more.
func (x *index) rarity(n int) float64 { return math.Log(1 + (x.total+1)/(float64(n)+0.5)) }

// spoken returns the languages that the questions are surely written in: one question has two little words of it, or
// several have one, and no other language has as many.
func (l *lexicon) spoken(all []Entry) map[string]bool {
	seen := map[string]int{}
	among := map[string]bool{}
	for _, e := range all {
		for _, q := range e.Questions {
			languages, most := l.languagesOf(l.words(q, nil))
			if len(languages) != 1 {
				continue
			}
			seen[languages[0]]++
			if most >= 2 || seen[languages[0]] >= 3 {
				among[languages[0]] = true
			}
		}
	}
	return among
}
