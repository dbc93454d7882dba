package handover_test

import (
	"slices"

	"pgregory.net/rapid"

	"patchbay/handover"
	"patchbay/models"
)

// agentPasses gives a chat to a person, to a team of this channel or of another, or to one that the config has no more.
func (w *world) agentPasses(t *rapid.T) {
	e, ok := w.agent(t, models.AgentPassed, func(models.Handover) bool { return true })
	if !ok {
		return
	}
	e.Message, e.Place = w.id("note"), w.places[e.Handover]
	e.Values = map[string]string{handover.FieldPassNote: rapid.SampledFrom([]string{"", "They want a refund."}).Draw(t, "note")}
	switch team := rapid.SampledFrom([]string{"", "here", "billing", "gone"}).Draw(t, "team"); team {
	case "":
		to := rapid.SampledFrom([]models.Person{ana, ben}).Draw(t, "to")
		e.Target = &to
	default:
		e.Values[handover.FieldPassTeam] = team
	}
	before := w.c
	w.happen(t, e)
	if promised := before.Memory.Promised != "" && before.Memory.Promised == before.Handover; !promised || w.c.Mode == models.ModeAgent {
		return
	}
	if w.c.Memory.Promised != w.c.Handover || w.c.Mode != before.Mode {
		t.Fatalf("an answer was owed in %s, and nobody owes it in %s after it was passed on; owed in %q", before.Handover, w.c.Handover, w.c.Memory.Promised)
	}
}

// agentBlocks blocks the customer or ends that, from any card: of an open chat, of a closed one, of a thread of the past.
func (w *world) agentBlocks(t *rapid.T) {
	kind := models.AgentBlocked
	if w.c.Memory.Muted && rapid.IntRange(0, 4).Draw(t, "again") > 0 {
		kind = models.AgentUnblocked
	} else if rapid.IntRange(0, 2).Draw(t, "really") > 0 {
		return
	}
	e, ok := w.agent(t, kind, func(models.Handover) bool { return true })
	if !ok {
		return
	}
	before := w.c
	effects := w.happen(t, e)
	if !before.Memory.Muted && kind == models.AgentBlocked {
		w.screen = ""
	}
	if w.c.Memory.Muted != (kind == models.AgentBlocked) || w.c.Mode != models.ModeBot {
		t.Fatalf("%s leaves the customer blocked: %v, in mode %s", kind, w.c.Memory.Muted, w.c.Mode)
	}
	if !slices.ContainsFunc(effects, func(f handover.Effect) bool {
		switch f := f.(type) {
		case handover.Refresh:
			return f.Handover == e.Handover || f.Handover == "" && e.Handover == w.c.Handover
		case handover.Close:
			return e.Handover == before.Handover
		}
		return false
	}) {
		t.Fatalf("the card of %s does not show it: %q", e.Handover, showAll(effects))
	}
}

// blocked: nothing comes of what happens around a customer who is blocked, for him or for who answers.
func (w *world) blocked(t *rapid.T, before models.Conversation, e models.Event, effects []handover.Effect) {
	if w.c.Mode != models.ModeBot || w.c.Epoch != before.Epoch {
		t.Fatalf("%s brings the chat of a customer who is blocked to %s", e.Type, w.c.Mode)
	}
	for _, effect := range effects {
		switch effect.(type) {
		case handover.Ask, handover.Send, handover.Tell, handover.Open, handover.Reopen, handover.Display, handover.Release, handover.Correct,
			handover.Resend, handover.Claim, handover.Wait:
			t.Fatalf("%s does %q with a customer who is blocked", e.Type, show(effect))
		}
	}
}

// agentNotes fills in the form after Resolve, or closes it.
func (w *world) agentNotes(t *rapid.T) {
	kind := rapid.SampledFrom([]models.EventType{models.AgentNoted, models.AgentSkipped}).Draw(t, "form")
	if e, ok := w.agent(t, kind, func(models.Handover) bool { return true }); ok {
		e.Values = map[string]string{handover.FieldCategory: "Refund"}
		before := w.c
		w.happen(t, e)
		if c := w.c; c.Mode != before.Mode || c.Epoch != before.Epoch || c.Handover != before.Handover {
			t.Fatalf("a note brings the chat from %s to %s", before.Mode, c.Mode)
		}
	}
}

// customerRates presses a button of a question, new or old, or writes what may be an answer.
func (w *world) customerRates(t *rapid.T) {
	e := models.Event{Type: models.CustomerWrote, Message: w.id("m"), Ref: w.id("p"), Content: &models.Content{}}
	e.Content.Text = rapid.SampledFrom([]string{"👍", "👎", "1", "5", "⭐⭐⭐", "6"}).Draw(t, "answer")
	e.Signals.Small = e.Content.Text[0] > '9'
	if len(w.order) > 0 && rapid.Bool().Draw(t, "presses") {
		e.Type = models.CustomerPressed
		e.Content.Payload = handover.RatePayload(rapid.SampledFrom(w.order).Draw(t, "of"), rapid.IntRange(0, 6).Draw(t, "rating"))
	}
	w.happen(t, e)
}

// locked: with a lock, what a colleague writes reaches the customer only when he insists.
func (w *world) locked(t *rapid.T, before models.Conversation, e models.Event) {
	if e.Type != models.AgentReplied || w.p.Desk.Lock != handover.LockOwner || before.Mode != models.ModeAgent || e.Handover != before.Handover {
		return
	}
	if m := w.message(t, e.Message); m.Kind == models.Said && before.Holder.ID != e.Agent.ID {
		t.Fatalf("%s's reply is sent in a chat that %s has", e.Agent.Name, before.Holder.Name)
	}
}

// ratings: what rates a chat does nothing else, and only a chat that the customer was asked of is rated.
func (w *world) ratings(t *rapid.T, before models.Conversation, e models.Event, effects []handover.Effect) {
	for _, effect := range effects {
		f, ok := effect.(handover.Rated)
		if !ok {
			continue
		}
		if !w.asked[f.Handover] {
			t.Fatalf("%s is rated without a question", f.Handover)
		}
		if before.Mode != w.c.Mode || before.Epoch != w.c.Epoch || opens(effects) {
			t.Fatalf("a rating brings the chat from %s to %s", before.Mode, w.c.Mode)
		}
		if slices.ContainsFunc(effects, func(f handover.Effect) bool { _, asks := f.(handover.Ask); return asks }) {
			t.Fatal("the bot is asked with a rating")
		}
	}
	if e.Content != nil && handoverOf(e.Content.Payload) && slices.ContainsFunc(effects, func(f handover.Effect) bool {
		_, asks := f.(handover.Ask)
		return asks
	}) {
		t.Fatal("the bot is asked with the button of a rating")
	}
}

func handoverOf(payload string) bool { return len(payload) > 6 && payload[:6] == "/rate " }
