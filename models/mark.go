package models

import "strings"

// Mark is a sign on an agent's own post that tells how far his reply has come.
type Mark string

// The marks, with when they are true.
const (
	MarkWaiting Mark = "waiting" // on its way for longer than a moment
	MarkSent    Mark = "sent"    // the platform took it; it stays when the customer has read it
	MarkRead    Mark = "read"    // the customer has read it, where the platform tells
	MarkFailed  Mark = "failed"  // it did not reach the customer
)

// emojiMark begins a mark that is an emoji of the customer's.
const emojiMark = "emoji:"

// MarkOf returns the mark that shows an emoji with which the customer reacted.
func MarkOf(emoji string) Mark { return Mark(emojiMark + emoji) }

// Emoji returns the emoji that a mark shows; ok is false for a mark of ours.
func (m Mark) Emoji() (emoji string, ok bool) { return strings.CutPrefix(string(m), emojiMark) }

// Reactions are the emoji that the customer has on a message, and the line of the transcript that says so.
type Reactions struct {
	Message string   `json:"message"`
	Emoji   []string `json:"emoji,omitempty"`
}

// Marking is what is known of the marks on one agent's post. Which of them are true follows from the message; the row says
// which are there, and when to look again.
type Marking struct {
	Message string `gorm:"primaryKey"`
	Desk    string
	Post    string
	Shown   []Mark     `gorm:"serializer:json"`
	Trying  Mark       // it may be there or not: it is being put on or taken off, or that broke off
	Since   Stamp      // when the reply was free to go out; 0 for what has no marks of ours
	Wanted  *Reactions `gorm:"serializer:json"` // the customer's; nil for none
	Due     Stamp      // when the marks may have to change; 0 while nothing is to be done
	Dirty   int64      // counts what happened to the message
	Tries   int        // failures in a row
	At      Stamp      // when the row was made
}

// TableName returns the table of markings.
func (Marking) TableName() string { return "marks" }
