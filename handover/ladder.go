package handover

import (
	"time"

	"patchbay/models"
)

// ladder begins to count the time to the next rung. A ladder is climbed where there is a thread for agents to see.
func (d *decision) ladder() {
	m := &d.c.Memory
	if d.c.Mode != models.ModeWaiting || !m.Opened || m.RungSince != 0 || m.Rung >= len(d.p.Desk.Queue.Ladder) {
		return
	}
	m.RungSince = d.now
	d.do(Set{Timer: models.TimerRung, Due: d.due(d.step())})
}

// step returns how long after the rung before it the next one is climbed.
func (d *decision) step() time.Duration {
	rungs, n := d.p.Desk.Queue.Ladder, d.c.Memory.Rung
	if n == 0 {
		return rungs[0].After
	}
	return rungs[n].After - rungs[n-1].After
}

// unladder stops to count: the thread is gone, and nobody could see the chat.
func (d *decision) unladder() {
	if d.c.Memory.RungSince != 0 {
		d.c.Memory.RungSince = 0
		d.do(Stop{Timer: models.TimerRung})
	}
}

// due returns when the desk will have been open for some time from now on: at least a moment from now.
func (d *decision) due(after time.Duration) models.Stamp {
	return max(models.StampOf(d.p.Desk.Queue.Hours.Add(d.now.Time(), after)), d.now+1)
}

// over reports whether agents had as much time as they are given since an instant. What is not in their hours does not
// count, nor does what they were without the desk. If some is missing, or the desk is closed just now, the timer is set
// again.
func (d *decision) over(timer models.Timer, since models.Stamp, given time.Duration) bool {
	h := d.p.Desk.Queue.Hours
	missing := given - h.Between(since.Time(), d.now.Time())
	for _, s := range d.e.Down {
		missing += h.Between(max(s.From, since).Time(), min(s.To, d.now).Time())
	}
	if missing <= 0 && h.Open(d.now.Time()) {
		return true
	}
	d.do(Set{Timer: timer, Due: d.due(missing)})
	return false
}

// rung climbs the next rung of the ladder.
func (d *decision) rung() {
	m := &d.c.Memory
	if d.c.Mode != models.ModeWaiting || m.RungSince == 0 {
		return
	}
	if m.Rung >= len(d.p.Desk.Queue.Ladder) {
		m.RungSince = 0 // the ladder became shorter
		return
	}
	if !d.over(models.TimerRung, m.RungSince, d.step()) {
		return
	}
	m.RungSince = 0
	r := d.p.Desk.Queue.Ladder[m.Rung]
	m.Rung++
	switch r.Do {
	case RungRemind:
		d.remind()
	case RungGroup:
		d.do(Remark{Text: "nobody has taken this chat yet. Can one of you?", Mention: r.To})
	case RungChannel:
		d.do(Page{To: r.To, Key: PageChannel})
	case RungDM:
		d.call(r.To)
	case RungPromise:
		d.promise("Nobody took this chat in time, so the customer was promised an answer. Take it or reply to keep the promise.", "promise")
		return
	}
	if d.now.Sub(m.TierAt) >= placeEvery { // he was not told something just now
		d.tell("still_waiting", nil)
	}
	d.ladder()
}

// promise ends a wait: the customer is told that he will get an answer, which stays owed until somebody takes the chat or
// resolves it. The bot has the chat meanwhile; where there is none, the customer goes on waiting.
func (d *decision) promise(remark, text string) {
	d.do(Remark{Text: remark})
	if !d.p.HasBot {
		d.unladder()
		d.c.Memory.Promised = d.c.Handover
		d.do(Refresh{})
		d.tell(text, nil)
		return
	}
	d.close(models.HandoverPromised, d.now)
	d.c.Memory.Promised = d.c.Handover
	d.tell(text, nil)
}

// owes reports whether the event is about a handover in which an answer is owed while the bot has the chat.
func (d *decision) owes() bool {
	return d.c.Mode == models.ModeBot && d.c.Memory.Promised != "" && d.c.Memory.Promised == d.e.Handover && d.current()
}

// keep takes a chat in which an answer is owed from the bot, for an agent who keeps the promise.
func (d *decision) keep(agent models.Person) {
	d.c.Memory.Resolved = 0
	d.do(Reopen{Handover: d.c.Handover, Reason: models.Reason{Cause: models.CauseTakenOver}, Quiet: true})
	d.hold(agent)
}

// excuse ends a promise without an answer, as an agent says that none is needed.
func (d *decision) excuse() {
	agent := d.agent()
	d.c.Memory.Promised, d.c.Memory.Resolved = "", max(d.now, 1)
	if d.c.Memory.Returned != nil { // the bot was not told yet
		d.c.Memory.Returned = &models.Returned{Ended: string(models.HandoverResolved), Handover: d.c.Handover, Agent: agent.Name}
	}
	d.do(Remark{Text: "resolved this chat. No answer is owed any more.", Mention: agent.ID}, Close{State: models.HandoverResolved, Agent: agent})
	d.tell("resolved", map[string]string{"agent": agent.Name})
}
