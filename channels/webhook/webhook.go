package webhook

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"patchbay/channels"
	"patchbay/channels/standardwebhooks"
)

// adapter is one [channels.webhook.<name>]. It holds no state and may be used by many goroutines at once.
type adapter struct {
	keys   *standardwebhooks.Keys
	url    string
	window time.Duration
	tells  struct{ receipts, typing bool } // what the receiver wants to know beside messages
	http   *http.Client                    // follows no redirects
	files  *http.Client                    // the same, and takes as long as a file does
	public *http.Client                    // for addresses that the config does not name
	now    func() time.Time
}

// New returns the adapter for a section that Validate finds no fault with.
func New(c *Config, d channels.Deps) (channels.Adapter, error) {
	keys, err := standardwebhooks.Parse(c.Secret)
	if err != nil {
		return nil, fmt.Errorf("secret: %w", err)
	}
	if !isURL(c.SendURL) {
		return nil, errors.New("send_url: is no http or https address")
	}
	client := *d.HTTP
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	a := &adapter{
		keys: keys, url: c.SendURL, window: c.Window.Duration, http: &client, now: d.Now,
		files: channels.Patient(&client), public: unsigned(channels.PublicClient(0)),
	}
	a.tells.receipts, a.tells.typing = c.Receipts, c.Typing
	return a, nil
}

// Limits returns our own: the standard advises to keep a call under 20 kB and leaves the rest to the two sides.
// A receiver that takes less sets rate and chat_rate in the section, or answers 429.
func (a *adapter) Limits() channels.Limits {
	l := channels.Limits{
		Text: 16_000, Unit: channels.Runes, Spans: spanKinds(), Sender: true, Buttons: 20, Title: 100, Payload: 1000, Window: a.window,
		Files: fileLimits(), Links: true,
	}
	if a.tells.typing {
		l.Typing = typingFor
	}
	return l
}

var (
	_ channels.Adapter  = (*adapter)(nil)
	_ channels.Receiver = (*adapter)(nil)
	_ channels.Editor   = (*adapter)(nil)
	_ channels.Deleter  = (*adapter)(nil)
	_ channels.Typer    = (*adapter)(nil)
	_ channels.Reader   = (*adapter)(nil)
	_ channels.Checker  = (*adapter)(nil)
)
