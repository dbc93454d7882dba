package handover

import (
	"strings"

	"patchbay/models"
)

// agentPassed decides on a chat that an agent gives to a person or to a team.
func (d *decision) agentPassed() {
	agent := d.agent()
	whisper := func(notice NoticeKey) { d.do(Whisper{Agent: agent.ID, Notice: notice, Handover: d.e.Handover}) }
	team := d.e.Values[FieldPassTeam]
	place, known := d.p.Desk.Teams[team]
	switch {
	case !d.current() && d.c.Mode != models.ModeBot:
		whisper(NoticeNewer)
	case d.owes() && d.e.Target == nil && known:
		d.passPromise(team, place)
	case d.c.Mode == models.ModeBot && !d.owes():
		whisper(NoticeOver)
	case d.e.Target != nil && d.c.Mode == models.ModeAgent && d.c.Holder.ID == d.e.Target.ID:
		whisper(NoticeHasIt)
	case d.e.Target != nil:
		d.passTo(*d.e.Target)
	case !known:
		whisper(NoticeNoTeam)
	default:
		d.passOn(team, place)
	}
}

// passTo gives the chat to a person, who has it from then on.
func (d *decision) passTo(to models.Person) {
	agent := d.agent()
	if d.owes() {
		d.keep(to)
	} else {
		d.hold(to)
	}
	text := "has this chat."
	if to.ID != agent.ID {
		text = "has this chat now; " + agentNamed(agent) + " passed it on."
	}
	d.do(Remark{Text: text, Mention: to.ID})
	d.noteOnPass()
	d.passed(to)
	d.expect()
}

// passOn gives the chat to a team: it waits in the team's place, in a new thread unless it is there already.
func (d *decision) passOn(team, place string) {
	agent := d.agent()
	owed := d.c.Memory.Promised != "" && d.c.Memory.Promised == d.c.Handover
	here := Remark{Text: "passed this chat on to " + team + ". Anyone can take it.", Mention: agent.ID, Broadcast: true}
	switch {
	case place == d.e.Place && d.c.Mode == models.ModeWaiting:
		d.do(Detail{Team: team}, here)
		d.noteOnPass()
		return
	case place == d.e.Place:
		d.turn(models.ModeWaiting)
		d.do(Offer{}, Detail{Team: team}, here)
		d.noteOnPass()
	default:
		d.do(Remark{Text: "passed this chat on to " + team + ". It goes on in a new thread there.", Mention: agent.ID})
		d.noteOnPass()
		d.do(Close{State: models.HandoverPassed, Agent: agent})
		d.turn(models.ModeWaiting)
		d.openThere(team, place, owed)
	}
	d.do(Set{Timer: models.TimerGiveUp, Due: d.now.Add(d.p.GiveUp)})
	d.c.Memory.WaitSince = d.now
	d.ladder()
	d.passed(models.Person{})
}

// passPromise gives a team a chat in which an answer is owed. The bot has the chat meanwhile, as before, and the promise is the
// team's to keep.
func (d *decision) passPromise(team, place string) {
	agent := d.agent()
	if place == d.e.Place {
		d.do(Detail{Team: team}, Remark{
			Text: "passed this chat on to " + team + ". An answer is still owed; anyone can take it.", Mention: agent.ID, Broadcast: true,
		})
		d.noteOnPass()
		return
	}
	d.do(Remark{Text: "passed this chat on to " + team + ", who owe the answer now. It goes on in a new thread there.", Mention: agent.ID})
	d.noteOnPass()
	d.do(Close{State: models.HandoverPassed, Agent: agent})
	d.openThere(team, place, true)
}

// openThere opens the new thread of a chat that was passed on.
func (d *decision) openThere(team, place string, owed bool) {
	d.c.Memory.Opened = false
	told := strings.TrimSpace(d.e.Values[FieldPassNote])
	d.do(Open{Place: place, Owed: owed, Reason: models.Reason{Cause: models.CausePassed, Team: team, Told: told}})
}

// noteOnPass keeps what the agent wrote for those who have the chat next.
func (d *decision) noteOnPass() {
	note := strings.TrimSpace(d.e.Values[FieldPassNote])
	if note == "" || d.e.Message == "" {
		return
	}
	d.do(Record{Message: models.Message{
		ID: d.e.Message, Handover: d.e.Handover, Author: models.ByAgent, Kind: models.Note, Person: d.agent(),
		Content: models.Content{Text: note}, At: d.e.At,
	}}, Display{Message: d.e.Message})
}

// passed tells a customer who was spoken to by somebody that another one comes.
func (d *decision) passed(to models.Person) {
	speaker := d.c.Memory.Speaker
	if strings.HasPrefix(speaker, "agent:") && speaker != "agent:"+to.ID {
		d.tell("passed", map[string]string{"agent": d.agent().Name})
	}
}

// agentNamed returns an agent's name in a line to colleagues.
func agentNamed(p models.Person) string {
	if p.Name == "" {
		return "a colleague"
	}
	return p.Name
}
