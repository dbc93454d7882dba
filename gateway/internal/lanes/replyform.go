package lanes

import (
	"context"
	"slices"

	"patchbay/channels"
	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
)

// optionQuote is how much of a line stands in a menu, in code points: Slack takes 75.
const optionQuote = 70

// replyForm asks for the reply to a line of the customer's, and for which one where the post shows several.
func (e *Engine) replyForm(ctx context.Context, a formAsked) (handover.Form, error) {
	switch {
	case a.h.ID == "":
		return handover.Form{}, store.ErrNotFound
	case a.chat.Mode != models.ModeBot && a.chat.Handover != a.h.ID:
		return handover.Form{}, &refusedForm{handover.NoticeNotHere}
	case a.chat.Mode == models.ModeBot && a.chat.Memory.Promised != a.h.ID:
		return handover.Form{}, &refusedForm{handover.NoticeNotNow}
	}
	shown, err := e.store.InPost(ctx, a.chat.ID, a.Post)
	if err != nil {
		return handover.Form{}, err
	}
	lines := slices.DeleteFunc(shown, func(m models.Message) bool { return !answerable(m) })
	if len(lines) == 0 {
		return handover.Form{}, &refusedForm{handover.NoticeNoLine}
	}
	form := handover.Form{
		Title: "Reply to this", Submit: "Send",
		Fields: []handover.Field{{ID: handover.FieldReplyText, Label: "What the customer reads", Kind: handover.FieldLines}},
	}
	if len(lines) == 1 {
		form.Text = "To: " + quote(lines[0].Content.Plain())
		return form, nil
	}
	which := handover.Field{ID: handover.FieldReplyLine, Label: "Which line?", Kind: handover.FieldChoice, Value: lines[len(lines)-1].ID}
	for _, m := range lines {
		which.Options = append(which.Options, handover.Option{Value: m.ID, Title: brief(m.Content.Plain(), optionQuote)})
	}
	form.Fields = slices.Insert(form.Fields, 0, which)
	return form, nil
}

// resolveReplied finds the customer's message that an agent's reply by the form answers. One that is gone is answered without
// being named.
func resolveReplied(tx *store.Tx, c models.Conversation, ev *models.Event) (err error) {
	var m models.Message
	var ok bool
	if line := ev.Values[handover.FieldReplyLine]; line != "" {
		m, ok, err = tx.Message(line)
		ok = ok && m.Conversation == c.ID && answerable(m)
	} else {
		m, ok, err = reactable(tx, c, ev.Ref)
	}
	if err != nil || !ok || ev.Content == nil {
		return err
	}
	ev.About, ev.Content.ReplyTo = m.ID, m.PlatformID
	return nil
}

// brief returns the beginning of a text, on one line.
func brief(text string, limit int) string {
	if parts := channels.Split(quote(text), limit, channels.Runes); len(parts) > 0 {
		return parts[0]
	}
	return "(no text)"
}
