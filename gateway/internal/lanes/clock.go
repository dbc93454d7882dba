package lanes

import (
	"context"
	"sync"
	"time"

	"patchbay/models/store"
)

const (
	// setBack is how far the clock must have been set back for what waits to be moved: less is waited out.
	setBack = time.Second
	// clockWithin is how long an answer of the shared clock may take. A later one says too little of what time it is.
	clockWithin = 500 * time.Millisecond
)

// clock is the engine's. Between two looks at what it follows it goes by the monotonic clock alone, so that nothing waits
// because a machine's clock was set. It is used by many goroutines at once.
type clock struct {
	machine func() time.Time
	shared  func(context.Context) (time.Time, error) // what all copies follow; nil is machine

	mu     sync.Mutex
	looked time.Time // by machine, at the last look, with its monotonic reading
	then   time.Time // what time it was at that look
}

func newClock(machine func() time.Time, shared func(context.Context) (time.Time, error)) *clock {
	c := &clock{machine: machine, shared: shared, looked: machine()}
	c.then = c.looked.Round(0)
	return c
}

// now returns the time.
func (c *clock) now() time.Time {
	machine := c.machine()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.then.Add(machine.Sub(c.looked))
}

// look takes over the time of what the clock follows, and returns by how much that is ahead of what it was before.
func (c *clock) look(ctx context.Context) (by time.Duration, err error) {
	began := c.machine()
	looked, is := began, began.Round(0)
	if c.shared != nil {
		if is, err = c.shared(ctx); err != nil {
			return 0, err
		}
		if looked = c.machine(); looked.Sub(began) > clockWithin {
			return 0, nil
		}
		is = is.Round(0)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	by = is.Sub(c.then.Add(looked.Sub(c.looked)))
	c.looked, c.then = looked, is
	return by, nil
}

// lookAtClock follows the clock. When the machine's was set back, what waits in the database would wait for it to get
// where it was; so that is moved along. A clock that copies share is nobody's to move for.
func (e *Engine) lookAtClock(ctx context.Context) {
	by, err := e.clock.look(ctx)
	if err != nil {
		if ctx.Err() == nil {
			e.log.Warn("clock not read", "err", err)
		}
		return
	}
	if by.Abs() < setBack {
		return
	}
	e.log.Warn("the clock was set", "by", by.Round(time.Millisecond).String())
	if by > 0 || e.clock.shared != nil {
		return
	}
	err = e.store.Write(ctx, func(tx *store.Tx) error { return tx.Shift(e.stamp(), by) })
	if err != nil && ctx.Err() == nil {
		e.log.Warn("what waits was not moved with the clock", "err", err)
	}
}
