package lanes

import (
	"cmp"
	"context"

	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
)

// batch returns the entries at the head that one post can show, with their messages. A line for the whole channel stands
// alone.
func (w posting) batch() (batch []store.Queued, messages []models.Message) {
	var ids []string
	for _, entry := range w.entries {
		if entry.Verb != models.VerbPost || entry.Handover != w.h.ID {
			break
		}
		batch = append(batch, entry)
		ids = append(ids, entry.Message)
	}
	for i, id := range ids {
		m, ok := w.known[id]
		if !ok || (m.Deleted && m.Post == "") {
			if len(messages) == 0 {
				return batch[:i+1], nil // gone before anybody saw it
			}
			return batch[:i], messages
		}
		if alone(m) && i > 0 {
			return batch[:i], messages
		}
		messages = append(messages, m)
		if alone(m) {
			return batch[:1], messages
		}
	}
	return batch, messages
}

// alone reports whether a message has a post of its own: one that is shown in the whole channel too, or that has marks.
func alone(m models.Message) bool {
	return m.Broadcast || m.Author == models.ByAgent && m.Content.Template != nil
}

// fit returns how many lines go into one post.
func fit(desk handover.Desk, lines []handover.PostLine) int {
	folder, ok := desk.(handover.Folder)
	if !ok {
		return 1
	}
	return max(1, min(folder.Fit(lines), len(lines)))
}

// lines renders messages for a post.
func (d *dispatcher) lines(ctx context.Context, chat models.Conversation, messages []models.Message) []handover.PostLine {
	var about []string
	for _, m := range messages {
		if m.About != "" {
			about = append(about, m.About)
		}
	}
	known := map[string]models.Message{}
	if len(about) > 0 {
		var err error
		if known, err = d.e.store.Messages(ctx, about); err != nil {
			d.e.log.Warn("quoted lines not read", "err", err)
		}
	}
	lines := make([]handover.PostLine, len(messages))
	for i, m := range messages {
		said := m.Content.Whole()
		lines[i] = handover.PostLine{
			Message: m.ID, Author: m.Author, Kind: m.Kind, Name: m.Person.Name, Text: said.Text, Spans: said.Spans,
			Edited: m.Edited, Deleted: m.Deleted, Reaction: m.Kind == models.Reaction, At: m.At.Time(),
			Earlier: m.Content.Earlier, Pressed: m.Content.Payload != "" && m.Kind != models.Reaction,
		}
		if m.Content.Template != nil && m.Kind == models.Said {
			lines[i].Name += " (template)"
		}
		if m.Kind == models.Line {
			lines[i].Mention = m.Person.ID
			for _, b := range m.Content.Buttons {
				lines[i].Choices = append(lines[i].Choices, handover.Choice{Title: b.Title, Kind: handover.ActionKind(b.Payload)})
			}
		}
		if m.Author == models.ByCustomer {
			lines[i].Name = chat.Contact.Name
		}
		q, ok := known[m.About]
		if ok {
			lines[i].Answer = q.Content.Plain()
		}
		if m.Kind == models.Said && m.Content.ReplyTo != "" && !lines[i].Pressed {
			lines[i].Answers = whose(q, chat)
		}
	}
	return lines
}

// whose returns who wrote a message that is answered, as agents see it.
func whose(m models.Message, chat models.Conversation) string {
	switch m.Author {
	case models.ByCustomer:
		return cmp.Or(chat.Contact.Name, "the customer")
	case models.ByBot:
		return "the bot"
	case models.ByAgent:
		return cmp.Or(m.Person.Name, "an agent")
	case models.BySystem:
		return "Patchbay"
	}
	return "an earlier message" // it is not kept any more, or of another chat
}
