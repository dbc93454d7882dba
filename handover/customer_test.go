package handover_test

import (
	"reflect"
	"testing"
	"time"

	"patchbay/handover"
	"patchbay/models"
)

// said makes the customer say the same text as before, at the given times before the test.
func said(text string, ago ...time.Duration) func(*models.Conversation) {
	return func(c *models.Conversation) {
		for _, d := range ago {
			p := handover.DefaultPolicy()
			p.BreakAfter = 99
			e := wrote(text, models.Signals{})
			e.At = now.Add(-d)
			*c, _ = handover.Decide(*c, e, p, e.At)
		}
		c.Memory.Breaks = 0
	}
}

// Ensure that what the customer writes goes to who has the chat, and that he gets a person when he asks for one.
func TestDecide_customerWrites(t *testing.T) {
	pressed := func(e models.Event) models.Event { e.Type = models.CustomerPressed; return e }
	toPeople := []string{"record m1 customer said", "open: asked", "set give_up +10m0s", "tell handover"}
	toDesk := []string{"record m1 customer said", "open: no_bot", "set give_up +10m0s", "tell handover"}
	across := []string{"record m1 customer said", "display m1"}
	ask := []string{"record m1 customer said", "ask m1"}
	back := []string{
		"record m1 customer said", "display m1", `remark "The customer went back to the bot. This chat is closed."`,
		"close taken_back", "stop give_up", "tell back",
	}
	check(t, []row{
		{name: "bot: a question", c: inBot(), e: wrote("Where is it?", models.Signals{}), mode: models.ModeBot, want: ask},
		{name: "bot: a button", c: inBot(), e: pressed(wrote("More", models.Signals{})), mode: models.ModeBot, want: ask},
		{name: "bot: thanks", c: inBot(), e: wrote("thx", models.Signals{Small: true}), mode: models.ModeBot, want: ask},
		{name: "bot: the word bot", c: inBot(), e: wrote("bot", models.Signals{Back: true}), mode: models.ModeBot, want: ask},
		{name: "bot: asks for a person", c: inBot(), e: wrote("A human!", models.Signals{Asks: true}), mode: models.ModeWaiting, epoch: 1, want: toPeople},
		{name: "bot: /agent", c: inBot(), e: wrote("/agent", models.Signals{Command: "/agent"}), mode: models.ModeWaiting, epoch: 1, want: toPeople},
		{name: "bot: a button that asks", c: inBot(), e: pressed(wrote("Agent", models.Signals{Command: "/agent"})), mode: models.ModeWaiting, epoch: 1, want: toPeople},
		{
			name: "bot: /bot, though the bot has it", c: closed(), e: wrote("/bot", models.Signals{Command: "/bot"}), mode: models.ModeBot,
			want: []string{"record m1 customer said", "tell back"},
		},

		{name: "no bot: a question", c: inBot(), e: wrote("Where is it?", models.Signals{}), p: noBot, mode: models.ModeWaiting, epoch: 1, want: toDesk},
		{name: "no bot: /bot", c: inBot(), e: wrote("/bot", models.Signals{Command: "/bot"}), p: noBot, mode: models.ModeWaiting, epoch: 1, want: toDesk},
		{name: "no bot: asks for a person", c: inBot(), e: wrote("A human!", models.Signals{Asks: true}), p: noBot, mode: models.ModeWaiting, epoch: 1, want: toPeople},
		{name: "no bot: an emoji comes first", c: inBot(), e: wrote("👋", models.Signals{Small: true}), p: noBot, mode: models.ModeWaiting, epoch: 1, want: toDesk},
		{name: "no bot: thanks after the end", c: closed(), e: wrote("thx", models.Signals{Small: true}), p: noBot, mode: models.ModeBot, want: across},
		{
			name: "no bot: thanks long after the end", c: closed(func(c *models.Conversation) { c.Memory.Resolved = after(-25 * time.Hour) }),
			e: wrote("thx", models.Signals{Small: true}), p: noBot, mode: models.ModeWaiting, epoch: 1, want: toDesk,
		},

		{name: "waiting: a line", c: waiting(), e: wrote("Hello?", models.Signals{}), mode: models.ModeWaiting, want: across},
		{name: "waiting: asks again", c: waiting(), e: wrote("A human!", models.Signals{Asks: true}), mode: models.ModeWaiting, want: across},
		{name: "waiting: thanks", c: waiting(), e: wrote("thx", models.Signals{Small: true}), mode: models.ModeWaiting, want: across},
		{name: "waiting: takes it back in words", c: waiting(), e: wrote("bot", models.Signals{Back: true}), mode: models.ModeBot, epoch: 1, want: back},
		{name: "waiting: takes it back by /bot", c: waiting(), e: wrote("/bot", models.Signals{Command: "/bot"}), mode: models.ModeBot, epoch: 1, want: back},
		{name: "waiting: takes it back by the button", c: waiting(), e: pressed(wrote("To the bot", models.Signals{Command: "/bot"})), mode: models.ModeBot, epoch: 1, want: back},
		{name: "waiting: takes it back before the thread is open", c: waiting(unopened), e: wrote("bot", models.Signals{Back: true}), mode: models.ModeBot, epoch: 1, want: back},
		{name: "waiting: takes it back where no bot is", c: waiting(), e: wrote("bot", models.Signals{Back: true}), p: noBot, mode: models.ModeWaiting, want: across},

		{name: "agent: a line", c: held(), e: wrote("Hello", models.Signals{}), mode: models.ModeAgent, want: across},
		{name: "agent: asks for a person", c: held(), e: wrote("A human!", models.Signals{Asks: true}), mode: models.ModeAgent, want: across},
		{name: "agent: the word bot", c: held(), e: wrote("bot", models.Signals{Back: true}), mode: models.ModeAgent, want: across},
		{name: "agent: /bot is for the agent to answer", c: held(), e: wrote("/bot", models.Signals{Command: "/bot"}), mode: models.ModeAgent, want: across},
	})
}

// Ensure that a soon needed thread is opened again, and only then, and that no wait is without an end.
func TestDecide_reopens(t *testing.T) {
	again := []string{"record m1 customer said", "reopen h1: asked", "set give_up +10m0s", "tell handover"}
	anew := []string{"record m1 customer said", "open: asked", "set give_up +10m0s", "tell handover"}
	asks := wrote("A human!", models.Signals{Asks: true})
	ended := func(at models.Stamp) func(*models.Conversation) {
		return func(c *models.Conversation) { c.Memory.Resolved = at }
	}
	opened := func(want bool) func(*testing.T, models.Conversation) {
		return func(t *testing.T, c models.Conversation) {
			if c.Memory.Opened != want || c.Memory.Resolved != 0 {
				t.Errorf("Memory = %+v, want Opened %v and Resolved 0", c.Memory, want)
			}
		}
	}
	check(t, []row{
		{name: "at once", c: closed(), e: asks, mode: models.ModeWaiting, epoch: 1, want: again, then: opened(true)},
		{name: "at the last moment", c: closed(ended(after(-24 * time.Hour))), e: asks, mode: models.ModeWaiting, epoch: 1, want: again},
		{name: "too late", c: closed(ended(after(-24*time.Hour) - 1)), e: asks, mode: models.ModeWaiting, epoch: 1, want: anew, then: opened(false)},
		{name: "after a take-back before the thread was open", c: closed(unopened), e: asks, mode: models.ModeWaiting, epoch: 1, want: again, then: opened(false)},
		{name: "after a thread that could not be opened", c: closed(ended(0)), e: asks, mode: models.ModeWaiting, epoch: 1, want: anew},
		{
			name: "never, by the config", c: closed(ended(now)), e: asks, p: func(p *handover.Policy) { p.Reopen = 0 },
			mode: models.ModeWaiting, epoch: 1, want: anew,
		},
	})
}

// Ensure that three times the same in ten minutes is a break, whatever its case and spacing, but not thanks or buttons.
func TestDecide_customerRepeats(t *testing.T) {
	hands := []string{"record m1 customer said", "open: same_asked", "set give_up +10m0s", "tell break"}
	ask := []string{"record m1 customer said", "ask m1"}
	again := func(s models.Signals) models.Event { return wrote("Where  is IT?", s) }
	pressed := again(models.Signals{})
	pressed.Type = models.CustomerPressed
	check(t, []row{
		{name: "twice", c: inBot(said("where is it?", time.Minute)), e: again(models.Signals{}), mode: models.ModeBot, want: ask},
		{name: "three times", c: inBot(said("where is it?", 10*time.Minute, time.Minute)), e: again(models.Signals{}), mode: models.ModeWaiting, epoch: 1, want: hands},
		{name: "three times in eleven minutes", c: inBot(said("where is it?", 11*time.Minute, time.Minute)), e: again(models.Signals{}), mode: models.ModeBot, want: ask},
		{
			name: "something else between", c: inBot(said("where is it?", 3*time.Minute, 2*time.Minute), said("hello?", time.Minute)),
			e: again(models.Signals{}), mode: models.ModeBot, want: ask,
		},
		{name: "thanks", c: inBot(said("where is it?", 2*time.Minute, time.Minute)), e: again(models.Signals{Small: true}), mode: models.ModeBot, want: ask},
		{name: "a button", c: inBot(said("where is it?", 2*time.Minute, time.Minute)), e: pressed, mode: models.ModeBot, want: ask},
		{name: "files without words", c: inBot(said("", 2*time.Minute, time.Minute)), e: wrote("", models.Signals{}), mode: models.ModeBot, want: ask},
		{
			name: "below break_after it is asked", c: inBot(said("where is it?", 2*time.Minute, time.Minute)), e: again(models.Signals{}), p: twoBreaks,
			mode: models.ModeBot, want: ask, then: func(t *testing.T, c models.Conversation) {
				if c.Memory.Breaks != 1 {
					t.Errorf("Breaks = %d, want 1", c.Memory.Breaks)
				}
			},
		},
		{
			name: "the fourth time is the second break", c: inBot(said("where is it?", 3*time.Minute, 2*time.Minute, time.Minute), func(c *models.Conversation) { c.Memory.Breaks = 1 }),
			e: again(models.Signals{}), p: twoBreaks, mode: models.ModeWaiting, epoch: 1, want: hands,
		},
		{
			name: "not counted across handovers", c: inBot(said("where is it?", 2*time.Minute, time.Minute), func(c *models.Conversation) {
				for _, e := range []models.Event{wrote("A human!", models.Signals{Asks: true}), wrote("bot", models.Signals{Back: true})} {
					*c, _ = handover.Decide(*c, e, handover.DefaultPolicy(), now)
				}
				c.Epoch = 4
			}),
			e: again(models.Signals{}), mode: models.ModeBot, want: ask,
		},
	})
}

// Ensure that a message brings what is known of the customer, and that what it does not bring stays.
func TestDecide_customerIsKnown(t *testing.T) {
	e := wrote("Hallo", models.Signals{Language: "de"})
	e.Contact, e.Channel, e.Address = &models.Contact{ID: "7"}, "telegram/sales", "8"
	c := inBot(func(c *models.Conversation) {
		c.Contact.Fields, c.Blocked, c.Memory.Told = map[string]string{"plan": "gold"}, true, "back"
	})
	got, effects := handover.Decide(c, e, handover.DefaultPolicy(), now)
	want := models.Contact{ID: "7", Name: "Kim", Fields: map[string]string{"plan": "gold"}}
	if !reflect.DeepEqual(got.Contact, want) || got.Channel != "telegram/sales" || got.Address != "8" || got.Language != "de" {
		t.Errorf("Decide = %+v, want contact %+v on telegram/sales at 8, who speaks de", got, want)
	}
	if got.LastInbound != now || got.Blocked || got.Memory.Told != "" {
		t.Errorf("LastInbound = %d, Blocked = %v, Told = %q, want %d, false and nothing", got.LastInbound, got.Blocked, got.Memory.Told, now)
	}
	m := effects[0].(handover.Record).Message
	if m.ID != "m1" || m.PlatformID != "p1" || m.Content.Text != "Hallo" || m.At != now {
		t.Errorf("recorded %+v, want m1, which the platform calls p1", m)
	}
	e.Contact = &models.Contact{ID: "7", Name: "Kim B.", Locale: "pt_BR"}
	got, _ = handover.Decide(got, e, handover.DefaultPolicy(), now)
	if got.Contact.Name != "Kim B." || got.Language != "pt" {
		t.Errorf("Decide = %q who speaks %q, want Kim B. and the platform's pt before the words' de", got.Contact.Name, got.Language)
	}
}
