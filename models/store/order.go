package store

import (
	"database/sql"
	"errors"
	"fmt"
)

// Everybody locks lanes in the same order (compareLanes), so that of two who want the same ones the second waits for the
// first, and never each for the other. What a write names in its Need is locked ahead and in that order, for all writes of
// the commit. A lane that is only asked for in the middle, since a report of a failure waited there, say, may come before one
// that is locked already: then it is taken if nobody has it, and waited for by nobody. Who cannot have it begins anew, and
// locks it ahead.

// outOfTurn is the error of who asked for a lane that another transaction has, while lanes behind it were locked.
type outOfTurn struct{ key laneKey }

// Error says what was asked for.
func (e *outOfTurn) Error() string {
	return fmt.Sprintf("lane %d of conversation %d was asked for out of turn", e.key.lane, e.key.conversation)
}

// locked notes a lane that is locked until the transaction ends.
func (u *unit) locked(l *laneRow) {
	u.lanes[l.laneKey] = l
	if u.last == nil || compareLanes(*u.last, l.laneKey) < 0 {
		u.last = &l.laneKey
	}
}

// lock locks a lane of PostgreSQL's that was not locked ahead.
func (u *unit) lock(key laneKey) (*laneRow, error) {
	q, inTurn := qLane, u.last == nil || compareLanes(*u.last, key) < 0
	if !inTurn {
		q = qLaneFree
	}
	l, err := scanLane(u.sql.QueryRowContext(u.ctx, u.s.texts[q], key.conversation, int(key.lane)))
	switch {
	case err == nil:
		u.locked(l)
		return l, nil
	case !errors.Is(err, sql.ErrNoRows):
		return nil, fmt.Errorf("lock lane: %w", err)
	case !inTurn:
		var there bool
		if err := u.sql.QueryRowContext(u.ctx, u.s.texts[qLaneThere], key.conversation, int(key.lane)).Scan(&there); err != nil {
			return nil, fmt.Errorf("lock lane: %w", err)
		}
		if there {
			u.late = &outOfTurn{key}
			return nil, u.late
		}
	}
	l = &laneRow{laneKey: key}
	u.lanes[key] = l
	return l, nil
}
