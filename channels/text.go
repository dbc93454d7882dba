package channels

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"patchbay/models"
)

// Len returns how long text is in unit. A byte that is no UTF-8 counts as one of any unit.
func Len(text string, unit Unit) int {
	switch unit {
	case Bytes:
		return len(text)
	case UTF16:
		n := 0
		for _, r := range text {
			n += utf16.RuneLen(r)
		}
		return n
	case Runes:
	}
	return utf8.RuneCountInString(text)
}

// fit returns how many bytes from the start of text, whole runes only, are at most limit units long.
func fit(text string, limit int, unit Unit) int {
	n := 0
	for i, r := range text {
		switch unit {
		case Bytes:
			_, size := utf8.DecodeRuneInString(text[i:])
			n += size
		case UTF16:
			n += utf16.RuneLen(r)
		case Runes:
			n++
		}
		if n > limit {
			return i
		}
	}
	return len(text)
}

// Numbered returns text with the buttons as numbered lines under it, for platforms that have no buttons, or fewer.
// Without buttons it returns text.
func Numbered(text string, buttons []models.Button) string {
	var b strings.Builder
	b.WriteString(text)
	for i, button := range buttons {
		switch {
		case b.Len() == 0:
		case i == 0:
			b.WriteString("\n\n")
		default:
			b.WriteByte('\n')
		}
		b.WriteString(strconv.Itoa(i + 1))
		b.WriteString(". ")
		b.WriteString(strings.Join(strings.FieldsFunc(button.Title, unicode.IsSpace), " "))
	}
	return b.String()
}
