package models

// Cause is the kind of reason why people got a chat.
type Cause string

// The causes: by design (the customer or the bot asked, a rule), and the ways in which a bot breaks.
const (
	CauseAsked      Cause = "asked"       // the customer asked for a person
	CauseBotAsked   Cause = "bot_asked"   // the bot handed over
	CauseNoBot      Cause = "no_bot"      // the channel has no bot: every chat goes to agents
	CauseTakenOver  Cause = "taken_over"  // an agent took the chat from the bot
	CauseFallback   Cause = "fallback"    // the bot said that it did not understand
	CauseConfidence Cause = "confidence"  // the bot was not sure enough
	CauseEmpty      Cause = "empty"       // the bot answered nothing
	CauseError      Cause = "error"       // the bot failed
	CauseTimeout    Cause = "timeout"     // the bot did not answer in time
	CauseSameAnswer Cause = "same_answer" // the same answer to different questions
	CauseSameAsked  Cause = "same_asked"  // the customer said the same three times
	CauseStale      Cause = "stale"       // the question is too old to be answered out of the blue
	CauseOutage     Cause = "outage"      // the bot is out for everybody
	CausePassed     Cause = "passed"      // an agent gave the chat to a team
	CauseFile       Cause = "file"        // the customer sent a file that the bot does not take
)

// Broke reports whether the cause is a bot that broke.
func (c Cause) Broke() bool {
	switch c {
	case CauseFallback, CauseConfidence, CauseEmpty, CauseError, CauseTimeout, CauseSameAnswer, CauseSameAsked, CauseStale, CauseOutage:
		return true
	case CauseAsked, CauseBotAsked, CauseNoBot, CauseTakenOver, CausePassed, CauseFile:
	}
	return false
}

// Reason is why people got a chat, with the turn as evidence.
type Reason struct {
	Cause      Cause    `json:"cause"`
	Asked      string   `json:"asked,omitempty"`    // what the customer wrote
	Answered   string   `json:"answered,omitempty"` // what the bot said and did not get sent
	Confidence *float64 `json:"confidence,omitempty"`
	Error      string   `json:"error,omitempty"` // safe to show an agent
	Told       string   `json:"told,omitempty"`  // the bot's own reason
	Summary    string   `json:"summary,omitempty"`
	Team       string   `json:"team,omitempty"`
}

// Handover is one time that people had a chat: a thread on the desk. A handover that is soon needed again is reopened,
// in its thread.
type Handover struct {
	ID           string `gorm:"primaryKey"`
	Conversation int64
	Desk         string
	Place        string // where the thread is to be opened, as the config names it: a Slack channel
	Thread       string // the desk's id of the thread; "" until it is open
	Previous     string // the customer's handover before this one
	Reason       Reason `gorm:"serializer:json"`
	State        HandoverState
	Agent        Person `gorm:"serializer:json"`
	FirstNum     int64  // Num of the first message that is posted one by one; those before are the talk so far
	OpenedAt     Stamp
	ClaimedAt    Stamp
	EndedAt      Stamp
	AnsweredAt   Stamp // when an agent first answered since OpenedAt; 0 while nobody did
	Reopened     int
	Card         int64   // counts the changes that the card must show
	Shown        int64   // the count that it does show
	Details      Details `gorm:"serializer:json"`
}

// Details is what the card shows of a handover beside its state. It is stored as JSON, so fields are only ever added.
type Details struct {
	Team     string `json:"team,omitempty"`     // the team that it was passed on to, as the config names it
	Because  string `json:"because,omitempty"`  // why a rule of the config had it open where it is: "language pt"
	Category string `json:"category,omitempty"` // what it was about, as the agent who resolved it chose
	Note     string `json:"note,omitempty"`     // his note on how it ended
	Skipped  bool   `json:"skipped,omitempty"`  // he closed the form that asks for these two
	Rating   int    `json:"rating,omitempty"`   // the customer's: 1 to Scale; 0 is none
	Scale    int    `json:"scale,omitempty"`    // the best rating that he could give: 2 for thumbs, 5 for stars
}

// HandoverState is where a handover stands.
type HandoverState string

// The states of a handover.
const (
	HandoverWaiting  HandoverState = "waiting"
	HandoverClaimed  HandoverState = "claimed"
	HandoverResolved HandoverState = "resolved"
	HandoverBack     HandoverState = "taken_back" // the customer went back to the bot
	HandoverGaveUp   HandoverState = "gave_up"    // the thread could not be opened
	HandoverPromised HandoverState = "promised"   // nobody took it in time: an answer is owed, and the bot has the chat meanwhile
	HandoverPassed   HandoverState = "passed"     // a team has the chat, in a thread of its own
	HandoverBlocked  HandoverState = "blocked"    // an agent blocked the customer
	HandoverQuiet    HandoverState = "quiet"      // the customer did not write any more
)

// Ended reports whether the thread is over: the bot has the chat again, or another thread has it.
func (s HandoverState) Ended() bool {
	switch s {
	case HandoverResolved, HandoverBack, HandoverGaveUp, HandoverPromised, HandoverQuiet, HandoverPassed, HandoverBlocked:
		return true
	case HandoverWaiting, HandoverClaimed:
	}
	return false
}
