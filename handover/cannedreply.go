package handover

import "patchbay/models"

// shortFailed keeps what an agent wrote as the short form of a canned reply and that is none, and reports whether it is so.
// The customer must not read it.
func (d *decision) shortFailed(m models.Message) bool {
	notice := NoticeNoReply
	switch d.e.Canned {
	case models.CannedUnknown:
	case models.CannedBare:
		notice = NoticeBareReply
	default:
		return false
	}
	m.Kind = models.Note
	d.do(Record{Message: m}, Whisper{Agent: m.Person.ID, Notice: notice, Handover: d.e.Handover, Message: m.ID})
	return true
}

// showCanned shows in the thread what the name of a canned reply stands for: the agent's post has the name alone.
func (d *decision) showCanned(text string) {
	d.do(Remark{Handover: d.e.Handover, Text: "The canned reply reads:\n" + text})
}

// agentSentCanned decides on a reply that an agent sent by a form: a canned one that he looked at, or one that answers a message
// of the customer's. It is his, as one that he wrote in
// the thread, and stands there in his name. It cannot be held back, because there is no post of his to ask about.
func (d *decision) agentSentCanned() {
	if d.e.Content == nil || d.e.Content.Text == "" {
		return
	}
	agent := d.agent()
	m := models.Message{
		ID: d.e.Message, Handover: d.e.Handover, Author: models.ByAgent, Kind: models.Said, Person: agent, Content: *d.e.Content,
		About: d.e.About, At: d.e.At,
	}
	refuse := func(notice NoticeKey) { d.do(Whisper{Agent: agent.ID, Notice: notice, Handover: d.e.Handover}) }
	switch {
	case d.owes():
		d.keep(agent)
		d.follows(agent)
	case !d.current() && d.c.Mode != models.ModeBot:
		refuse(NoticeNotHere)
		return
	case d.c.Mode == models.ModeBot:
		refuse(NoticeNotNow)
		return
	case d.c.Mode == models.ModeAgent && d.c.Holder.ID != agent.ID && d.p.Desk.Lock == LockOwner:
		refuse(NoticeNotYours)
		return
	case d.c.Mode == models.ModeWaiting:
		d.hold(agent)
		d.follows(agent)
	}
	d.joined()
	d.say(m, "agent:"+agent.ID)
	d.do(Display{Message: m.ID})
	d.answered()
	d.tellHolder(m)
}

// follows makes the desk notify an agent of each next line, who took the chat by a form: a post of his own in the thread would.
func (d *decision) follows(agent models.Person) {
	d.do(Remark{Text: "has this chat.", Mention: agent.ID})
}
