// Package channeltest checks that an adapter keeps the contract of package channels. The suite is the judge: it plays the
// platform, over real HTTP on loopback, and a Harness translates between the suite and the platform's wire format. It
// can be used from any module:
//
//	func TestConformance(t *testing.T) {
//		channeltest.Run(t, channeltest.Harness{New: …, Answer: …, Decode: …, Body: …, Sign: …})
//	}
//
// It looks for goroutines that are left over, so it is not run beside parallel tests.
package channeltest

import (
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/models"
)

// Harness translates between the suite and one platform. New, Address, Answer and Decode are required. What an adapter
// can do beyond sending is found as the gateway finds it, by its methods; what the suite needs to test that must then be
// set, so that nothing is left out unseen.
type Harness struct {
	// New returns an adapter whose platform is the suite's server at url, made with deps. Put Secrets into its section
	// wherever the platform wants them: tokens, keys, a token in an address.
	New func(url string, deps channels.Deps) (channels.Adapter, error)

	// Address returns the address of a chat, in the form that the adapter itself writes it.
	Address func(chat int) string

	// Answer writes what the platform answers to a call.
	Answer func(w http.ResponseWriter, call Call, o Outcome)

	// Decode returns what the platform would show the customer after a call.
	Decode func(call Call) (Seen, error)

	// Marks returns the text that a call shows, with what is marked in it. For an adapter whose Limits name Spans.
	Marks func(call Call) (models.Rich, error)

	// Kinds are the failures that the platform can answer with; nil is all of them.
	Kinds []channels.ErrorKind

	// NoWait says that the platform does not tell how long to wait when it is called too fast.
	NoWait bool

	// Attachments are sent one by one: each must arrive or be Rejected without a call. A file with an opaque Ref of
	// somebody else's is always tried.
	Attachments []models.Attachment

	// Secrets must be in no error and no log line, ever. An adapter that has none says so with NoSecrets.
	Secrets   []string
	NoSecrets bool

	// Body returns the body of a call of the platform's that brings these messages, in this order. A platform that
	// brings one message a call is never asked for more, unless Batch is set. For a channels.Receiver.
	Body  func(messages ...Wrote) []byte
	Batch bool

	// Unknown is the body of an authentic call about something that the adapter does not know. For a channels.Receiver.
	Unknown []byte

	// Sign returns an authentic call of the platform's with this body, signed at the time Now. All that authenticates it
	// is in its headers. For a channels.Receiver.
	Sign func(body []byte) *http.Request

	// Signed says that Sign covers the body, so that an altered body is noticed. A shared token in a header does not.
	Signed bool

	// Polling is what a channels.Poller needs. An adapter that has both ways and is configured for one of them is tested
	// twice, with one harness each; NoReceive or NoPoll then says which way is off.
	Polling   *Polling
	NoReceive bool
	NoPoll    bool
}

// Polling plays the platform's long poll.
type Polling struct {
	// From returns the number of the first update that the call asks for; it acknowledges those before. ok is false for
	// a call that is no poll; it is answered with Outcome{}.
	From func(call Call) (from int, ok bool)

	// Write answers a poll with these updates: Wrote.Message is the number of each. None is a poll that ran out.
	Write func(w http.ResponseWriter, updates []Wrote)
}

// Call is a request that the adapter made.
type Call struct {
	*http.Request
	Raw []byte // its body
}

// Outcome is how a call ends: with success when Kind is 0, and then with the platform's id for the message.
type Outcome struct {
	ID         int
	Kind       channels.ErrorKind
	RetryAfter time.Duration // whole seconds, with RateLimited
}

// Seen is what the customer sees.
type Seen struct {
	Address     string
	Text        string // with the title line, if the platform shows it as part of the text, and without mark-up
	Attachments int
	Buttons     []string // titles
	Edited      string   // the id of the message that was changed, as Send returned it; "" for a new one
	Deleted     string   // the id of the message that was taken back
	Answers     string   // the id of the customer's message that this one answers
	Reacts      string   // the id of the customer's message that Emoji is on; "" for a message
	Emoji       string   // "" when the reaction was taken off

	// Template is what was sent as an approved text, which need not be in Text. For a channels.Templater.
	Template *models.Template
}

// Wrote is a text message of a customer. The numbers stand for ids: the same number is the same chat or message.
type Wrote struct {
	Chat    int
	Message int
	Name    string
	Text    string
	At      time.Time // whole seconds
}

// Now is the time on the clock that the suite gives the adapter. It stands still.
func Now() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

// Check is one of the suite's checks. Run fails tb with what is wrong.
type Check struct {
	Name string
	Run  func(tb testing.TB)
}

// Run runs all checks that apply to the adapter, each as a subtest.
func Run(t *testing.T, h Harness) {
	t.Helper()
	for _, check := range Checks(t, h) {
		t.Run(check.Name, func(t *testing.T) { check.Run(t) })
	}
}

// Checks returns the checks that apply to the adapter. It fails tb if the harness lacks what they need.
func Checks(tb testing.TB, h Harness) []Check {
	tb.Helper()
	needed(tb, "is an Adapter", map[string]bool{
		"New": h.New != nil, "Address": h.Address != nil, "Answer": h.Answer != nil, "Decode": h.Decode != nil,
		"Secrets": len(h.Secrets) > 0 || h.NoSecrets,
	})
	a := h.probe(tb)
	checks := []Check{
		{"Limits", h.run(limits)},
		{"Split", h.run(split)},
		{"Send", h.run(send)},
		{"SendTitle", h.run(sendTitle)},
		{"SendLength", h.run(sendLength)},
		{"SendEmpty", h.run(sendEmpty)},
		{"SendAttachment", h.run(sendAttachment)},
		{"SendFiles", h.run(sendFiles)},
		{"SendButtons", h.run(sendButtons)},
		{"SendKinds", h.run(sendKinds)},
		{"SendGarbage", h.run(sendGarbage)},
		{"SendCut", h.run(sendCut)},
		{"SendRefused", h.run(sendRefused)},
		{"SendCanceled", h.run(sendCanceled)},
		{"SendConcurrent", h.run(sendConcurrent)},
	}
	if len(a.Limits().Spans) > 0 {
		needed(tb, "shows spans", map[string]bool{"Marks": h.Marks != nil})
		checks = append(checks, Check{"SendSpans", h.run(spans)})
	}
	if _, ok := a.(channels.Editor); ok {
		checks = append(checks, Check{"Edit", h.run(edit)})
	}
	if _, ok := a.(channels.Deleter); ok {
		checks = append(checks, Check{"Delete", h.run(remove)})
	}
	if _, ok := a.(channels.Templater); ok {
		checks = append(checks, Check{"SendTemplate", h.run(templates)})
	}
	if _, ok := a.(channels.Reacter); ok {
		checks = append(checks, Check{"React", h.run(react)})
	}
	if d, ok := a.(channels.Describer); ok && slices.Contains(d.Abilities().Takes, channels.Replying) {
		checks = append(checks, Check{"SendReply", h.run(sendReply)})
	}
	if _, ok := a.(channels.Receiver); ok && !h.NoReceive {
		needed(tb, "is a Receiver", map[string]bool{"Body": h.Body != nil, "Sign": h.Sign != nil, "Unknown": h.Unknown != nil})
		checks = append(checks,
			Check{"Receive", h.run(receive)},
			Check{"ReceiveBatch", h.run(receiveBatch)},
			Check{"ReceiveUnknown", h.run(receiveUnknown)},
			Check{"ReceiveBroken", h.run(receiveBroken)},
			Check{"ReceiveForged", h.run(receiveForged)},
			Check{"ReceiveConcurrent", h.run(receiveConcurrent)},
		)
	}
	if _, ok := a.(channels.Poller); ok && !h.NoPoll {
		needed(tb, "is a Poller", map[string]bool{"Polling": h.Polling != nil})
		checks = append(checks,
			Check{"Poll", h.run(poll)},
			Check{"PollRepeats", h.run(pollRepeats)},
			Check{"PollOutage", h.run(pollOutage)},
			Check{"PollForbidden", h.run(pollForbidden)},
			Check{"PollCanceled", h.run(pollCanceled)},
		)
	}
	return checks
}

// needed fails tb if a field of the harness that the adapter makes necessary is not set.
func needed(tb testing.TB, why string, set map[string]bool) {
	tb.Helper()
	for _, name := range slices.Sorted(maps.Keys(set)) {
		if !set[name] {
			tb.Fatalf("Harness.%s is needed: the adapter %s", name, why)
		}
	}
}
