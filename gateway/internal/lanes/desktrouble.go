package lanes

import (
	"context"
	"errors"

	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
)

// notPosted decides what a failure of the desk means. No word to the agents is ever given up: the lane waits.
func (d *dispatcher) notPosted(ctx context.Context, c store.Claim, w posting, reason error) (store.Claim, bool, error) {
	c.Doubt = c.Doubt || unsure(reason)
	if ctx.Err() != nil {
		return c, false, d.e.store.Release(context.WithoutCancel(ctx), c, 0)
	}
	kind, wait := handover.DeskTemporary, 0*probeEvery
	if e, ok := errors.AsType[*handover.DeskError](reason); ok {
		kind, wait = e.Kind, e.RetryAfter
	}
	d.e.log.Warn("not posted", "desk", w.h.Desk, "conversation", c.Conversation, "handover", w.h.ID, "verb", string(w.entries[0].Verb),
		"attempt", c.Attempt+1, "err", reason)
	switch kind {
	case handover.DeskGone:
		if w.entries[0].Verb == models.VerbWhisper || w.entries[0].Verb == models.VerbEdit {
			return d.drop(ctx, c, 1) // there is nothing left to change, nor a place to whisper
		}
		return d.reopen(ctx, c, w)
	case handover.DeskRejected:
		if w.h.Thread != "" {
			return d.rejected(ctx, c, w, reason)
		}
		// Without its card nothing of the chat can be shown: all of it waits.
		d.e.ops.Raise("desk "+d.key.account, "Slack will not take the card of a chat: "+reason.Error())
		return d.putOff(ctx, c, probeEvery)
	case handover.DeskForbidden:
		d.pause()
		d.e.ops.Raise("desk "+d.key.account, "Slack refuses the desk "+w.h.Desk+": "+reason.Error())
	case handover.DeskTemporary, handover.DeskRateLimited:
		if now := d.e.stamp(); c.Since != 0 && now.Sub(c.Since) >= tellAfter {
			d.e.ops.Raise("desk "+d.key.account, "The desk "+w.h.Desk+" cannot be reached; what customers write waits for it.")
		}
	}
	return d.putOff(ctx, c, wait)
}

// posted ends what notPosted raised.
func (d *dispatcher) posted(posting) {
	d.resume()
	d.e.ops.Clear("desk " + d.key.account)
	d.e.ops.Clear("gave_up " + d.key.account)
	d.e.ops.Clear("post " + d.key.account)
}

// reopen forgets a thread whose root the agents deleted. What waits in the lane waits for a new one, which begins with the
// talk so far.
func (d *dispatcher) reopen(ctx context.Context, c store.Claim, w posting) (next store.Claim, kept bool, err error) {
	d.tails.forget(c.Conversation)
	err = d.commit(ctx, store.Need{Chat: c.Conversation, Decide: true, Claim: &c}, func(tx *store.Tx, turn *turn) error {
		ev := models.Event{Type: models.ThreadLost, At: d.e.stamp(), Handover: w.h.ID, Thread: w.h.Thread}
		if err := turn.happen(tx, c.Conversation, ev); err != nil {
			return err
		}
		waiting, err := tx.Waiting(c)
		if err != nil {
			return err
		}
		h, ok, err := tx.Handover(w.h.ID)
		if err != nil {
			return err
		}
		if !ok {
			next, kept, err = tx.Finish(c, 1, true, 0, 0) // it was forgotten
			return err
		}
		h.Thread, h.Shown = "", 0
		h.Card++
		first, err := firstWaiting(tx, c.Conversation, waiting)
		if err != nil {
			return err
		}
		if err := tx.PutHandover(h); err != nil {
			return err
		}
		if next, kept, err = tx.Finish(c, int64(len(waiting)), true, 0, 0); err != nil {
			return err
		}
		anew := []models.Entry{{Verb: models.VerbOpen, Handover: h.ID}, {Verb: models.VerbRetell, Handover: h.ID, Before: first}}
		for _, entry := range append(anew, waiting...) {
			if err := tx.Append(c.Conversation, models.LaneDesk, c.Account, entry, d.e.stamp()); err != nil {
				return err
			}
		}
		return nil
	})
	return next, kept, err
}

// firstWaiting returns the number of the first message that waits to be posted, or of the next one if none does.
func firstWaiting(tx *store.Tx, conversation int64, waiting []models.Entry) (int64, error) {
	chat, err := tx.Conversation(conversation)
	if err != nil {
		return 0, err
	}
	first := chat.Messages + 1
	for _, entry := range waiting {
		if entry.Verb != models.VerbPost {
			continue
		}
		m, ok, err := tx.Message(entry.Message)
		if err != nil {
			return 0, err
		}
		if ok {
			first = min(first, m.Num)
		}
	}
	return first, nil
}

// rejected stands in for a post that the desk will never take: a short line in its place, so that nothing is missing
// without a word. When not even that is taken, the entry is set aside for the operator.
func (d *dispatcher) rejected(ctx context.Context, c store.Claim, w posting, reason error) (next store.Claim, kept bool, err error) {
	d.tails.forget(c.Conversation)
	entry := w.entries[0]
	if entry.Verb == models.VerbPost || entry.Verb == models.VerbTalk || entry.Verb == models.VerbRetell {
		call, cancel := context.WithTimeout(ctx, callTimeout)
		defer cancel()
		p := handover.Post{Lines: []handover.PostLine{{
			Author: models.BySystem, Kind: models.Line, At: d.e.now(),
			Text: "A message could not be shown here. Ask the customer to send it again in another form.",
		}}}
		if _, again := d.put(call, c, w, p, w.entries[:1]); again == nil {
			d.e.ops.Raise("post "+d.key.account, "Slack refused a post; a line stands in its place: "+reason.Error())
			return d.drop(ctx, c, 1)
		} else if e, ok := errors.AsType[*handover.DeskError](again); !ok || e.Kind != handover.DeskRejected {
			return d.notPosted(ctx, c, w, again)
		}
	}
	d.e.log.Error("post set aside: the desk will not take it", "conversation", c.Conversation, "handover", w.h.ID, "err", reason)
	d.e.ops.Raise("post "+d.key.account, "Slack refused a post and it was set aside: "+reason.Error())
	err = d.write(ctx, store.Need{Chat: c.Conversation, Claim: &c}, func(tx *store.Tx) error {
		if err := tx.SetAside(c.Conversation, models.LaneDesk, entry.Seq, reason.Error(), d.e.stamp()); err != nil {
			return err
		}
		next, kept, err = tx.Finish(c, 1, true, 0, 0)
		return err
	})
	return next, kept, err
}
