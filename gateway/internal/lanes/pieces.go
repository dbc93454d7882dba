package lanes

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"patchbay/channels"
	"patchbay/models"
)

// partsOf returns the texts that a message is split into by the platform's limits, with the marks that the platform shows;
// its buttons belong to the last.
func partsOf(m models.Message, l channels.Limits) []models.Rich {
	if m.Content.Template != nil {
		return []models.Rich{{Text: m.Content.Text}} // it is what the platform approved, and never two messages
	}
	text := m.Content.Whole().Keep(l.Spans)
	buttons := shown(m.Content, l)
	if len(buttons) == 0 {
		text.Text = channels.Numbered(text.Text, titled(m.Content.Buttons))
	}
	limit := l.Text
	if limit > 0 && m.Title != "" && !l.Sender {
		limit = max(limit-channels.Len(m.Title, l.Unit)-1, 1)
	}
	parts := channels.SplitRich(text, limit, l)
	if len(buttons) > 0 && l.ButtonText > 0 && len(parts) > 0 {
		// The last part carries the buttons, whose text is shorter on some platforms.
		last := len(parts) - 1
		room := l.ButtonText
		if m.Title != "" && !l.Sender {
			room = max(room-channels.Len(m.Title, l.Unit)-1, 1)
		}
		parts = append(parts[:last:last], channels.SplitRich(parts[last], room, l)...)
	}
	return parts
}

// shown returns the buttons if the platform can show all of them, nil if they must be said as text. The limit of payloads
// does not hold for a button without one: how a press of it is told apart is the adapter's own business.
func shown(c models.Content, l channels.Limits) []models.Button {
	buttons := titled(c.Buttons)
	if len(buttons) == 0 || len(buttons) > l.Buttons || strings.TrimSpace(c.Plain()) == "" {
		return nil
	}
	for _, b := range buttons {
		if l.Title > 0 && utf8.RuneCountInString(b.Title) > l.Title {
			return nil
		}
		if l.Payload > 0 && len(b.Payload) > l.Payload {
			return nil
		}
	}
	return buttons
}

// titled returns the buttons with something to read on each: one without a title shows its payload, and one that has
// neither is none.
func titled(buttons []models.Button) []models.Button {
	var list []models.Button
	for _, b := range buttons {
		if strings.TrimSpace(b.Title) == "" {
			b.Title = b.Payload
		}
		if strings.TrimSpace(b.Title) != "" {
			list = append(list, b)
		}
	}
	return list
}

// textsOf returns the sends of a message that has no files.
func textsOf(m models.Message, address string, l channels.Limits) []channels.Outbound {
	texts := partsOf(m, l)
	outs := make([]channels.Outbound, len(texts))
	for i, text := range texts {
		outs[i] = channels.Outbound{
			ID: partID(m.ID, i), Address: address, Author: m.Author, Name: m.Person.Name, Text: text.Text, Spans: text.Spans,
		}
	}
	if len(outs) == 0 {
		return nil
	}
	if m.Content.Template != nil {
		outs[0].Template = m.Content.Template
		return outs
	}
	if !l.Sender {
		outs[0].Title = strings.TrimSpace(m.Title)
	}
	last := len(outs) - 1
	outs[last].Buttons = shown(m.Content, l)
	if m.Content.Chosen != "" && len(outs[last].Buttons) > 0 {
		outs[last] = chosen(outs[last], m.Content.Chosen, l)
	}
	if m.Author != models.ByCustomer {
		outs[0].ReplyTo = m.Content.ReplyTo
	}
	return outs
}

// partID is our id for one send of a message.
func partID(message string, n int) string {
	if n == 0 {
		return message
	}
	return message + "-" + strconv.Itoa(n)
}
