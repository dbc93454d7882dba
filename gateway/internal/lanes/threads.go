package lanes

import (
	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
)

// open starts a handover: its thread, with the talk so far, is the desk lane's work.
func (a *applier) open(f handover.Open) error {
	h := models.Handover{
		ID: a.e.newID(), Conversation: a.c.ID, Previous: a.c.Handover, Reason: f.Reason, State: models.HandoverWaiting,
		FirstNum: a.c.Messages + 1, OpenedAt: a.now, Card: 1,
	}
	h.Desk, h.Place = a.place()
	if f.Place != "" {
		h.Place = f.Place
	}
	h.Details.Team, h.Details.Because = f.Team, f.Because
	a.c.Handover, a.c.Memory.Opened, a.opened = h.ID, false, true
	if f.Owed {
		a.c.Memory.Promised = h.ID
		if a.c.Mode == models.ModeBot {
			h.State, h.EndedAt = models.HandoverPromised, a.now
		}
	}
	if err := a.tx.PutHandover(h); err != nil {
		return err
	}
	channel := a.c.Channel
	a.tx.After(func() {
		a.e.metrics.handover(channel, f.Reason.Cause)
		a.e.tell(leaseQueue)
	})
	if err := a.post(h.ID, models.Entry{Verb: models.VerbOpen, Handover: h.ID}); err != nil {
		return err
	}
	return a.post(h.ID, models.Entry{Verb: models.VerbTalk, Handover: h.ID})
}

// place returns where the conversation's threads open.
func (a *applier) place() (desk, place string) {
	if a.ch == nil {
		return "", ""
	}
	place = a.ch.Place
	if d := a.roster.Desks[a.ch.Desk]; d != nil && place == "" {
		place = d.Place
	}
	return a.ch.Desk, place
}

// reopen starts a handover anew in its thread, with what was said since.
func (a *applier) reopen(f handover.Reopen) error {
	h, ok, err := a.tx.Handover(f.Handover)
	if err != nil {
		return err
	}
	if !ok {
		return a.open(handover.Open{Reason: f.Reason})
	}
	h.State, h.Reason, h.OpenedAt, h.EndedAt, h.AnsweredAt, h.FirstNum = models.HandoverWaiting, f.Reason, a.now, 0, 0, a.c.Messages+1
	h.Agent = models.Person{}
	h.Reopened++
	h.Card++
	if err := a.tx.PutHandover(h); err != nil {
		return err
	}
	a.tx.After(func() {
		a.e.tell(leaseCards)
		a.e.tell(leaseQueue)
	})
	a.c.Handover, a.c.Memory.Opened, a.opened = h.ID, h.Thread != "", true
	channel := a.c.Channel
	a.tx.After(func() { a.e.metrics.handover(channel, f.Reason.Cause) })
	if h.Thread == "" {
		if err := a.post(h.ID, models.Entry{Verb: models.VerbOpen, Handover: h.ID}); err != nil {
			return err
		}
	}
	if !f.Quiet {
		if err := a.remark(handover.Remark{Text: "Open again: " + handover.Because(f.Reason), Broadcast: true}); err != nil {
			return err
		}
	}
	return a.post(h.ID, models.Entry{Verb: models.VerbTalk, Handover: h.ID})
}

// card changes the conversation's handover and has its card follow.
func (a *applier) card(change func(*models.Handover)) error {
	h, ok, err := a.tx.Handover(a.c.Handover)
	if err != nil || !ok {
		return err
	}
	was := h.State
	change(&h)
	h.Card++
	a.tx.After(func() {
		a.e.tell(leaseCards)
		if h.State != was {
			a.e.tell(leaseQueue)
		}
	})
	return a.tx.PutHandover(h)
}

// post appends an entry to the desk lane.
func (a *applier) post(id string, entry models.Entry) error {
	if id == "" {
		id = a.c.Handover
	}
	return a.e.toDesk(a.tx, a.c.ID, id, entry)
}

// toDesk appends an entry for a handover to the desk lane, which is counted by the place of the handover's thread.
func (e *Engine) toDesk(tx *store.Tx, conversation int64, id string, entry models.Entry) error {
	h, ok, err := tx.Handover(id)
	if err != nil || !ok {
		return err
	}
	entry.Handover = id
	return tx.Append(conversation, models.LaneDesk, deskAccount(h.Desk, h.Place), entry, e.stamp())
}

// display shows a recorded message in the thread.
func (a *applier) display(f handover.Display) error {
	m, err := a.message(f.Message)
	if err != nil {
		return err
	}
	if m.Handover != a.c.Handover {
		m.Handover = a.c.Handover
		if err := a.tx.Update(m.ID, map[string]any{"handover": m.Handover}); err != nil {
			return err
		}
	}
	if f.Broadcast {
		m.Broadcast = true
		if err := a.tx.Update(m.ID, map[string]any{"broadcast": true}); err != nil {
			return err
		}
	}
	return a.post(m.Handover, models.Entry{Verb: models.VerbPost, Handover: m.Handover, Message: m.ID})
}

// remark writes a line of ours into the thread.
func (a *applier) remark(f handover.Remark) error {
	id := f.Handover
	if id == "" {
		id = a.c.Handover
	}
	if id == "" {
		return nil
	}
	m := models.Message{
		ID: a.e.newID(), Handover: id, Author: models.BySystem, Kind: models.Line, Person: models.Person{ID: f.Mention},
		Content: models.Content{Text: f.Text}, About: f.About, Broadcast: f.Broadcast,
	}
	if f.Take {
		m.Content.Buttons = []models.Button{{Title: "Take it", Payload: string(handover.Claimed)}}
	}
	if err := a.record(m); err != nil {
		return err
	}
	return a.post(id, models.Entry{Verb: models.VerbPost, Handover: id, Message: m.ID})
}
