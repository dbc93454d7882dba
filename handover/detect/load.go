package detect

import (
	"fmt"
	"io/fs"
	"maps"
	"strings"
)

// load reads the data files of fsys. Its errors name file and line.
func load(fsys fs.FS) (*Detector, error) {
	files, err := readAll(fsys)
	if err != nil {
		return nil, err
	}
	d := &Detector{
		v: newVocabulary(), ask: newProgram(48_000), spans: newProgram(7_000), key: newProgram(4_000),
		back: newProgram(1_000), reply: newProgram(9_000), huh: newProgram(2_000), tongues: newTongues(),
	}
	d.spans.long = true
	d.pool.New = func() any { return new(reading) }
	// Characters that are the same come first: all else is folded by them.
	for _, f := range files {
		for _, l := range f.lines {
			if l.part == partSame {
				if err := d.v.equate(l.text); err != nil {
					return nil, f.fail(l, err)
				}
			}
		}
	}
	if err := d.fill(files); err != nil {
		return nil, err
	}
	for _, p := range []*program{d.ask, d.spans, d.key, d.back, d.reply, d.huh} {
		p.finish(d.v.symbols)
	}
	return d, nil
}

// readAll reads the data files, in the order of their names.
func readAll(fsys fs.FS) ([]*file, error) {
	names, err := fs.Glob(fsys, "data/*.txt")
	if err != nil {
		return nil, err
	}
	var files []*file
	for _, name := range names {
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		f, err := readFile(name, string(b))
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// fill compiles the files one by one, while the next is being parsed.
func (d *Detector) fill(files []*file) error {
	type result struct {
		p   *parser
		err error
	}
	results := make(chan result)
	spare := make(chan *parser, 2) // two take turns: one parses, the nodes of the other are compiled
	spare <- newParser(&d.v.letters)
	spare <- newParser(&d.v.letters)
	go func() {
		defer close(results)
		for _, f := range files {
			p := <-spare
			err := f.parse(p)
			results <- result{p, err}
			if err != nil {
				return
			}
		}
	}()
	defer func() { // the goroutine ends before this function does
		for r := range results {
			spare <- r.p
		}
	}()
	spelled := map[string]string{}
	camps := uint8(1)
	for _, f := range files {
		r := <-results
		if r.err != nil {
			return r.err
		}
		maps.Copy(spelled, r.p.spelled)
		camp := uint8(0)
		if f.apart {
			camp = camps
			if camps++; camps > 8 {
				return fmt.Errorf("%s: more than 7 files stand apart", f.name)
			}
		}
		if err := d.compile(camp, f); err != nil {
			return err
		}
		f.lines = nil // garbage by now
		spare <- r.p
	}
	d.v.finish(spelled)
	return nil
}

// compile adds the patterns and words of one file to a camp.
func (d *Detector) compile(camp uint8, f *file) error {
	c := newCompiler(d.v, f)
	stop := anything
	if w := c.lists["stop"]; w != nil {
		stop = w.id
	}
	for _, l := range f.lines {
		r := rule{camp: camp, part: l.part, stop: anything}
		var p *program
		switch l.part {
		case partAsk:
			p, r.why, r.firm = d.ask, f.lang+"."+strings.ReplaceAll(l.name, " ", "-"), l.name == "not a bot"
		case partRefuse:
			p, r.strict, r.stop = d.ask, true, stop
		case partCancel, partOut:
			p = d.ask
		case partFiller, partAnswer, partSmall:
			p = d.spans
		case partKey:
			p, r.why = d.key, f.lang+".keyword"
		case partBack:
			p = d.back
		case partBreak, partGood:
			p = d.reply
		case partBreakKey:
			p = d.huh
		case partCommon:
			d.tongues.add(f.code, d.v.fold(l.text))
			fallthrough
		case partReal:
			d.v.mark(d.v.fold(l.text), known)
		case partGlue:
			d.v.mark(d.v.fold(l.text), glue)
		default: // a list, which patterns name
		}
		if p != nil {
			if err := c.add(p, l, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// equate reads "轉=转" of a section of characters that are the same to us.
func (v *vocabulary) equate(s string) error {
	rs := []rune(strings.ReplaceAll(s, " ", ""))
	if len(rs) != 3 || rs[1] != '=' {
		return fmt.Errorf("%q is not two characters with = between", s)
	}
	v.same[rs[0]] = rs[2]
	return nil
}
