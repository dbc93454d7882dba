package handover

import (
	"patchbay/models"
)

// agentReplied decides on what an agent wrote in a thread.
func (d *decision) agentReplied() {
	m := models.Message{
		ID: d.e.Message, Handover: d.e.Handover, Author: models.ByAgent, Kind: models.Said, Person: d.agent(), Post: d.e.Ref, At: d.e.At,
	}
	if d.e.Content != nil {
		m.Content = *d.e.Content
	}
	if !d.confirmed() {
		d.c.Memory.Heard = d.e.Ref
	}
	if d.shortFailed(m) {
		return
	}
	if d.e.Canned == models.CannedFound {
		defer d.showCanned(m.Content.Text)
	}
	if d.e.Note {
		m.Kind = models.Note
		d.do(Record{Message: m})
		if d.e.Mention {
			d.do(Whisper{Agent: m.Person.ID, Notice: NoticeMention, Handover: d.e.Handover, Message: m.ID})
		}
		return
	}
	if d.e.Again != "" {
		d.again(m)
		return
	}
	intime := d.current() && d.e.Sent != 0 && d.e.Sent <= d.c.Memory.Resolved
	switch {
	case d.current() && d.intrudes(m):
	case d.p.Desk.Confirm && !d.confirmed() && (d.current() && d.c.Mode != models.ModeBot || d.owes() || intime):
		d.awaitConsent(m)
	case d.current() && d.c.Mode != models.ModeBot:
		if d.c.Mode == models.ModeWaiting {
			d.hold(m.Person)
		}
		d.joined() // the reply tells who is here
		d.say(m, "agent:"+m.Person.ID)
		d.answered()
		d.mindFiles()
		d.tellHolder(m)
	case d.owes():
		d.keep(m.Person)
		d.say(m, "agent:"+m.Person.ID)
		d.answered()
		d.mindFiles()
	case intime:
		// Written before the click on Resolve, so the agent meant it for the customer.
		d.say(m, "agent:"+m.Person.ID)
		d.mindFiles()
		d.c.Memory.Speaker = ""
	default:
		notice := NoticeClosed
		if d.c.Mode != models.ModeBot {
			notice = NoticeMoved
		}
		m.Kind = models.Held
		d.record(m)
		d.do(Whisper{Agent: m.Person.ID, Notice: notice, Handover: d.e.Handover, Message: m.ID})
	}
}

// again records a reply from before a backup was restored. One that the customer surely has is not sent; of another the
// agent is asked. In either case he was with the customer.
func (d *decision) again(m models.Message) {
	if d.current() && d.c.Mode == models.ModeWaiting {
		d.hold(m.Person)
	}
	if d.e.Again == models.AgainSurely {
		m.State = models.Sent
		d.do(Record{Message: m})
		return
	}
	m.Kind = models.Held
	d.do(Record{Message: m}, Whisper{Agent: m.Person.ID, Notice: NoticeMaybeSent, Handover: d.e.Handover, Message: m.ID})
}

// mindFiles tells the agent that the files of his reply stay behind: the customer reads a line in their place.
func (d *decision) mindFiles() {
	if d.e.Content != nil && len(d.e.Content.Attachments) > 0 {
		d.do(Whisper{Agent: d.agent().ID, Notice: NoticeFiles, Handover: d.e.Handover, Message: d.e.Message})
	}
}

// current reports whether the event is about the conversation's own handover, and not about one of its past.
func (d *decision) current() bool { return d.e.Handover == d.c.Handover }

// hold gives the chat to an agent.
func (d *decision) hold(agent models.Person) {
	if d.c.Memory.Promised != "" {
		d.c.Memory.Kept = d.c.Handover
	}
	d.turn(models.ModeAgent)
	d.c.Holder = agent
	d.looked()
	d.do(Claim{Agent: agent})
	d.watch()
}

// agentClaimed decides on the button Take it. A second click of who has the chat does nothing.
func (d *decision) agentClaimed() {
	agent := d.agent()
	switch {
	case !d.current() && d.c.Mode != models.ModeBot:
		d.do(Whisper{Agent: agent.ID, Notice: NoticeNewer, Handover: d.e.Handover})
	case d.owes():
		d.keep(agent)
		d.claimed(agent, "has this chat, and keeps the promise.")
	case d.c.Mode == models.ModeBot:
		d.do(Whisper{Agent: agent.ID, Notice: NoticeOver, Handover: d.e.Handover})
	case d.c.Mode == models.ModeAgent && d.c.Holder.ID == agent.ID:
	default:
		d.hold(agent)
		d.claimed(agent, "has this chat.")
	}
}

// claimed tells of an agent who took the chat by the button, and waits for what he writes.
func (d *decision) claimed(agent models.Person, text string) {
	d.c.Memory.Joining = true
	// The mention makes the desk notify the agent of each next line.
	d.do(Remark{Text: text, Mention: agent.ID})
	d.do(Set{Timer: models.TimerJoined, Due: d.now.Add(joinAfter)})
	d.expect()
}

// agentResolved decides on the button Resolve. A second click finds the chat closed and does nothing.
func (d *decision) agentResolved() {
	if d.owes() {
		d.excuse()
		return
	}
	if !d.current() || d.c.Mode == models.ModeBot {
		return
	}
	agent := d.agent()
	at := d.e.Sent
	if at == 0 {
		at = d.e.At
	}
	text := "resolved this chat."
	if d.p.HasBot {
		text += " The bot has it again."
	}
	asks := d.asksRating()
	d.do(Remark{Text: text, Mention: agent.ID})
	d.close(models.HandoverResolved, at)
	d.resolved(agent, asks)
}

// agentTookOver decides on Take over and send, for a reply that was held back. After the first click the reply is none
// that is held back any more, so a second one names no message.
func (d *decision) agentTookOver() {
	if d.e.Message == "" || d.waitsForCustomer() {
		return
	}
	agent := d.agent()
	switch d.c.Mode {
	case models.ModeBot:
		if d.c.Memory.Promised != "" && !d.current() {
			d.keep(agent) // the answer is owed in the newer thread
			break
		}
		d.c.Handover = d.e.Handover
		d.c.Memory.Opened = true // he wrote in it
		d.c.Memory.Resolved = 0
		d.do(Reopen{Handover: d.e.Handover, Reason: models.Reason{Cause: models.CauseTakenOver}, Quiet: true})
		d.hold(agent)
		text := "has this chat again."
		if d.p.HasBot {
			text = "took this chat over from the bot."
		}
		d.do(Remark{Text: text, Mention: agent.ID})
	case models.ModeWaiting:
		d.hold(agent)
	case models.ModeAgent:
		// He was asked when nobody had the chat. By now a colleague may have it, in the same thread.
		if d.current() && d.p.Desk.Lock == LockOwner && d.c.Holder.ID != agent.ID {
			d.do(Whisper{Agent: agent.ID, Notice: NoticeLocked, Handover: d.e.Handover, Message: d.e.Message})
			return
		}
	}
	if !d.current() {
		// Those in the newer thread read what the customer reads, and the mention brings him there.
		d.do(Remark{Text: "sent this from an earlier thread of the customer.", About: d.e.Message, Mention: agent.ID})
	}
	d.joined()
	if d.shut() {
		d.shelve(models.Message{ID: d.e.Message, Handover: d.e.Handover, Person: agent})
	} else {
		d.unshelve(d.e.Message)
		d.c.Memory.Told = ""
		d.c.Memory.Speaker = "agent:" + agent.ID
		d.do(Release{Message: d.e.Message, Title: agent.Name})
	}
	d.answered()
	d.mindFiles()
	if d.current() { // in a thread of the past, the line in the newer one tells
		d.tellHolder(models.Message{ID: d.e.Message, Person: agent})
	}
}

// agentChanged decides on an agent's edit or deletion of his own post. A note never reaches the customer, whatever it
// was before or is made into.
func (d *decision) agentChanged() {
	id := d.e.Message
	wasNote := d.e.Kind == models.Note
	switch {
	case id == "":
	case d.e.Canned == models.CannedUnknown, d.e.Canned == models.CannedBare:
		d.do(Whisper{Agent: d.agent().ID, Notice: NoticeNoReplyEdit, Handover: d.e.Handover, Message: id})
	case d.e.Type == models.AgentDeleted:
		d.unshelve(id)
		d.do(Rewrite{Message: id, Deleted: true}, Amend{Message: id, Deleted: true})
	case wasNote && !d.e.Note:
		d.do(Rewrite{Message: id, Content: d.e.Content}, Whisper{Agent: d.agent().ID, Notice: NoticeStillNote, Handover: d.e.Handover, Message: id})
	case wasNote:
		d.do(Rewrite{Message: id, Content: d.e.Content})
	case d.e.Note && !d.e.Signed: // he knew the sign when he sent it all the same
		d.unshelve(id)
		d.do(Rewrite{Message: id, Deleted: true}, Amend{Message: id, Deleted: true}) // it was not meant for the customer
	default:
		d.do(Rewrite{Message: id, Content: d.e.Content}, Amend{Message: id})
		if d.e.Canned == models.CannedFound {
			d.showCanned(d.e.Content.Text)
		}
	}
}

// sendTrouble tells the agents of a line of theirs that is late or lost, in the thread that it came from.
func (d *decision) sendTrouble() {
	d.templateFailed()
	if d.e.Message == "" || d.e.Handover == "" {
		return
	}
	if d.tooLate() {
		return
	}
	text := "Not delivered yet; still trying."
	if d.e.Type == models.SendFailed {
		text = "Not delivered."
	}
	if f := d.e.Failure; f != nil && f.Text != "" {
		text += " " + f.Text
	}
	d.do(Remark{Handover: d.e.Handover, Text: text, About: d.e.Message, Mention: d.agent().ID})
	if d.e.Type == models.SendFailed {
		d.askAfterFailure()
	}
}
