package lanes

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
)

const (
	// markLate is how long after what a card says its installation may have sent replies: cards are brought up to date a
	// while behind them.
	markLate = 5 * time.Minute
	// overviewPages is how many pages of a channel are read to find which threads have something new.
	overviewPages = 3
	// threadPages is how many pages of one thread are read.
	threadPages = 50
	// slowly is from which wait on the operator is told that reading takes long.
	slowly = 30 * time.Second
)

// errSkip is a thread that cannot be read.
var errSkip = errors.New("it cannot be read")

// catchUp reads what agents wrote in open threads while they were not heard, and appends it as live events are: by the same
// keys, so that none of it comes twice. Threads that were opened last come first.
func (e *Engine) catchUp(ctx context.Context, desk *Desk, reader handover.Reader) {
	key := "catch up " + desk.Name
	err := e.catchUpOnce(ctx, desk, reader)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		e.log.Warn("not caught up with agents", "desk", desk.Name, "err", err)
		e.ops.Raise(key, "What agents wrote while Patchbay was away cannot be read in "+desk.Name+": "+err.Error())
	default:
		e.ops.Clear(key)
	}
}

func (e *Engine) catchUpOnce(ctx context.Context, desk *Desk, reader handover.Reader) error {
	var g gap
	if err := e.store.Write(ctx, func(tx *store.Tx) error { return fact(tx, gapFact(desk.Name), &g) }); err != nil || g.Since == 0 {
		return err
	}
	since := max(g.Since, e.stamp().Add(-missedMost))
	open, err := e.store.OpenThreads(ctx, desk.Name)
	if err != nil {
		return err
	}
	latest, alive, err := e.overview(ctx, desk, reader, open)
	if err != nil {
		return err
	}
	if !g.Judged {
		if g, err = e.judge(ctx, desk, g, alive, len(open) > 0); err != nil {
			return err
		}
	}
	found := 0
	for _, h := range open {
		if at, known := latest[h.Thread]; known && models.StampOf(at) < since {
			continue
		}
		n, err := e.readThread(ctx, desk, reader, h, since, g.Until)
		if err != nil {
			return fmt.Errorf("read thread: %w", err)
		}
		found += n
	}
	e.log.Info("caught up with agents", "desk", desk.Name, "since", since.Time(), "threads", len(open), "replies", found)
	return e.store.Write(ctx, func(tx *store.Tx) error {
		var now gap
		if err := fact(tx, gapFact(desk.Name), &now); err != nil || now != g {
			return err // there is another one by now
		}
		return putFact(tx, gapFact(desk.Name), gap{})
	})
}

// overview returns when somebody last wrote in the threads, as far as few calls tell, and the latest that a card says of
// when this installation was at work.
func (e *Engine) overview(ctx context.Context, desk *Desk, reader handover.Reader, open []models.Handover) (latest map[string]time.Time, alive time.Time, err error) {
	latest, places := map[string]time.Time{}, map[string]bool{desk.Place: true}
	for _, h := range open {
		places[h.Place] = true
	}
	for place := range places {
		cursor := ""
		for range overviewPages {
			var o handover.Overview
			err := e.reading(ctx, desk, func(ctx context.Context) (err error) {
				o, err = reader.Overview(ctx, place, cursor)
				return err
			})
			if errors.Is(err, errSkip) {
				break // a channel that is gone has nothing to say
			}
			if err != nil {
				return nil, alive, err
			}
			maps.Copy(latest, o.Latest)
			if o.Alive.After(alive) {
				alive = o.Alive
			}
			if cursor = o.Next; cursor == "" {
				break
			}
		}
	}
	return latest, alive, nil
}

// judge tells whether this database is older than what stands on the desk. When nothing there says how late this
// installation was at work, it may be.
func (e *Engine) judge(ctx context.Context, desk *Desk, g gap, alive time.Time, threads bool) (gap, error) {
	before := g
	at := models.StampOf(alive)
	switch {
	case alive.IsZero() && threads:
		g.Until = e.stamp()
	case !alive.IsZero() && at > g.Alive:
		g.Until = max(g.Until, at.Add(markLate))
		e.log.Warn("a backup was restored: the desk shows a later state", "desk", desk.Name, "database", g.Alive.Time(), "desk_says", alive)
		e.ops.Raise("restored "+desk.Name, "The database is older than what "+desk.Name+
			" shows; a backup was restored. Replies of agents that may have been sent already are not sent again: the agents are asked.")
	}
	g.Judged = true
	err := e.store.Write(ctx, func(tx *store.Tx) error {
		var now gap
		if err := fact(tx, gapFact(desk.Name), &now); err != nil {
			return err
		}
		stored := g
		if now != before { // it was opened once more, and will be read once more
			stored.Since, stored.Count = min(g.Since, now.Since), now.Count
		}
		tx.After(func() { e.tell(leaseCards) })
		return putFact(tx, gapFact(desk.Name), stored)
	})
	return g, err
}

// readThread appends what was written in a thread, and returns how much of it was new. What was written until maybe may
// have reached the customer already, and surely has where a post of ours behind it says that it was heard.
func (e *Engine) readThread(ctx context.Context, desk *Desk, reader handover.Reader, h models.Handover, since, maybe models.Stamp) (fresh int, err error) {
	var written []handover.Written
	var heard time.Time
	cursor := ""
	for range threadPages {
		var r handover.Replies
		err := e.reading(ctx, desk, func(ctx context.Context) (err error) {
			r, err = reader.Replies(ctx, h.Thread, since.Time(), cursor)
			return err
		})
		if errors.Is(err, errSkip) {
			return 0, nil // its root is gone, and with it what was written there
		}
		if err != nil {
			return fresh, err
		}
		written = append(written, r.Written...)
		if r.Heard.After(heard) {
			heard = r.Heard
		}
		if cursor = r.Next; cursor == "" {
			break
		}
	}
	for _, one := range written {
		if models.StampOf(one.Reply.At) <= maybe {
			one.Reply.Again = models.AgainMaybe
			if !one.Reply.At.After(heard) {
				one.Reply.Again = models.AgainSurely
			}
		}
		ok, err := e.acceptRead(ctx, desk.Name, h.Conversation, one)
		if err != nil {
			return fresh, err
		}
		if ok {
			fresh++
		}
	}
	return fresh, nil
}

// acceptRead appends a reply that was read, unless it was heard already. It reads as after its last edit, so that edit is
// done with it.
func (e *Engine) acceptRead(ctx context.Context, desk string, conversation int64, w handover.Written) (bool, error) {
	if w.Reply.Again != "" && w.Reply.Refusal != "" {
		return false, nil // he was told then
	}
	need := store.Need{At: e.stamp(), Keys: []string{desk + "/" + w.Reply.Key}}
	if w.Edit != nil {
		need.Keys = append(need.Keys, desk+"/"+w.Edit.Key)
	}
	fresh := false // no result by name: when time is over, the function may still run
	err := e.commit(ctx, need, func(tx *store.Tx, turn *turn) error {
		var err error
		if fresh, err = tx.Seen(need.Keys[0], e.stamp()); err != nil {
			return err
		}
		edited := false
		if w.Edit != nil {
			if edited, err = tx.Seen(need.Keys[1], e.stamp()); err != nil {
				return err
			}
		}
		if fresh {
			// The key may have been trimmed while the message is still there.
			_, known, err := tx.MessageByPost(conversation, w.Reply.Post)
			if err != nil {
				return err
			}
			fresh = !known
		}
		switch {
		case fresh:
			err = e.act(tx, turn, desk, w.Reply)
		case edited:
			err = e.act(tx, turn, desk, *w.Edit)
		}
		if err != nil || w.Consent == nil || w.Reply.Again != "" {
			return err // of one from before a restore he is asked
		}
		let, err := tx.Seen(desk+"/"+w.Consent.Key, e.stamp())
		if err != nil || !let {
			return err
		}
		return e.act(tx, turn, desk, *w.Consent)
	})
	if err != nil {
		return false, err
	}
	return fresh, nil
}

// reading makes one call that reads, and makes it again until it is answered.
func (e *Engine) reading(ctx context.Context, desk *Desk, call func(context.Context) error) error {
	for attempt := 1; ; attempt++ {
		if err := e.sure(ctx); err != nil {
			return err
		}
		within, cancel := context.WithTimeout(ctx, callTimeout)
		err := call(within)
		cancel()
		e.metrics.posted(desk.Name, "read", err)
		if err == nil || ctx.Err() != nil {
			return err
		}
		wait := backoffOf(attempt)
		if de, ok := errors.AsType[*handover.DeskError](err); ok {
			switch de.Kind {
			case handover.DeskGone, handover.DeskRejected:
				return errSkip
			case handover.DeskForbidden:
				return err
			case handover.DeskRateLimited:
				wait = max(de.RetryAfter, time.Second)
				if de.RetryAfter >= slowly {
					e.ops.Raise("catch up "+desk.Name, "Slack lets the app of "+desk.Name+" read one page a minute. What agents wrote while Patchbay was away comes in slowly.")
				}
			case handover.DeskTemporary:
			}
		}
		if !sleep(ctx, wait, nil) {
			return context.Cause(ctx)
		}
	}
}
