package handover_test

import (
	"testing"

	"patchbay/handover"
	"patchbay/models"
)

// Ensure that Take over and send reopens the thread for who clicked and sends the reply, once.
func TestDecide_agentTakesOver(t *testing.T) {
	take := func(agent models.Person, change ...func(*models.Event)) models.Event {
		change = append([]func(*models.Event){func(e *models.Event) { e.Message = "a1" }}, change...)
		return by(agent, models.AgentTookOver, change...)
	}
	again := func(e *models.Event) { e.Message = "" } // the reply is not held back any more
	bot, wait, agent := models.ModeBot, models.ModeWaiting, models.ModeAgent
	from := func(h string) []string {
		return []string{"reopen quietly " + h + ": taken_over", "claim U1", `remark U1 "took this chat over from the bot."`, "release a1"}
	}
	earlier := `remark U1 a1 "sent this from an earlier thread of the customer."`
	thread := func(want string) func(*testing.T, models.Conversation) {
		return func(t *testing.T, c models.Conversation) {
			if c.Handover != want || !c.Memory.Opened || c.Holder != ana || c.Memory.Speaker != "agent:U1" || c.Memory.Told != "" || c.Memory.Resolved != 0 {
				t.Errorf("Handover = %q, Holder %+v, Memory %+v; want %q, open, held by Ana who spoke last", c.Handover, c.Holder, c.Memory, want)
			}
		}
	}
	check(t, []row{
		{name: "bot", c: closed(), e: take(ana), mode: agent, epoch: 1, want: from("h1"), then: thread("h1")},
		{name: "bot: a thread of the past", c: closed(), e: take(ana, in("h0")), mode: agent, epoch: 1, want: from("h0"), then: thread("h0")},
		{name: "bot: where the last thread never opened", c: closed(unopened), e: take(ana, in("h0")), mode: agent, epoch: 1, want: from("h0"), then: thread("h0")},
		{name: "no bot", c: closed(), e: take(ana), p: noBot, mode: agent, epoch: 1, want: []string{"reopen quietly h1: taken_over", "claim U1", `remark U1 "has this chat again."`, "release a1"}},
		{name: "waiting: in its thread", c: waiting(), e: take(ana), mode: agent, epoch: 1, want: []string{"stop give_up", "claim U1", "release a1"}, then: thread("h1")},
		{name: "waiting: a thread of the past", c: waiting(), e: take(ana, in("h0")), mode: agent, epoch: 1, want: []string{"stop give_up", "claim U1", earlier, "release a1"}, then: thread("h1")},
		{name: "agent: in its thread", c: held(), e: take(ben), mode: agent, want: []string{"release a1", "whisper U1 h1 intruder a1"}, then: holds(ana)},
		{name: "locked: in its thread", c: held(), p: locked, e: take(ben), mode: agent, want: []string{"whisper U2 h1 locked a1"}, then: holds(ana)},
		{name: "locked: who has it", c: held(), p: locked, e: take(ana), mode: agent, want: []string{"release a1"}, then: holds(ana)},
		{name: "agent: a thread of the past", c: held(), e: take(ana, in("h0")), mode: agent, want: []string{earlier, "release a1"}, then: holds(ana)},
		{name: "agent: before the notice that somebody joined", c: held(joining), e: take(ana, in("h0")), mode: agent, want: []string{earlier, "stop joined", "release a1"}, then: isJoining(false)},
		{name: "bot: with a file", c: closed(), e: take(ana, file), mode: agent, epoch: 1, want: append(from("h1"), files)},
		{name: "bot: a second click", c: closed(), e: take(ana, again), mode: bot},
		{name: "agent: a second click", c: held(), e: take(ana, again), mode: agent},
		{name: "bot: Leave it", c: closed(), e: by(ana, models.AgentLeft), mode: bot},
		{name: "waiting: Leave it", c: waiting(), e: by(ana, models.AgentLeft, in("h0")), mode: wait},
	})
}

// Ensure that who is no agent is told so, and that nothing of it reaches the customer.
func TestDecide_agentIsNone(t *testing.T) {
	refused := func(why string) models.Event {
		return by(ben, models.AgentRefused, func(e *models.Event) { e.Refusal = why })
	}
	check(t, []row{
		{name: "guest", c: held(), e: refused("guest"), mode: models.ModeAgent, want: []string{"whisper U2 h1 guest"}},
		{name: "stranger", c: waiting(), e: refused("stranger"), mode: models.ModeWaiting, want: []string{"whisper U2 h1 stranger"}},
		{name: "app", c: closed(), e: refused("app"), mode: models.ModeBot, want: []string{"whisper U2 h1 app"}},
	})
}

// Ensure that an agent's edit follows to the customer, that a note never does, and that a reply made a note is taken back.
func TestDecide_agentChanges(t *testing.T) {
	edit := func(was models.MessageKind, change ...func(*models.Event)) models.Event {
		return by(ana, models.AgentEdited, append([]func(*models.Event){func(e *models.Event) {
			e.Message, e.Kind, e.Content = "a1", was, &models.Content{Text: "Hello!"}
		}}, change...)...)
	}
	remove := func(was models.MessageKind) models.Event {
		e := edit(was)
		e.Type, e.Content = models.AgentDeleted, nil
		return e
	}
	unknown := func(e *models.Event) { e.Message = "" }
	back := []string{"rewrite a1 deleted", "amend a1 deleted"}
	agent := models.ModeAgent
	check(t, []row{
		{name: "a reply", c: held(), e: edit(models.Said), mode: agent, want: []string{"rewrite a1 content", "amend a1"}},
		{name: "a reply, after the end", c: closed(), e: edit(models.Said), mode: models.ModeBot, want: []string{"rewrite a1 content", "amend a1"}},
		{name: "a reply that is held back", c: closed(), e: edit(models.Held), mode: models.ModeBot, want: []string{"rewrite a1 content", "amend a1"}},
		{name: "a reply into a note", c: held(), e: edit(models.Said, note), mode: agent, want: back},
		{name: "a reply that is held back into a note", c: closed(), e: edit(models.Held, note), mode: models.ModeBot, want: back},
		{name: "a note", c: held(), e: edit(models.Note, note), mode: agent, want: []string{"rewrite a1 content"}},
		{name: "a note into a reply", c: held(), e: edit(models.Note), mode: agent, want: []string{"rewrite a1 content", "whisper U1 h1 still_note a1"}},
		{name: "a reply is deleted", c: held(), e: remove(models.Said), mode: agent, want: back},
		{name: "a reply is deleted, after the end", c: closed(), e: remove(models.Said), mode: models.ModeBot, want: back},
		{name: "what is not known", c: held(), e: edit("", unknown), mode: agent},
	})
}

// Ensure that a line that is late or lost is told at the line, in the thread that it came from, in every mode.
func TestDecide_sendFails(t *testing.T) {
	trouble := func(kind models.EventType, change ...func(*models.Event)) models.Event {
		return by(ana, kind, append([]func(*models.Event){func(e *models.Event) {
			e.Message, e.Handover, e.Failure = "a1", "h0", &models.Failure{Text: "The customer blocked the bot."}
		}}, change...)...)
	}
	lost := []string{`remark h0 U1 a1 "Not delivered. The customer blocked the bot."`, "whisper U1 h0 failed a1"}
	check(t, []row{
		{name: "bot: lost", c: closed(), e: trouble(models.SendFailed), mode: models.ModeBot, want: lost},
		{name: "waiting: lost", c: waiting(), e: trouble(models.SendFailed), mode: models.ModeWaiting, want: lost},
		{name: "agent: lost", c: held(), e: trouble(models.SendFailed), mode: models.ModeAgent, want: lost},
		{name: "agent: late", c: held(), e: trouble(models.SendDelayed), mode: models.ModeAgent, want: []string{`remark h0 U1 a1 "Not delivered yet; still trying. The customer blocked the bot."`}},
		{name: "agent: lost for no known reason", c: held(), e: trouble(models.SendFailed, func(e *models.Event) { e.Failure = nil }), mode: models.ModeAgent, want: []string{`remark h0 U1 a1 "Not delivered."`, "whisper U1 h0 failed a1"}},
		{name: "agent: lost for what it looks like", c: held(), e: trouble(models.SendFailed, func(e *models.Event) { e.Failure.Plain = true }), mode: models.ModeAgent, want: []string{lost[0], "whisper U1 h0 failed_text a1"}},
		{name: "the bot's line", c: inBot(), e: trouble(models.SendFailed, in("")), mode: models.ModeBot},
		{name: "a receipt", c: held(), e: models.Event{Type: models.SendRead, Message: "a1"}, mode: models.ModeAgent},
	})
}

// Ensure that every notice that is whispered has words, and that only a reply that is held back has choices.
func TestNoticeFor(t *testing.T) {
	choices := map[handover.NoticeKey]bool{handover.NoticeClosed: true, handover.NoticeMoved: true}
	for _, key := range []handover.NoticeKey{
		handover.NoticeClosed, handover.NoticeMoved, handover.NoticeOver, handover.NoticeNewer, handover.NoticeGuest, handover.NoticeStranger,
		handover.NoticeApp, handover.NoticeStrayed, handover.NoticeNoEdit, handover.NoticeNoDelete, handover.NoticeStillNote,
		handover.NoticeFiles, handover.NoticeForgotten,
	} {
		n := handover.NoticeFor(key)
		if n.Text == "" || (len(n.Choices) == 2) != choices[key] {
			t.Errorf("NoticeFor(%q) = %+v, want words, and two choices: %v", key, n, choices[key])
		}
	}
	if n := handover.NoticeFor("nothing"); n.Text != "" {
		t.Errorf("NoticeFor(nothing) = %q, want none", n.Text)
	}
}
