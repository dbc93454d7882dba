package telegram

import (
	"net/url"
	"regexp"
	"strings"

	"patchbay/channels"
	"patchbay/models"
)

// DefaultURL is where Telegram's own Bot API server answers. Another one may be run at home:
// https://github.com/tdlib/telegram-bot-api.
const DefaultURL = "https://api.telegram.org"

// Config is the section [channels.telegram.<name>].
type Config struct {
	channels.Common
	// Mode is "polling" (default) or "webhook". A webhook is set at start if the program knows its public URL; without
	// one the operator sets it.
	Mode string `toml:"mode"`
	// Token is what @BotFather gave: 123456:ABC…
	Token models.Secret `toml:"token"`
	// SecretToken is what Telegram sends back with each call of the webhook. The first one is set with the webhook, all
	// of them are accepted.
	SecretToken models.Secrets `toml:"secret_token"`
	// APIURL is the Bot API server. Default: DefaultURL.
	APIURL string `toml:"api_url"`
}

// The modes. An empty one is polling.
const (
	modePolling = "polling"
	modeWebhook = "webhook"
)

var (
	tokenForm = regexp.MustCompile(`^([0-9]{5,20}):[A-Za-z0-9_-]{30,}$`)
	// https://core.telegram.org/bots/api#setwebhook
	secretForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)
)

// Account returns the bot's id, which is the token's part before the colon, or "" if there is none.
func (c *Config) Account(string) string {
	id, _, found := strings.Cut(c.Token.Reveal(), ":")
	if !found || id == "" || strings.Trim(id, "0123456789") != "" {
		return ""
	}
	return id
}

// Called reports whether Telegram calls a webhook.
func (c *Config) Called() bool { return c.Mode == modeWebhook }

// Validate returns what is wrong with the section.
func (c *Config) Validate() []channels.Problem {
	var problems []channels.Problem
	fault := func(key, text string) {
		problems = append(problems, channels.Problem{Key: key, Text: text})
	}
	switch {
	case c.Token.IsZero():
		fault("token", "missing: @BotFather gives it")
	case !tokenForm.MatchString(c.Token.Reveal()):
		problems = append(problems, channels.Problem{
			Key: "token", Text: "does not look like a bot token (123456789:ABC…)", Warning: true,
		})
	}
	switch c.Mode {
	case "", modePolling, modeWebhook:
	default:
		fault("mode", `must be "polling" or "webhook"`)
	}
	if c.Mode == modeWebhook && c.SecretToken.IsZero() {
		fault("secret_token", `missing: mode = "webhook" needs it, to know Telegram's calls from others`)
	}
	for _, secret := range c.SecretToken.Reveal() {
		if !secretForm.MatchString(secret) {
			fault("secret_token", "Telegram takes 1 to 256 of A-Z a-z 0-9 _ -")
			break
		}
	}
	if _, err := c.baseURL(); err != nil {
		fault("api_url", "must be an http or https URL, such as "+DefaultURL)
	}
	return problems
}

// baseURL returns the Bot API server's URL without a slash at its end.
func (c *Config) baseURL() (*url.URL, error) {
	if c.APIURL == "" {
		return url.Parse(DefaultURL)
	}
	u, err := url.Parse(strings.TrimRight(c.APIURL, "/"))
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.RawQuery != "" || u.Fragment != "" {
		return nil, errURL
	}
	return u, nil
}

var _ channels.Config = (*Config)(nil)
