package app

import (
	"patchbay/channels"
	"patchbay/gateway/bots"
	"patchbay/handover/canned"
	"patchbay/handover/texts"
	"patchbay/models"
)

// Server is [server]: the listeners. A change needs a restart.
type Server struct {
	Listen     string        `toml:"listen"`
	Admin      string        `toml:"admin"` // "" is none
	PublicURL  string        `toml:"public_url"`
	OpsWebhook models.Secret `toml:"ops_webhook"` // its path is often the password
}

// Store is [store]: the database. A change needs a restart.
type Store struct {
	URL  models.Secret   `toml:"url"`
	Keep models.Duration `toml:"keep"`
}

// Handover is [handover]: when people get a chat.
type Handover struct {
	BreakAfter    int             `toml:"break_after"`
	Breaker       int             `toml:"breaker"` // 0 is off
	MinConfidence float64         `toml:"min_confidence"`
	DetectBreaks  bool            `toml:"detect_breaks"`
	Reopen        models.Duration `toml:"reopen"`
	GiveUp        models.Duration `toml:"give_up"`
	Language      string          `toml:"language"`
	Texts         string          `toml:"texts"`
}

// ChannelSection is one [channels.<kind>.<name>].
type ChannelSection struct {
	Kind, Name string
	Config     channels.Config
	kind       ChannelKind
	path       string // of the section in the file
}

// Full returns the channel's name in logs, metrics and addresses: "telegram/support".
func (s ChannelSection) Full() string { return s.Kind + "/" + s.Name }

// DeskSection is the default desk, or one [desks.<name>].
type DeskSection struct {
	Name   string // the kind for the default desk
	Config any    // the kind's own struct
	// Replies are the canned replies that the section names; nil is none.
	Replies *canned.Library
	kind    DeskKind
	path    string // of the section in the file
}

// BotSection is [bot], whose name is "", or one [bots.<name>].
type BotSection struct {
	Name   string
	Config bots.Config
	kind   BotKind
	path   string
}

// Config is a config file, decoded and checked. It is read by many goroutines and never changed.
type Config struct {
	File     string
	Server   Server
	Store    Store
	Handover Handover
	Bots     []BotSection
	Desks    []DeskSection
	Channels []ChannelSection
	Texts    *texts.Texts
	Warnings []Fault

	files files // that it was made of: File itself, those named by file:, the texts, a bot's
}

// BotFor returns the bot of a channel; ok is false when there is none of that name.
func (c *Config) BotFor(name string) (BotSection, bool) {
	for _, b := range c.Bots {
		if b.Name == name {
			return b, true
		}
	}
	return BotSection{}, false
}

// DeskFor returns the desk of a channel; ok is false when there is none of that name. "" is the default desk.
func (c *Config) DeskFor(name string) (DeskSection, bool) {
	for _, d := range c.Desks {
		if d.Name == name || (name == "" && d.path == d.kind.Kind) {
			return d, true
		}
	}
	return DeskSection{}, false
}

// ChannelNamed returns a channel by its full name.
func (c *Config) ChannelNamed(full string) (ChannelSection, bool) {
	for _, ch := range c.Channels {
		if ch.Full() == full {
			return ch, true
		}
	}
	return ChannelSection{}, false
}
