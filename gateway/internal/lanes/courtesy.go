package lanes

import (
	"context"
	"time"

	"patchbay/channels"
	"patchbay/handover"
	"patchbay/models"
)

const (
	// courtesyTimeout bounds a call that tells the customer's app that somebody reads or writes.
	courtesyTimeout = 10 * time.Second
	// courtesyMost is how many of these calls are under way at most; what is more is left out.
	courtesyMost = 64
)

// courtesy makes calls whose failure means nothing, beside the lanes and within a time.
func (e *Engine) courtesy(call func(context.Context) error, within time.Duration) {
	if e.courtesies.Add(1) > courtesyMost {
		e.courtesies.Add(-1)
		return
	}
	if !e.background(func(ctx context.Context) {
		defer e.courtesies.Add(-1)
		ctx, cancel := context.WithTimeout(ctx, within)
		defer cancel()
		if err := call(ctx); err != nil {
			e.log.Debug("sign of reading or writing not given", "err", err)
		}
	}) {
		e.courtesies.Add(-1)
	}
}

// look tells the customer's app, after the decision, that his messages were read.
func (a *applier) look(f handover.Look) error {
	ch, address := a.ch, a.c.Address
	a.tx.After(func() { a.e.readTo(ch, address, f.Ref) })
	return nil
}

// readTo marks the customer's messages up to one as read, where the platform has such marks and the config wants them.
func (e *Engine) readTo(ch *Channel, address, ref string) {
	if ch == nil || ch.NoReadMarks || ref == "" {
		return
	}
	if reader, ok := ch.Adapter.(channels.Reader); ok {
		e.courtesy(func(ctx context.Context) error { return reader.Read(ctx, address, ref) }, courtesyTimeout)
	}
}

// writing shows the customer, after the decision, that an agent writes while the agent's reply waits to go out at until. The
// sign does not last, so it is shown again.
func (a *applier) writing(m models.Message, until models.Stamp) {
	if a.ch == nil || a.ch.Limits.Typing == 0 || m.Author != models.ByAgent {
		return
	}
	typer, ok := a.ch.Adapter.(channels.Typer)
	if !ok {
		return
	}
	e, address, last, every := a.e, a.c.Address, a.c.Memory.Newest, a.ch.Limits.Typing*4/5
	a.tx.After(func() {
		e.courtesy(func(ctx context.Context) error {
			for {
				if err := typer.Typing(ctx, address, last); err != nil {
					return err
				}
				left := until.Sub(e.stamp())
				if left <= every || !sleep(ctx, every, nil) {
					return nil
				}
			}
		}, courtesyTimeout+until.Sub(a.now))
	})
}
