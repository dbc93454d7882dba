package handover

import "patchbay/models"

// left remembers which agent had the chat last.
func (d *decision) left() {
	m := &d.c.Memory
	m.Uncovered = false
	if d.c.Mode == models.ModeAgent {
		m.HadBy, m.HadAt = d.c.Holder, d.now
	}
}

// seek looks for the agent who had the customer last, if that is not too long ago. Nobody is given a chat who is not there:
// it waits until he, or another one, takes it.
func (d *decision) seek() {
	m, within := &d.c.Memory, d.p.Desk.Returning
	if within > 0 && m.HadAt != 0 && d.now.Sub(m.HadAt) <= within {
		d.do(Seek{Agent: m.HadBy.ID})
	}
}

// agentAbout brings a chat that waits to the agent who had the customer last, and who is about.
func (d *decision) agentAbout() {
	m, agent := &d.c.Memory, d.agent()
	if !d.current() || d.c.Mode != models.ModeWaiting || m.Called != "" || agent.ID != m.HadBy.ID {
		return
	}
	m.Called = agent.ID
	d.do(Remark{Text: "you had this customer last. Can you take this chat?", Mention: agent.ID, Take: true})
}

// remind says that nobody has taken the chat: first of all to who had the customer last, if he is still here.
func (d *decision) remind() {
	called := d.c.Memory.Called
	if called == "" || d.absent(called) {
		d.do(Remark{Text: "Nobody has taken this chat yet.", Broadcast: true})
		return
	}
	d.do(Remark{Text: "nobody has taken this chat yet. You had this customer last: can you?", Mention: called, Broadcast: true})
}

// call tells one person of the chat, unless he is away.
func (d *decision) call(person string) {
	if d.absent(person) {
		d.do(Remark{Text: "Whoever is on call is away, so nobody was told by a direct message."})
		return
	}
	d.do(Page{To: person, Key: PageCall})
}
