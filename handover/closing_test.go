package handover_test

import (
	"testing"
	"time"

	"patchbay/handover"
	"patchbay/models"
)

func stars(p *handover.Policy)  { p.Desk.Rating = handover.RateStars }
func thumbs(p *handover.Policy) { p.Desk.Rating = handover.RateThumbs }

// asked is a question of a minute ago what the customer thinks of h1.
func asked(scale int, change ...func(*models.Rate)) func(*models.Conversation) {
	return func(c *models.Conversation) {
		c.Memory.Rate = &models.Rate{Handover: "h1", Scale: scale, At: noon}
		for _, fn := range change {
			fn(c.Memory.Rate)
		}
	}
}

// Ensure that a customer is asked what he thinks of a chat when that makes sense, with the word that it is over.
func TestDecide_asksRating(t *testing.T) {
	resolve := by(ana, models.AgentResolved)
	end := func(tell string) []string {
		return []string{`remark U1 "resolved this chat. The bot has it again."`, "close resolved U1", tell}
	}
	window := func(p *handover.Policy) {
		stars(p)
		p.Window = 24 * time.Hour
	}
	wroteAt := func(at models.Stamp) func(*models.Conversation) {
		return func(c *models.Conversation) { c.LastInbound = at }
	}
	bot := models.ModeBot
	check(t, []row{
		{name: "not wanted", c: held(), e: resolve, mode: bot, epoch: 1, want: end("tell resolved Ana")},
		{name: "thumbs", c: held(), p: thumbs, e: resolve, mode: bot, epoch: 1, want: end("tell resolved Ana and ask of 2")},
		{name: "stars", c: held(), p: stars, e: resolve, mode: bot, epoch: 1, want: end("tell resolved Ana and ask of 5")},
		{name: "nobody spoke to him", c: held(func(c *models.Conversation) { c.Memory.Speaker = "bot" }), p: stars, e: resolve, mode: bot, epoch: 1, want: end("tell resolved Ana")},
		{name: "he blocked us", c: held(func(c *models.Conversation) { c.Blocked = true }), p: stars, e: resolve, mode: bot, epoch: 1, want: end("tell resolved Ana")},
		{name: "asked before in this thread", c: held(asked(5)), p: stars, e: resolve, mode: bot, epoch: 1, want: end("tell resolved Ana")},
		{name: "inside the reply window", c: held(wroteAt(noon)), p: window, e: resolve, mode: bot, epoch: 1, want: end("tell resolved Ana and ask of 5")},
		{name: "after it", c: held(wroteAt(now.Add(-24 * time.Hour))), p: window, e: resolve, mode: bot, epoch: 1, want: end("tell resolved Ana")},
		{name: "the platform said so before", c: held(func(c *models.Conversation) { c.Memory.Shut = true }), p: stars, e: resolve, mode: bot, epoch: 1, want: end("tell resolved Ana")},
	})
}

// Ensure that a press, or a bare emoji or number as the next message, rates the chat and does nothing else.
func TestDecide_rates(t *testing.T) {
	press := func(payload string) models.Event {
		e := wrote("5", models.Signals{})
		e.Type, e.Content.Payload = models.CustomerPressed, payload
		return e
	}
	ask := []string{"record m1 customer said", "ask m1"}
	rates := func(rated string) []string { return []string{"record m1 customer reaction", rated, "tell rated"} }
	old := func(r *models.Rate) { r.At = now.Add(-25 * time.Hour) }
	answered := func(r *models.Rate) { r.Answered = true }
	spoken := func(r *models.Rate) { r.Spoken = true }
	bot, agent := models.ModeBot, models.ModeAgent
	check(t, []row{
		{name: "a press", c: closed(asked(5)), e: press("/rate h1 4"), mode: bot, want: rates("rated h1 4 of 5")},
		{name: "a press after a day", c: closed(asked(5, old)), e: press("/rate h1 4"), mode: bot, want: rates("rated h1 4 of 5")},
		{name: "he changes his mind", c: closed(asked(5, answered)), e: press("/rate h1 1"), mode: bot,
			want: []string{"record m1 customer reaction", "rated h1 1 of 5 again"}},
		{name: "a press while an agent has him", c: held(asked(5)), e: press("/rate h1 4"), mode: agent,
			want: []string{"record m1 customer reaction", "rated h1 4 of 5"}},
		{name: "a press of an older question", c: closed(asked(5)), e: press("/rate h0 4"), mode: bot, want: []string{"record m1 customer reaction"}},
		{name: "a press that was made up", c: closed(asked(5)), e: press("/rate h1 9"), mode: bot, want: []string{"record m1 customer reaction"}},
		{name: "a press where nobody asked", c: closed(), e: press("/rate h1 x"), mode: bot, want: []string{"record m1 customer reaction"}},
		{name: "a number", c: closed(asked(5)), e: wrote(" 5 ", models.Signals{}), mode: bot, want: rates("rated h1 5 of 5")},
		{name: "a keycap", c: closed(asked(5)), e: wrote("3️⃣", models.Signals{}), mode: bot, want: rates("rated h1 3 of 5")},
		{name: "stars", c: closed(asked(5)), e: wrote("⭐️⭐️", models.Signals{Small: true}), mode: bot, want: rates("rated h1 2 of 5")},
		{name: "a thumb", c: closed(asked(2)), e: wrote("👍🏽", models.Signals{Small: true}), mode: bot, want: rates("rated h1 2 of 2")},
		{name: "a thumb down, without a bot", c: closed(asked(2)), p: noBot, e: wrote("👎", models.Signals{Small: true}), mode: bot, want: rates("rated h1 1 of 2")},
		{name: "a number where thumbs were asked for", c: closed(asked(2)), e: wrote("2", models.Signals{}), mode: bot, want: ask},
		{name: "six of five", c: closed(asked(5)), e: wrote("6", models.Signals{}), mode: bot, want: ask},
		{name: "more than a number", c: closed(asked(5)), e: wrote("5 shirts", models.Signals{}), mode: bot, want: ask},
		{name: "a number after a day", c: closed(asked(5, old)), e: wrote("5", models.Signals{}), mode: bot, want: ask},
		{name: "a number after something else", c: closed(asked(5, spoken)), e: wrote("5", models.Signals{}), mode: bot, want: ask},
		{name: "a second number", c: closed(asked(5, answered)), e: wrote("5", models.Signals{}), mode: bot, want: ask},
		{name: "a number to an agent", c: held(asked(5)), e: wrote("5", models.Signals{}), mode: agent, want: []string{"record m1 customer said", "display m1"}},
		{name: "something else", c: closed(asked(5)), e: wrote("Hi", models.Signals{}), mode: bot, want: ask, then: func(t *testing.T, c models.Conversation) {
			if !c.Memory.Rate.Spoken {
				t.Error("a number would still be an answer")
			}
		}},
	})
}

// Ensure that what an agent notes after Resolve is kept, whenever he does.
func TestDecide_notes(t *testing.T) {
	noted := by(ana, models.AgentNoted, func(e *models.Event) {
		e.Values = map[string]string{handover.FieldCategory: "Refund", handover.FieldNote: " Paid. "}
	})
	want := []string{"detail h1 Refund Paid."}
	check(t, []row{
		{name: "after the end", c: closed(), e: noted, mode: models.ModeBot, want: want},
		{name: "opened again meanwhile", c: waiting(), e: noted, mode: models.ModeWaiting, want: want},
		{name: "nothing", c: closed(), e: by(ana, models.AgentSkipped), mode: models.ModeBot, want: []string{"detail h1 skipped"}},
		{name: "nothing, opened again meanwhile", c: held(), e: by(ana, models.AgentSkipped), mode: models.ModeAgent, want: []string{"detail h1 skipped"}},
	})
}
