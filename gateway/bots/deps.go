package bots

import (
	"log/slog"
	"net/http"
	"time"
)

// Deps is what a bot is given beside its section. Any of them may be left out.
type Deps struct {
	Name string       // of the section: "" for [bot], "sales" for [bots.sales]
	HTTP *http.Client // its transport is used; timeouts and redirects are the bot's own
	Log  *slog.Logger // already says which bot
	Now  func() time.Time
}

// Client returns a client with the transport of d.HTTP. It follows no redirect, because the config's headers and
// signature are meant for one address, and ends a call after timeout even if its context does not.
func (d Deps) Client(timeout time.Duration) *http.Client {
	c := &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if d.HTTP != nil {
		c.Transport = d.HTTP.Transport
	}
	return c
}

// Logger returns d.Log, or one that discards.
func (d Deps) Logger() *slog.Logger {
	if d.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return d.Log
}

// Clock returns d.Now, or the system's clock.
func (d Deps) Clock() func() time.Time {
	if d.Now == nil {
		return time.Now
	}
	return d.Now
}
