package store

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// peer is a node that lives.
type peer struct {
	left   time.Duration // of its lease
	age    time.Duration // since it came
	leaves bool          // it takes no more leases
}

// row is a lease as the database has it.
type row struct {
	owner string
	fence int64
	idle  time.Duration // since its owner left it or its owner's lease was over; negative while it is held
}

// KeepLease keeps the node's lease and those by name, and hears and tells of work, until ctx ends. On SQLite there is
// nothing to keep, and it only waits, and fails when the disk does. A renewal that fails is tried again soon; when the lease is over, other nodes take
// what this one had, and its finishes are refused by the fence. It fails with ErrNewer when the tables went too far from this
// program while it stood still: nothing more must be done then.
func (s *Store) KeepLease(ctx context.Context) error {
	if s.dialect == sqliteDialect {
		select {
		case <-s.flusher.broken:
			return s.flusher.failed()
		case <-ctx.Done():
			return nil
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	wg.Go(func() { s.listen(ctx) })
	wg.Go(func() { s.bells(ctx) })
	err := s.keeper.run(ctx)
	cancel()
	wg.Wait()
	return err
}

// run renews and looks until ctx ends, or the tables have gone too far from this program.
func (k *keeper) run(ctx context.Context) error {
	beat := k.s.lease / 3
	var renewed time.Time
	failing := false
	for ctx.Err() == nil {
		k.mu.Lock()
		due := k.renew || time.Since(renewed) >= beat
		k.mu.Unlock()
		wait, err := beat, error(nil)
		if due {
			began := time.Now()
			if err = k.keep(ctx); err == nil {
				renewed = began
			}
		}
		if err == nil {
			wait, err = k.round(ctx)
			wait = min(wait, time.Until(renewed.Add(beat)))
		}
		if errors.Is(err, ErrNewer) {
			return err
		}
		if err != nil {
			if !failing && ctx.Err() == nil {
				k.s.log.Warn("lease not kept; it is tried again", "err", err)
			}
			wait = beat / 4
		}
		failing = err != nil
		k.rest(ctx, wait)
	}
	return nil
}

// rest waits for d, a call for a look, or the end.
func (k *keeper) rest(ctx context.Context, d time.Duration) {
	t := time.NewTimer(max(d, time.Millisecond))
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-k.look:
	case <-t.C:
	}
}

// keep renews the node's lease, or begins a new tenure when it was over.
func (k *keeper) keep(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, k.s.lease/2)
	defer cancel()
	ok, err := k.s.renew(ctx)
	if err != nil {
		return err
	}
	if !ok {
		k.lapse()
		if err := k.s.rejoin(ctx); err != nil {
			return err
		}
		// What it had is anybody's now, its own as well.
		k.s.hear(Bell{All: true})
		k.s.Tell(Bell{All: true})
	}
	k.mu.Lock()
	k.renew = false
	k.mu.Unlock()
	return nil
}

// lapse ends all holdings: others may have the leases by now.
func (k *keeper) lapse() {
	k.s.tenure.stop()
	k.s.log.Warn("the node's lease was over; it begins anew")
	k.mu.Lock()
	defer k.mu.Unlock()
	k.lapses++
	for _, l := range k.leases {
		if l.hold != nil {
			l.hold.finish(ErrLapsed)
			l.hold = nil
		}
	}
}

// round looks at who lives and who holds what, takes what this node should have, and passes on what another one should.
// It returns how long nothing more is to be done.
func (k *keeper) round(ctx context.Context) (wait time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, k.s.lease/2)
	defer cancel()
	peers, rows, err := k.s.survey(ctx)
	if err != nil {
		return 0, err
	}
	gone := k.meet(peers)
	if gone {
		k.s.hear(Bell{All: true})
	}
	wait = k.s.lease
	me := k.s.Node()
	for id, p := range peers {
		if id != me {
			wait = min(wait, p.left+time.Millisecond) // when it dies now, its work goes on right then
		}
	}
	k.check(ctx, me, rows)
	free, later := k.wanted(me, rows, peers)
	if later > 0 {
		wait = min(wait, later)
	}
	for _, name := range free {
		fence, ok, err := k.take(ctx, name)
		if err != nil {
			return wait, err
		}
		if ok {
			k.grant(name, fence, rows[name])
		}
	}
	k.balance(me, peers)
	return wait, nil
}

// survey reads which nodes live and which leases there are.
func (s *Store) survey(ctx context.Context) (peers map[string]peer, rows map[string]row, err error) {
	found, err := s.side.QueryContext(ctx, `SELECT true, id, '', joined, lease_until - now, now FROM nodes, `+now+` WHERE lease_until > now
		UNION ALL SELECT false, name, owner, fence, CASE WHEN owner = '' THEN left_at ELSE COALESCE(lease_until, 0) END - now, now
		FROM leases CROSS JOIN `+now+` LEFT JOIN nodes ON id = owner`)
	if err != nil {
		return nil, nil, fmt.Errorf("look at leases: %w", err)
	}
	defer func() { _ = found.Close() }()
	peers, rows = map[string]peer{}, map[string]row{}
	for found.Next() {
		var node bool
		var name, owner string
		var number, left, now int64
		if err := found.Scan(&node, &name, &owner, &number, &left, &now); err != nil {
			return nil, nil, fmt.Errorf("look at leases: %w", err)
		}
		if node {
			peers[name] = peer{left: milliseconds(left), age: milliseconds(now - number), leaves: number == 0}
		} else {
			rows[name] = row{owner: owner, fence: number, idle: min(milliseconds(-left), unheld)}
		}
	}
	if err := found.Err(); err != nil {
		return nil, nil, fmt.Errorf("look at leases: %w", err)
	}
	return peers, rows, nil
}

// now is the database's clock, read once for a statement.
const now = `(SELECT ` + postgresClock + ` AS now) AS clock`

func milliseconds(n int64) time.Duration {
	return time.Duration(min(n, unheld.Milliseconds())) * time.Millisecond
}

// meet notes which nodes live and reports whether one is gone, so that what it had waits for others.
func (k *keeper) meet(peers map[string]peer) (gone bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for id := range k.peers {
		if _, lives := peers[id]; !lives {
			gone = true
		}
	}
	k.peers = peers
	return gone
}

// check ends holdings that the database does not know of, and frees leases that it thinks this node holds.
func (k *keeper) check(ctx context.Context, me string, rows map[string]row) {
	var stuck []*hold
	stray := map[string]int64{}
	k.mu.Lock()
	for name, r := range rows {
		if l := k.leases[name]; r.owner == me && (l == nil || l.hold == nil) {
			stray[name] = r.fence
		}
	}
	for _, l := range k.leases {
		h := l.hold
		if h == nil {
			continue
		}
		if r := rows[l.name]; r.owner != me || r.fence != h.fence {
			h.finish(ErrLapsed)
			l.hold = nil
			continue
		}
		if !h.ended.IsZero() && time.Since(h.ended) > k.s.lease/3 {
			stuck = append(stuck, h)
		}
	}
	k.mu.Unlock()
	for _, h := range stuck {
		k.giveUp(h)
	}
	for name, fence := range stray {
		if err := k.free(ctx, name, fence); err == nil {
			rows[name] = row{fence: fence}
		}
	}
}

// wanted returns the leases that this node is to take now, and when to look for more of them, 0 if nothing else is free. The
// node that a lease should go to takes it at once; another one when it is still free a while later.
func (k *keeper) wanted(me string, rows map[string]row, peers map[string]peer) (names []string, later time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.leaving {
		return nil, 0
	}
	patience := k.s.lease / 10
	for _, l := range k.leases {
		r, known := rows[l.name]
		if l.hold != nil || known && r.owner != "" && r.idle < 0 {
			l.open = time.Time{}
			continue
		}
		if l.open.IsZero() {
			l.open = time.Now()
		}
		open := time.Since(l.open)
		if best := chosen(l.name, peers, 0); best == me || best == "" || open >= patience {
			names = append(names, l.name)
		} else if left := patience - open; later == 0 || left < later {
			later = left
		}
	}
	slices.Sort(names)
	return names, later
}

// grant tells those who wait that the node holds the lease.
func (k *keeper) grant(name string, fence int64, before row) {
	sure, tenure, _ := k.s.tenure.state()
	k.mu.Lock()
	defer k.mu.Unlock()
	l := k.leases[name]
	if l == nil || l.hold != nil || k.leaving || !sure {
		k.lookNow() // frees it
		return
	}
	h := &hold{lease: l, fence: fence, idle: unheld, since: time.Now()}
	if before.fence > 0 {
		h.idle = max(before.idle, 0)
	}
	h.ctx, h.end = context.WithCancelCause(tenure)
	l.hold, l.open = h, time.Time{}
	close(l.wake)
	l.wake = make(chan struct{})
}

// settled is for how many lease times a node has lived, and a lease been held, before it is passed on.
const settled = 3

// balance passes one lease on that another node should have. Each lease goes to one of the nodes by a hash of both, so that
// all agree on it without a word.
func (k *keeper) balance(me string, peers map[string]peer) {
	k.mu.Lock()
	defer k.mu.Unlock()
	among := strings.Join(slices.Sorted(maps.Keys(peers)), " ")
	for _, name := range slices.Sorted(maps.Keys(k.leases)) {
		l := k.leases[name]
		if l.hold == nil || !l.hold.ended.IsZero() || time.Since(l.hold.since) < settled*k.s.lease || l.passed == among {
			continue
		}
		if best := chosen(name, peers, settled*k.s.lease); best != "" && best != me {
			// When it does not want it, this node takes it back, and keeps it for as long as the nodes stay the same.
			l.passed = among
			l.hold.finish(errLeft)
			return
		}
	}
}

// chosen returns the node that should hold a lease, among those that have lived for age: the one with the highest hash.
func chosen(name string, peers map[string]peer, age time.Duration) (best string) {
	var most uint64
	for id, p := range peers {
		if p.leaves || p.age < age {
			continue
		}
		h := fnv.New64a()
		_, _ = h.Write([]byte(name + "\x00" + id))
		if sum := mix(h.Sum64()); best == "" || sum > most || sum == most && id > best {
			best, most = id, sum
		}
	}
	return best
}

// mix spreads the last letters, in which ids differ, over the whole hash.
// https://prng.di.unimi.it/splitmix64.c
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// lookNow asks for a look at once.
func (k *keeper) lookNow() {
	select {
	case k.look <- struct{}{}:
	default:
	}
}

// renewNow asks for a renewal at once.
func (k *keeper) renewNow() {
	k.mu.Lock()
	k.renew = true
	k.mu.Unlock()
	k.lookNow()
}
