package handover_test

import (
	"testing"

	"patchbay/handover"
	"patchbay/models"
)

// rings is a timer of the tables' epoch.
func rings(timer models.Timer, change ...func(*models.Event)) models.Event {
	e := models.Event{Type: models.TimerRang, At: now, Timer: timer, Epoch: 4}
	for _, fn := range change {
		fn(&e)
	}
	return e
}

// thread is what the desk tells of the thread of a handover.
func thread(kind models.EventType, h string) models.Event {
	return models.Event{Type: kind, At: now, Handover: h, Thread: "C1:1.1"}
}

func isOpen(want bool) func(*testing.T, models.Conversation) {
	return func(t *testing.T, c models.Conversation) {
		if c.Memory.Opened != want {
			t.Errorf("Opened = %v, want %v", c.Memory.Opened, want)
		}
	}
}

// Ensure that the wait for a thread ends, that it ends in no other case, and that nobody is sent to a bot that is none.
func TestDecide_givesUp(t *testing.T) {
	ring := rings(models.TimerGiveUp)
	gaveUp := func(t *testing.T, c models.Conversation) {
		if r := c.Memory.Returned; c.Memory.Resolved != 0 || r == nil || r.Ended != "gave_up" || c.Handover != "h1" {
			t.Errorf("Memory = %+v, want h1 given up and nothing to reopen", c.Memory)
		}
	}
	promised := func(c *models.Conversation) { c.Memory.Told = "promise" }
	again := []string{"alert gave_up", "set give_up +10m0s"}
	check(t, []row{
		{name: "waiting without a thread", c: waiting(unopened), e: ring, mode: models.ModeBot, epoch: 1, want: []string{"alert gave_up", "close gave_up", "stop give_up", "tell gave_up"}, then: gaveUp},
		{name: "waiting in a thread", c: waiting(), e: ring, mode: models.ModeWaiting},
		{name: "of an earlier epoch", c: waiting(unopened), e: rings(models.TimerGiveUp, late), mode: models.ModeWaiting},
		{name: "agent", c: held(unopened), e: ring, mode: models.ModeAgent},
		{name: "bot", c: closed(unopened), e: ring, mode: models.ModeBot},
		{name: "no bot: the wait goes on", c: waiting(unopened), e: ring, p: noBot, mode: models.ModeWaiting, want: append(again, "tell promise")},
		{name: "no bot: promised already", c: waiting(unopened, promised), e: ring, p: noBot, mode: models.ModeWaiting, want: again},
		{name: "a timer that is not known", c: waiting(unopened), e: rings("tea"), mode: models.ModeWaiting},
	})
}

// Ensure that the wait is timed while there is no thread: after its root was deleted too, and never by another's thread.
func TestDecide_threadOpens(t *testing.T) {
	opened, lost := thread(models.ThreadOpened, "h1"), thread(models.ThreadLost, "h1")
	check(t, []row{
		{name: "waiting: opens", c: waiting(unopened), e: opened, mode: models.ModeWaiting, want: []string{"stop give_up"}, then: isOpen(true)},
		{name: "waiting: opens twice", c: waiting(), e: opened, mode: models.ModeWaiting, then: isOpen(true)},
		{name: "waiting: a thread of the past opens late", c: waiting(unopened), e: thread(models.ThreadOpened, "h0"), mode: models.ModeWaiting, then: isOpen(false)},
		{name: "waiting: is lost", c: waiting(), e: lost, mode: models.ModeWaiting, want: []string{"set give_up +10m0s"}, then: isOpen(false)},
		{name: "waiting: a thread of the past is lost", c: waiting(), e: thread(models.ThreadLost, "h0"), mode: models.ModeWaiting, then: isOpen(true)},
		{name: "agent: opens after a click on its card", c: held(unopened), e: opened, mode: models.ModeAgent, then: isOpen(true)},
		{name: "agent: is lost", c: held(), e: lost, mode: models.ModeAgent, then: isOpen(false)},
		{name: "bot: opens after it was given up", c: closed(unopened), e: opened, mode: models.ModeBot, then: isOpen(true)},
		{name: "bot: is lost", c: closed(), e: lost, mode: models.ModeBot, then: isOpen(false)},
	})
}

// Ensure that the customer is told who joined, but not where the reply came first, and of each one.
func TestDecide_joins(t *testing.T) {
	ring := rings(models.TimerJoined)
	told := func(text string) func(*models.Conversation) {
		return func(c *models.Conversation) { c.Memory.Told = text }
	}
	check(t, []row{
		{name: "not replied yet", c: held(joining), e: ring, mode: models.ModeAgent, want: []string{"tell joined Ana"}, then: isJoining(false)},
		{name: "replied", c: held(), e: ring, mode: models.ModeAgent},
		{name: "of an earlier epoch", c: held(joining), e: rings(models.TimerJoined, late), mode: models.ModeAgent, then: isJoining(true)},
		{name: "after a colleague joined", c: held(joining, told("joined Ben")), e: ring, mode: models.ModeAgent, want: []string{"tell joined Ana"}},
		{name: "just told so", c: held(joining, told("joined Ana")), e: ring, mode: models.ModeAgent},
		{name: "waiting", c: waiting(joining), e: ring, mode: models.ModeWaiting},
		{name: "bot", c: closed(joining), e: ring, mode: models.ModeBot},
	})
}

// Ensure that a reason has words for agents, each its own.
func TestBecause(t *testing.T) {
	causes := []models.Cause{
		models.CauseAsked, models.CauseBotAsked, models.CauseNoBot, models.CauseTakenOver, models.CauseFallback, models.CauseConfidence,
		models.CauseEmpty, models.CauseError, models.CauseTimeout, models.CauseSameAnswer, models.CauseSameAsked, models.CauseStale, "",
	}
	seen := map[string]models.Cause{}
	for _, cause := range causes {
		text := handover.Because(models.Reason{Cause: cause})
		if other, twice := seen[text]; twice || text == "" {
			t.Errorf("Because(%q) = %q, like that of %q; want words of its own", cause, text, other)
		}
		seen[text] = cause
	}
	tests := []struct {
		r    models.Reason
		want string
	}{
		{models.Reason{Cause: models.CauseBotAsked, Told: "angry"}, "the bot handed over: angry"},
		{models.Reason{Cause: models.CauseConfidence, Confidence: new(0.256)}, "the bot was not sure of its answer (0.26)."},
	}
	for _, tt := range tests {
		if got := handover.Because(tt.r); got != tt.want {
			t.Errorf("Because(%+v) = %q, want %q", tt.r, got, tt.want)
		}
	}
}
