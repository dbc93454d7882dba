package handover

import (
	"slices"

	"patchbay/models"
)

// intrudes decides on a reply of somebody else than who has the chat, and reports whether that holds it back: then its
// writer is asked. Where it does not, who has the chat is told, once of each colleague.
func (d *decision) intrudes(m models.Message) (held bool) {
	if d.c.Mode != models.ModeAgent || d.c.Holder.ID == m.Person.ID {
		return false
	}
	if d.p.Desk.Lock == LockOwner && d.e.Type != models.AgentSentNote {
		m.Kind = models.Held
		d.record(m)
		d.do(Whisper{Agent: m.Person.ID, Notice: NoticeLocked, Handover: d.e.Handover, Message: m.ID})
		return true
	}
	return false
}

// tellHolder tells who has the chat that a colleague wrote in it.
func (d *decision) tellHolder(m models.Message) {
	seen := &d.c.Memory.Intruders
	if d.c.Mode != models.ModeAgent || d.c.Holder.ID == m.Person.ID || slices.Contains(*seen, m.Person.ID) {
		return
	}
	*seen = append(*seen, m.Person.ID)
	d.do(Whisper{Agent: d.c.Holder.ID, Notice: NoticeIntruder, Handover: d.e.Handover, Message: m.ID})
}

// agentInsisted decides on Send anyway, for a reply that was held back because somebody else has the chat.
func (d *decision) agentInsisted() {
	if d.waitsForCustomer() || d.stale() {
		return
	}
	if d.c.Mode == models.ModeWaiting {
		d.hold(d.agent()) // who had it has left
	}
	d.joined()
	d.letGo()
	d.tellHolder(models.Message{ID: d.e.Message, Person: d.agent()})
}

// agentSeized decides on Take over, for such a reply: the chat is his from now on.
func (d *decision) agentSeized() {
	if d.waitsForCustomer() || d.stale() {
		return
	}
	agent := d.agent()
	if d.c.Mode != models.ModeAgent || d.c.Holder.ID != agent.ID {
		d.hold(agent)
		d.do(Remark{Text: "has this chat.", Mention: agent.ID})
	}
	d.letGo()
}

// letGo sends a reply that was held back, at once: its writer was asked.
func (d *decision) letGo() {
	d.joined() // the reply tells who is here
	agent := d.agent()
	if d.shut() {
		d.shelve(models.Message{ID: d.e.Message, Handover: d.e.Handover, Person: agent})
		d.answered()
		return
	}
	d.unshelve(d.e.Message)
	speaker := "agent:" + agent.ID
	title := d.title(agent, speaker)
	d.c.Memory.Told, d.c.Memory.Speaker = "", speaker
	d.do(Release{Message: d.e.Message, Title: title})
	d.do(Whisper{Agent: agent.ID, Notice: NoticeSent, Handover: d.e.Handover, Message: d.e.Message})
	d.answered()
	d.mindFiles()
}

// agentMadeNote decides on Make it a note, for such a reply: it stays where it is. It may be clicked at any time.
func (d *decision) agentMadeNote() {
	if d.e.Message != "" {
		d.unshelve(d.e.Message)
		d.do(Keep{Message: d.e.Message}, Whisper{Agent: d.agent().ID, Notice: NoticeKept, Handover: d.e.Handover, Message: d.e.Message})
	}
}

// stale reports whether a reply that was held back cannot simply be sent: it is none any more, or its chat went on without
// it, and its writer is asked again.
func (d *decision) stale() bool {
	notice := NoticeKey("")
	switch {
	case d.e.Message == "":
		return true
	case d.c.Mode == models.ModeBot:
		notice = NoticeClosed
	case !d.current():
		notice = NoticeMoved
	default:
		return false
	}
	d.do(Whisper{Agent: d.agent().ID, Notice: notice, Handover: d.e.Handover, Message: d.e.Message})
	return true
}
