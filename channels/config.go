package channels

import (
	"log/slog"
	"net/http"
	"time"
)

// Config is a channel's section in the config file: a pointer to a struct with toml tags that embeds Common. The
// program decodes it strictly, resolves env: and file: references in its strings and Secrets, and asks it to judge itself.
type Config interface {
	// Shared returns the embedded Common.
	Shared() *Common
	// Account returns the platform's name for the account, known without asking the platform, or "" if the section does
	// not tell it. name is the section's.
	Account(name string) string
	// Validate returns what is wrong with the section itself, each with the key it is about.
	Validate() []Problem
}

// Called is implemented by a Config of a channel whose platform calls the gateway, so that it has to be told the public
// address.
type Called interface {
	// Called reports whether it does with this section.
	Called() bool
}

// Common is what the section of every channel takes.
type Common struct {
	Enabled      *bool    `toml:"enabled"`       // default true
	SlackChannel string   `toml:"slack_channel"` // this channel's threads elsewhere than the desk's channel
	Desk         string   `toml:"desk"`          // [desks.<name>]; "" is [slack]
	Bot          string   `toml:"bot"`           // [bots.<name>]; "" is [bot]
	Language     string   `toml:"language"`      // of texts, when the customer's is not known
	OnlyFrom     []string `toml:"only_from"`     // contact ids; empty is everybody
	Rate         float64  `toml:"rate"`          // messages a second; 0 is the platform's
	ChatRate     float64  `toml:"chat_rate"`     // messages a second in one chat; 0 is the platform's
	ReadMarks    *bool    `toml:"read_marks"`    // tell customers that their messages were read; default true
}

// Shared returns c.
func (c *Common) Shared() *Common { return c }

// On reports whether the channel is switched on.
func (c *Common) On() bool { return c.Enabled == nil || *c.Enabled }

// Problem is something wrong in a section. A Warning lets the program start.
type Problem struct {
	Key     string // within the section: "token"
	Text    string // "missing", "does not look like a bot token (123456:ABC…)"
	Warning bool
}

// Deps is what an adapter is given beside its section.
type Deps struct {
	Name string       // of the section: the "support" of [channels.telegram.support]
	HTTP *http.Client // has timeouts; follows no redirects
	Log  *slog.Logger // already says which channel
	Now  func() time.Time
}
