package detect

import (
	"errors"
	"fmt"
	"strings"
)

// A node is a part of a parsed pattern.
type node struct {
	kind kind
	text string // literal, stem, list: the word or the list's name
	subs []node // sequence, choice: the parts; optional: one part
	max  int    // gap: how many words at most
	typo bool   // literal: typos of it count too
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

// parsePattern reads one pattern; gapMax is what "..." stands for.
func (v *vocabulary) parsePattern(s string, gapMax int) (node, error) {
	p := parser{v: v, rest: s, gap: gapMax}
	n, err := p.choice()
	if err == nil && p.rest != "" {
		err = fmt.Errorf("%q closes nothing", p.rest[:1])
	}
	if err != nil {
		return node{}, fmt.Errorf("pattern %q: %w", s, err)
	}
	return n, nil
}

type parser struct {
	v    *vocabulary
	rest string
	gap  int
}

const special = "()[]{}|"

// choice reads alternatives up to a closing bracket or the end.
func (p *parser) choice() (node, error) {
	n := node{kind: choice}
	for {
		s, err := p.sequence()
		if err != nil {
			return n, err
		}
		n.subs = append(n.subs, s)
		if !strings.HasPrefix(p.rest, "|") {
			break
		}
		p.rest = p.rest[1:]
	}
	if len(n.subs) == 1 {
		return n.subs[0], nil
	}
	for _, s := range n.subs {
		if len(s.subs) == 0 && s.kind == sequence {
			return n, errors.New("an alternative is empty; write [ ] around what may be left out")
		}
	}
	return n, nil
}

func (p *parser) sequence() (node, error) {
	n := node{kind: sequence}
	for {
		p.rest = strings.TrimLeft(p.rest, " \t")
		if p.rest == "" || strings.IndexByte("|)]", p.rest[0]) >= 0 {
			return n, nil
		}
		switch p.rest[0] {
		case '(', '[':
			open, shut := p.rest[0], byte(')')
			if open == '[' {
				shut = ']'
			}
			p.rest = p.rest[1:]
			sub, err := p.choice()
			if err != nil {
				return n, err
			}
			if p.rest == "" || p.rest[0] != shut {
				return n, fmt.Errorf("%q is not closed", open)
			}
			p.rest = p.rest[1:]
			if open == '[' {
				sub = node{kind: optional, subs: []node{sub}}
			}
			n.subs = append(n.subs, sub)
		case '{':
			name, rest, ok := strings.Cut(p.rest[1:], "}")
			if !ok {
				return n, errors.New("'{' is not closed")
			}
			p.rest = rest
			n.subs = append(n.subs, node{kind: list, text: name})
		case '}':
			return n, errors.New("'}' closes nothing")
		default:
			i := strings.IndexAny(p.rest, special+" \t")
			if i < 0 {
				i = len(p.rest)
			}
			ws, err := p.word(p.rest[:i])
			if err != nil {
				return n, err
			}
			p.rest = p.rest[i:]
			n.subs = append(n.subs, ws...)
		}
	}
}

// word reads what stands between two spaces: a word, a stem, a gap. One
// written word may be several words of the folded text.
func (p *parser) word(s string) ([]node, error) {
	switch s {
	case "...":
		return []node{{kind: gap, max: p.gap}}, nil
	case "..":
		return []node{{kind: gap, max: p.gap / 2}}, nil
	}
	last := node{kind: literal}
	body := s
	if t, ok := strings.CutSuffix(body, "*"); ok {
		body, last.kind = t, stem
	} else if t, ok := strings.CutSuffix(body, "~"); ok {
		body, last.typo = t, true
	}
	ws := split(nil, p.v.fold(body))
	if len(ws) == 0 {
		return nil, fmt.Errorf("%q has no letters", s)
	}
	if last.kind == stem && len([]rune(ws[len(ws)-1].text)) < 2 {
		return nil, fmt.Errorf("%q is too short for a stem", s)
	}
	var ns []node
	for _, w := range ws {
		ns = append(ns, node{kind: literal, text: w.text})
	}
	last.text = ns[len(ns)-1].text
	ns[len(ns)-1] = last
	p.v.umlaut(body, last)
	return ns, nil
}
