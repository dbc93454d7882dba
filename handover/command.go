package handover

import (
	"context"
	"strings"

	"patchbay/models"
)

// Command is a slash command that somebody used. It changes nothing, and is answered to him alone.
type Command struct {
	Name    string // as it was typed: "/patchbay"
	Text    string // behind the name
	Place   string // where
	Person  models.Person
	Refusal string // why the person is no agent: "guest", "stranger", "app", "outside"; "" for an agent
	Reply   string // where the answer goes: see Answerer. It opens what it answers, so it goes nowhere else
}

// Verb is what a command asks for.
type Verb string

// The verbs. VerbHelp is also what a word means that is none.
const (
	VerbHelp  Verb = "help"
	VerbQueue Verb = "queue" // who waits
	VerbMine  Verb = "mine"  // the chats that he has
	VerbFind  Verb = "find"  // customers by their name
	VerbStats Verb = "stats" // figures of today and of seven days
	VerbOff   Verb = "off"   // he is away: the desk makes an Action of it
	VerbOn    Verb = "on"    // he is back: the same
)

// Verb takes the command apart: its verb, and what stands behind it. ok is false for a word that is no verb.
func (c Command) Verb() (verb Verb, rest string, ok bool) {
	word, rest, _ := strings.Cut(strings.TrimSpace(c.Text), " ")
	switch verb = Verb(strings.ToLower(word)); verb {
	case VerbHelp, VerbQueue, VerbMine, VerbFind, VerbStats, VerbOff, VerbOn:
		return verb, strings.TrimSpace(rest), true
	case "":
		return VerbHelp, "", true
	}
	return VerbHelp, word, false
}

// Personal returns what the command says of the agent himself, "" if it asks for something.
func (c Command) Personal() ActionKind {
	switch verb, _, ok := c.Verb(); {
	case ok && verb == VerbOff:
		return Away
	case ok && verb == VerbOn:
		return Back
	}
	return ""
}

// Answerer is a Desk that answers commands, and clicks on the buttons of such answers.
type Answerer interface {
	// Answer shows a to who used the command or clicked, and to nobody else. reply is the Reply of the Command or the Action.
	// It makes one try.
	Answer(ctx context.Context, reply string, a Answer) error
}

// Answer is what a command is answered with.
type Answer struct {
	Text    string   // plain
	Title   string   // of the list
	Chats   []Listed // those of them that the bot has can be taken over
	More    int      // those that are not among them
	AndMore bool     // there may be more than these, nobody knows how many
	Periods []Period
}

// Period is a time with its figures.
type Period struct {
	Title string
	Figures
}

// HelpText returns what the commands of name do.
func HelpText(name string) string {
	return strings.Join([]string{
		name + " queue: who waits for a person, and to whom an answer is owed",
		name + " mine: the chats that you have",
		name + " find NAME: a customer's chat, by the beginning of a name or a number. You can take over those that the bot has",
		name + " stats: figures of today and of the last seven days",
		name + " off: you are away, and chats are not brought to you; " + name + " on: you are back",
		name + " help: this",
	}, "\n")
}

// RefusedText returns why somebody who is no agent gets no answer.
func RefusedText(refusal string) string {
	switch refusal {
	case "outside":
		return "Only members of the channels where customers are answered see this. Join one and try again."
	case "stranger":
		return "Only members of this workspace see this."
	case "app":
		return "Apps do not see this."
	}
	return "Guests of the workspace do not see this."
}
