package lanes

import (
	"context"
	"errors"
	"sync"
	"time"

	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
)

const (
	// addWithin is how long lines are added to a post: Slack shows nobody that a post was changed, so that a new one has to
	// come soon.
	addWithin = 90 * time.Second
	// addBehind is how many lanes wait for a new post before lines are added to old ones.
	addBehind = 3
	// addLook is how many lanes that wait are looked at.
	addLook = 200
)

// tail is the last post of a thread, to which lines can be added.
type tail struct {
	post string
	from int64 // the first entry that it stands for
	at   time.Time
}

// tails are the last posts of this place's threads, as far as this process made them. Whether one is still the last is
// asked of the transcript.
type tails struct {
	mu   sync.Mutex
	last map[int64]tail // by conversation
}

func (t *tails) put(conversation int64, last tail) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.last == nil {
		t.last = map[int64]tail{}
	}
	t.last[conversation] = last
}

func (t *tails) forget(conversation int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.last, conversation)
}

// of returns the last post of a conversation's thread if it is young enough for more.
func (t *tails) of(conversation int64, now time.Time) (tail, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	last, ok := t.last[conversation]
	if ok && now.Sub(last.at) > addWithin {
		delete(t.last, conversation)
		return tail{}, false
	}
	return last, ok
}

// claimToAdd claims lanes whose lines can be added to the last post of their threads while the place takes no new posts.
// wait is when there may be more of them, 0 if nothing waits for that.
func (d *dispatcher) claimToAdd(ctx context.Context, free int) (claims []store.Claim, wait time.Duration) {
	name, _ := deskPlace(d.key.account)
	desk := d.e.Roster().Desks[name]
	if d.key.lane != models.LaneDesk || desk == nil || d.stopped() {
		return nil, 0
	}
	now := d.e.now()
	due, err := d.e.store.Due(ctx, d.key.lane, d.key.account, addLook, models.StampOf(now))
	if err != nil || len(due) <= addBehind {
		return nil, 0
	}
	pace := d.e.edits.ofPosts(desk, d.e.store)
	for _, id := range due[addBehind:] {
		if _, ok := d.tails.of(id, now); !ok {
			continue
		}
		if len(claims) == free {
			return claims, 0
		}
		ok, wait := pace.spare(now, editKept)
		if !ok {
			return claims, wait
		}
		one, err := d.e.store.ClaimOf(d.e.calls, d.key.lane, d.key.account, id, models.StampOf(now))
		if len(one) == 0 {
			pace.refund(1)
		}
		if err != nil {
			return claims, 0
		}
		claims = append(claims, one...)
	}
	return claims, 0
}

// spoken notes that somebody wrote in a thread: its last post is none of ours.
func (e *Engine) spoken(h models.Handover) {
	e.mu.Lock()
	d := e.dispatchers[laneKey{models.LaneDesk, deskAccount(h.Desk, h.Place)}]
	e.mu.Unlock()
	if d != nil {
		d.tails.forget(h.Conversation)
	}
}

// stopped reports whether the account is paused.
func (d *dispatcher) stopped() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.paused.IsZero()
}

// addOnce handles a lane that claimToAdd claimed.
func (d *dispatcher) addOnce(run, tenure context.Context, c store.Claim) {
	calls, stop := d.under(tenure)
	defer stop()
	work, err := d.again(calls, c)
	if err != nil {
		d.settleFailure(run, c, err)
		return
	}
	next, kept, err := guarded(calls, d.add, c, work)
	if err == nil && kept {
		err = d.e.store.Release(context.WithoutCancel(calls), next, d.e.stamp()) // behind the lanes that wait already
		c = next
	}
	if err != nil {
		d.settleFailure(run, c, err)
		return
	}
	d.poke()
}

// add adds the lines at the head of a lane to the last post of the thread. When it is not the last any more, or full, the
// lane keeps its place among those that wait for a new post.
func (d *dispatcher) add(ctx context.Context, c store.Claim, work store.Work) (store.Claim, bool, error) {
	w, err := d.posting(work)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return c, false, err
	}
	last, ok := d.tails.of(c.Conversation, d.e.now())
	if err != nil || !ok || len(w.entries) == 0 || w.desk == nil || w.h.Thread == "" || w.entries[0].Verb != models.VerbPost || c.Doubt {
		return d.notAdded(ctx, c, w)
	}
	shown, err := d.lastPost(ctx, w, last)
	if err != nil {
		return c, false, err
	}
	batch, messages := w.batch()
	if len(shown) == 0 || len(messages) == 0 || alone(messages[0]) {
		return d.notAdded(ctx, c, w)
	}
	lines := d.lines(ctx, w.chat, append(shown, messages...))
	n := fit(w.desk.Desk, lines) - len(shown)
	if n <= 0 {
		return d.notAdded(ctx, c, w)
	}
	if d.e.sure(ctx) != nil {
		return d.notAdded(ctx, c, w)
	}
	call, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	p := handover.Post{
		Lines: lines[:len(shown)+n], Handover: w.h.ID, Lane: deskLane(w.chat.ID), From: last.from, To: batch[n-1].Seq,
		Heard: w.chat.Memory.Heard,
	}
	err = w.desk.Desk.Edit(call, w.h.Thread, last.post, p)
	d.e.metrics.posted(w.h.Desk, "add", err)
	if e, refused := errors.AsType[*handover.DeskError](err); refused && (e.Kind == handover.DeskRejected || e.Kind == handover.DeskRateLimited) {
		next, kept, err := d.notAdded(ctx, c, w)
		if e.Kind == handover.DeskRateLimited {
			d.e.edits.ofPosts(w.desk, d.e.store).hold(d.e.now().Add(e.RetryAfter))
		}
		return next, kept, err
	}
	if err != nil {
		d.tails.forget(c.Conversation)
		return d.notPosted(ctx, c, w, err)
	}
	return d.shown(ctx, c, int64(n), messages[:n], written{id: last.post, place: len(shown), added: true}, w)
}

// lastPost returns the messages that the post shows if it still is the last thing in its thread, as far as is known here.
// What an agent has written at this instant the customer cannot have read.
func (d *dispatcher) lastPost(ctx context.Context, w posting, last tail) ([]models.Message, error) {
	m, ok, err := d.e.store.LastShown(ctx, w.chat.ID, w.h.ID)
	if err != nil || !ok || m.Author == models.ByAgent || m.Post != last.post {
		return nil, err
	}
	return d.e.store.InPost(ctx, w.chat.ID, last.post)
}

// notAdded gives a lane back whose lines need a new post. Its place is that of its oldest line.
func (d *dispatcher) notAdded(ctx context.Context, c store.Claim, w posting) (store.Claim, bool, error) {
	d.tails.forget(c.Conversation)
	if w.desk != nil {
		d.e.edits.ofPosts(w.desk, d.e.store).refund(1)
	}
	since := d.e.stamp()
	if len(w.entries) > 0 {
		since = min(since, w.entries[0].At)
	}
	return c, false, d.e.store.Release(context.WithoutCancel(ctx), c, since)
}
