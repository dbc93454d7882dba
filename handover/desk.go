package handover

import (
	"context"
	"errors"
	"net/http"
	"time"

	"patchbay/models"
)

// Desk is where agents see customers: a thread a handover. Thread and post ids are opaque strings of the desk's own.
// It is used by many goroutines at once, makes one try per call, and fails with a *DeskError.
type Desk interface {
	// Open opens a thread with the card as its root.
	Open(ctx context.Context, c Card) (thread string, err error)
	// Post writes p into the thread.
	Post(ctx context.Context, thread string, p Post) (post string, err error)
	// Edit writes a post anew.
	Edit(ctx context.Context, thread, post string, p Post) error
	// Show brings the card of the thread up to date; the latest wins.
	Show(ctx context.Context, thread string, c Card) error
	// Whisper tells something to one agent alone: without a thread, in a message of his own.
	Whisper(ctx context.Context, thread, agent string, n Notice) error
}

// Folder is a Desk that tells how much fits into one post. Without it every line is a post of its own.
type Folder interface {
	// Fit returns how many of the lines, from the first on, go into one post: at least 1 if there are any.
	Fit(lines []PostLine) int
}

// Finder is a Desk that can look for what it wrote when the answer to that was lost, since the platform may have taken it
// all the same. A look that fails is no reason not to write.
type Finder interface {
	// FindThread returns the thread of c's handover if it was opened after since, "" if there is none.
	FindThread(ctx context.Context, c Card, since time.Time) (thread string, err error)
	// FindPost returns the post in the thread that stands for the entry p.From of p.Lane and was written after since; ok is
	// false if there is none.
	FindPost(ctx context.Context, thread string, p Post, since time.Time) (found Found, ok bool, err error)
}

// Found is a post of an earlier try: the entries that it stands for, and our id of the last message that it shows.
type Found struct {
	Post     string
	From, To int64
	Last     string
}

// Reader is a Desk whose threads can be read, for what agents wrote while nobody listened. Reading is metered: a call that
// would be one too many is not made, and fails with RateLimited and how long to wait.
type Reader interface {
	// Overview reads a page of what stands at the top of place, newest first. cursor is the Next of the page before.
	Overview(ctx context.Context, place, cursor string) (Overview, error)
	// Replies reads a page of what was written in the thread after since, oldest first.
	Replies(ctx context.Context, thread string, since time.Time, cursor string) (Replies, error)
}

// Overview is a page of threads.
type Overview struct {
	Alive  time.Time            // the latest of the cards' Alive; zero if none has one
	Latest map[string]time.Time // when somebody last wrote in a thread, by its id; zero if nobody did
	Next   string               // "" if this is the last page
}

// Replies is a page of what was written in a thread.
type Replies struct {
	Written []Written
	Heard   time.Time // what agents wrote until then was heard: a post of ours says so that was made behind it
	Next    string
}

// Written is a reply of somebody's as it reads now, his last edit of it if there was one, and that he let it go, if replies
// wait for that.
type Written struct {
	Reply   Action
	Edit    *Action
	Consent *Action
}

// Receiver is a Desk that the platform calls over HTTP. Receive authenticates the raw body before it decodes it and has
// no effects that a customer or an agent could see. endpoint is "events", "actions" or "commands".
type Receiver interface {
	Receive(r *http.Request, endpoint string) (Update, error)
}

// Listener is a Desk that holds its own connection to the platform. Listen blocks until ctx ends, or until the platform
// refuses it for good, which is a Forbidden *DeskError. It acknowledges only what handle stored. When a connection is open it
// calls handle with an empty Update, as a sign of life.
type Listener interface {
	Listen(ctx context.Context, handle func(context.Context, Update) error) error
}

// Setupper is a Desk that has to learn who it is: its own user, its workspace. It is called behind the start, and again
// after a failure; until it has worked, the other methods fail with Temporary.
type Setupper interface {
	Setup(ctx context.Context) error
}

// Announcer is a Desk that can post a line outside any thread, for the operator.
type Announcer interface {
	Announce(ctx context.Context, place, text string) error
}

// Checker looks at the desk's account on the platform, for check --online. It changes nothing. places are all the
// channels that the config names.
type Checker interface {
	Check(ctx context.Context, places []string) []Finding
}

// Finding is one result of a Checker, in words that tell what to do.
type Finding struct {
	OK      bool
	Warning bool // not OK, but it works
	Text    string
}

// Update is what one call or envelope of the desk's platform brought.
type Update struct {
	Actions  []Action
	Asked    []FormAsk
	Command  *Command // is answered afterwards, by itself
	Response Response
	Missed   time.Time // what happened since then may never come: the connection was lost. Zero is nothing
}

// Response is what a call is answered with after its actions are stored. The zero value is 200 without a body.
type Response struct {
	Status int    // 0 is 200
	Type   string // of the body; "" is text/plain
	Body   []byte
}

// Action is one thing that an agent did.
type Action struct {
	Key      string // the same at each delivery of the same thing: "T1/event/Ev1", "T1/C1:1700.1:edited.1701.2"
	Kind     ActionKind
	Thread   string // the thread's id, as Desk.Open gives it; "" where a button names the handover
	Handover string // of a button
	Incident string // of the button on the post of an outage; Thread is that post then
	Own      bool   // the thread's root is a post of ours: a reply may come before the thread is recorded
	Post     string // the desk's id of the agent's post
	Person   models.Person
	Refusal  string            // why the person is no agent: "guest", "stranger", "app"; "" for an agent
	Text     string            // in no mark-up, emoji as characters
	Spans    []models.TextSpan // of Text
	Note     bool              // stays in the thread
	Signed   bool              // of an edit: it began with the sign of a note before it as well
	Mention  bool              // of a note: only because it begins with a mention
	Files    []models.Attachment
	At       time.Time
	Again    models.Again      // of a reply that was read after a restore
	Target   models.Person     // whom an agent chose in a form
	Values   map[string]string // of a form that was filled in, by the field's ID; empty fields are left out
	Shortcut bool              // used on a message: where there is no chat, he is told
	Chat     string            // of TookChat: the conversation's id
	Reply    string            // of a click on an answer to a command: where it is answered. It is never stored
}

// ActionKind is what an agent did.
type ActionKind string

// The kinds of actions.
const (
	Replied  ActionKind = "replied"
	Edited   ActionKind = "edited"
	Deleted  ActionKind = "deleted"
	Claimed  ActionKind = "claimed"
	Resolved ActionKind = "resolved"
	TookOver ActionKind = "took_over" // the button Take over and send, on the reply Post
	Left     ActionKind = "left"      // the button Leave it
	HandAll  ActionKind = "hand_all"  // the button Hand all over, on the post of an outage
	Strayed  ActionKind = "strayed"   // wrote at the top of the desk's channel: it reaches no customer
	// What became of a reply: how it was let go, taken back or mended.
	Confirmed ActionKind = "confirmed"  // put a check mark on his own reply Post
	Reacted   ActionKind = "reacted"    // put the emoji Text on the post Post, a line of the customer's
	Unreacted ActionKind = "unreacted"  // took it off
	SentNow   ActionKind = "sent_now"   // the button Send now
	SentNote  ActionKind = "sent_note"  // the button Send anyway, on a note that begins with a mention
	Canceled  ActionKind = "canceled"   // the button Cancel
	Corrected ActionKind = "corrected"  // the button Send a correction
	Retried   ActionKind = "retried"    // the button Retry
	SentPlain ActionKind = "sent_plain" // the button Send as text
	Skipped   ActionKind = "skipped"    // closed FormResolve without filling it in
	Withdrew  ActionKind = "withdrew"   // the shortcut Make it a note, on any reply
	SentIt    ActionKind = "sent_it"    // the shortcut Send it, on a note; also a button

	AskReply  ActionKind = "ask_reply"  // the shortcut Reply to this: opens a form and does nothing else
	SentReply ActionKind = "sent_reply" // filled in FormReply

	AskCanned  ActionKind = "ask_canned"  // the button Canned reply: opens a form and does nothing else
	SentCanned ActionKind = "sent_canned" // filled in FormCanned

	AskTemplate    ActionKind = "ask_template"    // the button Send template: opens a form and does nothing else
	SentTemplate   ActionKind = "sent_template"   // filled in FormTemplate
	TemplateAnyway ActionKind = "template_anyway" // the button Send template, on one that he was asked about
	TemplateWords  ActionKind = "template_words"  // the button Send as a message, on such a one

	AskPass   ActionKind = "ask_pass"  // the button Pass on: opens a form and does nothing else
	Passed    ActionKind = "passed"    // filled in FormPass
	Noted     ActionKind = "noted"     // filled in FormResolve
	Insisted  ActionKind = "insisted"  // the button Send anyway, on the reply Post that was held back
	Seized    ActionKind = "seized"    // the button Take over, on such a reply
	MadeNote  ActionKind = "made_note" // the button Make it a note, on such a reply
	Blocked   ActionKind = "blocked"   // the button Block: of the customer
	Unblocked ActionKind = "unblocked" // the button Unblock

	AskTags ActionKind = "ask_tags" // the button Tags: opens a form and does nothing else
	Tagged  ActionKind = "tagged"   // filled in FormTags

	// Of no chat: Thread is where to answer, a channel, or "" for a message to the person alone.
	Away      ActionKind = "away"       // is away from now on
	Back      ActionKind = "back"       // is here again
	PassedAll ActionKind = "passed_all" // the button Pass all to the team
	KeptAll   ActionKind = "kept_all"   // the button Leave them

	TookChat   ActionKind = "took_chat"   // the button Take over, in the answer to a command: on the chat Chat
	OpenedHome ActionKind = "opened_home" // looks at his own page
)

// Personal reports whether an action is about the agent himself, and about no chat.
func (k ActionKind) Personal() bool {
	return k == Away || k == Back || k == PassedAll || k == KeptAll
}

// Card is the root of a thread: all an agent must know at a glance.
type Card struct {
	Handover string // buttons carry it
	Place    string // where to open the thread; "" is the desk's own channel
	Channel  string // where the customer writes from: "telegram/support"
	Platform string // in words: "Telegram"
	Chat     string // the conversation's id, as bots and logs have it
	Contact  models.Contact
	Fields   map[string]string // what the bot told of the customer, beside the contact's own
	Language string
	Reason   models.Reason
	Since    time.Time // he waits since
	State    models.HandoverState
	Agent    models.Person
	Ended    time.Time
	Previous string    // the thread of the customer's handover before this one
	Earlier  []Earlier // the customer's threads before this one, the latest first

	EarlierMore int // and how many before those
	Reopened    int
	Window      time.Time // until when the platform lets us write; zero is always
	Blocked     bool
	Muted       bool          // an agent blocked the customer
	Choice      models.Choice // what the customer wants, as nobody is at work
	Alive       time.Time     // for the platform's metadata: this installation was at work then; zero says nothing
	Details     models.Details
	Tags        []string // the customer's
}

// Earlier is a thread of the customer's past.
type Earlier struct {
	Thread string
	Opened time.Time
	State  models.HandoverState
	Agent  models.Person
}

// Post is what is written into a thread at one time.
type Post struct {
	Title     string // in bold above the lines: "The talk so far"
	Hidden    int    // how many earlier lines there are that the thread does not show
	Lines     []PostLine
	Broadcast bool   // also show it in the channel
	Handover  string // for the platform's metadata, as what follows: which lane, and the entries that this post stands for
	Lane      string
	From, To  int64
	Heard     string // the last post of an agent that was heard before
}

// Last returns our id of the last message in p.
func (p Post) Last() string {
	if len(p.Lines) == 0 {
		return ""
	}
	return p.Lines[len(p.Lines)-1].Message
}

// PostLine is one message in a post.
type PostLine struct {
	Message  string // our id
	Author   models.Author
	Kind     models.MessageKind
	Name     string // the author's, as agents see it
	Mention  string // an agent who is to be told of the line
	Text     string
	Spans    []models.TextSpan // of Text
	Answer   string            // text of the agent's line that this one is about, short
	Answers  string            // who wrote the line of Answer, if this one is a reply to it; then Answer may be empty
	Edited   bool
	Earlier  []string // how it read before it was edited, oldest first
	Deleted  bool
	Pressed  bool // Text is the title of a button that the customer pressed
	Reaction bool // Text is an emoji that the customer put on a message
	At       time.Time
	Choices  []Choice // buttons under the post
}

// Notice is what is whispered to one agent. Handover and Post are for the buttons.
type Notice struct {
	Text     string
	Handover string
	Post     string   // the agent's post that it is about
	Choices  []Choice // buttons
}

// Choice is a button of a notice.
type Choice struct {
	Title string
	Kind  ActionKind // what a click is
}

// DeskErrorKind is what a failure of the desk means.
type DeskErrorKind int

// The kinds. DeskGone is a thread whose root was deleted: a new one is opened. DeskRejected is one post that the
// platform will never take. DeskForbidden is told to the operator; nothing of it is given up.
const (
	DeskTemporary DeskErrorKind = iota + 1
	DeskRateLimited
	DeskGone
	DeskRejected
	DeskForbidden
)

// DeskError is how every method of a Desk fails. Its text has no token.
type DeskError struct {
	Kind       DeskErrorKind
	RetryAfter time.Duration // what the platform asked for; 0 if it did not
	Undone     bool          // of DeskTemporary: the platform surely did nothing, as if it had never been asked
	Err        error
}

// Unsure reports whether the platform may have done what it was asked for although err came back.
func Unsure(err error) bool {
	e, ok := errors.AsType[*DeskError](err)
	return err != nil && (!ok || e.Kind == DeskTemporary && !e.Undone)
}

// Error returns the cause in words.
func (e *DeskError) Error() string {
	if e.Err == nil {
		return "desk failed"
	}
	return e.Err.Error()
}

// Unwrap returns the cause.
func (e *DeskError) Unwrap() error { return e.Err }
