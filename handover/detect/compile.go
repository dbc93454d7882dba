package detect

import "fmt"

// A compiler adds the patterns of one file to the programs.
type compiler struct {
	v     *vocabulary
	f     *file
	lists map[string]*wordList
	frag  fragment // of the pattern at hand
}

// A wordList is a list of a file: words by themselves have one symbol
// together, all else is a fragment of its own.
type wordList struct {
	id     symbol // anything if it has no single words
	rest   []node // items of several words
	frag   *fragment
	opened bool // its fragment is being made, to find circles
}

// newCompiler notes the lists of f.
func newCompiler(v *vocabulary, f *file) *compiler {
	c := &compiler{v: v, f: f, lists: map[string]*wordList{}}
	for _, l := range f.lines {
		if l.part != partList {
			continue
		}
		w := c.lists[l.name]
		if w == nil {
			w = &wordList{id: anything}
			c.lists[l.name] = w
		}
		if l.node.kind != literal && l.node.kind != stem {
			w.rest = append(w.rest, l.node)
			continue
		}
		if w.id == anything {
			w.id = v.symbol()
		}
		v.add(l.node, w.id)
	}
	return c
}

// add compiles one line into p.
func (c *compiler) add(p *program, l line, r rule) error {
	c.frag.reset()
	err := c.emit(&c.frag, l.node, enter, leave)
	if err == nil {
		err = p.take(&c.frag, r)
	}
	if err != nil {
		return c.f.fail(l, err)
	}
	return nil
}

// emit puts n between the states from and to of f.
func (c *compiler) emit(f *fragment, n node, from, to int32) error {
	switch n.kind {
	case literal, stem:
		f.move(from, c.v.word(n), to)
	case gap:
		for range n.max {
			f.jump(from, to)
			next := f.state()
			f.move(from, anything, next)
			from = next
		}
		f.jump(from, to)
	case sequence:
		for i, s := range n.subs {
			next := to
			if i < len(n.subs)-1 {
				next = f.state()
			}
			if err := c.emit(f, s, from, next); err != nil {
				return err
			}
			from = next
		}
		if len(n.subs) == 0 {
			f.jump(from, to)
		}
	case optional:
		f.jump(from, to)
		return c.emit(f, n.subs[0], from, to)
	case choice:
		for _, s := range n.subs {
			if err := c.emit(f, s, from, to); err != nil {
				return err
			}
		}
	case list:
		g, err := c.list(n.text)
		if err != nil {
			return err
		}
		f.insert(g, from, to)
	}
	return nil
}

// list returns the fragment of a list, made at its first use.
func (c *compiler) list(name string) (*fragment, error) {
	w := c.lists[name]
	switch {
	case w == nil:
		return nil, fmt.Errorf("no list {%s}", name)
	case w.frag != nil:
		return w.frag, nil
	case w.opened:
		return nil, fmt.Errorf("list {%s} contains itself", name)
	}
	w.opened = true
	f := &fragment{count: 2}
	if w.id != anything {
		f.move(enter, w.id, leave)
	}
	shared := map[move]int32{} // states that items with a like beginning share
	for _, n := range w.rest {
		if err := c.item(f, shared, n); err != nil {
			return nil, err
		}
	}
	w.frag = f
	return f, nil
}

// item adds an item of a list to its fragment.
func (c *compiler) item(f *fragment, shared map[move]int32, n node) error {
	if n.kind != sequence {
		return c.emit(f, n, enter, leave)
	}
	from := enter
	for i, s := range n.subs[:len(n.subs)-1] {
		if s.kind != literal && s.kind != stem {
			rest := node{kind: sequence, subs: n.subs[i:]}
			return c.emit(f, rest, from, leave)
		}
		m := move{from: from, sym: c.v.word(s)}
		next, ok := shared[m]
		if !ok {
			next = f.state()
			f.move(from, m.sym, next)
			shared[m] = next
		}
		from = next
	}
	return c.emit(f, n.subs[len(n.subs)-1], from, leave)
}
