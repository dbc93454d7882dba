package faq

import (
	"regexp"
	"strings"
)

// item begins a point of a list.
var item = regexp.MustCompile(`^(\s*)(?:[-*+]|(\d{1,9})[.)])\s+(.*)$`)

// plainText returns Markdown as the text of a chat message: a paragraph is one line, however it was wrapped, points keep
// their lines, and emphasis goes. Chat apps show no Markdown.
func plainText(lines []string) string {
	var (
		out   []string
		open  bool // the last line of out may be continued
		fence string
	)
	for _, line := range lines {
		if next := fenced(line, fence); next != fence {
			fence, open = next, false
			continue
		}
		if fence != "" {
			out, open = append(out, line), false
			continue
		}
		hard := strings.HasSuffix(line, "  ") || strings.HasSuffix(line, `\`)
		text := strings.TrimSpace(strings.TrimSuffix(line, `\`))
		if m := item.FindStringSubmatch(line); m != nil {
			mark := "• "
			if m[2] != "" {
				mark = m[2] + ". "
			}
			out, open = append(out, m[1]+mark+inline(strings.TrimSuffix(strings.TrimSpace(m[3]), `\`))), !hard
			continue
		}
		text = inline(strings.TrimSpace(strings.TrimLeft(text, ">")))
		switch {
		case text == "":
			if n := len(out); n > 0 && out[n-1] != "" {
				out = append(out, "")
			}
			open = false
		case open:
			out[len(out)-1] += " " + text
			open = !hard
		default:
			out, open = append(out, text), !hard
		}
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}

// spans are Markdown's marks within a line, with what remains of them. Single stars and underscores mark whole words only:
// "2*3*4" and "order_id" stay as they are.
var spans = [...]struct {
	form *regexp.Regexp
	text string
}{
	{regexp.MustCompile(`!\[([^]]*)\]\(([^()\s]+)[^()]*\)`), "$1 $2"}, // an image
	{regexp.MustCompile(`\[([^]]+)\]\(([^()\s]+)[^()]*\)`), "$1: $2"}, // a link
	{regexp.MustCompile(`<((?:https?|mailto):[^<>\s]+)>`), "$1"},
	{regexp.MustCompile("`([^`]+)`"), "$1"},
	{regexp.MustCompile(`\*\*([^*\s](?:[^*]*[^*\s])?)\*\*`), "$1"},
	{regexp.MustCompile(`(^|[\s(])\*([^*\s](?:[^*]*[^*\s])?)\*($|[\s).,;:!?])`), "$1$2$3"},
	{regexp.MustCompile(`(^|[\s(])__([^_\s](?:[^_]*[^_\s])?)__($|[\s).,;:!?])`), "$1$2$3"},
	{regexp.MustCompile(`(^|[\s(])_([^_\s](?:[^_]*[^_\s])?)_($|[\s).,;:!?])`), "$1$2$3"},
	{regexp.MustCompile(`~~([^~]+)~~`), "$1"},
}

// escaped is a mark that stands for itself.
var escaped = regexp.MustCompile("\\\\[\\\\`*_{}\\[\\]()#+.!<>~-]")

// aside is where escaped marks are kept while the others go: characters that no text has.
const aside = '\U000F0000'

// inline returns a line without Markdown's marks.
func inline(text string) string {
	text = escaped.ReplaceAllStringFunc(text, func(s string) string { return string(aside + rune(s[1])) })
	for _, s := range spans {
		for range 2 { // neighbours share the space between them
			text = s.form.ReplaceAllString(text, s.text)
		}
	}
	return strings.Map(func(r rune) rune {
		if r >= aside && r < aside+0x80 {
			return r - aside
		}
		return r
	}, text)
}
