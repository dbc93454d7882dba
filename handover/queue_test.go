package handover_test

import (
	"testing"
	"time"

	"patchbay/handover"
	"patchbay/handover/hours"
	"patchbay/models"
)

// open and shut are hours that the table's instant, 22:14 UTC on a Tuesday, is in, and is not in.
func open(p *handover.Policy) { p.Desk.Queue.Hours = day("22:00-23:00") }
func shut(p *handover.Policy) { p.Desk.Queue.Hours = day("09:00-17:00") }

func day(text string) *hours.Hours {
	h, problems := hours.Spec{Timezone: "UTC", Mon: text, Tue: text, Wed: text, Thu: text, Fri: text}.Parse()
	if len(problems) > 0 {
		panic(problems)
	}
	return h
}

// climbing is a policy with each kind of rung.
func climbing(p *handover.Policy) {
	p.Desk.Queue.Ladder = []handover.Rung{
		{After: time.Minute, Do: handover.RungRemind}, {After: 3 * time.Minute, Do: handover.RungGroup, To: "S1"},
		{After: 5 * time.Minute, Do: handover.RungChannel, To: "C2"}, {After: 7 * time.Minute, Do: handover.RungDM, To: "U9"},
		{After: 10 * time.Minute, Do: handover.RungPromise},
	}
}

// at is a wait of which so many rungs were climbed, and since when the next is timed.
func at(rung int, since time.Duration) func(*models.Conversation) {
	return func(c *models.Conversation) {
		c.Memory.Rung, c.Memory.RungSince, c.Memory.WaitSince = rung, now.Add(-since), now.Add(-since)
	}
}

// owed is a chat that the bot has while an answer is owed in h1.
func owed(c *models.Conversation) {
	c.Memory.Promised, c.Memory.Told = "h1", "promise"
	c.Memory.Returned = &models.Returned{Ended: "promised", Handover: "h1"}
}

func down(long time.Duration) func(*models.Event) {
	return func(e *models.Event) { e.Down = []models.Span{{From: now.Add(-long), To: now}} }
}

func promisedTo(h string) func(*testing.T, models.Conversation) {
	return func(t *testing.T, c models.Conversation) {
		if c.Memory.Promised != h {
			t.Errorf("Promised = %q, want %q", c.Memory.Promised, h)
		}
	}
}

// Ensure that the ladder is climbed in its order and to its end, and that only time counts in which somebody could come.
func TestDecide_ladder(t *testing.T) {
	ring := rings(models.TimerRung)
	both := func(p *handover.Policy) { climbing(p); shut(p) }
	lone := func(p *handover.Policy) { climbing(p); noBot(p) }
	check(t, []row{
		{name: "begins when the thread opens", c: waiting(unopened), e: thread(models.ThreadOpened, "h1"), p: climbing, mode: models.ModeWaiting, want: []string{"stop give_up", "set rung +1m0s"}},
		{name: "reminds", c: waiting(at(0, time.Minute)), e: ring, p: climbing, mode: models.ModeWaiting,
			want: []string{`remark "Nobody has taken this chat yet."`, "tell still_waiting", "set rung +2m0s"}},
		{name: "calls a group", c: waiting(at(1, 2*time.Minute)), e: ring, p: climbing, mode: models.ModeWaiting,
			want: []string{`remark S1 "nobody has taken this chat yet. Can one of you?"`, "tell still_waiting", "set rung +2m0s"}},
		{name: "tells a channel", c: waiting(at(2, 2*time.Minute)), e: ring, p: climbing, mode: models.ModeWaiting, want: []string{"page C2 channel", "tell still_waiting", "set rung +2m0s"}},
		{name: "calls a person", c: waiting(at(3, 2*time.Minute)), e: ring, p: climbing, mode: models.ModeWaiting, want: []string{"page U9 call", "tell still_waiting", "set rung +3m0s"}},
		{name: "promises", c: waiting(at(4, 3*time.Minute)), e: ring, p: climbing, mode: models.ModeBot, epoch: 1, then: promisedTo("h1"), want: []string{
			`remark "Nobody took this chat in time, so the customer was promised an answer. Take it or reply to keep the promise."`, "close promised", "stop give_up", "tell promise"}},
		{name: "promises without a bot", c: waiting(at(4, 3*time.Minute)), e: ring, p: lone, mode: models.ModeWaiting, then: promisedTo("h1"), want: []string{
			`remark "Nobody took this chat in time, so the customer was promised an answer. Take it or reply to keep the promise."`, "refresh", "tell promise"}},
		{name: "has ended", c: waiting(at(5, time.Minute)), e: ring, p: climbing, mode: models.ModeWaiting},
		{name: "is not wanted any more", c: waiting(at(0, time.Minute)), e: ring, mode: models.ModeWaiting},
		{name: "of an earlier epoch", c: waiting(at(0, time.Minute)), e: rings(models.TimerRung, late), p: climbing, mode: models.ModeWaiting},
		{name: "somebody has it", c: held(), e: ring, p: climbing, mode: models.ModeAgent},
		{name: "the desk was away", c: waiting(at(0, time.Minute)), e: rings(models.TimerRung, down(40*time.Second)), p: climbing, mode: models.ModeWaiting, want: []string{"set rung +40s"}},
		{name: "the desk was away before", c: waiting(at(0, time.Minute)), e: rings(models.TimerRung, func(e *models.Event) {
			e.Down = []models.Span{{From: now.Add(-3 * time.Minute), To: now.Add(-2 * time.Minute)}}
		}), p: climbing, mode: models.ModeWaiting, want: []string{`remark "Nobody has taken this chat yet."`, "tell still_waiting", "set rung +2m0s"}},
		{name: "nobody is at work", c: waiting(at(0, time.Minute)), e: ring, p: both, mode: models.ModeWaiting, want: []string{"set rung +10h46m40s"}},
		{name: "the thread is gone", c: waiting(at(1, time.Minute)), e: thread(models.ThreadLost, "h1"), p: climbing, mode: models.ModeWaiting, want: []string{"stop rung", "set give_up +10m0s"}},
		{name: "claimed", c: waiting(at(1, time.Minute)), e: by(ana, models.AgentClaimed), p: climbing, mode: models.ModeAgent, epoch: 1,
			want: []string{"stop give_up", "stop rung", "claim U1", `remark U1 "has this chat."`, "set joined +5s"}},
	})
}

// Ensure that what is owed is kept by whoever takes the chat or replies, and is over only then or when an agent says so.
func TestDecide_promise(t *testing.T) {
	older := func(e *models.Event) { e.Handover = "h0" }
	held := func(e *models.Event) { e.Handover, e.Message, e.Content = "h0", "a1", &models.Content{Text: "Hello"} }
	check(t, []row{
		{name: "taken", c: closed(owed), e: by(ana, models.AgentClaimed), mode: models.ModeAgent, epoch: 1, then: promisedTo(""),
			want: []string{"reopen quietly h1: taken_over", "claim U1", `remark U1 "has this chat, and keeps the promise."`, "set joined +5s"}},
		{name: "answered", c: closed(owed), e: by(ana, models.AgentReplied), mode: models.ModeAgent, epoch: 1, then: promisedTo(""),
			want: []string{"reopen quietly h1: taken_over", "claim U1", "record a1 agent said", "send a1"}},
		{name: "noted", c: closed(owed), e: by(ana, models.AgentReplied, func(e *models.Event) { e.Note = true }), mode: models.ModeBot, then: promisedTo("h1"), want: []string{"record a1 agent note"}},
		{name: "excused", c: closed(owed), e: by(ana, models.AgentResolved), mode: models.ModeBot, then: promisedTo(""),
			want: []string{`remark U1 "resolved this chat. No answer is owed any more."`, "close resolved U1", "tell resolved Ana"}},
		{name: "excused in a thread of the past", c: closed(owed), e: by(ana, models.AgentResolved, older), mode: models.ModeBot, then: promisedTo("h1")},
		{name: "taken in a thread of the past", c: closed(owed), e: by(ana, models.AgentClaimed, older), mode: models.ModeBot, then: promisedTo("h1"), want: []string{"whisper U1 h0 over"}},
		{name: "answered in a thread of the past", c: closed(owed), e: by(ana, models.AgentTookOver, held), mode: models.ModeAgent, epoch: 1, then: promisedTo(""),
			want: []string{"reopen quietly h1: taken_over", "claim U1", `remark U1 a1 "sent this from an earlier thread of the customer."`, "release a1"}},
		{name: "the customer writes", c: closed(owed), e: wrote("Where is it?", models.Signals{}), mode: models.ModeBot, then: promisedTo("h1"), want: []string{"record m1 customer said", "ask m1"}},
		{name: "the customer asks again, days later", c: closed(owed, func(c *models.Conversation) { c.Memory.Resolved = now.Add(-72 * time.Hour) }), e: wrote("A human!", models.Signals{Asks: true}),
			mode: models.ModeWaiting, epoch: 1, then: promisedTo(""), want: []string{"record m1 customer said", "reopen h1: asked", "set give_up +10m0s", "tell handover"}},
	})
}

// Ensure that a customer who comes when nobody is at work knows when somebody is, and goes on as he wishes.
func TestDecide_closed(t *testing.T) {
	chose := func(choice models.Choice) func(*models.Conversation) {
		return func(c *models.Conversation) {
			c.Memory.Choice, c.Memory.Told = choice, "closed_hours 2023-11-15T09:00:00Z"
		}
	}
	asks, shown := models.Signals{Asks: true}, []string{"record m1 customer said", "display m1"}
	with := func(more ...string) []string { return append(shown[:2:2], more...) }
	is := func(want models.Choice) func(*testing.T, models.Conversation) {
		return func(t *testing.T, c models.Conversation) {
			if c.Memory.Choice != want {
				t.Errorf("Choice = %q, want %q", c.Memory.Choice, want)
			}
		}
	}
	began := []string{"record m1 customer said", "open: asked", "set give_up +10m0s", "tell closed_hours 2023-11-15T09:00:00Z"}
	back := with(`remark "The customer went back to the bot. This chat is closed."`, "close taken_back", "stop give_up", "tell back")
	left := with(`remark "The customer left a message and goes on with the bot. Take this chat or reply to answer."`, "close promised", "stop give_up", "tell message_left")
	check(t, []row{
		{name: "in hours", c: inBot(), e: wrote("A human!", asks), p: open, mode: models.ModeWaiting, epoch: 1, want: []string{"record m1 customer said", "open: asked", "set give_up +10m0s", "tell handover"}, then: is("")},
		{name: "out of hours", c: inBot(), e: wrote("A human!", asks), p: shut, mode: models.ModeWaiting, epoch: 1, want: began, then: is(models.ChoiceAsked)},
		{name: "out of hours, no bot", c: inBot(), e: wrote("A human!", asks), p: func(p *handover.Policy) { shut(p); noBot(p) }, mode: models.ModeWaiting, epoch: 1, want: began, then: is("")},
		{name: "waits, by a button", c: waiting(chose(models.ChoiceAsked)), e: wrote("Wait", models.Signals{Choice: models.ChoiceWait}), p: shut, mode: models.ModeWaiting, want: with("refresh", "tell waiting"), then: is(models.ChoiceWait)},
		{name: "waits, by its number", c: waiting(chose(models.ChoiceAsked)), e: wrote("1", models.Signals{}), p: shut, mode: models.ModeWaiting, want: with("refresh", "tell waiting"), then: is(models.ChoiceWait)},
		{name: "writes a number later", c: waiting(chose(models.ChoiceWait)), e: wrote("2", models.Signals{}), p: shut, mode: models.ModeWaiting, want: with()},
		{name: "wants to leave a message", c: waiting(chose(models.ChoiceAsked)), e: wrote("2.", models.Signals{}), p: shut, mode: models.ModeWaiting, want: with("refresh", "tell write_message"), then: is(models.ChoiceMessage)},
		{name: "leaves it", c: waiting(chose(models.ChoiceMessage)), e: wrote("My order is late", models.Signals{}), p: shut, mode: models.ModeBot, epoch: 1, want: left, then: promisedTo("h1")},
		{name: "says thanks first", c: waiting(chose(models.ChoiceMessage)), e: wrote("Thanks", models.Signals{Small: true}), p: shut, mode: models.ModeWaiting, want: with()},
		{name: "goes on with the bot, by its number", c: waiting(chose(models.ChoiceAsked)), e: wrote("3", models.Signals{}), p: shut, mode: models.ModeBot, epoch: 1, want: back},
		{name: "goes on with the bot", c: waiting(chose(models.ChoiceMessage)), e: wrote("bot", models.Signals{Back: true}), p: shut, mode: models.ModeBot, epoch: 1, want: back},
		{name: "just writes on", c: waiting(chose(models.ChoiceAsked)), e: wrote("My order is late", models.Signals{}), p: shut, mode: models.ModeWaiting, want: with(), then: is(models.ChoiceAsked)},
		{name: "a choice that nobody asked for", c: waiting(), e: wrote("Wait", models.Signals{Choice: models.ChoiceWait}), mode: models.ModeWaiting, want: with()},
	})
}

// Ensure that a customer hears of his place when it is better, not too often, and while somebody could come.
func TestDecide_line(t *testing.T) {
	told := func(tier models.Tier, ago time.Duration) func(*models.Conversation) {
		return func(c *models.Conversation) { c.Memory.Tier, c.Memory.TierAt = tier, now.Add(-ago) }
	}
	moved := func(tier models.Tier, h string) models.Event {
		return models.Event{Type: models.QueueMoved, At: now, Handover: h, Tier: tier}
	}
	check(t, []row{
		{name: "nearer", c: waiting(told(models.TierLine, 2*time.Minute)), e: moved(models.TierFew, "h1"), mode: models.ModeWaiting, want: []string{"tell place_few"}},
		{name: "next", c: waiting(told(models.TierFew, time.Hour)), e: moved(models.TierNext, "h1"), mode: models.ModeWaiting, want: []string{"tell place_next"}},
		{name: "since the desk opened", c: waiting(), e: moved(models.TierLine, "h1"), p: open, mode: models.ModeWaiting, want: []string{"tell place_line"}},
		{name: "too soon", c: waiting(told(models.TierLine, 119*time.Second)), e: moved(models.TierFew, "h1"), mode: models.ModeWaiting},
		{name: "not nearer", c: waiting(told(models.TierFew, time.Hour)), e: moved(models.TierFew, "h1"), mode: models.ModeWaiting},
		{name: "farther", c: waiting(told(models.TierFew, time.Hour)), e: moved(models.TierLine, "h1"), mode: models.ModeWaiting},
		{name: "nobody is at work", c: waiting(), e: moved(models.TierNext, "h1"), p: shut, mode: models.ModeWaiting},
		{name: "of a handover of the past", c: waiting(), e: moved(models.TierNext, "h0"), mode: models.ModeWaiting},
		{name: "somebody came", c: held(), e: moved(models.TierNext, "h1"), mode: models.ModeAgent},
	})
}

// Ensure that the first line after some minutes is shown to the whole channel, once.
func TestDecide_repeatsInChannel(t *testing.T) {
	since := func(ago time.Duration) func(*models.Conversation) {
		return func(c *models.Conversation) { c.Memory.WaitSince = now.Add(-ago) }
	}
	repeated := func(c *models.Conversation) { c.Memory.Repeated = true }
	quietly, loudly := []string{"record m1 customer said", "display m1"}, []string{"record m1 customer said", "display m1 broadcast"}
	e := wrote("Hello?", models.Signals{})
	check(t, []row{
		{name: "soon", c: waiting(since(4 * time.Minute)), e: e, mode: models.ModeWaiting, want: quietly},
		{name: "after five minutes", c: waiting(since(5 * time.Minute)), e: e, mode: models.ModeWaiting, want: loudly},
		{name: "again", c: waiting(since(time.Hour), repeated), e: e, mode: models.ModeWaiting, want: quietly},
		{name: "thanks", c: waiting(since(time.Hour)), e: wrote("Thanks", models.Signals{Small: true}), mode: models.ModeWaiting, want: quietly},
		{name: "nobody is at work", c: waiting(since(time.Hour)), e: e, p: shut, mode: models.ModeWaiting, want: quietly},
		{name: "somebody has it", c: held(since(time.Hour)), e: e, mode: models.ModeAgent, want: quietly},
	})
}

// Ensure that an agent who does not answer is reminded once in each way, and that a chat is taken from him only if the
// config says so.
func TestDecide_quietAgent(t *testing.T) {
	patient := func(p *handover.Policy) { p.Desk.Queue.QuietAgent = 5 * time.Minute }
	offering := func(p *handover.Policy) { patient(p); climbing(p); p.Desk.Queue.QuietOffer = true }
	quiet := func(nudges int) func(*models.Conversation) {
		return func(c *models.Conversation) { c.Memory.Nudges, c.Memory.QuietSince = nudges, now.Add(-5*time.Minute) }
	}
	e, ring := wrote("Hello?", models.Signals{}), rings(models.TimerQuiet)
	shown := []string{"record m1 customer said", "display m1"}
	check(t, []row{
		{name: "the customer writes", c: held(), e: e, p: patient, mode: models.ModeAgent, want: append(shown[:2:2], "set quiet +5m0s")},
		{name: "and again", c: held(quiet(0)), e: e, p: patient, mode: models.ModeAgent, want: shown},
		{name: "and again after a reminder", c: held(quiet(1)), e: e, p: patient, mode: models.ModeAgent, want: shown},
		{name: "says thanks", c: held(), e: wrote("Thanks", models.Signals{Small: true}), p: patient, mode: models.ModeAgent, want: shown},
		{name: "the agent takes it", c: waiting(), e: by(ana, models.AgentClaimed), p: patient, mode: models.ModeAgent, epoch: 1,
			want: []string{"stop give_up", "claim U1", `remark U1 "has this chat."`, "set joined +5s", "set quiet +5m0s"}},
		{name: "the agent answers", c: held(quiet(1)), e: by(ana, models.AgentReplied), p: patient, mode: models.ModeAgent, want: []string{"record a1 agent said", "send a1", "stop quiet"}},
		{name: "reminded in the thread", c: held(quiet(0)), e: ring, p: patient, mode: models.ModeAgent, want: []string{`remark U1 "the customer is waiting for your answer."`, "set quiet +5m0s"}},
		{name: "reminded alone", c: held(quiet(1)), e: ring, p: patient, mode: models.ModeAgent, want: []string{"page U1 quiet"}},
		{name: "reminded alone, to be offered", c: held(quiet(1)), e: ring, p: offering, mode: models.ModeAgent, want: []string{"page U1 quiet", "set quiet +5m0s"}},
		{name: "offered", c: held(quiet(2)), e: ring, p: offering, mode: models.ModeWaiting, epoch: 1, want: []string{
			`remark U1 "did not answer, so everybody can take this chat again."`, "offer", "set give_up +10m0s", "set rung +1m0s", "tell left Ana"}},
		{name: "the desk was away", c: held(quiet(0)), e: rings(models.TimerQuiet, down(time.Minute)), p: patient, mode: models.ModeAgent, want: []string{"set quiet +1m0s"}},
		{name: "the config says no more", c: held(quiet(0)), e: ring, mode: models.ModeAgent},
		{name: "answered meanwhile", c: held(), e: ring, p: patient, mode: models.ModeAgent},
	})
}

// Ensure that a customer who does not write is asked once, and that his chat closes by itself only then.
func TestDecide_quietCustomer(t *testing.T) {
	patient := func(p *handover.Policy) {
		p.Desk.Queue.QuietCustomer, p.Desk.Queue.CloseAfter = 10*time.Minute, 5*time.Minute
	}
	silent := func(asked bool, ago time.Duration) func(*models.Conversation) {
		return func(c *models.Conversation) { c.Memory.AskedMore, c.Memory.SilentSince = asked, now.Add(-ago) }
	}
	ring := rings(models.TimerSilent)
	check(t, []row{
		{name: "the agent answers", c: held(), e: by(ana, models.AgentReplied), p: patient, mode: models.ModeAgent, want: []string{"record a1 agent said", "send a1", "set silent +10m0s"}},
		{name: "the customer writes", c: held(silent(true, time.Minute)), e: wrote("Hello?", models.Signals{}), p: patient, mode: models.ModeAgent, want: []string{"record m1 customer said", "display m1", "stop silent"}},
		{name: "the customer says thanks", c: held(silent(false, time.Minute)), e: wrote("Thanks", models.Signals{Small: true}), p: patient, mode: models.ModeAgent,
			want: []string{"record m1 customer said", "display m1", "stop silent", "set silent +10m0s"}},
		{name: "asked", c: held(silent(false, 10*time.Minute)), e: ring, p: patient, mode: models.ModeAgent,
			want: []string{"set silent +5m0s", `remark "The customer was asked whether there is more."`, "tell still_there"}},
		{name: "asked, and never closed", c: held(silent(false, 10*time.Minute)), e: ring, p: func(p *handover.Policy) { patient(p); p.Desk.Queue.CloseAfter = 0 }, mode: models.ModeAgent,
			want: []string{`remark "The customer was asked whether there is more."`, "tell still_there"}},
		{name: "closed", c: held(silent(true, 5*time.Minute)), e: ring, p: patient, mode: models.ModeBot, epoch: 1,
			want: []string{`remark "The customer did not write any more. This chat is closed."`, "close quiet", "tell closed_quiet"}},
		{name: "rang for what was timed before", c: held(silent(false, 4*time.Minute)), e: ring, p: patient, mode: models.ModeAgent, want: []string{"set silent +6m0s"}},
		{name: "the config says no more", c: held(silent(false, time.Hour)), e: ring, mode: models.ModeAgent},
	})
}
