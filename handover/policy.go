package handover

import (
	"time"

	"patchbay/models"
)

// Policy is what the config says of one channel's handovers.
type Policy struct {
	HasBot        bool                    // without a bot every chat goes to agents
	BreakAfter    int                     // breaks in a row that hand over; less than 1 is 1
	MinConfidence float64                 // below it an answer is a break; 0 = no check
	DetectBreaks  bool                    // judge by its text an answer that says nothing of itself
	Reopen        time.Duration           // how long after its end a thread is reopened
	GiveUp        time.Duration           // how long a thread may take to open
	Breaker       int                     // chats that break within a minute, and the bot counts as out; 0 = it never does
	Stale         time.Duration           // how old a question may be that is asked again after an outage; 0 = any age
	Takes         []models.AttachmentKind // kinds of files that the bot takes
	NotTaken      NotTaken                // what is done with the others
	Undo          time.Duration           // how long an agent's reply waits, so that he can take it back
	Window        time.Duration           // how long after the customer's last message the platform takes ours; 0 = always
	Desk          DeskPolicy              // of the desk that the channel hands over to
}

// NotTaken says what is done with a file that the bot does not take.
type NotTaken string

// What can be done: the bot reads a line in its place, agents get the chat, or the customer is told. An empty one is the
// first.
const (
	NotTakenWords NotTaken = "words"
	NotTakenHand  NotTaken = "handover"
	NotTakenTold  NotTaken = "cannot_send"
)

const (
	// repeatTimes and repeatWithin: a customer who says the same three times in ten minutes is not understood.
	repeatTimes  = 3
	repeatWithin = 10 * time.Minute

	// joinAfter is how long an agent who claimed has to reply before the customer is told that he is here.
	joinAfter = 5 * time.Second

	// warnBefore is how long before the end of the reply window who has the chat is told.
	warnBefore = time.Hour
)

// DefaultPolicy is the policy of a config that says nothing.
func DefaultPolicy() Policy {
	return Policy{HasBot: true, BreakAfter: 1, MinConfidence: 0.4, DetectBreaks: true, Reopen: 24 * time.Hour, GiveUp: 10 * time.Minute, Breaker: 5}
}
