package slackdesk

import (
	"net/url"
	"regexp"
	"strings"

	"patchbay/handover/hours"
	"patchbay/models"
)

// Names of agents, as the customer may see them.
const (
	NameReal  = "real"  // "Ana Silva"
	NameFirst = "first" // "Ana"
	NameTeam  = "team"  // "Support"
)

// DefaultAPI is where Slack's Web API is.
const DefaultAPI = "https://slack.com/api/"

// Config is a desk's section in the config file.
type Config struct {
	BotToken      models.Secret  `toml:"bot_token"`
	AppToken      models.Secret  `toml:"app_token"`      // set: Socket Mode; not set: HTTP with SigningSecret
	SigningSecret models.Secrets `toml:"signing_secret"` // a string, or a list while it is changed
	Channel       string         `toml:"channel"`        // id of the channel where threads open
	OpsChannel    string         `toml:"ops_channel"`    // where the operator is told; "" is nowhere
	AgentName     string         `toml:"agent_name"`     // NameFirst if empty
	APIURL        string         `toml:"api_url"`        // DefaultAPI if empty
	Rate          float64        `toml:"rate"`           // posts a second in the workspace; 0 is Slack's
	ChatRate      float64        `toml:"chat_rate"`      // posts a second in one channel; 0 is Slack's

	Reply      string            `toml:"reply"`      // ReplyDirect if empty
	Undo       *models.Duration  `toml:"undo"`       // how long a reply waits for its writer to take it back; nil leaves it to the channel
	Replies    string            `toml:"replies"`    // folder of the canned replies; "" is none
	Lock       string            `toml:"lock"`       // handover.LockOwner, or empty
	Categories []string          `toml:"categories"` // of the form after Resolve
	Rating     string            `toml:"rating"`     // how the customer is asked after Resolve: a handover.Rating
	Teams      map[string]string `toml:"teams"`      // ids of the channels to which a chat can be passed on, by the team's name

	Returning *models.Duration `toml:"returning"` // for how long a customer who comes back is brought to who had him last; nil is returningLong, 0 is never

	Routes     []Route `toml:"routes"`      // where chats open: the first that fits
	ContactURL string  `toml:"contact_url"` // the customer's page, with placeholders: https://crm.example.com/{{contact.id}}

	Hours         hours.Spec      `toml:"hours"`          // when agents are at work; empty is always
	Ladder        []Rung          `toml:"ladder"`         // what is done while nobody takes a chat; not set is defaultLadder, and an empty list is nothing
	QuietAgent    models.Duration `toml:"quiet_agent"`    // how long a customer waits for an answer before the agent is reminded; 0 is for ever
	QuietOffer    bool            `toml:"quiet_offer"`    // a chat whose agent was reminded twice is offered to all again
	QuietCustomer models.Duration `toml:"quiet_customer"` // how long after a reply the customer is asked whether there is more; 0 is never
	CloseAfter    models.Duration `toml:"close_after"`    // how long after that the chat is closed; 0 is never
}

// Problem is something wrong in the section. A Warning lets the program start.
type Problem struct {
	Key     string // within the section: "bot_token"
	Text    string
	Warning bool
}

var (
	channelID = regexp.MustCompile(`^[CG][A-Z0-9]{6,}$`)
	userID    = regexp.MustCompile(`^[UW][A-Z0-9]{4,}$`)
)

// Socket reports whether the desk uses Socket Mode.
func (c Config) Socket() bool { return !c.AppToken.IsZero() }

// Validate returns what is wrong with the section itself.
func (c Config) Validate() []Problem {
	var found []Problem
	fault := func(key, text string) { found = append(found, Problem{Key: key, Text: text}) }
	warn := func(key, text string) { found = append(found, Problem{Key: key, Text: text, Warning: true}) }

	switch token := c.BotToken.Reveal(); {
	case token == "":
		fault("bot_token", "missing: the Bot User OAuth Token of the Slack app (xoxb-…)")
	case !strings.HasPrefix(token, "xoxb-"):
		warn("bot_token", "does not look like a bot token (xoxb-…)")
	}
	switch token := c.AppToken.Reveal(); {
	case token == "" && c.SigningSecret.IsZero():
		fault("signing_secret", "missing: set app_token for Socket Mode, or signing_secret for calls over HTTP")
	case token != "" && !strings.HasPrefix(token, "xapp-"):
		warn("app_token", "does not look like an app-level token (xapp-…)")
	}
	switch {
	case c.Channel == "":
		fault("channel", "missing: the id of the channel where threads open (C…), from the channel's details in Slack")
	case !channelID.MatchString(c.Channel):
		warn("channel", "does not look like a channel id (C0123456789); a channel's name does not work")
	}
	if c.OpsChannel != "" && !channelID.MatchString(c.OpsChannel) {
		warn("ops_channel", "does not look like a channel id (C0123456789); a channel's name does not work")
	}
	switch c.AgentName {
	case "", NameReal, NameFirst, NameTeam:
	default:
		fault("agent_name", `is none of "real", "first" and "team"`)
	}
	if c.APIURL != "" {
		u, err := url.Parse(c.APIURL)
		if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			fault("api_url", "is not an http or https address")
		}
	}
	if c.Rate < 0 {
		fault("rate", "is negative")
	}
	if c.ChatRate < 0 {
		fault("chat_rate", "is negative")
	}
	return append(found, c.validateChats()...)
}

// withDefaults returns c with what is not set filled in.
func (c Config) withDefaults() Config {
	if c.AgentName == "" {
		c.AgentName = NameFirst
	}
	if c.APIURL == "" {
		c.APIURL = DefaultAPI
	}
	if !strings.HasSuffix(c.APIURL, "/") {
		c.APIURL += "/"
	}
	if c.Rate == 0 {
		c.Rate = workspaceRate
	}
	if c.ChatRate == 0 {
		c.ChatRate = channelRate
	}
	return c
}
