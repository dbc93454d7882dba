package detect

import (
	"fmt"
	"io/fs"
	"strings"
)

// load reads the data files of fsys. Its errors name file and line.
func load(fsys fs.FS) (*Detector, error) {
	names, err := fs.Glob(fsys, "data/*.txt")
	if err != nil {
		return nil, err
	}
	d := &Detector{
		v: newVocabulary(), ask: &program{}, spans: &program{}, key: &program{},
		back: &program{}, reply: &program{}, huh: &program{}, tongues: newTongues(),
	}
	d.pool.New = func() any { return new(reading) }
	for _, name := range names {
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		f, err := readFile(name, b)
		if err != nil {
			return nil, err
		}
		d.files = append(d.files, f)
	}
	// Characters that are the same come first: all else is folded by them.
	for _, f := range d.files {
		for _, l := range f.lines {
			if l.part == partSame {
				if err := d.v.equate(l.text); err != nil {
					return nil, fmt.Errorf("%s:%d: %w", f.name, l.at, err)
				}
			}
		}
	}
	camps := 1
	for _, f := range d.files {
		camp := 0
		if f.apart {
			camp = camps
			if camps++; camps > 8 {
				return nil, fmt.Errorf("%s: more than 7 files stand apart", f.name)
			}
		}
		if err := d.compile(camp, f); err != nil {
			return nil, err
		}
	}
	d.v.finish()
	return d, nil
}

// compile adds the patterns and words of one file to a camp.
func (d *Detector) compile(camp int, f *file) error {
	c, err := newCompiler(d.v, f)
	if err != nil {
		return err
	}
	stop, ok := c.ids["stop"]
	if !ok {
		stop = anything
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
			d.v.known[d.v.fold(l.text)] = true
		case partGlue:
			d.v.glue[d.v.fold(l.text)] = true
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
