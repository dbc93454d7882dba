package models

// Mark is a sign on an agent's own post that tells how far his reply has come.
type Mark string

// The marks, with when they are true.
const (
	MarkWaiting Mark = "waiting" // on its way for longer than a moment
	MarkSent    Mark = "sent"    // the platform took it; it stays when the customer has read it
	MarkRead    Mark = "read"    // the customer has read it, where the platform tells
	MarkFailed  Mark = "failed"  // it did not reach the customer
)

// Marking is what is known of the marks on one agent's post. Which of them are true follows from the message; the row says
// which are there, and when to look again.
type Marking struct {
	Message string `gorm:"primaryKey"`
	Desk    string
	Post    string
	Shown   []Mark `gorm:"serializer:json"`
	Trying  Mark   // it may be there or not: it is being put on or taken off, or that broke off
	Since   Stamp  // when the reply was free to go out
	Due     Stamp  // when the marks may have to change; 0 while nothing is to be done
	Dirty   int64  // counts what happened to the message
	Tries   int    // failures in a row
	At      Stamp  // when the row was made
}

// TableName returns the table of markings.
func (Marking) TableName() string { return "marks" }
