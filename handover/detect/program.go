package detect

import (
	"errors"
	"fmt"
)

// A program is a set of patterns as one automaton without loops. All its
// patterns run over a message side by side.
type program struct {
	states []state
	rules  []rule
	starts [][]int32 // by symbol: the states after a pattern's first word
}

type state struct {
	edges  []edge
	rule   int32
	accept bool
}

type edge struct {
	sym symbol
	to  int32
}

// A rule is what a pattern means.
type rule struct {
	camp   int // whose refusals speak against it
	part   part
	why    string // en.contact
	strict bool   // stops at every comma
	firm   bool   // a request that is a refusal itself: of the bot
	stop   symbol // a gap stops at these words; anything = none
}

// A compiler adds the patterns of one file to the programs.
type compiler struct {
	v     *vocabulary
	f     *file
	lists map[string][]node
	ids   map[string]symbol // lists that have single words
	rest  map[string][]node // their items of several words
	open  map[string]bool   // lists being expanded, to find circles
}

// newCompiler reads the lists of f.
func newCompiler(v *vocabulary, f *file) (*compiler, error) {
	c := &compiler{v: v, f: f, lists: map[string][]node{}, ids: map[string]symbol{}, rest: map[string][]node{}, open: map[string]bool{}}
	for _, l := range f.lines {
		if l.part != partList {
			continue
		}
		n, err := v.parsePattern(l.text, f.gap)
		if err != nil {
			return nil, c.fail(l, err)
		}
		c.lists[l.name] = append(c.lists[l.name], n)
		if n.kind == sequence && len(n.subs) == 1 {
			n = n.subs[0]
		}
		if n.kind == literal || n.kind == stem {
			c.ids[l.name] = v.symbol("l " + f.lang + " " + l.name)
			v.add(n, c.ids[l.name])
		} else {
			c.rest[l.name] = append(c.rest[l.name], n)
		}
	}
	return c, nil
}

func (c *compiler) fail(l line, err error) error {
	return fmt.Errorf("%s:%d: %w", c.f.name, l.at, err)
}

// add compiles one line into p.
func (c *compiler) add(p *program, l line, r rule) error {
	n, err := c.v.parsePattern(l.text, c.f.gap)
	if err != nil {
		return c.fail(l, err)
	}
	b := &builder{c: c, made: map[[2]int32]int32{}}
	from := b.state()
	to, err := b.emit(n, from)
	if err != nil {
		return c.fail(l, err)
	}
	if err := p.take(b, from, to, r); err != nil {
		return c.fail(l, err)
	}
	return nil
}

// A builder makes the states of one pattern, with moves that cost no word.
type builder struct {
	c     *compiler
	edges [][]edge
	free  [][]int32
	made  map[[2]int32]int32 // edges that alternatives with a like beginning share
}

func (b *builder) state() int32 {
	b.edges = append(b.edges, nil)
	b.free = append(b.free, nil)
	return int32(len(b.edges) - 1)
}

func (b *builder) edge(from int32, s symbol) int32 {
	if to, ok := b.made[[2]int32{from, s}]; ok {
		return to
	}
	to := b.state()
	b.edges[from] = append(b.edges[from], edge{s, to})
	b.made[[2]int32{from, s}] = to
	return to
}

func (b *builder) jump(from, to int32) { b.free[from] = append(b.free[from], to) }

// emit adds n after the state from and returns the state after n.
func (b *builder) emit(n node, from int32) (int32, error) {
	switch n.kind {
	case literal, stem:
		return b.edge(from, b.c.v.word(n)), nil
	case gap:
		to := b.state()
		b.jump(from, to)
		for range n.max {
			from = b.edge(from, anything)
			b.jump(from, to)
		}
		return to, nil
	case sequence:
		var err error
		for _, s := range n.subs {
			if from, err = b.emit(s, from); err != nil {
				return 0, err
			}
		}
		return from, nil
	case optional:
		to, err := b.emit(n.subs[0], from)
		b.jump(from, to)
		return to, err
	case list:
		return b.list(n.text, from)
	}
	return b.choice(n.subs, from, b.state())
}

func (b *builder) choice(subs []node, from, to int32) (int32, error) {
	for _, s := range subs {
		end, err := b.emit(s, from)
		if err != nil {
			return 0, err
		}
		b.jump(end, to)
	}
	return to, nil
}

func (b *builder) list(name string, from int32) (int32, error) {
	if _, ok := b.c.lists[name]; !ok {
		return 0, fmt.Errorf("no list {%s}", name)
	}
	if b.c.open[name] {
		return 0, fmt.Errorf("list {%s} contains itself", name)
	}
	b.c.open[name] = true
	defer delete(b.c.open, name)
	to := b.state()
	if id, ok := b.c.ids[name]; ok {
		b.edges[from] = append(b.edges[from], edge{id, to})
	}
	return b.choice(b.c.rest[name], from, to)
}

// take adds the states of b to p with their free moves followed.
func (p *program) take(b *builder, from, to int32, r rule) error {
	p.rules = append(p.rules, r)
	base := int32(len(p.states))
	seen := make([]int32, len(b.edges)) // the state, plus one, that was last followed to here
	for i := range b.edges {
		s := state{rule: int32(len(p.rules) - 1)}
		var walk func(int32)
		walk = func(q int32) {
			if seen[q] == int32(i)+1 {
				return
			}
			seen[q] = int32(i) + 1
			s.accept = s.accept || q == to
			for _, e := range b.edges[q] {
				s.edges = append(s.edges, edge{e.sym, base + e.to})
			}
			for _, f := range b.free[q] {
				walk(f)
			}
		}
		walk(int32(i))
		p.states = append(p.states, s)
	}
	first := p.states[base+from]
	if first.accept {
		return errors.New("the pattern fits an empty text")
	}
	for _, e := range first.edges {
		if e.sym == anything {
			return errors.New("a pattern cannot begin with a gap")
		}
		for int(e.sym) >= len(p.starts) {
			p.starts = append(p.starts, nil)
		}
		p.starts[e.sym] = append(p.starts[e.sym], e.to)
	}
	return nil
}
