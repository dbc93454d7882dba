package lanes

import (
	"strconv"
	"strings"

	"patchbay/channels"
	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
)

// number notes whether the last thing that the customer was sent has buttons that were said as numbers: then a number is an
// answer to it. What one decision sends belongs together.
func (a *applier) number(m models.Message) {
	if !a.spoke {
		a.spoke, a.c.Memory.Numbered = true, ""
	}
	if buttons := titled(m.Content.Buttons); len(buttons) > 0 && len(shown(m.Content, a.limits())) == 0 {
		a.c.Memory.Numbered = m.ID
	}
}

// pick turns the number of a button that was said as text into a press of it.
func (e *Engine) pick(tx *store.Tx, c models.Conversation, ev *models.Event) error {
	if ev.Type != models.CustomerWrote || c.Memory.Numbered == "" || ev.Content == nil || len(ev.Content.Attachments) > 0 {
		return nil
	}
	n, err := strconv.Atoi(strings.TrimRight(strings.TrimSpace(ev.Content.Text), ".)"))
	if err != nil || n < 1 {
		return nil
	}
	m, ok, err := tx.Message(c.Memory.Numbered)
	if err != nil || !ok {
		return err
	}
	buttons := titled(m.Content.Buttons)
	if n > len(buttons) {
		return nil
	}
	content := models.Content{Text: buttons[n-1].Title, Payload: buttons[n-1].Payload}
	if content.Payload == "" {
		content.Payload = content.Text
	}
	contact := c.Contact
	if ev.Contact != nil {
		contact = *ev.Contact
	}
	ev.Type, ev.Content, ev.About, ev.Signals = models.CustomerPressed, &content, m.ID, e.listen(contact, content)
	return nil
}

// choose takes the buttons off a message on whose screen they would stay, and says there which one was pressed.
func (a *applier) choose(f handover.Choose) error {
	limits := a.limits()
	if !limits.Keyboard || a.ch == nil {
		return nil
	}
	if _, can := a.ch.Adapter.(channels.Editor); !can {
		return nil
	}
	m, err := a.message(f.Message)
	if err != nil || m.Parts == 0 || m.Deleted || m.Content.Chosen != "" || len(shown(m.Content, limits)) == 0 {
		return err
	}
	m.Content.Chosen = f.Title
	if err := a.tx.Rewrite(*m); err != nil {
		return err
	}
	return a.queue(m.ID, models.VerbEdit, m.Parts-1, m.Parts)
}

// chosen returns the last send of a message as it is when one of its buttons was pressed.
func chosen(out channels.Outbound, title string, l channels.Limits) channels.Outbound {
	out.Buttons = nil
	said := models.Join("\n\n", models.NewRich(out.Text, out.Spans), models.Rich{Text: "✓ " + strings.Join(strings.Fields(title), " ")})
	head := 0
	if out.Title != "" {
		head = channels.Len(out.Title, l.Unit) + 1
	}
	if l.Text == 0 || head+channels.Len(said.Text, l.Unit) <= l.Text && (l.Length == nil || head+l.Length(said) <= l.Text) {
		out.Text, out.Spans = said.Text, said.Spans
	}
	return out
}
