// Package notes is a channel for a notes service such as a company has of its own: every customer has a board in the
// company's app, and both sides write notes on it. Two calls of JSON, each with a bearer token, are the whole protocol.
//
// The service posts each note that a customer writes to /channels/notes/<name>, with call_token:
//
//	{"event":"note.written","note":{"id":"n1","board":"b7","author":"Ann","text":"Hello","written":"2026-11-22T12:00:00Z"}}
//
// 200 means that it is stored; after 503, or no answer, the service posts it again. An event of another name is ignored.
//
// We post our notes to <url>/notes, with token:
//
//	{"key":"o1","board":"b7","author":"Ana","text":"Hello Ann"}
//
// key is the same in each repeat, and the service writes one note for it. The answer is 201 {"id":"n2"}, or 429 with
// Retry-After; 410 says that the customer has closed the board.
package notes

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"patchbay/channels"
	"patchbay/models"
)

// Config is the section [channels.notes.<name>].
type Config struct {
	channels.Common
	// URL is where the service's API begins.
	URL string `toml:"url"`
	// Token is what we show the service.
	Token models.Secret `toml:"token"`
	// CallToken is what the service shows us. While it is changed it is a list, and each of them is taken.
	CallToken models.Secrets `toml:"call_token"`
}

// Account returns the section's name: the service gives its accounts none.
func (c *Config) Account(name string) string { return name }

// Validate returns what is wrong with the section.
func (c *Config) Validate() []channels.Problem {
	var problems []channels.Problem
	if u, err := url.Parse(c.URL); err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" {
		problems = append(problems, channels.Problem{Key: "url", Text: "is no http or https address"})
	}
	if c.Token.IsZero() {
		problems = append(problems, channels.Problem{Key: "token", Text: "missing: what we show the notes service"})
	}
	if c.CallToken.IsZero() {
		problems = append(problems, channels.Problem{Key: "call_token", Text: "missing: what the notes service shows us"})
	}
	return problems
}

// adapter is one section. It holds no state and may be used by many goroutines at once.
type adapter struct {
	url   string
	token models.Secret
	calls [][sha256.Size]byte // digests of what the service may show: all of one length
	http  *http.Client
	now   func() time.Time
}

// New returns the adapter for a section that Validate finds no fault with.
func New(c *Config, d channels.Deps) (channels.Adapter, error) {
	for _, p := range c.Validate() {
		if !p.Warning {
			return nil, fmt.Errorf("%s: %s", p.Key, p.Text)
		}
	}
	a := &adapter{url: strings.TrimSuffix(c.URL, "/") + "/notes", token: c.Token, http: d.HTTP, now: d.Now}
	for _, token := range c.CallToken.Reveal() {
		a.calls = append(a.calls, sha256.Sum256([]byte(token)))
	}
	return a, nil
}

// maxText is what the service takes in one note, in Unicode code points.
const maxText = 2000

// Limits returns the service's. A note shows its author, and has text alone: buttons are said as numbered lines.
func (a *adapter) Limits() channels.Limits {
	return channels.Limits{Text: maxText, Unit: channels.Runes, Sender: true}
}

var (
	_ channels.Config   = (*Config)(nil)
	_ channels.Adapter  = (*adapter)(nil)
	_ channels.Receiver = (*adapter)(nil)
)
