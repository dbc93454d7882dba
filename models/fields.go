package models

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Fields are facts of a customer by name: order number, plan.
type Fields map[string]string

const (
	fieldsMost = 20  // fields that a bot's are kept to, in order of their names
	fieldName  = 60  // characters of a name
	fieldValue = 500 // characters of a value
)

// With returns f with what more tells: an empty value takes a field off. What is too long is cut, and what is too many is
// left out by order of the names. It returns f itself when nothing changes; f is never written to.
func (f Fields) With(more map[string]string) Fields {
	next := maps.Clone(f)
	for _, name := range slices.Sorted(maps.Keys(more)) {
		value := clip(strings.TrimSpace(more[name]), fieldValue)
		name = clip(strings.TrimSpace(name), fieldName)
		switch _, known := next[name]; {
		case name == "":
		case value == "":
			delete(next, name)
		case known || len(next) < fieldsMost:
			if next == nil {
				next = Fields{}
			}
			next[name] = value
		}
	}
	if maps.Equal(f, next) {
		return f
	}
	return next
}

// clip returns the first n characters of s.
func clip(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}
