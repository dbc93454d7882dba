package handover_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"patchbay/handover"
	"patchbay/models"
)

// misses makes a breaker of failures, each a chat and how long ago, in seconds.
func misses(list ...[2]int) (b models.Breaker) {
	for _, m := range list {
		b.Failures = append(b.Failures, models.Miss{Conversation: int64(m[0]), At: now.Add(-time.Duration(m[1]) * time.Second)})
	}
	return b
}

// Ensure that chats count once each, for a minute, and that enough of them make the bot count as out.
func TestMissed(t *testing.T) {
	four := misses([2]int{1, 50}, [2]int{2, 40}, [2]int{3, 30}, [2]int{4, 20})
	tests := []struct {
		name  string
		b     models.Breaker
		chat  int64
		chats int
		out   bool
		left  []int64 // chats that count then
	}{
		{"the first", models.Breaker{}, 1, 5, false, []int64{1}},
		{"the fourth", misses([2]int{1, 50}, [2]int{2, 40}, [2]int{3, 30}), 4, 5, false, []int64{1, 2, 3, 4}},
		{"the fifth", four, 5, 5, true, nil},
		{"a chat again", four, 2, 5, false, []int64{1, 3, 4, 2}},
		{"the first too long ago", misses([2]int{1, 60}, [2]int{2, 40}, [2]int{3, 30}, [2]int{4, 20}), 5, 5, false, []int64{2, 3, 4, 5}},
		{"the first just in time", misses([2]int{1, 59}, [2]int{2, 40}, [2]int{3, 30}, [2]int{4, 20}), 5, 5, true, nil},
		{"fewer are enough by now", four, 2, 3, true, nil},
		{"one is enough", models.Breaker{}, 1, 1, true, nil},
		{"off", four, 5, 0, false, []int64{1, 2, 3, 4}},
		{"out already", models.Breaker{Incident: "i1"}, 1, 1, false, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			was := fmt.Sprint(tt.b)
			b, out := handover.Missed(tt.b, tt.chat, tt.chats, now)
			var left []int64
			for _, m := range b.Failures {
				left = append(left, m.Conversation)
			}
			if out != tt.out || !slices.Equal(left, tt.left) {
				t.Errorf("Missed() = %v, %v; want %v, %v", left, out, tt.left, tt.out)
			}
			if out && (b.ProbeAt <= now || b.Tries != 0) {
				t.Errorf("the first probe is due at %d, now is %d", b.ProbeAt, now)
			}
			if fmt.Sprint(tt.b) != was {
				t.Errorf("Missed changes %s to %v", was, tt.b)
			}
		})
	}
}

// Ensure that one question at a time is a probe, later after each that failed, and that an answer ends the outage.
func TestProbe(t *testing.T) {
	b, out := handover.Missed(models.Breaker{Bot: "b"}, 1, 1, now)
	if _, ok := handover.Probe(b, time.Second, after(time.Hour)); ok {
		t.Error("a probe of a bot whose outage has no name yet")
	}
	if b.Incident = "i1"; !out {
		t.Fatal("one chat is not enough")
	}
	at := now
	var waits []time.Duration
	for range 8 {
		if _, ok := handover.Probe(b, 20*time.Second, b.ProbeAt-1); ok {
			t.Error("a probe before its time")
		}
		waits = append(waits, b.ProbeAt.Sub(at))
		at = b.ProbeAt
		var ok bool
		if b, ok = handover.Probe(b, 20*time.Second, at); !ok {
			t.Fatal("no probe when it is time")
		}
		if _, again := handover.Probe(b, 20*time.Second, at.Add(20*time.Second)); again {
			t.Error("a second probe while the first is under way")
		}
		if _, again := handover.Probe(b, 20*time.Second, at.Add(25*time.Second)); !again {
			t.Error("no probe when the one before was lost")
		}
		at = at.Add(3 * time.Second)
		b = handover.Probed(b, false, at)
	}
	s := time.Second
	if want := []time.Duration{5 * s, 10 * s, 20 * s, 40 * s, 60 * s, 60 * s, 60 * s, 60 * s}; !slices.Equal(waits, want) {
		t.Errorf("probes after %v, want %v", waits, want)
	}
	if b = handover.Probed(b, true, at); b.Incident != "" || b.Tries != 0 || b.ProbeAt != 0 || b.Bot != "b" {
		t.Errorf("after an answer the breaker is %+v", b)
	}
	if _, ok := handover.Probe(b, s, at.Add(time.Hour)); ok {
		t.Error("a probe of a bot that works")
	}
}

// owing is a chat that waits for the bot since a minute before noon, and was told of the outage i1.
func owing(ids ...string) func(*models.Conversation) {
	return func(c *models.Conversation) {
		for _, id := range ids {
			c.Memory.Owed = append(c.Memory.Owed, models.Owed{Message: id, At: noon})
		}
		c.Memory.OwedSince, c.Memory.Outage, c.Memory.Told = noon-60_000, "i1", "outage"
	}
}

// missed is a question of m1 that fell into an outage.
func missed(outage string, change ...func(*models.Event)) models.Event {
	e := failed(models.CauseError)
	e.Outage, e.Asked, e.AskedAt = outage, []string{"m1"}, noon
	for _, fn := range change {
		fn(&e)
	}
	return e
}

func owes(want ...string) func(*testing.T, models.Conversation) {
	return func(t *testing.T, c models.Conversation) {
		var ids []string
		for _, o := range c.Memory.Owed {
			ids = append(ids, o.Message)
		}
		if !slices.Equal(ids, want) || len(ids) == 0 && c.Memory.OwedSince != 0 {
			t.Errorf("owed since %d: %v, want %v", c.Memory.OwedSince, ids, want)
		}
	}
}

// Ensure that what falls into an outage waits, that its customer is told once, and that it ends in an answer or in a person.
func TestDecide_outage(t *testing.T) {
	bot, wait := models.ModeBot, models.ModeWaiting
	unasked := func(e *models.Event) { e.Failure.Cause = models.CauseOutage }
	back := models.Event{Type: models.BotBack, At: now}
	gone := models.Event{Type: models.BotGone, At: now, Content: &models.Content{Text: "Where is it?"}}
	deleted := models.Event{Type: models.CustomerDeleted, At: now, Message: "m1"}
	stale := func(d time.Duration) func(*handover.Policy) { return func(p *handover.Policy) { p.Stale = d } }
	many := make([]string, 25)
	for i := range many {
		many[i] = fmt.Sprintf("q%d", i)
	}
	handed := []string{"unwait", "open: outage", "set give_up +10m0s", "tell break"}
	check(t, []row{
		{name: "one of many", c: inBot(), e: missed("i1"), mode: bot, want: []string{"wait +0s -1m0s", "tell outage"}, then: owes("m1")},
		{name: "not asked", c: inBot(), e: missed("i1", unasked), mode: bot, want: []string{"wait +0s -1m0s", "tell outage"}, then: owes("m1")},
		{name: "a second question", c: inBot(owing("m0")), e: missed("i1", unasked), mode: bot, want: []string{"wait -2m0s -1m0s"}, then: owes("m0", "m1")},
		{name: "the same one again", c: inBot(owing("m1")), e: missed("i1"), mode: bot, want: []string{"wait -2m0s -1m0s"}, then: owes("m1")},
		{name: "too many", c: inBot(owing(many...)), e: missed("i1"), mode: bot, want: []string{"wait -2m0s -1m0s"}, then: func(t *testing.T, c models.Conversation) {
			if n := len(c.Memory.Owed); n != 20 || c.Memory.Owed[19].Message != "m1" {
				t.Errorf("%d are owed: %v", n, c.Memory.Owed)
			}
		}},
		{name: "another outage", c: inBot(owing("m0")), e: missed("i2"), mode: bot, want: []string{"wait -2m0s -1m0s"}, then: func(t *testing.T, c models.Conversation) {
			if c.Memory.Outage != "i2" {
				t.Errorf("Outage = %q", c.Memory.Outage)
			}
		}},
		{name: "with breaks to spare", c: inBot(), e: missed("i1"), p: twoBreaks, mode: bot, want: []string{"wait +0s -1m0s", "tell outage"}, then: breaks(0)},
		{name: "thanks", c: inBot(), e: missed("i1", small), mode: bot},
		{name: "late", c: inBot(), e: missed("i1", late), mode: bot},
		{name: "people have the chat", c: waiting(), e: missed("i1"), mode: wait},
		{name: "of no question", c: inBot(), e: missed("i1", func(e *models.Event) { e.Asked = nil }), mode: bot},
		{name: "not asked, and back by now", c: inBot(), e: missed("", unasked), mode: bot, want: []string{"ask m1"}, then: owes()},

		{name: "back", c: inBot(owing("m1", "m2")), e: back, mode: bot, want: []string{"ask m1 again", "ask m2 again"}, then: owes("m1", "m2")},
		{name: "back, nothing owed", c: inBot(), e: back, mode: bot},
		{name: "back, young enough", c: inBot(owing("m1")), e: back, p: stale(time.Minute), mode: bot, want: []string{"ask m1 again"}},
		{name: "back, too old", c: inBot(owing("m1")), e: back, p: stale(59 * time.Second), mode: bot, then: owes("m1")},
		{name: "back, people have the chat", c: waiting(), e: back, mode: wait},
		{name: "back, the bot is none", c: inBot(owing("m1")), e: back, p: noBot, mode: wait, epoch: 1, want: []string{"unwait", "open: no_bot", "set give_up +10m0s", "tell handover"}},

		{name: "answered", c: inBot(owing("m1")), e: answered(models.Answer{Messages: texts("On its way.")}), mode: bot, want: append([]string{"unwait"}, sends...), then: owes()},
		{name: "not understood", c: inBot(owing("m1")), e: answered(models.Answer{Fallback: true}), mode: wait, epoch: 1, want: append([]string{"unwait"}, handsOver(models.CauseFallback)...), then: owes()},
		{name: "breaks by itself", c: inBot(owing("m1")), e: missed(""), mode: wait, epoch: 1, want: append([]string{"unwait"}, handsOver(models.CauseError)...), then: owes()},

		{name: "handed over", c: inBot(owing("m1")), e: gone, mode: wait, epoch: 1, want: handed, then: owes()},
		{name: "handed over, nothing owed", c: inBot(), e: gone, mode: bot},
		{name: "handed over to who has it", c: held(), e: gone, mode: models.ModeAgent},
		{name: "asks for a person", c: inBot(owing("m0")), e: wrote("A human!", models.Signals{Asks: true}), mode: wait, epoch: 1,
			want: []string{"record m1 customer said", "unwait", "open: asked", "set give_up +10m0s", "tell handover"}, then: owes()},
		{name: "an agent takes over", c: closed(owing("m0")), e: by(ana, models.AgentTookOver, func(e *models.Event) { e.Message = "a1" }), mode: models.ModeAgent, epoch: 1,
			want: []string{"reopen quietly h1: taken_over", "unwait", "claim U1", `remark U1 "took this chat over from the bot."`, "release a1"}, then: owes()},
		{name: "writes on", c: inBot(owing("m0")), e: wrote("Hello?", models.Signals{}), mode: bot, want: []string{"record m1 customer said", "ask m1"}, then: owes("m0")},
		{name: "says it the third time", c: inBot(said("hello?", 2*time.Minute, time.Minute), owing("m0")), e: wrote("Hello?", models.Signals{}), mode: bot, want: []string{"record m1 customer said", "ask m1"}},
		{name: "says it the third time to a bot", c: inBot(said("hello?", 2*time.Minute, time.Minute)), e: wrote("Hello?", models.Signals{}), mode: wait, epoch: 1,
			want: append([]string{"record m1 customer said"}, handsOver(models.CauseSameAsked)...)},

		{name: "takes it back", c: inBot(owing("m1")), e: deleted, mode: bot, want: []string{"rewrite m1 deleted", "unwait"}, then: owes()},
		{name: "takes one of two back", c: inBot(owing("m1", "m2")), e: deleted, mode: bot, want: []string{"rewrite m1 deleted"}, then: owes("m2")},
		{name: "takes another one back", c: inBot(owing("m2")), e: deleted, mode: bot, want: []string{"rewrite m1 deleted"}, then: owes("m2")},
	})
}
