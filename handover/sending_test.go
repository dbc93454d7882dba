package handover_test

import (
	"testing"
	"time"

	"patchbay/handover"
	"patchbay/models"
)

// Ensure that a reply waits where the policy says so, and for its writer's consent where it says that.
func TestDecide_agentConfirms(t *testing.T) {
	const agent, wait, bot = models.ModeAgent, models.ModeWaiting, models.ModeBot
	confirm := func(p *handover.Policy) { p.Desk.Confirm = true }
	undo := func(p *handover.Policy) { p.Undo = 5 * time.Second }
	both := func(p *handover.Policy) { confirm(p); undo(p) }
	told := func(c *models.Conversation) { c.Memory.Shown = []string{"U1"} }
	done := func(kind models.EventType, change ...func(*models.Event)) models.Event {
		return by(ana, kind, append([]func(*models.Event){func(e *models.Event) {
			e.Message, e.Ref, e.Content = "a1", "p1", &models.Content{Text: "Hello"}
		}}, change...)...)
	}
	nothing := func(e *models.Event) { e.Message = "" }
	written := func(change ...func(*models.Event)) models.Event {
		return done(models.AgentReplied, change...)
	}
	mention := func(e *models.Event) { e.Note, e.Mention = true, true }
	check(t, []row{
		{name: "held back, told how", c: held(), e: written(), p: confirm, mode: agent, want: []string{"record a1 agent held", "whisper U1 h1 confirm a1"}},
		{name: "held back, knows how", c: held(told), e: written(), p: confirm, mode: agent, want: []string{"record a1 agent held"}},
		{name: "waiting: held back, and claims nothing", c: waiting(told), e: written(), p: confirm, mode: wait, want: []string{"record a1 agent held"}},
		{name: "closed: asked as always", c: closed(), e: written(), p: confirm, mode: bot, want: []string{"record a1 agent held", "whisper U1 h1 closed a1"}},
		{name: "check mark", c: held(), e: done(models.AgentConfirmed), p: confirm, mode: agent, want: []string{"release a1"}},
		{name: "check mark: claims", c: waiting(), e: done(models.AgentConfirmed), p: confirm, mode: agent, epoch: 1, want: []string{"stop give_up", "claim U1", "release a1"}},
		{name: "check mark, twice", c: held(), e: done(models.AgentConfirmed, nothing), p: confirm, mode: agent},
		{name: "check mark, after the end", c: closed(), e: done(models.AgentConfirmed), p: confirm, mode: bot, want: []string{"whisper U1 h1 closed a1"}},
		{name: "Send now", c: held(), e: done(models.AgentSentNow), p: confirm, mode: agent, want: []string{"release a1", "whisper U1 h1 on_its_way a1 now"}},
		{name: "Send now, with undo", c: held(), e: done(models.AgentSentNow), p: both, mode: agent, want: []string{"release a1 in 5s", "whisper U1 h1 undo a1 now"}},
		{name: "undo", c: held(), e: written(), p: undo, mode: agent, want: []string{"record a1 agent said", "send a1 in 5s", "whisper U1 h1 undo a1 now"}},
		{name: "undo: not written in the thread", c: held(), e: written(func(e *models.Event) { e.Ref = "" }), p: undo, mode: agent, want: []string{"record a1 agent said", "send a1"}},
		{name: "a note by a mention", c: held(), e: written(mention), p: both, mode: agent, want: []string{"record a1 agent note", "whisper U1 h1 mention a1"}},
		{name: "Send anyway", c: held(), e: done(models.AgentSentNote), mode: agent, want: []string{"release a1", "whisper U1 h1 on_its_way a1 now"}},
		{name: "Send anyway: claims", c: waiting(), e: done(models.AgentSentNote), p: confirm, mode: agent, epoch: 1, want: []string{"stop give_up", "claim U1", "release a1", "whisper U1 h1 on_its_way a1 now"}},
		{name: "Send anyway, after the end", c: closed(), e: done(models.AgentSentNote), mode: bot, want: []string{"whisper U1 h1 closed a1"}},
		{name: "Cancel", c: held(), e: done(models.AgentCanceled), mode: agent, want: []string{"cancel a1 U1"}, then: func(t *testing.T, c models.Conversation) {
			if c.Memory.Speaker != "" {
				t.Errorf("Speaker = %q: the customer does not know who spoke", c.Memory.Speaker)
			}
		}},
		{name: "Cancel, twice", c: held(), e: done(models.AgentCanceled, nothing), mode: agent},
		{name: "Send a correction", c: held(), e: done(models.AgentCorrected), mode: agent, want: []string{"correct a1", "whisper U1 h1 on_its_way a1 now"}},
		{name: "Send a correction, twice", c: held(), e: done(models.AgentCorrected, nothing), mode: agent},
		{name: "Retry", c: held(), e: done(models.AgentRetried), mode: agent, want: []string{"resend a1", "whisper U1 h1 on_its_way a1 now"}},
		{name: "Send as text", c: closed(), e: done(models.AgentPlain), mode: bot, want: []string{"resend a1 plain", "whisper U1 h1 on_its_way a1 now"}},
		{name: "Retry, twice", c: held(), e: done(models.AgentRetried, nothing), mode: agent},
	})
}

// Ensure that a reply waits where the platform cannot take it back, unless the config says otherwise.
func TestUndoWait(t *testing.T) {
	tests := []struct {
		name    string
		p       handover.DeskPolicy
		deletes bool
		want    time.Duration
	}{
		{"says nothing, the platform deletes", handover.DeskPolicy{}, true, 0},
		{"says nothing, it does not", handover.DeskPolicy{}, false, 5 * time.Second},
		{"with consent", handover.DeskPolicy{Confirm: true}, false, 0},
		{"named", handover.DeskPolicy{Undo: 8 * time.Second, Confirm: true}, true, 8 * time.Second},
		{"none", handover.DeskPolicy{Undo: -1}, false, 0},
	}
	for _, tt := range tests {
		if got := tt.p.UndoWait(tt.deletes); got != tt.want {
			t.Errorf("%s: UndoWait(%v) = %v, want %v", tt.name, tt.deletes, got, tt.want)
		}
	}
}
