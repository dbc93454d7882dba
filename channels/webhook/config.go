package webhook

import (
	"net/url"

	"patchbay/channels"
	"patchbay/channels/standardwebhooks"
	"patchbay/models"
)

// Config is the section [channels.webhook.<name>].
type Config struct {
	channels.Common
	// Secret is what both sides sign with: whsec_ and a key in base64. While it is changed it is a list, the new one
	// first: that one signs, all of them are accepted.
	Secret models.Secrets `toml:"secret"`
	// SendURL is where answers are posted.
	SendURL string `toml:"send_url"`
	// Window is how long after a customer's last message he may be written to; 0 is always.
	Window models.Duration `toml:"window"`
	// Receipts and Typing say that the receiver wants to know when a customer's message was read, and while somebody writes.
	Receipts bool `toml:"receipts"`
	Typing   bool `toml:"typing"`
}

// Account returns the section's name: the channel is its own account.
func (c *Config) Account(name string) string { return name }

// Validate returns what is wrong with the section.
func (c *Config) Validate() []channels.Problem {
	var problems []channels.Problem
	if c.Secret.IsZero() {
		problems = append(problems, channels.Problem{Key: "secret", Text: "missing: whsec_ and 24 to 64 random bytes in base64"})
	}
	for _, secret := range c.Secret.Reveal() {
		if text, usable := standardwebhooks.Check(secret); text != "" {
			problems = append(problems, channels.Problem{Key: "secret", Text: text, Warning: usable})
		}
	}
	if c.SendURL == "" {
		problems = append(problems, channels.Problem{Key: "send_url", Text: "missing: where answers are posted"})
	} else if !isURL(c.SendURL) {
		problems = append(problems, channels.Problem{Key: "send_url", Text: "is no http or https address"})
	}
	if c.Window.Duration < 0 {
		problems = append(problems, channels.Problem{Key: "window", Text: "has to be more than 0, such as \"24h\""})
	}
	return problems
}

// isURL reports whether text is an absolute http or https address.
func isURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}

var _ channels.Config = (*Config)(nil)
