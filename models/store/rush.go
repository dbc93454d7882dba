package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"patchbay/models"
)

// In a rush, when more comes than can be sorted into its lanes, what comes is kept as it is, all of a commit in one row:
// that takes a fraction of the work, and is as durable. It is sorted as soon as there is time, in the order in which it came. While
// a row is left, nothing else overtakes it: all that comes is put behind.

// ErrRush is returned by a write that would overtake what waits to be sorted. Nothing of it was written.
var ErrRush = errors.New("arrivals wait to be sorted")

// Rush reports whether arrivals wait to be sorted, as of the last commits. On PostgreSQL another copy may know more: what counts is
// Need.Now.
func (s *Store) Rush() bool { return s.rush.Load() }

// refuse answers the writes of a batch, from the first that would have overtaken arrivals on, that must not, and returns the others.
func (s *Store) refuse(batch []*job, first int) []*job {
	if s.dialect == postgresDialect {
		s.rush.Store(true)
	}
	others := batch[:first:first]
	for _, j := range batch[first:] {
		if j.need.Now {
			j.done <- ErrRush
		} else {
			others = append(others, j)
		}
	}
	return others
}

// seeRush takes what the database says of arrivals that wait.
func (u *unit) seeRush(row scanner) error {
	u.rushAsked = true
	err := row.Scan(&u.rushSeen)
	u.rush = u.rushSeen
	return err
}

// lookForRush asks PostgreSQL whether arrivals wait, if one of the batch has to know.
func (u *unit) lookForRush(batch []*job) []statement {
	if !slices.ContainsFunc(batch, func(j *job) bool { return j.need.Now || j.need.Rush }) {
		return nil
	}
	return []statement{{text: u.s.texts[qRush], take: u.seeRush}}
}

// rememberRush notes what the commit knows of arrivals that wait. On PostgreSQL what was there before it counts, if that is known: what it
// adds itself another copy may have sorted by the time it matters, and nobody would tell.
func (u *unit) rememberRush() {
	switch {
	case u.s.dialect == sqliteDialect:
		u.s.rush.Store(u.rush)
	case u.rushAsked:
		u.s.rush.Store(u.rushSeen)
	case u.rush:
		u.s.rush.Store(true)
	}
}

// learnRush finds out whether arrivals waited when the last process ended.
func (s *Store) learnRush(ctx context.Context) error {
	var rush bool
	if err := s.reads.QueryRowContext(ctx, s.texts[qRush]).Scan(&rush); err != nil {
		return fmt.Errorf("look for arrivals: %w", err)
	}
	s.rush.Store(rush)
	return nil
}

// Later puts an arrival, a models.Arrival as JSON that came at an instant, behind all that wait to be sorted. From here on writes of
// this commit with Need.Now fail.
func (t *Tx) Later(arrival []byte, at models.Stamp) {
	t.u.arrivals = append(t.u.arrivals, arrival)
	t.u.arrived = at
	t.u.rush, t.u.pending = true, true
}

// flushArrivals writes what came in a rush.
func (u *unit) flushArrivals() error {
	if len(u.arrivals) == 0 {
		return nil
	}
	body := append(append([]byte{'['}, bytes.Join(u.arrivals, []byte{','})...), ']')
	args := []any{rand.Int64(), int64(len(u.arrivals)), int64(u.arrived), string(body)} // #nosec G404 -- no secret
	if u.s.dialect == postgresDialect {
		u.queue = append(u.queue, statement{text: u.s.texts[qLater], args: args})
		return nil
	}
	if _, err := u.sql.ExecContext(u.ctx, u.s.texts[qLater], args...); err != nil {
		return fmt.Errorf("keep arrivals: %w", err)
	}
	return nil
}

// Unsorted is a row of arrivals that wait to be sorted: what one commit brought.
type Unsorted struct {
	place, tie int64
	Arrivals   []models.Arrival
	Broken     string // the row, where it cannot be read
}

// unsortedMost is how many rows of arrivals are read at once.
const unsortedMost = 16

// Unsorted returns the oldest rows of arrivals, in their order: at least one, if there is any, and no more when they hold n
// arrivals.
func (s *Store) Unsorted(ctx context.Context, n int) ([]Unsorted, error) {
	return s.unsorted(ctx, s.reads, n)
}

// Unsorted is Store.Unsorted in the transaction.
func (t *Tx) Unsorted(n int) ([]Unsorted, error) {
	if err := t.u.flush(); err != nil {
		return nil, err
	}
	return t.s.unsorted(t.ctx, t.sql, n)
}

func (s *Store) unsorted(ctx context.Context, in session, n int) (found []Unsorted, err error) {
	args := []any{unsortedMost}
	if s.dialect == postgresDialect {
		args = append(args, n)
	}
	rows, err := in.QueryContext(ctx, s.texts[qUnsorted], args...)
	if err != nil {
		return nil, fmt.Errorf("read arrivals: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for all := 0; all < n && rows.Next(); {
		var r Unsorted
		var body []byte
		if err := rows.Scan(&r.place, &r.tie, &body); err != nil {
			return nil, fmt.Errorf("read arrivals: %w", err)
		}
		if err := json.Unmarshal(body, &r.Arrivals); err != nil {
			r.Arrivals, r.Broken = nil, string(body)
		}
		all += len(r.Arrivals)
		found = append(found, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read arrivals: %w", err)
	}
	return found, nil
}

// Sorted takes a row of arrivals out of those that wait. It fails with ErrFenced when somebody else has sorted it.
func (t *Tx) Sorted(r Unsorted) error {
	if err := t.u.flush(); err != nil {
		return err
	}
	n, err := t.exec(qSorted, r.place, r.tie)
	if err == nil && n == 0 {
		return ErrFenced
	}
	if err == nil {
		err = t.u.seeRush(t.row(qRush))
	}
	if err != nil {
		return fmt.Errorf("take arrivals: %w", err)
	}
	return nil
}

// countUnsorted returns how many arrivals wait to be sorted, as if they were in their lanes.
func (s *Store) countUnsorted(ctx context.Context) (d Depth, err error) {
	d.Lane = models.LaneIn
	err = s.reads.QueryRowContext(ctx, `SELECT COALESCE(SUM(n), 0), COALESCE(MIN(at), 0) FROM arrivals`).Scan(&d.Waiting, &d.Oldest)
	if err != nil {
		return d, fmt.Errorf("count arrivals: %w", err)
	}
	return d, nil
}

// SetArrivalAside keeps an arrival that cannot be put into its lane, or a row that cannot be read, for the operator.
func (t *Tx) SetArrivalAside(body, reason string, at models.Stamp) error {
	err := t.held().Exec(`INSERT INTO set_aside (conversation, lane, seq, body, error, at) VALUES (0, ?, ?, ?, ?, ?)`,
		int(models.LaneIn), rand.Int64(), body, reason, int64(at)).Error // #nosec G404 -- no secret
	if err != nil {
		return fmt.Errorf("set aside: %w", err)
	}
	return nil
}

// Lasting reports whether a write that failed will fail again: what is written is at fault, not the database.
// https://www.postgresql.org/docs/current/errcodes-appendix.html https://www.sqlite.org/rescode.html
func Lasting(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return slices.Contains([]string{"22", "23", "54"}, e.Code[:min(2, len(e.Code))]) // data, a constraint, a limit of the program's
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return slices.Contains([]int{sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH}, e.Code()&0xff)
	}
	_, late := errors.AsType[*outOfTurn](err)
	return !late && !errors.Is(err, ErrForgotten)
}
