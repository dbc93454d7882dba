package detect

import "slices"

// A reading is a message on its way through the detector. Readings are kept
// in a pool, as their slices are worth using again.
type reading struct {
	words   []word
	syms    []symbol
	ends    []int    // where the symbols of each word end in syms
	marks   []uint32 // by symbol: stamp of the word that has it
	seen    []uint32 // by state: stamp of the step that reached it
	at      []int32  // by state: where in next
	stamp   uint32
	cur     []thread
	next    []thread
	hits    []hit
	spans   []hit   // of the program of spans, which several questions look at
	spanned bool    // spans are of this text
	against []uint8 // by word: the camps, a bit each, that refuse it
	covers  []part  // by word: what a span says it is
	widths  []int32 // by word: how long that span is
	kept    []int   // numbers of the words that are compared
}

// A thread is a pattern half way.
type thread struct{ state, start int32 }

// A hit is a pattern that fitted, from its first to its last word.
type hit struct{ rule, start, end int32 }

// read folds, splits and looks up text.
func (r *reading) read(v *vocabulary, text string) {
	r.words = split(r.words[:0], v.fold(text))
	r.spanned = false
	r.syms, r.ends = r.syms[:0], r.ends[:0]
	for i := 0; i < len(r.words); i++ {
		w := r.words[i].text
		own, t := v.words.look(w)
		if len(own) == 0 && t&known == 0 {
			if a, b, ok := v.unglue(w); ok {
				r.words = slices.Insert(r.words, i+1, word{b, none})
				r.words[i].text, w = a, a
				own, t = v.words.look(w)
			}
		}
		r.syms = v.lookup(r.syms, w, own, t)
		r.ends = append(r.ends, len(r.syms))
	}
	if n := int(v.symbols); len(r.marks) < n {
		r.marks = make([]uint32, n)
		r.stamp = 0
	}
}

// of returns the symbols of word i.
func (r *reading) of(i int) []symbol {
	if i == 0 {
		return r.syms[:r.ends[0]]
	}
	return r.syms[r.ends[i-1]:r.ends[i]]
}

// run matches p anywhere in the message and leaves what it found in r.hits.
func (r *reading) run(p *program) {
	r.begin(p)
	for i := range r.words {
		r.step(p, i, i, r.words[i].before, true)
		for _, t := range r.cur {
			if p.states[t.state].accept {
				r.hits = append(r.hits, hit{int32(p.states[t.state].rule), t.start, int32(i)})
			}
		}
	}
}

// whole matches p with the words whose numbers are in kept, from the first to
// the last. Pauses do not matter there.
func (r *reading) whole(p *program, kept []int) {
	r.begin(p)
	for n, i := range kept {
		r.step(p, i, n, none, n == 0)
		if len(r.cur) == 0 {
			return
		}
	}
	for _, t := range r.cur {
		if p.states[t.state].accept {
			r.hits = append(r.hits, hit{int32(p.states[t.state].rule), t.start, int32(len(kept) - 1)})
		}
	}
}

func (r *reading) begin(p *program) {
	if len(r.seen) < len(p.states) {
		r.seen = make([]uint32, len(p.states))
		r.at = make([]int32, len(p.states))
	}
	// Stamps go on from program to program; before they would wrap, all is wiped.
	if r.stamp > 1<<31 {
		clear(r.marks)
		clear(r.seen)
		r.stamp = 0
	}
	r.cur, r.hits = r.cur[:0], r.hits[:0]
}

// step takes word i, the nth of those that are compared.
func (r *reading) step(p *program, i, n int, before pause, start bool) {
	r.stamp++
	syms := r.of(i)
	for _, s := range syms {
		r.marks[s] = r.stamp
	}
	r.next = r.next[:0]
	if before != sentence {
		for _, t := range r.cur {
			st := &p.states[t.state]
			ru := &p.rules[st.rule]
			if before == comma && ru.strict {
				continue
			}
			for _, e := range p.edges[st.edges:p.states[t.state+1].edges] {
				switch {
				case e.sym == anything:
					if before == comma || ru.stop != anything && r.marks[ru.stop] == r.stamp {
						continue
					}
				case r.marks[e.sym] != r.stamp:
					continue
				}
				r.reach(p, e.to, t.start)
			}
		}
	}
	if start {
		for _, s := range syms {
			for _, to := range p.starts[p.begin[s]:p.begin[s+1]] {
				r.reach(p, to, int32(n))
			}
		}
	}
	r.cur, r.next = r.next, r.cur
}

// reach adds a thread. Of two in one state the later start stays, so that
// spans are as short as can be, or the earlier if they should be long.
func (r *reading) reach(p *program, to, start int32) {
	if r.seen[to] == r.stamp {
		t := &r.next[r.at[to]]
		if p.long == (start < t.start) {
			t.start = start
		}
		return
	}
	r.seen[to] = r.stamp
	r.at[to] = int32(len(r.next))
	r.next = append(r.next, thread{to, start})
}
