package telegram

import (
	"strconv"
	"strings"
	"unicode"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

// fullName joins the two parts of a name as Telegram shows them.
func fullName(first, last string) string { return strings.TrimSpace(first + " " + last) }

// coordinates returns latitude and longitude as maps take them: "44.8125,20.4612".
func coordinates(l tgbotapi.Location) string {
	return strconv.FormatFloat(l.Latitude, 'f', -1, 64) + "," + strconv.FormatFloat(l.Longitude, 'f', -1, 64)
}

// list joins what is not empty with commas.
func list(items ...string) string {
	var said []string
	for _, item := range items {
		if item = oneLine(item); item != "" {
			said = append(said, item)
		}
	}
	return strings.Join(said, ", ")
}

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
