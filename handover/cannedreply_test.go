package handover_test

import (
	"testing"

	"patchbay/handover"
	"patchbay/models"
)

// Ensure that a canned reply from the form is an agent's reply like any other, and is refused where no post of his could be
// asked about.
func TestDecide_sentCanned(t *testing.T) {
	sent := func(agent models.Person, change ...func(*models.Event)) models.Event {
		words := func(e *models.Event) { e.Message, e.Content = "a1", &models.Content{Text: "Hello"} }
		return by(agent, models.AgentSentCanned, append([]func(*models.Event){words}, change...)...)
	}
	other := func(e *models.Event) { e.Handover = "h0" }
	empty := func(e *models.Event) { e.Content = &models.Content{} }
	confirm := func(p *handover.Policy) { p.Desk.Confirm = true }
	bot, agent := models.ModeBot, models.ModeAgent
	shown := append(append([]string{}, said1...), "display a1")
	check(t, []row{
		{name: "waiting: claims", c: waiting(), e: sent(ana), mode: agent, epoch: 1, want: append([]string{"stop give_up", "claim U1", `remark U1 "has this chat."`}, shown...), then: holds(ana)},
		{name: "who has it", c: held(), e: sent(ana), mode: agent, want: shown},
		{name: "looked at already", c: held(), p: confirm, e: sent(ana), mode: agent, want: shown},
		{name: "a colleague", c: held(), e: sent(ben), mode: agent, want: append(append([]string{}, shown...), "whisper U1 h1 intruder a1"), then: holds(ana)},
		{name: "locked", c: held(), p: locked, e: sent(ben), mode: agent, want: []string{"whisper U2 h1 not_yours"}, then: holds(ana)},
		{name: "closed", c: closed(), e: sent(ana), mode: bot, want: []string{"whisper U1 h1 not_now"}},
		{name: "an old thread", c: held(), e: sent(ana, other), mode: agent, want: []string{"whisper U1 h0 not_here"}},
		{name: "nothing", c: held(), e: sent(ana, empty), mode: agent},
	})
}

// Ensure that a name of a canned reply that there is not never reaches the customer, and that one that there is shows in the
// thread what was sent.
func TestDecide_shortForm(t *testing.T) {
	reply := func(c models.Canned) models.Event {
		return by(ana, models.AgentReplied, func(e *models.Event) { e.Canned = c })
	}
	edit := func(c models.Canned) models.Event {
		return by(ana, models.AgentEdited, func(e *models.Event) {
			e.Message, e.Kind, e.Content, e.Canned = "a1", models.Said, &models.Content{Text: "Bye"}, c
		})
	}
	agent := models.ModeAgent
	check(t, []row{
		{name: "found", c: held(), e: reply(models.CannedFound), mode: agent, want: append(append([]string{}, said1...), `remark h1 "The canned reply reads:\nHello"`)},
		{name: "unknown", c: held(), e: reply(models.CannedUnknown), mode: agent, want: []string{"record a1 agent note", "whisper U1 h1 no_reply a1"}},
		{name: "unknown claims nothing", c: waiting(), e: reply(models.CannedUnknown), mode: models.ModeWaiting, want: []string{"record a1 agent note", "whisper U1 h1 no_reply a1"}},
		{name: "bare", c: held(), e: reply(models.CannedBare), mode: agent, want: []string{"record a1 agent note", "whisper U1 h1 bare_reply a1"}},
		{name: "edited into one", c: held(), e: edit(models.CannedFound), mode: agent, want: []string{"rewrite a1 content", "amend a1", `remark h1 "The canned reply reads:\nBye"`}},
		{name: "edited into none", c: held(), e: edit(models.CannedUnknown), mode: agent, want: []string{"whisper U1 h1 no_reply_edit a1"}},
	})
}
