package handover_test

import (
	"testing"
	"time"

	"patchbay/handover"
	"patchbay/models"
)

// Ensure that a reply that the platform does not take any more waits until the customer writes, and that who has the chat
// is warned before.
func TestDecide_replyWindow(t *testing.T) {
	const agent, wait, bot = models.ModeAgent, models.ModeWaiting, models.ModeBot
	day := func(p *handover.Policy) { p.Window = 24 * time.Hour }
	heard := func(ago time.Duration) func(*models.Conversation) {
		return func(c *models.Conversation) { c.LastInbound = now.Add(-ago) }
	}
	over := heard(24 * time.Hour)
	shelf := func(ids ...string) func(*models.Conversation) {
		return func(c *models.Conversation) {
			for _, id := range ids {
				c.Memory.Shelved = append(c.Memory.Shelved, models.Shelved{Message: id, Handover: "h1", Agent: ana})
			}
		}
	}
	watched := func(c *models.Conversation) { c.Memory.Watched = true }
	about := func(e *models.Event) { e.Message, e.Ref = "a1", "post1" }
	tooLate := by(ana, models.SendFailed, about, func(e *models.Event) {
		e.Sent, e.Failure = now.Add(-time.Minute), &models.Failure{Kind: "window_closed", Text: "Too late."}
	})
	ring := models.Event{Type: models.TimerRang, Timer: models.TimerWindow, Epoch: 4}
	const go1 = `remark h1 U1 a1 "the customer wrote, so your reply that was held back goes out now."`
	const go2 = `remark h1 U1 a1 "the customer wrote, so your 2 replies that were held back go out now."`
	waits := func(want ...string) func(*testing.T, models.Conversation) {
		return func(t *testing.T, c models.Conversation) {
			if got := shelfOf(c); len(got) != len(want) || len(got) > 0 && got[len(got)-1] != want[len(want)-1] {
				t.Errorf("%q wait for the customer, want %q", got, want)
			}
		}
	}
	check(t, []row{
		{name: "in time", c: held(heard(24*time.Hour - 1)), e: by(ana, models.AgentReplied), p: day, mode: agent, want: []string{"record a1 agent said", "send a1"}},
		{name: "no window", c: held(heard(9000 * time.Hour)), e: by(ana, models.AgentReplied), mode: agent, want: []string{"record a1 agent said", "send a1"}},
		{name: "over", c: held(over), e: by(ana, models.AgentReplied), p: day, mode: agent, want: []string{"record a1 agent held", "whisper U1 h1 shelved a1"}, then: waits("a1")},
		{name: "over: claims all the same", c: waiting(over), e: by(ana, models.AgentReplied), p: day, mode: agent, epoch: 1, want: []string{"stop give_up", "claim U1", "record a1 agent held", "whisper U1 h1 shelved a1"}},
		{name: "over: a note", c: held(over), e: by(ana, models.AgentReplied, func(e *models.Event) { e.Note = true }), p: day, mode: agent, want: []string{"record a1 agent note"}},
		{name: "over: a note after all", c: held(over), e: by(ana, models.AgentSentNote, about), p: day, mode: agent, want: []string{"shelve a1", "whisper U1 h1 shelved a1"}, then: waits("a1")},
		{name: "over: a check mark on what waits", c: held(over, shelf("a1")), e: by(ana, models.AgentConfirmed, about), p: day, mode: agent, then: waits("a1")},
		{name: "over: taken over", c: closed(over), e: by(ana, models.AgentTookOver, about), p: day, mode: agent, epoch: 1, then: waits("a1"), want: []string{
			"reopen quietly h1: taken_over", "claim U1", `remark U1 "took this chat over from the bot."`, "shelve a1", "whisper U1 h1 shelved a1",
		}},
		{name: "the platform says so", c: held(heard(time.Hour)), e: tooLate, p: day, mode: agent, want: []string{"shelve a1", "whisper U1 h1 shelved a1"}, then: func(t *testing.T, c models.Conversation) {
			if waits("a1")(t, c); !c.Memory.Shut {
				t.Error("the next reply would be sent")
			}
		}},
		{name: "the platform says so of each part", c: held(over, shelf("a1")), e: tooLate, p: day, mode: agent, then: waits("a1")},
		{name: "the customer wrote meanwhile", c: held(heard(time.Second)), e: tooLate, p: day, mode: agent, want: []string{"shelve a1", "release a1"}, then: waits()},
		{name: "and it still is too late", c: held(heard(time.Second), func(c *models.Conversation) { c.Memory.Insisted = "a1" }), e: tooLate, p: day, mode: agent, want: []string{"shelve a1", "whisper U1 h1 shelved a1"}, then: waits("a1")},
		{name: "the customer writes", c: held(over, shelf("a1", "a2")), e: wrote("Yes", models.Signals{}), p: day, mode: agent, then: waits(), want: []string{
			"record m1 customer said", "release a1", "release a2", go2, "display m1", "set window +23h0m0s",
		}},
		{name: "the customer writes to the bot", c: closed(over, shelf("a1")), e: wrote("Yes", models.Signals{}), p: day, mode: bot, then: waits(), want: []string{
			"record m1 customer said", "release a1", go1, "ask m1",
		}},
		{name: "a thread that waits", c: waiting(over, shelf("a1")), e: wrote("Yes", models.Signals{}), p: day, mode: wait, want: []string{
			"record m1 customer said", "release a1", go1, "display m1",
		}},
		{name: "taken back", c: held(over, shelf("a1", "a2")), e: by(ana, models.AgentCanceled, about), p: day, mode: agent, then: waits("a2"), want: []string{
			"rewrite a1 deleted", "whisper U1 h1 canceled a1 now",
		}},
		{name: "deleted", c: held(over, shelf("a1")), e: by(ana, models.AgentDeleted, about, func(e *models.Event) { e.Kind = models.Held }), p: day, mode: agent, then: waits(), want: []string{
			"rewrite a1 deleted", "amend a1 deleted",
		}},
		{name: "claimed: timed", c: waiting(heard(time.Hour)), e: by(ana, models.AgentReplied), p: day, mode: agent, epoch: 1, want: []string{
			"stop give_up", "claim U1", "set window +22h0m0s", "record a1 agent said", "send a1",
		}},
		{name: "claimed late: not timed", c: waiting(heard(23 * time.Hour)), e: by(ana, models.AgentReplied), p: day, mode: agent, epoch: 1, want: []string{
			"stop give_up", "claim U1", "record a1 agent said", "send a1",
		}},
		{name: "warned", c: held(heard(23*time.Hour), watched), e: ring, p: day, mode: agent, want: []string{
			`remark U1 "60 minutes are left to reply: then the customer's app takes nothing more from us until they write again."`,
		}},
		{name: "warned late", c: held(heard(24*time.Hour-50*time.Second), watched), e: ring, p: day, mode: agent, want: []string{
			`remark U1 "a minute is left to reply: then the customer's app takes nothing more from us until they write again."`,
		}},
		{name: "too late for a warning", c: held(over, watched), e: ring, p: day, mode: agent},
		{name: "rung twice", c: held(heard(23 * time.Hour)), e: ring, p: day, mode: agent},
		{name: "a longer window by now", c: held(heard(23*time.Hour), watched), e: ring, p: func(p *handover.Policy) { p.Window = 48 * time.Hour }, mode: agent, want: []string{"set window +24h0m0s"}},
		{name: "no window by now", c: held(heard(23*time.Hour), watched), e: ring, mode: agent},
		{name: "resolved", c: held(heard(time.Hour), watched), e: by(ana, models.AgentResolved), p: day, mode: bot, epoch: 1, want: []string{
			`remark U1 "resolved this chat. The bot has it again."`, "close resolved U1", "stop window", "tell resolved Ana",
		}},
	})
}
