package lanes

import (
	"context"

	"patchbay/gateway/bots"
	"patchbay/models"
	"patchbay/models/store"
)

// named finds the message of a conversation that its platform calls ref, the customer's or ours.
func named(tx *store.Tx, c models.Conversation, ref string) (m models.Message, ok bool, err error) {
	if ref == "" {
		return m, false, nil
	}
	if m, ok, err = tx.MessageByPlatform(c.ID, ref); err != nil || ok {
		return m, ok, err
	}
	return tx.MessageByPart(c.ID, c.Account, ref)
}

// resolveAnswered finds the message that a customer's answers.
func resolveAnswered(tx *store.Tx, c models.Conversation, ev *models.Event) error {
	if ev.Content == nil || ev.Content.ReplyTo == "" {
		return nil
	}
	m, ok, err := named(tx, c, ev.Content.ReplyTo)
	if ok {
		ev.About = m.ID
	}
	return err
}

// quoted returns what the last of the messages that answers one answers, nil if none does or it is not kept any more.
func (d *dispatcher) quoted(ctx context.Context, messages []models.Message) (*bots.Turn, error) {
	about := ""
	for _, m := range messages {
		if m.About != "" && m.Content.Payload == "" {
			about = m.About
		}
	}
	if about == "" {
		return nil, nil
	}
	byID, err := d.e.store.Messages(ctx, []string{about})
	if err != nil {
		return nil, err
	}
	m, ok := byID[about]
	if !ok || m.Deleted || m.Kind != models.Said {
		return nil, nil
	}
	return &bots.Turn{Author: m.Author, Name: m.Person.Name, Text: m.Content.Plain()}, nil
}
