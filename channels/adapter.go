package channels

import (
	"context"
	"net/http"
	"time"

	"patchbay/models"
)

// Adapter sends to the customers of one account. It is used by many goroutines at once. Send makes at most one call
// that changes something on the platform, never retries, returns the platform's id of what it sent, and returns a
// *Error for every failure. Content that breaks Limits is Rejected without a call.
type Adapter interface {
	Send(ctx context.Context, m Outbound) (id string, err error)
	Limits() Limits
}

// Receiver takes the platform's calls. Receive reads the raw body, authenticates it, and only then decodes it; it has no
// effects and is called by many goroutines at once. A request that is not authentic gives a Forbidden error, one that
// cannot be decoded a Rejected one. A Response with a Status beside an error is what the platform expects to be
// answered with, instead of the usual 401 or 400.
type Receiver interface {
	Receive(r *http.Request) (Update, error)
}

// Poller fetches updates itself. Poll blocks until ctx ends, which is no error, or until the platform refuses it in a
// way that only an operator can mend, which is a Forbidden *Error. It calls handle for one batch after the other and
// acknowledges to the platform only what handle stored. A poll that worked and brought nothing calls handle with an empty
// Update, as a sign of life. Temporary failures are waited out inside.
type Poller interface {
	Poll(ctx context.Context, handle func(context.Context, Update) error) error
}

// Editor changes a message that was sent. It makes one call, as Send does; a message that already reads so is no error.
type Editor interface {
	Edit(ctx context.Context, id string, m Outbound) error
}

// Deleter takes back a message that was sent. One that is gone already is no error.
type Deleter interface {
	Delete(ctx context.Context, address, id string) error
}

// Typer shows the customer that somebody is writing. Typing is called again every Limits.Typing while it lasts; last is
// the platform's id of the customer's newest message.
type Typer interface {
	Typing(ctx context.Context, address, last string) error
}

// Reader marks the customer's messages up to id as read.
type Reader interface {
	Read(ctx context.Context, address, id string) error
}

// Templater is an Adapter whose platform takes some texts at any time, because it approved them beforehand. Its Send sends
// an Outbound.Template.
type Templater interface {
	// Templates returns the texts, in the order in which agents choose from them. It calls nobody, and what it returns is
	// not changed.
	Templates() []Template
}

// Reacter puts an emoji on a message of the customer's: one of ours at a time, which takes the place of the one before; ""
// takes it off. It makes one call, as Send does. An emoji that the platform does not take is Rejected.
type Reacter interface {
	React(ctx context.Context, address, id, emoji string) error
}

// Opener streams a file that a customer sent, from where the platform keeps it. The caller closes the stream, which ctx
// bounds until then. A file that is gone, or that the platform does not hand out, is Rejected, in words for an agent.
type Opener interface {
	Open(ctx context.Context, a models.Attachment) (models.Stream, error)
}

// Profiler looks up a contact's name where messages do not carry it.
type Profiler interface {
	Profile(ctx context.Context, address string) (models.Contact, error)
}

// Setupper prepares the platform's side: sets the webhook, registers commands. It is called once after each start, and
// again after a failure, behind the start of the gateway. endpoint is the public URL of this channel's Receiver, empty
// when the config has no public_url.
type Setupper interface {
	Setup(ctx context.Context, endpoint string) error
}

// Checker looks at the account on the platform, for check --online. It changes nothing.
type Checker interface {
	Check(ctx context.Context, endpoint string) []Finding
}

// Finding is one result of a Checker, in words that tell what to do.
type Finding struct {
	OK      bool
	Warning bool   // not OK, but it works
	Text    string // one line
}

// Update is what one call or one poll brought: messages in the platform's order, and what to answer.
type Update struct {
	Inbound  []Inbound
	Response Response
}

// Response is what a platform's call is answered with, after Inbound is stored. The zero value is 200 without a body.
type Response struct {
	Status int    // 0 is 200
	Type   string // of the body; "" is text/plain
	Body   []byte
}

// Inbound is one thing that a customer did.
type Inbound struct {
	// Key is the same each time the platform delivers the same thing, and no other thing of the account has it.
	Key string
	// Account is the platform's account that received it, if it may be another than the adapter's own: a WhatsApp
	// callback serves several numbers. Empty means the adapter's own.
	Account string
	// Addresses are the chat's names on the platform, the one to answer to first. They are written by the adapter and
	// opaque to everybody else. A chat is known by any of them.
	Addresses []string
	Kind      Kind
	ID        string // the platform's id of the message; for Edited, Deleted, Reacted and Receipt of the one it is about
	At        time.Time
	Contact   models.Contact
	Content   models.Content
	Delivery  models.Delivery // of a Receipt
	Error     *Error          // of a Receipt that failed
	Ours      string          // of a Receipt: Outbound.ID where the platform gives it back
}

// Kind is what an Inbound is.
type Kind string

// The kinds of Inbound.
const (
	Message   Kind = "message"
	Pressed   Kind = "pressed"   // a button: Content.Text is its title, Content.Payload its payload
	Edited    Kind = "edited"    // Content is the whole new content
	Deleted   Kind = "deleted"   // taken back for everyone
	Reacted   Kind = "reacted"   // Content.Text are the customer's emoji on it by now, with spaces between; empty for none
	Receipt   Kind = "receipt"   // Delivery of a message of ours
	Blocked   Kind = "blocked"   // the customer wants no more messages
	Unblocked Kind = "unblocked" // and now he does
	Elsewhere Kind = "elsewhere" // written where the bot does not work, such as a group
	Moved     Kind = "moved"     // the chat has new Addresses: its old one stands last
)

// Outbound is one message to the customer, within Limits.
type Outbound struct {
	ID          string // ours; the same when the same message is sent again
	Address     string // as the adapter wrote it in Inbound.Addresses
	Author      models.Author
	Name        string // the author's, for platforms that show a sender
	Title       string // a line in bold above Text, where the platform shows no sender; within Limits together with Text
	Text        string
	Spans       []models.TextSpan   // of Text, only kinds of Limits.Spans, as models.NormalSpans makes them
	Attachments []models.Attachment // at most one, unless Limits.Links, that Limits.Files takes; Text is its caption
	Buttons     []models.Button
	ReplyTo     string // the platform's id of the customer's message that this answers

	// Open streams Attachments[0], whose Size is exact then. An adapter that uploads calls it at most once in a Send and
	// closes the stream; where Limits.Links is set, or in an Edit, it is nil.
	Open func(ctx context.Context) (models.Stream, error)

	// Template is sent in place of Text, which is what it says to the customer. It comes to a Templater only, without a
	// title, files or buttons.
	Template *models.Template
}
