package detect

// A fragment is a pattern, or a part of one, as states with moves between
// them. Every fragment has one way in and one way out, so it can be put in
// place of a move of another.
type fragment struct {
	count int32   // of states
	moves []move  // that cost a word
	jumps []move  // that cost none
	first []int32 // by state: where its moves begin, once sorted
	free  []int32 // by state: where its jumps begin, once sorted
	spare []move
	seen  []int32 // by state: the state, plus one, that was last followed to here
	found []int32
}

const (
	enter int32 = iota // the state before the first word
	leave              // the state after the last
)

type move struct {
	from, to int32
	sym      symbol
}

func (f *fragment) reset() {
	f.count, f.moves, f.jumps = 2, f.moves[:0], f.jumps[:0]
}

func (f *fragment) state() int32 {
	f.count++
	return f.count - 1
}

func (f *fragment) move(from int32, s symbol, to int32) {
	f.moves = append(f.moves, move{from, to, s})
}

func (f *fragment) jump(from, to int32) { f.jumps = append(f.jumps, move{from: from, to: to}) }

// insert puts a copy of g between from and to.
func (f *fragment) insert(g *fragment, from, to int32) {
	base := f.count - 2
	at := func(q int32) int32 {
		switch q {
		case enter:
			return from
		case leave:
			return to
		}
		return base + q
	}
	for _, m := range g.moves {
		f.moves = append(f.moves, move{at(m.from), at(m.to), m.sym})
	}
	for _, m := range g.jumps {
		f.jump(at(m.from), at(m.to))
	}
	f.count = base + g.count
}

// sort orders moves and jumps by the state they begin at.
func (f *fragment) sort() {
	f.first = f.order(&f.moves, f.first)
	f.free = f.order(&f.jumps, f.free)
	f.seen = append(f.seen[:0], make([]int32, f.count)...)
}

func (f *fragment) order(moves *[]move, begin []int32) []int32 {
	begin = append(begin[:0], make([]int32, f.count+2)...)
	for _, m := range *moves {
		begin[m.from+2]++
	}
	for q := range f.count {
		begin[q+2] += begin[q+1]
	}
	f.spare = append(f.spare[:0], *moves...)
	for _, m := range f.spare {
		(*moves)[begin[m.from+1]] = m
		begin[m.from+1]++
	}
	return begin
}

// edgesOf returns the moves of state q. It needs sort, as follow does.
func (f *fragment) edgesOf(q int32) []move { return f.moves[f.first[q]:f.first[q+1]] }

// follow returns q and the states that jumps lead to from there. The slice is
// good until the next call.
func (f *fragment) follow(q int32) []int32 {
	f.found = append(f.found[:0], q)
	f.seen[q] = q + 1
	for i := 0; i < len(f.found); i++ {
		n := f.found[i]
		for _, j := range f.jumps[f.free[n]:f.free[n+1]] {
			if f.seen[j.to] != q+1 {
				f.seen[j.to] = q + 1
				f.found = append(f.found, j.to)
			}
		}
	}
	return f.found
}
