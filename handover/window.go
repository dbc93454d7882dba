package handover

import (
	"fmt"
	"slices"
	"time"

	"patchbay/models"
)

// shut reports whether the platform's reply window is over: it takes nothing from us until the customer writes.
func (d *decision) shut() bool { return Shut(d.c, d.p, d.now) }

// Shut reports whether the platform's reply window is over for a chat.
func Shut(c models.Conversation, p Policy, now models.Stamp) bool {
	return c.Memory.Shut || p.Window > 0 && c.LastInbound != 0 && now.Sub(c.LastInbound) >= p.Window
}

// shelve keeps an agent's reply until the customer writes, and tells its writer. One that is kept already stays in its place.
func (d *decision) shelve(m models.Message) {
	known := d.e.Type != models.AgentReplied && d.e.Type != models.AgentSentCanned && d.e.Type != models.AgentSentReply
	switch {
	case d.shelved(m.ID):
		return
	case known:
		d.do(Shelve{Message: m.ID})
	default:
		m.Kind = models.Held
		d.do(Record{Message: m})
	}
	d.c.Memory.Shelved = append(d.c.Memory.Shelved, models.Shelved{Message: m.ID, Handover: m.Handover, Agent: m.Person})
	d.do(Whisper{Agent: m.Person.ID, Notice: NoticeShelved, Handover: m.Handover, Message: m.ID})
}

func (d *decision) shelved(message string) bool {
	return slices.ContainsFunc(d.c.Memory.Shelved, func(s models.Shelved) bool { return s.Message == message })
}

// waitsForCustomer reports whether the event is about a reply that was let go already, and waits until the customer writes.
func (d *decision) waitsForCustomer() bool { return d.shut() && d.shelved(d.e.Message) }

// unshelve keeps a reply no longer. It reports whether it was kept.
func (d *decision) unshelve(message string) bool {
	before := len(d.c.Memory.Shelved)
	d.c.Memory.Shelved = slices.DeleteFunc(d.c.Memory.Shelved, func(s models.Shelved) bool { return s.Message == message })
	if len(d.c.Memory.Shelved) == 0 {
		d.c.Memory.Shelved = nil
	}
	return len(d.c.Memory.Shelved) < before
}

// reopened sends what was kept until the customer writes, in its order, whoever has the chat by now: it was meant for him.
func (d *decision) reopened() {
	kept := d.c.Memory.Shelved
	d.c.Memory.Shelved = nil
	if len(kept) > 0 {
		d.joined() // it tells who is here
	}
	for len(kept) > 0 {
		first, n := kept[0], 0
		for n < len(kept) && kept[n].Handover == first.Handover && kept[n].Agent.ID == first.Agent.ID {
			speaker := "agent:" + kept[n].Agent.ID
			d.do(Release{Message: kept[n].Message, Title: d.title(kept[n].Agent, speaker)})
			d.c.Memory.Speaker, d.c.Memory.Told = speaker, ""
			n++
		}
		text := "the customer wrote, so your reply that was held back goes out now."
		if n > 1 {
			text = fmt.Sprintf("the customer wrote, so your %d replies that were held back go out now.", n)
		}
		d.do(Remark{Handover: first.Handover, Text: text, About: first.Message, Mention: first.Agent.ID})
		kept = kept[n:]
		if d.c.Mode == models.ModeBot {
			d.c.Memory.Speaker = ""
		}
	}
}

// tooLate decides on a reply that the platform refused because its reply window is over, and reports whether it was one.
// If the customer has written since the reply, the window is open again, and the reply is sent once more.
func (d *decision) tooLate() bool {
	f := d.e.Failure
	if d.e.Type != models.SendFailed || f == nil || f.Kind != FailedWindow || d.agent().ID == "" {
		return false
	}
	if d.shelved(d.e.Message) {
		return true // another part of it
	}
	if d.e.Sent != 0 && d.c.LastInbound > d.e.Sent && d.c.Memory.Insisted != d.e.Message && !d.c.Memory.Shut && !d.c.Memory.Muted {
		d.c.Memory.Insisted, d.c.Memory.Told = d.e.Message, ""
		d.joined()
		d.do(Shelve{Message: d.e.Message}, Release{Message: d.e.Message})
		return true
	}
	d.c.Memory.Shut = true
	d.c.Memory.Speaker = "" // what the reply said of who speaks is not known to the customer
	d.shelve(models.Message{ID: d.e.Message, Handover: d.e.Handover, Person: d.agent()})
	return true
}

// FailedWindow is the Kind of a Failure that says that the platform's reply window is over.
const FailedWindow = "window_closed"

// watch times the warning before the end of the reply window, or moves it: the customer wrote, or somebody took the chat.
func (d *decision) watch() {
	due := d.c.LastInbound.Add(d.p.Window - warnBefore)
	if d.p.Window <= warnBefore || d.c.LastInbound == 0 || due <= d.now {
		return
	}
	d.c.Memory.Watched = true
	d.do(Set{Timer: models.TimerWindow, Due: due})
}

func (d *decision) unwatch() {
	if d.c.Memory.Watched {
		d.c.Memory.Watched = false
		d.do(Stop{Timer: models.TimerWindow})
	}
}

// warn tells who has the chat that the reply window is nearly over.
func (d *decision) warn() {
	if d.c.Mode != models.ModeAgent || !d.c.Memory.Watched {
		return
	}
	d.c.Memory.Watched = false
	left := d.p.Window - d.now.Sub(d.c.LastInbound)
	if left > warnBefore {
		d.watch() // the config allows more than it did
		return
	}
	if left <= 0 || d.c.Memory.Shut {
		return // rung late: a reply is held back from here on, and its writer is told
	}
	minutes := int((left + time.Minute - 1) / time.Minute)
	text := fmt.Sprintf("%d minutes are left to reply: then the customer's app takes nothing more from us until they write again.", minutes)
	if minutes == 1 {
		text = "a minute is left to reply: then the customer's app takes nothing more from us until they write again."
	}
	if d.absent(d.c.Holder.ID) {
		d.do(Remark{Text: text, Broadcast: true, Take: true}) // for who is here
		return
	}
	d.do(Remark{Text: text, Mention: d.c.Holder.ID})
}
