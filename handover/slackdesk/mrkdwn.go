package slackdesk

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// angle is Slack's mark-up for what is not text: <@U1>, <#C1|name>, <!date^…|words>, <https://…|words>.
// https://docs.slack.dev/messaging/formatting-message-text#retrieving-messages
var angle = regexp.MustCompile(`<([^<>\n]*)>`)

var unescaper = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

// names gives the name of a member that a text mentions, as the customer may see it.
type names func(user string) string

// plainOf returns a text in Slack's mark-up as plain words: no marks, emoji as characters, links with their address.
// own has the emoji that the message's blocks spell out.
func plainOf(text string, own map[string]string, who names) string {
	s := scanner{who: who}
	text = strings.ReplaceAll(text, holdMark, "")
	text = s.hold(text, angle, func(inside string) string { return unescaper.Replace(s.token(inside)) })
	text = s.hold(text, fence, func(inside string) string { return unescaper.Replace(strings.Trim(inside, "\n")) })
	text = s.hold(text, tick, unescaper.Replace)
	text = unescaper.Replace(text)
	var all []string
	for line := range strings.SplitSeq(text, "\n") {
		for _, mark := range []rune{'*', '_', '~'} {
			line = unmark(line, mark)
		}
		all = append(all, emojize(line, own))
	}
	return tidy(s.give(strings.Join(all, "\n")))
}

// Code keeps what is in it as it is.
var (
	fence = regexp.MustCompile("(?s)```(.+?)```")
	tick  = regexp.MustCompile("`([^`\n]+)`")
)

// scanner takes out of a text what has its final form already, and puts it back at the end: nothing in between may read
// an underscore of an address as a mark.
type scanner struct {
	who  names
	held []string
}

// A held piece is its number between two characters that a text does not have: neither is a space or a letter to the
// marks beside it.
const holdMark = "\x00"

var heldPiece = regexp.MustCompile(holdMark + `(\d+)` + holdMark)

func (s *scanner) hold(text string, re *regexp.Regexp, form func(string) string) string {
	return re.ReplaceAllStringFunc(text, func(found string) string {
		s.held = append(s.held, form(re.FindStringSubmatch(found)[1]))
		return holdMark + strconv.Itoa(len(s.held)-1) + holdMark
	})
}

// give puts back what was taken out. A piece may have earlier pieces in it.
func (s *scanner) give(text string) string {
	return heldPiece.ReplaceAllStringFunc(text, func(found string) string {
		n, err := strconv.Atoi(strings.Trim(found, holdMark))
		if err != nil || n >= len(s.held) {
			return ""
		}
		return s.give(s.held[n])
	})
}

// token returns what is between angle brackets in words.
func (s *scanner) token(inside string) string {
	target, label, labelled := strings.Cut(inside, "|")
	switch {
	case strings.HasPrefix(target, "@"):
		if name := s.who(target[1:]); name != "" {
			return "@" + name
		}
		if label != "" {
			return "@" + strings.TrimPrefix(label, "@")
		}
		return "@someone"
	case strings.HasPrefix(target, "#"):
		if label != "" {
			return "#" + strings.TrimPrefix(label, "#")
		}
		return "#channel"
	case strings.HasPrefix(target, "!subteam"):
		if label != "" {
			return "@" + strings.TrimPrefix(label, "@")
		}
		return "@team"
	case strings.HasPrefix(target, "!"):
		if label != "" {
			return label
		}
		word, _, _ := strings.Cut(target[1:], "^")
		return "@" + word
	case !labelled || label == "":
		return address(target)
	}
	return linked(target, label)
}

// address returns a link's target as people write it.
func address(target string) string {
	for _, scheme := range []string{"mailto:", "tel:"} {
		if rest, ok := strings.CutPrefix(target, scheme); ok {
			return rest
		}
	}
	return target
}

// linked returns the words of a link with its address behind them, unless they are the address.
func linked(target, label string) string {
	short := address(target)
	bare := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(short, "https://"), "http://"), "/")
	if label == target || label == short || strings.TrimSuffix(label, "/") == bare {
		return short
	}
	return label + " (" + short + ")"
}

// unmark takes the marks of Slack's formatting off a line: a pair of them around words, with no letter outside of it.
func unmark(line string, mark rune) string {
	runes := []rune(line)
	drop := make(map[int]bool)
	for i := range runes {
		if runes[i] != mark || drop[i] || !opens(runes, i) {
			continue
		}
		for j := i + 2; j < len(runes); j++ {
			if runes[j] == mark && closes(runes, j) {
				drop[i], drop[j] = true, true
				break
			}
		}
	}
	if len(drop) == 0 {
		return line
	}
	var b strings.Builder
	for i, r := range runes {
		if !drop[i] {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func opens(runes []rune, i int) bool {
	if i+1 >= len(runes) || unicode.IsSpace(runes[i+1]) || runes[i+1] == runes[i] {
		return false
	}
	return i == 0 || !wordy(runes[i-1])
}

func closes(runes []rune, j int) bool {
	if unicode.IsSpace(runes[j-1]) || runes[j-1] == runes[j] {
		return false
	}
	return j+1 == len(runes) || !wordy(runes[j+1])
}

func wordy(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// tidy returns text without spaces at the ends and without characters that no app shows.
func tidy(text string) string {
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, text)
	return strings.TrimSpace(text)
}
