package handover

import "time"

// Lock says whose replies go out while an agent has a chat.
type Lock string

// The locks. Without one everybody's reply is sent, and who has the chat is told.
const (
	LockNone  Lock = ""
	LockOwner Lock = "owner" // another agent's reply is held back, and he is asked
)

// Rating says how a customer is asked what he thinks of a chat that was resolved.
type Rating string

// The ratings. RateThumbs is one of two, RateStars one of five.
const (
	RateNothing Rating = ""
	RateThumbs  Rating = "thumbs"
	RateStars   Rating = "stars"
)

// Scale returns the best rating that a customer can give, 0 if he is not asked.
func (r Rating) Scale() int {
	switch r {
	case RateThumbs:
		return 2
	case RateStars:
		return 5
	case RateNothing:
	}
	return 0
}

// DeskPolicy is what the section of a desk says of its chats. The zero value is a section that says nothing. It is shared
// and never changed.
type DeskPolicy struct {
	Lock       Lock
	Categories []string          // that an agent who resolves can choose from
	Rating     Rating            // the question to the customer after Resolve
	Teams      map[string]string // places, by the name of the team
	Confirm    bool              // a reply is held back until its writer lets it go
	// Undo is how long a reply waits, so that its writer can take it back; less than 0 is not at all. 0 leaves it to the
	// channel: UndoWait.
	Undo time.Duration
	// Returning is for how long a customer who comes back is brought to the agent who had him last; 0 is not at all.
	Returning time.Duration
	Routes    []Route     // the first that fits says where a chat opens
	Queue     QueuePolicy // chats that wait for a person, and that went quiet
}

// undoWait is how long a reply waits where the platform cannot take back what was sent.
const undoWait = 5 * time.Second

// UndoWait returns how long an agent's reply waits on a channel whose platform can, or cannot, take back what was sent. A
// reply that its writer has to let go has been looked at already.
func (p DeskPolicy) UndoWait(deletes bool) time.Duration {
	switch {
	case p.Undo != 0:
		return max(p.Undo, 0)
	case deletes || p.Confirm:
		return 0
	}
	return undoWait
}
