package bots

import (
	"errors"
	"slices"
	"strings"
	"time"

	"patchbay/models"
)

// Config is a bot's section in the config file: a pointer to a struct with toml tags that embeds Common. The program
// decodes it strictly, resolves env: and file: references in its strings and Secrets, and asks it to judge itself.
type Config interface {
	// Shared returns the embedded Common.
	Shared() *Common
	// Validate returns what is wrong with the section itself, each with the key it is about.
	Validate() []Problem
}

// FileConfig is a Config of a bot that is built from files of its own. The program watches them as it watches the config.
type FileConfig interface {
	Files() []string
	// Within makes relative paths relative to dir, the folder of the config file. It is called once, before Validate.
	Within(dir string)
}

// Problem is something wrong in a section. A Warning lets the program start.
type Problem struct {
	Key     string // within the section: "url"
	Text    string // "missing", "not an http or https address"
	Warning bool
}

// The defaults of Common.
const (
	DefaultTimeout  = 20 * time.Second
	DefaultPatience = 5 * time.Second
	DefaultStale    = 10 * time.Minute
)

// Common is what the section of every bot takes. A duration that is zero is the default; read them with WithDefaults.
type Common struct {
	Kind     string          `toml:"kind"`     // which connector: "http", "rasa", "faq", "none"
	Timeout  models.Duration `toml:"timeout"`  // the bot broke when it has not answered by then; default 20s
	Patience models.Duration `toml:"patience"` // the customer sees typing from then on; default 5s
	Stale    models.Duration `toml:"stale"`    // an older question is not put to the bot; default 10m
	Accepts  []string        `toml:"accepts"`  // kinds of content the bot takes: "text", "image", …; default text
	// NotAccepted says what is done with a file of another kind: "words" (default), "handover" or "cannot_send".
	NotAccepted string `toml:"not_accepted"`
}

// Shared returns c.
func (c *Common) Shared() *Common { return c }

// WithDefaults returns a copy of c with every default filled in.
func (c *Common) WithDefaults() Common {
	d := *c
	d.Timeout.Duration = c.Timeout.Or(DefaultTimeout)
	d.Patience.Duration = c.Patience.Or(DefaultPatience)
	d.Stale.Duration = c.Stale.Or(DefaultStale)
	if len(c.Accepts) == 0 {
		d.Accepts = []string{acceptsText}
	}
	return d
}

// acceptsText stands for text and pressed buttons among the kinds of content.
const acceptsText = "text"

// accepted are the kinds of content that a bot can take.
func accepted() []string {
	return []string{
		acceptsText, string(models.Image), string(models.Video), string(models.Voice), string(models.Audio),
		string(models.File), string(models.Sticker),
	}
}

// Takes reports whether the bot takes files of kind k. Text and pressed buttons are always taken.
func (c *Common) Takes(k models.AttachmentKind) bool {
	return slices.Contains(c.Accepts, string(k))
}

// Problems returns what is wrong with the keys that every bot has. The Validate of each Config includes them.
func (c *Common) Problems() []Problem {
	var all []Problem
	for _, span := range []struct {
		key   string
		value models.Duration
	}{{"timeout", c.Timeout}, {"patience", c.Patience}, {"stale", c.Stale}} {
		if span.value.Duration < 0 {
			all = append(all, Problem{Key: span.key, Text: "is negative"})
		}
	}
	d := c.WithDefaults()
	if d.Patience.Duration >= d.Timeout.Duration {
		all = append(all, Problem{Key: "patience", Text: "is not shorter than timeout, so the customer will never see typing", Warning: true})
	}
	if d.Stale.Duration < d.Timeout.Duration {
		all = append(all, Problem{Key: "stale", Text: "is shorter than timeout, so a question can be too old before the bot has had its time", Warning: true})
	}
	switch c.NotAccepted {
	case "", "words", "handover", "cannot_send":
	default:
		all = append(all, Problem{Key: "not_accepted", Text: `is none of "words", "handover" and "cannot_send"`})
	}
	for _, kind := range c.Accepts {
		if !slices.Contains(accepted(), kind) {
			all = append(all, Problem{Key: "accepts", Text: "unknown kind of content; the kinds are " + strings.Join(accepted(), ", ")})
		}
	}
	return all
}

// Invalid returns the problems that are no warnings as one error, nil if there are none.
func Invalid(problems []Problem) error {
	var all []error
	for _, p := range problems {
		if !p.Warning {
			all = append(all, errors.New(p.Key+": "+p.Text))
		}
	}
	return errors.Join(all...)
}
