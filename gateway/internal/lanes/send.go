package lanes

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"patchbay/channels"
	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
)

const (
	// sendFor is how long a message is tried at most.
	sendFor = 24 * time.Hour
	// sendAlone is how long a Temporary failure of one chat is tried while the account delivers to others.
	sendAlone = 10 * time.Minute
	// callTimeout bounds one call of a platform.
	callTimeout = 30 * time.Second
)

// delivery is one out entry with all that handling it needs.
type delivery struct {
	entry   models.Entry
	message models.Message
	chat    models.Conversation
	ch      *Channel
	pieces  []channels.Outbound
	held    bool // it waits until the customer writes
}

// send handles the entry at the head of an out lane: one call of the platform.
func (d *dispatcher) send(ctx context.Context, c store.Claim, w store.Work) (store.Claim, bool, error) {
	v, ok, err := d.delivery(w)
	if err != nil {
		return c, false, err
	}
	if !ok {
		return d.drop(ctx, c, 1)
	}
	if out, err := d.wentOut(ctx, v); err != nil || out {
		if err != nil {
			return c, false, err
		}
		return d.drop(ctx, c, 1)
	}
	if wait := v.entry.NotBefore; wait > d.e.stamp() {
		d.pace.refund(1)
		d.spare()
		return c, false, d.e.store.Release(ctx, c, wait)
	}
	if v.ch == nil {
		return d.fail(ctx, c, v, channels.Errorf(channels.Rejected, "This channel was removed from the config."))
	}
	if v.entry.Verb == models.VerbReact {
		return d.emote(ctx, c, v, w.Part)
	}
	var part models.Part
	known := w.Part != nil
	if known {
		part = *w.Part
	}
	if v.entry.Part > 0 && v.entry.Verb == models.VerbSend {
		if lost, err := d.brokenOff(ctx, v); err != nil || lost {
			if err != nil {
				return c, false, err
			}
			return d.skip(ctx, c, v)
		}
	}
	if !v.changeable() {
		return d.unchanged(ctx, c, v)
	}
	if v.entry.Verb != models.VerbSend && (!known || part.PlatformID == "") {
		return d.nothing(ctx, c, v) // it never went out, or was taken back
	}
	if v.entry.Verb == models.VerbEdit && part.Hash == hashOf(v.pieces[v.entry.Part]) {
		return d.drop(ctx, c, 1) // it went out with these words
	}
	if err := d.e.sure(ctx); err != nil {
		return c, false, d.e.store.Release(context.WithoutCancel(ctx), c, 0)
	}
	call, cancel := context.WithTimeout(ctx, v.timeout())
	id, hash, err := d.deliver(call, v, part)
	cancel()
	d.repeated(c, v, err)
	c.Doubt = c.Doubt || unsure(err)
	if ctx.Err() != nil && err != nil {
		return c, false, d.e.store.Release(context.WithoutCancel(ctx), c, 0)
	}
	d.e.metrics.sent(v.ch.Name, err)
	if err != nil {
		return d.unsent(ctx, c, v, part, err)
	}
	d.works(v.ch)
	d.e.reasons.drop(v.message.ID)
	return d.sent(ctx, c, v, id, hash)
}

// delivery is what the entry at the lane's head is about. ok is false when there is nothing left to do.
func (d *dispatcher) delivery(w store.Work) (v delivery, ok bool, err error) {
	if len(w.Entries) == 0 {
		return v, false, nil
	}
	v.entry, v.chat = w.Entries[0].Entry, w.Chat
	if v.message, ok = w.Messages[v.entry.Message]; !ok {
		return v, false, nil
	}
	if v.entry.Verb == models.VerbSend && (v.message.Deleted || v.message.Kind != models.Said) {
		return v, false, nil // taken back, or made a note, before it went out
	}
	if v.chat.ID == 0 {
		return v, false, fmt.Errorf("send: conversation: %w", store.ErrNotFound)
	}
	if v.ch = d.e.Roster().channelOf(v.chat); v.ch != nil {
		v.pieces = outbounds(v.message, v.chat.Address, v.ch.Limits)
		ok = v.entry.Verb == models.VerbDelete || v.entry.Verb == models.VerbReact || v.entry.Part < len(v.pieces)
	}
	return v, ok, nil
}

// brokenOff reports whether the part before this one was lost: half a message is worse than none.
func (d *dispatcher) brokenOff(ctx context.Context, v delivery) (bool, error) {
	before, ok, err := d.e.store.Part(ctx, v.message.ID, v.entry.Part-1)
	return ok && before.State == models.Failed, err
}

// call makes the one call of the platform.
func (v delivery) call(ctx context.Context, part models.Part) (id, hash string, err error) {
	if deleter, ok := v.ch.Adapter.(channels.Deleter); ok && v.entry.Verb == models.VerbDelete {
		return "", "", deleter.Delete(ctx, v.chat.Address, part.PlatformID)
	}
	out := v.pieces[v.entry.Part]
	hash = hashOf(out)
	if editor, ok := v.ch.Adapter.(channels.Editor); ok && v.entry.Verb == models.VerbEdit {
		return part.PlatformID, hash, editor.Edit(ctx, part.PlatformID, out)
	}
	id, err = v.ch.Adapter.Send(ctx, out)
	return id, hash, err
}

// hashOf tells apart what the customer sees, marks and files included.
func hashOf(out channels.Outbound) string {
	sum := sha256.New()
	_, _ = fmt.Fprintf(sum, "%s\n%s", out.Title, out.Text)
	if len(out.Spans) > 0 {
		_, _ = fmt.Fprintf(sum, "\n%v", out.Spans)
	}
	for _, b := range out.Buttons {
		_, _ = fmt.Fprintf(sum, "\n[%s|%s]", b.Title, b.Payload)
	}
	for _, a := range out.Attachments {
		_, _ = fmt.Fprintf(sum, "\n(%s|%s)", a.Ref, a.URL)
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// sent records what the platform took, with whatever it reported of it already.
func (d *dispatcher) sent(ctx context.Context, c store.Claim, v delivery, id, hash string) (next store.Claim, kept bool, err error) {
	now := d.e.stamp()
	d.e.success.set(v.ch.Account, now)
	paced, ready := chatPace(c.Paced, now, v.ch.Limits)
	part := models.Part{
		Message: v.message.ID, N: v.entry.Part, Account: v.ch.Account, PlatformID: id, State: models.Sent, Hash: hash, At: now,
	}
	need := store.Need{Claim: &c, Account: v.ch.Account}
	if id != "" && !v.ch.Limits.NoReceipts {
		need.Receipts = []string{id}
	}
	err = d.commit(ctx, need, func(tx *store.Tx, turn *turn) (err error) {
		// The event of a report that waits here locks the in lane, which comes before the out lane.
		var report models.Receipt
		reported := false
		if id != "" && !v.ch.Limits.NoReceipts {
			if report, reported, err = tx.Reported(v.ch.Account, id); err != nil {
				return err
			}
		}
		mine := part
		if reported && report.State.Rank() > mine.State.Rank() {
			mine.State, mine.Error = report.State, report.Error
			if mine.State == models.Failed {
				if err := turn.happen(tx, c.Conversation, d.e.failed(v.message, mine.N, report.Kind, mine.Error)); err != nil {
					return err
				}
			}
		}
		if err := tx.PutPart(mine); err != nil {
			return err
		}
		if err := d.e.progress(tx, v.message, mine); err != nil {
			return err
		}
		if next, kept, err = tx.Finish(c, 1, ready <= now, paced, ready); err != nil {
			return err
		}
		if v.entry.Verb == models.VerbDelete && v.asked() {
			return d.e.tellUnchanged(tx, v.message, handover.NoticeTakenBack)
		}
		return nil
	})
	return next, kept, err
}

// progress brings a message's state up after one of its parts.
func (e *Engine) progress(tx *store.Tx, m models.Message, part models.Part) error {
	if err := e.remark(tx, m); err != nil {
		return err
	}
	if m.Parts <= 1 {
		return tx.Update(m.ID, map[string]any{"state": part.State})
	}
	if err := tx.HoldMessage(m.ID); err != nil {
		return err
	}
	return e.settle(tx, m.ID, m.Parts)
}

// unsent decides what a failure means: try again, or the end.
func (d *dispatcher) unsent(ctx context.Context, c store.Claim, v delivery, part models.Part, reason error) (store.Claim, bool, error) {
	kind := channels.KindOf(reason)
	now := d.e.stamp()
	since := c.Since
	if since == 0 {
		since = now
	}
	d.e.log.Warn("not sent", "channel", v.ch.Name, "conversation", c.Conversation, "message", v.message.ID,
		"attempt", c.Attempt+1, "kind", kind.String(), "err", reason)
	switch kind {
	case channels.Unreachable, channels.Rejected, channels.WindowClosed:
		return d.fail(ctx, c, v, reason)
	case channels.Forbidden:
		d.refused(v.ch, reason)
	case channels.Temporary:
		// Others get theirs, so it is not the platform that is away.
		if now.Sub(since) >= sendAlone && d.e.success.get(v.ch.Account) > since {
			return d.fail(ctx, c, v, reason)
		}
	case channels.RateLimited:
	}
	if now.Sub(since) >= sendFor {
		return d.fail(ctx, c, v, reason)
	}
	if part.Error == "" && now.Sub(since) >= tellAfter {
		if part.Message == "" {
			part = models.Part{Message: v.message.ID, N: v.entry.Part, Account: v.chat.Account, State: models.Queued}
		}
		if err := d.e.late(ctx, v.message, part, reason.Error()); err != nil {
			return c, false, err
		}
	}
	d.e.reasons.set(v.message.ID, reason.Error())
	if kind == channels.Forbidden {
		// The account's pause is wait enough: the lane goes on as soon as that is over.
		return d.retry(ctx, c, c.Attempt, since, now.Add(retryFirst))
	}
	return d.putOff(ctx, c, channels.RetryAfter(reason))
}

// refused pauses an account that the platform refuses and tells the operator, once.
func (d *dispatcher) refused(ch *Channel, reason error) {
	d.pause()
	d.e.ops.Raise("account "+ch.Name, ch.Name+": the platform refuses this account: "+reason.Error())
	if errors.Is(reason, channels.ErrGone) && ch.Gone != nil {
		ch.Gone()
	}
}

// works ends a pause: the account is taken again.
func (d *dispatcher) works(ch *Channel) {
	d.resume()
	d.e.ops.Clear("account " + ch.Name)
}

// fail ends a message for good; the agent whose it is is told at his line.
func (d *dispatcher) fail(ctx context.Context, c store.Claim, v delivery, reason error) (next store.Claim, kept bool, err error) {
	d.e.reasons.drop(v.message.ID)
	if v.entry.Verb == models.VerbReact {
		return d.unemoted(ctx, c, v)
	}
	if v.entry.Verb != models.VerbSend {
		return d.unchangeable(ctx, c, v)
	}
	ev := d.e.failed(v.message, v.entry.Part, channels.KindOf(reason).String(), plainly(v.chat.Channel, reason))
	v.held = ev.Failure.Kind == handover.FailedWindow && ev.Agent != nil
	ev.Failure.Plain = channels.KindOf(reason) == channels.Rejected && adorned(v.message)
	err = d.commit(ctx, store.Need{Chat: c.Conversation, Decide: true, Claim: &c}, func(tx *store.Tx, turn *turn) error {
		if err := turn.happen(tx, c.Conversation, ev); err != nil {
			return err
		}
		return d.lost(tx, c, v, reason.Error(), &next, &kept)
	})
	return next, kept, err
}

// skip ends a part whose message is lost already.
func (d *dispatcher) skip(ctx context.Context, c store.Claim, v delivery) (next store.Claim, kept bool, err error) {
	err = d.write(ctx, store.Need{Chat: c.Conversation, Claim: &c}, func(tx *store.Tx) error {
		return d.lost(tx, c, v, "an earlier part was not delivered", &next, &kept)
	})
	return next, kept, err
}

func (d *dispatcher) lost(tx *store.Tx, c store.Claim, v delivery, reason string, next *store.Claim, kept *bool) error {
	if v.entry.Verb == models.VerbSend {
		part := models.Part{
			Message: v.message.ID, N: v.entry.Part, Account: v.chat.Account, State: models.Failed, Error: reason, At: d.e.stamp(),
		}
		if err := tx.PutPart(part); err != nil {
			return err
		}
		state := models.Failed
		if v.held {
			state = models.Queued // until the customer writes
		}
		if err := tx.Update(v.message.ID, map[string]any{"state": state}); err != nil {
			return err
		}
		if err := d.e.remark(tx, v.message); err != nil {
			return err
		}
	}
	n, k, err := tx.Finish(c, 1, true, c.Paced, 0)
	*next, *kept = n, k
	return err
}

// plainly returns why something failed in words for an agent, who knows where the customer writes from.
func plainly(channel string, reason error) string {
	return strings.TrimPrefix(reason.Error(), platform(channel)+": ")
}

// failed is the event of a message that did not reach the customer.
func (e *Engine) failed(m models.Message, part int, kind, text string) models.Event {
	ev := models.Event{
		Type: models.SendFailed, At: e.stamp(), Message: m.ID, Handover: m.Handover,
		Failure: &models.Failure{Kind: kind, Text: text, Part: part},
	}
	if m.Author == models.ByAgent {
		agent := m.Person
		ev.Agent, ev.Sent = &agent, m.At
	} else {
		ev.Handover = "" // no agent's line: nobody in a thread is told
	}
	return ev
}
