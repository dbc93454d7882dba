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
	ctx   context.Context // of the commit, not of a caller: the one context in a struct, because a Tx is one call long
	sql   session
	state *gorm.DB
	crowd int
	hints []Hint
	after []func()
}

// Crowd returns how many writes want this commit or the next. When it is small, what could be left to a later
// transaction is cheaper done in this one.
func (t *Tx) Crowd() int { return t.crowd }

// Try runs fn so that what it wrote is undone when it fails, while the rest of the transaction stands. A panic is an
// error.
func (t *Tx) Try(fn func(*Tx) error) error {
	if _, err := t.sql.ExecContext(t.ctx, "SAVEPOINT attempt"); err != nil {
		return fmt.Errorf("savepoint: %w", err)
	}
	hints, after := len(t.hints), len(t.after)
	err := protect(fn, t)
	if err != nil {
		t.hints, t.after = t.hints[:hints], t.after[:after]
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
	n, err := t.exec(qSeen, key, int64(at))
	if err != nil {
		return false, fmt.Errorf("note delivery: %w", err)
	}
	return n == 1, nil
}

// Find returns the conversation that the account knows by one of the addresses, 0 if there is none.
func (t *Tx) Find(account string, addresses []string) (int64, error) {
	for _, address := range addresses {
		var id int64
		err := t.row(qAddress, account, address).Scan(&id)
		if err == nil {
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
		if _, err := t.exec(qBind, account, address, conversation); err != nil {
			return fmt.Errorf("bind address: %w", err)
		}
	}
	return nil
}

// AppendEvent puts an event at the end of the conversation's in lane. It gives no hint: the caller decides the event in
// this transaction, or calls Wake.
func (t *Tx) AppendEvent(conversation int64, e models.Event) error {
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	return t.append(conversation, models.LaneIn, "", body, e.At, 0)
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
	t.Wake(Hint{Conversation: conversation, Lane: lane, Account: account})
	return t.append(conversation, lane, account, body, at, at)
}

// append takes the sequence number under the lane's row lock, so that numbers are in the order of commits. A lane that was
// empty is due from ready on: lanes are claimed in the order in which they began to wait.
func (t *Tx) append(conversation int64, lane models.Lane, account string, body []byte, at, ready models.Stamp) error {
	var seq int64
	if err := t.row(qAppend, conversation, int(lane), account, int64(ready)).Scan(&seq); err != nil {
		return fmt.Errorf("append to lane: %w", err)
	}
	if _, err := t.exec(qEntry, conversation, int(lane), seq, int64(at), string(body)); err != nil {
		return fmt.Errorf("append to lane: %w", err)
	}
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
	err = t.row(qHold, conversation).Scan(&p.Seq, &p.Head, &p.Attempt, &p.ReadyAt)
	if errors.Is(err, sql.ErrNoRows) {
		return p, false, nil
	}
	if err != nil {
		return p, false, fmt.Errorf("hold lane: %w", err)
	}
	return p, true, nil
}

// Event reads the event with number seq of the conversation's in lane.
func (t *Tx) Event(conversation, seq int64) (e models.Event, err error) {
	var body []byte
	if err := t.row(qRead, conversation, int(models.LaneIn), seq).Scan(&body); err != nil {
		return e, fmt.Errorf("read event: %w", err)
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return e, fmt.Errorf("decode event: %w", err)
	}
	return e, nil
}

// Advance marks the event with number seq as decided. The lane is held.
func (t *Tx) Advance(conversation, seq int64) error {
	n, err := t.exec(qAdvance, seq, conversation, seq-1)
	if err != nil {
		return fmt.Errorf("advance lane: %w", err)
	}
	if n != 1 {
		return ErrFenced
	}
	return nil
}

// Postpone counts a failed decision of the event behind head and lets it be tried again at ready. It returns how often it
// has failed by now.
func (t *Tx) Postpone(conversation, head int64, ready models.Stamp) (failed int, err error) {
	if err := t.row(qPostpone, int64(ready), conversation, head).Scan(&failed); err != nil {
		return 0, fmt.Errorf("postpone event: %w", err)
	}
	return failed, nil
}

// SetAside keeps an entry that cannot be handled, for the operator. The caller moves the lane on.
func (t *Tx) SetAside(conversation int64, lane models.Lane, seq int64, reason string, at models.Stamp) error {
	err := t.state.Exec(`INSERT INTO set_aside (conversation, lane, seq, body, error, at)
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
