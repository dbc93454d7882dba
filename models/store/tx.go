package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"patchbay/models"
)

// Tx is a transaction under way. It is used by one goroutine, the committer's, inside the function given to Write.
type Tx struct {
	s     *Store
	ctx   context.Context // of the commit, not of a caller: a Tx is one call long
	u     *unit           // shared by all writes of the commit
	sql   session
	state *gorm.DB // for the tables that the unit does not hold
	crowd int
	hints []Hint
	after []func()
}

// Crowd returns how many writes wanted this commit or the next when it began. When it is small, what could be left to a later
// transaction is cheaper done in this one.
func (t *Tx) Crowd() int { return t.crowd }

// held is gorm for the tables that the unit holds rows of: what waits to be written is written before.
func (t *Tx) held() *gorm.DB {
	if err := t.u.flush(); err != nil {
		db := t.state.Session(&gorm.Session{})
		_ = db.AddError(err)
		return db
	}
	return t.state
}

// Try runs fn so that what it wrote is undone when it fails, while the rest of the transaction stands. A panic is an
// error.
func (t *Tx) Try(fn func(*Tx) error) error {
	if err := t.u.flush(); err != nil {
		return err
	}
	if _, err := t.sql.ExecContext(t.ctx, "SAVEPOINT attempt"); err != nil {
		return fmt.Errorf("savepoint: %w", err)
	}
	hints, after := len(t.hints), len(t.after)
	err := protect(fn, t)
	if err == nil {
		err = t.u.flush()
	}
	if err != nil {
		t.hints, t.after = t.hints[:hints], t.after[:after]
		t.u.clear()
		t.u.forget()
		if _, undo := t.sql.ExecContext(t.ctx, "ROLLBACK TO SAVEPOINT attempt"); undo != nil {
			// The whole transaction is gone: nothing more may run, or it would be committed by itself.
			panic(errors.Join(err, fmt.Errorf("savepoint: %w", undo)))
		}
	}
	if _, release := t.sql.ExecContext(t.ctx, "RELEASE SAVEPOINT attempt"); release != nil {
		return errors.Join(err, fmt.Errorf("savepoint: %w", release))
	}
	return err
}

// Seen notes that key was delivered and reports whether that is new. Of two transactions with the same key at the same
// instant, the second waits for the first and finds it.
func (t *Tx) Seen(key string, at models.Stamp) (fresh bool, err error) {
	if fresh, noted := t.u.fresh[key]; noted {
		t.u.fresh[key] = false
		return fresh, nil
	}
	n, err := t.exec(qSeen, key, int64(at))
	if err != nil {
		return false, fmt.Errorf("note delivery: %w", err)
	}
	return n == 1, nil
}

// Find returns the conversation that the account knows by one of the addresses, 0 if there is none.
func (t *Tx) Find(account string, addresses []string) (int64, error) {
	for _, address := range addresses {
		key := addressKey{account, address}
		id, read := t.u.found[key]
		if read && id != 0 {
			return id, nil
		}
		if read {
			continue
		}
		err := t.row(qAddress, account, address).Scan(&id)
		if err == nil {
			t.u.found[key] = id
			return id, nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return 0, fmt.Errorf("find conversation: %w", err)
		}
	}
	return 0, nil
}

// Bind makes the conversation known by the addresses. One that is bound already stays with its conversation.
func (t *Tx) Bind(account string, addresses []string, conversation int64) error {
	for _, address := range addresses {
		key := addressKey{account, address}
		if t.u.found[key] == conversation {
			continue // its lane is held, so it still is
		}
		n, err := t.exec(qBind, account, address, conversation)
		if err != nil {
			return fmt.Errorf("bind address: %w", err)
		}
		delete(t.u.found, key) // somebody else bound it
		if n == 1 {
			t.u.found[key] = conversation
		}
	}
	return nil
}

// AppendEvent puts an event at the end of the conversation's in lane. It gives no hint: the caller decides the event in
// this transaction, or calls Wake.
func (t *Tx) AppendEvent(conversation int64, e models.Event) error {
	return t.u.addEvent(conversation, e)
}

// Wake gives a hint after the commit.
func (t *Tx) Wake(h Hint) { t.hints = append(t.hints, h) }

// After has fn called once the transaction is committed, by the committer: fn must not block.
func (t *Tx) After(fn func()) { t.after = append(t.after, fn) }

// Append puts an entry at the end of one of the conversation's other lanes. account is what its workers and its pace are
// counted by; the lane follows the last one given.
func (t *Tx) Append(conversation int64, lane models.Lane, account string, e models.Entry, at models.Stamp) error {
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode entry: %w", err)
	}
	l, err := t.u.lane(laneKey{conversation, lane})
	if err != nil {
		return err
	}
	t.Wake(Hint{Conversation: conversation, Lane: lane, Account: account})
	first := l.head == l.seq
	t.u.add(l, account, body, at, max(at, e.NotBefore))
	t.u.begun.note(l, first, e, at)
	return nil
}

// Pending is where an in lane stands.
type Pending struct {
	Seq, Head int64
	Attempt   int          // failed decisions of the event at Head + 1
	ReadyAt   models.Stamp // when to try it again
}

// Hold locks the conversation's in lane until the transaction ends and returns where it stands. ok is false when the
// conversation has none.
func (t *Tx) Hold(conversation int64) (p Pending, ok bool, err error) {
	l, err := t.u.lane(laneKey{conversation, models.LaneIn})
	if err != nil || l.seq == 0 {
		return p, false, err
	}
	return Pending{Seq: l.seq, Head: l.head, Attempt: l.attempt, ReadyAt: l.readyAt}, true, nil
}

// Event reads the event with number seq of the conversation's in lane.
func (t *Tx) Event(conversation, seq int64) (e models.Event, err error) {
	key := entryKey{conversation, seq}
	if e, ok := t.u.event[key]; ok {
		return e, nil // every event of this commit's is here
	}
	if e, ok := t.u.recallEvent(key); ok {
		return e, nil
	}
	rows, err := t.rows(qEvents, conversation, seq, seq+eventsMost)
	if err == nil {
		_, err = collect(rows, t.u.scanEvent)
	}
	if err != nil {
		return e, fmt.Errorf("read event: %w", err)
	}
	e, ok := t.u.event[key]
	if !ok {
		return e, fmt.Errorf("read event: %w", ErrNotFound)
	}
	return e, nil
}

// Advance marks the event with number seq as decided. The lane is held.
func (t *Tx) Advance(conversation, seq int64) error {
	l, err := t.u.lane(laneKey{conversation, models.LaneIn})
	if err != nil {
		return err
	}
	if l.head != seq-1 || l.seq < seq {
		return ErrFenced
	}
	l.head, l.attempt, l.readyAt = seq, 0, 0
	t.u.change(l)
	return nil
}

// Postpone counts a failed decision of the event behind head and lets it be tried again at ready. It returns how often it
// has failed by now.
func (t *Tx) Postpone(conversation, head int64, ready models.Stamp) (failed int, err error) {
	l, err := t.u.lane(laneKey{conversation, models.LaneIn})
	if err != nil {
		return 0, err
	}
	if l.head != head {
		return 0, ErrFenced
	}
	l.attempt++
	l.readyAt = ready
	t.u.change(l)
	return l.attempt, nil
}

// SetAside keeps an entry that cannot be handled, for the operator. The caller moves the lane on.
func (t *Tx) SetAside(conversation int64, lane models.Lane, seq int64, reason string, at models.Stamp) error {
	err := t.held().Exec(`INSERT INTO set_aside (conversation, lane, seq, body, error, at)
		SELECT conversation, lane, seq, body, ?, ? FROM entries WHERE conversation = ? AND lane = ? AND seq = ?
		ON CONFLICT DO NOTHING`,
		reason, int64(at), conversation, int(lane), seq).Error
	if err != nil {
		return fmt.Errorf("set aside: %w", err)
	}
	return nil
}

func (t *Tx) setFact(name, value string) error {
	err := t.state.Exec(`INSERT INTO facts (name, value) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value).Error
	if err != nil {
		return fmt.Errorf("set fact: %w", err)
	}
	return nil
}

func (t *Tx) exec(q query, args ...any) (changed int64, err error) {
	r, err := t.sql.ExecContext(t.ctx, t.s.texts[q], args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (t *Tx) row(q query, args ...any) *sql.Row {
	return t.sql.QueryRowContext(t.ctx, t.s.texts[q], args...)
}

func (t *Tx) rows(q query, args ...any) (*sql.Rows, error) {
	return t.sql.QueryContext(t.ctx, t.s.texts[q], args...)
}
