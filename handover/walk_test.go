package handover_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"patchbay/models"
)

// secret is what agents write in notes.
const secret = "between us"

// TestDecide_walks lets customers, agents, bot, desk and clock do anything that they can, in any order, and checks the
// laws after each step.
func TestDecide_walks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		acts := acts(w)
		names := slices.Sorted(maps.Keys(acts))
		for range rapid.IntRange(10, 120).Draw(t, "steps") {
			w.now = w.now.Add(rapid.SampledFrom([]time.Duration{
				time.Second, time.Second, 3 * time.Second, time.Minute, 5 * time.Minute, 11 * time.Minute, 25 * time.Hour,
			}).Draw(t, "wait"))
			acts[rapid.SampledFrom(names).Draw(t, "act")](t)
		}
	})
}

// acts are what can happen, by name. One that cannot happen now does nothing.
func acts(w *world) map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"customer writes":    w.customerWrites,
		"customer says":      w.customerWrites, // as often as all else together
		"customer talks":     w.customerWrites,
		"customer changes":   w.customerChanges,
		"customer does":      w.customerDoes,
		"bot is asked":       w.botIsAsked,
		"bot is asked on":    w.botIsAsked,
		"bot answers":        w.botAnswers,
		"bot speaks":         w.botAnswers,
		"agent replies":      w.agentReplies,
		"agent writes":       w.agentReplies,
		"agent clicks":       w.agentClicks,
		"agent decides":      w.agentDecides,
		"agent sends canned": w.agentSendsCanned,
		"agent reacts":       w.agentReacts,
		"agent mends":        w.agentMends,
		"agent sends templ.": w.agentSendsTemplate,
		"agent settles it":   w.agentSettlesTemplate,
		"agent lets go":      w.agentMends,
		"agent renotes":      w.agentRenotes,
		"agent blocks":       w.agentBlocks,
		"agent passes":       w.agentPasses,
		"agent takes chat":   w.agentTakesChat,
		"agent notes":        w.agentNotes,
		"customer rates":     w.customerRates,
		"agent changes":      w.agentChanges,
		"send fails":         w.sendFails,
		"file lost":          w.fileLost,
		"thread opens":       w.threadOpens,
		"thread is lost":     w.threadIsLost,
		"timer rings":        w.timerRings,
		"config changes":     w.configChanges,
		"bot goes":           w.botGoes,
		"bot comes":          w.botComes,
		"probe":              w.botProbed,
		"hand all over":      w.handAll,
		"line moves":         w.lineMoves,
		"time goes by":       w.timerRings,
		"agent comes, goes":  w.agentComesAndGoes,
		"agent steps back":   w.agentStepsBack,
		"agent is about":     w.agentIsAbout,
		"agent tags":         w.agentTags,
	}
}

func (w *world) customerWrites(t *rapid.T) {
	type line struct {
		text string
		s    models.Signals
	}
	said := rapid.SampledFrom([]line{
		{"Where is it?", models.Signals{}}, {"Where is it?", models.Signals{}}, {"And my bill?", models.Signals{}}, {"👍", models.Signals{Small: true}},
		{"A human!", models.Signals{Asks: true}}, {"/agent", models.Signals{Command: "/agent"}}, {"bot", models.Signals{Back: true}},
		{"/bot", models.Signals{Command: "/bot"}}, {"", models.Signals{}}, {"1", models.Signals{}}, {"2.", models.Signals{}}, {"3", models.Signals{}},
		{"Wait", models.Signals{Choice: models.ChoiceWait}}, {"Leave a message", models.Signals{Choice: models.ChoiceMessage}},
	}).Draw(t, "says")
	e := models.Event{Type: models.CustomerWrote, Message: w.id("m"), Content: &models.Content{Text: said.text}, Signals: said.s}
	e.Contact = &models.Contact{ID: "7", Fields: map[string]string{"plan": said.text}}
	if rapid.Bool().Draw(t, "by a button") {
		e.Type = models.CustomerPressed
	}
	w.happen(t, e)
	if n := len(w.queue); n > 0 && w.queue[n-1].message == e.Message {
		w.queue[n-1].small = said.s.Small
	}
}

func (w *world) customerChanges(t *rapid.T) {
	ids := append(w.some(func(m models.Message) bool { return m.Author == models.ByCustomer && m.Kind == models.Said }), "")
	e := models.Event{Type: models.CustomerEdited, Message: rapid.SampledFrom(ids).Draw(t, "message"), Content: &models.Content{Text: "Where?"}}
	e.Signals.Asks = rapid.Bool().Draw(t, "asks")
	if rapid.Bool().Draw(t, "deletes") {
		e.Type, e.Content, e.Signals = models.CustomerDeleted, &models.Content{}, models.Signals{}
	}
	w.happen(t, e)
}

func (w *world) customerDoes(t *rapid.T) {
	e := models.Event{Type: rapid.SampledFrom([]models.EventType{
		models.CustomerReacted, models.CustomerBlocked, models.CustomerUnblocked, models.CustomerMoved, models.ChannelOff, models.ChannelOn,
	}).Draw(t, "what")}
	switch e.Type {
	case models.CustomerReacted:
		e.Message, e.Content = w.id("m"), &models.Content{Text: "👎"}
	case models.CustomerMoved:
		e.Address = w.id("address")
	default:
	}
	w.happen(t, e)
}

// botIsAsked puts what waits to the bot, if it is of this epoch, and drops it otherwise.
func (w *world) botIsAsked(t *rapid.T) {
	if w.flight != nil || len(w.queue) == 0 {
		return
	}
	q := w.queue[0]
	w.queue = w.queue[1:]
	for len(w.queue) > 0 && w.queue[0].epoch == q.epoch {
		q.small = q.small && w.queue[0].small
		q.asked, q.at = append(q.asked, w.queue[0].asked...), w.queue[0].at
		w.queue = w.queue[1:]
	}
	if q.epoch == w.c.Epoch && w.c.Mode == models.ModeBot {
		w.flight = &q
	}
	if w.flight != nil && w.outage != "" {
		w.flight = nil
		w.miss(t, q, models.CauseOutage)
	}
}

// miss has a question fail, or not asked at all, as one of many.
func (w *world) miss(t *rapid.T, q question, cause models.Cause) {
	w.happen(t, models.Event{
		Type: models.BotFailed, Epoch: q.epoch, Content: &w.messages[q.message].Content, Signals: models.Signals{Small: q.small},
		Failure: &models.Failure{Cause: cause}, Asked: q.asked, AskedAt: q.at, Outage: w.outage,
	})
}

// botGoes begins an outage. What the bot is asked just now fails with it.
func (w *world) botGoes(t *rapid.T) {
	if w.outage != "" {
		return
	}
	w.outage = w.id("incident")
	if q := w.flight; q != nil {
		w.flight = nil
		w.miss(t, *q, rapid.SampledFrom([]models.Cause{models.CauseError, models.CauseTimeout}).Draw(t, "failure"))
	}
}

// botComes ends the outage, and asks again what waits.
func (w *world) botComes(t *rapid.T) {
	w.outage = ""
	if w.waits != nil {
		w.happen(t, models.Event{Type: models.BotBack})
	}
}

// botProbed asks what waits to find out whether the bot is back, and it is not.
func (w *world) botProbed(t *rapid.T) {
	if w.outage == "" || w.waits == nil || w.flight != nil || len(w.queue) > 0 {
		return
	}
	w.happen(t, models.Event{Type: models.BotBack})
	for _, q := range w.queue {
		w.miss(t, q, models.CauseError)
	}
	w.queue = nil
}

// handAll gives people what waits, sometimes when it does not wait any more.
func (w *world) handAll(t *rapid.T) { w.happen(t, models.Event{Type: models.BotGone}) }

func (w *world) botAnswers(t *rapid.T) {
	if w.flight == nil {
		return
	}
	q := *w.flight
	w.flight = nil
	e := models.Event{Type: models.BotAnswered, Epoch: q.epoch, Content: &w.messages[q.message].Content, Signals: models.Signals{Small: q.small}}
	low := 0.1
	answer := rapid.SampledFrom([]models.Answer{
		{Messages: texts("On its way.")}, {Messages: texts("On its way.")}, {Messages: texts("It is", "42.")}, {Messages: texts("Hm."), Confidence: &low},
		{Messages: texts("Pardon?"), Fallback: true}, {}, {Messages: texts("One moment."), Handover: &models.HandoverWish{Requested: true}},
	}).Draw(t, "answer")
	if e.Signals.Broken = rapid.IntRange(0, 9).Draw(t, "broken") == 0; rapid.IntRange(0, 4).Draw(t, "fails") == 0 {
		e.Type, e.Failure = models.BotFailed, &models.Failure{
			Cause: rapid.SampledFrom([]models.Cause{models.CauseError, models.CauseTimeout, models.CauseStale}).Draw(t, "failure"),
		}
	} else {
		for range answer.Messages {
			answer.IDs = append(answer.IDs, w.id("b"))
		}
		e.Answer = &answer
	}
	w.happen(t, e)
}

// threadOpens opens a thread that the desk was to open, sometimes when it was given up already.
func (w *world) threadOpens(t *rapid.T) {
	if len(w.opening) == 0 {
		return
	}
	i := rapid.IntRange(0, len(w.opening)-1).Draw(t, "thread")
	h := w.handovers[w.opening[i]]
	w.opening = slices.DeleteFunc(w.opening, func(id string) bool { return id == h.ID })
	h.Thread = w.id("thread")
	w.happen(t, models.Event{Type: models.ThreadOpened, Handover: h.ID, Thread: h.Thread})
}

func (w *world) threadIsLost(t *rapid.T) {
	ids := slices.DeleteFunc(slices.Clone(w.order), func(id string) bool { return w.handovers[id].Thread == "" })
	if len(ids) == 0 || rapid.IntRange(0, 3).Draw(t, "really") > 0 {
		return
	}
	h := w.handovers[rapid.SampledFrom(ids).Draw(t, "thread")]
	h.Thread, w.opening = "", append(w.opening, h.ID)
	w.happen(t, models.Event{Type: models.ThreadLost, Handover: h.ID})
}

// timerRings rings a timer that is due, or one that rang before it was stopped and is decided only now: it means nothing.
func (w *world) timerRings(t *rapid.T) {
	for _, kind := range []models.Timer{models.TimerGiveUp, models.TimerJoined, models.TimerRung, models.TimerQuiet, models.TimerSilent, models.TimerWindow} {
		if a, set := w.alarms[kind]; set && a.Due <= w.now {
			delete(w.alarms, kind)
			w.happen(t, models.Event{Type: models.TimerRang, Timer: a.Kind, Epoch: a.Epoch, Down: w.down(t)})
			w.past = append(w.past, a)
			return
		}
	}
	if len(w.past) == 0 {
		return
	}
	a := rapid.SampledFrom(w.past).Draw(t, "timer")
	if _, set := w.alarms[a.Kind]; set && a.Epoch == w.c.Epoch {
		return // it was only moved
	}
	if effects := w.happen(t, models.Event{Type: models.TimerRang, Timer: a.Kind, Epoch: a.Epoch}); len(effects) > 0 {
		t.Fatalf("a timer that was stopped does %q", showAll(effects))
	}
}

func (w *world) configChanges(t *rapid.T) {
	if rapid.IntRange(0, 3).Draw(t, "really") > 0 {
		return
	}
	w.p.HasBot = rapid.Bool().Draw(t, "has bot")
	w.p.BreakAfter = rapid.IntRange(0, 3).Draw(t, "break after")
	w.p.Stale = rapid.SampledFrom([]time.Duration{0, 10 * time.Minute}).Draw(t, "stale")
}
