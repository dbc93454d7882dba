package handover_test

import (
	"reflect"
	"testing"

	"patchbay/handover"
	"patchbay/models"
)

// answeredBefore makes the bot answer a question, before the test.
func answeredBefore(question string, a models.Answer) func(*models.Conversation) {
	return func(c *models.Conversation) {
		e := answered(a)
		e.Content = &models.Content{Text: question}
		*c, _ = handover.Decide(*c, e, handover.DefaultPolicy(), noon)
	}
}

func broke(n int) func(*models.Conversation) {
	return func(c *models.Conversation) { c.Memory.Breaks = n }
}

func breaks(want int) func(*testing.T, models.Conversation) {
	return func(t *testing.T, c models.Conversation) {
		if c.Memory.Breaks != want {
			t.Errorf("Breaks = %d, want %d", c.Memory.Breaks, want)
		}
	}
}

// handsOver are the effects of a break of the given cause.
func handsOver(cause models.Cause) []string {
	return []string{"open: " + string(cause), "set give_up +10m0s", "tell break"}
}

var sends = []string{"record b1 bot said", "send b1"}

// Ensure that a good answer goes out, and that each way to break opens a thread, in their order, without the break's text.
func TestDecide_botAnswers(t *testing.T) {
	says := func(a models.Answer, list ...string) models.Answer { a.Messages = texts(list...); return a }
	wish := &models.HandoverWish{Requested: true, Reason: "angry"}
	broken := func(e *models.Event) { e.Signals.Broken = true }
	quiet := func(p *handover.Policy) { p.DetectBreaks = false }
	unchecked := func(p *handover.Policy) { p.MinConfidence = 0 }
	asked := func(text string) func(*models.Event) {
		return func(e *models.Event) { e.Content = &models.Content{Text: text} }
	}
	photo := models.Answer{Messages: []models.Content{{Text: "Here.", Attachments: []models.Attachment{{Kind: models.Image, URL: "https://x/1"}}}}}
	other := models.Answer{Messages: []models.Content{{Text: "Here.", Attachments: []models.Attachment{{Kind: models.Image, URL: "https://x/2"}}}}}
	menu := models.Answer{Messages: []models.Content{{Buttons: []models.Button{{Title: "Orders", Payload: "o"}}}}}
	blank := models.Answer{Messages: []models.Content{{Text: " \n"}, {}, {Buttons: []models.Button{{Payload: "o"}}}}}
	bot, wait := models.ModeBot, models.ModeWaiting
	check(t, []row{
		{name: "an answer", c: inBot(), e: answered(says(models.Answer{}, "On its way.")), mode: bot, want: sends},
		{name: "two messages", c: inBot(), e: answered(says(models.Answer{}, "On", "its way.")), mode: bot, want: append(sends, "record b2 bot said", "send b2")},
		{name: "an empty message between", c: inBot(), e: answered(says(models.Answer{}, " ", "its way.")), mode: bot, want: []string{"record b2 bot said", "send b2"}},
		{name: "buttons alone", c: inBot(), e: answered(menu), mode: bot, want: sends},
		{name: "sure enough", c: inBot(), e: answered(says(models.Answer{Confidence: new(0.4)}, "On its way.")), mode: bot, want: sends},

		{name: "asks for a person", c: inBot(), e: answered(models.Answer{Handover: wish}), mode: wait, epoch: 1, want: []string{"open: bot_asked", "set give_up +10m0s", "tell handover"}},
		{
			name: "asks for a person and says something", c: inBot(), e: answered(says(models.Answer{Handover: wish, Fallback: true}, "One moment.")),
			mode: wait, epoch: 1, want: append(sends, "open: bot_asked", "set give_up +10m0s", "tell handover"),
		},
		{name: "asks for a person after thanks", c: inBot(), e: answered(models.Answer{Handover: wish}, small), mode: wait, epoch: 1, want: []string{"open: bot_asked", "set give_up +10m0s", "tell handover"}},
		{name: "asks for nobody", c: inBot(), e: answered(says(models.Answer{Handover: &models.HandoverWish{}}, "On its way.")), mode: bot, want: sends},

		{name: "fallback", c: inBot(), e: answered(says(models.Answer{Fallback: true, Confidence: new(0.1)}, "Pardon?")), mode: wait, epoch: 1, want: handsOver(models.CauseFallback)},
		{name: "not sure", c: inBot(), e: answered(says(models.Answer{Confidence: new(0.39)}, "Tea?")), mode: wait, epoch: 1, want: handsOver(models.CauseConfidence)},
		{name: "not sure, and nothing said", c: inBot(), e: answered(models.Answer{Confidence: new(0.39)}), mode: wait, epoch: 1, want: handsOver(models.CauseConfidence)},
		{name: "not sure, not checked", c: inBot(), e: answered(says(models.Answer{Confidence: new(0.0)}, "Tea?")), p: unchecked, mode: bot, want: sends},
		{name: "nothing", c: inBot(), e: answered(models.Answer{}), mode: wait, epoch: 1, want: handsOver(models.CauseEmpty)},
		{name: "nothing to see", c: inBot(), e: answered(blank), mode: wait, epoch: 1, want: handsOver(models.CauseEmpty)},
		{name: "no answer at all", c: inBot(), e: answered(models.Answer{}, func(e *models.Event) { e.Answer = nil }), mode: wait, epoch: 1, want: handsOver(models.CauseEmpty)},
		{name: "says that it did not understand", c: inBot(), e: answered(says(models.Answer{}, "Pardon?"), broken), mode: wait, epoch: 1, want: handsOver(models.CauseFallback)},
		{name: "says so, not judged by text", c: inBot(), e: answered(says(models.Answer{}, "Pardon?"), broken), p: quiet, mode: bot, want: sends},
		{name: "says so, but is sure", c: inBot(), e: answered(says(models.Answer{Confidence: new(0.9)}, "Pardon?"), broken), mode: bot, want: sends},
		{name: "says so, but spoke of people", c: inBot(), e: answered(says(models.Answer{Handover: &models.HandoverWish{}}, "Pardon?"), broken), mode: bot, want: sends},

		{
			name: "the same to another question", c: inBot(answeredBefore("And my bill?", says(models.Answer{}, "On its way."))),
			e: answered(says(models.Answer{}, "on its  way.")), mode: wait, epoch: 1, want: handsOver(models.CauseSameAnswer),
		},
		{
			name: "the same to the same question", c: inBot(answeredBefore("And my bill?", says(models.Answer{}, "On its way."))),
			e: answered(says(models.Answer{}, "On its way."), asked("and my  BILL?")), mode: bot, want: sends,
		},
		{
			name: "the same with another between", c: inBot(answeredBefore("And my bill?", says(models.Answer{}, "On its way.")), answeredBefore("Hi", says(models.Answer{}, "Hello."))),
			e: answered(says(models.Answer{}, "On its way.")), mode: bot, want: sends,
		},
		{
			name: "the same after people had the chat", c: inBot(answeredBefore("And my bill?", says(models.Answer{}, "On its way.")), func(c *models.Conversation) {
				for _, e := range []models.Event{wrote("A human!", models.Signals{Asks: true}), wrote("bot", models.Signals{Back: true})} {
					*c, _ = handover.Decide(*c, e, handover.DefaultPolicy(), now)
				}
				c.Epoch = 4
			}),
			e: answered(says(models.Answer{}, "On its way.")), mode: bot, want: sends,
		},
		{name: "the same words with another file", c: inBot(answeredBefore("And my bill?", photo)), e: answered(other), mode: bot, want: sends},
		{name: "the same words and file", c: inBot(answeredBefore("And my bill?", photo)), e: answered(photo), mode: wait, epoch: 1, want: handsOver(models.CauseSameAnswer)},

		{name: "thanks: fallback", c: inBot(), e: answered(says(models.Answer{Fallback: true}, "Pardon?"), small), mode: bot, then: breaks(0)},
		{name: "thanks: nothing", c: inBot(), e: answered(models.Answer{}, small), mode: bot, then: breaks(0)},
	})
}

// Ensure that an error counts as a break, but not one to thanks, and that what is too old is not answered.
func TestDecide_botFails(t *testing.T) {
	nothing := func(e *models.Event) { e.Failure = nil }
	check(t, []row{
		{name: "error", c: inBot(), e: failed(models.CauseError), mode: models.ModeWaiting, epoch: 1, want: handsOver(models.CauseError)},
		{name: "timeout", c: inBot(), e: failed(models.CauseTimeout), mode: models.ModeWaiting, epoch: 1, want: handsOver(models.CauseTimeout)},
		{name: "for a reason that is not known", c: inBot(), e: failed(""), mode: models.ModeWaiting, epoch: 1, want: handsOver(models.CauseError)},
		{name: "stale", c: inBot(), e: failed(models.CauseStale), mode: models.ModeWaiting, epoch: 1, want: handsOver(models.CauseStale)},
		{name: "stale, below break_after", c: inBot(), e: failed(models.CauseStale), p: twoBreaks, mode: models.ModeWaiting, epoch: 1, want: handsOver(models.CauseStale)},
		{name: "error to thanks", c: inBot(), e: failed(models.CauseError, small), mode: models.ModeBot, then: breaks(0)},
		{name: "thanks too old", c: inBot(), e: failed(models.CauseStale, small), mode: models.ModeBot},
		{name: "without a word", c: inBot(), e: failed(models.CauseError, nothing), mode: models.ModeWaiting, epoch: 1, want: handsOver(models.CauseError)},
	})
}

// Ensure that breaks are counted in a row, and that the customer reads something in place of each.
func TestDecide_breakAfter(t *testing.T) {
	pardon := models.Answer{Messages: texts("Pardon?"), Fallback: true}
	good := models.Answer{Messages: texts("On its way.")}
	trouble := []string{"tell trouble"}
	told := func(c *models.Conversation) { c.Memory.Told = "trouble" }
	zero := func(p *handover.Policy) { p.BreakAfter = 0 }
	check(t, []row{
		{name: "first fallback is sent", c: inBot(), e: answered(pardon), p: twoBreaks, mode: models.ModeBot, want: sends, then: breaks(1)},
		{name: "second hands over", c: inBot(broke(1)), e: answered(pardon), p: twoBreaks, mode: models.ModeWaiting, epoch: 1, want: handsOver(models.CauseFallback), then: breaks(0)},
		{name: "not sure, sent", c: inBot(), e: answered(models.Answer{Messages: texts("Tea?"), Confidence: new(0.1)}), p: twoBreaks, mode: models.ModeBot, want: sends, then: breaks(1)},
		{name: "nothing: trouble", c: inBot(), e: answered(models.Answer{}), p: twoBreaks, mode: models.ModeBot, want: trouble, then: breaks(1)},
		{name: "error: trouble", c: inBot(), e: failed(models.CauseError), p: twoBreaks, mode: models.ModeBot, want: trouble, then: breaks(1)},
		{name: "error: trouble was just told", c: inBot(told), e: failed(models.CauseError), p: twoBreaks, mode: models.ModeBot, then: breaks(1)},
		{name: "error after fallback hands over", c: inBot(broke(1)), e: failed(models.CauseError), p: twoBreaks, mode: models.ModeWaiting, epoch: 1, want: handsOver(models.CauseError)},
		{name: "a good answer resets", c: inBot(broke(1)), e: answered(good), p: twoBreaks, mode: models.ModeBot, want: sends, then: breaks(0)},
		{name: "thanks keep the count", c: inBot(broke(1)), e: answered(pardon, small), p: twoBreaks, mode: models.ModeBot, then: breaks(1)},
		{name: "a late answer keeps the count", c: inBot(broke(1)), e: answered(good, late), p: twoBreaks, mode: models.ModeBot, want: []string{"record b1 bot draft"}, then: breaks(1)},
		{
			name: "an answer to what was asked three times keeps the count", c: inBot(said("Where is it?", 3, 2, 1), broke(1)), e: answered(good), p: twoBreaks,
			mode: models.ModeBot, want: sends, then: breaks(1),
		},
		{name: "a new epoch resets", c: inBot(broke(1)), e: wrote("A human!", models.Signals{Asks: true}), p: twoBreaks, mode: models.ModeWaiting, epoch: 1, want: []string{"record m1 customer said", "open: asked", "set give_up +10m0s", "tell handover"}, then: breaks(0)},
		{name: "less than one is one", c: inBot(), e: answered(pardon), p: zero, mode: models.ModeWaiting, epoch: 1, want: handsOver(models.CauseFallback)},
	})
}

// Ensure that what the bot says to a question of an earlier epoch is shown to agents and never sent, asked or handed over.
func TestDecide_botIsLate(t *testing.T) {
	good := models.Answer{Messages: texts("On its way.", "")}
	wish := models.Answer{Messages: texts("One moment."), Handover: &models.HandoverWish{Requested: true}}
	draft := []string{"record b1 bot draft", "display b1"}
	next := func(e *models.Event) { e.Epoch++ }
	check(t, []row{
		{name: "waiting", c: waiting(), e: answered(good, late), mode: models.ModeWaiting, want: draft},
		{name: "waiting, a handover", c: waiting(), e: answered(wish, late), mode: models.ModeWaiting, want: draft},
		{name: "waiting, a break", c: waiting(), e: answered(models.Answer{Fallback: true}, late), mode: models.ModeWaiting},
		{name: "waiting, an error", c: waiting(), e: failed(models.CauseError, late), mode: models.ModeWaiting},
		{name: "waiting, of this epoch", c: waiting(), e: answered(good), mode: models.ModeWaiting, want: draft},
		{name: "agent", c: held(), e: answered(good, late), mode: models.ModeAgent, want: draft},
		{name: "agent, an error", c: held(), e: failed(models.CauseTimeout, late), mode: models.ModeAgent},
		{name: "bot again", c: closed(), e: answered(good, late), mode: models.ModeBot, want: draft},
		{name: "bot again, a handover", c: closed(), e: answered(wish, late), mode: models.ModeBot, want: draft},
		{name: "bot again, an error", c: closed(), e: failed(models.CauseStale, late), mode: models.ModeBot},
		{name: "of an epoch that is not yet", c: inBot(), e: answered(good, next), mode: models.ModeBot, want: []string{"record b1 bot draft"}},
	})
}

// Ensure that agents get the turn that broke as evidence, whole.
func TestDecide_evidence(t *testing.T) {
	asked, said := "Where is it?", "On\nits way."
	wish := &models.HandoverWish{Requested: true, Reason: "angry", Team: "sales", Summary: "late parcel"}
	tests := []struct {
		name string
		e    models.Event
		p    handover.Policy
		want models.Reason
	}{
		{"asked", wrote("A human!", models.Signals{Asks: true}), handover.DefaultPolicy(), models.Reason{Cause: models.CauseAsked, Asked: "A human!"}},
		{"no bot", wrote("Hi", models.Signals{}), handover.Policy{}, models.Reason{Cause: models.CauseNoBot, Asked: "Hi"}},
		{
			"not sure", answered(models.Answer{Messages: texts("On", "its way."), Confidence: new(0.2)}), handover.DefaultPolicy(),
			models.Reason{Cause: models.CauseConfidence, Asked: asked, Answered: said, Confidence: new(0.2)},
		},
		{
			"the bot's own wish", answered(models.Answer{Messages: texts("One moment."), Handover: wish, Confidence: new(0.2)}), handover.DefaultPolicy(),
			models.Reason{Cause: models.CauseBotAsked, Asked: asked, Told: "angry", Team: "sales", Summary: "late parcel", Confidence: new(0.2)},
		},
		{"error", failed(models.CauseError), handover.DefaultPolicy(), models.Reason{Cause: models.CauseError, Asked: asked, Error: "no answer"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, effects := handover.Decide(inBot(), tt.e, tt.p, now)
			for _, effect := range effects {
				if open, ok := effect.(handover.Open); ok {
					if !reflect.DeepEqual(open.Reason, tt.want) {
						t.Errorf("Reason = %+v, want %+v", open.Reason, tt.want)
					}
					return
				}
			}
			t.Errorf("Decide = %q, want a handover", showAll(effects))
		})
	}
}

// Ensure that the bot is told once what happened while people had the chat, when it answers the first time after it.
func TestDecide_botIsToldOfTheHandover(t *testing.T) {
	good := models.Answer{Messages: texts("On its way.")}
	returned := func(want bool) func(*testing.T, models.Conversation) {
		return func(t *testing.T, c models.Conversation) {
			if got := c.Memory.Returned != nil; got != want {
				t.Errorf("Returned is there = %v, want %v", got, want)
			}
		}
	}
	check(t, []row{
		{name: "asked", c: closed(), e: wrote("Where is it?", models.Signals{}), mode: models.ModeBot, want: []string{"record m1 customer said", "ask m1"}, then: returned(true)},
		{name: "answered", c: closed(), e: answered(good), mode: models.ModeBot, want: sends, then: returned(false)},
		{name: "answered a question from before", c: closed(), e: answered(good, late), mode: models.ModeBot, want: []string{"record b1 bot draft", "display b1"}, then: returned(true)},
		{name: "failed: it may not have read it", c: closed(), e: failed(models.CauseError), p: twoBreaks, mode: models.ModeBot, want: []string{"tell trouble"}, then: returned(true)},
		{name: "broke", c: closed(), e: answered(models.Answer{}), p: twoBreaks, mode: models.ModeBot, want: []string{"tell trouble"}, then: returned(false)},
	})
}
