// Package rasa asks a bot made with Rasa, over its REST channel:
// https://rasa.com/docs/rasa/connectors/your-own-website/#restinput
//
// Rasa knows the customer by the platform's chat id. It is told the channel, the language and the name as metadata. Its
// texts, images, buttons and attachments become messages, in their order. It hands over with a custom payload, which has
// no standard: {"action": "handoff", "reason": "…", "team": "…", "summary": "…"}.
//
// Rasa reads a message that starts with a slash as a command to the dialogue: "/restart" or "/inform{"order": "17"}". That
// is how its buttons work, so a pressed button's payload goes through as it is. What a customer typed does not: its slash
// becomes the sign U+2215, which looks the same and means nothing, so that nobody restarts the dialogue or fills its slots
// by typing.
//
// That Rasa did not understand is told by one of its fallback texts, or with parse by the intent of the message, which is
// asked for beside the dialogue. Inside a form a fallback intent is normal, so parse suits bots without forms.
package rasa

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"time"

	"patchbay/gateway/bots"
	"patchbay/gateway/bots/internal/call"
	"patchbay/gateway/bots/internal/reply"
	"patchbay/models"
)

// Bot is a Rasa server.
type Bot struct {
	base         *url.URL
	token        models.Secret
	headers      map[string]models.Secret
	inputChannel string

	handoffs  []string // folded
	fallbacks []string // folded
	intent    string   // the fallback intent; "" when it is not asked for
	returned  string   // the intent for Returned; "" is none

	markup  reply.Markup
	timeout time.Duration
	client  *http.Client
	log     *slog.Logger
}

// New returns the bot of section c.
func New(c *Config, d bots.Deps) (bots.Bot, error) {
	if err := bots.Invalid(c.Validate()); err != nil {
		return nil, err
	}
	base, err := call.Address(c.URL)
	if err != nil {
		return nil, fmt.Errorf("url: %w", err)
	}
	timeout := c.WithDefaults().Timeout.Duration
	b := &Bot{
		base: base, token: c.Token, headers: c.Headers, inputChannel: c.InputChannel, returned: c.ReturnedIntent,
		markup: c.Markup, timeout: timeout, client: d.Client(timeout), log: d.Logger(),
	}
	handoffs := c.HandoffActions
	if handoffs == nil {
		handoffs = defaultHandoffActions()
	}
	for _, action := range handoffs {
		b.handoffs = append(b.handoffs, fold(action))
	}
	for _, text := range c.FallbackTexts {
		b.fallbacks = append(b.fallbacks, fold(b.markup.Content(text).Text))
	}
	if c.Parse {
		b.intent = c.FallbackIntent
		if b.intent == "" {
			b.intent = defaultFallbackIntent
		}
	}
	return b, nil
}

// Answer puts the question to Rasa, after telling it, if it wants to know, that people gave the chat back. An error of
// what goes beside the question does not spoil the answer.
func (b *Bot) Answer(ctx context.Context, q bots.Question) (bots.Answer, error) {
	if q.Returned != nil && b.returned != "" {
		b.tell(ctx, q)
	}
	misunderstood := b.intent != "" && q.Payload == "" && b.misunderstands(ctx, messageOf(q), q.ID)
	body, err := b.say(ctx, b.request(q, messageOf(q)))
	if err != nil {
		return bots.Answer{}, err
	}
	a, err := b.decode(body)
	if err != nil {
		return bots.Answer{}, err
	}
	a.Fallback = misunderstood || slices.ContainsFunc(a.Messages, func(m models.Content) bool {
		return m.Text != "" && slices.Contains(b.fallbacks, fold(m.Text))
	})
	return a, nil
}

// tell sends the intent that says how the handover ended. What the bot answers to it is for nobody: the customer has asked
// something. It may take a quarter of the time, so that the question still has its own.
func (b *Bot) tell(ctx context.Context, q bots.Question) {
	ctx, cancel := context.WithTimeout(ctx, b.timeout/4)
	defer cancel()
	message, err := returnedMessage(b.returned, q.Returned)
	if err == nil {
		_, err = b.say(ctx, b.request(q, message))
	}
	if err != nil {
		b.log.WarnContext(ctx, "bot not told of the end of a handover", "err", err)
	}
}

// misunderstands asks for the intent of a message. If that fails, the answer is judged without it.
func (b *Bot) misunderstands(ctx context.Context, message, id string) bool {
	req, err := b.parseRequest(ctx, message, id)
	var body []byte
	if err == nil {
		body, err = call.OK(b.client, req)
	}
	var parsed struct {
		Intent struct {
			Name string `json:"name"`
		} `json:"intent"`
	}
	if err == nil && json.Unmarshal(body, &parsed) != nil {
		err = errors.New("not as /model/parse has it")
	}
	if err != nil {
		b.log.WarnContext(ctx, "intent not known", "err", err)
		return false
	}
	return parsed.Intent.Name == b.intent
}

// address returns the address of a path of the server.
func (b *Bot) address(path string) string {
	u := b.base.JoinPath(path)
	if !b.token.IsZero() {
		u.RawQuery = url.Values{"token": {b.token.Reveal()}}.Encode()
	}
	return u.String()
}

// say puts a message into the dialogue and returns what comes back.
func (b *Bot) say(ctx context.Context, r request) ([]byte, error) {
	req, err := b.post(ctx, "webhooks/rest/webhook", r)
	if err != nil {
		return nil, err
	}
	return call.OK(b.client, req)
}

// parseRequest returns the call that asks for the intent of a text. id is for Rasa's logs.
func (b *Bot) parseRequest(ctx context.Context, text, id string) (*http.Request, error) {
	return b.post(ctx, "model/parse", struct {
		Text string `json:"text"`
		ID   string `json:"message_id,omitempty"`
	}{text, id})
}

// post returns the call that posts value to a path of the server.
func (b *Bot) post(ctx context.Context, path string, value any) (*http.Request, error) {
	body, err := json.Marshal(value)
	if err != nil {
		return nil, errors.New("question cannot be written as JSON")
	}
	return call.New(ctx, http.MethodPost, b.address(path), b.headers, body)
}

var (
	_ bots.Bot     = (*Bot)(nil)
	_ bots.Checker = (*Bot)(nil)
	_ bots.Config  = (*Config)(nil)
)
