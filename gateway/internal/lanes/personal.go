package lanes

import (
	"context"

	"patchbay/handover"
	"patchbay/models/store"
)

// personal does what an agent wants for himself: to be away, or back, or rid of his chats.
func (e *Engine) personal(tx *store.Tx, desk string, action handover.Action) error {
	if action.Refusal != "" {
		tx.After(func() { e.answerPersonal(desk, action, 0) })
		return nil
	}
	a, known, err := tx.HoldAgent(desk, action.Person.ID)
	if err != nil {
		return err
	}
	held, err := tx.Held(desk, action.Person.ID) // before any of them is given back
	if err != nil {
		return err
	}
	answer := func() { e.answerPersonal(desk, action, len(held)) }
	a.Desk, a.Person, a.Name = desk, action.Person.ID, action.Person.Name
	switch {
	case action.Kind == handover.Away && a.Away == 0:
		a.Away = e.stamp()
	case action.Kind == handover.PassedAll:
		a.Passed = e.stamp()
	case action.Kind == handover.Back && known:
		a.Away = 0
	default: // it is so already
		tx.After(answer)
		return nil
	}
	tx.After(answer)
	return tx.PutAgent(a)
}

// answerPersonal tells an agent, who has so many chats, what came of what he wanted for himself.
func (e *Engine) answerPersonal(desk string, action handover.Action, held int) {
	e.background(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, whisperWithin)
		defer cancel()
		notice, err := e.personalNotice(ctx, desk, action, held)
		if err == nil && notice.Text != "" {
			err = e.whisperPersonal(ctx, desk, action, notice)
		}
		if action.Kind == handover.PassedAll && action.Refusal == "" {
			e.tell(leaseQueue)
		}
		if err != nil {
			e.log.Debug("whisper not given", "desk", desk, "err", err)
		}
	})
}

func (e *Engine) personalNotice(ctx context.Context, desk string, action handover.Action, held int) (n handover.Notice, err error) {
	if action.Refusal != "" {
		return handover.Notice{Text: handover.RefusedText(action.Refusal)}, nil
	}
	switch action.Kind {
	case handover.Back:
		lines, err := e.store.Lines(ctx)
		waiting, owed := 0, 0
		for _, l := range lines {
			if l.Desk == desk {
				waiting, owed = waiting+l.Waiting, owed+l.Promised
			}
		}
		return handover.NoticeBack(waiting, owed), err
	case handover.KeptAll:
		return handover.NoticeKeptAll(), nil
	default:
	}
	if action.Kind == handover.PassedAll {
		return handover.NoticePassedAll(held), nil
	}
	return handover.NoticeAway(held), nil
}

func (e *Engine) whisperPersonal(ctx context.Context, desk string, action handover.Action, n handover.Notice) error {
	dk := e.Roster().Desks[desk]
	if dk == nil {
		return nil
	}
	if n.Post = action.Post; n.Post == "" {
		n.Post = personalPost
	}
	err := dk.Desk.Whisper(ctx, action.Thread, action.Person.ID, n)
	e.metrics.posted(desk, "whisper", err)
	return err
}

// personalPost is what such a whisper is about where it is about nothing on the desk, so that the one that was clicked can be
// told from others.
const personalPost = "me"
