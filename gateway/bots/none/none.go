// Package none stands for a bot where there is none: every chat goes to people at once.
package none

import (
	"context"

	"patchbay/gateway/bots"
	"patchbay/models"
)

// Config is the section of a bot of kind "none".
type Config struct {
	bots.Common
}

// Validate returns what is wrong with the section.
func (c *Config) Validate() []bots.Problem { return c.Problems() }

// Bot hands every chat over. It holds nothing.
type Bot struct{}

// New returns the bot of section c.
func New(c *Config, _ bots.Deps) (bots.Bot, error) {
	if err := bots.Invalid(c.Validate()); err != nil {
		return nil, err
	}
	return Bot{}, nil
}

// Answer asks for a person, whatever the question is. It says nothing to the customer.
func (Bot) Answer(context.Context, bots.Question) (bots.Answer, error) {
	return bots.Answer{Handover: &models.HandoverWish{Requested: true, Reason: "no bot"}}, nil
}

// Absent reports that there is no bot to ask.
func (Bot) Absent() bool { return true }

var (
	_ bots.Bot    = Bot{}
	_ bots.Absent = Bot{}
	_ bots.Config = (*Config)(nil)
)
