package handover_test

import (
	"testing"

	"patchbay/handover"
	"patchbay/models"
)

// what is an event of the customer that is no message.
func what(kind models.EventType, change ...func(*models.Event)) models.Event {
	e := models.Event{Type: kind, At: now, Contact: &models.Contact{}, Content: &models.Content{}}
	for _, fn := range change {
		fn(&e)
	}
	return e
}

// Ensure that an edit and a deletion change what was recorded, and that an edit is heard when it asks for a person.
func TestDecide_customerChanges(t *testing.T) {
	edited := func(message string, s models.Signals) models.Event {
		return what(models.CustomerEdited, func(e *models.Event) {
			e.Message, e.Signals, e.Content = message, s, &models.Content{Text: "A human!"}
		})
	}
	deleted := func(message string) models.Event {
		return what(models.CustomerDeleted, func(e *models.Event) { e.Message = message })
	}
	asks, slash := models.Signals{Asks: true}, models.Signals{Command: "/agent"}
	change := []string{"rewrite m1 content"}
	opens := []string{"rewrite m1 content", "open: asked", "set give_up +10m0s", "tell handover"}
	check(t, []row{
		{name: "bot: edits", c: inBot(), e: edited("m1", models.Signals{}), mode: models.ModeBot, want: change},
		{name: "bot: edits, and asks for a person now", c: inBot(), e: edited("m1", asks), mode: models.ModeWaiting, epoch: 1, want: opens},
		{name: "bot: edits into /agent", c: inBot(), e: edited("m1", slash), mode: models.ModeWaiting, epoch: 1, want: opens},
		{name: "bot: edits what is not known", c: inBot(), e: edited("", models.Signals{}), mode: models.ModeBot},
		{name: "bot: edits what is not known, and asks", c: inBot(), e: edited("", asks), mode: models.ModeWaiting, epoch: 1, want: opens[1:]},
		{name: "bot: deletes", c: inBot(), e: deleted("m1"), mode: models.ModeBot, want: []string{"rewrite m1 deleted"}},
		{name: "bot: deletes what is not known", c: inBot(), e: deleted(""), mode: models.ModeBot},
		{name: "waiting: edits", c: waiting(), e: edited("m1", asks), mode: models.ModeWaiting, want: change},
		{name: "waiting: an edit takes nothing back", c: waiting(), e: edited("m1", models.Signals{Back: true, Command: "/bot"}), mode: models.ModeWaiting, want: change},
		{name: "agent: edits", c: held(), e: edited("m1", asks), mode: models.ModeAgent, want: change},
		{name: "agent: deletes", c: held(), e: deleted("m1"), mode: models.ModeAgent, want: []string{"rewrite m1 deleted"}},
		{
			name: "agent: edits what is not known", c: held(), e: edited("", models.Signals{}), mode: models.ModeAgent,
			want: []string{`remark "The customer changed a message that is not in this chat. It reads now: A human!"`},
		},
	})
}

// Ensure that a reaction is shown to people and hands nothing over.
func TestDecide_customerReacts(t *testing.T) {
	e := what(models.CustomerReacted, func(e *models.Event) {
		e.Message, e.Content, e.Signals = "m1", &models.Content{Text: "👎"}, models.Signals{Small: true, Asks: true}
	})
	prior := func(was string) models.Event {
		changed := e
		changed.Prior = &models.Prior{Message: "m0", Content: models.Content{Text: was}}
		return changed
	}
	gone, unseen := prior("👎"), e
	gone.Content, unseen.Content = &models.Content{}, &models.Content{}
	check(t, []row{
		{name: "bot", c: inBot(), e: e, mode: models.ModeBot, want: []string{"record m1 customer reaction", "react m1"}},
		{name: "no bot", c: inBot(), e: e, p: noBot, mode: models.ModeBot, want: []string{"record m1 customer reaction", "react m1"}},
		{name: "waiting", c: waiting(), e: e, mode: models.ModeWaiting, want: []string{"record m1 customer reaction", "react m1"}},
		{name: "agent", c: held(), e: e, mode: models.ModeAgent, want: []string{"record m1 customer reaction", "react m1"}},
		{name: "another one", c: held(), e: prior("👍"), mode: models.ModeAgent, want: []string{"rewrite m0 content", "react m0"}},
		{name: "the same", c: held(), e: prior("👎"), mode: models.ModeAgent},
		{name: "taken off", c: held(), e: gone, mode: models.ModeAgent, want: []string{"rewrite m0 content deleted", "react m0"}},
		{name: "taken off unseen", c: held(), e: unseen, mode: models.ModeAgent},
	})
}

// Ensure that an agent's reaction goes to the customer while the thread is open, that the last one counts, and that it
// takes the chat from nobody.
func TestDecide_agentReacts(t *testing.T) {
	e := what(models.AgentReacted, func(e *models.Event) {
		e.Message, e.Handover, e.Agent, e.About, e.Ref = "m9", "h1", &ana, "m1", "C1/1.1"
		e.Content = &models.Content{Text: "👍"}
	})
	with := func(change func(*models.Event)) models.Event {
		changed := e
		change(&changed)
		return changed
	}
	prior := func(lines ...string) func(*models.Event) {
		return func(e *models.Event) { e.Prior = &models.Prior{Message: "m5", Content: models.Content{Lines: lines}} }
	}
	lock := func(p *handover.Policy) { p.Desk.Lock = handover.LockOwner }
	confirm := func(p *handover.Policy) { p.Desk.Confirm = true }
	check(t, []row{
		{name: "waiting", c: waiting(), e: e, mode: models.ModeWaiting, want: []string{"record m9 agent reaction", "emote m9 U1"}},
		{name: "agent", c: held(), e: e, mode: models.ModeAgent, want: []string{"record m9 agent reaction", "emote m9 U1"}},
		{name: "closed", c: inBot(), e: e, mode: models.ModeBot},
		{name: "no line of the customer's", c: held(), e: with(func(e *models.Event) { e.About = "" }), mode: models.ModeAgent},
		{name: "replies are confirmed", c: held(), e: e, p: confirm, mode: models.ModeAgent},
		{name: "locked", c: held(), e: with(func(e *models.Event) { e.Agent = &ben }), p: lock, mode: models.ModeAgent},
		{name: "locked, his own", c: held(), e: e, p: lock, mode: models.ModeAgent, want: []string{"record m9 agent reaction", "emote m9 U1"}},
		{name: "a second one", c: held(), e: with(prior("U2 ❤")), mode: models.ModeAgent, want: []string{"rewrite m5 content", "emote m5 U1"}},
		{name: "taken off", c: held(), e: with(func(e *models.Event) { prior("U1 👍")(e); e.Gone = true }), mode: models.ModeAgent,
			want: []string{"rewrite m5 content deleted", "emote m5 U1"}},
		{name: "one of two taken off", c: held(), e: with(func(e *models.Event) { prior("U2 👍", "U1 👍")(e); e.Gone = true }), mode: models.ModeAgent,
			want: []string{"rewrite m5 content", "emote m5 U1"}},
	})
}

// Ensure that an open thread is told, once, what happens to the way to the customer.
func TestDecide_customerCannotBeReached(t *testing.T) {
	blocked := func(c *models.Conversation) { c.Blocked = true }
	off := func(c *models.Conversation) { c.Memory.Off = true }
	moved := what(models.CustomerMoved, func(e *models.Event) { e.Address = "9" })
	stayed := what(models.CustomerMoved, func(e *models.Event) { e.Address = "7" })
	tellBlocked := []string{`remark "The customer blocked this chat. Replies do not reach them until they write again."`, "refresh"}
	tellUnblocked := []string{`remark "The customer unblocked this chat. Replies reach them again."`, "refresh"}
	tellMoved := []string{`remark "The customer's number or account changed. Replies go to the new one."`, "refresh"}
	tellOff := []string{`remark "This channel was switched off. Your replies still reach the customer; theirs do not arrive."`}
	address := func(want string) func(*testing.T, models.Conversation) {
		return func(t *testing.T, c models.Conversation) {
			if c.Address != want {
				t.Errorf("Address = %q, want %q", c.Address, want)
			}
		}
	}
	check(t, []row{
		{name: "bot: blocks", c: inBot(), e: what(models.CustomerBlocked), mode: models.ModeBot},
		{name: "waiting: blocks", c: waiting(), e: what(models.CustomerBlocked), mode: models.ModeWaiting, want: tellBlocked},
		{name: "agent: blocks", c: held(), e: what(models.CustomerBlocked), mode: models.ModeAgent, want: tellBlocked},
		{name: "agent: blocks twice", c: held(blocked), e: what(models.CustomerBlocked), mode: models.ModeAgent},
		{name: "agent: unblocks", c: held(blocked), e: what(models.CustomerUnblocked), mode: models.ModeAgent, want: tellUnblocked},
		{name: "agent: unblocks what was not blocked", c: held(), e: what(models.CustomerUnblocked), mode: models.ModeAgent},
		{
			name: "agent: writes after blocking", c: held(blocked), e: wrote("Hello", models.Signals{}), mode: models.ModeAgent,
			want: []string{"refresh", "record m1 customer said", "display m1"},
		},

		{name: "bot: moves", c: inBot(), e: moved, mode: models.ModeBot, then: address("9")},
		{name: "waiting: moves", c: waiting(), e: moved, mode: models.ModeWaiting, want: tellMoved, then: address("9")},
		{name: "agent: moves", c: held(), e: moved, mode: models.ModeAgent, want: tellMoved},
		{name: "agent: moves nowhere", c: held(), e: stayed, mode: models.ModeAgent, then: address("7")},

		{name: "bot: channel off", c: inBot(), e: what(models.ChannelOff), mode: models.ModeBot, then: isOff(false)},
		{name: "waiting: channel off", c: waiting(), e: what(models.ChannelOff), mode: models.ModeWaiting, want: tellOff, then: isOff(true)},
		{name: "agent: channel off", c: held(), e: what(models.ChannelOff), mode: models.ModeAgent, want: tellOff},
		{name: "agent: channel off twice", c: held(off), e: what(models.ChannelOff), mode: models.ModeAgent},
		{name: "agent: channel on", c: held(off), e: what(models.ChannelOn), mode: models.ModeAgent, want: []string{`remark "This channel is on again."`}, then: isOff(false)},
		{name: "agent: channel on that was not off", c: held(), e: what(models.ChannelOn), mode: models.ModeAgent},
		{
			name: "resolved while off: the next time is told again", c: held(off), e: by(ana, models.AgentResolved), mode: models.ModeBot, epoch: 1,
			want: []string{`remark U1 "resolved this chat. The bot has it again."`, "close resolved U1", "tell resolved Ana"}, then: isOff(false),
		},
	})
}

func isOff(want bool) func(*testing.T, models.Conversation) {
	return func(t *testing.T, c models.Conversation) {
		if c.Memory.Off != want {
			t.Errorf("Memory.Off = %v, want %v", c.Memory.Off, want)
		}
	}
}

// Ensure that a group is told once that the bot works in private chats, and that nothing there is asked or handed over.
func TestDecide_customerElsewhere(t *testing.T) {
	e := what(models.CustomerElsewhere, func(e *models.Event) { e.Signals.Asks = true })
	check(t, []row{
		{name: "first", c: inBot(), e: e, mode: models.ModeBot, want: []string{"tell private_only"}},
		{name: "again", c: inBot(func(c *models.Conversation) { c.Memory.Elsewhere = true }), e: e, mode: models.ModeBot},
	})
}
