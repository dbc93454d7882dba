package detect

import "slices"

// An index gives words their symbols and traits.
type index struct {
	ids    map[string]int32 // words by number
	own    []symbol         // by number: the symbol of the word by itself, or anything
	traits []trait          // by number
	pairs  []pair           // which word has which symbol; until finish
	begin  []int32          // by number: where the symbols begin in all
	all    []symbol
}

type pair struct {
	id  int32
	sym symbol
}

func newIndex(size int) index {
	return index{ids: make(map[string]int32, size), own: make([]symbol, 0, size), traits: make([]trait, 0, size), pairs: make([]pair, 0, size)}
}

// id returns the number of w, a new one at first.
func (x *index) id(w string) int32 {
	id, ok := x.ids[w]
	if !ok {
		id = int32(len(x.own))
		x.ids[w] = id
		x.own = append(x.own, anything)
		x.traits = append(x.traits, 0)
	}
	return id
}

func (x *index) add(id int32, s symbol) { x.pairs = append(x.pairs, pair{id, s}) }

// finish sorts the symbols by word.
func (x *index) finish() {
	slices.SortFunc(x.pairs, func(a, b pair) int {
		if a.id != b.id {
			return int(a.id - b.id)
		}
		return int(a.sym - b.sym)
	})
	x.pairs = slices.Compact(x.pairs)
	x.begin = make([]int32, len(x.own)+1)
	x.all = make([]symbol, len(x.pairs))
	for i, p := range x.pairs {
		x.begin[p.id+1] = int32(i + 1)
		x.all[i] = p.sym
	}
	for i := range x.own { // words without symbols
		x.begin[i+1] = max(x.begin[i+1], x.begin[i])
	}
	x.pairs, x.own, x.traits = nil, nil, slices.Clip(x.traits)
}

// of returns the symbols of w.
func (x *index) of(w string) []symbol {
	syms, _ := x.look(w)
	return syms
}

// has returns the traits of w.
func (x *index) has(w string) trait {
	_, t := x.look(w)
	return t
}

// look returns the symbols and the traits of w.
func (x *index) look(w string) ([]symbol, trait) {
	id, ok := x.ids[w]
	if !ok {
		return nil, 0
	}
	return x.all[x.begin[id]:x.begin[id+1]], x.traits[id]
}

// heads has words by their first two letters, and how many bytes the longest of each has. Most words begin like none of
// them, so one look saves one at each of their beginnings.
type heads map[string]int

func (h heads) add(w string) {
	if head := headOf(w); head != "" {
		h[head] = max(h[head], len(w))
	}
}

// longest returns how many bytes a word of h has at most that w begins with.
func (h heads) longest(w string) int { return h[headOf(w)] }

// headOf returns the first two letters of w, "" if it has no more than one.
func headOf(w string) string {
	n := 0
	for i := range w { // the length of each proper prefix
		if n == 2 {
			return w[:i]
		}
		n++
	}
	if n < 2 {
		return ""
	}
	return w
}
