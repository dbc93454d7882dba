package models

import "strings"

// Content is what one message says, in no platform's form. Text is plain Unicode text with line breaks.
type Content struct {
	Text        string       `json:"text,omitempty"`
	Payload     string       `json:"payload,omitempty"` // a pressed button's; Text is then the button's title
	Attachments []Attachment `json:"attachments,omitempty"`
	Buttons     []Button     `json:"buttons,omitempty"`
	ReplyTo     string       `json:"reply_to,omitempty"` // the platform's id of the message that this one answers
	Lines       []string     `json:"lines,omitempty"`    // what cannot cross as itself, said in words: "[photo, 82 kB]"
	Template    *Template    `json:"template,omitempty"` // sent as such, where the platform knows it; Text is what it says
}

// Empty reports whether c says nothing at all.
func (c Content) Empty() bool {
	return c.Text == "" && c.Payload == "" && len(c.Attachments) == 0 && len(c.Buttons) == 0 && len(c.Lines) == 0
}

// Plain returns c in words: its text, then a line for each thing that is not text.
func (c Content) Plain() string {
	text := c.Text
	for _, line := range c.Said() {
		if text != "" {
			text += "\n"
		}
		text += line
	}
	return text
}

// Said returns the lines that stand for what is not text: one an attachment, then Lines.
func (c Content) Said() []string {
	lines := make([]string, 0, len(c.Attachments)+len(c.Lines))
	for _, a := range c.Attachments {
		lines = append(lines, a.Line())
	}
	return append(lines, c.Lines...)
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
