package lanes

import (
	"context"
	"time"

	"patchbay/models"
	"patchbay/models/store"
)

const (
	// nameBatch is how many customers of a time without names are made known at once, and namePause how long others may
	// write between two batches.
	nameBatch = 200
	namePause = 200 * time.Millisecond
	// nameAgain is how often customers are looked for that another release's copy met.
	nameAgain = time.Hour
)

// called has a customer found by what he is called, when that is new.
func (e *Engine) called(tx *store.Tx, before, now models.Conversation) error {
	fresh := before.Messages == 0
	if !fresh && before.Contact.Name == now.Contact.Name && before.Contact.ID == now.Contact.ID {
		return nil
	}
	return tx.PutName(now.ID, now.Contact, fresh && before.Contact.Name == now.Contact.Name)
}

// nameLoop makes customers known by their names whom a release without names met.
func (e *Engine) nameLoop(ctx context.Context, _ store.Holding) {
	for {
		wait := nameAgain
		more, err := e.store.NameNext(ctx, nameBatch)
		switch {
		case err != nil && ctx.Err() == nil:
			e.log.Warn("customers not made known by their names", "err", err)
			wait = time.Minute
		case more:
			wait = namePause
		}
		if !sleep(ctx, wait, nil) {
			return
		}
	}
}

// firstAnswer notes when an agent first answers in a handover, for the figures.
func (a *applier) firstAnswer(m models.Message) error {
	if m.Author != models.ByAgent || m.Handover == "" {
		return nil
	}
	h, ok, err := a.tx.Handover(m.Handover)
	if err != nil || !ok || h.AnsweredAt != 0 || h.OpenedAt == 0 {
		return err
	}
	h.AnsweredAt = a.now
	return a.tx.PutHandover(h)
}
