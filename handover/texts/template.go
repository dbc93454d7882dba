package texts

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// template is a text cut at its placeholders: words, a name, words, a name, … words.
type template []string

// cut reads the placeholders of a text. Only the names in allowed may stand there.
func cut(text string, allowed []string) (template, error) {
	var t template
	for {
		words, rest, found := strings.Cut(text, "{{")
		t = append(t, words)
		if !found {
			return t, nil
		}
		name, after, closed := strings.Cut(rest, "}}")
		if !closed {
			return nil, errors.New("{{ without }}")
		}
		name = strings.TrimSpace(name)
		if !slices.Contains(allowed, name) {
			if len(allowed) == 0 {
				return nil, fmt.Errorf("unknown placeholder {{%s}}: this text has none", name)
			}
			return nil, fmt.Errorf("unknown placeholder {{%s}}: this text may have {{%s}}", name, strings.Join(allowed, "}}, {{"))
		}
		t, text = append(t, name), after
	}
}

// fill returns the text with values in place of the placeholders. A value is not looked at again.
func (t template) fill(value func(name string) string) string {
	var b strings.Builder
	for i, part := range t {
		if i%2 == 1 {
			part = value(part)
		}
		b.WriteString(part)
	}
	return b.String()
}
