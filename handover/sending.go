package handover

import (
	"slices"

	"patchbay/models"
)

// confirmed reports whether the event lets a recorded reply go.
func (d *decision) confirmed() bool {
	switch d.e.Type {
	case models.AgentConfirmed, models.AgentSentNow, models.AgentSentNote, models.AgentSentIt:
		return true
	default:
	}
	return false
}

// agentConfirmed decides on an agent's consent to a reply of his that was held back, or that was taken for a note. It is
// as if he had written it now. After the first time the reply is none of these any more, so a second one names no message.
func (d *decision) agentConfirmed() {
	if d.e.Message != "" && !d.waitsForCustomer() {
		d.agentReplied()
	}
}

// awaitConsent holds a reply back until its writer lets it go. How, he is told once.
func (d *decision) awaitConsent(m models.Message) {
	m.Kind = models.Held
	d.do(Record{Message: m})
	if slices.Contains(d.c.Memory.Shown, m.Person.ID) {
		return
	}
	d.c.Memory.Shown = append(d.c.Memory.Shown, m.Person.ID)
	if len(d.c.Memory.Shown) > shownMost {
		d.c.Memory.Shown = d.c.Memory.Shown[1:]
	}
	d.do(Whisper{Agent: m.Person.ID, Notice: NoticeConfirm, Handover: d.e.Handover, Message: m.ID})
}

// shownMost is how many agents of one chat are remembered to know how a reply is let go.
const shownMost = 20

// record puts a message into the transcript, unless the event is about one that is there.
func (d *decision) record(m models.Message) {
	if !d.confirmed() {
		d.do(Record{Message: m})
	}
}

// title returns the bold first line of an agent's message: his name, when he was not the last to speak.
func (d *decision) title(agent models.Person, speaker string) string {
	if d.c.Memory.Speaker == speaker {
		return ""
	}
	return agent.Name
}

// send sends an agent's reply. Where it waits, he can take it back; a reply that he let go by a button is answered there.
func (d *decision) send(m models.Message) {
	wait := d.p.Undo
	if m.Post == "" {
		wait = 0 // not written in the thread: he has looked at it
	}
	if d.confirmed() {
		d.unshelve(m.ID)
		d.do(Release{Message: m.ID, Title: m.Title, Wait: wait})
	} else {
		d.do(Record{Message: m}, Send{Message: m.ID, Wait: wait})
	}
	told := Whisper{Agent: m.Person.ID, Notice: NoticeOnItsWay, Handover: d.e.Handover, Message: m.ID, Now: true}
	switch {
	case wait > 0:
		told.Notice = NoticeUndo
		d.do(told)
	case d.e.Type != models.AgentConfirmed && d.confirmed():
		d.do(told)
	}
}

// agentCanceled decides on the button Cancel. Whether it came in time shows where the reply is sent. What the reply said of
// who speaks is not known to the customer.
func (d *decision) agentCanceled() {
	if d.e.Message == "" {
		return
	}
	if d.unshelve(d.e.Message) {
		d.do(Rewrite{Message: d.e.Message, Deleted: true},
			Whisper{Agent: d.agent().ID, Notice: NoticeCanceled, Handover: d.e.Handover, Message: d.e.Message, Now: true})
		return
	}
	d.c.Memory.Speaker = ""
	d.do(Cancel{Message: d.e.Message, Agent: d.agent().ID})
}

// agentCorrected decides on the button Send a correction. It names no message when that was done already.
func (d *decision) agentCorrected() {
	if d.e.Message == "" {
		return
	}
	d.joined() // the customer hears of an agent by this
	agent := d.agent()
	speaker := "agent:" + agent.ID
	f := Correct{Message: d.e.Message, Title: d.title(agent, speaker)}
	d.c.Memory.Speaker, d.c.Memory.Told = speaker, ""
	if d.c.Mode == models.ModeBot {
		d.c.Memory.Speaker = "" // nobody has the chat: whoever speaks next is named
	}
	d.do(f, Whisper{Agent: agent.ID, Notice: NoticeOnItsWay, Handover: d.e.Handover, Message: d.e.Message, Now: true})
}

// agentRetried decides on the buttons under a reply that failed. It names no message when that is on its way again.
func (d *decision) agentRetried() {
	if d.e.Message == "" {
		return
	}
	d.joined() // as with a correction
	d.c.Memory.Told = ""
	d.do(
		Resend{Message: d.e.Message, Plain: d.e.Type == models.AgentPlain},
		Whisper{Agent: d.agent().ID, Notice: NoticeOnItsWay, Handover: d.e.Handover, Message: d.e.Message, Now: true},
	)
}

// askAfterFailure asks the writer of a reply that failed what to do, privately.
func (d *decision) askAfterFailure() {
	notice, part := NoticeFailed, 0
	if f := d.e.Failure; f != nil {
		part = f.Part
		if f.Plain {
			notice = NoticeFailedText
		}
	}
	if agent := d.agent().ID; agent != "" {
		d.do(Whisper{Agent: agent, Notice: notice, Handover: d.e.Handover, Message: d.e.Message, Part: part})
	}
}
