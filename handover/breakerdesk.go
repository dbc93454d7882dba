package handover

import (
	"context"
	"time"

	"patchbay/models"
)

// Reporter is a Desk that tells of an outage of a bot in one post, outside of any thread: 500 chats are one post, and not
// 500 threads.
type Reporter interface {
	// Report posts the incident at i.Place, or writes the post anew where there is one. It returns the post's id.
	Report(ctx context.Context, post string, i Incident) (string, error)
}

// ReportFinder is a Reporter that can look for the post of an outage when the answer to it was lost. A look that fails is no
// reason not to post.
type ReportFinder interface {
	// FindReport returns the post of the incident that was made since i.Since, "" if there is none.
	FindReport(ctx context.Context, i Incident) (post string, err error)
}

// Incident is an outage of a bot as its post tells it.
type Incident struct {
	ID      string // the button carries it
	Place   string // where to post; "" is the operator's channel, else the desk's own
	Bot     string // by the config's name; "" is the default bot
	Cause   models.Cause
	Error   string // safe to show an agent
	Chats   int    // that broke within a minute
	Since   time.Time
	Until   time.Time // zero while the bot is out
	Waiting int       // chats whose question waits for the bot
	Old     int       // of them, since the bot is back: too old to be asked again
	Going   int       // of them, those that are being handed over
	Handed  int       // chats that were handed over
	By      models.Person
	Done    bool // nothing more happens because of it
}
