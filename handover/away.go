package handover

import (
	"fmt"
	"slices"

	"patchbay/models"
)

// NoticeAway returns what an agent is told who goes away and has so many chats.
func NoticeAway(held int) Notice {
	if held == 0 {
		return Notice{Text: "You are away. Chats are not brought to you until you are back.", Choices: []Choice{{Title: "I am back", Kind: Back}}}
	}
	text := fmt.Sprintf("You are away. You have %d chats: what shall become of them?", held)
	if held == 1 {
		text = "You are away. You have 1 chat: what shall become of it?"
	}
	return Notice{Text: text, Choices: []Choice{
		{Title: "Pass all to the team", Kind: PassedAll}, {Title: "Leave them", Kind: KeptAll}, {Title: "I am back", Kind: Back},
	}}
}

// NoticeBack returns what an agent is told who comes back: how many chats wait, and in how many an answer is owed.
func NoticeBack(waiting, owed int) Notice {
	text := "You are back. Nobody waits."
	switch {
	case waiting == 1:
		text = "You are back. 1 chat waits."
	case waiting > 1:
		text = fmt.Sprintf("You are back. %d chats wait.", waiting)
	}
	switch {
	case owed > 0 && waiting > 0:
		text += fmt.Sprintf(" In %d more an answer is owed.", owed)
	case owed == 1:
		text += " In 1 chat an answer is owed."
	case owed > 1:
		text += fmt.Sprintf(" In %d chats an answer is owed.", owed)
	}
	return Notice{Text: text}
}

// NoticePassedAll returns what an agent is told who gave so many chats to the team.
func NoticePassedAll(held int) Notice {
	text := fmt.Sprintf("Your %d chats wait for the team, who are told.", held)
	switch held {
	case 0:
		text = "You have no chats."
	case 1:
		text = "Your chat waits for the team, who are told."
	}
	return Notice{Text: text}
}

// NoticeKeptAll returns what an agent is told who leaves his chats where they are.
func NoticeKeptAll() Notice {
	return Notice{Text: "They stay yours. When a customer writes in one, its thread is told that you are away."}
}

// agentStepped gives a chat back to its team, because who has it is going away. The team is told of all his chats in one post.
func (d *decision) agentStepped() {
	agent := d.agent()
	if !d.current() || d.c.Mode != models.ModeAgent || d.c.Holder.ID != agent.ID {
		return // it is not his any more
	}
	d.do(Remark{Text: "gave this chat back to the team. Anyone can take it.", Mention: agent.ID})
	d.turn(models.ModeWaiting)
	d.do(Offer{}, Set{Timer: models.TimerGiveUp, Due: d.now.Add(d.p.GiveUp)})
	d.c.Memory.WaitSince, d.c.Memory.TierAt = d.now, d.now // he is told one thing at a time
	d.ladder()
	d.passed(models.Person{})
}

// absent reports whether an agent is away.
func (d *decision) absent(person string) bool { return slices.Contains(d.e.Absent, person) }

// uncover tells the thread, once, that who has the chat is away while the customer waits for an answer.
func (d *decision) uncover() {
	m := &d.c.Memory
	if d.c.Mode != models.ModeAgent || m.Uncovered || !d.absent(d.c.Holder.ID) {
		return
	}
	m.Uncovered = true
	d.do(Remark{Text: agentNamed(d.c.Holder) + " has this chat and is away. Anyone can take it.", Broadcast: true, Take: true})
}
