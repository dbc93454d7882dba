package models

// Mode says who answers a conversation.
type Mode string

// The modes. The bot answers; the thread is open and nobody has taken it; an agent has it.
const (
	ModeBot     Mode = "bot"
	ModeWaiting Mode = "waiting"
	ModeAgent   Mode = "agent"
)

// Conversation is one customer on one channel. It is read and written only inside the transaction that holds its in lane.
type Conversation struct {
	ID      int64  `gorm:"primaryKey;autoIncrement:false"`
	Channel string // "telegram/support": the kind and name of the config's section
	Account string // the platform's account: a bot's id, a phone number's id
	Address string // where to send; written by the adapter and given back to it, opaque

	Contact  Contact `gorm:"serializer:json"`
	Language string  // ISO 639-1, from the platform's locale, else from the customer's words; "" is not known

	Mode     Mode
	Epoch    int64  // grows with each change of who answers
	Handover string // the open handover, or the last one; "" before the first
	Holder   Person `gorm:"serializer:json"` // who has it in ModeAgent
	Memory   Memory `gorm:"serializer:json"`
	Blocked  bool   // the customer blocked us

	LastInbound Stamp // when the customer last wrote: opens the reply window of platforms that have one
	Messages    int64 // how many messages the transcript has; the next one's Num is one more
	CreatedAt   Stamp `gorm:"autoCreateTime:false"`
	UpdatedAt   Stamp `gorm:"autoUpdateTime:false"`
}

// Memory is what the state machine remembers of a conversation between events. Hashes stand for texts.
type Memory struct {
	Breaks    int       `json:"breaks,omitempty"`    // bot breaks in a row
	Question  string    `json:"question,omitempty"`  // hash of the last question that the bot answered
	Answer    string    `json:"answer,omitempty"`    // hash of the bot's last answer
	Said      string    `json:"said,omitempty"`      // hash of what the customer said last
	SaidAt    []Stamp   `json:"said_at,omitempty"`   // when he said the same, oldest first
	Told      string    `json:"told,omitempty"`      // the last text of ours to the customer, by its key and the agent it names; "" after any other message
	Opened    bool      `json:"opened,omitempty"`    // the thread of Handover is open on the desk
	Joining   bool      `json:"joining,omitempty"`   // an agent claimed and the customer is not told yet
	Speaker   string    `json:"speaker,omitempty"`   // who spoke last to the customer: "bot", "agent:<id>"
	Resolved  Stamp     `json:"resolved,omitempty"`  // when the last handover ended
	Returned  *Returned `json:"returned,omitempty"`  // what the bot is to be told with its next question
	Elsewhere bool      `json:"elsewhere,omitempty"` // a group was told that the bot works in private chats
	Off       bool      `json:"off,omitempty"`       // the thread was told that the channel is off
	Heard     string    `json:"heard,omitempty"`     // the desk's id of the last thing that an agent wrote
	Outage    string    `json:"outage,omitempty"`    // the incident that the customer was told of last
	Owed      []Owed    `json:"owed,omitempty"`      // questions that wait for the bot to be back, oldest first
	OwedSince Stamp     `json:"owed_since,omitempty"`
}

// Owed is a message of the customer that the bot was not there to answer.
type Owed struct {
	Message string `json:"message"`
	At      Stamp  `json:"at"` // when the customer wrote, or the last of those that were one question with it
}

// Returned tells the bot, once, what happened while people had the chat.
type Returned struct {
	Ended    string `json:"ended"`              // resolved, taken_back, gave_up
	Handover string `json:"handover,omitempty"` // whose messages were said
	Agent    string `json:"agent,omitempty"`    // name of who resolved
}
