package detect

import (
	"embed"
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

// Heard is what a customer's text says for a handover, apart from its command and language.
type Heard struct {
	Asks  bool   // for a person
	Why   string // he is taken to ask: the kind of pattern that fitted, "en.contact"
	Back  bool   // the whole text is the wish to have the bot back
	Small bool   // the whole text is small talk
}

// Hear is Request, Back and Small in one: the text is read once for all three.
func (d *Detector) Hear(text string) Heard {
	r := d.open(text)
	defer d.close(r)
	h := Heard{Small: d.small(r, text)}
	h.Asks, h.Why = d.request(r)
	h.Back = d.wantsBack(r)
	return h
}

// Request reports whether a customer's text asks for a person. why names the
// kind of pattern that fitted ("en.contact"), for logs and metrics: it is one
// of a few dozen, and never the customer's words.
func (d *Detector) Request(text string) (asks bool, why string) {
	r := d.open(text)
	defer d.close(r)
	return d.request(r)
}

func (d *Detector) request(r *reading) (asks bool, why string) {
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
	if ru := r.entire(true, d.key, d.spans, partFiller, partAnswer, partSmall); ru != nil {
		return true, ru.why
	}
	return false, ""
}

// Back reports whether the whole text is the wish to have the bot back:
// "bot", "/bot", "back to the bot please".
func (d *Detector) Back(text string) bool {
	r := d.open(text)
	defer d.close(r)
	return d.wantsBack(r)
}

func (d *Detector) wantsBack(r *reading) bool {
	r.unopposed()
	return r.entire(false, d.back, d.spans, partFiller, partSmall) != nil
}

// Break reports whether a bot's text says that it did not understand, asks to
// say it in other words, or has no answer.
func (d *Detector) Break(text string) bool {
	r := d.open(text)
	defer d.close(r)
	r.run(d.reply)
	r.weigh(d.reply)
	for _, h := range r.hits {
		ru := &d.reply.rules[h.rule]
		if ru.part == partBreak && !r.opposed(ru.camp, h.start, h.end) {
			return true
		}
	}
	return r.entire(false, d.huh, d.spans, partFiller) != nil
}

// Small reports whether the whole text is small talk that needs no answer:
// thanks, "ok", laughter, nothing but emoji. Such a text is never a break and
// never hands over. An empty text and question marks alone are not small.
func (d *Detector) Small(text string) bool {
	r := d.open(text)
	defer d.close(r)
	return d.small(r, text)
}

func (d *Detector) small(r *reading, text string) bool {
	if len(r.words) == 0 {
		return strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsSpace(c) }) &&
			!strings.ContainsAny(text, "?？؟@:/")
	}
	r.keep(d.spans, partFiller, partSmall)
	return len(r.kept) == 0 && slices.Contains(r.covers, partSmall) && !strings.ContainsAny(text, "?？؟")
}

// Command returns "/agent" or "/bot" when text begins with that command, as
// Telegram sends it: in any case, with "@name" of a bot behind it, with words
// after it. Otherwise it returns "".
func (d *Detector) Command(text string) string {
	text = strings.TrimSpace(text)
	if !strings.HasPrefix(text, "/") {
		return ""
	}
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

// close gives r back without the customer's words.
func (d *Detector) close(r *reading) {
	clear(r.words)
	d.pool.Put(r)
}
