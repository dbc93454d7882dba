package lanes

import (
	"context"

	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
)

// absent finds which agents of a conversation's desk are away, for what is to be brought to one of them.
func (e *Engine) absent(tx *store.Tx, c models.Conversation, ev *models.Event) error {
	switch {
	case c.Mode == models.ModeAgent && (ev.Type == models.CustomerWrote || ev.Type == models.CustomerPressed):
	case ev.Type == models.TimerRang && (ev.Timer == models.TimerRung || ev.Timer == models.TimerQuiet || ev.Timer == models.TimerWindow):
	default:
		return nil
	}
	h, ok, err := tx.Handover(c.Handover)
	if err != nil || !ok {
		return err
	}
	ev.Absent, err = tx.Away(h.Desk)
	return err
}

// seek looks whether the agent who had the customer last is about. It is a courtesy: where the desk does not tell, he is not
// called, and the thread goes on.
func (d *dispatcher) seek(ctx, call context.Context, c store.Claim, w posting) (next store.Claim, kept bool, err error) {
	agent := w.entries[0].Agent
	if w.h.State != models.HandoverWaiting || !d.about(call, w, agent) {
		return d.drop(ctx, c, 1)
	}
	err = d.commit(ctx, store.Need{Chat: c.Conversation, Decide: true, Claim: &c}, func(tx *store.Tx, turn *turn) error {
		ev := models.Event{Type: models.AgentAbout, Handover: w.h.ID, Agent: &models.Person{ID: agent}}
		if err := turn.happen(tx, c.Conversation, ev); err != nil {
			return err
		}
		var err error
		next, kept, err = tx.Finish(c, 1, true, c.Paced, 0)
		return err
	})
	return next, kept, err
}

// about reports whether an agent can be called into the thread: he has not said that he is away, and the desk sees him.
func (d *dispatcher) about(call context.Context, w posting, agent string) bool {
	seer, ok := w.desk.Desk.(handover.Seer)
	if !ok {
		return false
	}
	a, err := d.e.store.Agent(call, w.h.Desk, agent)
	if err == nil && a.Away == 0 {
		ok, err = seer.About(call, w.h.Thread, agent)
		d.e.metrics.posted(w.h.Desk, "presence", err)
	}
	if err != nil {
		d.e.log.Debug("not known whether an agent is about", "desk", w.h.Desk, "handover", w.h.ID, "err", err)
	}
	return err == nil && ok && a.Away == 0
}
