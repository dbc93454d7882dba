package channels

import (
	"time"

	"patchbay/models"
)

// Unit is what a platform counts text in.
type Unit int

// The units.
const (
	Runes Unit = iota // Unicode code points
	UTF16             // UTF-16 code units: an emoji counts two or more
	Bytes             // UTF-8
)

// Limits is what a platform takes. Zero means that there is no limit, or that the thing does not exist.
type Limits struct {
	Text    int  // of one message, in Unit
	Unit    Unit // of Text and Caption
	Caption int

	// Spans are the kinds of spans that the platform shows. Text never has others.
	Spans []models.SpanKind
	// Length is how long a text with its spans is, in Unit, where the platform counts the marks with the text. nil is the
	// length of the text alone.
	Length func(models.Rich) int

	Rate      float64       // messages a second for the account
	ChatRate  float64       // messages a second in one chat
	ChatBurst int           // messages in one chat before ChatRate holds; 0 is 1
	Window    time.Duration // how long after the customer's last message we may write
	Typing    time.Duration // how long a typing sign lasts; 0 when there is none

	NoReceipts bool // the platform never tells what became of a message: no Receipt comes
	Sender     bool // shows Outbound.Name, so that no bold line is needed
	Buttons    int  // buttons of one message; 0: they are said as text
	ButtonText int  // text of a message with buttons, title included, in Unit; 0: the same as Text
	Keyboard   bool // buttons stay on the screen after one was pressed, until the message is edited
	Title      int  // of a button, in runes
	Payload    int  // of a button, in bytes

	Files map[models.AttachmentKind]FileLimit // what files may be sent; a kind that is missing cannot
	Links bool                                // files are sent as their addresses, not uploaded
	// Hosted says that a file without a public address can be given one. It is the gateway's to set, not the adapter's.
	Hosted bool
}

// FileLimit is what a platform takes of one kind of file.
type FileLimit struct {
	Size    int64    // bytes; 0 is no limit
	Types   []string // media types, "image/png" or "audio/*"; empty is every type
	Caption bool     // text can stand under it
}
