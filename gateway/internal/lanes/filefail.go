package lanes

import (
	"context"
	"errors"
	"slices"

	"patchbay/channels"
	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
)

// notYet decides what it means that files could not be staged. Where it may pass, the lines behind them go first: a file
// holds up no words.
func (b *bringing) notYet(ctx context.Context, entries []store.Queued, reason error) (store.Claim, bool, error) {
	d, now := b.d, b.d.e.stamp()
	_, source := errors.AsType[*sourceError](reason)
	e, desk := errors.AsType[*handover.DeskError](reason)
	passes := source || desk && (e.Kind == handover.DeskTemporary || e.Kind == handover.DeskRateLimited)
	switch {
	case ctx.Err() != nil || !passes:
		return b.failed(ctx, int64(len(entries)), reason)
	case now.Sub(b.since) >= fetchFor:
		return b.without(ctx, int64(len(entries)), "Slack did not take it for an hour.")
	case !slices.ContainsFunc(b.w.entries[len(entries):], func(e store.Queued) bool { return e.Verb != models.VerbFile }):
		return b.failed(ctx, int64(len(entries)), reason)
	}
	d.e.log.Warn("file not had yet", "channel", b.w.chat.Channel, "conversation", b.c.Conversation, "err", reason)
	wait := max(min(now.Sub(b.since), fileWaitMost), fileWait)
	if desk {
		wait = max(wait, e.RetryAfter)
	}
	moved := make([]models.Entry, len(entries))
	for i, entry := range entries {
		moved[i] = entry.Entry
		moved[i].Since, moved[i].NotBefore = b.since, now.Add(max(wait, channels.RetryAfter(reason)))
	}
	return d.moveBack(ctx, b.c, b.w, moved)
}

// failed decides what a failure means. A desk that may not have files at all has lines in their place.
func (b *bringing) failed(ctx context.Context, n int64, reason error) (store.Claim, bool, error) {
	d, c, w := b.d, b.c, b.w
	if e, ok := errors.AsType[*sourceError](reason); ok {
		d.e.log.Warn("file not had yet", "channel", w.chat.Channel, "conversation", c.Conversation, "attempt", c.Attempt+1, "err", e.err)
		return d.putOff(ctx, c, channels.RetryAfter(e.err))
	}
	if errors.Is(reason, store.ErrFenced) {
		return c, false, reason
	}
	if e, ok := errors.AsType[*handover.DeskError](reason); ok && ctx.Err() == nil {
		switch e.Kind {
		case handover.DeskForbidden:
			d.e.ops.Raise("files "+d.key.account, "Customers' files do not reach the agents: "+e.Error())
			return b.without(ctx, n, "Slack does not let Patchbay show files here; whoever runs it has been told.")
		case handover.DeskRejected:
			return b.without(ctx, n, "Slack did not take it: "+e.Error())
		case handover.DeskTemporary, handover.DeskRateLimited, handover.DeskGone:
		}
	}
	return d.notPosted(ctx, c, w, reason)
}

// without ends the entries with a line in place of each file that is not shown.
func (b *bringing) without(ctx context.Context, n int64, why string) (store.Claim, bool, error) {
	b.lost = nil
	for _, entry := range b.w.entries[:n] {
		m := b.w.known[entry.Message]
		for _, a := range m.Content.Attachments {
			if !m.Deleted && !shownIn(a, b.w.h.Thread) {
				b.lose(m, a, why)
			}
		}
	}
	var next store.Claim
	var kept bool
	err := b.d.commit(ctx, store.Need{Chat: b.c.Conversation, Decide: true, Claim: &b.c}, func(tx *store.Tx, turn *turn) (err error) {
		for _, ev := range b.lost {
			if err := turn.happen(tx, b.c.Conversation, ev); err != nil {
				return err
			}
		}
		next, kept, err = tx.Finish(b.c, n, b.lost == nil, 0, 0)
		return err
	})
	return next, kept, err
}
