package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"patchbay/models"
)

// Bell is what one node tells the others: where to look. It carries no data, and one that is lost is made up for by the next
// look.
type Bell struct {
	All    bool     // anywhere
	Hints  []Hint   // lanes that got work
	Topics []string // things that the node which does them for all should look at
	Leases bool     // leases by name that were given up
}

// empty reports whether there is nothing to tell.
func (b Bell) empty() bool { return !b.All && !b.Leases && len(b.Hints) == 0 && len(b.Topics) == 0 }

const (
	// bellChannel is the name that the nodes listen by. PostgreSQL keeps it apart for each database.
	bellChannel = "patchbay"
	// bellEvery is how often one node rings at most: while it commits, a NOTIFY holds a lock that all others of the cluster
	// wait for. https://www.postgresql.org/docs/current/sql-notify.html
	bellEvery = 50 * time.Millisecond
	// bellMost is how many lanes one ring names; for more of them the others look everywhere. PostgreSQL takes 8000 bytes.
	bellMost = 64
	// bellBytes bounds the payload with room for an account's long name.
	bellBytes = 7500
)

// Tell tells the other nodes, soon: what is told within a short time is told at once. It does not block, and does nothing
// on SQLite. The transaction that made the work is not the one that tells of it.
func (s *Store) Tell(b Bell) {
	if s.dialect == postgresDialect && !b.empty() {
		s.pending.add(b)
	}
}

// OnBell sets the function that is called with what other nodes tell. It is set once, before KeepLease, and must not block.
func (s *Store) OnBell(f func(Bell)) { s.heard = f }

// hear passes on what other nodes tell, or what this one found out of them.
func (s *Store) hear(b Bell) {
	if b.All || b.Leases {
		s.keeper.lookNow()
	}
	if s.heard != nil {
		s.heard(b)
	}
}

// bells rings until ctx ends, and once more then if there is something to tell.
func (s *Store) bells(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.lease/3)
			defer cancel()
			if b := s.pending.take(); !b.empty() && s.ring(last, b) != nil {
				s.log.Debug("other nodes not told")
			}
			return
		case <-s.pending.wake:
		}
		if b := s.pending.take(); !b.empty() {
			step, cancel := context.WithTimeout(ctx, s.lease/3)
			if err := s.ring(step, b); err != nil && ctx.Err() == nil {
				s.log.Debug("other nodes not told", "err", err)
				s.pending.add(Bell{All: true}) // it may have been any of it
			}
			cancel()
		}
		pause(ctx, bellEvery)
	}
}

// ring tells the other nodes, in a transaction of its own. Nothing depends on its being on disk, so it does not wait for that.
func (s *Store) ring(ctx context.Context, b Bell) error {
	payload, err := b.encode(s.tenure.base)
	if err != nil {
		return err
	}
	_, err = s.side.ExecContext(ctx, `SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, $2)`, bellChannel, payload)
	if err != nil {
		return fmt.Errorf("notify: %w", err)
	}
	return nil
}

const (
	// listenAgain and listenMost are how long after a broken connection it is made anew: from the first, doubling up to the
	// second.
	listenAgain = 250 * time.Millisecond
	listenMost  = 5 * time.Second
	// listenPing is after how long a quiet connection is tried: one that was cut without a word stays quiet for ever.
	listenPing = 30 * time.Second
)

// listen hears what other nodes tell, until ctx ends.
func (s *Store) listen(ctx context.Context) {
	for wait := listenAgain; ctx.Err() == nil; wait = min(2*wait, listenMost) {
		began := time.Now()
		err := s.listenOnce(ctx)
		if ctx.Err() != nil {
			return
		}
		s.log.Warn("other copies are not heard; looking every few seconds meanwhile", "err", err)
		if time.Since(began) > listenMost {
			wait = listenAgain
		}
		pause(ctx, wait)
	}
}

// listenOnce hears on one connection until it breaks.
func (s *Store) listenOnce(ctx context.Context) (err error) {
	dial, cancel := context.WithTimeout(ctx, listenMost)
	defer cancel()
	conn, err := pgx.ConnectConfig(dial, s.address.Copy())
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.lease/3)
		defer cancel()
		err = errors.Join(err, conn.Close(closing))
	}()
	if _, err := conn.Exec(dial, "LISTEN "+bellChannel); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	s.hear(Bell{All: true}) // whatever was told before
	for {
		step, cancel := context.WithTimeout(ctx, listenPing)
		n, err := conn.WaitForNotification(step)
		quiet := step.Err() != nil && ctx.Err() == nil
		cancel()
		if quiet && err != nil {
			step, cancel := context.WithTimeout(ctx, listenMost)
			err = conn.Ping(step)
			cancel()
			if err == nil {
				continue
			}
		}
		if err != nil {
			return fmt.Errorf("listen: %w", err)
		}
		b, from, err := decodeBell(n.Payload)
		if err != nil {
			b = Bell{All: true} // of a release that tells more
		}
		if from != s.tenure.base {
			s.hear(b)
		}
	}
}

// wire is a Bell as it is sent.
type wire struct {
	From   string     `json:"n"`
	All    bool       `json:"a,omitempty"`
	Leases bool       `json:"e,omitempty"`
	Topics []string   `json:"t,omitempty"`
	Chats  []int64    `json:"c,omitempty"` // with events to decide
	Lanes  []wireLane `json:"l,omitempty"`
}

type wireLane struct {
	Lane    models.Lane `json:"k"`
	Account string      `json:"a"`
}

func (b Bell) encode(from string) (string, error) {
	w := wire{From: from, All: b.All, Leases: b.Leases, Topics: b.Topics}
	for _, h := range b.Hints {
		if h.Lane == models.LaneIn {
			w.Chats = append(w.Chats, h.Conversation)
		} else {
			w.Lanes = append(w.Lanes, wireLane{h.Lane, h.Account})
		}
	}
	body, err := json.Marshal(w)
	if err == nil && len(body) > bellBytes {
		body, err = json.Marshal(wire{From: from, All: true})
	}
	if err != nil {
		return "", fmt.Errorf("encode bell: %w", err)
	}
	return string(body), nil
}

func decodeBell(payload string) (b Bell, from string, err error) {
	var w wire
	if err := json.Unmarshal([]byte(payload), &w); err != nil {
		return b, "", fmt.Errorf("decode bell: %w", err)
	}
	b = Bell{All: w.All, Leases: w.Leases, Topics: w.Topics}
	for _, id := range w.Chats {
		b.Hints = append(b.Hints, Hint{Conversation: id, Lane: models.LaneIn})
	}
	for _, l := range w.Lanes {
		b.Hints = append(b.Hints, Hint{Lane: l.Lane, Account: l.Account})
	}
	return b, w.From, nil
}

// bellbox gathers what is to be told.
type bellbox struct {
	mu     sync.Mutex
	next   Bell
	hints  map[Hint]bool
	topics map[string]bool
	wake   chan struct{}
}

func newBellbox() *bellbox {
	return &bellbox{hints: map[Hint]bool{}, topics: map[string]bool{}, wake: make(chan struct{}, 1)}
}

func (x *bellbox) add(b Bell) {
	x.mu.Lock()
	x.next.All = x.next.All || b.All
	x.next.Leases = x.next.Leases || b.Leases
	for _, h := range b.Hints {
		if h.Lane != models.LaneIn {
			h.Conversation = 0 // the lanes of an account are looked at together
		}
		x.hints[h] = true
	}
	for _, t := range b.Topics {
		x.topics[t] = true
	}
	if len(x.hints)+len(x.topics) > bellMost {
		x.next.All = true
		clear(x.hints)
		clear(x.topics)
	}
	x.mu.Unlock()
	select {
	case x.wake <- struct{}{}:
	default:
	}
}

func (x *bellbox) take() Bell {
	x.mu.Lock()
	defer x.mu.Unlock()
	b := x.next
	x.next = Bell{}
	for h := range x.hints {
		b.Hints = append(b.Hints, h)
	}
	for t := range x.topics {
		b.Topics = append(b.Topics, t)
	}
	clear(x.hints)
	clear(x.topics)
	return b
}

// pause waits for d or the end of ctx.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
