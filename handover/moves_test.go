package handover_test

import (
	"slices"
	"strings"

	"pgregory.net/rapid"

	"patchbay/handover"
	"patchbay/models"
)

// move is a change of mode.
type move struct{ from, to models.Mode }

// movers are the events that may make a move.
func movers() map[move][]models.EventType {
	return map[move][]models.EventType{
		{models.ModeBot, models.ModeWaiting}: {
			models.CustomerWrote, models.CustomerPressed, models.CustomerEdited, models.BotAnswered, models.BotFailed, models.BotBack,
			models.BotGone,
		},
		{models.ModeBot, models.ModeAgent}: { // all but the first two keep a promise
			models.AgentTookOver, models.AgentTookChat, models.AgentReplied, models.AgentClaimed, models.AgentSentCanned, models.AgentSentReply, models.AgentConfirmed, models.AgentSentNow,
			models.AgentSentNote, models.AgentSentTemplate, models.AgentInsisted, models.AgentPassed, models.AgentSentIt,
		},
		{models.ModeWaiting, models.ModeAgent}: {
			models.AgentReplied, models.AgentClaimed, models.AgentTookOver, models.AgentPassed, models.AgentInsisted, models.AgentSeized,
			models.AgentSentCanned, models.AgentSentReply, models.AgentSentNote, models.AgentSentTemplate, models.AgentConfirmed, models.AgentSentNow, models.AgentSentIt, models.AgentTookChat,
		},
		{models.ModeWaiting, models.ModeWaiting}: {models.AgentPassed},
		{models.ModeWaiting, models.ModeBot}:     {models.AgentResolved, models.CustomerWrote, models.CustomerPressed, models.TimerRang},
		{models.ModeAgent, models.ModeAgent}:     {models.AgentClaimed, models.AgentPassed, models.AgentSeized},
		{models.ModeAgent, models.ModeBot}:       {models.AgentResolved, models.TimerRang},
		{models.ModeAgent, models.ModeWaiting}:   {models.TimerRang, models.AgentPassed, models.AgentStepped},
	}
}

// moves: the chat goes only where the event may bring it, by who may bring it there.
func (w *world) moves(t *rapid.T, before models.Conversation, e models.Event, effects []handover.Effect) {
	if before.Epoch == w.c.Epoch {
		return
	}
	m := move{before.Mode, w.c.Mode}
	if !slices.Contains(movers()[m], e.Type) {
		t.Fatalf("%s brings the chat from %s to %s", e.Type, m.from, m.to)
	}
	byAgent := slices.Contains([]models.EventType{
		models.AgentReplied, models.AgentSentCanned, models.AgentSentReply, models.AgentSentTemplate, models.AgentClaimed, models.AgentResolved,
	}, e.Type)
	if byAgent && e.Handover != before.Handover {
		t.Fatalf("%s in %s moves a chat that is in %s", e.Type, e.Handover, before.Handover)
	}
	has := e.Agent
	if e.Target != nil {
		has = e.Target
	}
	if w.c.Mode == models.ModeAgent && w.c.Holder != *has {
		t.Fatalf("%+v acts, and %+v has the chat", *e.Agent, w.c.Holder)
	}
	if m.from == models.ModeBot && m.to == models.ModeAgent && e.Type != models.AgentTookOver && e.Type != models.AgentTookChat && before.Memory.Promised != e.Handover {
		t.Fatalf("%s takes a chat from the bot in which no answer is owed", e.Type)
	}
	if m.from == models.ModeWaiting && m.to == models.ModeBot && e.Type != models.AgentResolved && !w.p.HasBot {
		t.Fatalf("%s brings the customer to a bot that is none", e.Type)
	}
	byCustomer := e.Type == models.CustomerWrote || e.Type == models.CustomerPressed
	if m.to == models.ModeWaiting && byCustomer && e.Signals.Small && w.p.HasBot {
		t.Fatal("thanks hand over")
	}
	// Who was promised an answer already, while there was no bot, reads nothing new; nor who read that before, and nothing since.
	ending := before.Memory.Told == "gave_up" || strings.HasPrefix(before.Memory.Told, "resolved ")
	same := (isShut(w.p, before, w.now) || before.Memory.Joining || ending) && before.Memory.Told == w.c.Memory.Told
	unread := before.Memory.Told == "promise" || same
	if m.to == models.ModeBot && !unread && !slices.ContainsFunc(effects, func(f handover.Effect) bool { _, ok := f.(handover.Tell); return ok }) {
		t.Fatal("the customer is not told that the handover is over")
	}
}

// opensRightly: a thread is opened again when it ended a short time ago, and the customer reads why people come.
func (w *world) opensRightly(t *rapid.T, before models.Conversation, e models.Event, effects []handover.Effect) {
	var reason models.Reason
	again := false
	for _, effect := range effects {
		switch f := effect.(type) {
		case handover.Open:
			reason = f.Reason
		case handover.Reopen:
			if reason, again = f.Reason, true; f.Quiet {
				return
			}
		}
	}
	if reason.Cause == "" {
		return
	}
	if reason.Cause == models.CausePassed {
		if again {
			t.Fatalf("a chat that was passed on opens %s again", before.Handover)
		}
		return
	}
	last, known := w.handovers[before.Handover]
	young := known && before.Memory.Resolved != 0 && w.now.Sub(before.Memory.Resolved) <= w.p.Reopen || owesIn(before)
	if again != young {
		t.Fatalf("opened again: %v; the last handover is %+v", again, last)
	}
	want := "handover"
	if reason.Cause.Broke() {
		want = "break"
	}
	if !w.p.Desk.Queue.Hours.Open(w.now.Time()) {
		want = "closed_hours"
	}
	if reason.Cause == models.CauseTakenOver {
		return
	}
	if w.screen != want {
		t.Fatalf("the customer reads %q, want %q because of %s", w.screen, want, reason.Cause)
	}
	for _, effect := range effects {
		if send, ok := effect.(handover.Send); ok && reason.Cause != models.CauseBotAsked {
			t.Fatalf("%s is sent, which is why the chat was handed over: %s", send.Message, reason.Cause)
		}
	}
	if e.Type == models.CustomerReacted {
		t.Fatal("a reaction hands over")
	}
}

// wordsCount: a reply is sent where its thread is the chat's, a late answer is shown, and we know what was said last.
func (w *world) wordsCount(t *rapid.T, before models.Conversation, e models.Event, effects []handover.Effect) {
	if w.c.Memory.Told != w.screen {
		t.Fatalf("Told = %q, and the customer read %q last", w.c.Memory.Told, w.screen)
	}
	switch e.Type {
	case models.AgentReplied:
		if e.Note || e.Canned == models.CannedUnknown || e.Canned == models.CannedBare {
			return
		}
		current := e.Handover == before.Handover
		intime := current && before.Mode == models.ModeBot && before.Memory.Resolved != 0 && e.Sent <= before.Memory.Resolved
		sent := w.message(t, e.Message).Kind == models.Said
		if w.p.Desk.Confirm && e.Again == "" {
			if sent {
				t.Fatalf("a reply is sent without its writer's consent")
			}
			return
		}
		if isShut(w.p, before, w.now) {
			if sent {
				t.Fatal("a reply is sent after the end of the reply window")
			}
			return
		}
		locked := w.p.Desk.Lock == handover.LockOwner && before.Mode == models.ModeAgent && before.Holder.ID != e.Agent.ID
		if want := current && (before.Mode != models.ModeBot && !locked || owesIn(before)) || intime; sent != want {
			t.Fatalf("a reply in %s of a chat in %s/%s is sent: %v, want %v", e.Handover, before.Mode, before.Handover, sent, want)
		}
		if sent && w.c.Mode == models.ModeWaiting {
			t.Fatal("who replied does not have the chat")
		}
	case models.BotAnswered:
		if before.Mode == models.ModeBot && e.Epoch == before.Epoch {
			return
		}
		for _, id := range e.Answer.IDs {
			if m := w.message(t, id); m.Kind != models.Draft || m.Handover != w.c.Handover {
				t.Fatalf("a late answer is %+v, want a draft in %s", m, w.c.Handover)
			}
		}
	default:
	}
}
