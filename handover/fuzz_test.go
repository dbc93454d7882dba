package handover_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"patchbay/handover"
	"patchbay/models"
)

// eventTypes are all that can happen, and what is not known.
func eventTypes() []models.EventType {
	return []models.EventType{
		models.CustomerWrote, models.CustomerPressed, models.CustomerEdited, models.CustomerDeleted, models.CustomerReacted, models.CustomerBlocked,
		models.CustomerUnblocked, models.CustomerElsewhere, models.CustomerMoved, models.AgentReplied, models.AgentEdited, models.AgentDeleted,
		models.AgentClaimed, models.AgentResolved, models.AgentTookOver, models.AgentTookChat, models.AgentLeft, models.AgentRefused, models.AgentReacted, models.AgentSentReply, models.BotAnswered, models.BotFailed,
		models.SendFailed, models.SendDelayed, models.SendRead, models.ThreadOpened, models.ThreadLost, models.TimerRang, models.ChannelOff,
		models.ChannelOn, models.BotBack, models.BotGone, models.QueueMoved, models.FileLost, "tea.made",
	}
}

// input is all that a decision is taken from.
type input struct {
	C   models.Conversation
	E   models.Event
	P   handover.Policy
	Now models.Stamp
}

// decide fails for a decision that is not one: that changes its input, differs the second time, or leaves the modes.
func decide(t *testing.T, in input) {
	t.Helper()
	was := dump(in)
	got, effects := handover.Decide(in.C, in.E, in.P, in.Now)
	if again, same := handover.Decide(in.C, in.E, in.P, in.Now); !reflect.DeepEqual(got, again) || !reflect.DeepEqual(effects, same) {
		t.Errorf("Decide(%s) gives something else the second time", was)
	}
	if dump(in) != was {
		t.Errorf("Decide changes %s to %s", was, dump(in))
	}
	switch got.Mode {
	case models.ModeBot, models.ModeWaiting, models.ModeAgent, in.C.Mode:
	default:
		t.Errorf("Decide(%s).Mode = %q", was, got.Mode)
	}
	if grown := got.Epoch - in.C.Epoch; grown != 0 && grown != 1 {
		t.Errorf("Decide(%s) adds %d to the epoch, want 0 or 1", was, grown)
	}
	for _, effect := range effects {
		if effect == nil {
			t.Errorf("Decide(%s) = %v, with nothing for an effect", was, effects)
		}
	}
}

// Ensure that an event may lack anything that it can, in every mode, with and without a bot.
func TestDecide_missing(t *testing.T) {
	parts := []func(*models.Event){
		func(e *models.Event) { e.Content = &models.Content{Text: "Where is it?"} },
		func(e *models.Event) { e.Contact = &models.Contact{ID: "7"} },
		func(e *models.Event) { e.Agent = &models.Person{ID: "U1", Name: "Ana"} },
		func(e *models.Event) { e.Answer = &models.Answer{Messages: texts("On its way."), Fallback: true} },
		func(e *models.Event) { e.Failure = &models.Failure{Cause: models.CauseError} },
		func(e *models.Event) { e.Message, e.Kind = "m1", models.Said },
		func(e *models.Event) {
			e.Handover, e.Epoch, e.Timer, e.Tier = "h1", 4, models.TimerGiveUp, models.TierNext
		},
	}
	for _, c := range []models.Conversation{{}, inBot(), closed(), waiting(), waiting(unopened), held(), held(joining), inBot(owing("m1", "m2"))} {
		for _, kind := range eventTypes() {
			for set := range 1 << len(parts) {
				e := models.Event{Type: kind}
				for i, part := range parts {
					if set&(1<<i) != 0 {
						part(&e)
					}
				}
				decide(t, input{C: c, E: e, P: handover.DefaultPolicy(), Now: now})
				decide(t, input{C: c, E: e, Now: now})
			}
		}
	}
}

// FuzzDecide feeds decisions that no other part of the program would ask for.
func FuzzDecide(f *testing.F) {
	for _, kind := range eventTypes() {
		for _, c := range []models.Conversation{inBot(), waiting(), held()} {
			e := by(ana, kind, func(e *models.Event) { e.Epoch, e.Message, e.Content = 4, "m1", &models.Content{Text: "Where is it?"} })
			f.Add([]byte(dump(input{C: c, E: e, P: handover.DefaultPolicy(), Now: now})))
		}
	}
	f.Add([]byte(dump(input{C: inBot(), E: answered(models.Answer{Messages: texts("")}), P: handover.DefaultPolicy()})))
	f.Add([]byte(dump(input{C: closed(), E: failed(models.CauseStale), P: handover.DefaultPolicy()})))
	f.Add([]byte(dump(input{C: inBot(owing("m1", "m2")), E: missed("i1"), P: handover.DefaultPolicy(), Now: now})))
	f.Add([]byte(dump(input{C: inBot(owing("m1")), E: models.Event{Type: models.BotBack}, P: handover.Policy{HasBot: true, Stale: time.Minute}, Now: now})))
	f.Fuzz(func(t *testing.T, body []byte) {
		var in input
		if json.Unmarshal(body, &in) != nil {
			t.Skip()
		}
		decide(t, in)
	})
}
