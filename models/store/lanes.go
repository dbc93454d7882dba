package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"patchbay/models"
)

// ErrForgotten is returned when a conversation was deleted between its being found and its being used. A second try does not
// find it.
var ErrForgotten = errors.New("conversation was forgotten")

// ErrFenced is returned when a lane has moved on under another owner. Nothing was changed.
var ErrFenced = errors.New("lane has another owner")

// Claim is a bot, out or desk lane that this node owns for now.
type Claim struct {
	Conversation int64
	Lane         models.Lane
	Account      string
	Seq, Head    int64
	Attempt      int          // failed tries of the entry behind Head
	Since        models.Stamp // when its first try failed; 0 if none did
	Paced        models.Stamp // the chat's pace: when the next entry would be on time
	Fence        int64
	// Doubt says that the entry behind Head may have been done without anybody having recorded it: the last owner died
	// while he had the lane, or left it so. Who gives the lane up by Retry or Release sets it when he cannot tell either.
	Doubt bool
}

// doubted stands in place of an owner for nobody, after whom Doubt is set.
const doubted = "-"

// leaves returns what stands in place of the owner when the claim is given up with its entry not done.
func (c Claim) leaves() string {
	if c.Doubt {
		return doubted
	}
	return ""
}

// Claim takes up to n lanes of one kind and account that have work at now. A lane is due when its ready time has come
// and no living node owns it.
func (s *Store) Claim(ctx context.Context, lane models.Lane, account string, n int, now models.Stamp) ([]Claim, error) {
	return s.claim(ctx, lane, account, qClaim, int(lane), account, int64(now), n)
}

// ClaimOf is Claim for the lane of one conversation. It returns none when that has no work, or an owner.
func (s *Store) ClaimOf(ctx context.Context, lane models.Lane, account string, conversation int64, now models.Stamp) ([]Claim, error) {
	return s.claim(ctx, lane, account, qClaimOf, int(lane), account, int64(now), conversation)
}

func (s *Store) claim(ctx context.Context, lane models.Lane, account string, q query, args ...any) ([]Claim, error) {
	var claims []Claim
	err := s.Write(ctx, func(tx *Tx) error {
		claims = claims[:0]
		if err := tx.u.flush(); err != nil {
			return err
		}
		rows, err := tx.rows(q, args...)
		if err != nil {
			return fmt.Errorf("find work: %w", err)
		}
		found, err := collect(rows, scanLane)
		if err != nil {
			return fmt.Errorf("find work: %w", err)
		}
		for _, l := range found {
			tx.u.recall(l.conversation)
			if known := tx.u.lanes[l.laneKey]; known != nil {
				l = known // what is known is what was read just now: it was flushed
			}
			tx.u.locked(l)
			doubt := l.owner != ""
			l.owner = s.Node()
			l.fence++
			tx.u.change(l)
			c := l.claim()
			c.Doubt = doubt
			claims = append(claims, c)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return claims, nil
}

// claim is the lane as its owner sees it.
func (l *laneRow) claim() Claim {
	return Claim{
		Conversation: l.conversation, Lane: l.lane, Account: l.account, Seq: l.seq, Head: l.head, Attempt: l.attempt,
		Since: l.since, Paced: l.paced, Fence: l.fence,
	}
}

// owned returns the claimed lane, locked, or ErrFenced.
func (t *Tx) owned(c Claim) (*laneRow, error) {
	l, err := t.u.lane(laneKey{c.Conversation, c.Lane})
	if err != nil {
		return nil, err
	}
	if l.fence != c.Fence || l.owner == "" || l.owner == doubted {
		return nil, ErrFenced
	}
	return l, nil
}

// Finish marks the next n entries of the claimed lane as done. Its effects belong into the same transaction. keep asks to
// go on with the lane if it has more; paced and ready are when the chat may have its next entry. It returns the claim as it
// is after the commit and whether the lane is still owned. ErrFenced means that another owner has it: the transaction must be
// given up.
func (t *Tx) Finish(c Claim, n int64, keep bool, paced, ready models.Stamp) (next Claim, kept bool, err error) {
	l, err := t.owned(c)
	if err != nil {
		return c, false, err
	}
	if l.head != c.Head || l.head+n > l.seq {
		return c, false, ErrFenced
	}
	l.head, l.attempt, l.since, l.readyAt, l.paced = c.Head+n, 0, 0, ready, paced
	more := l.seq > l.head
	if !more || !keep {
		l.owner = ""
	}
	t.u.change(l)
	if more && !keep {
		t.Wake(Hint{Conversation: c.Conversation, Lane: c.Lane, Account: c.Account})
	}
	return l.claim(), keep && more, nil
}

// Retry gives the claimed lane up until ready, after its attempt-th failure.
func (s *Store) Retry(ctx context.Context, c Claim, attempt int, since, ready models.Stamp) error {
	return s.WriteFor(ctx, Need{Claim: &c}, func(tx *Tx) error {
		l, err := tx.owned(c)
		if err != nil {
			return err
		}
		l.attempt, l.since, l.readyAt, l.owner = attempt, since, ready, c.leaves()
		tx.u.change(l)
		return nil
	})
}

// Owns fails with ErrFenced unless the claimed lane is still this claim's, and holds it so until the transaction ends.
func (t *Tx) Owns(c Claim) error {
	_, err := t.owned(c)
	return err
}

// Release gives the claimed lane up without a failure, until ready.
func (s *Store) Release(ctx context.Context, c Claim, ready models.Stamp) error {
	return s.WriteFor(ctx, Need{Claim: &c}, func(tx *Tx) error {
		l, err := tx.owned(c)
		if err != nil {
			return err
		}
		l.readyAt, l.owner = ready, c.leaves()
		tx.u.change(l)
		tx.Wake(Hint{Conversation: c.Conversation, Lane: c.Lane, Account: c.Account})
		return nil
	})
}

// Waiting returns all entries of the claimed lane behind its head, in order, and fails with ErrFenced unless the lane is
// still this claim's.
func (t *Tx) Waiting(c Claim) (entries []models.Entry, err error) {
	if err := t.Owns(c); err != nil {
		return nil, err
	}
	var bodies []string
	err = t.held().Raw(`SELECT body FROM entries WHERE conversation = ? AND lane = ? AND seq > ? ORDER BY seq`,
		c.Conversation, int(c.Lane), c.Head).Scan(&bodies).Error
	if err != nil {
		return nil, fmt.Errorf("read lane: %w", err)
	}
	entries = make([]models.Entry, len(bodies))
	for i, body := range bodies {
		if err := json.Unmarshal([]byte(body), &entries[i]); err != nil {
			return nil, fmt.Errorf("decode entry: %w", err)
		}
	}
	return entries, nil
}

// Idle reports whether nobody works one of the conversation's lanes, and what it did last is known. It stays so until the
// transaction ends.
func (t *Tx) Idle(conversation int64, lane models.Lane) (bool, error) {
	l, err := t.u.lane(laneKey{conversation, lane})
	if err != nil {
		return false, err
	}
	return l.owner == "", nil
}

// Queued is an entry with its place in its lane.
type Queued struct {
	models.Entry
	Seq int64
	At  models.Stamp
}

// Entries returns up to n entries of the claimed lane behind its head, in order.
func (s *Store) Entries(ctx context.Context, c Claim, n int) (entries []Queued, err error) {
	return s.now().entries(ctx, c, n)
}

func (r reading) entries(ctx context.Context, c Claim, n int) (entries []Queued, err error) {
	rows, err := r.sql.QueryContext(ctx, r.s.texts[qEntries], c.Conversation, int(c.Lane), c.Head, c.Head+int64(n))
	if err != nil {
		return nil, fmt.Errorf("read lane: %w", err)
	}
	entries, err = collect(rows, func(row scanner) (q Queued, err error) {
		var body sql.RawBytes
		if err := row.Scan(&q.Seq, &q.At, &body); err != nil {
			return q, err
		}
		return q, json.Unmarshal(body, &q.Entry)
	})
	if err != nil {
		return nil, fmt.Errorf("read lane: %w", err)
	}
	return entries, nil
}

// NextDue returns when the next lane of the kind and account may have work; ok is false when none waits.
func (s *Store) NextDue(ctx context.Context, lane models.Lane, account string) (due models.Stamp, ok bool, err error) {
	var at sql.NullInt64
	err = s.reads.QueryRowContext(ctx, s.texts[qDue], int(lane), account).Scan(&at)
	if err != nil {
		return 0, false, fmt.Errorf("find work: %w", err)
	}
	return models.Stamp(at.Int64), at.Valid, nil
}

// Due returns the conversations of up to n lanes that could be claimed at now, those that wait longest first.
func (s *Store) Due(ctx context.Context, lane models.Lane, account string, n int, now models.Stamp) (conversations []int64, err error) {
	rows, err := s.reads.QueryContext(ctx, s.texts[qDueLanes], int(lane), account, int64(now), n)
	if err != nil {
		return nil, fmt.Errorf("find work: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("find work: %w", err)
		}
		conversations = append(conversations, id)
	}
	return conversations, rows.Err()
}

// Accounts returns the accounts whose lanes of the kind have work.
func (s *Store) Accounts(ctx context.Context, lane models.Lane) (accounts []string, err error) {
	err = s.reader.WithContext(ctx).Raw(`SELECT DISTINCT account FROM lanes WHERE lane = ? AND head < seq`, int(lane)).Scan(&accounts).Error
	if err != nil {
		return nil, fmt.Errorf("find work: %w", err)
	}
	return accounts, nil
}

// Undecided returns up to n conversations, with ids above after in ascending order, that have events to be decided at now.
func (s *Store) Undecided(ctx context.Context, after int64, n int, now models.Stamp) (ids []int64, err error) {
	err = s.reader.WithContext(ctx).Raw(`SELECT conversation FROM lanes
		WHERE lane = 0 AND head < seq AND ready_at <= ? AND conversation > ? ORDER BY conversation LIMIT ?`,
		int64(now), after, n).Scan(&ids).Error
	if err != nil {
		return nil, fmt.Errorf("find events: %w", err)
	}
	return ids, nil
}

// Depth is how full the lanes of one kind are.
type Depth struct {
	Lane    models.Lane
	Account string
	Waiting int64        // entries
	Oldest  models.Stamp // when the oldest of them was appended
}

// Depths returns how full the lanes with work are, for metrics. What is not in its lane yet is counted as if it were.
func (s *Store) Depths(ctx context.Context) (depths []Depth, err error) {
	err = s.reader.WithContext(ctx).Raw(`SELECT l.lane AS lane, l.account AS account,
		SUM(l.seq - l.head) AS waiting, MIN(e.at) AS oldest
		FROM lanes l JOIN entries e ON e.conversation = l.conversation AND e.lane = l.lane AND e.seq = l.head + 1
		WHERE l.head < l.seq GROUP BY l.lane, l.account`).Scan(&depths).Error
	if err != nil {
		return nil, fmt.Errorf("measure lanes: %w", err)
	}
	unsorted, err := s.countUnsorted(ctx)
	if err != nil || unsorted.Waiting == 0 {
		return depths, err
	}
	i := slices.IndexFunc(depths, func(d Depth) bool { return d.Lane == models.LaneIn })
	if i < 0 {
		return append(depths, unsorted), nil
	}
	depths[i].Waiting += unsorted.Waiting
	depths[i].Oldest = min(depths[i].Oldest, unsorted.Oldest)
	return depths, nil
}
