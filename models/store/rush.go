package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

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

// Rush is Tx.Rush as of the last commits, for who has to know before he writes.
func (s *Store) Rush() bool { return s.rush.Load() }

// Rush reports whether arrivals wait to be sorted, those of this commit among them. What came later must not be in a lane
// before they are.
func (t *Tx) Rush() (bool, error) {
	if t.s.dialect == sqliteDialect || t.u.rush || t.u.rushAsked {
		return t.u.rush, nil
	}
	if err := t.u.seeRush(t.row(qRush)); err != nil {
		return false, fmt.Errorf("look for arrivals: %w", err)
	}
	return t.u.rush, nil
}

// seeRush takes what the database says of arrivals that wait.
func (u *unit) seeRush(row scanner) error {
	u.rushAsked = true
	err := row.Scan(&u.rushSeen)
	u.rush = u.rushSeen
	return err
}

// lookForRush asks PostgreSQL for what Rush tells, if one of the batch will.
func (u *unit) lookForRush(batch []*job) []statement {
	if !slices.ContainsFunc(batch, func(j *job) bool { return j.need.Rush }) {
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

// Later puts an arrival, as JSON, behind all that wait to be sorted.
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

// Unsorted is a row of arrivals that wait to be sorted.
type Unsorted struct {
	place, tie int64
	Arrivals   []models.Arrival
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
	rows, err := in.QueryContext(ctx, s.texts[qUnsorted], unsortedMost)
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
			return nil, fmt.Errorf("read arrivals: %w", err)
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

// SetArrivalAside keeps an arrival that cannot be put into its lane, for the operator.
func (t *Tx) SetArrivalAside(a models.Arrival, reason string, at models.Stamp) error {
	body, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("encode arrival: %w", err)
	}
	err = t.held().Exec(`INSERT INTO set_aside (conversation, lane, seq, body, error, at) VALUES (0, ?, ?, ?, ?, ?)`,
		int(models.LaneIn), rand.Int64(), string(body), reason, int64(at)).Error // #nosec G404 -- no secret
	if err != nil {
		return fmt.Errorf("set aside: %w", err)
	}
	return nil
}

// Lasting reports whether a write that failed will fail again: what is written is at fault, not the database.
func Lasting(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return strings.HasPrefix(e.Code, "22") || strings.HasPrefix(e.Code, "23") // data, or a constraint
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()&0xff == sqlite3.SQLITE_CONSTRAINT
	}
	return !errors.Is(err, ErrForgotten)
}
