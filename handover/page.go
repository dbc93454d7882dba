package handover

import (
	"context"
	"time"

	"patchbay/models"
)

// PageKey says why somebody is told of a chat outside of its thread.
type PageKey string

// The reasons: nobody has taken it, for a whole channel or one person who is on call; the agent who has it does not answer.
const (
	PageChannel PageKey = "channel"
	PageCall    PageKey = "call"
	PageQuiet   PageKey = "quiet"
)

// Pager is a Desk that can tell of a chat outside of its thread. Without it such rungs do nothing.
type Pager interface {
	// Page tells to, a place or a person of the desk, of the chat in thread, with a way to go there.
	Page(ctx context.Context, to, thread string, p Page) error
}

// Page is an effect: to tell somebody of the chat outside of its thread.
type Page struct {
	To  string
	Key PageKey
}

func (Page) effect() {}

// PageText returns the words of a page.
func PageText(key PageKey) string {
	switch key {
	case PageChannel:
		return "A customer is waiting, and nobody has taken the chat yet."
	case PageCall:
		return "A customer is waiting, and nobody has taken the chat yet. Can you?"
	case PageQuiet:
		return "A customer is waiting for your answer."
	}
	return ""
}

// Lister is a Desk that can tell what waits, in one post.
type Lister interface {
	// List posts what waits at the top of l.Place.
	List(ctx context.Context, l Listing) error
}

// Listing is what waits at a place when it opens, or what an agent gives back to it.
type Listing struct {
	Place string
	From  models.Person // who gave them back to the place; the zero one if it opens
	Chats []Listed      // the longest first; not all of them if there are many
	More  int           // those that are not among them
}

// Listed is a chat that waits.
type Listed struct {
	Thread   string
	Name     string // the customer's, as agents see it
	Since    time.Time
	Promised bool          // an answer is owed; the bot has the chat meanwhile, if there is one
	Choice   models.Choice // what the customer wants

	// What answers to commands and homes tell beside that.
	Chat    string               // the conversation's id
	Channel string               // where he writes from, in words: "Telegram / support"
	Last    time.Time            // when he wrote last
	State   models.HandoverState // "" while the bot has the chat
	Agent   models.Person        // who has the chat, if State is HandoverClaimed
	Blocked bool                 // an agent blocked him
	Take    bool                 // the chat can be taken over from the bot
}

// Seer is a Desk that can tell whether a person is about.
type Seer interface {
	// About reports whether a person can be called into the thread just now: he is an agent, can read it, and is active.
	About(ctx context.Context, thread, person string) (bool, error)
}

// Pinger is a Desk that can tell whether its platform is there. Time without it climbs no ladder.
type Pinger interface {
	// Ping returns nil if the platform answers, for whatever reason it fails otherwise.
	Ping(ctx context.Context) error
}
