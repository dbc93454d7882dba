package handover_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"patchbay/models"
)

// TestDecide_queueWalks is TestDecide_walks where people are asked for at once, threads open, and time goes by until
// something is due: deep into ladders, promises and quiet chats.
func TestDecide_queueWalks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		acts := map[string]func(*rapid.T){
			"customer asks":    w.customerAsks,
			"customer writes":  w.customerWrites,
			"bot is asked":     w.botIsAsked,
			"bot answers":      w.botAnswers,
			"agent replies":    w.agentReplies,
			"agent clicks":     w.agentClicks,
			"agent decides":    w.agentDecides,
			"agent passes":     w.agentPasses,
			"agent notes":      w.agentNotes,
			"customer rates":   w.customerRates,
			"thread opens":     w.threadOpens,
			"threads open":     w.threadOpens,
			"thread is lost":   w.threadIsLost,
			"timer rings":      w.timerRings,
			"time goes by":     w.timePasses,
			"time flies":       w.timeFlies,
			"time goes on":     w.timeFlies,
			"line moves":       w.lineMoves,
			"config changes":   w.configChanges,
			"customer changes": w.customerDoes,
			"agent goes":       w.agentComesAndGoes,
			"agent steps back": w.agentStepsBack,
			"agent is about":   w.agentIsAbout,
		}
		names := slices.Sorted(maps.Keys(acts))
		w.begin(t)
		for range rapid.IntRange(10, 80).Draw(t, "steps") {
			w.now = w.now.Add(rapid.SampledFrom([]time.Duration{time.Second, time.Second, 30 * time.Second, 3 * time.Minute}).Draw(t, "wait"))
			acts[rapid.SampledFrom(names).Draw(t, "act")](t)
		}
	})
}

// begin brings the chat to where the walk begins.
func (w *world) begin(t *rapid.T) {
	steps := []func(*rapid.T){w.customerAsks, w.threadOpens, w.agentReplies, w.timeFlies, w.agentClicks}
	for _, step := range steps[:rapid.IntRange(0, len(steps)).Draw(t, "begin")] {
		step(t)
	}
}

// timeFlies lets time go by until the chat has nothing timed any more, or for a while.
func (w *world) timeFlies(t *rapid.T) {
	for range 4 {
		w.timePasses(t)
	}
}

func (w *world) customerAsks(t *rapid.T) {
	if w.c.Mode == models.ModeBot {
		w.happen(t, models.Event{
			Type: models.CustomerWrote, Message: w.id("m"), Content: &models.Content{Text: "A human!"}, Signals: models.Signals{Asks: true},
		})
	}
}

// timePasses lets time go by until the next timer is due, and rings it.
func (w *world) timePasses(t *rapid.T) {
	for _, kind := range slices.Sorted(maps.Keys(w.alarms)) {
		if due := w.alarms[kind].Due; kind != models.TimerGiveUp || len(w.alarms) == 1 {
			w.now = max(w.now, due)
			break
		}
	}
	if len(w.alarms) > 0 {
		w.timerRings(t)
	}
}
