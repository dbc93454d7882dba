package telegram

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"patchbay/channels"
)

var errURL = errors.New("not an http or https URL")

// adapter is one bot. All but self is fixed after New.
type adapter struct {
	token    string
	id       int64 // the bot's own user id
	endpoint string
	base     *url.URL
	host     string // of the Bot API server, for people
	webhook  bool
	secrets  []string // the first one is set with the webhook
	http     *http.Client
	files    *http.Client // takes as long as a file does
	log      *slog.Logger
	now      func() time.Time

	self atomic.Pointer[tgbotapi.User] // nil until Setup has asked
}

// New returns the adapter for one bot. It calls nobody. The result is also a Receiver, Poller, Editor, Deleter, Typer,
// Setupper and Checker. In webhook mode Poll only waits for the end of its ctx; in polling mode Receive fails with
// [channels.ErrNoWebhook].
func New(c *Config, d channels.Deps) (channels.Adapter, error) {
	for _, p := range c.Validate() {
		if !p.Warning {
			return nil, fmt.Errorf("%s: %s", p.Key, p.Text)
		}
	}
	base, err := c.baseURL()
	if err != nil {
		return nil, fmt.Errorf("api_url: %w", err)
	}
	id, _ := strconv.ParseInt(c.Account(d.Name), 10, 64) // 0 is nobody's id
	return &adapter{
		token: c.Token.Reveal(),
		id:    id,
		// The library fills in token and method with Sprintf.
		endpoint: strings.ReplaceAll(base.String(), "%", "%%") + "/bot%s/%s",
		base:     base,
		host:     base.Host,
		webhook:  c.Mode == modeWebhook,
		secrets:  c.SecretToken.Reveal(),
		http:     d.HTTP,
		files:    channels.Patient(d.HTTP),
		log:      d.Log,
		now:      d.Now,
	}, nil
}

// Limits returns the platform's limits, not those of the section.
func (a *adapter) Limits() channels.Limits {
	return channels.Limits{
		// https://core.telegram.org/bots/api#sendmessage and #sendphoto, counted in the unit of entities.
		Text:    maxText,
		Unit:    channels.UTF16,
		Caption: maxCaption,
		Spans:   spanKinds(),
		// https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this says about 30 a second, and one a
		// second in one chat with short bursts above it. How short is not said.
		Rate:      30,
		ChatRate:  1,
		ChatBurst: 3,
		// https://core.telegram.org/bots/api#sendchataction
		Typing: 5 * time.Second,
		// https://core.telegram.org/bots/api#inlinekeyboardbutton
		Payload: maxPayload,
		// https://limits.tginfo.me/en
		Buttons:    maxButtons,
		NoReceipts: true,
		Keyboard:   true,
		Files:      fileLimits(),
	}
}

var (
	_ channels.Adapter  = (*adapter)(nil)
	_ channels.Receiver = (*adapter)(nil)
	_ channels.Poller   = (*adapter)(nil)
	_ channels.Editor   = (*adapter)(nil)
	_ channels.Deleter  = (*adapter)(nil)
	_ channels.Typer    = (*adapter)(nil)
	_ channels.Setupper = (*adapter)(nil)
	_ channels.Checker  = (*adapter)(nil)
)
