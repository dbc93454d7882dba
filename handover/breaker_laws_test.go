package handover_test

import (
	"slices"

	"pgregory.net/rapid"

	"patchbay/handover"
	"patchbay/models"
)

// waitsForTheBot: what falls into an outage is kept until somebody answers, and kept nowhere else; its customer knows.
func (w *world) waitsForTheBot(t *rapid.T, before models.Conversation, e models.Event) {
	owed := w.c.Memory.Owed
	if (len(owed) > 0) != (w.waits != nil) {
		t.Fatalf("%d messages are owed, and the chat waits: %v", len(owed), w.waits != nil)
	}
	if len(owed) > 0 && w.c.Mode != models.ModeBot {
		t.Fatalf("people have the chat, and %v are owed by the bot", owed)
	}
	if (w.c.Memory.OwedSince != 0) != (len(owed) > 0) {
		t.Fatalf("owed since %d: %v", w.c.Memory.OwedSince, owed)
	}
	if len(owed) > 0 && w.c.Memory.Outage != before.Memory.Outage && w.told[w.c.Memory.Outage] == 0 && before.Memory.Told != "outage" {
		t.Fatalf("the customer waits in the outage %q and does not know", w.c.Memory.Outage)
	}
	for _, o := range before.Memory.Owed {
		kept := slices.ContainsFunc(owed, func(now models.Owed) bool { return now.Message == o.Message })
		taken := e.Type == models.CustomerDeleted && e.Message == o.Message
		if !kept && w.c.Mode == models.ModeBot && !taken && e.Type != models.BotAnswered && len(owed) < 20 {
			t.Fatalf("%s leaves %s without an answer", e.Type, o.Message)
		}
	}
	if e.Outage != "" && before.Mode == models.ModeBot && e.Epoch == before.Epoch && !e.Signals.Small {
		for _, id := range e.Asked[max(0, len(e.Asked)-20):] {
			if !slices.ContainsFunc(owed, func(o models.Owed) bool { return o.Message == id }) {
				t.Fatalf("%s fell into an outage and does not wait", id)
			}
		}
	}
	w.waitEnds(t)
}

// waitEnds: a chat that waits is asked again, young enough, when the bot is back, and people get it when they are to.
func (w *world) waitEnds(t *rapid.T) {
	if w.waits == nil {
		return
	}
	if c, _ := handover.Decide(w.c, models.Event{Type: models.BotGone}, w.p, w.now); c.Mode != models.ModeWaiting {
		t.Fatalf("Hand all over leads to %s", c.Mode)
	}
	_, effects := handover.Decide(w.c, models.Event{Type: models.BotBack}, w.p, w.now)
	last := w.c.Memory.Owed[len(w.c.Memory.Owed)-1]
	old := w.p.HasBot && w.p.Stale > 0 && w.now.Sub(last.At) > w.p.Stale
	if len(effects) == 0 && !old {
		t.Fatalf("what waits since %s is not asked again", ago(last.At))
	}
}
