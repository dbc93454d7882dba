package slackdesk

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack"

	"patchbay/handover"
)

// Deps is what a desk is given beside its section.
type Deps struct {
	Name    string       // the desk's: "slack", or the "billing" of [desks.billing]
	HTTP    *http.Client // nil is a client with a timeout of 30 seconds; redirects are never followed
	Log     *slog.Logger // nil is silence
	Now     func() time.Time
	Install string // names this installation among others that share the Slack app
	// Places returns the channels beside the config's where threads of this desk open: a person's post at their top is
	// reported as Strayed. Nil is none. It is called often and must not block.
	Places func() []string
}

// Desk is a Slack channel with its threads. It may be used by many goroutines at once.
type Desk struct {
	conf    Config
	deps    Deps
	http    *http.Client
	files   *http.Client // without a bound on the whole call: a file takes as long as it is large
	caller  *caller
	api     *slack.Client
	scopes  atomic.Pointer[string] // as auth.test's answer named them; nil is not known
	self    atomic.Pointer[identity]
	people  *people
	members members
	clicks  clicks
	timing  timing
	shelf   shelf
	line    line
}

// identity is who the desk is in Slack.
type identity struct {
	User       string // the bot's user
	Name       string // of that user
	Bot        string
	Team       string
	Enterprise string
	URL        string // of the workspace, with a slash at the end
}

// New returns the desk of the section conf. It calls nobody; Setup does.
func New(conf Config, deps Deps) (*Desk, error) {
	for _, p := range conf.Validate() {
		if !p.Warning {
			return nil, errors.New(p.Key + ": " + p.Text)
		}
	}
	if deps.Log == nil {
		deps.Log = slog.New(slog.DiscardHandler)
	}
	if deps.Now == nil {
		deps.Now = time.Now
	}
	if deps.Name == "" {
		deps.Name = "slack"
	}
	deps.Install = strings.ReplaceAll(deps.Install, ":", "_") // a button's value is cut at colons
	d := &Desk{conf: conf.withDefaults(), deps: deps, timing: standard()}
	d.http, d.files = direct(deps.HTTP), direct(deps.HTTP)
	d.files.Timeout = 0
	d.caller = &caller{http: d.http, scopes: &d.scopes}
	d.api = slack.New(d.conf.BotToken.Reveal(),
		slack.OptionAppLevelToken(d.conf.AppToken.Reveal()),
		slack.OptionAPIURL(d.conf.APIURL),
		slack.OptionHTTPClient(d.caller),
	)
	d.line.came() // until it listens, nobody does
	d.shelf.init(max(1, d.conf.ChatRate/channelRate), deps.Now)
	d.people = newPeople(d.lookUp, deps.Now)
	return d, nil
}

// direct returns a copy of c that follows no redirect: a call's body has the token.
func direct(c *http.Client) *http.Client {
	own := http.Client{Timeout: callTimeout}
	if c != nil {
		own = *c
	}
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own
}

// Setup learns who the desk is in Slack, by auth.test.
func (d *Desk) Setup(ctx context.Context) error {
	const op = "auth.test"
	auth, err := d.api.AuthTestContext(ctx)
	if err != nil {
		return d.fail(op, "", err)
	}
	if auth.UserID == "" || auth.TeamID == "" {
		return temporary(op, errHalf)
	}
	if auth.BotID == "" {
		return forbidden(op, errors.New("bot_token is the token of a person; take the Bot User OAuth Token (xoxb-…)"))
	}
	d.self.Store(&identity{
		User: auth.UserID, Name: auth.User, Bot: auth.BotID,
		Team: auth.TeamID, Enterprise: auth.EnterpriseID, URL: strings.TrimSuffix(auth.URL, "/") + "/",
	})
	return nil
}

// me returns who the desk is, once Setup has worked.
func (d *Desk) me(op string) (*identity, error) {
	if self := d.self.Load(); self != nil {
		return self, nil
	}
	failed := temporary(op, errors.New("the desk is not set up yet: Slack has not answered auth.test"))
	failed.Undone = true
	return nil, failed
}

// Socket reports whether the desk holds its own connection and Listen is to be called; otherwise Slack calls Receive.
func (d *Desk) Socket() bool { return d.conf.Socket() }

// Rates returns how many posts a second the desk takes: in the whole workspace, and in one channel.
func (d *Desk) Rates() (workspace, channel float64) { return d.conf.Rate, d.conf.ChatRate }

// EditRate returns how many changes of posts a second the desk takes in the whole workspace. A config that raises chat_rate
// speaks of a stand-in, which takes more of them too.
func (d *Desk) EditRate() float64 { return editRate * max(1, d.conf.ChatRate/channelRate) }

var (
	_ handover.Desk      = (*Desk)(nil)
	_ handover.Folder    = (*Desk)(nil)
	_ handover.Setupper  = (*Desk)(nil)
	_ handover.Announcer = (*Desk)(nil)
	_ handover.Finder    = (*Desk)(nil)
	_ handover.Reader    = (*Desk)(nil)
)
