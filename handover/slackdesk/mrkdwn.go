package slackdesk

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"patchbay/models"
)

// angle is Slack's mark-up for what is not text: <@U1>, <#C1|name>, <!date^…|words>, <https://…|words>.
// https://docs.slack.dev/messaging/formatting-message-text#retrieving-messages
var angle = regexp.MustCompile(`<([^<>\n]*)>`)

var unescaper = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

// names gives the name of a member that a text mentions, as the customer may see it.
type names func(user string) string

// marksOf returns a text in Slack's mark-up as words with what is marked in them: emoji as characters, and addresses that are
// not behind words as they are. own has the emoji that the message's blocks spell out. What looks like mark-up and is none
// stays as it is.
func marksOf(text string, own map[string]string, who names) models.Rich {
	s := scanner{who: who, own: own}
	text = strings.Map(func(r rune) rune { // the scanner's own signs are among them
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	text = s.hold(text, angle, s.token)
	text = s.hold(text, fence, func(inside string) models.Rich { return s.code(strings.Trim(inside, "\n"), models.Pre) })
	text = s.hold(text, tick, func(inside string) models.Rich { return s.code(inside, models.Code) })
	text = unescaper.Replace(text)
	var said scroll
	var quote scroll // lines that are quoted, one after the other
	end := func() {
		if quote.text.Len() > 0 {
			said.write(quote.rich(), models.TextSpan{Kind: models.Quote})
			quote = scroll{}
		}
	}
	before, all := false, false
	for i, line := range strings.Split(text, "\n") {
		var quoted bool
		if line, quoted = unquote(line, &all); quoted && before {
			quote.write(models.Rich{Text: "\n"})
		} else if end(); i > 0 {
			said.write(models.Rich{Text: "\n"})
		}
		for _, mark := range signs() {
			line = sign(line, mark)
		}
		if words := s.give(emojize(line, own)); quoted {
			quote.write(words)
		} else {
			said.write(words)
		}
		before = quoted
	}
	end()
	return tidy(said.rich())
}

// unquote takes the sign of a quote off a line. Three of them quote all that follows.
func unquote(line string, all *bool) (words string, quoted bool) {
	if *all {
		return line, true
	}
	if rest, ok := strings.CutPrefix(line, ">>>"); ok {
		*all = true
		return strings.TrimPrefix(rest, " "), true
	}
	rest, ok := strings.CutPrefix(line, ">")
	if !ok {
		return line, false
	}
	return strings.TrimPrefix(rest, " "), true
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
	own  map[string]string // emoji by their names
	held []models.Rich
}

// A held piece is its number between two characters that a text does not have: neither is a space or a letter to the
// marks beside it.
const holdMark = "\x00"

var heldPiece = regexp.MustCompile(holdMark + `(\d+)` + holdMark)

func (s *scanner) hold(text string, re *regexp.Regexp, form func(string) models.Rich) string {
	return re.ReplaceAllStringFunc(text, func(found string) string {
		s.held = append(s.held, form(re.FindStringSubmatch(found)[1]))
		return holdMark + strconv.Itoa(len(s.held)-1) + holdMark
	})
}

// code returns what is inside of code. What was held before it is words there.
func (s *scanner) code(inside string, kind models.SpanKind) models.Rich {
	words := s.put(unescaper.Replace(inside), func(held models.Rich) string { return held.Plain() })
	return models.NewRich(words, []models.TextSpan{{Kind: kind, To: len(words)}})
}

// put puts what was taken out back, in the given form.
func (s *scanner) put(text string, form func(models.Rich) string) string {
	return heldPiece.ReplaceAllStringFunc(text, func(found string) string {
		n, err := strconv.Atoi(strings.Trim(found, holdMark))
		if err != nil || n >= len(s.held) {
			return ""
		}
		return form(s.held[n])
	})
}

// give returns a line with its signs as spans, and what was taken out of it in its place.
func (s *scanner) give(line string) models.Rich {
	var said scroll
	begun := map[models.SpanKind][]int{}
	all := signs()
	for line != "" {
		next := strings.IndexFunc(line, func(r rune) bool { return r < ' ' && r != '\t' })
		if next != 0 {
			if next < 0 {
				next = len(line)
			}
			said.write(models.Rich{Text: line[:next]})
			line = line[next:]
			continue
		}
		if at := heldPiece.FindStringIndex(line); at != nil && at[0] == 0 {
			if n, err := strconv.Atoi(strings.Trim(line[:at[1]], holdMark)); err == nil && n < len(s.held) {
				said.write(s.held[n])
			}
			line = line[at[1]:]
			continue
		}
		r := rune(line[0])
		for _, m := range all {
			switch {
			case r == m.open:
				begun[m.kind] = append(begun[m.kind], said.text.Len())
			case r == m.shut && len(begun[m.kind]) > 0:
				last := len(begun[m.kind]) - 1
				said.spans = append(said.spans, models.TextSpan{Kind: m.kind, From: begun[m.kind][last], To: said.text.Len()})
				begun[m.kind] = begun[m.kind][:last]
			}
		}
		line = line[1:]
	}
	return said.rich()
}

// signal is a mark of Slack's formatting, what it means, and what stands for a pair of them that do: characters that a text
// does not have.
type signal struct {
	mark       rune
	kind       models.SpanKind
	open, shut rune
}

func signs() []signal {
	return []signal{{'*', models.Bold, 1, 2}, {'_', models.Italic, 3, 4}, {'~', models.Strike, 5, 6}}
}

// token returns what is between angle brackets in words.
func (s *scanner) token(inside string) models.Rich {
	target, label, labelled := strings.Cut(unescaper.Replace(inside), "|")
	words := ""
	switch {
	case strings.HasPrefix(target, "@"):
		words = "@someone"
		if name := s.who(target[1:]); name != "" {
			words = "@" + name
		} else if label != "" {
			words = "@" + strings.TrimPrefix(label, "@")
		}
	case strings.HasPrefix(target, "#"):
		words = "#channel"
		if label != "" {
			words = "#" + strings.TrimPrefix(label, "#")
		}
	case strings.HasPrefix(target, "!subteam"):
		words = "@team"
		if label != "" {
			words = "@" + strings.TrimPrefix(label, "@")
		}
	case strings.HasPrefix(target, "!"):
		if words = label; label == "" {
			word, _, _ := strings.Cut(target[1:], "^")
			words = "@" + word
		}
	case !labelled || label == "" || says(label, target):
		words = address(target)
	default:
		label = emojize(label, s.own)
		return models.NewRich(label, []models.TextSpan{{Kind: models.Link, To: len(label), URL: target}})
	}
	return models.Rich{Text: words}
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

// says reports whether the words of a link are its address.
func says(label, target string) bool {
	short := address(target)
	bare := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(short, "https://"), "http://"), "/")
	return label == target || label == short || strings.TrimSuffix(label, "/") == bare
}

// sign puts signs in the place of the marks on a line: of a pair of them around words, with no letter outside of it.
func sign(line string, m signal) string {
	runes := []rune(line)
	for i := range runes {
		if runes[i] != m.mark || !opens(runes, i) {
			continue
		}
		j := i + 2
		for j < len(runes) && (runes[j] != m.mark || !closes(runes, j)) {
			j++
		}
		if j >= len(runes) {
			break // nor does any of the next have an end
		}
		runes[i], runes[j] = m.open, m.shut
	}
	return string(runes)
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
func tidy(text models.Rich) models.Rich {
	return text.Map(func(piece string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsControl(r) && r != '\n' && r != '\t' {
				return -1
			}
			return r
		}, piece)
	}).Trim()
}
