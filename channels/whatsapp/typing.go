package whatsapp

import (
	"context"

	"patchbay/channels"
)

// mark is a read mark, with or without the sign that somebody is writing.
// https://developers.facebook.com/documentation/business-messaging/whatsapp/typing-indicators
type mark struct {
	Product string     `json:"messaging_product"`
	Status  string     `json:"status"`
	ID      string     `json:"message_id"`
	Typing  *indicator `json:"typing_indicator,omitempty"`
}

type indicator struct {
	Type string `json:"type"`
}

// Typing shows the customer that somebody is writing, until the answer comes or for 25 seconds. WhatsApp hangs the sign
// on the customer's message last, and marks it as read.
func (a *adapter) Typing(ctx context.Context, _, last string) error {
	return a.mark(ctx, last, &indicator{Type: "text"})
}

// Read marks the message id and those before it as read.
func (a *adapter) Read(ctx context.Context, _, id string) error {
	return a.mark(ctx, id, nil)
}

func (a *adapter) mark(ctx context.Context, id string, typing *indicator) error {
	if id == "" {
		return channels.Errorf(channels.Rejected, "WhatsApp marks a message of the customer's, and none is known")
	}
	var answer struct{}
	return a.post(ctx, mark{Product: product, Status: "read", ID: id, Typing: typing}, &answer)
}
