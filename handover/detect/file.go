package detect

import (
	"fmt"
	"strconv"
	"strings"
)

// A part says what the lines of a section are for. README.md of data/ tells
// the same to those who write them.
type part uint8

const (
	partNone     part = iota
	partList          // words to be named in patterns
	partAsk           // asks for a person, anywhere in the message
	partKey           // asks for a person, as the whole message
	partRefuse        // not a request: refused, reported, another meaning
	partCancel        // takes back the request before it
	partOut           // no request in the whole message
	partFiller        // says nothing: left out before whole messages are compared
	partAnswer        // yes and no: left out before requests are compared
	partSmall         // thanks and the like
	partBack          // back to the bot, as the whole message
	partBreak         // the bot did not understand, anywhere in its answer
	partBreakKey      // the same, as the whole answer
	partGood          // not a break, though it looks like one
	partCommon        // frequent words, by which the language is known
	partGlue          // little words that are typed without a space
	partReal          // words that are no typos
	partSame          // characters that are the same to us
)

var parts = map[string]part{
	"list": partList, "ask": partAsk, "keyword": partKey, "refuse": partRefuse, "cancel": partCancel,
	"keep out": partOut, "filler": partFiller, "answer": partAnswer, "small": partSmall, "back": partBack, "break": partBreak,
	"whole break": partBreakKey, "not a break": partGood, "common": partCommon, "glue": partGlue,
	"real": partReal, "same": partSame,
}

// A file is a parsed data file.
type file struct {
	name  string // data/en.txt
	lang  string // en, hi-Latn
	code  string // ISO 639-1: what Language returns
	gap   uint8
	apart bool // refusals judge requests of this file only, and no others do
	lines []line
	tests []example
}

// A line is one entry of a section: a pattern, or an item of a list.
type line struct {
	at   int // line number
	part part
	name string // after the section's kind: the list, or the reason of a request
	text string
	node node // what text is parsed to
}

// An example is a sentence of a data file with what the file says about it.
type example struct {
	File string
	Line int
	Kind string // ask, small, back or break: which judgement it is about
	Text string
	Want bool
}

// readFile parses a data file; name is for messages.
func readFile(name, data string) (*file, error) {
	f := &file{name: name, gap: 4}
	var sec part
	var sub string
	at := 0
	fail := func(format string, args ...any) error {
		return fmt.Errorf("%s:%d: %s", name, at, fmt.Sprintf(format, args...))
	}
	f.lines = make([]line, 0, strings.Count(data, "\n")+strings.Count(data, ","))
	for s := range strings.Lines(data) {
		at++
		s = strings.TrimSpace(s)
		if i := strings.IndexByte(s, '#'); i == 0 || i > 0 && s[i-1] == ' ' {
			s = strings.TrimSpace(s[:i])
		}
		if s == "" {
			continue
		}
		if strings.HasPrefix(s, "==") {
			var ok bool
			if sec, sub, ok = section(s); !ok {
				return nil, fail("unknown section %q", s)
			}
			continue
		}
		key, val, found := strings.Cut(s, ":")
		val = strings.TrimSpace(val)
		switch {
		case found && sec == partNone:
			if err := f.header(key, val); err != nil {
				return nil, fail("%v", err)
			}
		case sec == partNone:
			return nil, fail("%q stands before the first section", s)
		case found && (key == "yes" || key == "no"):
			k := judged(sec)
			if k == "" {
				return nil, fail("this section has no examples")
			}
			f.tests = append(f.tests, example{File: name, Line: at, Kind: k, Text: val, Want: key == "yes"})
		default:
			for item := range strings.SplitSeq(s, ",") {
				if item = strings.TrimSpace(item); item != "" {
					f.lines = append(f.lines, line{at: at, part: sec, name: sub, text: item})
				}
			}
		}
	}
	if f.lang == "" {
		return nil, fail("no line \"language: xx\"")
	}
	return f, nil
}

// parse parses the lines that are patterns. Their nodes are good until p
// parses another file.
func (f *file) parse(p *parser) (err error) {
	p.reset(f.gap)
	for i := range f.lines {
		switch l := &f.lines[i]; l.part {
		case partCommon, partGlue, partReal, partSame:
		default:
			if l.node, err = p.parse(l.text); err != nil {
				return f.fail(*l, err)
			}
		}
	}
	return nil
}

func (f *file) fail(l line, err error) error {
	return fmt.Errorf("%s:%d: %w", f.name, l.at, err)
}

func (f *file) header(key, val string) error {
	switch key {
	case "language":
		f.lang, _, _ = strings.Cut(val, " ")
		f.code, _, _ = strings.Cut(f.lang, "-")
	case "gap":
		n, err := strconv.Atoi(val)
		if err != nil || n < 1 || n > 20 {
			return fmt.Errorf("gap %q is not a number from 1 to 20", val)
		}
		f.gap = uint8(n)
	case "apart":
		if val != "yes" && val != "no" {
			return fmt.Errorf("apart is %q, not yes or no", val)
		}
		f.apart = val == "yes"
	default:
		return fmt.Errorf("unknown setting %q", key)
	}
	return nil
}

// section reads "== ask contact ==".
func section(s string) (p part, sub string, ok bool) {
	s, ok = strings.CutSuffix(strings.TrimPrefix(s, "=="), "==")
	if !ok {
		return 0, "", false
	}
	s = strings.TrimSpace(s)
	for name, p := range parts {
		if s == name && p != partList {
			return p, "", true
		}
		if rest, ok := strings.CutPrefix(s, name+" "); ok && (p == partList || p == partAsk) {
			return p, rest, true
		}
	}
	return 0, "", false
}

// judged names the judgement that the examples of a section are about.
func judged(p part) string {
	switch p {
	case partAsk, partKey, partRefuse, partCancel, partOut:
		return "ask"
	case partSmall:
		return "small"
	case partBack:
		return "back"
	case partBreak, partBreakKey, partGood:
		return "break"
	default:
		return "" // a section of words judges nothing
	}
}
