package lanes

import (
	"context"
	"errors"
	"sync"
	"time"

	"patchbay/models"
	"patchbay/models/store"
)

const (
	// tendEvery is how often an outage is looked after.
	tendEvery = time.Second
	// waveEvery is how often chats are asked again when the bot is back: one, then twice as many each time up to waveMost,
	// so that it is not asked by all at once.
	waveEvery = 250 * time.Millisecond
	waveMost  = 64
	// handMost is how many chats wait for their threads at once when all are handed over: a thread must not take so long
	// to open that its wait is given up.
	handMost = 8
	// editEvery is how often the post of an outage is brought up to date while nothing but its numbers changes: cards need
	// the same budget.
	editEvery = 5 * time.Second
	// leaveAfter is how long after the end of an outage questions that are too old are offered to people.
	leaveAfter = 24 * time.Hour
)

// tender looks after outages: the post, the probes where nobody writes, and the chats that wait. One copy does it for all.
type tender struct {
	e      *Engine
	waves  map[string]int       // how many chats were asked again in the last wave, by incident
	probes map[string]time.Time // when a chat was last asked again to find out whether the bot is back
	edits  map[string]time.Time // when the post was tried last
	failed map[string]int       // how often in a row it could not be posted
}

// breakerLoop looks after outages until ctx ends.
func (e *Engine) breakerLoop(ctx context.Context, _ store.Holding) {
	t := &tender{
		e: e, waves: map[string]int{}, probes: map[string]time.Time{}, edits: map[string]time.Time{},
		failed: map[string]int{},
	}
	for {
		if !sleep(ctx, t.tend(ctx), e.breakers.wake) {
			return
		}
	}
}

// tend does what is to be done now and returns how long until it is to be called again.
func (t *tender) tend(ctx context.Context) time.Duration {
	out, err := t.e.store.Outages(ctx)
	if err == nil {
		var alive []models.Incident
		if alive, err = t.e.store.Incidents(ctx); err == nil {
			return t.all(ctx, out, alive)
		}
	}
	if ctx.Err() == nil {
		t.e.log.Warn("outages not read", "err", err)
	}
	return net
}

func (t *tender) all(ctx context.Context, out []models.Breaker, alive []models.Incident) time.Duration {
	wait := time.Hour // a commit, or the net, wakes us
	rows := map[string]models.Breaker{}
	for _, b := range out {
		rows[b.Incident] = b
	}
	latest := map[string]string{}
	for _, i := range alive {
		latest[i.Bot] = i.ID
	}
	for _, i := range alive {
		next, err := t.look(ctx, i, rows[i.ID], latest[i.Bot] == i.ID)
		if err != nil && ctx.Err() == nil {
			t.e.log.Warn("outage not looked after", "bot", i.Bot, "incident", i.ID, "err", err)
		}
		wait = min(wait, next)
	}
	return wait
}

// look looks after one incident. b is the bot's row while the bot is out, else zero.
func (t *tender) look(ctx context.Context, i models.Incident, b models.Breaker, latest bool) (time.Duration, error) {
	bot := t.e.Roster().Bots[i.Bot]
	chats := t.e.Roster().breaker(i.Bot)
	if b.Incident != "" && (bot == nil || chats == 0) {
		return 0, t.e.store.Write(ctx, func(tx *store.Tx) error {
			b, err := tx.HoldBreaker(i.Bot)
			if err != nil || b.Incident != i.ID {
				return err
			}
			return t.e.close(tx, b)
		})
	}
	fresh := models.Stamp(0) // what was written since then is asked again
	if bot != nil && bot.Stale > 0 {
		fresh = t.e.stamp().Add(-bot.Stale)
	}
	if !latest {
		return net, t.report(ctx, i, store.Waiting{}, latest) // the chats are the next outage's by now
	}
	counts, err := t.e.store.CountWaits(ctx, i, fresh)
	if err != nil {
		return tendEvery, err
	}
	next := net
	var errs []error
	if counts.Going > 0 {
		next = tendEvery
		errs = append(errs, t.handOver(ctx, i))
	}
	old := counts.All == counts.Old && counts.Going == 0
	switch {
	case b.Incident != "":
		next = tendEvery
		errs = append(errs, t.probe(ctx, i, b, fresh))
	case old && counts.All > 0 && counts.All <= chats:
		// As few as these are handed over as if each had broken by itself.
		next = 0
		errs = append(errs, t.e.store.Write(ctx, func(tx *store.Tx) error { return tx.HandAll(i.ID, models.Person{}, t.e.stamp()) }))
	case !old:
		asked, err := t.askAgain(ctx, i, fresh)
		errs = append(errs, err)
		if next = tendEvery; asked {
			next = waveEvery
		}
	}
	errs = append(errs, t.report(ctx, i, counts, latest))
	return next, errors.Join(errs...)
}

// probe has a chat that waits ask again when it is time to find out whether the bot is back and nobody else asks.
func (t *tender) probe(ctx context.Context, i models.Incident, b models.Breaker, fresh models.Stamp) error {
	now := t.e.now()
	if t.e.stamp() < b.ProbeAt || now.Sub(t.probes[i.ID]) < 2*tendEvery {
		return nil
	}
	found, err := t.e.store.AskNext(ctx, i, fresh, t.e.stamp(), 1)
	if err != nil || len(found) == 0 {
		return err
	}
	t.probes[i.ID] = now
	return t.ask(ctx, found)
}

// askAgain has the next wave of chats ask again, unless the bot has enough to do. It reports whether there may be more.
func (t *tender) askAgain(ctx context.Context, i models.Incident, fresh models.Stamp) (bool, error) {
	busy, err := t.e.store.Crowd(ctx, models.LaneBot, i.Bot, waveMost)
	if err != nil || busy >= waveMost {
		return true, err
	}
	wave := min(max(1, 2*t.waves[i.ID]), waveMost)
	found, err := t.e.store.AskNext(ctx, i, fresh, i.EndedAt, wave)
	if err != nil || len(found) == 0 {
		return false, err
	}
	t.waves[i.ID] = wave
	return true, t.ask(ctx, found)
}

// ask tells chats that the bot is back, or may be, side by side: their writes share commits.
func (t *tender) ask(ctx context.Context, chats []models.Wait) error {
	errs := make([]error, len(chats))
	var wg sync.WaitGroup
	for n, w := range chats {
		wg.Go(func() {
			errs[n] = t.e.commit(ctx, store.Need{Chat: w.Conversation, Decide: true}, func(tx *store.Tx, turn *turn) error {
				if _, _, err := tx.Hold(w.Conversation); err != nil {
					return err
				}
				waits, err := tx.AskWait(w.Conversation, t.e.stamp())
				if err != nil || !waits {
					return err
				}
				return turn.happen(tx, w.Conversation, models.Event{Type: models.BotBack, Bot: w.Bot})
			})
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// handOver gives people the next chats, as many as their desks open threads for.
func (t *tender) handOver(ctx context.Context, i models.Incident) error {
	found, err := t.e.store.HandNext(ctx, i, 4*handMost)
	if err != nil {
		return err
	}
	room := map[string]int{}
	for _, w := range found {
		c, err := t.e.store.Conversation(ctx, w.Conversation)
		if errors.Is(err, store.ErrNotFound) {
			c, err = models.Conversation{}, nil
		}
		if err != nil {
			return err
		}
		r := t.e.Roster()
		a := &applier{roster: r, ch: r.channelOf(c)}
		account := deskAccount(a.place())
		left, known := room[account]
		if !known {
			busy, err := t.e.store.Crowd(ctx, models.LaneDesk, account, handMost)
			if err != nil {
				return err
			}
			left = handMost - busy
		}
		if room[account] = left - 1; left <= 0 {
			continue
		}
		err = t.e.commit(ctx, store.Need{Chat: w.Conversation, Decide: true}, func(tx *store.Tx, turn *turn) error {
			if _, _, err := tx.Hold(w.Conversation); err != nil {
				return err
			}
			waits, err := tx.EndWait(w.Conversation)
			if err != nil || !waits || c.ID == 0 {
				return err
			}
			if err := turn.happen(tx, w.Conversation, models.Event{Type: models.BotGone, Bot: w.Bot}); err != nil {
				return err
			}
			return tx.Handed(i.ID)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
