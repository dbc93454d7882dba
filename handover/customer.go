package handover

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"patchbay/models"
)

// customerWrote decides on a message or a pressed button.
func (d *decision) customerWrote() {
	d.meet()
	if d.rates() {
		d.reopened()
		return
	}
	content, edited, deleted := d.overtaken()
	if d.pressedTwice(content) {
		return
	}
	d.do(Record{Message: models.Message{
		ID: d.e.Message, Author: models.ByCustomer, Kind: models.Said, PlatformID: d.e.Ref, Content: content, About: d.e.About,
		Edited: edited, Deleted: deleted, At: d.e.At,
	}})
	d.reopened()
	if deleted {
		return // taken back before it came
	}
	if d.c.Mode != models.ModeBot {
		d.customerToAgents()
		return
	}
	switch {
	case d.wantsBot(false):
		d.tell("back", nil)
	case d.wantsPerson():
		d.open(models.Reason{Cause: models.CauseAsked, Asked: content.Plain()})
	case !d.p.HasBot && d.e.Signals.Small && d.reopens():
		d.do(Display{Message: d.e.Message}) // thanks after the end need nobody
	case !d.p.HasBot:
		d.open(models.Reason{Cause: models.CauseNoBot, Asked: content.Plain()})
	case len(d.c.Memory.Owed) == 0 && d.repeats(content.Text) && d.breaks(): // who waits for a bot that is out may say so
		d.open(models.Reason{Cause: models.CauseSameAsked, Asked: content.Plain()})
	default:
		d.ask(content)
	}
}

// pressTwice is within what time the same button, pressed again, was pressed by mistake: phones are slow to show that it was.
const pressTwice = 10 * time.Second

// pressedTwice reports whether the event is the same press of a button once more. Later it is a wish: a menu can be used again.
func (d *decision) pressedTwice(content models.Content) bool {
	m := &d.c.Memory
	m.Numbered = ""
	if d.e.Ref != "" {
		m.Newest = d.e.Ref
	}
	if d.e.Type != models.CustomerPressed {
		return false
	}
	now := models.Press{Ref: content.ReplyTo, Button: hashOf(content.Payload), At: d.e.At}
	if p := m.Pressed; p != nil && now.Ref != "" && p.Ref == now.Ref && p.Button == now.Button && now.At.Sub(p.At) < pressTwice {
		return true
	}
	m.Pressed = &now
	if d.e.About != "" {
		d.do(Choose{Message: d.e.About, Title: content.Text})
	}
	return false
}

// looked tells the customer's app that an agent read what he wrote.
func (d *decision) looked() {
	if m := &d.c.Memory; m.Newest != m.Looked {
		m.Looked = m.Newest
		d.do(Look{Ref: m.Newest})
	}
}

// wantsPerson reports whether the customer asks for a person.
func (d *decision) wantsPerson() bool {
	return d.e.Signals.Asks || d.e.Signals.Command == "/agent"
}

// wantsBot reports whether the customer asks for the bot, and there is one. Words count where he waits for a person;
// where he has the bot they are words to it.
func (d *decision) wantsBot(words bool) bool {
	return d.p.HasBot && (d.e.Signals.Command == "/bot" || words && d.e.Signals.Back)
}

// customerToAgents decides on a message while people have the chat. It can be taken back from people who have not come
// yet; with one who has it, he is told like of any message, and ends the chat himself.
func (d *decision) customerToAgents() {
	d.do(Display{Message: d.e.Message, Broadcast: d.broadcasts()})
	switch d.c.Mode {
	case models.ModeWaiting:
		d.waits()
	case models.ModeAgent:
		d.heardCustomer()
		d.watch()
		if !d.e.Signals.Small {
			d.uncover()
		}
	case models.ModeBot:
	}
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
		d.met(known)
	}
	if d.e.Channel != "" {
		d.c.Channel = d.e.Channel
	}
	if d.e.Address != "" {
		d.c.Address = d.e.Address
	}
	if language := d.c.Contact.Language(); language != "" {
		d.c.Language = language
	} else if d.e.Signals.Language != "" {
		d.c.Language = d.e.Signals.Language
	}
	d.c.LastInbound = d.e.At
	d.c.Memory.Shut, d.c.Memory.Insisted = false, ""
	d.c.Memory.Template, d.c.Memory.Kept = "", ""
	if d.c.Blocked {
		d.c.Blocked = false
		if d.c.Mode != models.ModeBot {
			d.do(Refresh{})
		}
	}
	d.c.Memory.Told = ""
}

// repeats reports whether the customer says the same for the third time in ten minutes. Thanks and emoji do not count,
// nor does a button: "More" is pressed as often as there is more.
func (d *decision) repeats(text string) bool {
	if text == "" || d.e.Signals.Small || d.e.Type == models.CustomerPressed {
		return false
	}
	m := &d.c.Memory
	if hash := hashOf(text); m.Said != hash {
		m.Said, m.SaidAt = hash, nil
	}
	m.SaidAt = slices.DeleteFunc(m.SaidAt, func(at models.Stamp) bool { return d.e.At.Sub(at) > repeatWithin })
	m.SaidAt = append(m.SaidAt, d.e.At)
	return d.repeating()
}

// repeating reports whether the last thing that the customer said was said too often.
func (d *decision) repeating() bool { return len(d.c.Memory.SaidAt) >= repeatTimes }

// breaks counts a break of the bot and reports whether it hands over.
func (d *decision) breaks() bool {
	d.c.Memory.Breaks++
	return d.c.Memory.Breaks >= d.p.BreakAfter
}

// customerBlocked tells an open thread that the customer blocked us, or no longer does.
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

// channelSwitched tells an open thread, once, that the channel is off or on again.
func (d *decision) channelSwitched() {
	off := d.e.Type == models.ChannelOff
	if d.c.Mode == models.ModeBot || d.c.Memory.Off == off {
		return
	}
	d.c.Memory.Off = off
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
