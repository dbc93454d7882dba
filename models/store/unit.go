package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"patchbay/models"
)

// unit is what one commit knows and has yet to write. The rows of the hot path are read into it once, changed there by all
// writes that share the commit, and written together at its end. Lanes and conversations are locked when they are read, so
// nobody else changes them meanwhile.
//
// Whatever runs a statement of its own calls flush before, so that it sees what came before it, and forget after, if it
// wrote.
type unit struct {
	s   *Store
	ctx context.Context // of the commit: a unit is one call long
	sql session

	fresh    map[string]bool      // keys that this commit noted, until somebody asks for them
	found    map[addressKey]int64 // conversations by address
	lanes    map[laneKey]*laneRow
	wanted   []laneKey  // that were to be locked at the start
	last     *laneKey   // the one behind all others that are locked
	late     *outOfTurn // a lane could not be had: the transaction must begin anew
	crowd    int        // how many writes wanted this commit or the next when it began
	inline   bool       // conversations that are found are decided in
	chats    map[int64]*chatRow
	event    map[entryKey]models.Event     // of in lanes
	receipts map[addressKey]models.Receipt // by the platform's id; the zero Receipt where there is none
	reported map[addressKey]bool           // platform's ids that are locked

	arrivals  [][]byte // in a rush
	arrived   models.Stamp
	rush      bool // arrivals wait to be sorted
	rushAsked bool // PostgreSQL was asked, and answered rushSeen
	rushSeen  bool

	begun    begun
	handed   handed
	entries  [][]any
	messages []*models.Message
	told     []*models.Message          // by this commit, written or not
	retold   bool                       // something that was said before is changed
	byID     map[string]*models.Message // of messages
	changes  map[string]map[string]any  // of messages in the database, by column
	read     map[string]models.Message  // of conversations that are held
	parts    map[partKey]models.Part
	marks    map[string]models.Marking // that begin, by message
	touched  map[string]models.Stamp   // when marks are to be looked at again, by message
	marked   map[string]models.Marking // which marks are there, by message
	pending  bool                      // there is something to write
	queue    []statement               // of what is being written to PostgreSQL
}

type (
	addressKey struct{ account, address string }
	entryKey   struct {
		conversation, seq int64
	}
	partKey struct {
		message string
		n       int
	}
	chatRow struct {
		models.Conversation
		dirty bool
		fresh bool // not in the database yet
	}
)

func newUnit(ctx context.Context, s *Store, tx session) *unit {
	u := &unit{s: s, ctx: ctx, sql: tx, fresh: map[string]bool{}}
	u.rush = s.dialect == sqliteDialect && s.rush.Load()
	u.reset()
	u.clear()
	return u
}

// forget drops what is known of the database, but for the keys that were noted ahead: they are in it by now, and who asks
// for one that nobody remembers would take his message for a repeat.
func (u *unit) forget() {
	u.s.addresses.forget()
	u.s.memory.forget()
	u.retold = true
	u.reset()
}

func (u *unit) reset() {
	u.found = map[addressKey]int64{}
	u.lanes, u.chats = map[laneKey]*laneRow{}, map[int64]*chatRow{}
	u.event, u.receipts, u.reported = map[entryKey]models.Event{}, map[addressKey]models.Receipt{}, map[addressKey]bool{}
	u.begun, u.handed, u.read = newBegun(), newHanded(), map[string]models.Message{}
}

// clear drops what was to be written.
func (u *unit) clear() {
	u.entries, u.messages, u.queue, u.pending = nil, nil, nil, false
	u.arrivals = nil
	u.byID, u.changes, u.parts = map[string]*models.Message{}, map[string]map[string]any{}, map[partKey]models.Part{}
	u.marks, u.touched, u.marked = map[string]models.Marking{}, map[string]models.Stamp{}, map[string]models.Marking{}
}

// lane returns a lane, locked. One that does not exist yet comes into being with the commit, if it gets an entry.
func (u *unit) lane(key laneKey) (*laneRow, error) {
	if l := u.lanes[key]; l != nil {
		return l, nil
	}
	u.recall(key.conversation)
	if l := u.lanes[key]; l != nil {
		return l, nil
	}
	if u.s.dialect == sqliteDialect {
		return u.laneOfAll(key)
	}
	return u.lock(key)
}

// laneOfAll is lane where the one writer needs no lock: it reads all lanes of the conversation, since the next is asked for
// soon.
func (u *unit) laneOfAll(key laneKey) (*laneRow, error) {
	rows, err := u.sql.QueryContext(u.ctx, u.s.texts[qLanes], key.conversation)
	if err != nil {
		return nil, fmt.Errorf("read lanes: %w", err)
	}
	found, err := collect(rows, scanLane)
	if err != nil {
		return nil, fmt.Errorf("read lanes: %w", err)
	}
	for _, l := range found {
		if u.lanes[l.laneKey] == nil {
			u.lanes[l.laneKey] = l
		}
	}
	for _, lane := range allLanes {
		if k := (laneKey{key.conversation, lane}); u.lanes[k] == nil {
			u.lanes[k] = &laneRow{laneKey: k}
		}
	}
	return u.lanes[key], nil
}

// chat returns a conversation, nil if there is none.
func (u *unit) chat(id int64) (*chatRow, error) {
	if c := u.chats[id]; c != nil {
		return c, nil
	}
	u.recall(id)
	if c := u.chats[id]; c != nil {
		return c, nil
	}
	c, err := scanConversation(u.sql.QueryRowContext(u.ctx, u.s.texts[qChat], id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load conversation: %w", err)
	}
	row := &chatRow{Conversation: c}
	u.chats[id] = row
	return row, nil
}

// change marks a lane to be written.
func (u *unit) change(l *laneRow) {
	l.dirty, u.pending = true, true
}

// add puts an entry behind a lane's last one.
func (u *unit) add(l *laneRow, account string, body []byte, at, ready models.Stamp) {
	// A lane that was empty is due from ready on: lanes are claimed in the order in which they began to wait.
	if l.head == l.seq && l.readyAt < ready {
		l.readyAt = ready
	}
	l.seq++
	l.account = account
	u.entries = append(u.entries, []any{l.conversation, int64(l.lane), l.seq, int64(at), string(body)})
	u.change(l)
}

// addEvent puts an event at the end of an in lane.
func (u *unit) addEvent(conversation int64, e models.Event) error {
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	l, err := u.lane(laneKey{conversation, models.LaneIn})
	if err != nil {
		return err
	}
	if !l.stored && l.seq == 0 {
		// The first event comes with its conversation. One that was known before was deleted while we waited for its lane.
		if c, err := u.chat(conversation); err != nil || c == nil {
			return cmp.Or(err, ErrForgotten)
		}
	}
	u.add(l, "", body, e.At, 0)
	u.event[entryKey{conversation, l.seq}] = e
	return nil
}

// flush writes what waits to be written.
func (u *unit) flush() error {
	if !u.pending {
		return nil
	}
	if err := u.spill(); err != nil {
		return err
	}
	if len(u.queue) > 0 {
		if err := u.sql.(*pipeline).send(u.ctx, u.queue...); err != nil {
			return fmt.Errorf("write: %w", err)
		}
	}
	u.clear()
	return nil
}

// commit writes what waits to be written and commits. On PostgreSQL that is one round trip.
func (u *unit) commit(t transaction) error {
	p, ok := t.(*pipeline)
	if !ok {
		if err := u.flush(); err != nil {
			return errors.Join(err, rollback(t))
		}
		if err := t.Commit(); err != nil {
			return fmt.Errorf("commit: %w", err)
		}
		return nil
	}
	if err := u.spill(); err != nil {
		return errors.Join(err, rollback(t))
	}
	if err := p.commit(u.ctx, u.queue...); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// spill writes what waits: on SQLite to the database, on PostgreSQL to the queue of statements to be sent.
func (u *unit) spill() error {
	for _, step := range []func() error{u.flushArrivals, u.flushChats, u.flushLanes, u.flushMessages, u.flushMarks} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (u *unit) flushChats() error {
	var rows, fresh [][]any
	for _, id := range sorted(u.chats, cmp.Compare[int64]) {
		c := u.chats[id]
		if !c.dirty {
			continue
		}
		row, err := conversationRow(&c.Conversation)
		if err != nil {
			return err
		}
		if c.fresh {
			fresh = append(fresh, row)
		} else {
			rows = append(rows, row)
		}
		c.dirty, c.fresh = false, false
	}
	return errors.Join(u.put(insertConversation, fresh, "insert conversation"), u.put(putConversation, rows, "save conversation"))
}

func (u *unit) flushLanes() error {
	var rows, fresh [][]any
	for _, key := range sorted(u.lanes, compareLanes) {
		l := u.lanes[key]
		if !l.dirty {
			continue
		}
		if l.stored {
			rows = append(rows, l.values())
		} else {
			fresh = append(fresh, l.values())
		}
		l.dirty, l.stored = false, true
	}
	return errors.Join(u.put(insertLane, fresh, "write lane"), u.put(putLane, rows, "write lane"), u.put(insertEntry, u.entries, "append to lane"))
}

func (u *unit) flushMessages() error {
	rows := make([][]any, 0, len(u.messages))
	for _, m := range u.messages {
		row, err := messageRow(m)
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	if err := u.put(insertMessage, rows, "insert message"); err != nil {
		return err
	}
	if err := u.flushChanges(); err != nil {
		return fmt.Errorf("update message: %w", err)
	}
	rows = rows[:0]
	for _, key := range sorted(u.parts, comparePartKeys) {
		rows = append(rows, partRow(u.parts[key]))
	}
	return u.put(putPart, rows, "put part")
}

// put writes rows by one of the statements for many.
func (u *unit) put(p put, rows [][]any, what string) error {
	if u.s.dialect == sqliteDialect {
		for ; len(rows) >= handful; rows = rows[handful:] {
			if _, err := u.sql.ExecContext(u.ctx, u.s.handfuls[p], slices.Concat(rows[:handful]...)...); err != nil {
				return fmt.Errorf("%s: %w", what, err)
			}
		}
	}
	return u.write(puts[p].relation, u.s.puts[p], rows, what)
}

// write writes rows by a statement for many.
func (u *unit) write(r relation, text string, rows [][]any, what string) error {
	if len(rows) == 0 {
		return nil
	}
	if u.s.dialect == postgresDialect {
		u.queue = append(u.queue, statement{text: text, args: r.arrays(rows)})
		return nil
	}
	for _, row := range rows {
		if _, err := u.sql.ExecContext(u.ctx, text, row...); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	return nil
}

// idle tells who owns none of the lanes that this commit held and that have work: a claim may have passed them over
// meanwhile.
func (u *unit) idle() (hints []Hint) {
	for _, l := range u.lanes {
		if l.lane != models.LaneIn && l.head < l.seq && (l.owner == "" || l.owner == doubted) && l.stored {
			hints = append(hints, Hint{Conversation: l.conversation, Lane: l.lane, Account: l.account})
		}
	}
	return hints
}

// sorted returns a map's keys in order: rows are locked and written in the same order by everybody.
func sorted[K comparable, V any](m map[K]V, compare func(a, b K) int) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, compare)
	return keys
}

// compareLanes orders lanes as they are locked: all in lanes first, then the others, by conversation.
func compareLanes(a, b laneKey) int {
	if c := cmp.Compare(min(a.lane, 1), min(b.lane, 1)); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(a.conversation, b.conversation), cmp.Compare(a.lane, b.lane))
}

func comparePartKeys(a, b partKey) int {
	return cmp.Or(cmp.Compare(a.message, b.message), cmp.Compare(a.n, b.n))
}
