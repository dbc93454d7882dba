package rasa

import (
	"net/url"
	"strings"

	"patchbay/gateway/bots"
	"patchbay/gateway/bots/internal/call"
	"patchbay/gateway/bots/internal/reply"
	"patchbay/models"
)

// Config is the section of a bot of kind "rasa".
type Config struct {
	bots.Common
	URL          string                   `toml:"url"`           // of the Rasa server: "http://localhost:5005"
	Token        models.Secret            `toml:"token"`         // Rasa's --auth-token, sent as ?token=
	Headers      map[string]models.Secret `toml:"headers"`       // sent with each call, for what stands before Rasa
	InputChannel string                   `toml:"input_channel"` // what Rasa takes the channel for; default is its own "rest"

	Markup reply.Markup `toml:"markup"` // of the bot's texts: "markdown", which is the default, or "plain"

	// HandoffActions are the values of "action" in a custom payload that ask for a person; default handoff, handover, human.
	HandoffActions []string `toml:"handoff_actions"`
	// FallbackTexts are what the bot says when it did not understand, such as the texts of utter_default.
	FallbackTexts []string `toml:"fallback_texts"`
	// Parse asks /model/parse for the intent of each message; it needs Rasa's --enable-api.
	Parse          bool   `toml:"parse"`
	FallbackIntent string `toml:"fallback_intent"` // with Parse; default nlu_fallback
	// ReturnedIntent is an intent that tells the bot that people have given it the chat back; "" tells it nothing.
	ReturnedIntent string `toml:"returned_intent"`
}

// defaultFallbackIntent is the intent that Rasa's FallbackClassifier sets: https://rasa.com/docs/rasa/fallback-handoff/
const defaultFallbackIntent = "nlu_fallback"

// defaultHandoffActions are the usual names; Rasa itself has none for it.
func defaultHandoffActions() []string { return []string{"handoff", "handover", "human"} }

// Hosts returns the bot's own host, whose files are fetched wherever it is.
func (c *Config) Hosts() []string { return call.Hosts(c.URL) }

// Validate returns what is wrong with the section.
func (c *Config) Validate() []bots.Problem {
	all := append(c.Problems(), call.AddressProblems("url", c.URL)...)
	if u, err := url.Parse(c.URL); err == nil {
		if u.RawQuery != "" {
			all = append(all, bots.Problem{Key: "url", Text: "has a query: put the token into token"})
		}
		if strings.Contains(u.Path, "/webhooks/") {
			all = append(all, bots.Problem{Key: "url", Text: "is the address of a channel: leave out /webhooks/ and what follows"})
		}
	}
	if strings.ContainsAny(c.ReturnedIntent, "/{}@ ") {
		all = append(all, bots.Problem{Key: "returned_intent", Text: "not the name of an intent"})
	}
	if c.FallbackIntent != "" && !c.Parse {
		all = append(all, bots.Problem{Key: "fallback_intent", Text: "does nothing without parse = true", Warning: true})
	}
	all = append(all, c.Markup.Problems()...)
	return append(all, call.HeaderProblems(c.Headers)...)
}
