package telegram

import (
	"strings"
	"unicode"
)

// fullName joins the two parts of a name as Telegram shows them.
func fullName(first, last string) string { return strings.TrimSpace(first + " " + last) }

// oneLine returns s on one line, without brackets that would end the line around it.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || r == '[' || r == ']'
	}), " ")
}

// shorten returns s on one line of at most n runes.
func shorten(s string, n int) string {
	s = oneLine(s)
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return s
}

// or returns s, or other if s is empty.
func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
