package lanes

import (
	"context"
	"errors"
	"strconv"
	"time"

	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
)

const (
	// cardTries is after how many failures in a row a desk is left alone for a while.
	cardTries = 3
	// cardNet is how often cards are looked at when nobody told of a change, such as those of a desk that the config has again.
	cardNet = time.Minute
)

// cards shows the cards that are out of date: each desk's at its own pace, so that none waits for another.
type cards struct {
	e     *Engine
	desks map[string]*deskCards
}

// deskCards is how far the cards of one desk are.
type deskCards struct {
	tried    map[string]bool // handovers whose card could not be shown
	inARow   int             // failures
	attempts int             // rounds in a row with failures
	until    time.Time       // the desk is left alone until then
}

// cardLoop shows the cards that changed, outside the lanes: they never hold up a post, and only the latest counts.
func (e *Engine) cardLoop(ctx context.Context, h store.Holding) {
	for _, desk := range e.Roster().Desks {
		e.edits.ofCards(desk, e.store).used(e.now().Add(-h.Idle))
	}
	l := cards{e: e, desks: map[string]*deskCards{}}
	for {
		wait := cardNet
		for _, desk := range e.Roster().Desks {
			wait = min(wait, l.show(ctx, desk))
		}
		if !sleep(ctx, wait, e.cards) {
			return
		}
	}
}

// show shows the cards of a desk that its pace allows by now, and returns how long there is nothing to do unless one changes.
// One that cannot be shown keeps no other back, and a desk that fails several times in a row is left alone for a while.
func (l *cards) show(ctx context.Context, desk *Desk) time.Duration {
	d := l.desks[desk.Name]
	if d == nil {
		d = &deskCards{tried: map[string]bool{}}
		l.desks[desk.Name] = d
	}
	if left := d.until.Sub(l.e.now()); left > 0 {
		return left
	}
	pace := l.e.edits.ofCards(desk, l.e.store)
	for ctx.Err() == nil && d.inARow < cardTries {
		h, ok, err := l.next(ctx, desk.Name, d.tried)
		if err != nil {
			return l.later(d)
		}
		if !ok {
			break
		}
		if undecided, err := l.e.undecidedGap(ctx, desk.Name); err != nil || undecided {
			return l.later(d)
		}
		if granted, wait := pace.grant(l.e.now(), 1); granted == 0 {
			return wait
		}
		if l.e.store.Confirm(ctx) != nil {
			return l.later(d)
		}
		if err := l.e.showCard(ctx, h); err != nil {
			l.e.log.Warn("card not shown", "desk", h.Desk, "handover", h.ID, "err", err)
			d.tried[h.ID] = true
			d.inARow++
			continue
		}
		d.inARow = 0
	}
	if len(d.tried) > 0 {
		return l.later(d)
	}
	d.attempts = 0
	return cardNet
}

// next returns a handover of a desk whose card is out of date and was not tried.
func (l *cards) next(ctx context.Context, desk string, tried map[string]bool) (h models.Handover, ok bool, err error) {
	dirty, err := l.e.store.Dirty(ctx, desk, len(tried)+1)
	if err != nil {
		return h, false, err
	}
	for _, h := range dirty {
		if !tried[h.ID] {
			return h, true, nil
		}
	}
	return h, false, nil
}

// later leaves a desk alone for a while, and returns how long that is.
func (l *cards) later(d *deskCards) time.Duration {
	d.attempts++
	wait := backoffOf(d.attempts)
	d.tried, d.inARow, d.until = map[string]bool{}, 0, l.e.now().Add(wait)
	return wait
}

func (e *Engine) showCard(ctx context.Context, h models.Handover) error {
	desk := e.Roster().Desks[h.Desk]
	if desk == nil {
		return errors.New("no such desk")
	}
	chat, err := e.store.Conversation(ctx, h.Conversation)
	if err != nil {
		return err
	}
	call, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	err = desk.Desk.Show(call, h.Thread, e.cardOf(ctx, h, chat))
	e.metrics.posted(h.Desk, "card", err)
	if de, ok := errors.AsType[*handover.DeskError](err); ok && (de.Kind == handover.DeskGone || de.Kind == handover.DeskRejected) {
		err = nil // there is no card any more, or none that could be shown: the next change tries anew
	}
	if err != nil {
		return err
	}
	return e.store.Write(ctx, func(tx *store.Tx) error { return tx.Shown(h.ID, h.Card) })
}

// cardOf returns the card of a handover.
func (e *Engine) cardOf(ctx context.Context, h models.Handover, chat models.Conversation) handover.Card {
	c := handover.Card{
		Handover: h.ID, Place: h.Place, Channel: chat.Channel, Contact: chat.Contact, Language: chat.Language, Reason: h.Reason,
		Since: h.OpenedAt.Time(), State: h.State, Agent: h.Agent, Ended: h.EndedAt.Time(), Reopened: h.Reopened, Blocked: chat.Blocked,
		Alive: e.aliveAs(ctx, h.Desk), Details: h.Details, Chat: strconv.FormatInt(chat.ID, 10), Fields: chat.Memory.Fields, Muted: chat.Memory.Muted,
		Tags: handover.Tags(chat),
	}
	if ch := e.Roster().channelOf(chat); ch != nil {
		c.Platform = ch.Platform
		if ch.Limits.Window > 0 && chat.LastInbound != 0 {
			c.Window = chat.LastInbound.Time().Add(ch.Limits.Window)
		}
	}
	if chat.Handover == h.ID {
		c.Choice = chat.Memory.Choice
	}
	before, all, err := e.earlier(ctx, h, chat)
	if err != nil {
		e.log.Debug("earlier threads not read", "handover", h.ID, "err", err) // the card is of use without them
	}
	for _, one := range before {
		c.Earlier = append(c.Earlier, handover.Earlier{Thread: one.Thread, Opened: one.OpenedAt.Time(), State: one.State, Agent: one.Agent})
	}
	c.EarlierMore = all - len(before)
	if h.Previous != "" {
		if before, err := e.store.Handover(ctx, h.Previous); err == nil {
			c.Previous = before.Thread
		}
	}
	return c
}
