package webhooktest

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// Customer is somebody who writes in one chat of the system. Its methods fail unless Patchbay takes the event.
type Customer struct {
	Chat   string
	Person Person

	// Patient posts an event again that was answered with 503, under its webhook-id, until it is taken or the context ends: what
	// Standard Webhooks asks of a sender. Without it, that is an error.
	Patient bool

	sender *Sender
	to     string
}

// Customer returns the customer of a chat. to is the channel's address on Patchbay.
func (s *Sender) Customer(to, chat string, p Person) *Customer {
	if p.ID == "" {
		p.ID = chat
	}
	return &Customer{Chat: chat, Person: p, sender: s, to: to}
}

// Write writes a message and returns its id.
func (c *Customer) Write(ctx context.Context, text string) (id string, err error) {
	id = c.sender.NewID("m")
	return id, c.post(ctx, Event{Type: "message", ID: id, Text: text})
}

// Attach writes a message with a file and returns its id.
func (c *Customer) Attach(ctx context.Context, text string, a Attachment) (id string, err error) {
	id = c.sender.NewID("m")
	return id, c.post(ctx, Event{Type: "message", ID: id, Text: text, Attachments: []Attachment{a}})
}

// Edit changes a message that the customer wrote.
func (c *Customer) Edit(ctx context.Context, id, text string) error {
	return c.post(ctx, Event{Type: "edit", ID: id, Text: text})
}

// Delete takes back a message that the customer wrote.
func (c *Customer) Delete(ctx context.Context, id string) error {
	return c.post(ctx, Event{Type: "delete", ID: id})
}

// React puts an emoji on a message; "" takes it away.
func (c *Customer) React(ctx context.Context, id, emoji string) error {
	return c.post(ctx, Event{Type: "reaction", ID: id, Emoji: emoji})
}

// Press presses a button of the message with the id.
func (c *Customer) Press(ctx context.Context, id string, b Button) error {
	return c.post(ctx, Event{Type: "button", ID: c.sender.NewID("p"), Text: b.Title, Payload: b.Payload, ReplyTo: id})
}

// Report reports how far a message to the customer has come: sent, delivered, read or failed.
func (c *Customer) Report(ctx context.Context, id, status string) error {
	return c.post(ctx, Event{Type: "receipt", ID: id, Status: status})
}

// post posts an event of the customer's.
func (c *Customer) post(ctx context.Context, e Event) error {
	e.Chat, e.Sender = Ref{c.Chat}, &c.Person
	e.Timestamp = c.sender.now().UTC().Format(time.RFC3339Nano)
	for id := c.sender.NewID("evt"); ; {
		got, err := c.sender.PostAs(ctx, c.to, id, e)
		switch {
		case err != nil:
			return err
		case got.Status == http.StatusAccepted:
			return nil
		case !c.Patient || got.Status != http.StatusServiceUnavailable || !pause(ctx):
			return fmt.Errorf("webhooktest: the %s was answered %d", e.Type, got.Status)
		}
	}
}

// pauseFor is how long a customer's system rests before it posts an event again.
const pauseFor = 100 * time.Millisecond

// pause waits for that, and reports false when ctx ends first.
func pause(ctx context.Context) bool {
	t := time.NewTimer(pauseFor)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
