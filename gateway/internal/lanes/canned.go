package lanes

import (
	"context"
	"strings"

	"patchbay/handover"
	"patchbay/handover/canned"
	"patchbay/models"
	"patchbay/models/store"
)

// nearNames is how many names somebody is told who wrote one that there is not.
const nearNames = 3

// expand puts a canned reply in the place of its name, where an agent wrote that in a thread.
func expand(tx *store.Tx, roster *Roster, c models.Conversation, ch *Channel, ev *models.Event) error {
	wrote := ev.Type == models.AgentReplied && ev.Again == ""
	edited := ev.Type == models.AgentEdited && ev.Kind != models.Note
	if !wrote && !edited || ev.Note || ev.Content == nil || !strings.HasPrefix(strings.TrimSpace(ev.Content.Text), "!") {
		return nil
	}
	h, ok, err := tx.Handover(ev.Handover)
	if err != nil || !ok {
		return err
	}
	desk := roster.Desks[h.Desk]
	if desk == nil || len(desk.Replies.All()) == 0 {
		return nil
	}
	content := *ev.Content
	name, rest, literal := canned.Short(content.Text)
	if name == "" {
		content.Text, content.Spans = literal, tailOf(content, literal).Spans
		ev.Content = &content
		return nil
	}
	reply, ok := desk.Replies.Named(name, roster.languages(c))
	if !ok {
		ev.Canned = models.CannedUnknown
		return nil
	}
	var agent models.Person
	if ev.Agent != nil {
		agent = *ev.Agent
	}
	text, missing := reply.Fill(factsOf(c, ch, agent))
	if len(missing) > 0 {
		ev.Canned = models.CannedBare
		return nil
	}
	joined := canned.Joined(text, rest)
	content.Spans = models.Join("", models.Rich{Text: strings.TrimSuffix(joined, rest)}, tailOf(content, rest)).Spans
	ev.Canned, content.Text = models.CannedFound, joined
	ev.Content = &content
	return nil
}

// tailOf returns the end of what c says, white space aside, with its marks.
func tailOf(c models.Content, tail string) models.Rich {
	all := c.Rich().Trim()
	if !strings.HasSuffix(all.Text, tail) {
		return models.Rich{Text: tail}
	}
	return all.Slice(len(all.Text)-len(tail), len(all.Text))
}

// factsOf returns what is known of a chat for a canned reply.
func factsOf(c models.Conversation, ch *Channel, agent models.Person) canned.Facts {
	f := canned.Facts{Customer: c.Contact.Name, Agent: agent.Name, Fields: c.Contact.Fields}
	if ch != nil {
		f.Channel = ch.Platform
	}
	return f
}

// nearNotice names the canned replies whose names are like the one that an agent wrote.
func nearNotice(n handover.Notice, desk *Desk, wrote string) handover.Notice {
	name, _, _ := canned.Short(wrote)
	if desk == nil || name == "" {
		return n
	}
	names := desk.Replies.Nearest(name, nearNames)
	for i := range names {
		names[i] = "!" + names[i]
	}
	if len(names) > 0 {
		n.Text += " Did you mean " + strings.Join(names, ", ") + "?"
	}
	n.Text += " To send it as it stands, begin it with !!"
	return n
}

// cannedForm asks which canned reply to send, and shows how it reads for this customer.
func (e *Engine) cannedForm(_ context.Context, a formAsked) (handover.Form, error) {
	all := a.desk.Replies.All()
	switch {
	case a.h.ID == "":
		return handover.Form{}, store.ErrNotFound
	case len(all) == 0:
		return handover.Form{}, &refusedForm{handover.NoticeNoReplies}
	case a.chat.Mode != models.ModeBot && a.chat.Handover != a.h.ID:
		return handover.Form{}, &refusedForm{handover.NoticeNotHere}
	case a.chat.Mode == models.ModeBot && a.chat.Memory.Promised != a.h.ID:
		return handover.Form{}, &refusedForm{handover.NoticeNotNow}
	}
	menu := handover.Field{
		ID: handover.FieldCannedReply, Label: "Which one?", Hint: "Type to search.", Kind: handover.FieldChoice, Live: true,
		Options: replyOptions(all),
	}
	words := handover.Field{ID: handover.FieldCannedText, Label: "What the customer reads", Kind: handover.FieldLines}
	form := handover.Form{Title: "Canned reply", Submit: "Send"}
	if reply, ok := a.desk.Replies.Find(a.Values[handover.FieldCannedReply]); ok {
		text, missing := reply.Fill(factsOf(a.chat, e.Roster().channelOf(a.chat), a.Person))
		menu.Value, words.Value, words.Fresh = reply.ID, text, reply.ID
		if len(missing) > 0 {
			words.Hint = "Not known of this customer: " + strings.Join(missing, ", ") + ". Write something in its place."
		}
	}
	form.Fields = []handover.Field{menu, words}
	return form, nil
}

// noGroup is the group of the replies that lie in the folder itself, where others lie in folders below it.
const noGroup = "General"

// replyOptions returns the replies as they are chosen from.
func replyOptions(all []canned.Reply) []handover.Option {
	grouped := false
	for _, r := range all {
		grouped = grouped || r.Group != ""
	}
	options := make([]handover.Option, len(all))
	for i, r := range all {
		o := handover.Option{Value: r.ID, Title: r.Title}
		if r.Language != "" {
			o.Title += " (" + r.Language + ")"
		}
		if grouped {
			if o.Group = r.Group; o.Group == "" {
				o.Group = noGroup
			}
		}
		options[i] = o
	}
	return options
}
