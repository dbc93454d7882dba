package detect

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// A node is a part of a parsed pattern.
type node struct {
	kind kind
	typo bool   // literal: typos of it count too
	max  uint8  // gap: how many words at most
	text string // literal, stem, list: the word or the list's name
	subs []node // sequence, choice: the parts; optional: one part
}

type kind uint8

const (
	literal  kind = iota
	stem          // a word that begins like this
	list          // an item of a named list
	sequence      // one after the other
	choice        // one of these
	optional      // this or nothing
	gap           // up to max words, whatever they are
)

// A parser reads the patterns of one file.
type parser struct {
	l       *letters
	gap     uint8 // what "..." stands for
	rest    string
	stack   []node // parts of brackets that are still open
	nodes   []node // room for the parts of nodes
	words   []word
	spelled map[string]string // fuer to fur, for words written with ü
}

func newParser(l *letters) *parser {
	return &parser{l: l, nodes: make([]node, 0, 1<<13)}
}

// reset prepares p for another file.
func (p *parser) reset(gap uint8) {
	p.gap, p.nodes, p.spelled = gap, p.nodes[:0], map[string]string{}
}

// parse reads one pattern.
func (p *parser) parse(s string) (node, error) {
	p.rest, p.stack = s, p.stack[:0]
	if !strings.ContainsAny(s, special) { // most lines are one word
		if err := p.word(s); err != nil {
			return node{}, fmt.Errorf("pattern %q: %w", s, err)
		}
		return p.whole(0), nil
	}
	n, err := p.choice()
	if err == nil && p.rest != "" {
		err = fmt.Errorf("%q closes nothing", p.rest[:1])
	}
	if err != nil {
		return node{}, fmt.Errorf("pattern %q: %w", s, err)
	}
	return n, nil
}

// parts moves the nodes on the stack from base on to where they stay.
func (p *parser) parts(base int) []node {
	n := len(p.stack) - base
	if cap(p.nodes)-len(p.nodes) < n {
		p.nodes = make([]node, 0, max(1<<12, n))
	}
	at := len(p.nodes)
	p.nodes = append(p.nodes, p.stack[base:]...)
	p.stack = p.stack[:base]
	return p.nodes[at : at+n : at+n]
}

// special ends a word.
const special = "()[]{}| \t"

// choice reads alternatives up to a closing bracket or the end.
func (p *parser) choice() (node, error) {
	base := len(p.stack)
	for {
		s, err := p.sequence()
		if err != nil {
			return s, err
		}
		p.stack = append(p.stack, s)
		if !strings.HasPrefix(p.rest, "|") {
			break
		}
		p.rest = p.rest[1:]
	}
	if len(p.stack) == base+1 {
		n := p.stack[base]
		p.stack = p.stack[:base]
		return n, nil
	}
	n := node{kind: choice, subs: p.parts(base)}
	for _, s := range n.subs {
		if len(s.subs) == 0 && s.kind == sequence {
			return n, errors.New("an alternative is empty; write [ ] around what may be left out")
		}
	}
	return n, nil
}

// sequence reads what stands side by side. A sequence of one is that one.
func (p *parser) sequence() (node, error) {
	base := len(p.stack)
	for {
		for p.rest != "" && (p.rest[0] == ' ' || p.rest[0] == '\t') {
			p.rest = p.rest[1:]
		}
		if p.rest == "" || strings.IndexByte("|)]", p.rest[0]) >= 0 {
			break
		}
		if err := p.item(); err != nil {
			return node{}, err
		}
	}
	return p.whole(base), nil
}

// whole takes the nodes on the stack from base on as a sequence.
func (p *parser) whole(base int) node {
	if len(p.stack) == base+1 {
		n := p.stack[base]
		p.stack = p.stack[:base]
		return n
	}
	return node{kind: sequence, subs: p.parts(base)}
}

// item puts a bracket, the name of a list or a word on the stack.
func (p *parser) item() error {
	switch p.rest[0] {
	case '(', '[':
		open, shut := p.rest[0], byte(')')
		if open == '[' {
			shut = ']'
		}
		p.rest = p.rest[1:]
		sub, err := p.choice()
		if err != nil {
			return err
		}
		if p.rest == "" || p.rest[0] != shut {
			return fmt.Errorf("%q is not closed", open)
		}
		p.rest = p.rest[1:]
		if open == '[' {
			base := len(p.stack)
			p.stack = append(p.stack, sub)
			sub = node{kind: optional, subs: p.parts(base)}
		}
		p.stack = append(p.stack, sub)
	case '{':
		name, rest, ok := strings.Cut(p.rest[1:], "}")
		if !ok {
			return errors.New("'{' is not closed")
		}
		p.rest = rest
		p.stack = append(p.stack, node{kind: list, text: name})
	case '}':
		return errors.New("'}' closes nothing")
	default:
		i := 0
		for i < len(p.rest) && strings.IndexByte(special, p.rest[i]) < 0 {
			i++
		}
		s := p.rest[:i]
		p.rest = p.rest[i:]
		return p.word(s)
	}
	return nil
}

// word puts on the stack what stands between two spaces: a word, a stem, a
// gap. One written word may be several words of the folded text.
func (p *parser) word(s string) error {
	switch s {
	case "...":
		p.stack = append(p.stack, node{kind: gap, max: p.gap})
		return nil
	case "..":
		p.stack = append(p.stack, node{kind: gap, max: p.gap / 2})
		return nil
	}
	last := node{kind: literal}
	body := s
	if t, ok := strings.CutSuffix(body, "*"); ok {
		body, last.kind = t, stem
	} else if t, ok := strings.CutSuffix(body, "~"); ok {
		body, last.typo = t, true
	}
	p.words = p.words[:0]
	if text := p.l.fold(body); lowercase(text) {
		p.words = append(p.words, word{text: text})
	} else {
		p.words = split(p.words, text)
	}
	if len(p.words) == 0 {
		return fmt.Errorf("%q has no letters", s)
	}
	end := len(p.words) - 1
	if last.kind == stem && utf8.RuneCountInString(p.words[end].text) < 2 {
		return fmt.Errorf("%q is too short for a stem", s)
	}
	for _, w := range p.words[:end] {
		p.stack = append(p.stack, node{kind: literal, text: w.text})
	}
	last.text = p.words[end].text
	p.stack = append(p.stack, last)
	if last.kind == literal && !ascii(body) {
		p.umlaut(body, last.text)
	}
	return nil
}

var umlauts = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "å", "aa", "ø", "oe")

// umlaut notes the spelling of a word without umlauts.
func (p *parser) umlaut(written, word string) {
	if written = strings.ToLower(written); strings.ContainsAny(written, "äöüåø") {
		p.spelled[p.l.fold(umlauts.Replace(written))] = word
	}
}

// lowercase reports a text of nothing but the letters a to z: one word, with
// no need to split it.
func lowercase(s string) bool {
	for i := range len(s) {
		if s[i] < 'a' || s[i] > 'z' {
			return false
		}
	}
	return s != ""
}
