package lanes

import (
	"context"
	"time"

	"patchbay/channels"
	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
)

// resolveNote finds what an agent wants to make a note of, or to send, and what it is by now.
func resolveNote(tx *store.Tx, c models.Conversation, ev *models.Event) error {
	m, ok, err := tx.MessageByPost(c.ID, ev.Ref)
	if err != nil || !ok || m.Author != models.ByAgent {
		return err
	}
	ev.Message, ev.Content, ev.Kind, ev.Delivery = m.ID, &m.Content, m.Kind, m.State
	ev.Own = ev.Agent == nil || ev.Agent.ID == m.Person.ID
	if ev.Own {
		ev.Agent = &m.Person
	}
	if m.Deleted {
		ev.Kind, ev.Delivery = "", "" // taken back from the customer
		if ev.Type == models.AgentWithdrew {
			ev.Kind = models.Note
		}
	}
	return nil
}

// withdraw makes a reply a note of which nothing can be on its way: what stands in its lane does nothing any more.
func (a *applier) withdraw(f handover.Withdraw) error {
	m, err := a.message(f.Message)
	if err != nil || m.Kind != models.Said || m.Deleted {
		return err
	}
	idle, err := a.tx.Idle(a.c.ID, models.LaneOut)
	if err != nil {
		return err
	}
	parts, err := a.tx.Parts(m.ID)
	if err != nil {
		return err
	}
	if !idle || len(sentOf(parts)) > 0 {
		stopped := handover.Whisper{Agent: f.Agent, Notice: handover.NoticeStopped, Handover: m.Handover, Message: m.ID, Now: true}
		if err := a.whisper(stopped); err != nil {
			return err
		}
		return a.cancel(handover.Cancel(f))
	}
	m.Kind = models.Note
	if err := a.tx.Rewrite(*m); err != nil {
		return err
	}
	if err := a.e.remark(a.tx, *m); err != nil {
		return err
	}
	return a.whisper(handover.Whisper{Agent: f.Agent, Notice: handover.NoticeKept, Handover: m.Handover, Message: m.ID, Now: true})
}

// deletes reports whether the platform of a chat takes back what was sent.
func (e *Engine) deletes(chat models.Conversation) bool {
	ch := e.Roster().channelOf(chat)
	if ch == nil {
		return false
	}
	_, ok := ch.Adapter.(channels.Deleter)
	return ok
}

// sendAgain is send for a message whose earlier entries may still stand in the lane, since it was a note for a while.
func (a *applier) sendAgain(m *models.Message, wait time.Duration) error {
	m.Parts, m.State = len(outbounds(*m, "", a.limits())), models.Queued
	if err := a.tx.Update(m.ID, map[string]any{"parts": m.Parts, "state": m.State, "title": m.Title}); err != nil {
		return err
	}
	entry := models.Entry{Verb: models.VerbSend, Message: m.ID, Again: true}
	free := a.now
	if wait > 0 {
		free = a.now.Add(wait)
		entry.NotBefore = free
	}
	if err := a.mark(*m, free); err != nil {
		return err
	}
	return a.append(entry, 0, m.Parts)
}

// wentOut reports whether an earlier entry has sent what this one is to send.
func (d *dispatcher) wentOut(ctx context.Context, v delivery) (bool, error) {
	if !v.entry.Again || v.entry.Verb != models.VerbSend {
		return false, nil
	}
	part, ok, err := d.e.store.Part(ctx, v.message.ID, v.entry.Part)
	return ok && part.Hash != "" && part.State != models.Queued && part.State != models.Failed, err
}
