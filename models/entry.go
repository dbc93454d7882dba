package models

// Lane is one of a conversation's four queues. The numbers are stored; their order is the order in which a transaction
// locks them.
type Lane int

// The lanes: events to be decided, questions to the bot, sends to the platform, posts to the desk.
const (
	LaneIn Lane = iota
	LaneBot
	LaneOut
	LaneDesk
)

// String returns the lane's name, for logs and metrics.
func (l Lane) String() string {
	switch l {
	case LaneIn:
		return "in"
	case LaneBot:
		return "bot"
	case LaneOut:
		return "out"
	case LaneDesk:
		return "desk"
	}
	return "unknown"
}

// Verb is what an entry wants done.
type Verb string

// The verbs, by lane.
const (
	VerbAsk Verb = "ask" // bot: put Message to the bot

	VerbSend   Verb = "send"   // out: send Part of Message
	VerbEdit   Verb = "edit"   // out: change what was sent; desk: write the post anew
	VerbDelete Verb = "delete" // out: unsend
	VerbReact  Verb = "react"  // out: put the emoji that Message says on the customer's message that it is about

	VerbOpen    Verb = "open"    // desk: open the thread of Handover
	VerbTalk    Verb = "talk"    // desk: post the talk so far
	VerbRetell  Verb = "retell"  // desk: post the talk so far anew, because its thread was lost
	VerbPost    Verb = "post"    // desk: post Message
	VerbFile    Verb = "file"    // desk: show the files of Message
	VerbWhisper Verb = "whisper" // desk: tell Agent alone
	VerbPage    Verb = "page"    // desk: tell Agent, a person or a place, of the chat outside of its thread
	VerbSeek    Verb = "seek"    // desk: look whether Agent, who had the customer last, is about
)

// Entry is one order in a lane. It carries ids, not text: what it says is read when it is handled.
type Entry struct {
	Verb     Verb   `json:"verb"`
	Message  string `json:"message,omitempty"`
	Part     int    `json:"part,omitempty"`
	Handover string `json:"handover,omitempty"`
	Epoch    int64  `json:"epoch,omitempty"`
	Before   int64  `json:"before,omitempty"` // retell: the number of the first message that is posted behind it
	Agent    string `json:"agent,omitempty"`  // whom a whisper or a page is for; of a delete: who is told what came of it
	Notice   string `json:"notice,omitempty"` // key of what is whispered
	Again    bool   `json:"again,omitempty"`  // ask: after an outage, of which the customer was told; send: an earlier entry may have sent it

	// Since is since when the files of Message are tried to be had.
	Since Stamp `json:"since,omitempty"`

	// NotBefore is until when a send waits, so that who wrote it can take it back, or a file, so that the others of its album
	// can come. The lane waits with it.
	NotBefore Stamp `json:"not_before,omitempty"`
}
