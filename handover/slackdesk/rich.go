package slackdesk

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode"

	"patchbay/models"
)

// rich is an element of a rich_text block, or the block itself.
// https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
type rich struct {
	Type      string          `json:"type"`
	Elements  []rich          `json:"elements"`
	Text      string          `json:"text"`
	Name      string          `json:"name"`
	Unicode   string          `json:"unicode"`
	SkinTone  int             `json:"skin_tone"`
	URL       string          `json:"url"`
	User      string          `json:"user_id"`
	Channel   string          `json:"channel_id"`
	Usergroup string          `json:"usergroup_id"`
	Range     string          `json:"range"`
	Style     json.RawMessage `json:"style"` // a word on lists, an object elsewhere
	Indent    int             `json:"indent"`
	Offset    int             `json:"offset"`
}

// richText returns the rich_text blocks of a message; nil if it has others too, or none.
func richText(raw json.RawMessage) []rich {
	var blocks []rich
	if json.Unmarshal(raw, &blocks) != nil {
		return nil
	}
	for _, b := range blocks {
		if b.Type != "rich_text" {
			return nil
		}
	}
	return blocks
}

// emojis collects the characters of the emoji in the blocks by their names.
func emojis(all []rich, into map[string]string) {
	for _, e := range all {
		if e.Type == "emoji" && e.Name != "" && e.SkinTone == 0 {
			if char, ok := points(e.Unicode); ok {
				into[e.Name] = char
			}
		}
		emojis(e.Elements, into)
	}
}

// body returns what a message says, and what is marked in it. The blocks say exactly what the agent typed; the text says it
// in mark-up and is what Slack promises to keep. So the blocks are read if they have the same letters as the text.
func body(m *message, who names) models.Rich {
	blocks := richText(m.Blocks)
	own := make(map[string]string)
	emojis(blocks, own)
	if len(blocks) > 0 {
		var letters strings.Builder
		r := renderer{said: &scroll{}, letters: &letters, who: who}
		if r.blocks(blocks) && skeleton(letters.String()) == skeleton(bones(m.Text)) {
			return tidy(r.said.rich())
		}
	}
	return marksOf(m.Text, own, who)
}

// scroll is a text that is written piece by piece, with what is marked in it.
type scroll struct {
	text  strings.Builder
	spans []models.TextSpan
}

// write appends r, all of it marked as marks say.
func (s *scroll) write(r models.Rich, marks ...models.TextSpan) {
	at := s.text.Len()
	s.text.WriteString(r.Text)
	for _, span := range r.Spans {
		span.From, span.To = span.From+at, span.To+at
		s.spans = append(s.spans, span)
	}
	for _, mark := range marks {
		mark.From, mark.To = at, s.text.Len()
		s.spans = append(s.spans, mark)
	}
}

func (s *scroll) rich() models.Rich {
	return models.NewRich(strings.ToValidUTF8(s.text.String(), "\uFFFD"), s.spans)
}

// skeleton returns the letters and digits of s.
func skeleton(s string) string {
	return strings.Map(func(r rune) rune {
		if wordy(r) || unicode.IsMark(r) {
			return r
		}
		return -1
	}, s)
}

// bones returns a text in mark-up with what is between its brackets laid open.
func bones(text string) string {
	return unescaper.Replace(angle.ReplaceAllStringFunc(text, func(found string) string {
		inside := found[1 : len(found)-1]
		if strings.HasPrefix(inside, "@") || strings.HasPrefix(inside, "#") || strings.HasPrefix(inside, "!subteam") {
			inside, _, _ = strings.Cut(inside, "|")
			inside = strings.TrimPrefix(inside, "!subteam^")
		}
		return inside
	}))
}

// renderer writes blocks as words with marks, and beside that what the mark-up of the same message would have.
type renderer struct {
	said    *scroll
	letters *strings.Builder
	who     names
}

// blocks writes all, and reports whether it knew every element.
func (r renderer) blocks(all []rich) bool {
	for _, b := range all {
		for i, e := range b.Elements {
			if i > 0 {
				r.line()
			}
			if !r.element(e) {
				return false
			}
		}
	}
	return true
}

// line begins a new line unless one has just begun.
func (r renderer) line() {
	if s := r.said.text.String(); s != "" && !strings.HasSuffix(s, "\n") {
		r.said.write(models.Rich{Text: "\n"})
	}
}

func (r renderer) element(e rich) bool {
	switch e.Type {
	case "rich_text_section":
		return r.inline(e.Elements)
	case "rich_text_preformatted":
		return r.block(e.Elements, models.Pre)
	case "rich_text_quote":
		return r.block(e.Elements, models.Quote)
	case "rich_text_list":
		ordered := strings.Contains(string(e.Style), "ordered")
		for i, item := range e.Elements {
			if i > 0 {
				r.line()
			}
			sign := "• "
			if ordered {
				number := strconv.Itoa(e.Offset + i + 1)
				sign = number + ". "
				r.letters.WriteString(number)
			}
			indent := strings.Repeat("    ", min(max(e.Indent, 0), 8))
			if !r.indented(item.Elements, indent+sign, indent+strings.Repeat(" ", len([]rune(sign)))) {
				return false
			}
		}
		return true
	}
	return false
}

// inner returns elements written for themselves, without line breaks at the end.
func (r renderer) inner(elements []rich) (models.Rich, bool) {
	inner := renderer{said: &scroll{}, letters: r.letters, who: r.who}
	if !inner.inline(elements) {
		return models.Rich{}, false
	}
	said := inner.said.rich()
	return said.Slice(0, len(strings.TrimRight(said.Text, "\n"))), true
}

// block writes elements as a block of their own.
func (r renderer) block(elements []rich, kind models.SpanKind) bool {
	said, ok := r.inner(elements)
	if ok {
		r.said.write(said, models.TextSpan{Kind: kind})
	}
	return ok
}

// indented writes elements with first before their first line and rest before the others.
func (r renderer) indented(elements []rich, first, rest string) bool {
	said, ok := r.inner(elements)
	if ok {
		r.said.write(models.Rich{Text: first})
		r.said.write(said.Map(func(s string) string { return strings.ReplaceAll(s, "\n", "\n"+rest) }))
	}
	return ok
}

// inline writes the words of one section.
func (r renderer) inline(elements []rich) bool {
	for _, e := range elements {
		marks := e.marks()
		switch e.Type {
		case "text":
			r.say(e.Text, e.Text, marks...)
		case "emoji":
			char, ok := points(e.Unicode)
			if !ok {
				char, ok = emojiOf(e.Name)
			}
			if !ok {
				char = ":" + e.Name + ":"
			}
			letters := e.Name
			if e.SkinTone > 0 {
				tone := strconv.Itoa(e.SkinTone)
				letters += "skintone" + tone
				if !strings.Contains(e.Unicode, "-1f3f") {
					char = toned(char, tone)
				}
			}
			r.say(char, letters, marks...)
		case "link":
			text := address(e.URL)
			if e.Text != "" && !says(e.Text, e.URL) {
				text = emojize(e.Text, nil)
				marks = append(marks, models.TextSpan{Kind: models.Link, URL: e.URL})
			}
			r.say(text, e.URL+e.Text, marks...)
		case "user":
			name := r.who(e.User)
			if name == "" {
				name = "someone"
			}
			r.say("@"+name, e.User, marks...)
		case "channel":
			r.say("#channel", e.Channel, marks...)
		case "usergroup":
			r.say("@team", e.Usergroup, marks...)
		case "broadcast":
			r.say("@"+e.Range, e.Range, marks...)
		default:
			return false
		}
	}
	return true
}

// marks returns how an element is set.
func (e rich) marks() []models.TextSpan {
	var set map[string]any
	if json.Unmarshal(e.Style, &set) != nil {
		return nil
	}
	var marks []models.TextSpan
	for _, kind := range []models.SpanKind{models.Bold, models.Italic, models.Underline, models.Strike, models.Code} {
		if on, _ := set[string(kind)].(bool); on { // Slack has the same names
			marks = append(marks, models.TextSpan{Kind: kind})
		}
	}
	return marks
}

func (r renderer) say(plain, letters string, marks ...models.TextSpan) {
	r.said.write(models.Rich{Text: plain}, marks...)
	r.letters.WriteString(letters)
}
