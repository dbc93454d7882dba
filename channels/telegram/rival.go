package telegram

import (
	"context"
	"net/http"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"patchbay/channels"
)

const (
	// rivalry is how long another poller is waited out: a copy that is being replaced stops within it.
	rivalry = time.Minute
	// rivalPause is the longest wait while another poller is waited out.
	rivalPause = 15 * time.Second
)

// unclaimed returns a Forbidden error if a webhook is set. Polling would need it deleted, and it may be another
// program's.
func (a *adapter) unclaimed(ctx context.Context) error {
	var hook tgbotapi.WebhookInfo
	if err := a.ask(ctx, "getWebhookInfo", nil, &hook); err != nil {
		return err
	}
	if hook.URL == "" {
		return nil
	}
	return channels.Errorf(channels.Forbidden, "telegram: a webhook at %s gets this bot's messages: %s", hostOf(hook.URL), takeOver)
}

// takeOver says what an operator can do who wants to poll where a webhook is set.
const takeOver = `delete it to poll (https://core.telegram.org/bots/api#deletewebhook), or set mode = "webhook" to take it over`

// patient returns a client for long polls, and what to do when they are over.
func (a *adapter) patient() (*http.Client, func()) {
	client := *a.http
	client.Timeout = max(client.Timeout, pollPatience)
	// The headers of a long poll's answer come when it is over.
	if t, ok := client.Transport.(*http.Transport); ok && t.ResponseHeaderTimeout > 0 && t.ResponseHeaderTimeout < pollPatience {
		t = t.Clone()
		t.ResponseHeaderTimeout = pollPatience
		client.Transport = t
		return &client, t.CloseIdleConnections
	}
	return &client, func() {}
}

// rival is another program that polls with the same token. Telegram ends one poll for the other with a 409.
type rival struct{ first, last time.Time }

// stays reports whether the rival has been there for so long that it will not go by itself. The polls that Telegram
// answers in between do not count: both get a share of the updates.
func (r *rival) stays(now time.Time) bool {
	if now.Sub(r.last) > 3*rivalry {
		r.first = now
	}
	r.last = now
	return now.Sub(r.first) >= rivalry
}

// sleep waits for d or the end of ctx.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
