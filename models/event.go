package models

// EventType says what happened.
type EventType string

// What can happen in a chat. An event is stored before the platform is answered and is decided in its turn.
const (
	CustomerWrote     EventType = "customer.wrote"
	CustomerPressed   EventType = "customer.pressed" // a button
	CustomerEdited    EventType = "customer.edited"
	CustomerDeleted   EventType = "customer.deleted"
	CustomerReacted   EventType = "customer.reacted"
	CustomerBlocked   EventType = "customer.blocked"
	CustomerUnblocked EventType = "customer.unblocked"
	CustomerElsewhere EventType = "customer.elsewhere" // wrote where the bot does not work: a group
	CustomerMoved     EventType = "customer.moved"     // has a new address

	AgentReplied   EventType = "agent.replied" // or wrote a note
	AgentEdited    EventType = "agent.edited"
	AgentDeleted   EventType = "agent.deleted"
	AgentClaimed   EventType = "agent.claimed"
	AgentResolved  EventType = "agent.resolved"
	AgentTookOver  EventType = "agent.took_over" // Take over and send
	AgentLeft      EventType = "agent.left"      // Leave it
	AgentRefused   EventType = "agent.refused"   // somebody who is no agent wrote in a thread
	AgentPassed    EventType = "agent.passed"    // gave the chat to somebody else, by a form
	AgentBlocked   EventType = "agent.blocked"   // wants to hear no more of the customer
	AgentUnblocked EventType = "agent.unblocked" // ends that
	AgentNoted     EventType = "agent.noted"     // filled in the form after Resolve
	AgentInsisted  EventType = "agent.insisted"  // Send anyway
	AgentSeized    EventType = "agent.seized"    // Take over
	AgentMadeNote  EventType = "agent.made_note" // Make it a note
	AgentTookChat  EventType = "agent.took_chat" // Take over, of a chat that he found

	AgentConfirmed EventType = "agent.confirmed" // put the sign of consent on his reply that was held back
	AgentSentNow   EventType = "agent.sent_now"  // Send now, for the same
	AgentSentNote  EventType = "agent.sent_note" // Send anyway, for a note that began with a mention
	AgentCanceled  EventType = "agent.canceled"  // Cancel, while his reply waits
	AgentCorrected EventType = "agent.corrected" // Send a correction
	AgentRetried   EventType = "agent.retried"   // Retry, for a reply that failed
	AgentPlain     EventType = "agent.plain"     // Send as text, for the same

	AgentReacted EventType = "agent.reacted" // put an emoji on a line of the customer's, or took it off

	AgentSentReply EventType = "agent.sent_reply" // answered one of the customer's messages, by a form

	AgentSentCanned EventType = "agent.sent_canned" // sent a canned reply, by a form

	AgentStepped      EventType = "agent.stepped_back"  // gave all his chats back to the team
	AgentSentTemplate EventType = "agent.sent_template" // sent a text that the platform approved, by a form or a button
	AgentSkipped      EventType = "agent.skipped"       // closed the form after Resolve
	AgentWithdrew     EventType = "agent.withdrew"      // Make it a note, from the menu of a reply
	AgentSentIt       EventType = "agent.sent_it"       // Send it, of a note or of a reply that was held back
	AgentTagged       EventType = "agent.tagged"        // gave the customer tags, by a form
	AgentAbout        EventType = "agent.about"         // had the customer last, and is about as the customer waits

	BotAnswered EventType = "bot.answered"
	BotFailed   EventType = "bot.failed"
	BotBack     EventType = "bot.back" // after an outage, or to find out: what waits is asked again
	BotGone     EventType = "bot.gone" // out for too long: people get what waits

	SendFailed  EventType = "send.failed"  // for good
	SendDelayed EventType = "send.delayed" // not delivered yet
	SendRead    EventType = "send.receipt" // a platform's report of a message of ours
	FileLost    EventType = "file.lost"    // a file of Message cannot be shown to agents

	QueueMoved EventType = "queue.moved" // the customer came nearer to the head of the line

	ThreadOpened EventType = "thread.opened"
	ThreadLost   EventType = "thread.lost" // its root was deleted: a new one has to be opened
	TimerRang    EventType = "timer.rang"
	ChannelOff   EventType = "channel.off"
	ChannelOn    EventType = "channel.on"
)

// Event is something that happened in a conversation. Type says which of the optional fields are set. It is stored as
// JSON, so fields are only ever added.
type Event struct {
	Type    EventType `json:"type"`
	At      Stamp     `json:"at"`                // when it was accepted
	Sent    Stamp     `json:"sent,omitempty"`    // when it happened, by the platform's clock
	Message string    `json:"message,omitempty"` // our id for the message that the event brings or is about
	Ref     string    `json:"ref,omitempty"`     // the platform's or the desk's id of that message

	// About is the message that this one answers, or that a reaction is on. It is found when the event is decided.
	About string `json:"about,omitempty"`

	// Prior is what the transcript says already of reactions on that message. It is found when the event is decided.
	Prior *Prior `json:"prior,omitempty"`

	Gone bool `json:"gone,omitempty"` // of an agent's reaction: he took it off

	// Kind is what an agent's message was before he edited or deleted it. It is found when the event is decided.
	Kind MessageKind `json:"kind,omitempty"`

	// Own is set of an agent's message that he wrote himself. It is found when the event is decided, as its Kind is.
	Own bool `json:"own,omitempty"`

	// Signed is set of an edit of what began with the sign of a note before it as well.
	Signed bool `json:"signed,omitempty"`

	Content *Content `json:"content,omitempty"`
	Contact *Contact `json:"contact,omitempty"`
	Channel string   `json:"channel,omitempty"` // the section that received it, if the conversation is to follow it
	Address string   `json:"address,omitempty"` // where to answer from now on
	Signals Signals  `json:"signals,omitzero"`

	Agent    *Person  `json:"agent,omitempty"`
	Handover string   `json:"handover,omitempty"` // which one the agent or the timer means
	Note     bool     `json:"note,omitempty"`     // the agent's words stay in the thread
	Mention  bool     `json:"mention,omitempty"`  // of a note: only because it begins with a mention
	Refusal  string   `json:"refusal,omitempty"`  // why somebody is no agent: guest, stranger, app
	Answer   *Answer  `json:"answer,omitempty"`
	Asked    []string `json:"asked,omitempty"`    // the messages that the bot was asked with
	AskedAt  Stamp    `json:"asked_at,omitempty"` // when the customer wrote the last of them
	Bot      string   `json:"bot,omitempty"`      // which one was asked; "" is the default bot
	Probe    bool     `json:"probe,omitempty"`    // the question was to find out whether the bot is back
	Epoch    int64    `json:"epoch,omitempty"`    // of the question, or of the timer
	Failure  *Failure `json:"failure,omitempty"`
	Delivery Delivery `json:"delivery,omitempty"`
	Timer    Timer    `json:"timer,omitempty"`
	Thread   string   `json:"thread,omitempty"` // the desk's id of the thread

	Target *Person           `json:"target,omitempty"` // whom an agent chose in a form
	Place  string            `json:"place,omitempty"`  // where the handover's thread is. It is found when the event is decided
	Values map[string]string `json:"values,omitempty"` // of a form that an agent filled in, by the field's id

	// Canned is what the short form of a canned reply came to. It is found when the event is decided.
	Canned Canned `json:"canned,omitempty"`

	// Wish is how an agent wants a template sent that is held back.
	Wish TemplateWish `json:"wish,omitempty"`

	Again Again `json:"again,omitempty"` // whether the customer has the agent's reply already
	Tier  Tier  `json:"tier,omitempty"`  // where in the line the customer is by now

	// Outage is the incident of which the failure is one of many. It is found when the event is decided.
	Outage string `json:"outage,omitempty"`

	// Absent are the agents of the desk who are away, as far as that counts for it. They are found when the event is decided.
	Absent []string `json:"absent,omitempty"`

	// Down is when the desk could not be reached since a timer was set, as far as that counts for it. It is found when the
	// event is decided.
	Down []Span `json:"down,omitempty"`
}

// Prior is a line of the transcript that says which reactions are on a message.
type Prior struct {
	Message string  `json:"message"`
	Content Content `json:"content"`
}

// Span is a time from one instant to another.
type Span struct {
	From Stamp `json:"from"`
	To   Stamp `json:"to"`
}

// Again says of an agent's reply whether an earlier state of this database, of which a backup was restored, has sent it.
type Again string

// A reply that is new has none of these.
const (
	AgainMaybe  Again = "maybe"
	AgainSurely Again = "surely"
)

// Canned says of an agent's reply that it was the name of a canned one.
type Canned string

// A reply that is no such name has none of these.
const (
	CannedFound   Canned = "found"   // the content is what that reply says
	CannedUnknown Canned = "unknown" // there is none of that name
	CannedBare    Canned = "bare"    // something that it names is not known of the customer
)

// Signals is what text detection found in a message, before the event is stored.
type Signals struct {
	Asks     bool   `json:"asks,omitempty"`     // asks for a person
	Back     bool   `json:"back,omitempty"`     // the whole message wants the bot back
	Small    bool   `json:"small,omitempty"`    // thanks, emoji, stickers: never a break, never hands over
	Command  string `json:"command,omitempty"`  // "/agent", "/bot"
	Choice   Choice `json:"choice,omitempty"`   // what he wants outside of hours
	Language string `json:"language,omitempty"` // ISO 639-1
	Broken   bool   `json:"broken,omitempty"`   // the bot says that it did not understand
}

// Failure is why something did not work.
type Failure struct {
	Cause Cause  `json:"cause,omitempty"` // of a bot's
	Kind  string `json:"kind,omitempty"`  // of a send's: the error kind
	Text  string `json:"text,omitempty"`  // safe to show an agent
	Part  int    `json:"part,omitempty"`
	Plain bool   `json:"plain,omitempty"` // of a send's: it could be tried as nothing but text
}

// Answer is what a bot said to a question.
type Answer struct {
	Messages   []Content     `json:"messages,omitempty"`
	IDs        []string      `json:"ids,omitempty"` // our ids for Messages
	Confidence *float64      `json:"confidence,omitempty"`
	Fallback   bool          `json:"fallback,omitempty"`
	Handover   *HandoverWish `json:"handover,omitempty"`

	// Fields is what the bot knows of the customer, for the card: order number, plan. An empty value takes one off.
	Fields map[string]string `json:"fields,omitempty"`
}

// HandoverWish is a bot's own request for a person.
type HandoverWish struct {
	Requested bool   `json:"requested"`
	Reason    string `json:"reason,omitempty"`
	Team      string `json:"team,omitempty"`
	Summary   string `json:"summary,omitempty"`
}

// Timer is a kind of timer. A conversation has at most one of each kind.
type Timer string

// The timers.
const (
	TimerGiveUp Timer = "give_up" // the desk could not open the thread
	TimerJoined Timer = "joined"  // the agent who claimed has not replied at once
	TimerRung   Timer = "rung"    // nobody has taken the chat: the next rung of the ladder
	TimerQuiet  Timer = "quiet"   // the agent who has it has not answered
	TimerSilent Timer = "silent"  // the customer has not written since
	TimerWindow Timer = "window"  // the platform's reply window is nearly over
)

// Alarm is a timer as the database keeps it: ringing appends its event and deletes the row in one transaction.
type Alarm struct {
	Conversation int64 `gorm:"primaryKey;autoIncrement:false"`
	Kind         Timer `gorm:"primaryKey"`
	Due          Stamp
	Epoch        int64
}
