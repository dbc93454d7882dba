package handover_test

import (
	"strings"
	"testing"

	"patchbay/handover"
	"patchbay/models"
)

func muted(c *models.Conversation) { c.Memory.Muted = true }

// Ensure that Block ends what was going on, that nothing comes of what the customer writes, and that Unblock ends that.
func TestDecide_block(t *testing.T) {
	const said = `remark h1 U1 "blocked this customer. What they write is kept, but shown to nobody and not answered, until somebody unblocks them."`
	is := func(want bool) func(*testing.T, models.Conversation) {
		return func(t *testing.T, c models.Conversation) {
			if c.Memory.Muted != want {
				t.Errorf("Muted = %v, want %v", c.Memory.Muted, want)
			}
		}
	}
	check(t, []row{
		{name: "who waits", c: waiting(), e: by(ana, models.AgentBlocked), mode: models.ModeBot, epoch: 1, then: is(true), want: []string{said, "close blocked U1", "stop give_up"}},
		{name: "whom an agent has", c: held(), e: by(ana, models.AgentBlocked), mode: models.ModeBot, epoch: 1, then: is(true), want: []string{said, "close blocked U1"}},
		{name: "whom the bot has", c: closed(), e: by(ana, models.AgentBlocked), mode: models.ModeBot, epoch: 1, then: is(true), want: []string{said, "refresh"}},
		{name: "to whom an answer is owed", c: closed(owed), e: by(ana, models.AgentBlocked), mode: models.ModeBot, epoch: 1, then: promisedTo(""), want: []string{said, "close blocked U1"}},
		{name: "twice", c: closed(muted), e: by(ana, models.AgentBlocked), mode: models.ModeBot, then: is(true), want: []string{"whisper U1 h1 muted", "refresh h1"}},
		{name: "from a thread of the past", c: closed(), e: by(ana, models.AgentBlocked, in("h0")), mode: models.ModeBot, epoch: 1, then: is(true), want: []string{strings.Replace(said, "h1", "h0", 1), "refresh", "refresh h0"}},
		{name: "from a thread of the past, while she waits", c: waiting(), e: by(ana, models.AgentBlocked, in("h0")), mode: models.ModeBot, epoch: 1, then: is(true), want: []string{strings.Replace(said, "h1", "h0", 1), "close blocked U1", "stop give_up", "refresh h0"}},
		{name: "unblocked", c: closed(muted), e: by(ana, models.AgentUnblocked), mode: models.ModeBot, then: is(false),
			want: []string{`remark h1 U1 "unblocked this customer. What they write from now on is answered again."`, "refresh"}},
		{name: "unblocked who is not blocked", c: closed(), e: by(ana, models.AgentUnblocked), mode: models.ModeBot, want: []string{"whisper U1 h1 not_muted", "refresh h1"}},
		{name: "writes", c: closed(muted), e: wrote("hello", models.Signals{}), mode: models.ModeBot, want: []string{"record m1 customer muted"}},
		{name: "asks for a person", c: closed(muted), e: wrote("a person", models.Signals{Asks: true}), p: noBot, mode: models.ModeBot, want: []string{"record m1 customer muted"}},
		{name: "an agent replies", c: closed(muted), e: by(ana, models.AgentReplied), mode: models.ModeBot, want: []string{"record a1 agent held", "whisper U1 h1 muted a1"}},
		{name: "an agent takes it", c: closed(muted), e: by(ana, models.AgentClaimed), mode: models.ModeBot, want: []string{"whisper U1 h1 muted"}},
		{name: "the bot is late", c: closed(muted), e: answered(models.Answer{Messages: texts("hi")}), mode: models.ModeBot},
	})
}

// Ensure that no event of a customer, a bot, an agent or a timer gets anything to or from a customer who is blocked.
func TestDecide_blockedLaw(t *testing.T) {
	types := []models.EventType{
		models.CustomerWrote, models.CustomerPressed, models.CustomerEdited, models.CustomerDeleted, models.CustomerReacted, models.CustomerBlocked,
		models.CustomerUnblocked, models.CustomerElsewhere, models.CustomerMoved, models.AgentReplied, models.AgentEdited, models.AgentDeleted,
		models.AgentClaimed, models.AgentResolved, models.AgentTookOver, models.AgentLeft, models.AgentRefused, models.AgentPassed, models.AgentNoted,
		models.AgentConfirmed, models.AgentSentNow, models.AgentSentNote, models.AgentCanceled, models.AgentCorrected, models.AgentRetried,
		models.AgentPlain, models.AgentInsisted, models.AgentSeized, models.AgentSentCanned, models.AgentSentReply, models.AgentReacted, models.AgentSentTemplate, models.AgentSkipped, models.AgentWithdrew, models.AgentSentIt, models.AgentTookChat, models.AgentBlocked, models.AgentStepped, models.AgentAbout, models.AgentTagged, models.BotAnswered, models.BotFailed, models.BotBack, models.BotGone,
		models.SendDelayed, models.FileLost, models.QueueMoved, models.ThreadOpened, models.ThreadLost, models.TimerRang, models.ChannelOff, models.ChannelOn,
	}
	for _, hasBot := range []bool{true, false} {
		for _, what := range types {
			p := handover.DefaultPolicy()
			p.HasBot = hasBot
			e := by(ben, what)
			e.Message, e.Ref, e.Content, e.Epoch = "x1", "p1", &models.Content{Text: "a person"}, 4
			e.Signals, e.Answer, e.Timer, e.Values = models.Signals{Asks: true}, &models.Answer{Messages: texts("hi"), IDs: []string{"b1"}}, models.TimerRung, map[string]string{"team": "a"}
			c, effects := handover.Decide(closed(muted), e, p, now)
			if !c.Memory.Muted || c.Mode != models.ModeBot {
				t.Errorf("%s: muted = %v in mode %s, want it to change nothing", what, c.Memory.Muted, c.Mode)
			}
			for _, effect := range effects {
				switch effect.(type) {
				case handover.Ask, handover.Send, handover.Tell, handover.Open, handover.Reopen, handover.Display, handover.React, handover.Emote, handover.Release, handover.Correct,
					handover.Resend, handover.Claim, handover.Wait:
					t.Errorf("%s does %q", what, show(effect))
				}
			}
		}
	}
}
