package detect

import (
	"errors"
	"slices"
)

// A program is a set of patterns as one automaton without loops. All its
// patterns run over a message side by side.
type program struct {
	long   bool // of two matches that end alike the longer counts, not the shorter
	rules  []rule
	states []state // and one more, for where the last one's edges end
	edges  []edge  // by state: the moves from it, and from where one comes from it for free
	firsts []edge  // from the beginning of all patterns; until finish
	begin  []int32 // by symbol: where its edges begin in starts
	starts []int32 // the states after a pattern's first word
}

type state struct {
	edges  int32 // where those of the state begin
	rule   uint16
	accept bool
}

type edge struct {
	sym symbol
	to  int32
}

// A rule is what a pattern means.
type rule struct {
	camp   uint8 // whose refusals speak against it
	part   part
	strict bool   // stops at every comma
	firm   bool   // a request that is a refusal itself: of the bot
	stop   symbol // a gap stops at these words; anything = none
	why    string // en.contact
}

// newProgram returns an empty program with room for about that many states, as
// slices that grow step by step cost time at every start.
func newProgram(states int) *program {
	return &program{
		states: make([]state, 0, states),
		edges:  make([]edge, 0, 3*states),
	}
}

// take adds the fragment f as a pattern.
func (p *program) take(f *fragment, r rule) error {
	if len(p.rules) > 0xFFFF {
		return errors.New("more than 65536 patterns of this kind")
	}
	base := int32(len(p.states))
	f.sort()
	for q := range f.count {
		s := state{edges: int32(len(p.edges)), rule: uint16(len(p.rules))}
		for _, n := range f.follow(q) {
			s.accept = s.accept || n == leave
			for _, e := range f.edgesOf(n) {
				p.edges = append(p.edges, edge{e.sym, base + e.to})
			}
		}
		p.states = append(p.states, s)
	}
	p.rules = append(p.rules, r)
	if p.states[base+enter].accept {
		return errors.New("the pattern fits an empty text")
	}
	for _, n := range f.follow(enter) {
		for _, e := range f.edgesOf(n) {
			if e.sym == anything {
				return errors.New("a pattern cannot begin with a gap")
			}
			p.firsts = append(p.firsts, edge{e.sym, base + e.to})
		}
	}
	return nil
}

// finish is called when all patterns are in; symbols is how many there are.
func (p *program) finish(symbols int32) {
	p.begin = make([]int32, symbols+1)
	for _, e := range p.firsts {
		p.begin[e.sym+1]++
	}
	for i := range symbols {
		p.begin[i+1] += p.begin[i]
	}
	p.starts = make([]int32, len(p.firsts))
	for _, e := range slices.Backward(p.firsts) { // from behind, so that begin ends where it should
		p.begin[e.sym+1]--
		p.starts[p.begin[e.sym+1]] = e.to
	}
	for i := range symbols {
		p.begin[i] = p.begin[i+1]
	}
	p.begin[symbols] = int32(len(p.starts))
	p.firsts = nil
	p.states = append(p.states, state{edges: int32(len(p.edges))})
}
