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
	Opening   bool      `json:"opening,omitempty"`   // an agent took the chat over and its thread is to open: that is timed
	Joining   bool      `json:"joining,omitempty"`   // an agent claimed and the customer is not told yet
	Speaker   string    `json:"speaker,omitempty"`   // who spoke last to the customer: "bot", "agent:<id>"
	Resolved  Stamp     `json:"resolved,omitempty"`  // when the last handover ended
	Returned  *Returned `json:"returned,omitempty"`  // what the bot is to be told with its next question
	Elsewhere bool      `json:"elsewhere,omitempty"` // a group was told that the bot works in private chats
	Off       bool      `json:"off,omitempty"`       // the thread was told that the channel is off
	Heard     string    `json:"heard,omitempty"`     // the desk's id of the last thing that an agent wrote
	Shown     []string  `json:"shown,omitempty"`     // agents who were told how to let a reply go that is held back
	Fields    Fields    `json:"fields,omitempty"`    // what the bot told of the customer
	Tags      []string  `json:"tags,omitempty"`      // that agents gave the customer
	Muted     bool      `json:"muted,omitempty"`     // an agent blocked the customer: what he writes is kept, shown nowhere, and answered by nobody
	Outage    string    `json:"outage,omitempty"`    // the incident that the customer was told of last
	Owed      []Owed    `json:"owed,omitempty"`      // questions that wait for the bot to be back, oldest first
	OwedSince Stamp     `json:"owed_since,omitempty"`

	Album string `json:"album,omitempty"` // of the customer's last message to the bot

	Intruders []string `json:"intruders,omitempty"` // of whose replies the agent who has the chat was told
	Rate      *Rate    `json:"rate,omitempty"`      // the last question of what the customer thinks of a handover

	WaitSince Stamp  `json:"wait_since,omitempty"` // he waits for a person since then
	Repeated  bool   `json:"repeated,omitempty"`   // a line of this wait was repeated in the desk's channel
	Tier      Tier   `json:"tier,omitempty"`       // where in the line he was told to be
	TierAt    Stamp  `json:"tier_at,omitempty"`    // and when
	Choice    Choice `json:"choice,omitempty"`     // what he wants, as nobody is at work
	Rung      int    `json:"rung,omitempty"`       // rungs of the ladder that were climbed in this wait
	RungSince Stamp  `json:"rung_since,omitempty"` // since when the time to the next one counts; 0 when it is not timed
	Promised  string `json:"promised,omitempty"`   // the handover in which an answer is owed

	HadBy     Person `json:"had_by,omitzero"`     // the agent who had the customer last
	HadAt     Stamp  `json:"had_at,omitempty"`    // until when
	Called    string `json:"called,omitempty"`    // that agent, if he was about when this wait began, and was called
	Uncovered bool   `json:"uncovered,omitempty"` // the thread was told that who has the chat is away

	QuietSince  Stamp `json:"quiet_since,omitempty"`  // since when the time counts in which the agent has to answer; 0 when it is not timed
	Nudges      int   `json:"nudges,omitempty"`       // how often he was reminded
	SilentSince Stamp `json:"silent_since,omitempty"` // the same for the customer
	AskedMore   bool  `json:"asked_more,omitempty"`   // the customer was asked whether there is more

	Shelved  []Shelved `json:"shelved,omitempty"`  // replies that wait until the customer writes, oldest first
	Shut     bool      `json:"shut,omitempty"`     // the platform said that its reply window is over
	Watched  bool      `json:"watched,omitempty"`  // the end of the reply window is timed
	Insisted string    `json:"insisted,omitempty"` // the reply that was sent once more, because the customer had written meanwhile
	Template string    `json:"template,omitempty"` // the template that was sent since the customer last wrote
	Kept     string    `json:"kept,omitempty"`     // the handover in which an agent keeps a promise, until he has said something

	Numbered string `json:"numbered,omitempty"` // our last message, if its buttons were said as numbers
	Pressed  *Press `json:"pressed,omitempty"`  // the last button that the customer pressed
	Newest   string `json:"newest,omitempty"`   // the platform's id of the customer's newest message
	Looked   string `json:"looked,omitempty"`   // the one up to which agents have looked

	Reworded int64   `json:"reworded,omitempty"` // counts the changes that the customer made to messages of his
	Early    []Early `json:"early,omitempty"`    // changes of messages that have not come yet, oldest first
}

// Shelved is an agent's reply that came after the end of the platform's reply window.
type Shelved struct {
	Message  string `json:"message"`
	Handover string `json:"handover"` // in whose thread it stands
	Agent    Person `json:"agent"`
}

// Press is a button that was pressed.
type Press struct {
	Ref    string `json:"ref"`    // the platform's id of the message that it is on
	Button string `json:"button"` // a hash of its payload
	At     Stamp  `json:"at"`
}

// Early is an edit, or a deletion, that overtook the message that it is of.
type Early struct {
	Ref     string   `json:"ref"` // the platform's id of the message
	At      Stamp    `json:"at"`
	Content *Content `json:"content,omitempty"` // what it reads now; nil for a deletion
}

// Tier is where in the line for a person a customer is. Exact places change too often to be told.
type Tier string

// The tiers, nearest first: nobody is before him, a few are, many are.
const (
	TierNext Tier = "next"
	TierFew  Tier = "few"
	TierLine Tier = "line"
)

// FewMost is how many are a few.
const FewMost = 5

// TierOf returns the tier of a customer with so many before him.
func TierOf(before int) Tier {
	switch {
	case before <= 0:
		return TierNext
	case before <= FewMost:
		return TierFew
	}
	return TierLine
}

// Nearer reports whether t is nearer to the head of the line than other. Any tier is nearer than none.
func (t Tier) Nearer(other Tier) bool { return t.rank() < other.rank() }

func (t Tier) rank() int {
	switch t {
	case TierNext:
		return 1
	case TierFew:
		return 2
	case TierLine:
		return 3
	}
	return 4
}

// Choice is what a customer wants who asks for a person while nobody is at work. To go on with the bot is none: then he
// does not wait any more.
type Choice string

// The choices: not made yet, to wait, to leave a message.
const (
	ChoiceAsked   Choice = "asked"
	ChoiceWait    Choice = "wait"
	ChoiceMessage Choice = "message"
)

// Rate is a question to the customer what he thinks of a handover.
type Rate struct {
	Handover string `json:"handover"`
	Scale    int    `json:"scale"` // the best rating
	At       Stamp  `json:"at"`
	Answered bool   `json:"answered,omitempty"`
	Spoken   bool   `json:"spoken,omitempty"` // he wrote something else since
}

// Owed is a message of the customer that the bot was not there to answer.
type Owed struct {
	Message string `json:"message"`
	At      Stamp  `json:"at"` // when the customer wrote, or the last of those that were one question with it
}

// Returned tells the bot, once, what happened while people had the chat.
type Returned struct {
	Ended    string `json:"ended"`              // resolved, taken_back, gave_up, promised, quiet
	Handover string `json:"handover,omitempty"` // whose messages were said
	Agent    string `json:"agent,omitempty"`    // name of who resolved
}
