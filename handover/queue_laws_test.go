package handover_test

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"patchbay/handover"
	"patchbay/handover/hours"
	"patchbay/models"
)

// ladders are what desks may do while nobody takes a chat.
func ladders() [][]handover.Rung {
	remind := handover.Rung{After: time.Minute, Do: handover.RungRemind}
	promise := handover.Rung{After: 20 * time.Minute, Do: handover.RungPromise}
	return [][]handover.Rung{
		nil, {remind}, {remind, promise}, {promise},
		{
			remind, {After: 3 * time.Minute, Do: handover.RungGroup, To: "S1"}, {After: 5 * time.Minute, Do: handover.RungChannel, To: "C2"},
			{After: 10 * time.Minute, Do: handover.RungDM, To: "U9"}, promise,
		},
	}
}

// drawQueue has a desk with some hours, ladder and patience, as long as the world lasts.
func (w *world) drawQueue(t *rapid.T) {
	w.p.Desk.Queue.Ladder = rapid.SampledFrom(ladders()).Draw(t, "ladder")
	w.p.Desk.Queue.QuietAgent = rapid.SampledFrom([]time.Duration{0, 2 * time.Minute}).Draw(t, "quiet agent")
	w.p.Desk.Queue.QuietOffer = rapid.Bool().Draw(t, "offer")
	w.p.Desk.Queue.QuietCustomer = rapid.SampledFrom([]time.Duration{0, 4 * time.Minute}).Draw(t, "quiet customer")
	w.p.Desk.Queue.CloseAfter = rapid.SampledFrom([]time.Duration{0, time.Minute}).Draw(t, "close after")
	w.line = rapid.SampledFrom([]models.Tier{"", models.TierFew, models.TierLine}).Draw(t, "line")
	if rapid.Bool().Draw(t, "hours") {
		day := "22:00-22:20, 22:40-24:00" // the walk begins at 22:13 UTC
		w.p.Desk.Queue.Hours, _ = hours.Spec{Timezone: "UTC", Mon: day, Tue: day, Wed: day, Thu: day, Fri: day, Sat: "00:00-24:00"}.Parse()
	}
}

// down is when the desk was away, as the lanes know it.
func (w *world) down(t *rapid.T) []models.Span {
	if rapid.IntRange(0, 4).Draw(t, "down") < 4 {
		return nil
	}
	long := rapid.SampledFrom([]time.Duration{time.Second, time.Minute, time.Hour}).Draw(t, "for")
	return []models.Span{{From: w.now.Add(-long), To: w.now}}
}

func (w *world) lineMoves(t *rapid.T) {
	tier := rapid.SampledFrom([]models.Tier{models.TierNext, models.TierFew, models.TierLine}).Draw(t, "tier")
	h := w.c.Handover
	if len(w.order) > 0 && rapid.IntRange(0, 5).Draw(t, "old") == 0 {
		h = w.order[0]
	}
	if h != "" {
		w.happen(t, models.Event{Type: models.QueueMoved, Handover: h, Tier: tier})
	}
}

// owesIn reports whether an answer is owed in the chat's own handover, and the bot has it meanwhile.
func owesIn(c models.Conversation) bool {
	return c.Mode == models.ModeBot && c.Memory.Promised != "" && c.Memory.Promised == c.Handover
}

// waitsForPeople: whoever waits has a timer, or was promised an answer, or all is done that the ladder has; each rung is
// climbed once a wait, in the desk's hours, and a promise stays until somebody has the chat or says that none is owed.
func (w *world) waitsForPeople(t *rapid.T, before models.Conversation, e models.Event, effects []handover.Effect) {
	m := w.c.Memory
	_, timed := w.alarms[models.TimerRung]
	if timed != (m.RungSince != 0) || timed && w.c.Mode != models.ModeWaiting {
		t.Fatalf("the next rung is timed: %v in mode %s, RungSince = %d", timed, w.c.Mode, m.RungSince)
	}
	if w.c.Mode == models.ModeWaiting && m.Opened && !timed && m.Rung < len(w.p.Desk.Queue.Ladder) {
		t.Fatalf("the customer waits, and nothing follows rung %d of %d", m.Rung, len(w.p.Desk.Queue.Ladder))
	}
	if w.c.Mode != models.ModeWaiting && (m.WaitSince != 0 || m.Choice != "" || m.Rung != 0 || m.Tier != "") {
		t.Fatalf("nobody waits, and %+v is remembered", m)
	}
	w.climbs(t, before, e, effects)
	w.promises(t, before, e)
	told := slices.ContainsFunc(effects, func(f handover.Effect) bool {
		tell, ok := f.(handover.Tell)
		return ok && tell.Key == "place_"+string(m.Tier)
	})
	if told && (!m.Tier.Nearer(before.Memory.Tier) || before.Memory.TierAt != 0 && w.now.Sub(before.Memory.TierAt) < 2*time.Minute) {
		t.Fatalf("the customer is told that he is %q after %q", m.Tier, before.Memory.Tier)
	}
}

// climbs: at most one rung at a time, by its timer alone, each once.
func (w *world) climbs(t *rapid.T, before models.Conversation, e models.Event, effects []handover.Effect) {
	did := 0
	for _, effect := range effects {
		if p, ok := effect.(handover.Page); ok && p.Key != handover.PageQuiet {
			did++
		}
		if r, ok := effect.(handover.Remark); ok && e.Timer == models.TimerRung && (r.Broadcast || r.Mention != "") {
			did++
		}
	}
	grown := w.c.Memory.Rung - before.Memory.Rung
	if before.Epoch != w.c.Epoch || w.c.Mode != models.ModeWaiting {
		grown = 0
	}
	rang := e.Type == models.TimerRang && e.Timer == models.TimerRung
	if did > 1 || did > 0 && (!rang || !w.p.Desk.Queue.Hours.Open(w.now.Time())) || grown < 0 || grown > 1 || grown > 0 && !rang {
		t.Fatalf("%s climbs %d rungs, from %d to %d: %q", e.Type, did, before.Memory.Rung, w.c.Memory.Rung, showAll(effects))
	}
	if rang && did > 0 {
		for _, s := range e.Down {
			if s.To.Sub(s.From) > w.now.Sub(before.Memory.RungSince) {
				t.Fatalf("a rung is climbed, and the desk was away since %d", s.From)
			}
		}
	}
}

// promises: what is owed is known by its handover and the other way round, and only an agent, the customer or a new wait
// ends it.
func (w *world) promises(t *rapid.T, before models.Conversation, e models.Event) {
	for id, h := range w.handovers {
		if owed := h.State == models.HandoverPromised; owed != (owesIn(w.c) && w.c.Memory.Promised == id) {
			t.Fatalf("%s is %s, and %q is owed in mode %s", id, h.State, w.c.Memory.Promised, w.c.Mode)
		}
	}
	if !owesIn(before) || owesIn(w.c) {
		return
	}
	state := w.handovers[before.Handover].State
	switch {
	case w.c.Mode == models.ModeWaiting && w.c.Handover == before.Handover: // asked for again, in the same thread
	case state == models.HandoverClaimed && e.Agent != nil:
	case state == models.HandoverResolved && e.Type == models.AgentResolved:
	default:
		t.Fatalf("%s ends a promise: %s in %s", e.Type, w.c.Mode, state)
	}
}

// quietChats: an agent is timed while the customer waits for his answer, the customer while the agent waits for his, never
// both; and nobody is closed out who was not asked before.
func (w *world) quietChats(t *rapid.T, before models.Conversation, e models.Event, effects []handover.Effect) {
	m := w.c.Memory
	_, quiet := w.alarms[models.TimerQuiet]
	_, silent := w.alarms[models.TimerSilent]
	if quiet != (m.QuietSince != 0) || silent != (m.SilentSince != 0) || quiet && silent {
		t.Fatalf("the agent is timed: %v of %d, the customer: %v of %d", quiet, m.QuietSince, silent, m.SilentSince)
	}
	if (quiet || silent || m.Nudges > 0 || m.AskedMore) && w.c.Mode != models.ModeAgent {
		t.Fatalf("somebody is timed in mode %s: %+v", w.c.Mode, m)
	}
	for _, effect := range effects {
		if c, ok := effect.(handover.Close); ok && c.State == models.HandoverQuiet && (!before.Memory.AskedMore || e.Timer != models.TimerSilent) {
			t.Fatalf("%s closes a chat whose customer was not asked", e.Type)
		}
		if _, ok := effect.(handover.Offer); ok && before.Memory.Nudges != 2 && e.Type != models.AgentPassed && e.Type != models.AgentStepped &&
			!slices.Contains(e.Absent, before.Holder.ID) {
			t.Fatalf("a chat is offered after %d reminders", before.Memory.Nudges)
		}
	}
}
