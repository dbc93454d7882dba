package handover

import "patchbay/models"

// agentTookChat decides on Take over, for a chat that an agent found. Between the look and the click it may have gone to
// people: one that waits is his, and one that a colleague has stays with the colleague.
func (d *decision) agentTookChat() {
	agent := d.agent()
	d.e.Handover = d.c.Handover
	switch {
	case d.c.Mode == models.ModeAgent:
	case d.c.Mode == models.ModeWaiting, d.owes():
		d.agentClaimed()
	default:
		d.takeChat(agent)
	}
}

// takeChat opens a thread for a chat that nobody but the bot has, and gives it to an agent.
func (d *decision) takeChat(agent models.Person) {
	reason := models.Reason{Cause: models.CauseTakenOver, Told: agent.Name}
	again := d.reopens()
	if again {
		d.do(Reopen{Handover: d.c.Handover, Reason: reason, Quiet: true})
	} else {
		d.c.Memory.Opened = false
		place, team, because := d.route(reason)
		d.do(Open{Reason: reason, Place: place, Team: team, Because: because})
	}
	d.c.Memory.Resolved = 0
	d.hold(agent)
	// He has to write where there is a thread. If none can be opened, the bot has the chat again.
	if !again {
		d.c.Memory.Opening = true
		d.do(Set{Timer: models.TimerGiveUp, Due: d.now.Add(d.p.GiveUp)})
	}
	text := "has this chat."
	if d.p.HasBot {
		text = "took this chat over from the bot."
	}
	d.claimed(agent, text)
}
