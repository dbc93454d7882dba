package handover_test

import (
	"testing"

	"patchbay/models"
)

// Ensure that an agent takes a chat over from the bot with a thread of its own, that one who waits is his, and that one that a
// colleague has stays with the colleague.
func TestDecide_takeChat(t *testing.T) {
	takes := models.Event{Type: models.AgentTookChat, At: now, Sent: now, Agent: &ana}
	opening := func(want bool) func(*testing.T, models.Conversation) {
		return func(t *testing.T, c models.Conversation) {
			if c.Memory.Opening != want || c.Mode == models.ModeAgent && c.Holder != ana {
				t.Errorf("Opening = %v with %+v, want %v with Ana", c.Memory.Opening, c.Holder, want)
			}
		}
	}
	check(t, []row{
		{name: "the bot has it", c: inBot(), e: takes, mode: models.ModeAgent, epoch: 1, then: opening(true), want: []string{
			"open: taken_over", "claim U1", "set give_up +10m0s", `remark U1 "took this chat over from the bot."`, "set joined +5s",
		}},
		{name: "it waits", c: waiting(), e: takes, mode: models.ModeAgent, epoch: 1, then: opening(false), want: []string{
			"stop give_up", "claim U1", `remark U1 "has this chat."`, "set joined +5s",
		}},
		{name: "he has it", c: held(), e: takes, mode: models.ModeAgent},
		{name: "a colleague has it", c: held(), e: models.Event{Type: models.AgentTookChat, At: now, Sent: now, Agent: &ben}, mode: models.ModeAgent},
		{name: "an answer is owed", c: closed(owed), e: takes, mode: models.ModeAgent, epoch: 1, then: promisedTo(""), want: []string{
			"reopen quietly h1: taken_over", "claim U1", `remark U1 "has this chat, and keeps the promise."`, "set joined +5s",
		}},
		{name: "no bot", c: inBot(), p: noBot, e: takes, mode: models.ModeAgent, epoch: 1, then: opening(true), want: []string{
			"open: taken_over", "claim U1", "set give_up +10m0s", `remark U1 "has this chat."`, "set joined +5s",
		}},
		{name: "blocked", c: closed(muted), e: takes, mode: models.ModeBot, want: []string{"whisper U1 h1 muted"}},
	})
}
