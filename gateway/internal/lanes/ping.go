package lanes

import (
	"context"
	"slices"
	"time"

	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
)

const (
	// pingEvery is how often a desk is asked whether it is there, while chats are open on it.
	pingEvery = 30 * time.Second
	// downAfter is after how long without an answer a desk counts as away: two that are lost, and a margin.
	downAfter = 75 * time.Second
	// downKept is how long is remembered when a desk was away, and downMost how often: ladders are climbed in hours.
	downKept = 31 * 24 * time.Hour
	downMost = 200
)

// presence is when a desk was there. It is written while chats are open on it, by whichever copy looks after them, so time in
// which nothing of Patchbay ran is time without the desk as well.
type presence struct {
	Up   models.Stamp  `json:"up,omitempty"`   // when it last was; 0 while nobody asks
	Down []models.Span `json:"down,omitempty"` // when it was not
}

func presenceFact(desk string) string { return "presence/" + desk }

// ping asks the desks with open chats whether they are there.
func (k *keeper) ping(ctx context.Context, lines []store.Crowded) {
	open := map[string]bool{}
	for _, l := range lines {
		open[l.Desk] = open[l.Desk] || l.All > l.Promised
	}
	now := k.e.now()
	for name, desk := range k.e.Roster().Desks {
		pinger, ok := desk.Desk.(handover.Pinger)
		last, known := k.pinged[name]
		if !ok || known && now.Sub(last) < pingEvery || !known && !open[name] {
			continue
		}
		if !open[name] {
			delete(k.pinged, name)
			if err := k.e.present(ctx, name, false); err != nil {
				k.warn(ctx, "presence of a desk not noted", err)
			}
			continue
		}
		k.pinged[name] = now
		call, cancel := context.WithTimeout(ctx, callTimeout)
		err := pinger.Ping(call)
		cancel()
		if err == nil {
			err = k.e.present(ctx, name, true)
		}
		if err != nil {
			k.warn(ctx, "the desk does not answer", err)
		}
	}
}

// present notes that a desk is there, or that nobody asks any more.
func (e *Engine) present(ctx context.Context, desk string, open bool) error {
	return e.store.Write(ctx, func(tx *store.Tx) error {
		var p presence
		if err := fact(tx, presenceFact(desk), &p); err != nil {
			return err
		}
		now := e.stamp()
		if p.Up != 0 && now.Sub(p.Up) > downAfter {
			p.Down = append(p.Down, models.Span{From: p.Up, To: now})
		}
		p.Down = slices.DeleteFunc(p.Down, func(s models.Span) bool { return now.Sub(s.To) > downKept })
		p.Down = p.Down[max(0, len(p.Down)-downMost):]
		p.Up = 0
		if open {
			p.Up = now
		}
		return putFact(tx, presenceFact(desk), p)
	})
}

// away finds when the desk of a conversation was away, for a timer that rang for its agents.
func (e *Engine) away(tx *store.Tx, c models.Conversation, ev *models.Event) error {
	if ev.Type != models.TimerRang || ev.Timer != models.TimerRung && ev.Timer != models.TimerQuiet {
		return nil
	}
	h, ok, err := tx.Handover(c.Handover)
	if err != nil || !ok {
		return err
	}
	since := c.Memory.RungSince
	if ev.Timer == models.TimerQuiet {
		since = c.Memory.QuietSince
	}
	var p presence
	if err := fact(tx, presenceFact(h.Desk), &p); err != nil {
		return err
	}
	if now := e.stamp(); p.Up != 0 && now.Sub(p.Up) > downAfter {
		p.Down = append(p.Down, models.Span{From: p.Up, To: now})
	}
	ev.Down = slices.DeleteFunc(p.Down, func(s models.Span) bool { return s.To <= since })
	return nil
}
