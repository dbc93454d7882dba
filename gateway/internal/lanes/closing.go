package lanes

import (
	"strings"

	"patchbay/handover"
	"patchbay/handover/texts"
	"patchbay/models"
)

// askRating adds the question what the customer thinks of the chat that was ended, with buttons where the platform has
// enough of them. A text that the config leaves empty asks nothing.
func (a *applier) askRating(c *models.Content, scale int) {
	key := texts.RateThumbs
	if scale > 2 {
		key = texts.RateStars
	}
	question := a.roster.Words.Say(key, a.roster.languages(*a.c), nil)
	if question == "" {
		a.c.Memory.Rate = nil
		return
	}
	c.Text = strings.TrimSpace(c.Text + "\n\n" + question) // the word that the chat is over may be empty
	titles := handover.RateTitles(scale)
	if a.limits().Buttons < len(titles) {
		return
	}
	for i, title := range titles {
		c.Buttons = append(c.Buttons, models.Button{Title: title, Payload: handover.RatePayload(a.c.Handover, i+1)})
	}
}

// rated notes what the customer thinks of a handover.
func (a *applier) rated(f handover.Rated) error {
	channel := a.c.Channel
	if !f.Again {
		a.tx.After(func() { a.e.metrics.rated(channel, f.Scale, f.Rating) })
	}
	return a.change(f.Handover, func(h *models.Handover) { h.Details.Rating, h.Details.Scale = f.Rating, f.Scale })
}

// detail notes more of a handover.
func (a *applier) detail(f handover.Detail) error {
	return a.change(f.Handover, func(h *models.Handover) {
		if f.Team != "" {
			h.Details.Team = f.Team
		}
		if f.Noted {
			h.Details.Category, h.Details.Note, h.Details.Skipped = f.Category, f.Note, false
		}
		if f.Skipped && h.Details.Category == "" && h.Details.Note == "" {
			h.Details.Skipped = true
		}
	})
}

// change changes one of the conversation's handovers, "" for its last, and has the card follow.
func (a *applier) change(id string, change func(*models.Handover)) error {
	if id == "" {
		id = a.c.Handover
	}
	h, ok, err := a.tx.Handover(id)
	if err != nil || !ok || h.Conversation != a.c.ID {
		return err
	}
	change(&h)
	h.Card++
	a.tx.After(func() { a.e.tell(leaseCards) })
	return a.tx.PutHandover(h)
}

// keep makes a reply that was held back a note.
func (a *applier) keep(message string) error {
	m, err := a.message(message)
	if err != nil || m.Kind != models.Held {
		return err
	}
	m.Kind = models.Note
	return a.tx.Rewrite(*m)
}
