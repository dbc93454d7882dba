package store

import (
	"context"

	"patchbay/models"
)

// SQLite numbers rows as they come, so what is old lies where a table begins. Retention looks there, and needs no index that
// every message would have to be written into.

// front is where old rows are deleted.
type front struct {
	table  string
	before models.Stamp
	// deletes are the statements for the rows with numbers above the first mark and up to the second, older than the third.
	deletes []string
}

// trimFront deletes old rows of the tables that grow with every message.
func (s *Store) trimFront(ctx context.Context, ages Ages, n int) (deleted int64, err error) {
	const between = ` WHERE rowid > ? AND rowid <= ? AND at < ?`
	for _, f := range []front{
		{"seen", ages.Deliveries, []string{`DELETE FROM seen` + between}},
		{"receipts", ages.Deliveries, []string{`DELETE FROM receipts` + between}},
		{"entries", ages.Deliveries, []string{`DELETE FROM entries` + between + ` AND seq <=
			(SELECT head FROM lanes l WHERE l.conversation = entries.conversation AND l.lane = entries.lane)`}},
		{"messages", ages.Messages, []string{
			`DELETE FROM parts WHERE message IN (SELECT id FROM messages` + between + `)`, `DELETE FROM messages` + between,
		}},
	} {
		gone, err := s.trimOne(ctx, f, n)
		if err != nil {
			return deleted, err
		}
		deleted += gone
	}
	return deleted, nil
}

// trimOne deletes what is old among n rows at the front of a table. Where nothing of it may go yet, it looks at the next n;
// where nothing of it is old, it is done.
func (s *Store) trimOne(ctx context.Context, f front, n int) (deleted int64, err error) {
	for after := int64(0); ; {
		last, old, err := s.oldAt(ctx, f, after, n)
		if err != nil || !old {
			return 0, err
		}
		all := make([]deletion, len(f.deletes))
		for i, text := range f.deletes {
			all[i] = deletion{text, []any{after, last, int64(f.before)}}
		}
		if deleted, err = s.delete(ctx, all...); err != nil || deleted > 0 {
			return deleted, err
		}
		after = last
	}
}

// oldAt returns the number of the last of n rows after one, and whether any of them is old.
func (s *Store) oldAt(ctx context.Context, f front, after int64, n int) (last int64, old bool, err error) {
	rows, err := s.reads.QueryContext(ctx, `SELECT rowid, at FROM `+f.table+` WHERE rowid > ? ORDER BY rowid LIMIT ?`, after, n) // #nosec G202 -- our own names
	if err != nil {
		return 0, false, err
	}
	_, err = collect(rows, func(row scanner) (struct{}, error) {
		var at models.Stamp
		err := row.Scan(&last, &at)
		old = old || at < f.before
		return struct{}{}, err
	})
	return last, old, err
}
