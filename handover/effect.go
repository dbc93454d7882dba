package handover

import (
	"time"

	"patchbay/models"
)

// Effect is one thing that a decision wants done. Effects are carried out in their order, in the transaction that
// records the decision; what needs the world outside becomes an entry of a lane there.
type Effect interface{ effect() }

type (
	// Record puts a message into the transcript. Num, Handover and At are filled in.
	Record struct{ Message models.Message }

	// Ask puts a recorded message of the customer to the bot.
	Ask struct {
		Message string
		Again   bool // after an outage of which he was told
	}

	// Wait counts the chat among those that wait for the bot to be back.
	Wait struct {
		Since models.Stamp // when its first question failed
		At    models.Stamp // when the customer wrote the last of them
	}

	// Unwait ends a Wait.
	Unwait struct{}

	// Send sends a recorded message to the customer, an agent's after a wait in which he can take it back.
	Send struct {
		Message string
		Wait    time.Duration
	}

	// Tell sends the customer a text of ours, in his language. A text that the config leaves empty is silent.
	Tell struct {
		Key  string
		Vars map[string]string
		Rate int  // also ask what he thinks of the conversation's handover: the best rating
		Line bool // and where in the line he is, if others wait before him; the conversation remembers what he was told
	}

	// Open starts a handover: a new thread, with the talk so far.
	Open struct {
		Reason  models.Reason
		Place   string // where; "" is the place of the channel
		Team    string // whose place it is; "" is none
		Because string // why there, for the card; "" where the channel's place is
		Owed    bool   // an answer is owed in it. If the bot has the chat, it keeps it meanwhile
	}

	// Reopen starts an earlier handover of the conversation anew, in its thread.
	Reopen struct {
		Handover string
		Reason   models.Reason
		Quiet    bool // no line in the channel: an agent reopened it himself
	}

	// Claim shows on the card that the agent has it.
	Claim struct{ Agent models.Person }

	// Offer shows on the card that nobody has it any more.
	Offer struct{}

	// Close ends the handover.
	Close struct {
		State models.HandoverState
		Agent models.Person
	}

	// Display shows a recorded message in the thread.
	Display struct {
		Message   string
		Broadcast bool // in the desk's channel too
	}

	// Remark writes a line of ours into the thread.
	Remark struct {
		Handover  string // "" is the conversation's own
		Text      string
		About     string // the message it is about
		Mention   string // an agent who is to be told
		Broadcast bool
		Take      bool // with the button Take it
	}

	// Seek looks whether an agent is about, and brings him the chat if he is.
	Seek struct{ Agent string }

	// Tag remembers tags that a customer was given, so that others can be given the same.
	Tag struct{ Tags []string }

	// Rewrite changes a message's content, or marks it deleted, wherever it is shown or still to be sent.
	Rewrite struct {
		Message string
		Content *models.Content // nil leaves it
		Deleted bool
	}

	// Amend does to the customer's copy of a message what Rewrite did to ours.
	Amend struct {
		Message string
		Deleted bool
	}

	// Choose shows on a message of ours which of its buttons was pressed, where they would stay on the screen.
	Choose struct{ Message, Title string }

	// Look tells the customer's app that his messages were read, up to the one that the platform calls Ref.
	Look struct{ Ref string }

	// React shows the customer's reactions, which a recorded message says, on the line that they are on.
	React struct{ Message string }

	// Emote puts on the customer's message what a recorded message says of agents' reactions on it. The agent is told, once,
	// if his app does not take it.
	Emote struct {
		Message string
		Agent   string
	}

	// Release turns an agent's reply that was held back, or a note, into one that is said, and sends it as Send does.
	Release struct {
		Message string
		Title   string // a bold first line that names the agent; "" where he spoke last
		Wait    time.Duration

		Template bool // as the template that it is; otherwise its words alone
	}

	// Shelve holds back a reply that the platform takes only when the customer has written again.
	Shelve struct{ Message string }

	// Cancel takes a reply back that waits to go out, or is deleted where it went out already. The agent is told which.
	Cancel struct {
		Message string
		Agent   string
	}

	// Withdraw makes a reply that waits to go out a note. One that may have gone out already is taken back as Cancel does.
	Withdraw struct {
		Message string
		Agent   string
	}

	// Correct sends the customer what an agent wrote in place of a message that the platform cannot change.
	Correct struct {
		Message string
		Title   string // as of Release
	}

	// Resend sends what failed of a message once more. Plain leaves out all that is not text.
	Resend struct {
		Message string
		Plain   bool
	}

	// Keep turns an agent's reply that was held back into a note.
	Keep struct{ Message string }

	// Rated shows on the card what the customer thinks of a handover.
	Rated struct {
		Handover      string
		Rating, Scale int
		Again         bool // he changed his mind
	}

	// Detail shows more of a handover on its card.
	Detail struct {
		Handover string // "" is the conversation's own
		Team     string // "" leaves it
		Noted    bool   // Category and Note are what an agent noted; otherwise they are left
		Skipped  bool   // he noted nothing; what was noted before stays
		Category string
		Note     string
	}

	// Whisper tells one agent something, privately.
	Whisper struct {
		Agent    string
		Notice   NoticeKey
		Handover string
		Message  string
		Part     int  // of a message that failed: which part
		Now      bool // behind the decision and beside the lane: it is of use only at once
	}

	// Refresh brings the card up to date.
	Refresh struct {
		Handover string // "" is the conversation's own
	}

	// Set starts a timer, or moves it.
	Set struct {
		Timer models.Timer
		Due   models.Stamp
	}

	// Stop ends a timer.
	Stop struct{ Timer models.Timer }

	// Alert tells the operator.
	Alert struct{ Key, Text string }
)

func (Record) effect()   {}
func (Ask) effect()      {}
func (Wait) effect()     {}
func (Unwait) effect()   {}
func (Send) effect()     {}
func (Tell) effect()     {}
func (Open) effect()     {}
func (Reopen) effect()   {}
func (Claim) effect()    {}
func (Offer) effect()    {}
func (Close) effect()    {}
func (Display) effect()  {}
func (Remark) effect()   {}
func (Rewrite) effect()  {}
func (Amend) effect()    {}
func (Choose) effect()   {}
func (Look) effect()     {}
func (React) effect()    {}
func (Emote) effect()    {}
func (Release) effect()  {}
func (Shelve) effect()   {}
func (Cancel) effect()   {}
func (Withdraw) effect() {}
func (Correct) effect()  {}
func (Resend) effect()   {}
func (Keep) effect()     {}
func (Rated) effect()    {}
func (Detail) effect()   {}
func (Whisper) effect()  {}
func (Refresh) effect()  {}
func (Set) effect()      {}
func (Stop) effect()     {}
func (Alert) effect()    {}
func (Tag) effect()      {}
func (Seek) effect()     {}
