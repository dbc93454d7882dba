package channels

import "patchbay/models"

// Describer is an Adapter that says what it can do beyond what its methods and Limits tell. docs/channels.md is made of it.
type Describer interface {
	Abilities() Abilities
}

// Abilities are what of a conversation crosses as itself. What is not among them crosses as a line of text that says what it
// was, or the platform does not have it.
type Abilities struct {
	Spans  []models.SpanKind       // marks in what customers write
	Files  []models.AttachmentKind // what customers send
	Brings []Thing                 // what customers send and do
	Takes  []Thing                 // what we send and do, where no method and no limit says so
}

// Thing is a kind of content that is no text, or something that is done with messages.
type Thing string

// The things.
const (
	Place     Thing = "place"
	Contact   Thing = "contact"
	Forwarded Thing = "forwarded" // that a message was, and from whom
	Replying  Thing = "replying"  // which message one answers
	Editing   Thing = "editing"
	Deleting  Thing = "deleting"
	Reacting  Thing = "reacting"
	Pressing  Thing = "pressing"  // a button
	Blocking  Thing = "blocking"  // that the customer wants no more messages
	Reporting Thing = "reporting" // what became of a message of ours
)

// Things returns all of them.
func Things() []Thing {
	return []Thing{Place, Contact, Forwarded, Replying, Editing, Deleting, Reacting, Pressing, Blocking, Reporting}
}
