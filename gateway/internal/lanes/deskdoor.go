package lanes

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
)

var actionTypes = map[handover.ActionKind]models.EventType{
	handover.Replied:    models.AgentReplied,
	handover.Edited:     models.AgentEdited,
	handover.Deleted:    models.AgentDeleted,
	handover.Claimed:    models.AgentClaimed,
	handover.Resolved:   models.AgentResolved,
	handover.Reacted:    models.AgentReacted,
	handover.Unreacted:  models.AgentReacted,
	handover.TookOver:   models.AgentTookOver,
	handover.Left:       models.AgentLeft,
	handover.Confirmed:  models.AgentConfirmed,
	handover.SentNow:    models.AgentSentNow,
	handover.SentNote:   models.AgentSentNote,
	handover.Canceled:   models.AgentCanceled,
	handover.Corrected:  models.AgentCorrected,
	handover.Retried:    models.AgentRetried,
	handover.SentPlain:  models.AgentPlain,
	handover.SentReply:  models.AgentSentReply,
	handover.SentCanned: models.AgentSentCanned,
	handover.Skipped:    models.AgentSkipped,
	handover.Withdrew:   models.AgentWithdrew,
	handover.SentIt:     models.AgentSentIt,
	handover.Passed:     models.AgentPassed,
	handover.Noted:      models.AgentNoted,
	handover.Insisted:   models.AgentInsisted,
	handover.Seized:     models.AgentSeized,
	handover.MadeNote:   models.AgentMadeNote,
	handover.Blocked:    models.AgentBlocked,
	handover.Unblocked:  models.AgentUnblocked,
	handover.TookChat:   models.AgentTookChat,

	handover.SentTemplate:   models.AgentSentTemplate,
	handover.TemplateAnyway: models.AgentSentTemplate,
	handover.TemplateWords:  models.AgentSentTemplate,
	handover.Tagged:         models.AgentTagged,
}

// AcceptDesk stores what agents did and returns when it is safe on disk: only then may the desk's platform be answered. The
// forms that they asked for come afterwards, by themselves.
func (e *Engine) AcceptDesk(ctx context.Context, desk string, u handover.Update) error {
	if !u.Missed.IsZero() {
		if err := e.miss(ctx, desk, u.Missed); err != nil {
			return fmt.Errorf("accept: %w", err)
		}
	}
	if u.Command != nil {
		e.answerCommand(desk, *u.Command)
	}
	if len(u.Actions) == 0 {
		for _, ask := range u.Asked {
			e.answerForm(desk, ask)
		}
		return nil
	}
	stored := false
	need := store.Need{At: e.stamp(), Desk: desk, Inline: idle}
	for _, action := range u.Actions {
		need.Keys = append(need.Keys, desk+"/"+action.Key)
		if action.Handover == "" && action.Thread != "" {
			need.Threads = append(need.Threads, action.Thread)
		}
	}
	err := e.commit(ctx, need, func(tx *store.Tx, turn *turn) error {
		stored = false
		for _, action := range u.Actions {
			fresh, err := tx.Seen(desk+"/"+action.Key, e.stamp())
			if err != nil {
				return err
			}
			if !fresh {
				continue
			}
			stored = true
			if err := e.act(tx, turn, desk, action); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("accept: %w", err)
	}
	if !stored {
		return nil // it came before
	}
	for _, action := range u.Actions {
		if action.Kind == handover.Strayed {
			e.hint(ctx, desk, action)
		}
	}
	for _, ask := range u.Asked {
		if ask.Refusal == "" { // the action tells him
			e.answerForm(desk, ask)
		}
	}
	return nil
}

// act appends an agent's action to the conversation whose thread it belongs to.
func (e *Engine) act(tx *store.Tx, turn *turn, desk string, action handover.Action) error {
	if action.Kind == handover.Strayed {
		return nil
	}
	switch action.Kind {
	case handover.OpenedHome:
		return e.openHome(tx, desk, action)
	case handover.TookChat:
		return e.takeChat(tx, turn, desk, action)
	default:
	}
	if action.Kind == handover.HandAll {
		return e.handAll(tx, desk, action)
	}
	if action.Kind.Personal() {
		return e.personal(tx, desk, action)
	}
	h, ok, err := find(tx, desk, action)
	if err != nil {
		return err
	}
	if ok && h.Conversation == 0 {
		tx.After(func() { e.say(desk, action, handover.NoticeForgotten) })
		return nil
	}
	if ok {
		if action.Kind == handover.Replied {
			tx.After(func() { e.spoken(h) })
		}
		return turn.happen(tx, h.Conversation, e.actionEvent(action, h.ID))
	}
	if action.Shortcut {
		tx.After(func() { e.say(desk, action, handover.NoticeNoChat) })
		return nil
	}
	if !action.Own || action.Thread == "" {
		return nil // a thread of somebody else
	}
	// Another copy may be recording the thread at this instant. Then this waits for it, and finds the thread.
	fresh, err := tx.Seen(threadKey(desk, action.Thread), e.stamp())
	if err != nil {
		return err
	}
	if !fresh {
		if h, ok, err = find(tx, desk, action); err != nil {
			return err
		}
		if ok && h.Conversation != 0 {
			return turn.happen(tx, h.Conversation, e.actionEvent(action, h.ID))
		}
	}
	body, err := json.Marshal(e.actionEvent(action, ""))
	if err != nil {
		return fmt.Errorf("encode action: %w", err)
	}
	// The root is ours, so the transaction that records its thread is still to come, and adopts this.
	return tx.Keep(store.Orphan{ID: desk + "/" + action.Key, Desk: desk, Thread: action.Thread, Body: string(body), At: e.stamp()})
}

// threadKey is what two transactions meet at that know a thread by a reply in it and by having opened it.
func threadKey(desk, thread string) string { return desk + "/thread/" + thread }

// find returns the handover that an action is about.
func find(tx *store.Tx, desk string, action handover.Action) (models.Handover, bool, error) {
	if action.Handover != "" {
		return tx.Handover(action.Handover)
	}
	if action.Kind == handover.Reacted || action.Kind == handover.Unreacted {
		return tx.ThreadOf(desk, action.Post)
	}
	if action.Kind == handover.Confirmed && action.Thread == "" {
		return findReply(tx, desk, action.Post)
	}
	return tx.Thread(desk, action.Thread)
}

// findReply returns the handover in whose thread an agent's reply stands.
func findReply(tx *store.Tx, desk, post string) (h models.Handover, ok bool, err error) {
	mark, ok, err := tx.MarkOf(desk, post)
	if err != nil || !ok {
		return h, false, err
	}
	m, ok, err := tx.Message(mark.Message)
	if err != nil || !ok {
		return h, false, err
	}
	return tx.Handover(m.Handover)
}

// actionEvent makes the event of an agent's action.
func (e *Engine) actionEvent(action handover.Action, id string) models.Event {
	person := action.Person
	ev := models.Event{
		Type: actionTypes[action.Kind], At: e.stamp(), Sent: models.StampOf(action.At), Ref: action.Post, Handover: id,
		Agent: &person, Note: action.Note, Mention: action.Mention, Signed: action.Signed, Again: action.Again, Values: action.Values,
	}
	if action.Refusal != "" {
		ev.Type, ev.Refusal = models.AgentRefused, action.Refusal
		return ev
	}
	switch action.Kind {
	case handover.Replied:
		ev.Message = e.newID()
		ev.Content = &models.Content{Text: action.Text, Spans: action.Spans, Attachments: action.Files}
	case handover.Reacted, handover.Unreacted:
		ev.Message, ev.Gone = e.newID(), action.Kind == handover.Unreacted
		ev.Content = &models.Content{Text: action.Text}
	case handover.Passed:
		ev.Message = e.newID() // of the note that goes with it
		if action.Target.ID != "" {
			target := action.Target
			ev.Target = &target
		}
	case handover.SentReply:
		ev.Message, ev.Content = e.newID(), &models.Content{Text: action.Values[handover.FieldReplyText]}
	case handover.SentCanned:
		ev.Message, ev.Values = e.newID(), nil
		ev.Content = &models.Content{Text: action.Values[handover.FieldCannedText]}
	case handover.SentTemplate:
		ev.Message = e.newID()
	case handover.TemplateAnyway:
		ev.Wish = models.TemplateAnyway
	case handover.TemplateWords:
		ev.Wish = models.TemplateWords
	case handover.Edited:
		ev.Content = &models.Content{Text: action.Text, Spans: action.Spans, Attachments: action.Files}
	default:
	}
	return ev
}

// orphanEvent returns the event of an action that waited for its thread.
func orphanEvent(o store.Orphan, id string) (ev models.Event, err error) {
	if err := json.Unmarshal([]byte(o.Body), &ev); err != nil {
		return ev, fmt.Errorf("decode orphan: %w", err)
	}
	ev.Handover = id
	return ev, nil
}

// hintEvery is how often one person is told that his post reached no customer.
const hintEvery = 24 * time.Hour

// hint tells a person who wrote at the top of the desk's channel that it reached no customer, once a day.
func (e *Engine) hint(ctx context.Context, desk string, action handover.Action) {
	day := e.now().Unix() / int64(hintEvery.Seconds())
	fresh := false
	err := e.store.Write(ctx, func(tx *store.Tx) (err error) {
		fresh, err = tx.Seen(fmt.Sprintf("%s/hint/%s/%d", desk, action.Person.ID, day), e.stamp())
		return err
	})
	if err != nil || !fresh {
		return
	}
	e.say(desk, action, handover.NoticeStrayed)
}

// say whispers to who acted, outside every lane: a courtesy where there is no chat to speak of.
func (e *Engine) say(desk string, action handover.Action, notice handover.NoticeKey) {
	if action.Person.ID == "" {
		return
	}
	e.atDesk(desk, func(ctx context.Context, dk *Desk) {
		if err := dk.Desk.Whisper(ctx, action.Thread, action.Person.ID, handover.NoticeFor(notice)); err != nil {
			e.log.Debug("whisper not given", "desk", desk, "err", err)
		}
	})
}

// earlyMost is how much is kept to be run as soon as the engine does.
const earlyMost = 256

// background runs fn beside the lanes. Who clicked while the gateway was starting is answered once it runs; at its end
// nobody is. It reports whether fn is run.
func (e *Engine) background(fn func(context.Context)) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch ctx := e.running; {
	case ctx != nil:
		e.wg.Go(func() { fn(ctx) })
	case e.calls == nil && len(e.early) < earlyMost:
		e.early = append(e.early, fn)
	default:
		return false
	}
	return true
}
