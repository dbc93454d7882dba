package handover

import "patchbay/models"

// agentWithdrew decides on Make it a note, for any message of a thread. What waits becomes a note, and nothing of it goes
// out; of what the customer has, the agent is told that it is too late.
func (d *decision) agentWithdrew() {
	switch {
	case d.notHis():
	case d.e.Kind == models.Held:
		d.unshelve(d.e.Message)
		d.do(Keep{Message: d.e.Message})
		d.reply(NoticeKept)
	case d.e.Kind == models.Note:
		d.reply(NoticeIsNote)
	case d.across():
		d.reply(NoticeTooLate)
	default:
		d.c.Memory.Speaker = "" // what it said of who speaks the customer does not read
		d.do(Withdraw{Message: d.e.Message, Agent: d.agent().ID})
	}
}

// agentSentIt decides on Send it, for any message of a thread: a note goes to the customer, and so does a reply that was held
// back, as if it were written now.
func (d *decision) agentSentIt() {
	switch {
	case d.notHis():
	case d.e.Kind == models.Said && d.e.Delivery == models.Failed:
		d.reply(NoticeFailed)
	case d.e.Kind == models.Said:
		d.reply(NoticeIsSent)
	case d.e.Kind != models.Held && d.e.Kind != models.Note:
		d.reply(NoticeRewrite)
	case d.waitsForCustomer():
		d.reply(NoticeShelved)
	default:
		d.agentReplied()
	}
}

// across reports whether the customer has the message that the event is about.
func (d *decision) across() bool {
	switch d.e.Delivery {
	case models.Sent, models.Delivered, models.Read:
		return true
	case models.Queued, models.Failed:
	}
	return false
}

// notHis tells who used a shortcut on something else than a message of his own, and reports whether it is so.
func (d *decision) notHis() bool {
	switch {
	case d.e.Message == "":
		d.reply(NoticeNoMessage)
	case !d.e.Own:
		d.reply(NoticeNotYour)
	default:
		return false
	}
	return true
}

// reply tells the agent at once what came of his click.
func (d *decision) reply(notice NoticeKey) {
	d.do(Whisper{Agent: d.agent().ID, Notice: notice, Handover: d.e.Handover, Message: d.e.Message, Now: true})
}
