package handover

import (
	"time"

	"patchbay/handover/hours"
)

// QueuePolicy is what the config says of chats that wait for a person, and of those that went quiet.
type QueuePolicy struct {
	Hours         *hours.Hours  // nil is always open
	Ladder        []Rung        // what is done while nobody takes a chat, in this order
	QuietAgent    time.Duration // how long a customer waits for an answer before the agent is reminded; 0 = for ever
	QuietOffer    bool          // a chat whose agent was reminded twice is offered to all again
	QuietCustomer time.Duration // how long after an agent's reply the customer is asked whether there is more; 0 = never
	CloseAfter    time.Duration // how long after that the chat is closed; 0 = never
}

// Rung is one step of what is done while nobody takes a chat.
type Rung struct {
	After time.Duration // since the customer began to wait: what is not in the desk's hours, or without the desk, does not count
	Do    RungKind
	To    string // whom: a group, a place or a person of the desk
}

// RungKind is what a rung does.
type RungKind string

// The kinds of rungs. RungPromise is the last one of a ladder.
const (
	RungRemind  RungKind = "remind"  // a line in the thread and in its channel
	RungGroup   RungKind = "group"   // mentions a group in the thread
	RungChannel RungKind = "channel" // tells another place
	RungDM      RungKind = "dm"      // tells a person, in a message of his own
	RungPromise RungKind = "promise" // the customer is promised an answer, and the bot has the chat meanwhile
)

const (
	// repeatAfter is how long a customer waits before a line of his is repeated in the desk's channel: cards and threads
	// notify nobody who is not in them.
	repeatAfter = 5 * time.Minute
	// placeEvery is how often a customer is told his place in the line at most.
	placeEvery = 2 * time.Minute
)
