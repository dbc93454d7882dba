package handover_test

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"patchbay/handover"
	"patchbay/models"
)

func (w *world) agentReplies(t *rapid.T) {
	e, ok := w.agent(t, models.AgentReplied, func(h models.Handover) bool { return h.Thread != "" })
	if !ok {
		return
	}
	e.Message, e.Ref, e.Content = w.id("a"), w.id("post"), &models.Content{Text: "Hello"}
	if rapid.IntRange(0, 4).Draw(t, "file") == 0 {
		file(&e)
	}
	e.Sent = w.now.Add(-rapid.SampledFrom([]time.Duration{0, 0, time.Second, 10 * time.Second, 10 * time.Minute}).Draw(t, "late"))
	if e.Canned = rapid.SampledFrom([]models.Canned{"", "", "", models.CannedFound, models.CannedUnknown, models.CannedBare}).Draw(t, "canned"); e.Canned == models.CannedUnknown || e.Canned == models.CannedBare {
		e.Content.Text = secret
	}
	if e.Note = e.Canned == "" && rapid.IntRange(0, 3).Draw(t, "note") == 0; e.Note {
		e.Content.Text = secret
		if e.Mention = rapid.Bool().Draw(t, "mention"); e.Mention {
			e.Content.Text = "@Ben?"
		}
	}
	if rapid.IntRange(0, 9).Draw(t, "guest") == 0 {
		e.Type, e.Refusal = models.AgentRefused, "guest"
	}
	w.happen(t, e)
}

// agent makes an event of an agent's in a handover that fits. A card can be clicked before its thread is recorded.
func (w *world) agent(t *rapid.T, kind models.EventType, fit func(models.Handover) bool) (models.Event, bool) {
	ids := slices.DeleteFunc(slices.Clone(w.order), func(id string) bool { return !fit(*w.handovers[id]) })
	if len(ids) == 0 {
		return models.Event{}, false
	}
	if rapid.Bool().Draw(t, "newest") {
		ids = ids[len(ids)-1:]
	}
	who := rapid.SampledFrom([]models.Person{ana, ben, {ID: "U3", Name: "Cem"}}).Draw(t, "who")
	return models.Event{Type: kind, Sent: w.now, Agent: &who, Handover: rapid.SampledFrom(ids).Draw(t, "handover")}, true
}

func (w *world) agentClicks(t *rapid.T) {
	kind := rapid.SampledFrom([]models.EventType{models.AgentClaimed, models.AgentResolved}).Draw(t, "button")
	if e, ok := w.agent(t, kind, func(models.Handover) bool { return true }); ok {
		w.twice(t, e, func(e models.Event) models.Event { return e })
	}
}

// agentReacts puts an emoji on a line of the customer's, in any thread, or takes one off.
func (w *world) agentReacts(t *rapid.T) {
	e, ok := w.agent(t, models.AgentReacted, func(h models.Handover) bool { return h.Thread != "" })
	lines := w.some(func(m models.Message) bool {
		return m.Author == models.ByCustomer && m.Kind == models.Said && !m.Deleted
	})
	if !ok || len(lines) == 0 {
		return
	}
	e.Message, e.About, e.Content = w.id("r"), rapid.SampledFrom(lines).Draw(t, "line"), &models.Content{Text: "👍"}
	e.Ref = "post of " + e.About + " in " + e.Handover
	e.Gone = rapid.Bool().Draw(t, "gone")
	if known := w.some(func(m models.Message) bool { return m.PlatformID == handover.AgentReactionRef(e.Ref) }); len(known) > 0 {
		e.Prior = &models.Prior{Message: known[0], Content: w.messages[known[0]].Content}
	}
	w.happen(t, e)
}

// agentSendsCanned fills in the form of canned replies, in any chat, also one that is closed.
func (w *world) agentSendsCanned(t *rapid.T) {
	kind := rapid.SampledFrom([]models.EventType{models.AgentSentCanned, models.AgentSentReply}).Draw(t, "form")
	e, ok := w.agent(t, kind, func(models.Handover) bool { return true })
	if !ok {
		return
	}
	e.Message, e.Content = w.id("a"), &models.Content{Text: "Your order is on its way."}
	before := w.c
	effects := w.happen(t, e)
	sent := slices.ContainsFunc(effects, func(f handover.Effect) bool { _, ok := f.(handover.Send); return ok })
	if sent && w.c.Mode != models.ModeAgent {
		t.Fatalf("a canned reply went out in mode %s, and nobody has the chat", w.c.Mode)
	}
	if !sent && before.Mode == models.ModeWaiting && before.Handover == e.Handover && !isShut(w.p, before, w.now) {
		t.Fatalf("a canned reply did not go out to somebody who waits: %q", effects)
	}
}

// agentTakesChat takes over a chat that he found, wherever it is.
func (w *world) agentTakesChat(t *rapid.T) {
	who := rapid.SampledFrom([]models.Person{ana, ben}).Draw(t, "who")
	before := w.c
	w.twice(t, models.Event{Type: models.AgentTookChat, Sent: w.now, Agent: &who}, func(e models.Event) models.Event { return e })
	switch {
	case before.Memory.Muted:
	case w.c.Mode != models.ModeAgent:
		t.Fatalf("a chat that was taken over is in mode %s", w.c.Mode)
	case before.Mode == models.ModeAgent && w.c.Holder != before.Holder:
		t.Fatalf("a chat of %s was taken from him", before.Holder.Name)
	}
}

// agentDecides answers what an agent was asked of a reply that was held back.
func (w *world) agentDecides(t *rapid.T) {
	ids := w.some(func(m models.Message) bool { return m.Kind == models.Held })
	if len(ids) == 0 {
		return
	}
	m := w.messages[rapid.SampledFrom(ids).Draw(t, "reply")]
	kind := rapid.SampledFrom([]models.EventType{
		models.AgentTookOver, models.AgentLeft, models.AgentInsisted, models.AgentSeized, models.AgentMadeNote,
	}).Draw(t, "button")
	w.twice(t, models.Event{Type: kind, Sent: w.now, Agent: &m.Person, Handover: m.Handover}, func(e models.Event) models.Event {
		if m.Kind == models.Held && !m.Deleted {
			e.Message = m.ID
		}
		return e
	})
}

// agentMends lets a reply go that was held back, takes one back, corrects it or tries it again, twice each.
func (w *world) agentMends(t *rapid.T) {
	kind := rapid.SampledFrom([]models.EventType{
		models.AgentConfirmed, models.AgentSentNow, models.AgentSentNote, models.AgentCanceled, models.AgentCorrected,
		models.AgentRetried, models.AgentPlain,
	}).Draw(t, "button")
	done := false
	fits := func(m models.Message) bool {
		switch {
		case m.Author != models.ByAgent || m.Post == "" || done:
			return false
		case kind == models.AgentConfirmed || kind == models.AgentSentNow:
			return m.Kind == models.Held && !m.Deleted
		case kind == models.AgentSentNote:
			return m.Kind == models.Note && !m.Deleted && m.Content.Text != secret
		case kind == models.AgentCorrected:
			return m.Kind == models.Said
		}
		return m.Kind == models.Said && !m.Deleted
	}
	ids := w.some(fits)
	if len(ids) == 0 {
		return
	}
	m := w.messages[rapid.SampledFrom(ids).Draw(t, "reply")]
	held := w.c
	e := models.Event{Type: kind, Sent: w.now, Agent: &m.Person, Handover: m.Handover, Ref: m.Post}
	w.twice(t, e, func(e models.Event) models.Event {
		if fits(*m) {
			e.Message, e.Content = m.ID, &m.Content
		}
		done = kind == models.AgentCorrected || kind == models.AgentRetried || kind == models.AgentPlain
		return e
	})
	lets := kind == models.AgentConfirmed || kind == models.AgentSentNow || kind == models.AgentSentNote
	if lets && held.Mode == models.ModeBot && w.c.Mode == models.ModeBot && m.Kind == models.Said && w.now > held.Memory.Resolved {
		t.Fatalf("a reply of %s was let go in a chat that the bot has", m.ID)
	}
}

// agentRenotes makes a note of a message, or sends one, twice each: also of a colleague's, and of what is none.
func (w *world) agentRenotes(t *rapid.T) {
	kind := rapid.SampledFrom([]models.EventType{models.AgentWithdrew, models.AgentSentIt}).Draw(t, "shortcut")
	ids := w.some(func(m models.Message) bool {
		return m.Author == models.ByAgent && m.Post != "" && m.Content.Text != secret
	})
	if len(ids) == 0 {
		return
	}
	m := w.messages[rapid.SampledFrom(ids).Draw(t, "message")]
	e := models.Event{Type: kind, Sent: w.now, Agent: &m.Person, Handover: m.Handover, Ref: m.Post}
	if e.Own = rapid.IntRange(0, 4).Draw(t, "own") > 0; !e.Own {
		e.Agent = &models.Person{ID: "U9", Name: "Dan"}
	}
	state := rapid.SampledFrom([]models.Delivery{models.Queued, models.Sent, models.Failed}).Draw(t, "state")
	before := *m
	w.twice(t, e, func(e models.Event) models.Event {
		e.Message, e.Content, e.Kind, e.Delivery = m.ID, &m.Content, m.Kind, state
		if m.Deleted {
			e.Kind, e.Delivery = "", ""
		}
		if m.Deleted && kind == models.AgentWithdrew {
			e.Kind = models.Note
		}
		return e
	})
	if !e.Own && m.Kind != before.Kind {
		t.Fatalf("somebody else makes a %s of the %s %s", m.Kind, before.Kind, m.ID)
	}
	if kind == models.AgentWithdrew && m.Kind == models.Said && !m.Deleted && e.Own && state != models.Sent {
		t.Fatalf("%s was made a note, and goes out", m.ID)
	}
}

// twice clicks a button, and clicks again: the second click changes nothing. find names what the click is about.
func (w *world) twice(t *rapid.T, e models.Event, find func(models.Event) models.Event) {
	w.happen(t, find(e))
	before := dump(w.c)
	for _, effect := range w.happen(t, find(e)) {
		if _, ok := effect.(handover.Whisper); !ok {
			t.Fatalf("the second click does %q", show(effect))
		}
	}
	if after := dump(w.c); after != before {
		t.Fatalf("the second click changes %s to %s", before, after)
	}
}

func (w *world) agentChanges(t *rapid.T) {
	ids := w.some(func(m models.Message) bool { return m.Author == models.ByAgent })
	if len(ids) == 0 {
		return
	}
	m := w.messages[rapid.SampledFrom(ids).Draw(t, "post")]
	e := models.Event{Type: models.AgentEdited, Agent: &m.Person, Handover: m.Handover, Message: m.ID, Kind: m.Kind, Content: &models.Content{Text: "Hello!"}}
	if m.Deleted {
		e.Kind = models.Note
	}
	if e.Note = rapid.Bool().Draw(t, "note"); e.Note {
		e.Content.Text = secret
	}
	if rapid.IntRange(0, 3).Draw(t, "deletes") == 0 {
		e.Type, e.Content, e.Note = models.AgentDeleted, nil, false
	}
	w.happen(t, e)
}

// fileLost: a file of the customer's cannot be shown, which changes nothing but the thread.
func (w *world) fileLost(t *rapid.T) {
	ids := w.some(func(m models.Message) bool { return m.Author == models.ByCustomer && m.Handover != "" })
	if len(ids) == 0 {
		return
	}
	m := w.messages[rapid.SampledFrom(ids).Draw(t, "message")]
	before := w.c
	effects := w.happen(t, models.Event{Type: models.FileLost, Message: m.ID, Handover: m.Handover, Failure: &models.Failure{Text: "[photo] is not here."}})
	if remark, ok := effects[0].(handover.Remark); len(effects) != 1 || !ok || remark.Handover != m.Handover || w.c.Mode != before.Mode || w.c.Epoch != before.Epoch {
		t.Fatalf("a lost file does %q in mode %s", showAll(effects), w.c.Mode)
	}
}

func (w *world) sendFails(t *rapid.T) {
	ids := w.some(func(m models.Message) bool { return m.Author == models.ByAgent && m.Kind == models.Said })
	if len(ids) == 0 {
		return
	}
	m := w.messages[rapid.SampledFrom(ids).Draw(t, "message")]
	kind := rapid.SampledFrom([]models.EventType{models.SendFailed, models.SendDelayed}).Draw(t, "how")
	e := models.Event{Type: kind, Sent: m.At, Message: m.ID, Handover: m.Handover, Agent: &m.Person, Failure: &models.Failure{Text: "Gone."}}
	if kind == models.SendFailed && !m.Deleted && rapid.Bool().Draw(t, "too late") {
		e.Failure.Kind = handover.FailedWindow
	}
	w.happen(t, e)
}
