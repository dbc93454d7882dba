package models

import (
	"slices"
	"strings"
)

// Content is what one message says, in no platform's form. Text is plain Unicode text with line breaks; Spans mark what of
// it is bold, a link and so on, as NormalSpans makes them.
type Content struct {
	Text        string       `json:"text,omitempty"`
	Spans       []TextSpan   `json:"spans,omitempty"`
	Payload     string       `json:"payload,omitempty"` // a pressed button's; Text is then the button's title
	Attachments []Attachment `json:"attachments,omitempty"`
	Buttons     []Button     `json:"buttons,omitempty"`
	Location    *Location    `json:"location,omitempty"`
	Cards       []Card       `json:"cards,omitempty"`
	Forwarded   *Forward     `json:"forwarded,omitempty"`
	ReplyTo     string       `json:"reply_to,omitempty"` // the platform's id of the message that this one answers
	Lines       []string     `json:"lines,omitempty"`    // what cannot cross as itself, said in words: "[photo, 82 kB]"
	Template    *Template    `json:"template,omitempty"` // sent as such, where the platform knows it; Text is what it says
	Album       string       `json:"album,omitempty"`    // messages with the same one are an album, sent as one

	Chosen  string   `json:"chosen,omitempty"`  // of Buttons: the title of the one that was pressed
	Earlier []string `json:"earlier,omitempty"` // how it read before its author edited it, oldest first, up to EarlierMost
}

// EarlierMost is how many earlier wordings of a message are kept.
const EarlierMost = 3

// Reads reports whether c says the same as other, marks and files included.
func (c Content) Reads(other Content) bool {
	one, two := c.Whole(), other.Whole()
	return one.Text == two.Text && slices.Equal(one.Spans, two.Spans) &&
		slices.EqualFunc(c.Attachments, other.Attachments, func(a, b Attachment) bool { return a.Kind == b.Kind && a.Ref == b.Ref && a.URL == b.URL })
}

// Reworded returns now with how c read, and how that read before, as its earlier wordings.
func (c Content) Reworded(now Content) Content {
	now.Earlier = append(slices.Clone(c.Earlier), c.Plain())
	now.Earlier = now.Earlier[max(0, len(now.Earlier)-EarlierMost):]
	return now
}

// Empty reports whether c says nothing at all.
func (c Content) Empty() bool {
	return c.Text == "" && c.Payload == "" && len(c.Attachments) == 0 && len(c.Buttons) == 0 && len(c.Lines) == 0 &&
		c.Location == nil && len(c.Cards) == 0
}

// Rich returns the text with its spans.
func (c Content) Rich() Rich { return NewRich(c.Text, c.Spans) }

// Whole returns all that c says in words: its text, then a line for each thing that is not text.
func (c Content) Whole() Rich { return Join("\n", c.Rich(), Rich{Text: strings.Join(c.Said(), "\n")}) }

// Plain returns c in words without marks, the addresses of links behind their words.
func (c Content) Plain() string { return c.Whole().Plain() }

// Said returns the lines that stand for what is not text: one an attachment, then the place, the cards, Lines, and where
// the message is from.
func (c Content) Said() []string {
	lines := make([]string, 0, len(c.Attachments)+len(c.Cards)+len(c.Lines)+2)
	for _, a := range c.Attachments {
		lines = append(lines, a.Line())
	}
	if c.Location != nil {
		lines = append(lines, c.Location.Line())
	}
	for _, card := range c.Cards {
		lines = append(lines, card.Line())
	}
	lines = append(lines, c.Lines...)
	if c.Forwarded != nil {
		lines = append(lines, c.Forwarded.Line())
	}
	return lines
}

// Button is a choice under a message. Payload comes back when it is pressed; an empty one means the title.
type Button struct {
	Title   string `json:"title"`
	Payload string `json:"payload,omitempty"`
}

// Contact is the customer as the platform describes him. ID is the platform's, opaque to everybody but the adapter.
type Contact struct {
	ID     string            `json:"id,omitempty"`
	Name   string            `json:"name,omitempty"`
	Locale string            `json:"locale,omitempty"` // a language tag such as "pt-BR"
	Fields map[string]string `json:"fields,omitempty"` // the sender's own: order number, plan
}

// Language returns the language of the locale, such as "pt", and "" if the platform does not name one.
func (c Contact) Language() string {
	tag := c.Locale
	if end := strings.IndexAny(tag, "-_"); end >= 0 {
		tag = tag[:end]
	}
	return strings.ToLower(tag)
}

// Person is an agent: a member of the desk's workspace.
type Person struct {
	ID   string `json:"id,omitempty"`   // the desk's, opaque
	Name string `json:"name,omitempty"` // as the customer may see it
}
