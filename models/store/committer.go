package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// queueMost is how many writes wait for a committer before their callers wait to say so. Half of it bounds how many share a
// commit, and with it how long the first of them waits for the last.
const queueMost = 256

// minBatch is how many share a commit if as many wait.
const minBatch = 24

// companyMost is how long a small commit waits for company: what is under way may itself wait, for a row that somebody
// else holds.
const companyMost = 5 * time.Millisecond

// attempts is how often a write is run alone after PostgreSQL broke a deadlock.
const attempts = 4

// job is one call of Write.
type job struct {
	need  Need
	late  []laneKey // that it asked for out of turn
	fn    func(*Tx) error
	done  chan error // has room for the one answer
	hints []Hint
	after []func()
	// starts are of the whole batch, whose first job this is.
	starts []start
}

// PanicError is returned by Write when its function panicked. Nothing of it was written.
type PanicError struct {
	Value any
	Stack []byte
}

// Error says what panicked. Only an error of the runtime is given in words: another value may hold what a customer wrote.
func (e *PanicError) Error() string {
	if err, ok := e.Value.(runtime.Error); ok {
		return "panic: " + err.Error()
	}
	return fmt.Sprintf("panic: %T", e.Value)
}

// Write runs fn in a transaction and returns after it is committed and flushed to disk, or not at all. Writes that wait
// together share one commit; when one of them fails, it fails alone. fn may run more than once and must not call Write.
// When ctx ends first, the outcome is unknown, and fn may still run: the caller must read nothing then that it writes.
func (s *Store) Write(ctx context.Context, fn func(*Tx) error) error {
	return s.WriteFor(ctx, Need{}, fn)
}

// WriteFor is Write for a function whose needs are known, so that they are read at once with those of the others.
func (s *Store) WriteFor(ctx context.Context, need Need, fn func(*Tx) error) error {
	j := &job{need: need, fn: fn, done: make(chan error, 1)}
	select {
	case s.jobs <- j:
	case <-s.quit:
		return ErrClosed
	case <-ctx.Done():
		return fmt.Errorf("write: %w", context.Cause(ctx))
	}
	select {
	case err := <-j.done:
		return err
	case <-s.done:
		select {
		case err := <-j.done:
			return err
		default:
			return ErrClosed
		}
	case <-ctx.Done():
		return fmt.Errorf("write: %w", context.Cause(ctx))
	}
}

// committers is how many commits PostgreSQL has under way at once: while the disk works on one, the next is made.
const committers = 4

// commits runs the committers until Close. SQLite has one, as it has one writer, and a flusher behind it.
func (s *Store) commits() {
	defer close(s.done)
	n := 1
	if s.dialect == postgresDialect {
		n = committers
	}
	var making, flushing sync.WaitGroup
	if s.flusher != nil {
		flushing.Go(s.flusher.run)
	}
	for range n {
		making.Go(s.commit)
	}
	making.Wait()
	if s.flusher != nil {
		close(s.flusher.batches)
	}
	flushing.Wait()
}

// commit gathers what waits into one commit after the other until Close.
func (s *Store) commit() {
	for {
		select {
		case j := <-s.jobs:
			s.run(s.gather(j))
		case <-s.quit:
			for {
				select {
				case j := <-s.jobs:
					s.run(s.gather(j))
				default:
					return
				}
			}
		}
	}
}

// gather returns first and half of what waits behind it: while these are committed, those who wait for the other half do
// not all stand still, and those who are answered bring the next. While others are under way, a small commit waits for company.
func (s *Store) gather(first *job) []*job {
	batch := []*job{first}
	var enough <-chan time.Time
	for most := max(minBatch, len(s.jobs)/2); len(batch) < most; {
		select {
		case j := <-s.jobs:
			batch = append(batch, j)
			continue
		default:
		}
		busy := s.busy()
		if busy == nil {
			return batch
		}
		if enough == nil {
			enough = time.After(companyMost)
		}
		select {
		case j := <-s.jobs:
			batch = append(batch, j)
		case <-busy:
		case <-enough:
			return batch
		}
	}
	return batch
}

// busy returns what is closed when fewer commits are under way, nil if more may be.
func (s *Store) busy() <-chan struct{} {
	if s.flusher != nil {
		return s.flusher.busy()
	}
	return s.traffic.busy()
}

// run commits a batch. It goes without a savepoint for each write, which would cost as much as the write: when one fails,
// the whole batch is rolled back, the one is run alone, and the others are run again without it.
func (s *Store) run(batch []*job) {
	s.traffic.begin()
	defer s.traffic.end()
	for len(batch) > 0 {
		failed, err := s.try(batch)
		if err == nil {
			s.finish(batch)
			return
		}
		if errors.Is(err, ErrRush) {
			batch = s.refuse(batch, failed)
			continue
		}
		if failed < 0 && !refused(err) {
			for _, j := range batch {
				j.done <- err // the database is away: it is for all
			}
			return
		}
		if failed < 0 {
			failed = 0 // one of them is at fault, or was in another copy's way: it shows when each runs alone
		}
		s.alone(batch[failed])
		batch = append(batch[:failed:failed], batch[failed+1:]...)
	}
}

// alone runs one write in a transaction of its own.
func (s *Store) alone(j *job) {
	var err error
	for range attempts {
		if _, err = s.try([]*job{j}); err == nil {
			s.finish([]*job{j})
			return
		}
		if !transient(err) {
			break
		}
	}
	j.done <- err
}

// finish answers those whose writes were committed, on SQLite once the commit is flushed.
func (s *Store) finish(batch []*job) {
	if s.flusher != nil {
		s.flusher.batches <- batch
		return
	}
	s.announce(batch)
	for _, j := range batch {
		j.done <- nil
	}
}

// try runs the batch in one transaction, and anew when one of the writes asked for a lane out of turn. failed is the index of
// the write that failed, -1 if it was the transaction.
func (s *Store) try(batch []*job) (failed int, err error) {
	for {
		failed, err = s.transact(batch)
		late, ok := errors.AsType[*outOfTurn](err)
		if !ok {
			s.room.note(err)
			return failed, err
		}
		batch[failed].late = append(batch[failed].late, late.key)
	}
}

// transact runs the batch in one transaction.
func (s *Store) transact(batch []*job) (failed int, err error) {
	// The transaction outlives every caller's context: a batch belongs to many.
	ctx := context.Background()
	if err := s.flusher.failed(); err != nil {
		return -1, err
	}
	t, err := s.begin(ctx)
	if err != nil {
		return -1, fmt.Errorf("begin: %w", err)
	}
	state := s.base.Session(&gorm.Session{NewDB: true, Context: ctx, SkipDefaultTransaction: true})
	state.Statement.ConnPool = t
	u := newUnit(ctx, s, t)
	if err := u.prefetch(batch); err != nil {
		return -1, errors.Join(err, rollback(t))
	}
	for i, j := range batch {
		if j.need.Now && u.rush {
			return i, errors.Join(ErrRush, rollback(t))
		}
		tx := &Tx{s: s, ctx: ctx, u: u, sql: t, state: state, crowd: u.crowd}
		err := protect(j.fn, tx)
		if u.late != nil {
			err = u.late // whatever the function made of it
		}
		if err == nil {
			err = u.unasked(j.need)
		}
		if err != nil {
			return i, errors.Join(err, rollback(t))
		}
		j.hints, j.after = tx.hints, tx.after
	}
	starts := u.claimBegun()
	if s.dialect == postgresDialect {
		batch[0].hints = append(batch[0].hints, u.idle()...)
	}
	if err := s.flusher.commit(func() error { return u.commit(t) }); err != nil {
		cancelAll(starts)
		return -1, err
	}
	u.remember()
	batch[0].starts = starts
	return -1, nil
}

// refused reports whether the database refused what was written, as apart from being away. After a failure of that kind
// the writes of a batch are tried one by one.
func refused(err error) bool {
	if _, ok := errors.AsType[*pgconn.PgError](err); ok {
		return true
	}
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && e.Code()&0xff == sqlite3.SQLITE_CONSTRAINT
}

// begin begins a transaction.
func (s *Store) begin(ctx context.Context) (transaction, error) {
	if s.dialect == sqliteDialect {
		return s.writer.begin(ctx)
	}
	return newPipeline(ctx, s.write)
}

func rollback(t transaction) error {
	if err := t.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return fmt.Errorf("roll back: %w", err)
	}
	return nil
}

// protect calls fn and turns a panic into an error.
func protect(fn func(*Tx) error, tx *Tx) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return fn(tx)
}

// announce tells which lanes got work by the batch, and does what was left for after the commit.
func (s *Store) announce(batch []*job) {
	var hints []Hint
	for _, j := range batch {
		hints = append(hints, j.hints...)
		for _, fn := range j.after {
			fn()
		}
	}
	hints = startAll(batch[0].starts, hints)
	if s.changed != nil && len(hints) > 0 {
		s.changed(hints)
	}
}

// transient reports whether PostgreSQL asks to run the transaction again.
// https://www.postgresql.org/docs/current/errcodes-appendix.html
func transient(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == "40001" || e.Code == "40P01")
}
