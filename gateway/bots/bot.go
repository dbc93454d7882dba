// Package bots has the connectors to the programs that answer first.
package bots

import (
	"context"
	"errors"

	"patchbay/models"
)

// Bot answers questions. It is used by many goroutines at once, asks once per call, and honours ctx, which carries the
// bot's timeout. Errors name no token and no words of the customer. Errors that may pass at once (a refused connection, a
// 5xx) wrap ErrUnavailable; an answer that did not come in time is a context.DeadlineExceeded. A Bot that holds something,
// such as an index, is also an io.Closer, to be closed once, after its last answer.
type Bot interface {
	Answer(ctx context.Context, q Question) (Answer, error)
}

// Checker asks the bot whether it is there, for check --online. It changes nothing.
type Checker interface {
	Check(ctx context.Context) error
}

// Starter is a Bot that has work before its first question: an index to build, a file to watch.
type Starter interface {
	Start(ctx context.Context) error
}

// Absent is a Bot that may stand for there being none: every chat then goes to people without a question being asked.
type Absent interface {
	Absent() bool
}

// ErrUnavailable is wrapped by errors after which one quick retry is worth it.
var ErrUnavailable = errors.New("bot unavailable")

// Answer is what a bot said.
type Answer = models.Answer

// Question is what a bot is asked: one message of the customer, or several that he wrote in a row, joined.
type Question struct {
	ID           string // the same when the same question is asked again
	Text         string
	Payload      string // a pressed button's
	Attachments  []models.Attachment
	ReplyTo      *Turn // the message that the customer's answers; nil for none
	Conversation Conversation
	History      []Turn // the last 20, oldest first, without the question
	Returned     *Returned
}

// Conversation is what a bot is told of the chat.
type Conversation struct {
	ID      string
	Channel string // "telegram/support"
	Locale  string
	Contact models.Contact // ID is the platform's chat id
	Epoch   int64
}

// Turn is one message of the history.
type Turn struct {
	Author models.Author // customer, bot, agent
	Name   string
	Text   string
}

// Returned comes once, with the first question after people had the chat.
type Returned struct {
	Ended    string // resolved, taken_back, gave_up, promised, quiet
	Agent    string // who
	Messages []Turn // what was said
}
