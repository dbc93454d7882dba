package handover

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"patchbay/models"
)

// customerWrote decides on a message or a pressed button.
func (d *decision) customerWrote() {
	d.meet()
	content := models.Content{}
	if d.e.Content != nil {
		content = *d.e.Content
	}
	d.do(Record{Message: models.Message{
		ID: d.e.Message, Author: models.ByCustomer, Kind: models.Said, PlatformID: d.e.Ref, Content: content, At: d.e.At,
	}})
	if d.c.Mode != models.ModeBot {
		d.customerToAgents()
		return
	}
	s := d.e.Signals
	switch {
	case s.Command == "/bot":
		d.tell("back", nil)
	case s.Asks || s.Command == "/agent":
		d.open(models.Reason{Cause: models.CauseAsked, Asked: content.Plain()})
	case !d.p.HasBot:
		d.open(models.Reason{Cause: models.CauseNoBot, Asked: content.Plain()})
	case d.repeats(content.Text) && d.breaks():
		d.open(models.Reason{Cause: models.CauseSameAsked, Asked: content.Plain()})
	default:
		d.do(Ask{Message: d.e.Message})
	}
}

// customerToAgents decides on a message while people have the chat.
func (d *decision) customerToAgents() {
	back := d.e.Signals.Back || d.e.Signals.Command == "/bot"
	if d.c.Mode == models.ModeWaiting && back {
		d.do(Display{Message: d.e.Message}, Remark{Text: "The customer went back to the bot. This chat is closed."})
		d.do(Stop{Timer: models.TimerGiveUp})
		d.close(models.HandoverBack, d.e.At)
		d.tell("back", nil)
		return
	}
	d.do(Display{Message: d.e.Message})
}

// meet takes over what the event tells of the customer himself.
func (d *decision) meet() {
	if d.e.Contact != nil {
		known := d.c.Contact
		d.c.Contact = *d.e.Contact
		if d.c.Contact.Name == "" {
			d.c.Contact.Name = known.Name
		}
		if d.c.Contact.Locale == "" {
			d.c.Contact.Locale = known.Locale
		}
		if len(d.c.Contact.Fields) == 0 {
			d.c.Contact.Fields = known.Fields
		}
	}
	if d.e.Channel != "" {
		d.c.Channel = d.e.Channel
	}
	if d.e.Address != "" {
		d.c.Address = d.e.Address
	}
	if locale, _, _ := strings.Cut(strings.ReplaceAll(d.c.Contact.Locale, "_", "-"), "-"); locale != "" {
		d.c.Language = strings.ToLower(locale)
	} else if d.e.Signals.Language != "" {
		d.c.Language = d.e.Signals.Language
	}
	d.c.LastInbound = d.e.At
	d.c.Blocked = false
	d.c.Memory.Told = ""
}

// repeats reports whether the customer says the same for the third time in ten minutes. Thanks and emoji do not count.
func (d *decision) repeats(text string) bool {
	if text == "" || d.e.Signals.Small {
		return false
	}
	m := &d.c.Memory
	if hash := hashOf(text); m.Said != hash {
		m.Said, m.SaidAt = hash, nil
	}
	recent := m.SaidAt[:0:0]
	for _, at := range m.SaidAt {
		if d.e.At.Sub(at) <= repeatWithin {
			recent = append(recent, at)
		}
	}
	m.SaidAt = append(recent, d.e.At)
	return len(m.SaidAt) >= repeatTimes
}

// breaks counts a break of the bot and reports whether it hands over.
func (d *decision) breaks() bool {
	d.c.Memory.Breaks++
	return d.c.Memory.Breaks >= max(d.p.BreakAfter, 1)
}

// customerChanged decides on an edit or a deletion. The bot reads the new text if it was not asked yet.
func (d *decision) customerChanged() {
	deleted := d.e.Type == models.CustomerDeleted
	if d.e.Message == "" {
		return
	}
	d.do(Rewrite{Message: d.e.Message, Content: d.e.Content, Deleted: deleted})
	if d.c.Mode == models.ModeBot && !deleted && d.e.Signals.Asks && d.e.Content != nil {
		d.open(models.Reason{Cause: models.CauseAsked, Asked: d.e.Content.Plain()})
	}
}

// customerReacted shows a reaction to the agents; it asks nothing of the bot.
func (d *decision) customerReacted() {
	content := models.Content{}
	if d.e.Content != nil {
		content = *d.e.Content
	}
	d.do(Record{Message: models.Message{
		ID: d.e.Message, Author: models.ByCustomer, Kind: models.Reaction, Content: content, At: d.e.At,
	}})
	if d.c.Mode != models.ModeBot {
		d.do(Display{Message: d.e.Message})
	}
}

func (d *decision) customerBlocked() {
	blocked := d.e.Type == models.CustomerBlocked
	if d.c.Blocked == blocked {
		return
	}
	d.c.Blocked = blocked
	if d.c.Mode == models.ModeBot {
		return
	}
	text := "The customer blocked this chat. Replies do not reach them until they write again."
	if !blocked {
		text = "The customer unblocked this chat. Replies reach them again."
	}
	d.do(Remark{Text: text}, Refresh{})
}

// customerElsewhere tells a group once that the bot works in private chats.
func (d *decision) customerElsewhere() {
	if d.c.Memory.Elsewhere {
		return
	}
	d.meet()
	d.c.Memory.Elsewhere = true
	d.tell("private_only", nil)
}

// customerMoved follows the customer to his new address.
func (d *decision) customerMoved() {
	if d.e.Address == "" || d.e.Address == d.c.Address {
		return
	}
	d.c.Address = d.e.Address
	if d.c.Mode != models.ModeBot {
		d.do(Remark{Text: "The customer's number or account changed. Replies go to the new one."}, Refresh{})
	}
}

func (d *decision) channelSwitched() {
	off := d.e.Type == models.ChannelOff
	if d.c.Memory.Off == off {
		return
	}
	d.c.Memory.Off = off
	if d.c.Mode == models.ModeBot {
		return
	}
	text := "This channel was switched off. Your replies still reach the customer; theirs do not arrive."
	if !off {
		text = "This channel is on again."
	}
	d.do(Remark{Text: text})
}

// hashOf returns a short hash of the words of a text, without regard to case and spacing.
func hashOf(text string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(strings.Join(strings.Fields(text), " "))))
	return hex.EncodeToString(sum[:8])
}
