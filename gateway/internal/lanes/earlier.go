package lanes

import (
	"context"

	"patchbay/models"
)

const (
	// earlierMost is how many of the customer's earlier threads a card links.
	earlierMost = 3
	// alikeMost is how many chats of one customer are looked at.
	alikeMost = 20
)

// earlier returns the latest threads that the customer of a chat had before h, and how many there are in all. One person can have
// several chats on a channel: a shop's page and its app, each with an address of its own.
func (e *Engine) earlier(ctx context.Context, h models.Handover, chat models.Conversation) ([]models.Handover, int, error) {
	var others []int64
	if chat.Contact.ID != "" {
		alike, err := e.store.FindByName(ctx, chat.Contact.ID, alikeMost)
		if err != nil {
			return nil, 0, err
		}
		for _, c := range alike {
			if c.ID != chat.ID && c.Contact.ID == chat.Contact.ID && c.Account == chat.Account && c.Channel == chat.Channel {
				others = append(others, c.ID)
			}
		}
	}
	return e.store.Before(ctx, h, others, earlierMost)
}
