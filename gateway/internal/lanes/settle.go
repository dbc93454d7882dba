package lanes

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"patchbay/models"
	"patchbay/models/store"
)

// settleFailure ends the work on a lane whose handling panicked or could not be recorded. The entry is handled again; it
// insists, because a lane that this node owns and nobody works would wait for the restart.
func (d *dispatcher) settleFailure(run context.Context, c store.Claim, err error) {
	if errors.Is(err, store.ErrFenced) {
		d.e.metrics.fenced.Inc()
		d.e.log.Warn("lane was taken over", "conversation", c.Conversation, "lane", c.Lane.String())
		return
	}
	c.Doubt = true // what was done before it failed is not recorded
	d.e.log.Warn("entry not recorded; it is handled again", "conversation", c.Conversation, "lane", c.Lane.String(), "err", err)
	if p, ok := errors.AsType[*store.PanicError](err); ok {
		d.e.log.Error("handling an entry panicked", "conversation", c.Conversation, "lane", c.Lane.String(), "stack", string(p.Stack))
		if c.Attempt+1 >= decideTries && d.abandon(c, p) {
			d.poke()
			return
		}
	}
	for try := 1; ; try++ {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(d.e.calls), grace)
		wait := backoffOf(c.Attempt + 1)
		err := d.e.store.Retry(ctx, c, c.Attempt+1, c.Since, d.e.stamp().Add(wait))
		cancel()
		if err == nil || errors.Is(err, store.ErrFenced) || errors.Is(err, store.ErrClosed) {
			break
		}
		d.e.log.Warn("lane not released", "conversation", c.Conversation, "lane", c.Lane.String(), "err", err)
		if !sleep(run, backoffOf(try), nil) {
			return // the end of the store frees it
		}
	}
	d.poke()
}

// abandon sets an entry aside whose handling panics every time, so that the chat goes on without it.
func (d *dispatcher) abandon(c store.Claim, reason error) bool {
	err := d.write(d.e.calls, store.Need{Claim: &c}, func(tx *store.Tx) error {
		if err := tx.SetAside(c.Conversation, c.Lane, c.Head+1, reason.Error(), d.e.stamp()); err != nil {
			return err
		}
		_, _, err := tx.Finish(c, 1, false, c.Paced, 0)
		return err
	})
	if err != nil {
		return false
	}
	d.e.log.Error("entry set aside: its handling panicked every time", "conversation", c.Conversation, "lane", c.Lane.String(), "seq", c.Head+1)
	d.e.ops.Raise("set_aside", "An entry could not be handled and was set aside. The log and the table set_aside tell which.")
	return true
}

// guarded calls the handler and turns a panic into an error: one poisoned message must not end the process.
func guarded(ctx context.Context, handle handler, c store.Claim, w store.Work) (next store.Claim, kept bool, err error) {
	defer func() {
		if v := recover(); v != nil {
			next, kept, err = c, false, &store.PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return handle(ctx, c, w)
}

// write records what was done already. It outlives the calls, or what a platform took as the time ran out would go again
// after the start.
func (d *dispatcher) write(ctx context.Context, need store.Need, fn func(*store.Tx) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	return writeFor(ctx, d.e.store, need, fn)
}

// commit is write for a transaction in which events can happen.
func (d *dispatcher) commit(ctx context.Context, need store.Need, fn func(*store.Tx, *turn) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	var l leash
	defer l.letGo()
	return d.e.commit(ctx, need, func(tx *store.Tx, turn *turn) error {
		return l.run(func() error { return fn(tx, turn) })
	})
}

// putOff records a failure: the lane waits, and with it everything behind the entry.
func (d *dispatcher) putOff(ctx context.Context, c store.Claim, wait time.Duration) (store.Claim, bool, error) {
	now := d.e.stamp()
	since := c.Since
	if since == 0 {
		since = now
	}
	return d.retry(ctx, c, c.Attempt+1, since, now.Add(max(wait, backoffOf(c.Attempt+1))))
}

// retry gives the lane up until ready, which the dispatcher then waits for.
func (d *dispatcher) retry(ctx context.Context, c store.Claim, attempt int, since, ready models.Stamp) (store.Claim, bool, error) {
	err := d.e.store.Retry(ctx, c, attempt, since, ready)
	d.poke()
	return c, false, err
}

// drop finishes entries that have nothing left to do.
func (d *dispatcher) drop(ctx context.Context, c store.Claim, n int64) (next store.Claim, kept bool, err error) {
	err = d.write(ctx, store.Need{Claim: &c}, func(tx *store.Tx) (err error) {
		next, kept, err = tx.Finish(c, n, true, c.Paced, 0)
		return err
	})
	return next, kept, err
}
