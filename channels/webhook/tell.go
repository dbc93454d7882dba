package webhook

import (
	"context"
	"strconv"
	"time"

	"patchbay/channels"
)

// typingFor is how long a sign of typing lasts: while somebody writes it is told again.
const typingFor = 5 * time.Second

// Read posts that the customer's message id was read, and with it those before, to a receiver that wants to know.
func (a *adapter) Read(ctx context.Context, address, id string) error {
	if !a.tells.receipts {
		return nil
	}
	if id == "" || address == "" {
		return channels.Errorf(channels.Rejected, "no message is known that was read")
	}
	_, err := a.post(ctx, eventID("receipt", address, id), post{Type: "receipt", ID: id, Chat: ref{address}, Status: "read"})
	return err
}

// Typing posts that somebody writes, to a receiver that wants to know.
func (a *adapter) Typing(ctx context.Context, address, last string) error {
	if !a.tells.typing {
		return nil
	}
	if address == "" {
		return channels.Errorf(channels.Rejected, "no chat is known that somebody writes in")
	}
	_, err := a.post(ctx, eventID("typing", address, strconv.FormatInt(a.now().UnixMilli(), 10)), post{Type: "typing", ID: last, Chat: ref{address}})
	return err
}
