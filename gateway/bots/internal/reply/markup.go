package reply

import (
	"patchbay/gateway/bots"
	"patchbay/gateway/bots/internal/commonmark"
	"patchbay/models"
)

// Markup is how a bot marks words in its texts: the value of the key markup.
type Markup string

// The kinds of mark-up. The empty one is Markdown: a text without marks reads the same either way.
const (
	Markdown Markup = "markdown" // CommonMark
	Plain    Markup = "plain"    // not at all
)

// Problems returns what is wrong with the key.
func (m Markup) Problems() []bots.Problem {
	switch m {
	case "", Markdown, Plain:
		return nil
	}
	return []bots.Problem{{Key: "markup", Text: `is neither "markdown" nor "plain"`}}
}

// Content returns what a bot said with text.
func (m Markup) Content(text string) models.Content {
	text = Text(text)
	if m == Plain {
		return models.Content{Text: text}
	}
	said := commonmark.Parse(text)
	return models.Content{Text: said.Text, Spans: said.Spans}
}
