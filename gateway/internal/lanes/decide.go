package lanes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
)

const (
	// idle is how many writes may want a commit for an event to be decided in the one that stores it. With more, the disk
	// is better used by storing first and deciding many together.
	idle = 32
	// calm is how few messages may wait to be stored for those that wait to be decided to be next.
	calm = 8
	// acceptShare is how much longer than on deciding is spent on storing alone while more is to be stored than that: the
	// platforms wait, and what one customer wrote meanwhile is decided together.
	acceptShare = 12
	// decideTries is how often a decision that fails is tried before its event is set aside.
	decideTries = 5
	// decideBatch is how many conversations are decided side by side.
	decideBatch = 64
)

// turn is the deciding part of one transaction.
type turn struct {
	e      *Engine
	inline bool // events may be decided in the transaction that stores them
}

// errDecision marks an error of a decision, as apart from one of storing.
var errDecision = errors.New("decision failed")

// commit writes in a transaction in which events can happen. When deciding fails there, it is written once more with the
// decisions left for later: what arrived is stored in any case.
func (e *Engine) commit(ctx context.Context, need store.Need, fn func(*store.Tx, *turn) error) error {
	e.stirred.Store(true)
	err := e.store.WriteFor(ctx, need, func(tx *store.Tx) error {
		// What came of a question or a send is decided at once: what follows from it, such as that a bot is out, is for many.
		inline := need.Decide || tx.Crowd() <= idle && e.accepting.under() <= idle
		return fn(tx, &turn{e: e, inline: inline})
	})
	if errors.Is(err, store.ErrForgotten) {
		return e.store.WriteFor(ctx, need, func(tx *store.Tx) error { return fn(tx, &turn{e: e}) })
	}
	if _, panicked := errors.AsType[*store.PanicError](err); !panicked && !errors.Is(err, errDecision) {
		return err
	}
	e.log.Warn("decision failed; it is tried again", "err", err)
	return e.store.WriteFor(ctx, need, func(tx *store.Tx) error { return fn(tx, &turn{e: e}) })
}

// happen appends an event to the conversation's in lane and, when there is little else to do, decides what waits there.
// It locks the lane, so it comes before whatever else the transaction does to the conversation.
func (t *turn) happen(tx *store.Tx, conversation int64, ev models.Event) error {
	if ev.At == 0 {
		ev.At = t.e.stamp()
	}
	if err := tx.AppendEvent(conversation, ev); err != nil {
		return err
	}
	if !t.inline {
		tx.Wake(store.Hint{Conversation: conversation, Lane: models.LaneIn})
		return nil
	}
	if err := t.e.decideAll(tx, conversation); err != nil {
		return fmt.Errorf("%w: %w", errDecision, err)
	}
	return nil
}

// decideAll decides the events that wait in a conversation's in lane, in order.
func (e *Engine) decideAll(tx *store.Tx, conversation int64) error {
	p, ok, err := tx.Hold(conversation)
	if err != nil || !ok {
		return err
	}
	for seq := p.Head + 1; seq <= p.Seq; seq++ {
		if p.ReadyAt > e.stamp() {
			return nil // the event at the head failed and waits for its next try
		}
		if err := e.decide(tx, conversation, seq); err != nil {
			return err
		}
		p.ReadyAt = 0
	}
	return nil
}

// decide decides one event.
func (e *Engine) decide(tx *store.Tx, conversation, seq int64) error {
	ev, err := tx.Event(conversation, seq)
	if err != nil {
		return err
	}
	c, err := tx.Conversation(conversation)
	if err != nil {
		return err
	}
	if err := resolve(tx, c, &ev); err != nil {
		return err
	}
	if err := e.away(tx, c, &ev); err != nil {
		return err
	}
	if err := e.absent(tx, c, &ev); err != nil {
		return err
	}
	if err := e.pick(tx, c, &ev); err != nil {
		return err
	}
	roster := e.Roster()
	ch := roster.channelOf(c)
	if err := expand(tx, roster, c, ch, &ev); err != nil {
		return err
	}
	if err := expandTemplate(tx, c, ch, &ev); err != nil {
		return err
	}
	if err := e.observe(tx, c, ch, &ev); err != nil {
		return err
	}
	next, effects := handover.Decide(c, ev, roster.policy(ch), e.stamp())
	a := &applier{e: e, tx: tx, roster: roster, ch: ch, before: c, c: &next, ev: ev, now: e.stamp()}
	if err := a.apply(effects); err != nil {
		return err
	}
	if err := e.called(tx, c, next); err != nil {
		return err
	}
	if c.Mode != models.ModeBot || next.Mode != models.ModeBot || c.Memory.Promised != next.Memory.Promised {
		tx.After(func() { e.tell(leaseHomes) })
	}
	if err := tx.Save(&next); err != nil {
		return err
	}
	return tx.Advance(conversation, seq)
}

// resolve finds the message that an event speaks of by the platform's or the desk's name for it.
func resolve(tx *store.Tx, c models.Conversation, ev *models.Event) error {
	var m models.Message
	var ok bool
	var err error
	switch ev.Type {
	case models.CustomerWrote, models.CustomerPressed:
		return resolveAnswered(tx, c, ev)
	case models.AgentSentReply:
		return resolveReplied(tx, c, ev)
	case models.CustomerReacted, models.AgentReacted:
		return resolveReaction(tx, c, ev)
	case models.CustomerEdited, models.CustomerDeleted:
		m, ok, err = tx.MessageByPlatform(c.ID, ev.Ref)
	case models.AgentEdited, models.AgentDeleted:
		m, ok, err = tx.MessageByPost(c.ID, ev.Ref)
		if ev.Kind = m.Kind; m.Deleted {
			ev.Kind = models.Note // it was taken back from the customer, so the post is one among agents by now
		}
	case models.AgentPassed:
		h, found, err := tx.Handover(ev.Handover)
		if found {
			ev.Place = h.Place
		}
		return err
	case models.AgentTookOver, models.AgentInsisted, models.AgentSeized, models.AgentMadeNote:
		m, ok, err = replyBy(tx, c, ev.Ref)
		ok = ok && (m.Kind == models.Held || m.Kind == models.Note) && !m.Deleted // of a note he asked to send it
		ev.Content = &m.Content                                                   // its files stay behind, and he is told
	case models.AgentConfirmed, models.AgentSentNow, models.AgentSentNote, models.AgentCanceled, models.AgentCorrected,
		models.AgentRetried, models.AgentPlain:
		return resolveReply(tx, c, ev)
	case models.AgentWithdrew, models.AgentSentIt:
		return resolveNote(tx, c, ev)
	case models.BotGone:
		return owed(tx, c, ev)
	case models.SendFailed:
		if ev.Failure == nil || ev.Failure.Kind != handover.FailedWindow {
			return nil
		}
		if m, ok, err = tx.Message(ev.Message); m.Deleted {
			ev.Message = "" // it was taken back meanwhile, so nothing is to be kept
			return err
		}
	default:
		return nil
	}
	if ok {
		ev.Message = m.ID
	}
	return err
}

// decideLoop decides what was stored without being decided.
func (e *Engine) decideLoop(ctx context.Context) {
	for {
		ids, sweep := e.undecided.take(decideBatch)
		if len(ids) == 0 && !sweep {
			if !sleep(ctx, time.Hour, e.undecided.wake) {
				return
			}
			continue
		}
		if sweep {
			ids = append(ids, e.sweep(ctx)...)
			slices.Sort(ids)
			ids = slices.Compact(ids)
		}
		began := time.Now()
		var wg sync.WaitGroup
		for _, id := range ids {
			wg.Go(func() { e.decideOne(ctx, id) })
		}
		wg.Wait()
		if ctx.Err() != nil {
			return
		}
		if !e.standBack(ctx, time.Since(began)) {
			return
		}
	}
}

// standBack lets what customers send be stored before more is decided, after deciding took so long: the platforms do not
// wait. It returns as soon as little is to be stored, and what came in a rush is sorted, and false at the end.
func (e *Engine) standBack(ctx context.Context, took time.Duration) bool {
	return e.accepting.under() <= calm && !e.store.Rush() || sleep(ctx, acceptShare*took, e.calm)
}

// sweep reads from the database which conversations have events to decide.
func (e *Engine) sweep(ctx context.Context) (ids []int64) {
	after := int64(0)
	for {
		page, err := e.store.Undecided(ctx, after, decideBatch, e.stamp())
		if err != nil {
			if ctx.Err() == nil {
				e.log.Warn("undecided events not read", "err", err)
			}
			return ids
		}
		if len(page) == 0 {
			return ids
		}
		ids = append(ids, page...)
		after = page[len(page)-1]
	}
}

// decideOne decides what waits in one conversation. The event whose decision fails is put off alone.
func (e *Engine) decideOne(ctx context.Context, conversation int64) {
	need := store.Need{Chat: conversation, Decide: true}
	err := e.store.WriteFor(ctx, need, func(tx *store.Tx) error { return e.decideAll(tx, conversation) })
	if err == nil || ctx.Err() != nil || errors.Is(err, store.ErrClosed) {
		return
	}
	e.log.Warn("decision failed", "conversation", conversation, "err", err)
	if err := e.store.Write(ctx, func(tx *store.Tx) error { return e.putOff(tx, conversation) }); err != nil && ctx.Err() == nil {
		e.log.Warn("event not put off", "conversation", conversation, "err", err)
	}
}

// putOff decides again, one event at a time, so that those before the failing one stand; the failing one waits, and is
// set aside after its last try.
func (e *Engine) putOff(tx *store.Tx, conversation int64) error {
	p, ok, err := tx.Hold(conversation)
	if err != nil || !ok {
		return err
	}
	for seq := p.Head + 1; seq <= p.Seq; seq++ {
		reason := tx.Try(func(tx *store.Tx) error { return e.decide(tx, conversation, seq) })
		if reason == nil {
			continue
		}
		failed, err := tx.Postpone(conversation, seq-1, e.stamp().Add(backoffOf(p.Attempt+1)))
		if err != nil {
			return err
		}
		if failed < decideTries {
			return nil
		}
		if err := tx.SetAside(conversation, models.LaneIn, seq, reason.Error(), e.stamp()); err != nil {
			return err
		}
		if err := tx.Advance(conversation, seq); err != nil {
			return err
		}
		e.log.Error("event set aside: its decision failed every time", "conversation", conversation, "seq", seq, "err", reason)
		e.ops.Raise(fmt.Sprintf("set_aside %d", conversation), "An event could not be decided and was set aside. The log and the table set_aside tell which.")
		p.Attempt = 0
	}
	return nil
}

// inbox collects conversations that have events to decide.
type inbox struct {
	mu    sync.Mutex
	ids   []int64
	known map[int64]bool
	all   bool // look into the database
	wake  chan struct{}
}

func (i *inbox) add(id int64) {
	i.mu.Lock()
	if !i.known[id] {
		if i.known == nil {
			i.known = map[int64]bool{}
		}
		i.known[id] = true
		i.ids = append(i.ids, id)
	}
	i.mu.Unlock()
	notify(i.wake)
}

// sweep asks for a look into the database.
func (i *inbox) sweep() {
	i.mu.Lock()
	i.all = true
	i.mu.Unlock()
	notify(i.wake)
}

func (i *inbox) take(n int) (ids []int64, sweep bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	n = min(n, len(i.ids))
	ids = slices.Clone(i.ids[:n])
	i.ids = slices.Delete(i.ids, 0, n)
	for _, id := range ids {
		delete(i.known, id)
	}
	sweep, i.all = i.all, false
	return ids, sweep
}
