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
	if d.e.Note {
		m.Kind = models.Note
		d.do(Record{Message: m})
		return
	}
	switch {
	case d.e.Handover == d.c.Handover && d.c.Mode != models.ModeBot:
		if d.c.Mode == models.ModeWaiting {
			d.hold(m.Person)
		}
		d.c.Memory.Joining = false
		d.do(Stop{Timer: models.TimerJoined})
		d.say(m, "agent:"+m.Person.ID)
	case d.e.Handover == d.c.Handover && d.e.Sent != 0 && d.e.Sent <= d.c.Memory.Resolved:
		// Written before the click on Resolve, so the agent meant it for the customer.
		d.say(m, "agent:"+m.Person.ID)
		d.c.Memory.Speaker = ""
	default:
		notice := NoticeClosed
		if d.c.Mode != models.ModeBot {
			notice = NoticeMoved
		}
		m.Kind = models.Held
		d.do(Record{Message: m}, Whisper{Agent: m.Person.ID, Notice: notice, Handover: d.e.Handover, Message: m.ID})
	}
}

// hold gives the chat to an agent.
func (d *decision) hold(agent models.Person) {
	d.turn(models.ModeAgent)
	d.c.Holder = agent
	d.do(Claim{Agent: agent})
}

// agentClaimed decides on the button Take it.
func (d *decision) agentClaimed() {
	agent := d.agent()
	switch {
	case d.e.Handover != d.c.Handover || d.c.Mode == models.ModeBot:
		d.do(Whisper{Agent: agent.ID, Notice: NoticeOver, Handover: d.e.Handover})
	case d.c.Mode == models.ModeAgent && d.c.Holder.ID == agent.ID:
	default:
		d.hold(agent)
		d.c.Memory.Joining = true
		// The mention makes the desk notify the agent of each next line.
		d.do(Remark{Text: "has this chat.", Mention: agent.ID})
		d.do(Set{Timer: models.TimerJoined, Due: d.now.Add(joinAfter)})
	}
}

// agentResolved decides on the button Resolve. A second click finds the chat closed and does nothing.
func (d *decision) agentResolved() {
	if d.e.Handover != d.c.Handover || d.c.Mode == models.ModeBot {
		return
	}
	agent := d.agent()
	at := d.e.Sent
	if at == 0 {
		at = d.e.At
	}
	d.do(Remark{Text: "resolved this chat. The bot has it again.", Mention: agent.ID})
	d.do(Stop{Timer: models.TimerGiveUp}, Stop{Timer: models.TimerJoined})
	d.close(models.HandoverResolved, at)
	d.tell("resolved", map[string]string{"agent": agent.Name})
}

// agentTookOver decides on Take over and send, for a reply that was held back.
func (d *decision) agentTookOver() {
	if d.e.Message == "" {
		return
	}
	agent := d.agent()
	if d.c.Mode == models.ModeBot {
		d.c.Handover = d.e.Handover
		d.do(Reopen{Handover: d.e.Handover, Reason: models.Reason{Cause: models.CauseTakenOver}, Quiet: true})
		d.c.Memory.Resolved = 0
		d.c.Memory.Notified = true
		d.hold(agent)
		d.do(Remark{Text: "took this chat over from the bot.", Mention: agent.ID})
	} else if d.c.Mode == models.ModeWaiting {
		d.hold(agent)
	}
	d.c.Memory.Told = ""
	d.c.Memory.Speaker = "agent:" + agent.ID
	d.do(Release{Message: d.e.Message})
}

// agentChanged decides on an agent's edit or deletion of his own post.
func (d *decision) agentChanged() {
	if d.e.Message == "" {
		return
	}
	deleted := d.e.Type == models.AgentDeleted
	d.do(Rewrite{Message: d.e.Message, Content: d.e.Content, Deleted: deleted}, Amend{Message: d.e.Message, Deleted: deleted})
}

// sendTrouble tells the agents of a line of theirs that is late or lost.
func (d *decision) sendTrouble() {
	f := d.e.Failure
	if f == nil || d.e.Message == "" || d.e.Handover == "" {
		return
	}
	text := "Not delivered yet; still trying. " + f.Text
	if d.e.Type == models.SendFailed {
		text = "Not delivered. " + f.Text
	}
	d.do(Remark{Handover: d.e.Handover, Text: text, About: d.e.Message, Mention: d.agent().ID})
}

// timerRang decides on a timer. One of an earlier epoch means nothing any more.
func (d *decision) timerRang() {
	if d.e.Epoch != d.c.Epoch {
		return
	}
	switch d.e.Timer {
	case models.TimerGiveUp:
		if d.c.Mode != models.ModeWaiting {
			return
		}
		d.do(Alert{Key: "desk", Text: "A thread could not be opened in time; the customer was told and the bot has the chat again."})
		d.close(models.HandoverGaveUp, d.now)
		d.tell("gave_up", nil)
	case models.TimerJoined:
		if d.c.Mode == models.ModeAgent && d.c.Memory.Joining {
			d.c.Memory.Joining = false
			d.tell("joined", map[string]string{"agent": d.c.Holder.Name})
		}
	}
}
