package handover

import "patchbay/models"

// heardCustomer notes that the customer wrote to the agent who has his chat: now the agent has to answer. Thanks need no
// answer.
func (d *decision) heardCustomer() {
	if d.c.Mode != models.ModeAgent {
		return
	}
	d.unsilence()
	if d.e.Signals.Small && d.c.Memory.QuietSince == 0 {
		d.silence()
		return
	}
	d.expect()
}

// expect begins to count the time in which the agent who has the chat answers.
func (d *decision) expect() {
	m := &d.c.Memory
	if d.p.Desk.Queue.QuietAgent <= 0 || m.QuietSince != 0 || m.Nudges > 0 {
		return
	}
	m.QuietSince = d.now
	d.do(Set{Timer: models.TimerQuiet, Due: d.due(d.p.Desk.Queue.QuietAgent)})
}

// answered notes that an agent answered: now the customer may.
func (d *decision) answered() {
	d.unexpect()
	d.unsilence()
	d.silence()
}

func (d *decision) unexpect() {
	m := &d.c.Memory
	if m.QuietSince != 0 {
		d.do(Stop{Timer: models.TimerQuiet})
	}
	m.QuietSince, m.Nudges = 0, 0
}

// quiet reminds an agent who does not answer: by a mention in the thread, then in a message of his own, and at last the
// chat is offered to all again, if the config says so.
func (d *decision) quiet() {
	m, p := &d.c.Memory, d.p.Desk.Queue
	if d.c.Mode != models.ModeAgent || m.QuietSince == 0 || !d.over(models.TimerQuiet, m.QuietSince, p.QuietAgent) {
		return
	}
	m.QuietSince = 0
	if p.QuietAgent <= 0 {
		return // not wanted any more
	}
	if d.absent(d.c.Holder.ID) {
		if p.QuietOffer {
			d.offer() // nobody is there to be reminded
			return
		}
		d.uncover()
		return
	}
	m.Nudges++
	switch m.Nudges {
	case 1:
		d.do(Remark{Text: "the customer is waiting for your answer.", Mention: d.c.Holder.ID})
	case 2:
		d.do(Page{To: d.c.Holder.ID, Key: PageQuiet})
	default:
		d.offer()
		return
	}
	if m.Nudges < 2 || p.QuietOffer {
		m.QuietSince = d.now
		d.do(Set{Timer: models.TimerQuiet, Due: d.due(p.QuietAgent)})
	}
}

// offer takes the chat from an agent who does not answer, for whoever has time.
func (d *decision) offer() {
	left := d.c.Holder
	remark := Remark{Text: "did not answer, so everybody can take this chat again.", Mention: left.ID, Broadcast: true}
	if d.absent(left.ID) {
		remark.Text, remark.Mention = agentNamed(left)+" is away, so everybody can take this chat again.", ""
	}
	d.do(remark)
	d.turn(models.ModeWaiting)
	d.do(Offer{}, Set{Timer: models.TimerGiveUp, Due: d.now.Add(d.p.GiveUp)})
	d.c.Memory.WaitSince, d.c.Memory.TierAt = d.now, d.now
	d.ladder()
	d.tell("left", map[string]string{"agent": left.Name})
}

// silence begins to count the time in which the customer writes.
func (d *decision) silence() {
	if d.c.Mode == models.ModeAgent && d.p.Desk.Queue.QuietCustomer > 0 {
		d.c.Memory.SilentSince = d.now
		d.do(Set{Timer: models.TimerSilent, Due: d.now.Add(d.p.Desk.Queue.QuietCustomer)})
	}
}

func (d *decision) unsilence() {
	m := &d.c.Memory
	if m.SilentSince != 0 {
		d.do(Stop{Timer: models.TimerSilent})
	}
	m.SilentSince, m.AskedMore = 0, false
}

// silent asks a customer who does not write whether there is more, once, and then closes the chat.
func (d *decision) silent() {
	m, p := &d.c.Memory, d.p.Desk.Queue
	if d.c.Mode != models.ModeAgent || m.SilentSince == 0 {
		return
	}
	given := p.QuietCustomer
	if m.AskedMore {
		given = p.CloseAfter
	}
	if missing := given - d.now.Sub(m.SilentSince); missing > 0 { // he wrote since this was timed
		d.do(Set{Timer: models.TimerSilent, Due: d.now.Add(missing)})
		return
	}
	m.SilentSince = 0
	if given <= 0 {
		return // not wanted any more
	}
	if m.AskedMore {
		d.do(Remark{Text: "The customer did not write any more. This chat is closed."})
		d.close(models.HandoverQuiet, d.now)
		d.tell("closed_quiet", nil)
		return
	}
	m.AskedMore = true
	if p.CloseAfter > 0 {
		m.SilentSince = d.now
		d.do(Set{Timer: models.TimerSilent, Due: d.now.Add(p.CloseAfter)})
	}
	d.do(Remark{Text: "The customer was asked whether there is more."})
	d.tell("still_there", nil)
}

// calm forgets what was counted and timed of who had the chat.
func (d *decision) calm() {
	d.unexpect()
	d.unsilence()
}
