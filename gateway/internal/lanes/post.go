package lanes

import (
	"context"
	"errors"
	"fmt"

	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
)

const (
	// foldMost is how many entries of one thread are looked at for one post.
	foldMost = 100
)

// posting is the work at the head of a desk lane with all that it needs.
type posting struct {
	entries []store.Queued
	known   map[string]models.Message // that the entries name
	h       models.Handover
	chat    models.Conversation
	desk    *Desk
	ch      *Channel
}

// post handles what waits at the head of a desk lane: one call of the desk.
func (d *dispatcher) post(ctx context.Context, c store.Claim, work store.Work) (store.Claim, bool, error) {
	w, err := d.posting(work)
	if errors.Is(err, store.ErrNotFound) || err == nil && len(w.entries) == 0 {
		return d.drop(ctx, c, 1) // the handover was erased
	}
	if err != nil {
		return c, false, err
	}
	if w.desk == nil {
		d.e.ops.Raise("desk "+d.key.account, "The desk "+w.h.Desk+" is not in the config any more; its threads wait.")
		return d.putOff(ctx, c, probeEvery)
	}
	verb, pace := w.entries[0].Verb, d.e.desks.of(w.desk)
	if verb == models.VerbFile && w.h.Thread != "" {
		if ready, next, kept, err := d.gathered(ctx, c, w); !ready || err != nil {
			return next, kept, err
		}
	}
	if verb == models.VerbEdit {
		pace = d.e.edits.ofPosts(w.desk, d.e.store)
	}
	if granted, wait := pace.grant(d.e.now(), 1); granted == 0 {
		return c, false, d.e.store.Release(ctx, c, d.e.stamp().Add(wait))
	}
	if err := d.e.sure(ctx); err != nil {
		return c, false, d.e.store.Release(context.WithoutCancel(ctx), c, 0)
	}
	if w.h.Thread == "" {
		if w.h.State == models.HandoverGaveUp {
			return d.drop(ctx, c, 1) // the customer was told that nobody came; the next thread shows the talk
		}
		return d.openThread(ctx, c, w)
	}
	call, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	switch verb {
	case models.VerbOpen:
		return d.drop(ctx, c, 1)
	case models.VerbTalk, models.VerbRetell:
		return d.postTalk(ctx, call, c, w)
	case models.VerbPost:
		return d.postLines(ctx, call, c, w)
	case models.VerbFile:
		return d.postFiles(ctx, c, w)
	case models.VerbEdit:
		return d.editPost(ctx, call, c, w)
	case models.VerbWhisper:
		return d.whisper(ctx, call, c, w)
	case models.VerbPage:
		return d.page(ctx, call, c, w)
	case models.VerbSeek:
		return d.seek(ctx, call, c, w)
	case models.VerbAsk, models.VerbSend, models.VerbDelete, models.VerbReact:
	}
	d.e.log.Error("unknown verb in a desk lane", "verb", string(verb), "conversation", c.Conversation)
	return d.drop(ctx, c, 1)
}

func (d *dispatcher) posting(work store.Work) (w posting, err error) {
	if w.entries = work.Entries; len(w.entries) == 0 {
		return w, nil
	}
	if w.chat = work.Chat; w.chat.ID == 0 || work.Handover == nil {
		return w, store.ErrNotFound
	}
	w.h = *work.Handover
	w.known = work.Messages
	roster := d.e.Roster()
	w.desk, w.ch = roster.Desks[w.h.Desk], roster.channelOf(w.chat)
	return w, nil
}

// openThread opens the handover's thread. When the entry asks for just that, it is done; another is handled next.
func (d *dispatcher) openThread(ctx context.Context, c store.Claim, w posting) (next store.Claim, kept bool, err error) {
	call, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	card, shown := d.e.cardOf(ctx, w.h, w.chat), w.h.Card
	thread := d.lookForThread(call, &c, w, card)
	if thread != "" {
		shown = 0 // the card may be of an earlier state
	} else {
		thread, err = w.desk.Desk.Open(call, card)
		d.called(c, w, "open", err)
		if err != nil {
			return d.notPosted(ctx, c, w, err)
		}
	}
	d.posted(w)
	done := w.entries[0].Verb == models.VerbOpen
	err = d.commit(ctx, store.Need{Chat: c.Conversation, Decide: true, Claim: &c}, func(tx *store.Tx, turn *turn) error {
		ev := models.Event{Type: models.ThreadOpened, At: d.e.stamp(), Handover: w.h.ID, Thread: thread}
		if err := turn.happen(tx, c.Conversation, ev); err != nil {
			return err
		}
		if err := d.e.record(tx, turn, c.Conversation, w.h.ID, thread, shown); err != nil {
			return err
		}
		if !done {
			next, kept = c, true
			return tx.Owns(c)
		}
		var err error
		next, kept, err = tx.Finish(c, 1, true, 0, 0)
		return err
	})
	return next, kept, err
}

// record keeps the thread of a handover and gives it the replies that were there before it was known.
func (e *Engine) record(tx *store.Tx, turn *turn, conversation int64, id, thread string, shown int64) error {
	h, ok, err := tx.Handover(id)
	if err != nil || !ok {
		return err
	}
	h.Thread, h.Shown = thread, shown
	if err := tx.PutHandover(h); err != nil {
		return err
	}
	// A reply that another copy is keeping at this instant is waited for.
	if _, err := tx.Seen(threadKey(h.Desk, thread), e.stamp()); err != nil {
		return err
	}
	orphans, err := tx.Adopt(h.Desk, thread)
	if err != nil {
		return err
	}
	for _, o := range orphans {
		ev, err := orphanEvent(o, h.ID)
		if err != nil {
			return err
		}
		if err := turn.happen(tx, conversation, ev); err != nil {
			return err
		}
	}
	return nil
}

// postLines shows the messages that wait at the head of the lane in one post, as many as fit.
func (d *dispatcher) postLines(ctx, call context.Context, c store.Claim, w posting) (store.Claim, bool, error) {
	if found, ok := d.lookForPost(call, &c, w, w.lastOf); ok {
		return d.adopt(ctx, c, w, found)
	}
	batch, messages := w.batch()
	if len(messages) == 0 {
		return d.drop(ctx, c, int64(len(batch)))
	}
	lines := d.lines(ctx, w.chat, messages)
	if n := fit(w.desk.Desk, lines); n < len(lines) {
		batch, messages, lines = batch[:n], messages[:n], lines[:n]
	}
	post, err := d.put(call, c, w, handover.Post{Lines: lines, Broadcast: messages[0].Broadcast}, batch)
	if e, ok := errors.AsType[*handover.DeskError](err); ok && e.Kind == handover.DeskRejected && len(batch) > 1 {
		batch, messages, lines = batch[:1], messages[:1], lines[:1] // one of them is at fault: not all
		post, err = d.put(call, c, w, handover.Post{Lines: lines}, batch)
	}
	if err != nil {
		return d.notPosted(ctx, c, w, err)
	}
	return d.shown(ctx, c, int64(len(batch)), messages, written{id: post, tail: !alone(messages[0])}, w)
}

// written is a post that is on the desk.
type written struct {
	id    string
	place int  // of its first line that is recorded now
	found bool // an earlier try wrote it, maybe with older words
	tail  bool // lines can be added to it
	added bool // they were: it was there before
}

// deskLane is how the desk's platform is told of a chat's lane.
func deskLane(conversation int64) string { return fmt.Sprintf("desk/%d", conversation) }

// put writes one post, which says for which entries of the lane it stands.
func (d *dispatcher) put(call context.Context, c store.Claim, w posting, p handover.Post, batch []store.Queued) (string, error) {
	p.Handover, p.Lane, p.Heard = w.h.ID, deskLane(w.chat.ID), w.chat.Memory.Heard
	p.From, p.To = batch[0].Seq, batch[len(batch)-1].Seq
	post, err := w.desk.Desk.Post(call, w.h.Thread, p)
	d.called(c, w, "post", err)
	return post, err
}

// called counts a call of the desk, and whether it may have been made with success before.
func (d *dispatcher) called(c store.Claim, w posting, call string, err error) {
	d.e.metrics.posted(w.h.Desk, call, err)
	if c.Doubt && (err == nil || unsure(err)) {
		d.e.metrics.postedAgain(w.h.Desk, call)
	}
}

// shown records which post shows the messages, and where in it. One that was changed while it was being posted is written
// anew.
func (d *dispatcher) shown(ctx context.Context, c store.Claim, n int64, messages []models.Message, post written, w posting) (next store.Claim, kept bool, err error) {
	d.posted(w)
	need := store.Need{Chat: c.Conversation, Claim: &c}
	for _, m := range messages {
		need.Messages = append(need.Messages, m.ID)
	}
	err = d.write(ctx, need, func(tx *store.Tx) error {
		// A change is decided before this, or after it with the post known.
		if _, _, err := tx.Hold(c.Conversation); err != nil {
			return err
		}
		changed, files := "", []models.Entry(nil)
		for i, m := range messages {
			now, ok, err := tx.Message(m.ID)
			if err != nil {
				return err
			}
			if ok && d.hasFiles(now, w) {
				files = append(files, d.filesOf(now))
			}
			if ok && (now.Deleted != m.Deleted || !now.Content.Reads(m.Content) || post.found && (m.Edited || m.Deleted)) {
				changed = m.ID
			}
			values := map[string]any{"post": post.id, "place": post.place + i, "handover": w.h.ID}
			if m.Author == models.ByAgent && m.Post != "" {
				delete(values, "post") // his own post stays what edits of it are known by
			}
			if err := tx.Update(m.ID, values); err != nil {
				return err
			}
			if ok && len(messages) == 1 && m.Post == "" && !post.added {
				if err := d.e.markPost(tx, w.h, now, post.id); err != nil {
					return err
				}
			}
		}
		var err error
		// The lane is given up if it gets one more entry, because the claim would not know of it.
		if next, kept, err = tx.Finish(c, n, changed == "" && files == nil, 0, 0); err != nil {
			return err
		}
		for _, entry := range files {
			if err := d.e.toDesk(tx, c.Conversation, w.h.ID, entry); err != nil {
				return err
			}
		}
		if changed == "" {
			return nil
		}
		return d.e.toDesk(tx, c.Conversation, w.h.ID, models.Entry{Verb: models.VerbEdit, Message: changed})
	})
	switch {
	case err == nil && post.tail:
		d.tails.put(c.Conversation, tail{post: post.id, from: c.Head + 1, at: d.e.now()})
	case err != nil || !post.added:
		d.tails.forget(c.Conversation)
	}
	return next, kept, err
}

// whisper tells one agent something.
func (d *dispatcher) whisper(ctx, call context.Context, c store.Claim, w posting) (store.Claim, bool, error) {
	entry := w.entries[0]
	n, ok, err := d.e.notice(ctx, w.chat, entry.Entry)
	if err != nil {
		return c, false, err
	}
	if !ok {
		return d.drop(ctx, c, 1)
	}
	err = w.desk.Desk.Whisper(call, w.h.Thread, entry.Agent, n)
	d.called(c, w, "whisper", err)
	if err != nil {
		return d.notPosted(ctx, c, w, err)
	}
	d.posted(w)
	return d.drop(ctx, c, 1)
}

// page tells somebody of the chat outside of its thread. That one place or person cannot be told is no fault of the thread's.
func (d *dispatcher) page(ctx, call context.Context, c store.Claim, w posting) (store.Claim, bool, error) {
	entry := w.entries[0]
	pager, ok := w.desk.Desk.(handover.Pager)
	if !ok {
		return d.drop(ctx, c, 1)
	}
	key := "page " + w.h.Desk + "/" + entry.Agent
	err := pager.Page(call, entry.Agent, w.h.Thread, handover.Page{To: entry.Agent, Key: handover.PageKey(entry.Notice)})
	d.called(c, w, "page", err)
	if e, ok := errors.AsType[*handover.DeskError](err); ok && e.Kind != handover.DeskTemporary && e.Kind != handover.DeskRateLimited {
		d.e.ops.Raise(key, "Nobody at "+entry.Agent+" can be told of chats that wait: "+e.Error())
		return d.drop(ctx, c, 1)
	}
	if err != nil {
		return d.notPosted(ctx, c, w, err)
	}
	d.e.ops.Clear(key)
	return d.drop(ctx, c, 1)
}
