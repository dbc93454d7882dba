package lanes

import (
	"context"
	"time"

	"patchbay/models"
	"patchbay/models/store"
)

const timerBatch = 50

// timerLoop rings the timers that are due: the event is appended and the row deleted in one transaction.
func (e *Engine) timerLoop(ctx context.Context, _ store.Holding) {
	for {
		wait := e.ring(ctx)
		if !sleep(ctx, wait, e.alarms) {
			return
		}
	}
}

// ring rings what is due and returns how long until the next.
func (e *Engine) ring(ctx context.Context) time.Duration {
	now := e.stamp()
	due, next, err := e.store.Alarms(ctx, now, timerBatch)
	if err != nil {
		if ctx.Err() == nil {
			e.log.Warn("timers not read", "err", err)
		}
		return net
	}
	for _, a := range due {
		err := e.commit(ctx, store.Need{Chat: a.Conversation, Decide: true}, func(tx *store.Tx, turn *turn) error {
			// The in lane is locked before the timer's row, as everywhere.
			if _, _, err := tx.Hold(a.Conversation); err != nil {
				return err
			}
			set, err := tx.Ring(a)
			if err != nil || !set {
				return err
			}
			return turn.happen(tx, a.Conversation, models.Event{Type: models.TimerRang, At: e.stamp(), Timer: a.Kind, Epoch: a.Epoch})
		})
		if err != nil {
			if ctx.Err() == nil {
				e.log.Warn("timer not rung", "conversation", a.Conversation, "timer", string(a.Kind), "err", err)
			}
			return net
		}
	}
	if next == 0 {
		return time.Hour
	}
	return max(next.Sub(e.stamp()), 0)
}

const (
	// keepDeliveries is how long dedupe keys stay: no platform repeats a delivery after eight days.
	keepDeliveries = 8 * 24 * time.Hour
	// keepOrphans is how long a reply waits for its thread.
	keepOrphans = time.Hour
	// trimStep is how many rows of a kind go at once: a message that comes meanwhile waits for them.
	trimStep = 100
	// trimRest is how long trimming rests after each step, in steps: the database has more to do than that.
	trimRest = 4
)

// trimLoop deletes what is older than the config keeps, in small steps.
func (e *Engine) trimLoop(ctx context.Context, _ store.Holding) {
	for {
		e.trim(ctx)
		if !sleep(ctx, trimEvery, nil) {
			return
		}
	}
}

func (e *Engine) trim(ctx context.Context) {
	now := e.stamp()
	ages := store.Ages{Deliveries: now.Add(-keepDeliveries), Orphans: now.Add(-keepOrphans)}
	if keep := e.Roster().Keep; keep > 0 {
		ages.Messages = now.Add(-keep)
	}
	for {
		start := e.now()
		n, err := e.store.Trim(ctx, ages, trimStep)
		if err != nil {
			if ctx.Err() == nil {
				e.log.Warn("not trimmed", "err", err)
			}
			return
		}
		if n == 0 || !sleep(ctx, min(trimRest*e.now().Sub(start), time.Second), nil) {
			return
		}
	}
}

// Switch tells the open threads of a channel that it was switched off, or on again; each once.
func (e *Engine) Switch(ctx context.Context, channel string, on bool) error {
	ids, err := e.store.OpenChats(ctx, channel)
	if err != nil {
		return err
	}
	ev := models.Event{Type: models.ChannelOff, At: e.stamp()}
	if on {
		ev.Type = models.ChannelOn
	}
	for _, id := range ids {
		if err := e.commit(ctx, store.Need{Chat: id, Decide: true}, func(tx *store.Tx, turn *turn) error { return turn.happen(tx, id, ev) }); err != nil {
			return err
		}
	}
	return nil
}
