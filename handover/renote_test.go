package handover_test

import (
	"testing"
	"time"

	"patchbay/handover"
	"patchbay/models"
)

// Ensure that an agent makes a note of what the customer has not got, sends what is a note, and is told where neither works.
func TestDecide_renotes(t *testing.T) {
	const agent, wait, bot = models.ModeAgent, models.ModeWaiting, models.ModeBot
	on := func(what models.EventType, kind models.MessageKind, state models.Delivery, change ...func(*models.Event)) models.Event {
		return by(ana, what, append([]func(*models.Event){func(e *models.Event) {
			e.Message, e.Ref, e.Content, e.Kind, e.Delivery, e.Own = "a1", "p1", &models.Content{Text: "Hello"}, kind, state, true
		}}, change...)...)
	}
	noteOf := func(kind models.MessageKind, state models.Delivery, change ...func(*models.Event)) models.Event {
		return on(models.AgentWithdrew, kind, state, change...)
	}
	send := func(kind models.MessageKind, state models.Delivery, change ...func(*models.Event)) models.Event {
		return on(models.AgentSentIt, kind, state, change...)
	}
	others := func(e *models.Event) { e.Own = false }
	nothing := func(e *models.Event) { e.Message, e.Own = "", false }
	undo := func(p *handover.Policy) { p.Undo = 5 * time.Second }
	locked := func(p *handover.Policy) { p.Desk.Lock = handover.LockOwner }
	bens := func(c *models.Conversation) { c.Holder = ben }
	shut := func(c *models.Conversation) {
		c.Memory.Shut, c.Memory.Shelved = true, []models.Shelved{{Message: "a1", Handover: "h1", Agent: ana}}
	}
	check(t, []row{
		{name: "note: waits", c: held(), e: noteOf(models.Said, models.Queued), mode: agent, want: []string{"withdraw a1 U1"}},
		{name: "note: failed", c: held(), e: noteOf(models.Said, models.Failed), mode: agent, want: []string{"withdraw a1 U1"}},
		{name: "note: held back", c: held(), e: noteOf(models.Held, ""), mode: agent, want: []string{"keep a1", "whisper U1 h1 kept a1 now"}},
		{name: "note: waits for the customer", c: held(shut), e: noteOf(models.Held, ""), mode: agent, want: []string{"keep a1", "whisper U1 h1 kept a1 now"},
			then: func(t *testing.T, c models.Conversation) {
				if len(c.Memory.Shelved) > 0 {
					t.Errorf("Shelved = %v: it would go out", c.Memory.Shelved)
				}
			}},
		{name: "note: across", c: held(), e: noteOf(models.Said, models.Sent), mode: agent, want: []string{"whisper U1 h1 too_late a1 now"}},
		{name: "note: read, in a closed chat", c: closed(), e: noteOf(models.Said, models.Read), mode: bot, want: []string{"whisper U1 h1 too_late a1 now"}},
		{name: "note: of a note", c: held(), e: noteOf(models.Note, ""), mode: agent, want: []string{"whisper U1 h1 is_note a1 now"}},
		{name: "note: a colleague's", c: held(), e: noteOf(models.Said, models.Queued, others), mode: agent, want: []string{"whisper U1 h1 not_your a1 now"}},
		{name: "note: no agent's", c: held(), e: noteOf("", "", nothing), mode: agent, want: []string{"whisper U1 h1 no_message now"}},
		{name: "send", c: held(), e: send(models.Note, ""), mode: agent, want: []string{"release a1", "whisper U1 h1 on_its_way a1 now"}},
		{name: "send: can be taken back", c: held(), e: send(models.Note, ""), p: undo, mode: agent, want: []string{"release a1 in 5s", "whisper U1 h1 undo a1 now"}},
		{name: "send: held back", c: held(), e: send(models.Held, ""), mode: agent, want: []string{"release a1", "whisper U1 h1 on_its_way a1 now"}},
		{name: "send: claims", c: waiting(), e: send(models.Note, ""), mode: agent, epoch: 1, want: []string{"stop give_up", "claim U1", "release a1", "whisper U1 h1 on_its_way a1 now"}},
		{name: "send: in a chat that is locked", c: held(bens), e: send(models.Note, ""), p: locked, mode: agent, want: []string{"whisper U1 h1 locked a1"}},
		{name: "send: in a closed chat", c: closed(), e: send(models.Note, ""), mode: bot, want: []string{"whisper U1 h1 closed a1"}},
		{name: "send: in a thread of the past", c: waiting(func(c *models.Conversation) { c.Handover = "h2" }), e: send(models.Note, ""), mode: wait, want: []string{"whisper U1 h1 moved a1"}},
		{name: "send: waits for the customer", c: held(shut), e: send(models.Held, ""), mode: agent, want: []string{"whisper U1 h1 shelved a1 now"}},
		{name: "send: is sent", c: held(), e: send(models.Said, models.Read), mode: agent, want: []string{"whisper U1 h1 is_sent a1 now"}},
		{name: "send: failed", c: held(), e: send(models.Said, models.Failed), mode: agent, want: []string{"whisper U1 h1 failed a1 now"}},
		{name: "send: taken back", c: held(), e: send("", ""), mode: agent, want: []string{"whisper U1 h1 rewrite a1 now"}},
		{name: "send: a colleague's", c: held(), e: send(models.Note, "", others), mode: agent, want: []string{"whisper U1 h1 not_your a1 now"}},
		{name: "send: no agent's", c: held(), e: send("", "", nothing), mode: agent, want: []string{"whisper U1 h1 no_message now"}},
		{name: "send: to who is blocked", c: closed(muted), e: send(models.Note, ""), mode: bot, want: []string{"whisper U1 h1 muted a1"}},
		{name: "edited, with the sign that it was sent with", c: held(), e: on(models.AgentEdited, models.Said, "", func(e *models.Event) { e.Note, e.Signed = true, true }),
			mode: agent, want: []string{"rewrite a1 content", "amend a1"}},
		{name: "edited, and signed now", c: held(), e: on(models.AgentEdited, models.Said, "", func(e *models.Event) { e.Note = true }),
			mode: agent, want: []string{"rewrite a1 deleted", "amend a1 deleted"}},
	})
}
