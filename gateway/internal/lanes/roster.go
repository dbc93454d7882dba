package lanes

import (
	"strings"
	"time"

	"patchbay/channels"
	"patchbay/gateway/bots"
	"patchbay/handover"
	"patchbay/handover/canned"
	"patchbay/handover/detect"
	"patchbay/handover/texts"
	"patchbay/models"
)

// Channel is one channel as the config has it now.
type Channel struct {
	Name     string // "telegram/support"
	Platform string // in words: "Telegram"
	Account  string // "telegram/7001112223": what conversations, lanes and dedupe keys are counted by
	Adapter  channels.Adapter
	Limits   channels.Limits // the adapter's, with the config's rates
	On       bool            // takes messages; what is queued goes out either way
	Bot      string          // a name in Roster.Bots
	Desk     string          // a name in Roster.Desks
	Place    string          // where its threads open; "" is the desk's own place
	Language string          // of texts, when the customer's is not known
	OnlyFrom map[string]bool // contact ids; empty is everybody
	Policy   handover.Policy
	// NoReadMarks says that customers are not told when their messages were read.
	NoReadMarks bool
	// Gone is called when the platform says that the account's address is gone for good, and stops the channel.
	Gone func()
}

// Desk is one desk as the config has it now.
type Desk struct {
	Name  string
	Desk  handover.Desk
	Place string // where threads open when a channel does not say: a Slack channel
	Ops   string // where the operator is told; "" is nowhere
	// Rate and PlaceRate are posts a second, for the whole workspace and for one place.
	Rate, PlaceRate float64
	// EditRate is changes of posts a second, for the whole workspace; 0 is 45 a minute.
	EditRate float64
	Policy   handover.DeskPolicy
	Replies  *canned.Library // nil is none
}

// Bot is one bot as the config has it now.
type Bot struct {
	Name     string
	Bot      bots.Bot
	Timeout  time.Duration // of one answer, a retry included
	Patience time.Duration // after which the customer sees typing
	Stale    time.Duration // how old a question may be
	Takes    []models.AttachmentKind
	NotTaken handover.NotTaken
}

// Roster is the whole of what the config names. It is replaced, never changed.
type Roster struct {
	Channels map[string]*Channel // by name
	Accounts map[string]*Channel // the same by account
	Desks    map[string]*Desk
	Bots     map[string]*Bot
	Words    *texts.Texts
	Language string        // of texts, when nothing else is known
	Keep     time.Duration // how long transcripts are kept
}

// Ear tells what a text wants. It is used by many goroutines at once.
type Ear interface {
	Hear(text string) detect.Heard
	Break(text string) bool
	Small(text string) bool
	Command(text string) string
	Language(text string) string
}

// channelOf returns the channel that serves a conversation now, nil if its section is gone.
func (r *Roster) channelOf(c models.Conversation) *Channel {
	if ch := r.Channels[c.Channel]; ch != nil && ch.Account == c.Account {
		return ch
	}
	return r.Accounts[c.Account]
}

// languages returns in which languages to speak to a customer, best first.
func (r *Roster) languages(c models.Conversation) []string {
	var list []string
	if c.Contact.Locale != "" {
		list = append(list, c.Contact.Locale)
	}
	if c.Language != "" {
		list = append(list, c.Language)
	}
	if ch := r.channelOf(c); ch != nil && ch.Language != "" {
		list = append(list, ch.Language)
	}
	return append(list, r.Language)
}

// policy returns the policy for a channel; one whose section is gone has no bot any more.
func (r *Roster) policy(ch *Channel) handover.Policy {
	if ch == nil {
		p := handover.DefaultPolicy()
		p.HasBot = false
		return p
	}
	p := ch.Policy
	if bot := r.Bots[ch.Bot]; bot != nil {
		p.Stale, p.Takes, p.NotTaken = bot.Stale, bot.Takes, bot.NotTaken
	}
	if desk := r.Desks[ch.Desk]; desk != nil {
		p.Desk = desk.Policy
		_, deletes := ch.Adapter.(channels.Deleter)
		p.Undo = desk.Policy.UndoWait(deletes)
	}
	return p
}

// deskAccount is what the desk lanes of one place are counted by: Slack's limits are per channel.
func deskAccount(desk, place string) string { return desk + "/" + place }

// deskPlace takes apart what deskAccount made.
func deskPlace(account string) (desk, place string) {
	desk, place, _ = strings.Cut(account, "/")
	return desk, place
}
