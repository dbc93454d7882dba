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
	cardBatch = 20
	// cardTries is after how many failures in a row a desk is left alone for a while.
	cardTries = 3
)

// cardLoop shows the cards that changed, outside the lanes: they never hold up a post, and only the latest counts.
func (e *Engine) cardLoop(ctx context.Context, h store.Holding) {
	for _, desk := range e.Roster().Desks {
		e.edits.ofCards(desk, e.store).used(e.now().Add(-h.Idle))
	}
	for attempt := 0; ; {
		failed := e.showCards(ctx)
		wait := time.Hour
		if failed {
			attempt++
			wait = backoffOf(attempt)
		} else {
			attempt = 0
		}
		wake := e.cards
		if failed {
			wake = nil
		}
		if !sleep(ctx, wait, wake) {
			return
		}
	}
}

// showCards shows the cards that are out of date. It reports whether some have to be tried again. One that cannot be shown
// keeps no other back, and a desk that fails several times in a row is left alone until the next round.
func (e *Engine) showCards(ctx context.Context) (failed bool) {
	tried := map[string]bool{}
	inARow := map[string]int{} // failures, by desk
	for ctx.Err() == nil {
		room := cardBatch + len(tried)
		dirty, err := e.store.Dirty(ctx, room)
		if err != nil {
			return true
		}
		for _, h := range dirty {
			desk := e.Roster().Desks[h.Desk]
			if tried[h.ID] || inARow[h.Desk] >= cardTries || desk == nil {
				tried[h.ID] = true
				continue
			}
			if undecided, err := e.undecidedGap(ctx, h.Desk); err != nil || undecided {
				tried[h.ID] = true
				continue
			}
			if !e.awaitCard(ctx, e.edits.ofCards(desk, e.store)) {
				return false
			}
			if e.store.Confirm(ctx) != nil {
				return false
			}
			if err := e.showCard(ctx, h); err != nil {
				e.log.Warn("card not shown", "desk", h.Desk, "handover", h.ID, "err", err)
				tried[h.ID] = true
				inARow[h.Desk]++
				continue
			}
			inARow[h.Desk] = 0
		}
		if len(dirty) < room {
			break
		}
	}
	return len(tried) > 0
}

// awaitCard waits until the pace lets one more card be shown. It reports false at the end.
func (e *Engine) awaitCard(ctx context.Context, pace *pace) bool {
	for {
		granted, wait := pace.grant(e.now(), 1)
		if granted == 1 {
			return true
		}
		if !sleep(ctx, wait, nil) {
			return false
		}
	}
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
