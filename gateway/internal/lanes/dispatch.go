package lanes

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"patchbay/models"
	"patchbay/models/store"
)

// laneKey is what workers are counted by: a slow account holds up no other.
type laneKey struct {
	lane    models.Lane
	account string
}

// claimsASecond is how often a place is claimed for at most, when its rate was raised: what may go meanwhile goes at once.
const claimsASecond = 50

// workers is how many lanes of one account are worked at once.
var workers = map[models.Lane]int{models.LaneBot: 64, models.LaneOut: 64, models.LaneDesk: 64}

// dispatcher finds due lanes of one kind and account and gives each to a worker.
type dispatcher struct {
	e     *Engine
	key   laneKey
	pace  pace
	waker chan struct{}
	slots chan struct{}
	held  atomic.Pointer[held]
	tails tails // of a desk's lanes
	// behind says that lanes may wait for a slot or for the pace: what gets work meanwhile comes behind them.
	behind atomic.Bool

	mu      sync.Mutex
	paused  time.Time       // until then only probes go out
	working map[int64]int64 // fences of lanes that workers have, by conversation
}

// dispatcher returns the dispatcher of a kind and account, and starts it if there is none; nil when the engine does not
// run.
func (e *Engine) dispatcher(key laneKey) *dispatcher {
	e.mu.Lock()
	defer e.mu.Unlock()
	if d := e.dispatchers[key]; d != nil {
		return d
	}
	if e.running == nil {
		return nil
	}
	d := &dispatcher{
		e: e, key: key, waker: make(chan struct{}, 1), slots: make(chan struct{}, workers[key.lane]), working: map[int64]int64{},
	}
	d.renew(e.Roster())
	e.dispatchers[key] = d
	ctx := e.running
	e.wg.Go(func() { d.run(ctx) })
	return d
}

// renew takes the rates from the roster.
func (d *dispatcher) renew(r *Roster) {
	switch d.key.lane {
	case models.LaneOut:
		if ch := r.Accounts[d.key.account]; ch != nil {
			// Half a second's worth at once: a full second's, delayed on its way, would arrive too early behind itself.
			d.pace.set(ch.Limits.Rate, max(1, int(ch.Limits.Rate/2)))
		}
	case models.LaneDesk:
		desk, _, _ := strings.Cut(d.key.account, "/")
		if dk := r.Desks[desk]; dk != nil {
			d.pace.set(dk.PlaceRate, max(1, int(dk.PlaceRate/claimsASecond)))
		}
	case models.LaneIn, models.LaneBot:
	}
	d.resume()
	d.poke()
}

func (d *dispatcher) poke() { notify(d.waker) }

// run works the account's lanes until ctx ends, while this copy has the account's lease, and waits for its workers.
func (d *dispatcher) run(ctx context.Context) {
	crew := &crew{}
	defer crew.wait()
	if d.key.lane == models.LaneBot {
		d.loop(&held{ctx, ctx, crew}) // bots are not paced: all copies share their lanes
		return
	}
	d.e.store.While(ctx, d.lease(), func(lease context.Context, h store.Holding) {
		d.takeOver(h)
		d.loop(&held{lease, ctx, crew})
		if ctx.Err() == nil {
			d.handOver()
		}
	})
}

// held is the time in which a dispatcher works its lanes, and who works them.
type held struct {
	ctx  context.Context // ends when another copy is to go on
	run  context.Context // ends when the engine is to
	crew *crew
}

// mine reports whether this copy works the lanes. When it says so, whoever works them next finds all that was committed
// before.
func (d *dispatcher) mine() bool {
	h := d.held.Load()
	return h != nil && h.ctx.Err() == nil
}

// loop claims and hands out until the time ends. Workers under way then finish what they have begun.
func (d *dispatcher) loop(h *held) {
	d.behind.Store(true) // what is there already comes first
	d.held.Store(h)
	for h.ctx.Err() == nil {
		wait := d.hand(h)
		if wait > 0 && !sleep(h.ctx, wait, d.waker) {
			return
		}
	}
}

// hand claims what is due and starts a worker for each lane. It returns how long there is nothing to do unless somebody
// pokes.
func (d *dispatcher) hand(h *held) (wait time.Duration) {
	ctx, run, wg := h.ctx, h.run, &h.crew.wg
	free := d.reserve(ctx)
	if free == 0 {
		return 0
	}
	if d.e.store.Confirm(ctx) != nil {
		d.unreserve(free)
		return 0
	}
	tenure := d.e.store.Tenure()
	granted, probe, wait := d.grant(free)
	if granted == 0 {
		d.behind.Store(true)
		var added []store.Claim
		var soon time.Duration
		if wait > time.Second/claimsASecond {
			added, soon = d.claimToAdd(ctx, free)
		}
		d.unreserve(free - len(added))
		for _, c := range added {
			d.track(c)
			wg.Go(func() {
				defer d.unreserve(1)
				defer d.untrack(c)
				d.addOnce(run, tenure, c)
			})
		}
		if soon > 0 {
			wait = min(wait, soon)
		}
		return max(wait, time.Millisecond)
	}
	// The claim outlives ctx: whether it was made must be known.
	claims, err := d.e.store.Claim(d.e.calls, d.key.lane, d.key.account, granted, d.e.stamp())
	d.pace.refund(granted - len(claims))
	d.unreserve(free - len(claims))
	if err != nil {
		d.e.strays.suspect(d.e.now())
		if ctx.Err() == nil && !errors.Is(err, store.ErrClosed) {
			d.e.log.Warn("lanes not claimed", "lane", d.key.lane.String(), "err", err)
		}
		return time.Second
	}
	d.behind.Store(len(claims) == granted)
	if len(claims) == 0 {
		if probe {
			d.spare()
		}
		return d.nextDue(ctx)
	}
	for _, c := range claims {
		d.track(c)
	}
	works, err := d.load(d.e.calls, claims)
	for i, c := range claims {
		wg.Go(func() {
			defer d.unreserve(1)
			defer d.untrack(c)
			if err != nil {
				d.settleFailure(run, c, err)
				return
			}
			d.work(ctx, run, tenure, c, works[i])
		})
	}
	return 0
}

// nextDue returns how long there is nothing to claim unless somebody pokes.
func (d *dispatcher) nextDue(ctx context.Context) time.Duration {
	due, ok, err := d.e.store.NextDue(ctx, d.key.lane, d.key.account)
	switch {
	case err != nil:
		return time.Second
	case !ok:
		return time.Hour // a hint or the net wakes us
	case due <= d.e.stamp():
		return time.Second // another copy was faster
	}
	return max(due.Sub(d.e.stamp()), time.Millisecond)
}

// want is what handling a claimed lane takes.
func (d *dispatcher) want() store.Want {
	switch d.key.lane {
	case models.LaneBot:
		return store.Want{Entries: joinMost, History: historyTurns}
	case models.LaneOut:
		return store.Want{Entries: 1, Part: true}
	case models.LaneDesk, models.LaneIn:
	}
	return store.Want{Entries: foldMost, Handover: true}
}

// load reads what handling claimed lanes takes.
func (d *dispatcher) load(ctx context.Context, claims []store.Claim) ([]store.Work, error) {
	return d.e.store.Load(ctx, claims, d.want())
}

// again is load for a lane that is kept.
func (d *dispatcher) again(ctx context.Context, c store.Claim) (w store.Work, err error) {
	works, err := d.load(ctx, []store.Claim{c})
	if err != nil {
		return w, err
	}
	return works[0], nil
}

// work handles the claimed lane's entries until it has no more, must wait, ctx ends or the engine stops. Calls are broken
// off when the tenure ends, in which the lane was claimed.
func (d *dispatcher) work(ctx, run, tenure context.Context, c store.Claim, w store.Work) {
	handle := d.handler()
	calls, stop := d.under(tenure)
	defer stop()
	for {
		if ctx.Err() != nil { // another copy goes on with the account, or this one ends
			if err := d.e.store.Release(context.WithoutCancel(d.e.calls), c, d.e.stamp()); err != nil {
				d.settleFailure(run, c, err)
			}
			return
		}
		next, kept, err := guarded(calls, handle, c, w)
		if err != nil {
			d.settleFailure(run, c, err)
			return
		}
		if !kept {
			if d.behind.Load() {
				d.poke()
			}
			return
		}
		c = next
		// What is still to come must not wait for this one lane at shutdown, nor overtake the account's pace.
		if ctx.Err() != nil {
			continue
		}
		if granted, _, _ := d.grant(1); granted == 0 {
			// It takes its turn behind the lanes that wait already.
			if err := d.e.store.Release(d.e.calls, c, d.e.stamp()); err != nil {
				d.settleFailure(run, c, err)
				return
			}
			d.poke()
			return
		}
		if w, err = d.again(d.e.calls, c); err != nil {
			d.settleFailure(run, c, err)
			return
		}
	}
}

// handler is what one kind of lane does with the entries behind a claim's head. It returns the claim as it is then and
// whether the lane is still owned. An error means that the outcome could not be recorded.
type handler func(ctx context.Context, c store.Claim, w store.Work) (next store.Claim, kept bool, err error)

func (d *dispatcher) handler() handler {
	switch d.key.lane {
	case models.LaneBot:
		return d.ask
	case models.LaneOut:
		return d.send
	case models.LaneDesk, models.LaneIn:
	}
	return d.post
}
