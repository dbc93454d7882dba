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

// Work is what handling the entries behind the head of a claimed lane takes. What is gone is left out: a conversation
// without an id, a message that is not there.
type Work struct {
	Entries  []Queued
	Chat     models.Conversation
	Messages map[string]models.Message // those that the entries name
	History  []models.Message          // what was said last, oldest first: who said what, and no more
	Part     *models.Part              // the part that the first entry names
	Handover *models.Handover          // the handover that the first entry names
}

// Want says how much of its work is loaded for a lane.
type Want struct {
	Entries int  // at most
	History int  // messages said, beside those of the entries; 0 is none
	Part    bool // of the first entry
	// Handover is that of the first entry.
	Handover bool
}

// Load reads what handling the claimed lanes takes, outside a transaction and for all of them together. The works are in
// the order of the claims.
func (s *Store) Load(ctx context.Context, claims []Claim, want Want) ([]Work, error) {
	l := &loading{s: s, ctx: ctx, read: s.now(), claims: claims, want: want, works: make([]Work, len(claims))}
	if s.dialect == sqliteDialect {
		// One transaction for all: SQLite takes and gives back a lock on the file with each.
		w, err := s.snapshots.take(ctx)
		if err != nil {
			return nil, fmt.Errorf("load work: %w", err)
		}
		defer func() { s.snapshots.give(w) }()
		l.read.sql = w
		// What is read are a few rows by an index. To watch a context meanwhile, the driver and database/sql would start a
		// goroutine each for every statement.
		l.ctx = context.WithoutCancel(ctx)
	}
	for _, step := range []func() error{l.entries, l.chats, l.history, l.messages, l.parts, l.handovers} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("load work: %w", err)
		}
	}
	// What is done outside because of it must not be known to nobody after a crash.
	return l.works, s.flusher.settle(ctx)
}

// loading is one Load.
type loading struct {
	s      *Store
	ctx    context.Context // of the call that a loading is
	read   reading
	claims []Claim
	want   Want
	works  []Work
}

// work returns the work of a conversation's lane.
func (l *loading) work(conversation int64) *Work {
	for i, c := range l.claims {
		if c.Conversation == conversation {
			return &l.works[i]
		}
	}
	return &Work{}
}

func (l *loading) entries() error {
	if l.s.dialect == sqliteDialect {
		for i, c := range l.claims {
			found, err := l.read.entries(l.ctx, c, l.want.Entries)
			if err != nil {
				return err
			}
			l.works[i].Entries = found
		}
		return nil
	}
	ids, lanes, heads := make([]int64, len(l.claims)), make([]int64, len(l.claims)), make([]int64, len(l.claims))
	for i, c := range l.claims {
		ids[i], lanes[i], heads[i] = c.Conversation, int64(c.Lane), c.Head
	}
	_, err := loadAll(l, `SELECT e.conversation, e.seq, e.at, e.body
		FROM unnest($1::bigint[], $2::smallint[], $3::bigint[]) w(conversation, lane, head)
		CROSS JOIN LATERAL (SELECT conversation, seq, at, body FROM entries
			WHERE conversation = w.conversation AND lane = w.lane AND seq > w.head AND seq <= w.head + $4 OFFSET 0) e
		ORDER BY e.conversation, e.seq`, func(row scanner) (q Queued, err error) {
		var id int64
		var body sql.RawBytes
		if err := row.Scan(&id, &q.Seq, &q.At, &body); err != nil {
			return q, err
		}
		err = json.Unmarshal(body, &q.Entry)
		w := l.work(id)
		w.Entries = append(w.Entries, q)
		return q, err
	}, ids, lanes, heads, l.want.Entries)
	return err
}

// loadAll runs a statement and collects its rows.
func loadAll[T any](l *loading, statement string, scan func(scanner) (T, error), args ...any) ([]T, error) {
	rows, err := l.read.sql.QueryContext(l.ctx, statement, args...)
	if err != nil {
		return nil, err
	}
	return collect(rows, scan)
}

func (l *loading) chats() error {
	if l.s.dialect == sqliteDialect {
		for i, c := range l.claims {
			chat, err := l.read.conversation(l.ctx, c.Conversation)
			if err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
			l.works[i].Chat = chat
		}
		return nil
	}
	ids := make([]int64, len(l.claims))
	for i, c := range l.claims {
		ids[i] = c.Conversation
	}
	found, err := loadAll(l, `SELECT `+conversations.names("")+` FROM conversations WHERE id = ANY($1)`, scanConversation, ids)
	for _, c := range found {
		l.work(c.ID).Chat = c
	}
	return err
}

func (l *loading) messages() error {
	var all []string
	for i := range l.works {
		ids := named(l.works[i].Entries)
		if known := among(l.works[i].History, ids); known != nil {
			l.works[i].Messages = known
			continue
		}
		all = append(all, ids...)
		if l.s.dialect == sqliteDialect && len(ids) > 0 {
			found, err := l.read.messages(l.ctx, ids)
			if err != nil {
				return err
			}
			l.works[i].Messages = found
		}
	}
	if l.s.dialect == sqliteDialect || len(all) == 0 {
		return nil
	}
	found, err := l.read.messages(l.ctx, all)
	for i := range l.works {
		if l.works[i].Messages == nil {
			l.works[i].Messages = found // of all: nobody asks for another's
		}
	}
	return err
}

// among returns the messages of the ids if all of them are among those that were read.
func among(read []models.Message, ids []string) map[string]models.Message {
	found := make(map[string]models.Message, len(ids))
	for _, id := range ids {
		i := slices.IndexFunc(read, func(m models.Message) bool { return m.ID == id })
		if i < 0 {
			return nil
		}
		found[id] = read[i]
	}
	return found
}

// named returns the ids of the messages that entries name.
func named(entries []Queued) (ids []string) {
	for _, q := range entries {
		if q.Message != "" {
			ids = append(ids, q.Message)
		}
	}
	return ids
}

func (l *loading) history() error {
	if l.want.History == 0 {
		return nil
	}
	if l.s.dialect == sqliteDialect {
		for i, c := range l.claims {
			found, err := l.said(c.Conversation, l.want.History+len(l.works[i].Entries))
			if err != nil {
				return err
			}
			l.works[i].History = found
		}
		return nil
	}
	ids, limits := make([]int64, len(l.claims)), make([]int64, len(l.claims))
	for i, c := range l.claims {
		ids[i], limits[i] = c.Conversation, int64(l.want.History+len(l.works[i].Entries))
	}
	found, err := loadAll(l, `SELECT `+saidColumns+` FROM unnest($1::bigint[], $2::bigint[]) w(conversation, n)
		CROSS JOIN LATERAL (SELECT * FROM messages WHERE conversation = w.conversation AND kind = 'said'
		ORDER BY num DESC LIMIT w.n) m`, scanSaid, ids, limits)
	for _, m := range found {
		w := l.work(m.Conversation)
		w.History = append(w.History, m)
	}
	for i := range l.works {
		slices.SortFunc(l.works[i].History, func(a, b models.Message) int { return cmp.Compare(a.Num, b.Num) })
	}
	return err
}

// said reads what was said last in a conversation, oldest first: who said what, and no more of it.
func (l *loading) said(conversation int64, n int) ([]models.Message, error) {
	rows, err := l.read.sql.QueryContext(l.ctx, l.s.texts[qSaid], conversation, n)
	if err != nil {
		return nil, err
	}
	found, err := collect(rows, scanSaid)
	slices.Reverse(found)
	return found, err
}

func (l *loading) parts() error {
	if !l.want.Part {
		return nil
	}
	var ids []string
	var numbers []int64
	for i := range l.works {
		if len(l.works[i].Entries) == 0 {
			continue
		}
		first := l.works[i].Entries[0]
		if first.Verb == models.VerbSend && l.claims[i].Attempt == 0 && !l.claims[i].Doubt {
			continue // nobody has tried it
		}
		if l.s.dialect == sqliteDialect {
			p, ok, err := l.read.part(l.ctx, first.Message, first.Part)
			if err != nil {
				return err
			}
			if ok {
				l.works[i].Part = &p
			}
			continue
		}
		ids, numbers = append(ids, first.Message), append(numbers, int64(first.Part))
	}
	if len(ids) == 0 {
		return nil
	}
	found, err := loadAll(l, `SELECT `+parts.names("p.")+` FROM unnest($1::text[], $2::bigint[]) w(message, n)
		CROSS JOIN LATERAL (SELECT * FROM parts WHERE message = w.message AND n = w.n OFFSET 0) p`, scanPart, ids, numbers)
	for _, p := range found {
		for i := range l.works {
			if w := &l.works[i]; len(w.Entries) > 0 && w.Entries[0].Message == p.Message && w.Entries[0].Part == p.N {
				w.Part = &p
			}
		}
	}
	return err
}

func (l *loading) handovers() error {
	if !l.want.Handover {
		return nil
	}
	var ids []string
	for i := range l.works {
		if len(l.works[i].Entries) == 0 {
			continue
		}
		id := l.works[i].Entries[0].Handover
		if l.s.dialect == postgresDialect {
			ids = append(ids, id)
			continue
		}
		h, err := scanHandover(l.read.sql.QueryRowContext(l.ctx, l.s.texts[qHandover], id))
		h, ok, err := found(h, err, "handover")
		if err != nil {
			return err
		}
		if ok {
			l.works[i].Handover = &h
		}
	}
	if len(ids) == 0 {
		return nil
	}
	found, err := loadAll(l, `SELECT `+handovers.names("")+` FROM handovers WHERE id = ANY($1)`, scanHandover, ids)
	for _, h := range found {
		for i := range l.works {
			if w := &l.works[i]; len(w.Entries) > 0 && w.Entries[0].Handover == h.ID {
				w.Handover = &h
			}
		}
	}
	return err
}
