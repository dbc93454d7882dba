package faq

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"patchbay/gateway/bots"
	"patchbay/models"
)

//go:embed example.md
var example string

// Example returns a whole file, example.md: the questions of a small shop.
func Example() []byte { return []byte(example) }

// Config is the section of a bot of kind "faq".
type Config struct {
	bots.Common
	File     string `toml:"file"`     // .toml or .md; a relative path is taken from the config's folder
	Fallback string `toml:"fallback"` // said when nothing fits; default is a sentence in the customer's language

	// Data is the content of the file for a program that brings its own: File is then only its name.
	Data []byte `toml:"-"`
}

// Validate returns what is wrong with the section and with its file.
func (c *Config) Validate() []bots.Problem {
	all := c.Problems()
	if c.File == "" {
		return append(all, bots.Problem{Key: "file", Text: "missing"})
	}
	if _, err := c.entries(); err != nil {
		all = append(all, bots.Problem{Key: "file", Text: err.Error()})
	}
	return all
}

// Files returns the file with the questions.
func (c *Config) Files() []string {
	if c.File == "" || c.Data != nil {
		return nil
	}
	return []string{c.File}
}

// Within takes a relative path from dir.
func (c *Config) Within(dir string) {
	if c.File != "" && c.Data == nil && !filepath.IsAbs(c.File) {
		c.File = filepath.Join(dir, c.File)
	}
}

func (c *Config) entries() ([]Entry, error) {
	if c.Data != nil {
		return Parse(c.File, c.Data)
	}
	return read(c.File)
}

// Bot answers from its file as it was when New read it. A changed file is a new Bot.
type Bot struct {
	entries  []Entry
	index    *index
	lexicon  *lexicon
	phrases  phrases
	fallback string
}

// New reads the file of section c and builds its index. Close releases the index.
func New(c *Config, _ bots.Deps) (bots.Bot, error) {
	if err := bots.Invalid(c.Problems()); err != nil {
		return nil, err
	}
	if c.File == "" {
		return nil, errors.New("file: missing")
	}
	entries, err := c.entries()
	if err != nil {
		return nil, fmt.Errorf("file: %w", err)
	}
	b := &Bot{entries: entries, fallback: c.Fallback}
	if b.lexicon, err = newLexicon(); err != nil {
		return nil, err
	}
	if b.phrases, err = newPhrases(); err != nil {
		return nil, err
	}
	if b.index, err = newIndex(context.Background(), b.lexicon, entries); err != nil {
		return nil, err
	}
	return b, nil
}

const (
	// nothing is the confidence under which an entry has so little to do with a message that it is not even evidence.
	nothing = 0.2
	// surely is the confidence from which a sentence is a question of its own.
	surely = 0.6
	// most is how many questions of one message are answered.
	most = 3
	// longest is how many bytes of a message are read: more than anybody asks.
	longest = 8 << 10
)

// Answer answers with the entry that fits best and how surely it does. A message of several sentences that ask different
// things gets an answer for each. What no entry fits is a fallback.
func (b *Bot) Answer(ctx context.Context, q bots.Question) (bots.Answer, error) {
	text := q.Payload
	if text == "" {
		text = q.Text
	}
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "")
	}
	found, err := b.find(ctx, text)
	if err != nil {
		return bots.Answer{}, err
	}
	phrases := b.phrases.in(q.Conversation.Locale)
	switch {
	case found[0].confidence < surely && (b.greets(text) || command(text) == start):
		return b.say(phrases.Hello, 1), nil
	case found[0].confidence < nothing:
		if b.fallback != "" {
			phrases.Fallback = b.fallback
		}
		a := b.say(phrases.Fallback, found[0].confidence)
		a.Fallback = true
		return a, nil
	}
	var a bots.Answer
	least := 1.0
	for _, m := range found {
		e := b.entries[m.entry]
		a.Messages = append(a.Messages, models.Content{Text: e.Answer, Buttons: slices.Clone(e.Buttons)})
		least = min(least, m.confidence)
	}
	a.Confidence = &least
	return a, nil
}

// start is what Telegram opens a chat with, perhaps with what a link carried:
// https://core.telegram.org/bots/features#deep-linking
const start = "/start"

// command returns the first word of text if it is a command.
func command(text string) string {
	if fields := strings.Fields(text); len(fields) > 0 && strings.HasPrefix(fields[0], "/") {
		return fields[0]
	}
	return ""
}

// find returns the entries that text asks for, at least one: its confidence is 0 if there is none.
func (b *Bot) find(ctx context.Context, text string) ([]match, error) {
	if carried, ok := strings.CutPrefix(strings.TrimSpace(text), start+" "); ok {
		if found, err := b.best(ctx, carried); err != nil || found[0].confidence >= nothing {
			return found, err
		}
		text = start
	}
	return b.best(ctx, text)
}

// best returns the entry for all of text, or those for its sentences.
func (b *Bot) best(ctx context.Context, text string) ([]match, error) {
	whole, err := b.index.search(ctx, b.lexicon, text)
	if err != nil || whole.confidence == 1 {
		return []match{whole}, err
	}
	parts, err := b.parts(ctx, text)
	if len(parts) > 1 || len(parts) == 1 && parts[0].confidence > whole.confidence {
		return parts, err
	}
	return []match{whole}, err
}

func (b *Bot) say(text string, confidence float64) bots.Answer {
	return bots.Answer{Messages: []models.Content{{Text: text}}, Confidence: &confidence}
}

// parts returns the entries that single sentences of text surely ask for, in their order, each once.
func (b *Bot) parts(ctx context.Context, text string) ([]match, error) {
	sentences := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("\n.?!;。？！؟।", r) })
	if len(sentences) < 2 || len(sentences) > 4*most {
		return nil, nil
	}
	var found []match
	for _, s := range sentences {
		if b.greets(s) {
			continue
		}
		m, err := b.index.search(ctx, b.lexicon, s)
		if err != nil {
			return nil, err
		}
		if m.confidence < surely || slices.ContainsFunc(found, func(f match) bool { return f.entry == m.entry }) {
			continue
		}
		if found = append(found, m); len(found) == most {
			break
		}
	}
	return found, nil
}

// greets reports whether text is a greeting and nothing else.
func (b *Bot) greets(text string) bool {
	greets := false
	for _, w := range b.lexicon.words(text, nil) {
		if w.weight > 0 && !w.greet {
			return false
		}
		greets = greets || w.greet
	}
	return greets
}

// Close releases the index. Answers under way are waited for.
func (b *Bot) Close() error { return b.index.close() }

var (
	_ bots.Bot        = (*Bot)(nil)
	_ bots.Config     = (*Config)(nil)
	_ bots.FileConfig = (*Config)(nil)
)
