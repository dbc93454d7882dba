package lanes

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
)

const (
	// leaseHearing names what one copy does for all: to note that agents are heard, and to catch up when they were not.
	leaseHearing = "hearing"
	// aliveEvery is how often is noted that this installation is at work.
	aliveEvery = 30 * time.Second
	// gapAfter is after how long without such a note something may have been missed.
	gapAfter = 90 * time.Second
	// handedOver is how long nobody may have had the lease for nothing to be missed.
	handedOver = 10 * time.Second
	// missedBefore is how much earlier than a gap is read: what was on its way when it began.
	missedBefore = 2 * time.Minute
	// missedMost is how old a reply may be that is caught up. Dedupe keys are kept a day longer.
	missedMost = 7 * 24 * time.Hour
)

// gap is a time in which agents may not have been heard. It is kept until all that was missed is there.
type gap struct {
	Since models.Stamp `json:"since"`
	// Alive is when this database was last at work before the gap. A card on the desk that says more is of a later state:
	// a backup was restored.
	Alive  models.Stamp `json:"alive,omitempty"`
	Judged bool         `json:"judged,omitempty"` // whether a backup was restored is known
	Until  models.Stamp `json:"until,omitempty"`  // replies up to then may have been sent by the later state
	Count  int          `json:"count,omitempty"`  // of times that it was opened
}

func aliveFact(desk string) string { return "alive/" + desk }
func gapFact(desk string) string   { return "gap/" + desk }

// hearLoop notes that agents are heard, and has caught up what was missed.
func (e *Engine) hearLoop(ctx context.Context, h store.Holding) {
	var wg sync.WaitGroup
	defer wg.Wait()
	busy := &catching{desks: map[string]bool{}}
	last := map[string]models.Stamp{}
	for {
		for name, desk := range e.Roster().Desks {
			reader, ok := desk.Desk.(handover.Reader)
			if !ok {
				continue
			}
			pending, err := e.alive(ctx, name, last, h.Idle > handedOver)
			if err != nil {
				if ctx.Err() == nil {
					e.log.Warn("not noted that agents are heard", "desk", name, "err", err)
				}
				continue
			}
			if pending && busy.begin(name) {
				wg.Go(func() {
					defer busy.end(name)
					e.catchUp(ctx, desk, reader)
				})
			}
		}
		if !sleep(ctx, aliveEvery, e.hearing) {
			return
		}
	}
}

// catching is which desks are read just now.
type catching struct {
	mu    sync.Mutex
	desks map[string]bool
}

func (c *catching) begin(desk string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.desks[desk] {
		return false
	}
	c.desks[desk] = true
	return true
}

func (c *catching) end(desk string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.desks[desk] = false
}

// alive notes that this installation is at work, and opens a gap if it was not until now. last is what this loop noted
// before. pending reports whether something is to be caught up.
func (e *Engine) alive(ctx context.Context, desk string, last map[string]models.Stamp, idle bool) (bool, error) {
	now := e.stamp()
	spoke := false
	mine, known := last[desk]
	if known {
		var err error
		if spoke, err = e.store.AgentsWrote(ctx, mine); err != nil {
			return false, err
		}
	}
	pending := false
	err := e.store.Write(ctx, func(tx *store.Tx) error {
		var noted models.Stamp
		if err := fact(tx, aliveFact(desk), &noted); err != nil {
			return err
		}
		var g gap
		if err := fact(tx, gapFact(desk), &g); err != nil {
			return err
		}
		switch {
		case noted == 0: // the first start
		case !known && idle, known && noted < mine: // nobody was at work, or the database is another one now
			g.open(noted)
			g.Alive, g.Judged = noted, false
		case known && now.Sub(mine) > gapAfter:
			g.open(mine)
		}
		pending = g.Since != 0
		if pending {
			if err := putFact(tx, gapFact(desk), g); err != nil {
				return err
			}
		}
		if spoke {
			// A card says how late this installation was at work, for the case that a backup is restored.
			if err := tx.MarkNewest(desk); err != nil {
				return err
			}
			tx.After(func() { e.tell(leaseCards) })
		}
		return putFact(tx, aliveFact(desk), now)
	})
	if err != nil {
		return false, err // the function may still run
	}
	last[desk] = now
	return pending, nil
}

// open makes the gap begin at since, if it does not begin earlier. Without another word of it nothing was restored.
func (g *gap) open(since models.Stamp) {
	if g.Since == 0 {
		g.Judged = true
	}
	g.Count++
	if since = since.Add(-missedBefore); g.Since == 0 || since < g.Since {
		g.Since = since
	}
}

// miss notes that the desk's platform may not tell of what happened since.
func (e *Engine) miss(ctx context.Context, desk string, since time.Time) error {
	err := e.store.Write(ctx, func(tx *store.Tx) error {
		var g gap
		if err := fact(tx, gapFact(desk), &g); err != nil {
			return err
		}
		g.open(models.StampOf(since))
		return putFact(tx, gapFact(desk), g)
	})
	if err == nil {
		e.tell(leaseHearing)
	}
	return err
}

// aliveAs returns what a new card says of when this installation was at work: nothing while it is not known whether its
// database is older than the cards.
func (e *Engine) aliveAs(ctx context.Context, desk string) time.Time {
	var at models.Stamp
	if undecided, err := e.undecidedGap(ctx, desk); err != nil || undecided {
		return time.Time{}
	}
	if body, err := e.store.Fact(ctx, aliveFact(desk)); err != nil || body == "" || json.Unmarshal([]byte(body), &at) != nil {
		return time.Time{}
	}
	return at.Time()
}

// undecidedGap reports whether cards have to stay as they are, because they are still to tell whether a backup was
// restored.
func (e *Engine) undecidedGap(ctx context.Context, desk string) (bool, error) {
	body, err := e.store.Fact(ctx, gapFact(desk))
	if err != nil || body == "" {
		return false, err
	}
	var g gap
	err = json.Unmarshal([]byte(body), &g)
	return err == nil && g.Since != 0 && !g.Judged, err
}

// fact reads a fact into v, which is left as it is where there is none.
func fact(tx *store.Tx, name string, v any) error {
	body, err := tx.Fact(name)
	if err != nil || body == "" {
		return err
	}
	return json.Unmarshal([]byte(body), v)
}

func putFact(tx *store.Tx, name string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return tx.PutFact(name, string(body))
}
