package handover

import (
	"slices"

	"patchbay/models"
)

// owedMost is how many messages of one chat are asked again after an outage.
const owedMost = 20

// wait keeps what the bot was not there to answer until it is back. The customer is told once an outage.
func (d *decision) wait() {
	m := &d.c.Memory
	at := d.e.AskedAt
	if at == 0 {
		at = d.e.At
	}
	owed := slices.DeleteFunc(slices.Clone(m.Owed), func(o models.Owed) bool { return slices.Contains(d.e.Asked, o.Message) })
	for _, id := range d.e.Asked {
		owed = append(owed, models.Owed{Message: id, At: at})
	}
	m.Owed = owed[max(0, len(owed)-owedMost):]
	if len(m.Owed) == 0 {
		return
	}
	if m.OwedSince == 0 {
		m.OwedSince = d.now
	}
	d.do(Wait{Since: m.OwedSince, At: at})
	if m.Outage != d.e.Outage {
		m.Outage = d.e.Outage
		d.tell("outage", nil)
	}
}

// settle ends the wait for the bot, if there is one: somebody answers, or did.
func (d *decision) settle() {
	if len(d.c.Memory.Owed) > 0 {
		d.do(Unwait{})
	}
	d.c.Memory.Owed, d.c.Memory.OwedSince = nil, 0
}

// forget takes a message that the customer deleted from those that wait.
func (d *decision) forget(id string) {
	left := slices.DeleteFunc(slices.Clone(d.c.Memory.Owed), func(o models.Owed) bool { return o.Message == id })
	if len(left) == 0 {
		d.settle()
	}
	d.c.Memory.Owed = left
}

// botBack asks again what waits; it waits until it is answered. What is too old by now is not answered out of the blue, and
// waits for people; the bot reads it in the history.
func (d *decision) botBack() {
	if d.c.Mode != models.ModeBot || len(d.c.Memory.Owed) == 0 {
		return
	}
	if !d.p.HasBot {
		d.open(models.Reason{Cause: models.CauseNoBot, Asked: d.question()})
		return
	}
	for _, o := range d.c.Memory.Owed {
		if d.p.Stale == 0 || d.now.Sub(o.At) <= d.p.Stale {
			d.do(Ask{Message: o.Message, Again: true})
		}
	}
}

// botGone gives people what waits. e.Content is what the customer asked.
func (d *decision) botGone() {
	if d.c.Mode == models.ModeBot && len(d.c.Memory.Owed) > 0 {
		d.open(models.Reason{Cause: models.CauseOutage, Asked: d.question()})
	}
}
