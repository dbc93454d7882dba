package lanes

import (
	"context"
	"math"
	"strings"

	"patchbay/models"
	"patchbay/models/store"
)

// Names of what one copy does for all. Those of timers, cards, marks and outages are also what the others tell it by.
const (
	leaseTimers  = "timers"
	leaseLate    = "late"
	leaseCards   = "cards"
	leaseMarks   = "marks"
	leaseTrim    = "trim"
	leaseOutages = "outages"
	leaseHomes   = "homes"
	leaseNames   = "names"
	leaseRush    = "rush"
)

// AccountLease names the lease of a channel's account: one copy fetches its messages, sets it up and sends for it, so that
// its rate holds however many copies there are.
func AccountLease(account string) string { return "account/" + account }

// lease names the lease that the dispatcher works under. A desk's places share their workspace's rate, so they go together.
func (d *dispatcher) lease() string {
	if d.key.lane == models.LaneOut {
		return AccountLease(d.key.account)
	}
	desk, _, _ := strings.Cut(d.key.account, "/")
	return "desk/" + desk
}

// takeOver prepares for an account that another copy may have had.
func (d *dispatcher) takeOver(h store.Holding) {
	until := d.e.now().Add(-h.Idle)
	d.pace.used(until)
	if d.key.lane == models.LaneDesk {
		name, _, _ := strings.Cut(d.key.account, "/")
		if desk := d.e.Roster().Desks[name]; desk != nil {
			d.e.desks.of(desk).used(until)
			d.e.edits.ofPosts(desk, d.e.store).used(until)
		}
	}
	d.resume() // whether it is still refused shows at once
}

// handOver forgets what the copy that has the account from now on finds out for itself.
func (d *dispatcher) handOver() {
	d.resume()
	if d.key.lane == models.LaneDesk {
		d.e.ops.Forget("desk "+d.key.account, "gave_up "+d.key.account, "post "+d.key.account)
		return
	}
	if ch := d.e.Roster().Accounts[d.key.account]; ch != nil {
		d.e.ops.Forget("account " + ch.Name)
	}
}

// under returns the context of calls for lanes that were claimed in a tenure.
func (d *dispatcher) under(tenure context.Context) (calls context.Context, stop func()) {
	if tenure.Done() == nil {
		return d.e.calls, func() {}
	}
	calls, cancel := context.WithCancelCause(d.e.calls)
	detach := context.AfterFunc(tenure, func() { cancel(context.Cause(tenure)) })
	return calls, func() {
		detach()
		cancel(nil)
	}
}

// sure returns an error unless calls may go out under ctx: the copy's lease holds, and it was not stopped for so long that
// another one may work what this one claimed. It is asked right before each call of a platform, a desk or a bot.
func (e *Engine) sure(ctx context.Context) error { return e.store.Confirm(ctx) }

// wake is told which lanes got work, after each commit. What another copy is to do, it is told.
func (e *Engine) wake(hints []store.Hint) {
	e.mu.Lock()
	running := e.running != nil
	e.mu.Unlock()
	alone := e.store.Standing().Nodes <= 1
	var others []store.Hint
	for _, h := range hints {
		if h.Lane == models.LaneIn {
			if running {
				e.undecided.add(h.Conversation)
			} else {
				others = append(others, h)
			}
			continue
		}
		d := e.dispatcher(laneKey{h.Lane, h.Account})
		if d != nil {
			d.poke()
		}
		if d == nil || !d.mine() || h.Lane == models.LaneBot && !alone {
			others = append(others, h)
		}
	}
	if len(others) > 0 {
		e.store.Tell(store.Bell{Hints: others})
	}
}

// heard is told what other copies have for this one.
func (e *Engine) heard(b store.Bell) {
	if b.All {
		notify(e.look)
	}
	for _, h := range b.Hints {
		if h.Lane == models.LaneIn {
			e.undecided.add(h.Conversation)
		} else if d := e.dispatcher(laneKey{h.Lane, h.Account}); d != nil {
			d.poke()
		}
	}
	for _, topic := range b.Topics {
		e.attend(topic)
	}
}

// tell wakes the loop that does something for all copies, in whichever of them it runs.
func (e *Engine) tell(topic string) {
	e.attend(topic)
	e.store.Tell(store.Bell{Topics: []string{topic}})
}

func (e *Engine) attend(topic string) {
	switch topic {
	case leaseTimers:
		notify(e.alarms)
	case leaseCards:
		notify(e.cards)
	case leaseMarks:
		notify(e.marks)
	case leaseHearing:
		notify(e.hearing)
	case leaseQueue:
		notify(e.queue)
	case leaseHomes:
		notify(e.homes)
	case leaseRush:
		notify(e.sorting)
	case leaseOutages:
		notify(e.breakers.wake)
	}
}

// passOn tells the other copies of the events that this one does not decide any more.
func (e *Engine) passOn() {
	var hints []store.Hint
	ids, _ := e.undecided.take(math.MaxInt)
	for _, id := range ids {
		hints = append(hints, store.Hint{Conversation: id, Lane: models.LaneIn})
	}
	e.store.Tell(store.Bell{Hints: hints})
}
