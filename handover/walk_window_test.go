package handover_test

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"patchbay/handover"
	"patchbay/models"
)

// isShut reports whether the platform takes nothing from us.
func isShut(p handover.Policy, c models.Conversation, now models.Stamp) bool {
	return c.Memory.Shut || p.Window > 0 && c.LastInbound != 0 && now.Sub(c.LastInbound) >= p.Window
}

// shelf: what waits for the customer is held back, stands there once, and goes out when he writes, in its order.
func (w *world) shelf(t *rapid.T, before models.Conversation, e models.Event, effects []handover.Effect) {
	ids := shelfOf(w.c)
	for i, id := range ids {
		if m := w.message(t, id); m.Kind != models.Held || m.Deleted || m.Author != models.ByAgent {
			t.Fatalf("%+v waits for the customer", m)
		}
		if slices.Contains(ids[:i], id) {
			t.Fatalf("%s waits twice", id)
		}
	}
	if e.Type == models.CustomerWrote || e.Type == models.CustomerPressed {
		var out []string
		for _, f := range effects {
			if release, ok := f.(handover.Release); ok {
				out = append(out, release.Message)
			}
		}
		if len(ids) > 0 || !slices.Equal(out, shelfOf(before)) {
			t.Fatalf("%q wait, and %q go out as the customer writes; %q still wait", shelfOf(before), out, ids)
		}
		return
	}
	for _, f := range effects {
		if release, ok := f.(handover.Release); ok && !release.Template && isShut(w.p, before, w.now) && w.c.Memory.Insisted != release.Message {
			t.Fatalf("%s goes out after the end of the reply window", release.Message)
		}
	}
	for _, id := range shelfOf(before) {
		if m := w.message(t, id); !slices.Contains(ids, id) && !m.Deleted && m.Kind == models.Held {
			t.Fatalf("%+v does not wait any more, and was not sent", m)
		}
	}
	a, timed := w.alarms[models.TimerWindow]
	if timed != w.c.Memory.Watched || timed && (w.c.Mode != models.ModeAgent || a.Due > w.c.LastInbound.Add(w.p.Window-time.Hour)) {
		t.Fatalf("Watched = %v, and the end of the window is timed: %v, for %d, in mode %s", w.c.Memory.Watched, timed, a.Due, w.c.Mode)
	}
}

func shelfOf(c models.Conversation) (ids []string) {
	for _, s := range c.Memory.Shelved {
		ids = append(ids, s.Message)
	}
	return ids
}

// keptOrSent: a reply that came too late waits for the customer, or is sent once more because he wrote meanwhile.
func (w *world) keptOrSent(t *rapid.T, e models.Event) {
	kept := slices.Contains(shelfOf(w.c), e.Message)
	if again := w.message(t, e.Message).Kind == models.Said; kept == again {
		t.Fatalf("a reply that came too late is kept: %v, sent again: %v", kept, again)
	}
}
