package models

// Author is the kind of who wrote a message.
type Author string

// The authors.
const (
	ByCustomer Author = "customer"
	ByBot      Author = "bot"
	ByAgent    Author = "agent"
	BySystem   Author = "system" // a text of Patchbay's own
)

// MessageKind says whom a message is for.
type MessageKind string

// The kinds of messages: said between customer and answerer; an agent's note, which stays in the thread; a line of
// Patchbay's in the thread; a bot's answer that came too late and was not sent; an agent's reply that was held back; an
// emoji that the customer put on a message; what a customer wrote whom an agent blocked, which is shown nowhere.
const (
	Said     MessageKind = "said"
	Note     MessageKind = "note"
	Line     MessageKind = "line"
	Draft    MessageKind = "draft"
	Held     MessageKind = "held"
	Reaction MessageKind = "reaction"
	Muted    MessageKind = "muted"
)

// Delivery is how far a message has come on its way to the customer. Later ones win; Failed gives way to Delivered and Read.
type Delivery string

// The deliveries, in order.
const (
	Queued    Delivery = "queued"
	Sent      Delivery = "sent"
	Failed    Delivery = "failed"
	Delivered Delivery = "delivered"
	Read      Delivery = "read"
)

// Rank orders deliveries: a receipt is applied only if it ranks higher than what is known.
func (d Delivery) Rank() int {
	switch d {
	case Queued:
		return 1
	case Sent:
		return 2
	case Failed:
		return 3
	case Delivered:
		return 4
	case Read:
		return 5
	}
	return 0
}

// Message is one line of a conversation's transcript.
type Message struct {
	ID           string `gorm:"primaryKey"`
	Conversation int64
	Num          int64  // place in the transcript, from 1
	Handover     string // the handover in whose thread it stands; "" for none
	Author       Author
	Kind         MessageKind
	Person       Person  `gorm:"serializer:json"` // the agent who wrote it
	Content      Content `gorm:"serializer:json"`
	PlatformID   string  // the platform's id of a customer's message
	Post         string  // the desk's id of the post that shows it, or of the agent's own post
	Place        int     // its place in a post that shows several, from 0
	Parts        int     // how many sends it was split into; 0 when it is not for the customer
	State        Delivery
	Title        string // a bold first line that names the speaker
	About        string // the message that this one is about
	Broadcast    bool   // of a line: shown in the desk's channel too
	Edited       bool
	Deleted      bool
	At           Stamp
}

// Part is one send of a message to the customer: the platform's limits may need several.
type Part struct {
	Message    string `gorm:"primaryKey"`
	N          int    `gorm:"primaryKey;autoIncrement:false"` // from 0
	Account    string
	PlatformID string // what the platform called it; "" until it was accepted
	State      Delivery
	Error      string // why it failed, safe to show an agent
	Hash       string // of the text as it was sent last
	At         Stamp
}

// Receipt is what a platform reported of a message, known to us or not yet.
type Receipt struct {
	Account    string `gorm:"primaryKey"`
	PlatformID string `gorm:"primaryKey"`
	State      Delivery
	Error      string
	Kind       string // of the error, if it failed
	At         Stamp
}
