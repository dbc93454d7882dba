package faq

import (
	"fmt"
	"regexp"
	"strings"

	"patchbay/models"
)

// heading is a Markdown heading: its level, and its text without the #s that may close it.
var heading = regexp.MustCompile(`^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$`)

// parseMarkdown reads headings of level 2 and below as questions and what stands under them as the answer. Headings that
// follow each other share it. A heading of level 1 ends an entry and is a title for people.
func parseMarkdown(name, text string) ([]Entry, error) {
	var (
		entries []Entry
		entry   *Entry
		body    []string
		fence   string // what ends a block of code
		comment bool
	)
	finish := func() {
		if entry == nil {
			return
		}
		body, entry.Buttons = buttons(body)
		entry.Answer = plainText(body)
		entries, entry, body = append(entries, *entry), nil, nil
	}
	for i, line := range strings.Split(text, "\n") {
		if fence == "" {
			line, comment = uncomment(line, comment)
		}
		level, title := 0, ""
		if m := heading.FindStringSubmatch(line); m != nil && fence == "" {
			level, title = len(m[1]), strings.TrimSpace(inline(m[2]))
		}
		switch {
		case level == 1:
			finish()
		case level > 1 && title == "":
			return nil, fmt.Errorf("%s:%d: a heading without a question", name, i+1)
		case level > 1:
			if entry == nil || !blank(body) {
				finish()
				entry = &Entry{Line: i + 1}
			}
			entry.Questions = append(entry.Questions, title)
		case entry != nil:
			body = append(body, line)
			fence = fenced(line, fence)
		}
	}
	switch {
	case comment:
		return nil, fmt.Errorf("%s: a comment <!-- without -->", name)
	case fence != "":
		return nil, fmt.Errorf("%s:%d: the answer has a block of code without its closing %s", name, entry.Line, fence)
	}
	finish()
	return entries, nil
}

// fenced returns what ends the block of code that line is in, "" outside of one.
func fenced(line, fence string) string {
	mark := strings.TrimSpace(line)
	if fence != "" {
		if mark == fence {
			return ""
		}
		return fence
	}
	for _, f := range []string{"```", "~~~"} {
		if strings.HasPrefix(mark, f) {
			return f
		}
	}
	return ""
}

// uncomment returns line without comments; inside says whether it begins, and then whether it ends, in one.
func uncomment(line string, inside bool) (string, bool) {
	var kept strings.Builder
	for {
		mark := "<!--"
		if inside {
			mark = "-->"
		}
		before, after, found := strings.Cut(line, mark)
		if !inside {
			kept.WriteString(before)
		}
		if !found {
			return kept.String(), inside
		}
		line, inside = after, !inside
	}
}

func blank(lines []string) bool {
	for _, line := range lines {
		if strings.TrimSpace(line) != "" {
			return false
		}
	}
	return true
}

// choices is a line of nothing but [titles] in brackets, which are no links.
var (
	choices = regexp.MustCompile(`^\s*(\[[^][]+\]\s*)+$`)
	choice  = regexp.MustCompile(`\[([^][]+)\]`)
)

// buttons takes the buttons off the end of an answer.
func buttons(body []string) ([]string, []models.Button) {
	var all []models.Button
	for len(body) > 0 {
		last := body[len(body)-1]
		if strings.TrimSpace(last) != "" {
			if !choices.MatchString(last) {
				break
			}
			var row []models.Button
			for _, m := range choice.FindAllStringSubmatch(last, -1) {
				if title := strings.TrimSpace(inline(m[1])); title != "" {
					row = append(row, models.Button{Title: title})
				}
			}
			all = append(row, all...)
		}
		body = body[:len(body)-1]
	}
	return body, all
}
