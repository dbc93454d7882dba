package lanes

import (
	"context"
	"errors"
	network "net"

	"patchbay/channels"
	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
)

// unsure reports whether a platform may have done what a call asked for although the call failed.
func unsure(err error) bool {
	if _, ok := errors.AsType[*handover.DeskError](err); ok {
		return handover.Unsure(err)
	}
	if _, ok := errors.AsType[*sourceError](err); ok {
		return false // the platform was not asked for anything
	}
	if e, ok := errors.AsType[*network.OpError](err); ok && e.Op == "dial" {
		return false // there was not even a connection
	}
	return err != nil && channels.KindOf(err) == channels.Temporary
}

// repeated counts a message that was sent although an earlier try of it may have arrived.
func (d *dispatcher) repeated(c store.Claim, v delivery, err error) {
	if c.Doubt && v.entry.Verb == models.VerbSend && (err == nil || unsure(err)) {
		d.e.metrics.sentAgain(v.ch.Name)
	}
}

// lookForThread looks for the thread of w's handover, which an earlier try may have opened. Behind a look that found
// nothing there is no doubt any more.
func (d *dispatcher) lookForThread(ctx context.Context, c *store.Claim, w posting, card handover.Card) (thread string) {
	finder, ok := w.desk.Desk.(handover.Finder)
	if !c.Doubt || !ok {
		return ""
	}
	thread, err := finder.FindThread(ctx, card, w.entries[0].At.Time())
	d.looked(c, w, thread != "", err)
	return thread
}

// lookForPost looks for the post that an earlier try of the entry at the lane's head may have made. last tells which message
// an entry with a number shows last: a post from before a backup was restored has such numbers too.
func (d *dispatcher) lookForPost(ctx context.Context, c *store.Claim, w posting, last func(seq int64) string) (found handover.Found, ok bool) {
	finder, can := w.desk.Desk.(handover.Finder)
	if !c.Doubt || !can {
		return found, false
	}
	p := handover.Post{Lane: deskLane(w.chat.ID), From: w.entries[0].Seq}
	found, ok, err := finder.FindPost(ctx, w.h.Thread, p, w.entries[0].At.Time())
	ok = ok && err == nil && found.Last != "" && last(found.To) == found.Last
	d.looked(c, w, ok, err)
	return found, ok
}

// looked notes how a look ended.
func (d *dispatcher) looked(c *store.Claim, w posting, found bool, err error) {
	d.e.metrics.posted(w.h.Desk, "look", err)
	switch {
	case err != nil:
		d.e.log.Warn("not looked for what may be on the desk already", "desk", w.h.Desk, "conversation", c.Conversation,
			"handover", w.h.ID, "err", err)
		return
	case found:
		d.e.metrics.postFound(w.h.Desk)
	}
	c.Doubt = false
}

// lastOf returns the message of the lane's entry with number seq, "" if that is not at hand.
func (w posting) lastOf(seq int64) string {
	if i := seq - w.entries[0].Seq; i >= 0 && i < int64(len(w.entries)) {
		return w.entries[i].Message
	}
	return ""
}

// adopt records a post that an earlier try made as if this one had, with the lines that it has. Those that were changed
// since are written anew.
func (d *dispatcher) adopt(ctx context.Context, c store.Claim, w posting, found handover.Found) (store.Claim, bool, error) {
	done := w.entries[:found.To-w.entries[0].Seq+1]
	ids := make([]string, len(done))
	for i, entry := range done {
		ids[i] = entry.Message
	}
	byID, err := d.e.store.Messages(ctx, ids)
	if err != nil {
		return c, false, err
	}
	before, err := d.e.store.InPost(ctx, c.Conversation, found.Post)
	if err != nil {
		return c, false, err
	}
	var messages []models.Message
	for _, id := range ids {
		if m, ok := byID[id]; ok {
			messages = append(messages, m)
		}
	}
	return d.shown(ctx, c, int64(len(done)), messages, written{id: found.Post, place: len(before), found: true}, w)
}
