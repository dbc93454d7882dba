package slackdesk

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// width returns how many UTF-16 units s has.
func width(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}

// joiner is a character without width that takes the force from what follows it.
const joiner = "\u2060"

var (
	escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	// shout is a bare mention of everybody. Slack reads it only when it is asked to parse names, and every post asks it
	// not to; it must not come back to life when somebody copies the text. An address such as ana@here.example stays whole.
	shout = regexp.MustCompile(`(?i)(^|[^\w.])@(channel|here|everyone|group)\b`)
)

// escape returns s as Slack's mark-up for the very same text: no mention, no link, no date.
// https://docs.slack.dev/messaging/formatting-message-text#escaping
func escape(s string) string {
	s = escaper.Replace(strings.ToValidUTF8(s, "\uFFFD"))
	if strings.Contains(s, "@") {
		s = shout.ReplaceAllString(s, "$1@"+joiner+"$2")
	}
	// A fence would swallow the lines that follow, also those of others.
	return strings.ReplaceAll(s, "```", "`"+joiner+"`"+joiner+"`")
}

// lines returns the lines of s without control characters, which Slack refuses or shows as boxes.
func lines(s string) []string {
	s = breaks.Replace(s)
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
	return strings.Split(s, "\n")
}

var breaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\v", "\n", "\f", "\n")

// oneLine returns s on one line, cut after limit units. Characters that turn the direction of what follows are taken
// out, so that a name cannot rewrite the line it stands in.
func oneLine(s string, limit int) string {
	s = strings.Join(strings.Fields(strings.Join(lines(s), " ")), " ")
	s = strings.Map(func(r rune) rune {
		if r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
			return -1
		}
		return r
	}, s)
	return cut(s, limit)
}

// cut returns s, or as much of it as has limit units when it is escaped, with an ellipsis for the rest. It never cuts
// inside of what a reader sees as one character.
func cut(s string, limit int) string {
	if width(escape(s)) <= limit {
		return s
	}
	var kept strings.Builder
	room := limit - 1
	for rest, state := s, -1; rest != ""; {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		// A joiner that escape puts in counts too; twice the cluster is always enough for the short texts this is for.
		room -= width(escape(cluster))
		if room < 0 {
			break
		}
		kept.WriteString(cluster)
	}
	short := strings.TrimRightFunc(kept.String(), unicode.IsSpace)
	for short != "" && width(escape(short))+1 > limit {
		_, size := utf8.DecodeLastRuneInString(short)
		short = short[:len(short)-size]
	}
	return short + "…"
}

// pieces returns s in parts that have at most limit units each when they are escaped, broken after a space where there
// is one, and never inside of what a reader sees as one character unless that alone is too long.
func pieces(s string, limit int) []string {
	if width(escape(s)) <= limit {
		return []string{s}
	}
	var parts []string
	for s != "" {
		end := fitting(s, limit)
		parts = append(parts, s[:end])
		s = s[end:]
	}
	return parts
}

// fitting returns how many bytes of s go into one piece.
func fitting(s string, limit int) int {
	end, space, used := 0, 0, 0
	for rest, state := s, -1; rest != ""; {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		// The joiners that escape may put in count too.
		used += width(escaper.Replace(cluster)) + 2*strings.Count(cluster, "`") + strings.Count(cluster, "@")
		if used > limit {
			break
		}
		end += len(cluster)
		if strings.TrimSpace(cluster) == "" {
			space = end
		}
	}
	switch {
	case end == len(s):
		return end
	case space > end/2:
		return space
	case end > 0:
		return end
	}
	for end < len(s) && end < limit/5 { // one cluster of thousands of marks
		_, size := utf8.DecodeRuneInString(s[end:])
		end += size
	}
	return end
}

// stars is for text within marks of bold: they hold only around text that does not have the mark itself, so that a look-alike
// stands in for it.
var stars = strings.NewReplacer("*", "∗")

// bold returns an escaped text on one line in bold. The marks hold only where no space is inside of them at the ends.
func bold(escaped string) string {
	escaped = strings.TrimSpace(escaped)
	if escaped == "" {
		return ""
	}
	return "*" + stars.Replace(escaped) + "*"
}
