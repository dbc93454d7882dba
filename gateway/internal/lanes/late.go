package lanes

import (
	"context"
	"sync"
	"time"

	"patchbay/models"
	"patchbay/models/store"
)

const (
	// tellAfter is when the agent is told that his line is not delivered yet.
	tellAfter = time.Minute
	// lateEvery is how often lines are looked for that are not delivered yet.
	lateEvery = 15 * time.Second
	// lateBack is how far back is looked after a start.
	lateBack  = time.Hour
	lateBatch = 100
)

// lateLoop tells agents of lines of theirs that have not gone out for a minute. Most of them nobody has tried yet: they
// wait behind another one, or their account is paused.
func (e *Engine) lateLoop(ctx context.Context, _ store.Holding) {
	from := e.stamp().Add(-lateBack)
	for sleep(ctx, lateEvery, nil) {
		to := e.stamp().Add(-tellAfter)
		waiting, err := e.store.Unsent(ctx, from, to, lateBatch)
		if err == nil {
			err = e.tellLate(ctx, waiting)
		}
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			e.log.Warn("late lines not told", "err", err)
		case len(waiting) == lateBatch:
			from = waiting[lateBatch-1].At - 1 // more may be of the same instant
		default:
			from = to
		}
	}
}

func (e *Engine) tellLate(ctx context.Context, waiting []models.Message) error {
	for _, m := range waiting {
		if err := e.late(ctx, m, models.Part{Message: m.ID, State: models.Queued}, e.reasons.get(m.ID)); err != nil {
			return err
		}
	}
	return nil
}

// late tells the agent once that his line is not delivered yet. The part remembers that he was told.
func (e *Engine) late(ctx context.Context, m models.Message, part models.Part, reason string) error {
	ev := e.failed(m, part.N, "", reason)
	ev.Type = models.SendDelayed
	return e.commit(ctx, store.Need{Chat: m.Conversation, Decide: true}, func(tx *store.Tx, turn *turn) error {
		if _, _, err := tx.Hold(m.Conversation); err != nil {
			return err
		}
		now, known, err := tx.Part(m.ID, part.N)
		if err != nil || known && (now.Error != "" || now.State != part.State) {
			return err // told, or sent meanwhile
		}
		if err := turn.happen(tx, m.Conversation, ev); err != nil {
			return err
		}
		now = part
		now.At, now.Error = e.stamp(), "not delivered yet"
		if reason != "" {
			now.Error = reason
		}
		return tx.PutPart(now)
	})
}

// reasons remembers why messages were not sent at the last try. It is for words alone: a restart forgets it.
type reasons struct {
	mu    sync.Mutex
	texts map[string]string
}

func (r *reasons) set(message, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.texts == nil {
		r.texts = map[string]string{}
	}
	r.texts[message] = text
}

func (r *reasons) get(message string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.texts[message]
}

func (r *reasons) drop(message string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.texts, message)
}
