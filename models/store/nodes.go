package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"sync"
	"time"

	"github.com/pressly/goose/v3/lock"
)

// ErrLapsed is the cause with which contexts end when the node's lease may be over.
var ErrLapsed = errors.New("the node's lease may be over")

// forgotten is after how long, in milliseconds, a node's row is deleted. Until then it tells when its lease was over.
const forgotten = 60_000

// tenure is the time in which the node's lease holds without a gap. Each has a name of its own in the database, so that
// nothing of an earlier one can be taken for owned. The zero tenure, SQLite's, does not end.
type tenure struct {
	mu    sync.Mutex
	base  string
	count int
	id    string
	until time.Time // when the lease may be over, by this machine's clocks
	timer *time.Timer
	ctx   context.Context // ends with the tenure: what belongs to it hangs on it
	end   context.CancelCauseFunc
	fresh chan struct{} // closed and replaced at each renewal
}

// begin starts a tenure that holds until the given instant.
func (t *tenure) begin(until time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.until = until
	t.ctx, t.end = context.WithCancelCause(context.Background())
	end := t.end
	t.timer = time.AfterFunc(time.Until(until), func() { t.check(end) })
	t.announce()
}

// check ends the tenure if it was not renewed.
func (t *tenure) check(end context.CancelCauseFunc) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if left := time.Until(t.until); left > 0 {
		t.timer.Reset(left)
		return
	}
	end(ErrLapsed)
}

// extend makes the tenure hold until the given instant, unless it was over before that could be said. It goes by the
// monotonic clock alone: by the database's the lease held, and the machine's may have been set.
func (t *tenure) extend(until time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !time.Now().Before(t.until) || t.ctx.Err() != nil {
		t.end(ErrLapsed)
		return false
	}
	t.until = until
	t.timer.Reset(time.Until(until))
	t.announce()
	return true
}

// over reports whether the lease may be over at now by either clock: the monotonic one stands still while a machine
// sleeps, the other one may be set.
func (t *tenure) over(now time.Time) bool {
	return !now.Before(t.until) || !now.Round(0).Before(t.until.Round(0))
}

func (t *tenure) announce() {
	close(t.fresh)
	t.fresh = make(chan struct{})
}

// stop ends the tenure.
func (t *tenure) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.timer != nil {
		t.timer.Stop()
		t.end(ErrLapsed)
	}
}

// next gives the tenure to come its name.
func (t *tenure) next() (id, before string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	before = t.id
	t.count++
	t.id = t.base
	if t.count > 1 {
		t.id += "." + strconv.Itoa(t.count)
	}
	return t.id, before
}

func (t *tenure) name() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.id
}

// state returns what Confirm goes by.
func (t *tenure) state() (sure bool, ctx context.Context, fresh <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ctx.Err() == nil && !t.over(time.Now()), t.ctx, t.fresh
}

// standing returns state's sure and ctx with the name of the tenure.
func (t *tenure) standing() (sure bool, ctx context.Context, id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ctx.Err() == nil && !t.over(time.Now()), t.ctx, t.id
}

// Tenure returns a context that ends, with ErrLapsed, when the node's lease may be over: what it owns from before it must
// not be worked from then on. On SQLite it does not end.
func (s *Store) Tenure() context.Context {
	if s.dialect == sqliteDialect {
		return context.Background()
	}
	_, ctx, _ := s.tenure.state()
	return ctx
}

// Confirm returns when it is sure that this node's lease holds: at once as a rule, and after a renewal when the process was
// stopped or the database away for long. It returns the cause when ctx ends first. What reaches the world outside is
// done right behind it, under the tenure's context. On SQLite it only looks at ctx.
func (s *Store) Confirm(ctx context.Context) error {
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if s.dialect == sqliteDialect {
			return nil
		}
		sure, _, fresh := s.tenure.state()
		if sure {
			return nil
		}
		s.keeper.renewNow()
		select {
		case <-ctx.Done():
		case <-s.done:
			return ErrClosed
		case <-fresh:
		}
	}
}

// Node returns the name of this node among the owners of lanes and leases. It gets another one when its lease was over.
func (s *Store) Node() string { return s.tenure.name() }

// join makes this node an owner of lanes. On SQLite there is one node at a time, so whatever an earlier one still owned is
// free at once; on PostgreSQL it is free when that node's lease is over.
func (s *Store) join(ctx context.Context) error {
	if s.dialect == postgresDialect {
		return s.rejoin(ctx)
	}
	id, _ := s.tenure.next()
	return s.Write(ctx, func(tx *Tx) error {
		if err := tx.state.Exec(`DELETE FROM nodes`).Error; err != nil {
			return fmt.Errorf("join: %w", err)
		}
		if err := tx.state.Exec(`INSERT INTO nodes (id, lease_until) VALUES (?, ?)`, id, math.MaxInt64).Error; err != nil {
			return fmt.Errorf("join: %w", err)
		}
		return nil
	})
}

// rejoin begins a tenure under a new name. What the one before it owned is free at once.
func (s *Store) rejoin(ctx context.Context) error {
	s.tenure.stop()
	id, before := s.tenure.next()
	began := time.Now()
	if err := s.enrol(ctx, id, before); err != nil {
		return fmt.Errorf("join: %w", err)
	}
	s.tenure.begin(s.holds(began))
	return nil
}

// enrol writes the node's row, unless the tables have gone too far from this program: it may have stood still while all other
// copies were replaced twice. Meanwhile no tables change, and who changes them next finds the row.
func (s *Store) enrol(ctx context.Context, id, before string) (err error) {
	tx, err := s.side.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after the commit
	if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock_shared($1)`, lock.DefaultLockID); err != nil {
		return err
	}
	applied, err := appliedVersion(ctx, tx, postgresDialect)
	if err == nil {
		err = tooFar(applied, s.knows)
	}
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `WITH gone AS (DELETE FROM nodes WHERE id = $3 OR lease_until < `+postgresClock+` - $4)
		INSERT INTO nodes (id, lease_until, joined, knows) VALUES ($1, `+postgresClock+` + $2, `+postgresClock+`, $5)`,
		id, s.lease.Milliseconds(), before, forgotten, s.knows)
	if err != nil {
		return err
	}
	return tx.Commit()
}

// holds returns until when a lease that was taken or renewed at an instant surely holds. It is a tenth shorter than the
// database has it, so that a call under way is broken off before another node goes on.
func (s *Store) holds(at time.Time) time.Time { return at.Add(s.lease - s.lease/10) }

// renew renews the node's lease, by the database's clock. ok is false when it was over: others may own by now what this
// node had.
func (s *Store) renew(ctx context.Context) (ok bool, err error) {
	began := time.Now()
	r, err := s.side.ExecContext(ctx, `UPDATE nodes SET lease_until = `+postgresClock+` + $1 WHERE id = $2 AND lease_until > `+postgresClock,
		s.lease.Milliseconds(), s.Node())
	if err != nil {
		return false, fmt.Errorf("renew lease: %w", err)
	}
	n, err := r.RowsAffected()
	if err != nil {
		return false, fmt.Errorf("renew lease: %w", err)
	}
	return n == 1 && s.tenure.extend(s.holds(began)), nil
}

// Owned returns the lanes with work that this node owns. It looks at all lanes with work, so it is not for every second.
func (s *Store) Owned(ctx context.Context) (claims []Claim, err error) {
	err = s.reader.WithContext(ctx).Raw(`SELECT conversation, lane, account, seq, head, attempt, since, paced, fence
		FROM lanes WHERE head < seq AND owner = ?`, s.Node()).Scan(&claims).Error
	if err != nil {
		return nil, fmt.Errorf("read lanes: %w", err)
	}
	return claims, nil
}

// leave frees what the node owns.
func (s *Store) leave(ctx context.Context) error {
	defer s.tenure.stop()
	me := s.Node()
	err := s.Write(ctx, func(tx *Tx) error {
		// What is still owned was not given up by who worked on it, so nobody knows how far he came.
		if err := tx.held().Exec(`UPDATE lanes SET owner = ? WHERE head < seq AND owner = ?`, doubted, me).Error; err != nil {
			return fmt.Errorf("leave: %w", err)
		}
		tx.u.forget()
		if err := tx.state.Exec(`UPDATE leases SET owner = '' WHERE owner = ?`, me).Error; err != nil {
			return fmt.Errorf("leave: %w", err)
		}
		if err := tx.state.Exec(`DELETE FROM nodes WHERE id = ?`, me).Error; err != nil {
			return fmt.Errorf("leave: %w", err)
		}
		return nil
	})
	if err == nil && s.dialect == postgresDialect {
		err = s.ring(ctx, Bell{All: true})
	}
	return err
}
