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
	got, err := c.sender.Post(ctx, c.to, e)
	if err == nil && got.Status != http.StatusAccepted {
		err = fmt.Errorf("webhooktest: the %s was answered %d", e.Type, got.Status)
	}
	return err
}
