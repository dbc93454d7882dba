// Package httpbot asks a bot over HTTP: one POST a question, the answer in the response. It is the way to connect a bot
// written in any language.
package httpbot

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"patchbay/channels/standardwebhooks"
	"patchbay/gateway/bots"
	"patchbay/gateway/bots/internal/call"
	"patchbay/gateway/bots/internal/reply"
	"patchbay/models"
)

// Config is the section of a bot of kind "http".
type Config struct {
	bots.Common
	URL     string                   `toml:"url"`     // where questions are posted to
	Headers map[string]models.Secret `toml:"headers"` // sent with each call: Authorization
	Secret  models.Secret            `toml:"secret"`  // whsec_…: calls are signed as Standard Webhooks
	Markup  reply.Markup             `toml:"markup"`  // of the bot's texts: "markdown", which is the default, or "plain"
}

// Hosts returns the bot's own host, whose files are fetched wherever it is.
func (c *Config) Hosts() []string { return call.Hosts(c.URL) }

// Validate returns what is wrong with the section.
func (c *Config) Validate() []bots.Problem {
	all := append(c.Problems(), call.AddressProblems("url", c.URL)...)
	if !c.Secret.IsZero() {
		if problem, usable := standardwebhooks.Check(c.Secret.Reveal()); problem != "" {
			all = append(all, bots.Problem{Key: "secret", Text: problem, Warning: usable})
		}
	}
	all = append(all, c.Markup.Problems()...)
	return append(all, call.HeaderProblems(c.Headers)...)
}

// Bot is a bot behind an address.
type Bot struct {
	url     string
	headers map[string]models.Secret
	keys    *standardwebhooks.Keys // nil: calls are not signed
	client  *http.Client
	now     func() time.Time
	markup  reply.Markup
}

// New returns the bot of section c.
func New(c *Config, d bots.Deps) (bots.Bot, error) {
	if err := bots.Invalid(c.Validate()); err != nil {
		return nil, err
	}
	b := &Bot{url: c.URL, headers: c.Headers, client: d.Client(c.WithDefaults().Timeout.Duration), now: d.Clock(), markup: c.Markup}
	if !c.Secret.IsZero() {
		keys, err := standardwebhooks.Parse(models.Secrets{c.Secret})
		if err != nil {
			return nil, fmt.Errorf("secret: %w", err)
		}
		b.keys = keys
	}
	return b, nil
}

// Answer posts the question. Its id goes along as Idempotency-Key, so that a bot that was asked before can say the same
// again: https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
func (b *Bot) Answer(ctx context.Context, q bots.Question) (bots.Answer, error) {
	body, err := encode(q)
	if err != nil {
		return bots.Answer{}, errors.New("question cannot be written as JSON")
	}
	req, err := call.New(ctx, http.MethodPost, b.url, b.headers, body)
	if err != nil {
		return bots.Answer{}, err
	}
	req.Header.Set("Idempotency-Key", q.ID)
	// net/http repeats a call with this header by itself when a connection that it had kept breaks, as long as it can have
	// the body again. When a question is repeated is the lane's to decide: https://pkg.go.dev/net/http#Transport
	req.GetBody = nil
	if b.keys != nil {
		b.keys.Sign(req.Header, q.ID, b.now(), body)
	}
	body, err = call.OK(b.client, req)
	if err != nil {
		return bots.Answer{}, err
	}
	return decode(body, b.markup)
}

// Check asks with OPTIONS, which no bot takes for a question, whether somebody is there. A server that knows the path and
// not the method answers 405, or 501, and is there.
func (b *Bot) Check(ctx context.Context) error {
	req, err := call.New(ctx, http.MethodOptions, b.url, b.headers, nil)
	if err != nil {
		return err
	}
	status, _, err := call.Do(b.client, req)
	switch {
	case err != nil:
		return err
	case status == http.StatusNotImplemented || status == http.StatusMethodNotAllowed:
		return nil
	case status == http.StatusNotFound || status == http.StatusGone:
		return fmt.Errorf("the server has nothing at this path (%d): correct the path of url", status)
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return fmt.Errorf("the server refuses us (%d): correct headers", status)
	case status >= 300 && status < 400, status >= 500:
		return call.StatusError(status)
	}
	return nil
}

var (
	_ bots.Bot     = (*Bot)(nil)
	_ bots.Checker = (*Bot)(nil)
	_ bots.Config  = (*Config)(nil)
)
