package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"
)

// errLeft is the cause with which holdings end that were given up.
var errLeft = errors.New("the lease was given up")

// Holding is a lease as its holder has it.
type Holding struct {
	// Idle is for how long nobody had held the lease when this node got it. What the last holder may have left behind at a
	// platform, such as the use of a rate, is that old.
	Idle time.Duration
}

// unheld is the Idle of a lease that nobody held before.
const unheld = 1000 * time.Hour

// While runs fn whenever this node holds the lease called name, until ctx ends or fn returns before its own context has
// ended. Of all nodes on the database one at a time holds it. fn's context ends when ctx does, when the node's lease may be
// over, and when another node is to take over; then fn returns soon, because the lease is given up behind it, and after a
// second in any case. The same name may be used by several calls: they hold it together. On SQLite, whose only node holds
// everything, fn simply runs.
func (s *Store) While(ctx context.Context, name string, fn func(context.Context, Holding)) {
	if s.dialect == sqliteDialect {
		fn(ctx, Holding{Idle: unheld})
		return
	}
	l := s.keeper.want(name)
	defer s.keeper.unwant(l)
	for {
		h := s.keeper.await(ctx, l)
		if h == nil {
			return
		}
		held, cancel := context.WithCancelCause(ctx)
		stop := context.AfterFunc(h.ctx, func() { cancel(context.Cause(h.ctx)) })
		fn(held, Holding{Idle: h.idle + time.Since(h.since)})
		early := held.Err() == nil
		stop()
		cancel(nil)
		s.keeper.leave(h)
		if early || ctx.Err() != nil {
			return
		}
	}
}

// lease is one name that this node wants to hold.
type lease struct {
	name   string
	users  int           // calls of While
	hold   *hold         // nil while another node has it, or nobody
	wake   chan struct{} // closed and replaced when hold is set
	open   time.Time     // since when nobody has it, as this node saw it; zero when somebody has
	passed string        // the nodes before which it was passed on in vain
}

// hold is one holding of a lease.
type hold struct {
	lease *lease
	fence int64
	idle  time.Duration // before since
	since time.Time
	users int // calls of fn under way
	ctx   context.Context
	end   context.CancelCauseFunc
	ended time.Time // when end was called; zero before
}

// keeper keeps the leases of a node.
type keeper struct {
	s *Store

	mu      sync.Mutex
	leases  map[string]*lease
	leaving bool
	peers   map[string]peer // the nodes that live, this one among them
	look    chan struct{}   // asks for a look into the database at once
	renew   bool            // and for a renewal before it
	lapses  int64
}

func newKeeper(s *Store) *keeper {
	return &keeper{s: s, leases: map[string]*lease{}, peers: map[string]peer{}, look: make(chan struct{}, 1)}
}

func (k *keeper) want(name string) *lease {
	k.mu.Lock()
	defer k.mu.Unlock()
	l := k.leases[name]
	if l == nil {
		l = &lease{name: name, wake: make(chan struct{})}
		k.leases[name] = l
	}
	l.users++
	k.lookNow()
	return l
}

func (k *keeper) unwant(l *lease) {
	k.mu.Lock()
	l.users--
	last := l.users == 0
	if last {
		delete(k.leases, l.name)
	}
	h := l.hold
	if last && h != nil {
		h.finish(errLeft)
	}
	k.mu.Unlock()
	if last && h != nil {
		k.giveUp(h)
	}
}

// await waits until the node holds the lease. It returns nil when ctx ends first.
func (k *keeper) await(ctx context.Context, l *lease) *hold {
	for {
		k.mu.Lock()
		if h := l.hold; h != nil && h.ended.IsZero() && h.ctx.Err() == nil {
			h.users++
			k.mu.Unlock()
			return h
		}
		wake := l.wake
		k.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil
		case <-wake:
		}
	}
}

// leave notes that one fn is back. Behind the last one of a holding that has ended, the lease is given up.
func (k *keeper) leave(h *hold) {
	k.mu.Lock()
	h.users--
	free := h.users == 0 && h.ctx.Err() != nil && h.lease.hold == h
	k.mu.Unlock()
	if free {
		k.giveUp(h)
	}
}

// finish ends a holding. The keeper's lock is held.
func (h *hold) finish(cause error) {
	if h.ended.IsZero() {
		h.ended = time.Now()
		h.end(cause)
	}
}

// giveUp frees a lease in the database and tells the others. When that fails, the next look does it.
func (k *keeper) giveUp(h *hold) {
	k.mu.Lock()
	if h.lease.hold != h {
		k.mu.Unlock()
		return
	}
	h.finish(errLeft)
	h.lease.hold = nil
	k.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), k.s.lease/3)
	defer cancel()
	if err := k.free(ctx, h.lease.name, h.fence); err != nil {
		k.s.log.Debug("lease not given up; the next look does it", "lease", h.lease.name, "err", err)
	}
	k.lookNow()
}

func (k *keeper) free(ctx context.Context, name string, fence int64) error {
	_, err := k.s.side.ExecContext(ctx, `UPDATE leases SET owner = '', left_at = `+postgresClock+`
		WHERE name = $1 AND owner = $2 AND fence = $3`, name, k.s.Node(), fence)
	if err != nil {
		return fmt.Errorf("give up lease: %w", err)
	}
	k.s.Tell(Bell{Leases: true})
	return nil
}

// take takes a lease that nobody living holds, and reports false when another node was faster.
func (k *keeper) take(ctx context.Context, name string) (fence int64, ok bool, err error) {
	err = k.s.side.QueryRowContext(ctx, `INSERT INTO leases (name, owner, fence, left_at) VALUES ($1, $2, 1, 0)
		ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, fence = leases.fence + 1
		WHERE leases.owner = '' OR leases.owner = excluded.owner
		OR leases.owner NOT IN (SELECT id FROM nodes WHERE lease_until > `+postgresClock+`)
		RETURNING fence`, name, k.s.Node()).Scan(&fence)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("take lease: %w", err)
	}
	return fence, true, nil
}

// Leaving gives the node's leases to the others, and takes none from here on. Lanes that it owns it goes on with, until
// Close.
func (s *Store) Leaving(ctx context.Context) {
	if s.dialect == sqliteDialect {
		return
	}
	s.keeper.mu.Lock()
	s.keeper.leaving = true
	for _, l := range s.keeper.leases {
		if l.hold != nil {
			l.hold.finish(errLeft)
		}
	}
	s.keeper.mu.Unlock()
	if _, err := s.side.ExecContext(ctx, `UPDATE nodes SET joined = 0 WHERE id = $1`, s.Node()); err != nil {
		s.log.Warn("other nodes not told of the end", "err", err)
	}
	s.Tell(Bell{All: true})
}

// Standing is how this node stands among the others.
type Standing struct {
	Nodes  int   // that live, this one among them
	Leases int   // by name, that this node holds
	Lapses int64 // how often this node's lease was over since its start
}

// Standing returns how this node stands, as of its last look.
func (s *Store) Standing() Standing {
	if s.dialect == sqliteDialect {
		return Standing{Nodes: 1}
	}
	k := s.keeper
	k.mu.Lock()
	defer k.mu.Unlock()
	st := Standing{Nodes: len(k.peers), Lapses: k.lapses}
	for _, l := range k.leases {
		if l.hold != nil && l.hold.ended.IsZero() {
			st.Leases++
		}
	}
	return st
}
