package lanes

import (
	"context"
	"errors"
	"strconv"

	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
)

// takeChat has an agent take over a chat that he found, and tells him what came of it where he clicked.
func (e *Engine) takeChat(tx *store.Tx, turn *turn, desk string, action handover.Action) error {
	say := func(text string) {
		tx.After(func() { e.answerClick(desk, action.Reply, handover.Answer{Text: text}) })
	}
	if action.Refusal != "" {
		say(handover.RefusedText(action.Refusal))
		return nil
	}
	id, err := strconv.ParseInt(action.Chat, 10, 64)
	if err != nil {
		return nil // no button of ours has this
	}
	const gone = "This chat is older than what is kept here. The customer starts anew when they write again."
	if _, there, err := tx.Hold(id); err != nil || !there {
		say(gone)
		return err
	}
	c, err := tx.Conversation(id)
	if errors.Is(err, store.ErrNotFound) {
		say(gone)
		return nil
	}
	if err != nil {
		return err
	}
	if ch := e.Roster().channelOf(c); ch == nil || ch.Desk != desk {
		say("This chat is another desk's by now.")
		return nil
	}
	tx.After(func() { e.tookChat(desk, action, id) })
	return turn.happen(tx, id, e.actionEvent(action, ""))
}

// answerClick answers a click on a button of an answer.
func (e *Engine) answerClick(name, reply string, a handover.Answer) {
	e.atDesk(name, func(ctx context.Context, desk *Desk) { e.answer(ctx, desk, reply, a) })
}

// tookChat tells an agent who has the chat that he wanted to take over. The thread may be still to open: the mention there
// brings him to it.
func (e *Engine) tookChat(name string, action handover.Action, id int64) {
	e.atDesk(name, func(ctx context.Context, desk *Desk) {
		c, err := e.store.Conversation(ctx, id)
		if err != nil {
			return
		}
		h, err := e.store.Handover(ctx, c.Handover)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return
		}
		one := e.listedOf(c, h)
		a := handover.Answer{Chats: []handover.Listed{one}}
		switch {
		case c.Memory.Muted:
			a = handover.Answer{Text: "This customer is blocked. Unblock them on the card of their chat first."}
		case c.Mode == models.ModeAgent && c.Holder.ID != action.Person.ID:
			a.Text = "A colleague has this chat already."
		case c.Mode == models.ModeAgent && h.Thread != "":
			a.Text = "You have this chat now."
		default:
			a = handover.Answer{Text: "You have this chat now. Its thread opens in a moment, and mentions you."}
		}
		e.answer(ctx, desk, action.Reply, a)
	})
}
