package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"patchbay/models"
	"patchbay/models/store"
	"patchbay/models/store/storetest"
)

// lease is short enough to wait for its end, and so long that none ends by itself when the machine stands still for a few
// seconds. shortLease is for what is done every so many leases.
const (
	lease      = 9 * time.Second
	shortLease = 3 * time.Second
)

// soon is how long is waited for what comes by itself, on a busy machine as well.
const soon = 60 * time.Second

// node is a store that keeps its lease, as one copy of the program has it.
type node struct {
	*store.Store
	bells chan store.Bell
	stop  func() // stops keeping, as kill -9 does
}

// join opens a store on a database that is shared, and keeps its lease.
func join(t *testing.T, url, name string) *node {
	t.Helper()
	return joinFor(t, url, name, lease)
}

// joinFor is join with a lease of another length.
func joinFor(t *testing.T, url, name string, lease time.Duration) *node {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{URL: url, Node: name, Lease: lease})
	if err != nil {
		t.Fatalf("open store: %v", err)
	}
	n := &node{Store: s, bells: make(chan store.Bell, 1000)}
	s.OnBell(func(b store.Bell) { n.bells <- b })
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := s.KeepLease(ctx); err != nil {
			t.Errorf("KeepLease: %v", err)
		}
	})
	n.stop = sync.OnceFunc(func() { cancel(); wg.Wait() })
	t.Cleanup(func() {
		n.stop()
		if err := s.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	return n
}

// holders tells who holds a lease, in order.
type holders struct {
	mu  sync.Mutex
	now map[string]bool
	all []string
	bad []string
	c   chan string
}

func newHolders() *holders { return &holders{now: map[string]bool{}, c: make(chan string, 1000)} }

// hold has a node hold the lease whenever it can, until the test ends or stop is called.
func (h *holders) hold(t *testing.T, n *node, name, lease string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var wg sync.WaitGroup
	wg.Go(func() {
		n.While(ctx, lease, func(ctx context.Context, _ store.Holding) {
			h.mu.Lock()
			for other := range h.now {
				h.bad = append(h.bad, fmt.Sprintf("%s holds it beside %s", name, other))
			}
			h.now[name] = true
			h.all = append(h.all, name)
			h.mu.Unlock()
			h.c <- name
			<-ctx.Done()
			h.mu.Lock()
			delete(h.now, name)
			h.mu.Unlock()
		})
	})
	stop = sync.OnceFunc(func() { cancel(); wg.Wait() })
	t.Cleanup(stop)
	return stop
}

// next waits for the next holder.
func (h *holders) next(t *testing.T) string {
	t.Helper()
	select {
	case name := <-h.c:
		return name
	case <-time.After(soon):
		t.Fatal("nobody holds the lease")
		return ""
	}
}

// alone fails the test if two ever held the lease at once.
func (h *holders) alone(t *testing.T) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, bad := range h.bad {
		t.Error(bad)
	}
}

// Ensure that a lease is held by one node at a time, passes on at once when its holder leaves, and within the lease when
// it dies.
func TestWhile(t *testing.T) {
	t.Parallel()
	url := storetest.Postgres(t)
	h := newHolders()
	nodes := map[string]*node{}
	stops := map[string]func(){}
	for _, name := range []string{"a", "b", "c"} {
		nodes[name] = join(t, url, name)
		stops[name] = h.hold(t, nodes[name], name, "x")
	}
	first := h.next(t)
	began := time.Now()
	nodes[first].Leaving(t.Context())
	stops[first]()
	second := h.next(t)
	if took := time.Since(began); second == first || took > lease/2 {
		t.Errorf("%s has the lease %v after %s left, want another one at once", second, took, first)
	}
	began = time.Now()
	nodes[second].stop()
	third := h.next(t)
	took := time.Since(began)
	if third == first || third == second || took > 2*lease {
		t.Errorf("%s has the lease %v after %s died, want the one that lives within the lease", third, took, second)
	}
	h.alone(t)
	if st := nodes[third].Standing(); st.Leases != 1 || st.Nodes != 2 {
		t.Errorf("Standing of the holder = %+v, want one lease; itself and the one that leaves", st)
	}
}

// Ensure that several users of one name on a node hold it together, and that one that returns early gives up only its own
// part.
func TestWhile_Together(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		n := join(t, url, "a")
		entered := make(chan store.Holding, 2)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			n.While(ctx, "x", func(ctx context.Context, h store.Holding) { entered <- h; <-ctx.Done() })
		})
		first := <-entered
		if first.Idle < time.Hour {
			t.Errorf("Idle of a new lease = %v, want very long", first.Idle)
		}
		n.While(t.Context(), "x", func(_ context.Context, h store.Holding) { entered <- h })
		<-entered
		if st := n.Standing(); st.Nodes != 1 {
			t.Errorf("Standing = %+v, want one node", st)
		}
		cancel()
		wg.Wait()
	})
}

// Ensure that Idle tells how long ago the last holder went.
func TestWhile_Idle(t *testing.T) {
	n := join(t, storetest.Postgres(t), "a")
	got := func() (idle time.Duration) {
		n.While(t.Context(), "x", func(_ context.Context, h store.Holding) { idle = h.Idle })
		return idle
	}
	got()
	if idle := got(); idle < 0 || idle > time.Minute {
		t.Errorf("Idle right behind the last holder = %v", idle)
	}
}

// Ensure that leases are spread over the nodes that live, and that each moves at most once when a node comes.
func TestWhile_Balance(t *testing.T) {
	t.Parallel()
	url := storetest.Postgres(t)
	const leases = 8
	a := joinFor(t, url, "a", shortLease)
	all := make([]*holders, leases)
	for i := range all {
		all[i] = newHolders()
		all[i].hold(t, a, "a", fmt.Sprint("lease", i))
	}
	for _, h := range all {
		h.next(t)
	}
	b := joinFor(t, url, "b", shortLease)
	for i := range all {
		all[i].hold(t, b, "b", fmt.Sprint("lease", i))
	}
	deadline := time.After(2 * soon)
	moved := 0
	for moved < 1 || a.Standing().Leases+b.Standing().Leases < leases {
		select {
		case <-deadline:
			t.Fatalf("%d leases moved to the second node", moved)
		case <-time.After(20 * time.Millisecond):
		}
		moved = b.Standing().Leases
	}
	for _, h := range all {
		h.alone(t)
	}
}

// Ensure that a node that could not renew for longer than its lease ends what it did under it, and begins anew.
func TestTenure_Lapse(t *testing.T) {
	t.Parallel()
	url := storetest.Postgres(t)
	a := join(t, url, "a")
	h := newHolders()
	h.hold(t, a, "a", "x")
	h.next(t)
	tenure := a.Tenure()
	a.stop() // as if the process stood still
	select {
	case <-tenure.Done():
	case <-time.After(soon):
		t.Fatal("the tenure goes on without a renewal")
	}
	if err := context.Cause(tenure); !errors.Is(err, store.ErrLapsed) {
		t.Errorf("cause of the tenure's end = %v, want ErrLapsed", err)
	}
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := a.Confirm(short); err == nil {
		t.Error("Confirm of a lease that may be over gives no error")
	}
	// It lives again: lanes it owned are free for all, itself among them.
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var wg sync.WaitGroup
	wg.Go(func() { _ = a.KeepLease(ctx) })
	defer wg.Wait()
	defer stop()
	if err := a.Confirm(t.Context()); err != nil {
		t.Fatalf("Confirm of a node that lives again: %v", err)
	}
	if a.Tenure() == tenure || a.Tenure().Err() != nil {
		t.Error("no new tenure began")
	}
	h.next(t)
	h.alone(t)
	if st := a.Standing(); st.Lapses != 1 {
		t.Errorf("Standing = %+v, want one lapse", st)
	}
}

// Ensure that lanes of a node whose lease is over are free for others, and that its finishes are refused once one took them.
func TestClaim_Lapse(t *testing.T) {
	t.Parallel()
	url := storetest.Postgres(t)
	a, b := join(t, url, "a"), join(t, url, "b")
	appendEntries(t, a.Store, 7, models.LaneOut, "acc", "m1")
	late := claimOne(t, a.Store, models.LaneOut, "acc", 100)
	if _, ok, err := b.NextDue(t.Context(), models.LaneOut, "acc"); err != nil || ok {
		t.Errorf("NextDue of a lane that another node owns = %v, %v; want none", ok, err)
	}
	a.stop()
	deadline := time.Now().Add(soon)
	for {
		claims, err := b.Claim(t.Context(), models.LaneOut, "acc", 1, 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(claims) == 1 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the lane of a dead node is not free")
		}
	}
	err := a.Write(t.Context(), func(tx *store.Tx) error {
		_, _, err := tx.Finish(late, 1, true, 0, 0)
		return err
	})
	if !errors.Is(err, store.ErrFenced) {
		t.Errorf("late Finish: %v, want ErrFenced", err)
	}
}

// heard waits for a bell that want holds for.
func (n *node) heard(t *testing.T, what string, want func(store.Bell) bool) {
	t.Helper()
	for {
		select {
		case b := <-n.bells:
			if want(b) {
				return
			}
		case <-time.After(soon):
			t.Fatalf("the node hears nothing of %s", what)
		}
	}
}

// Ensure that what one node tells the others hear, themselves not, and that a death is heard of as well.
func TestTell(t *testing.T) {
	t.Parallel()
	url := storetest.Postgres(t)
	a, b := join(t, url, "a"), join(t, url, "b")
	b.heard(t, "its own connection", func(b store.Bell) bool { return b.All })
	a.heard(t, "its own connection", func(b store.Bell) bool { return b.All })
	a.Tell(store.Bell{
		Hints:  []store.Hint{{Conversation: 7, Lane: models.LaneIn}, {Conversation: 7, Lane: models.LaneBot, Account: "x"}},
		Topics: []string{"timers"},
	})
	b.heard(t, "work", func(b store.Bell) bool {
		return slices.Contains(b.Topics, "timers") && slices.Contains(b.Hints, store.Hint{Conversation: 7, Lane: models.LaneIn}) &&
			slices.Contains(b.Hints, store.Hint{Lane: models.LaneBot, Account: "x"})
	})
	b.Tell(store.Bell{Topics: []string{"marker"}})
	a.heard(t, "the other", func(b store.Bell) bool {
		if slices.Contains(b.Topics, "timers") {
			t.Error("a node hears itself")
		}
		return slices.Contains(b.Topics, "marker")
	})
	many := make([]store.Hint, 1000)
	for i := range many {
		many[i] = store.Hint{Conversation: int64(i), Lane: models.LaneIn}
	}
	a.Tell(store.Bell{Hints: many})
	b.heard(t, "too much to name", func(b store.Bell) bool { return b.All })
	a.stop()
	b.heard(t, "the other's death", func(b store.Bell) bool { return b.All })
}
