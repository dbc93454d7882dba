package lanes

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/xid"

	"patchbay/gateway/internal/media"
	"patchbay/models"
	"patchbay/models/store"
)

// Options are what an Engine is made of.
type Options struct {
	Store   *store.Store
	Ear     Ear
	Log     *slog.Logger
	Metrics *Metrics
	Ops     *Ops
	Now     func() time.Time // nil is the system's clock
	// Clock is what copies share, and follow instead of Now; nil when there is one copy.
	Clock func(context.Context) (time.Time, error)
	NewID func() string // makes ids of messages and handovers; nil is xid's
	Fetch Fetcher       // opens what bots name; nil opens nothing
	Links *media.Links  // addresses of files of ours; nil when the gateway has no public address
}

// Engine runs the lanes of one store. It is used by many goroutines at once.
type Engine struct {
	store   *store.Store
	ear     Ear
	log     *slog.Logger
	metrics *Metrics
	ops     *Ops
	now     func() time.Time // the machine's: for what is measured between two readings
	clock   *clock           // for all that the database keeps
	newID   func() string
	fetch   Fetcher
	links   *media.Links
	roster  atomic.Pointer[Roster]

	mu          sync.Mutex
	dispatchers map[laneKey]*dispatcher
	running     context.Context         // of Run: dispatchers are started under it; nil before and after
	calls       context.Context         // of calls under way: it outlives running by the grace period
	early       []func(context.Context) // wanted before Run
	wg          sync.WaitGroup

	accepting load          // calls of Accept under way
	calm      chan struct{} // there were many of them, and are few
	sorting   chan struct{} // arrivals wait to be sorted
	stirred   atomic.Bool   // something happened in a chat since the last look into the database
	undecided inbox         // conversations with events to decide
	alarms    chan struct{} // a timer was set
	cards     chan struct{} // a card changed
	marks     chan struct{} // the mark on an agent's reply has to change
	hearing   chan struct{} // agents may not have been heard
	queue     chan struct{} // a line changed
	homes     chan struct{} // what agents see on their own pages may have changed
	look      chan struct{} // work may be anywhere
	strays    strays        // lanes that this copy owns and may not know of
	success   lastTimes     // when an account last delivered
	reasons   reasons       // why messages were not sent
	desks     deskPaces
	edits     editPaces
	marking   markPaces
	breakers  breakers // which bots are out

	courtesies atomic.Int32 // calls under way whose failure means nothing
}

// New makes an Engine. It does nothing before Run, except that Accept stores.
func New(o Options) *Engine {
	e := &Engine{
		store: o.Store, ear: o.Ear, log: o.Log, metrics: o.Metrics, ops: o.Ops, now: o.Now, newID: o.NewID, fetch: o.Fetch, links: o.Links,
		dispatchers: map[laneKey]*dispatcher{},
		alarms:      make(chan struct{}, 1),
		calm:        make(chan struct{}, 1),
		sorting:     make(chan struct{}, 1),
		cards:       make(chan struct{}, 1),
		marks:       make(chan struct{}, 1),
		hearing:     make(chan struct{}, 1),
		queue:       make(chan struct{}, 1),
		homes:       make(chan struct{}, 1),
		look:        make(chan struct{}, 1),
	}
	e.undecided.wake = make(chan struct{}, 1)
	e.breakers.wake = make(chan struct{}, 1)
	if e.now == nil {
		e.now = time.Now
	}
	e.clock = newClock(e.now, o.Clock)
	if e.newID == nil {
		e.newID = func() string { return xid.New().String() }
	}
	e.roster.Store(&Roster{})
	e.store.OnCommit(e.wake)
	e.store.OnAppend(e.place)
	e.store.OnBell(e.heard)
	return e
}

// Use replaces what the config names. Lanes under way finish with what they began with.
func (e *Engine) Use(r *Roster) {
	e.roster.Store(r)
	notify(e.hearing) // of a new desk's agents too
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, d := range e.dispatchers {
		d.renew(r)
	}
}

// Roster returns what the config names now.
func (e *Engine) Roster() *Roster { return e.roster.Load() }

const (
	// grace is how long calls under way may take after the door closed.
	grace = 10 * time.Second
	// net is how often the database is asked for work that no hint told of.
	net = 5 * time.Second
	// netAlone is the same while nothing happens, nothing waits and no other copy can leave work.
	netAlone = 15 * time.Second
	// trimEvery is how often what is old is trimmed.
	trimEvery = 10 * time.Minute
)

// Run works until ctx ends, then lets calls under way finish for up to ten seconds. It returns when nothing of it runs
// any more.
func (e *Engine) Run(ctx context.Context) error {
	calls, stopCalls := context.WithCancel(context.WithoutCancel(ctx))
	defer stopCalls()
	e.mu.Lock()
	e.running, e.calls = ctx, calls
	for _, fn := range e.early {
		e.wg.Go(func() { fn(ctx) })
	}
	e.early = nil
	e.mu.Unlock()

	e.learn(ctx)
	e.wg.Go(func() { e.decideLoop(ctx) })
	e.wg.Go(func() { e.netLoop(ctx) })
	// What one copy does for all.
	for name, loop := range map[string]func(context.Context, store.Holding){
		leaseTimers: e.timerLoop, leaseLate: e.lateLoop, leaseCards: e.cardLoop, leaseTrim: e.trimLoop,
		leaseMarks:   e.markLoop,
		leaseOutages: e.breakerLoop, leaseHearing: e.hearLoop,
		leaseQueue: e.queueLoop, leaseHomes: e.homeLoop, leaseNames: e.nameLoop,
		leaseRush: e.sortLoop,
	} {
		e.wg.Go(func() { e.store.While(ctx, name, loop) })
	}

	<-ctx.Done()
	e.mu.Lock()
	e.running = nil // no new dispatcher from here on
	e.mu.Unlock()
	stop := time.AfterFunc(grace, stopCalls)
	defer stop.Stop()
	e.store.Leaving(calls)
	e.passOn()
	e.wg.Wait()
	e.passOn()
	return nil
}

// netLoop finds work that no hint told of: what was there before the start, what another copy left.
func (e *Engine) netLoop(ctx context.Context) {
	for {
		e.lookAtClock(ctx)
		wait := net
		stirred := e.stirred.Swap(false)
		if waits := e.cast(ctx); !waits && !stirred && !e.store.Shared() {
			wait = netAlone
		}
		e.freeStrays(ctx)
		if !sleep(ctx, wait, e.look) {
			return
		}
	}
}

// cast wakes everybody who has work in the database. It reports whether anything waits in a lane, now or for later.
func (e *Engine) cast(ctx context.Context) (waits bool) {
	for _, lane := range []models.Lane{models.LaneIn, models.LaneBot, models.LaneOut, models.LaneDesk} {
		accounts, err := e.store.Accounts(ctx, lane)
		if err != nil {
			if ctx.Err() == nil {
				e.log.Warn("lanes not read", "lane", lane.String(), "err", err)
			}
			return true
		}
		waits = waits || len(accounts) > 0
		if lane == models.LaneIn {
			continue // the sweep below is for it
		}
		for _, account := range accounts {
			if d := e.dispatcher(laneKey{lane, account}); d != nil {
				d.poke()
			}
		}
	}
	e.learn(ctx)
	e.undecided.sweep()
	notify(e.cards)
	notify(e.marks)
	notify(e.alarms)
	notify(e.breakers.wake)
	notify(e.sorting)
	return waits || e.store.Rush()
}

// stamp returns the time as the database keeps it.
func (e *Engine) stamp() models.Stamp { return models.StampOf(e.clock.now()) }

// newConversation makes a conversation's id: milliseconds, then 20 random bits, so that ids grow with time and two
// copies do not make the same one.
func (e *Engine) newConversation() int64 {
	const bits = store.ConversationBits
	return e.now().UnixMilli()<<bits | rand.Int64N(1<<bits) // #nosec G404 -- no secret; a clash only fails the insert
}

// notify wakes whoever waits on c, or will.
func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// sleep waits for d, a wake-up or the end. It reports false at the end.
func sleep(ctx context.Context, d time.Duration, wake <-chan struct{}) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-wake:
	case <-t.C:
	}
	return true
}

// lastTimes remembers an instant per name.
type lastTimes struct {
	mu    sync.Mutex
	times map[string]models.Stamp
}

func (l *lastTimes) set(name string, at models.Stamp) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.times == nil {
		l.times = map[string]models.Stamp{}
	}
	l.times[name] = at
}

func (l *lastTimes) get(name string) models.Stamp {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.times[name]
}
