package detect

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"unicode"
)

//go:embed data/*.txt
var data embed.FS

// A Detector judges texts. It never changes, so any number of goroutines may
// use one at the same time. Nothing it does blocks, fails or keeps the text.
type Detector struct {
	v       *vocabulary
	files   []*file
	ask     *program // requests, and what speaks against them
	spans   *program // fillers and thanks
	key     *program // whole messages: requests
	back    *program // whole messages: back to the bot
	reply   *program // breaks, and what only looks like one
	huh     *program // whole answers: breaks
	tongues *tongues
	pool    sync.Pool
}

// New returns a Detector with the patterns of data/. It panics only when
// those are broken, which this package's tests find before a release does.
func New() *Detector {
	d, err := load(data)
	if err != nil {
		panic("handover/detect: " + err.Error())
	}
	return d
}

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

// Request reports whether a customer's text asks for a person. why names the
// kind of pattern that fitted ("en.contact"), for logs and metrics: it is one
// of a few dozen, and never the customer's words.
func (d *Detector) Request(text string) (asks bool, why string) {
	r := d.open(text)
	defer d.pool.Put(r)
	r.run(d.ask)
	last, out := r.weigh(d.ask)
	if out {
		return false, ""
	}
	for _, h := range r.hits {
		ru := &d.ask.rules[h.rule]
		if ru.part == partAsk && h.start > last && (ru.firm || !r.opposed(ru.camp, h.start, h.end)) {
			return true, ru.why
		}
	}
	if last >= 0 {
		return false, ""
	}
	if ru := r.entire(d.key, d.spans, partFiller, partAnswer, partSmall); ru != nil {
		return true, ru.why
	}
	return false, ""
}

// weigh notes in r.against what the hits of p say against others. It returns
// the last word at which a request is taken back, -1 if none is, and whether
// there can be none in the whole message.
func (r *reading) weigh(p *program) (last int32, out bool) {
	r.against = append(r.against[:0], make([]uint8, len(r.words))...)
	last = -1
	for _, h := range r.hits {
		ru := &p.rules[h.rule]
		switch ru.part {
		case partOut:
			out = true
		case partCancel:
			last = max(last, h.start)
		case partRefuse, partGood:
			for i := h.start; i <= h.end; i++ {
				r.against[i] |= 1 << ru.camp
			}
		}
	}
	return last, out
}

// opposed reports whether a refusal of the same camp lies on the words from
// start to end. Most files are one camp, as languages mix; 人工 is a person in
// Chinese but part of other words in Japanese, so these two stand apart.
func (r *reading) opposed(camp int, start, end int32) bool {
	for i := start; i <= end; i++ {
		if r.against[i]&(1<<camp) != 0 {
			return true
		}
	}
	return false
}

// Back reports whether the whole text is the wish to have the bot back:
// "bot", "/bot", "back to the bot please".
func (d *Detector) Back(text string) bool {
	r := d.open(text)
	defer d.pool.Put(r)
	r.against = append(r.against[:0], make([]uint8, len(r.words))...)
	return r.entire(d.back, d.spans, partFiller, partSmall) != nil
}

// Break reports whether a bot's text says that it did not understand, asks to
// say it in other words, or has no answer.
func (d *Detector) Break(text string) bool {
	r := d.open(text)
	defer d.pool.Put(r)
	r.run(d.reply)
	r.weigh(d.reply)
	for _, h := range r.hits {
		ru := &d.reply.rules[h.rule]
		if ru.part == partBreak && !r.opposed(ru.camp, h.start, h.end) {
			return true
		}
	}
	return r.entire(d.huh, d.spans, partFiller) != nil
}

// Small reports whether the whole text is small talk that needs no answer:
// thanks, "ok", laughter, nothing but emoji. Such a text is never a break and
// never hands over. An empty text and question marks alone are not small.
func (d *Detector) Small(text string) bool {
	r := d.open(text)
	defer d.pool.Put(r)
	if len(r.words) == 0 {
		return strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsSpace(c) }) &&
			!strings.ContainsAny(text, "?？؟@:/")
	}
	if strings.ContainsAny(text, "?？؟") {
		return false
	}
	r.keep(d.spans, partFiller, partSmall)
	if len(r.kept) > 0 {
		return false
	}
	for _, c := range r.covers {
		if c == partSmall {
			return true
		}
	}
	return false
}

// Command returns "/agent" or "/bot" when text begins with that command, as
// Telegram sends it: in any case, with "@name" of a bot behind it, with words
// after it. Otherwise it returns "".
func (d *Detector) Command(text string) string {
	text = strings.TrimSpace(text)
	name, _, _ := strings.Cut(text[:field(text)], "@")
	switch name = strings.ToLower(name); name {
	case "/agent", "/bot":
		return name
	}
	return ""
}

// open reads text into a reading of the pool.
func (d *Detector) open(text string) *reading {
	r := d.pool.Get().(*reading)
	r.read(d.v, text)
	return r
}

// entire matches p with the whole message, as it is and without the words that
// spans of the given parts cover. A file whose camp refuses any word of the
// message has no say.
func (r *reading) entire(p, spans *program, drop ...part) *rule {
	for round := range 2 {
		if round == 0 {
			r.keep(spans)
		} else {
			r.keep(spans, drop...)
		}
		r.whole(p)
		for _, h := range r.hits {
			if ru := &p.rules[h.rule]; !r.opposed(ru.camp, 0, int32(len(r.words))-1) {
				return ru
			}
		}
	}
	return nil
}

// keep leaves in r.kept the words that no span of the given parts covers, and
// in r.covers what covers the others: of two spans the longer.
func (r *reading) keep(spans *program, drop ...part) {
	r.covers = append(r.covers[:0], make([]part, len(r.words))...)
	r.widths = append(r.widths[:0], make([]int32, len(r.words))...)
	if len(drop) > 0 {
		r.run(spans)
		for _, h := range r.hits {
			p := spans.rules[h.rule].part
			if !slices.Contains(drop, p) {
				continue
			}
			width := h.end - h.start + 1
			for i := h.start; i <= h.end; i++ {
				if width > r.widths[i] || width == r.widths[i] && p > r.covers[i] {
					r.covers[i], r.widths[i] = p, width
				}
			}
		}
	}
	r.kept = r.kept[:0]
	for i, c := range r.covers {
		if c == partNone {
			r.kept = append(r.kept, i)
		}
	}
}
