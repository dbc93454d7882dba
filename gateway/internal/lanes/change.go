package lanes

import (
	"context"
	"fmt"

	"patchbay/channels"
	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
)

// changeable reports whether the platform can do what the entry wants.
func (v delivery) changeable() bool {
	switch v.entry.Verb {
	case models.VerbEdit:
		_, ok := v.ch.Adapter.(channels.Editor)
		return ok
	case models.VerbDelete:
		_, ok := v.ch.Adapter.(channels.Deleter)
		return ok
	case models.VerbAsk, models.VerbSend, models.VerbReact, models.VerbOpen, models.VerbTalk, models.VerbRetell, models.VerbPost, models.VerbWhisper, models.VerbPage, models.VerbFile, models.VerbSeek:
	}
	return true
}

// unchanged ends the change of a message on a platform that cannot change what it has. What still waited went out as it
// reads now, and goes on with what it has grown by; if the customer sees older words, the agent is told.
func (d *dispatcher) unchanged(ctx context.Context, c store.Claim, v delivery) (next store.Claim, kept bool, err error) {
	err = d.write(ctx, store.Need{Chat: c.Conversation, Claim: &c}, func(tx *store.Tx) error {
		if _, _, err := tx.Hold(c.Conversation); err != nil {
			return err
		}
		parts, err := tx.Parts(v.message.ID)
		if err != nil {
			return err
		}
		if next, kept, err = tx.Finish(c, 1, true, c.Paced, 0); err != nil {
			return err
		}
		deleted := v.entry.Verb == models.VerbDelete
		switch sent := sentOf(parts); {
		case deleted && len(sent) > 0:
			return d.e.tellUnchanged(tx, v.message, handover.NoticeNoDelete)
		case deleted && v.asked():
			return d.e.tellUnchanged(tx, v.message, handover.NoticeCanceled)
		case deleted:
			return nil
		case v.differs(sent):
			return d.e.tellUnchanged(tx, v.message, handover.NoticeNoEdit)
		}
		for n := len(parts); n < len(v.pieces); n++ {
			entry := models.Entry{Verb: models.VerbSend, Message: v.message.ID, Part: n}
			if err := tx.Append(c.Conversation, models.LaneOut, c.Account, entry, d.e.stamp()); err != nil {
				return err
			}
		}
		return tx.Update(v.message.ID, map[string]any{"parts": len(v.pieces)})
	})
	return next, kept, err
}

// sentOf returns the parts that the customer sees.
func sentOf(parts []models.Part) (sent []models.Part) {
	for _, p := range parts {
		if p.PlatformID != "" {
			sent = append(sent, p)
		}
	}
	return sent
}

// differs reports whether the customer sees other words than the message has.
func (v delivery) differs(sent []models.Part) bool {
	for _, p := range sent {
		if p.N >= len(v.pieces) || p.Hash != hashOf(v.pieces[p.N]) {
			return true
		}
	}
	return false
}

// tellUnchanged tells the agent whose message it is that the customer sees it as it was.
func (e *Engine) tellUnchanged(tx *store.Tx, m models.Message, notice handover.NoticeKey) error {
	return e.toDesk(tx, m.Conversation, m.Handover, models.Entry{
		Verb: models.VerbWhisper, Message: m.ID, Agent: m.Person.ID, Notice: string(notice),
	})
}

// asked reports whether an agent waits to be told what came of the entry, by its first part.
func (v delivery) asked() bool { return v.entry.Agent != "" && v.entry.Part == 0 }

// nothing ends a change of what the customer never got.
func (d *dispatcher) nothing(ctx context.Context, c store.Claim, v delivery) (next store.Claim, kept bool, err error) {
	if v.entry.Verb != models.VerbDelete || !v.asked() {
		return d.drop(ctx, c, 1)
	}
	err = d.write(ctx, store.Need{Chat: c.Conversation, Claim: &c}, func(tx *store.Tx) error {
		if next, kept, err = tx.Finish(c, 1, true, c.Paced, 0); err != nil {
			return err
		}
		return d.e.tellUnchanged(tx, v.message, handover.NoticeCanceled)
	})
	return next, kept, err
}

// unchangeable ends a change that the platform refuses: it can change messages, and this one not, mostly because it is too
// old. The agent is told once of each wording.
func (d *dispatcher) unchangeable(ctx context.Context, c store.Claim, v delivery) (next store.Claim, kept bool, err error) {
	notice := handover.NoticeNoEdit
	if v.entry.Verb == models.VerbDelete {
		notice = handover.NoticeNoDelete
	}
	key := fmt.Sprintf("%s/%s/%s", notice, v.message.ID, hashOf(channels.Outbound{Text: v.message.Content.Plain()}))
	err = d.write(ctx, store.Need{Chat: c.Conversation, Claim: &c}, func(tx *store.Tx) error {
		if next, kept, err = tx.Finish(c, 1, true, c.Paced, 0); err != nil {
			return err
		}
		if v.message.Author != models.ByAgent {
			return nil
		}
		if fresh, err := tx.Seen(key, d.e.stamp()); err != nil || !fresh {
			return err
		}
		return d.e.tellUnchanged(tx, v.message, notice)
	})
	return next, kept, err
}
