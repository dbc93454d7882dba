package store

import (
	"context"
	"fmt"

	"patchbay/models"
)

// Ages is how long things are kept.
type Ages struct {
	Messages   models.Stamp // transcripts, and conversations that were last used before this, go; 0 keeps them
	Deliveries models.Stamp // dedupe keys, receipts and done entries older than this go
	Orphans    models.Stamp // replies whose thread never came
}

// Trim deletes up to n rows of each kind that are older than the ages say, and returns how many it deleted. It is called
// again until it returns 0, so that no single transaction is long.
func (s *Store) Trim(ctx context.Context, ages Ages, n int) (deleted int64, err error) {
	steps := []func() (int64, error){
		func() (int64, error) { return s.trimOld(ctx, ages, n) },
		func() (int64, error) { return s.delete(ctx, s.oldest("orphans", ages.Orphans, n)) },
		func() (int64, error) { return s.delete(ctx, s.oldest("marks", ages.Deliveries, n)) },
		func() (int64, error) { return s.delete(ctx, s.oldest("set_aside", ages.Messages, n)) },
		func() (int64, error) {
			return s.delete(ctx, s.among("incidents", s.place(),
				`SELECT `+s.place()+` FROM incidents WHERE done_at > 0 AND done_at < ?`, int64(ages.Messages), n))
		},
		func() (int64, error) { return s.forget(ctx, ages.Messages, n) },
	}
	for _, step := range steps {
		gone, err := step()
		if err != nil {
			return deleted, fmt.Errorf("trim: %w", err)
		}
		deleted += gone
	}
	return deleted, nil
}

// trimOld deletes old rows of the tables that grow with every message.
func (s *Store) trimOld(ctx context.Context, ages Ages, n int) (deleted int64, err error) {
	if s.dialect == sqliteDialect {
		return s.trimFront(ctx, ages, n)
	}
	const messages = ` FROM messages WHERE at < ? ORDER BY at, id` // the same ones both times
	for _, step := range [][]deletion{
		{s.oldest("seen", ages.Deliveries, n)},
		{s.oldest("receipts", ages.Deliveries, n)},
		{s.among("entries", "ctid", `SELECT e.ctid FROM entries e
			JOIN lanes l ON l.conversation = e.conversation AND l.lane = e.lane AND e.seq <= l.head
			WHERE e.at < ? ORDER BY e.at`, int64(ages.Deliveries), n)},
		{
			s.among("parts", "message", `SELECT id`+messages, int64(ages.Messages), n),
			s.among("messages", "ctid", `SELECT ctid`+messages, int64(ages.Messages), n),
		},
	} {
		gone, err := s.delete(ctx, step...)
		if err != nil {
			return deleted, err
		}
		deleted += gone
	}
	return deleted, nil
}

// deletion is a statement with its arguments.
type deletion struct {
	text string
	args []any
}

// delete runs deletions in one transaction.
func (s *Store) delete(ctx context.Context, all ...deletion) (int64, error) {
	deleted := int64(0)
	err := s.Write(ctx, func(tx *Tx) error {
		deleted = 0
		for _, d := range all {
			r := tx.held().Exec(d.text, d.args...)
			if r.Error != nil {
				return r.Error
			}
			deleted += r.RowsAffected
			tx.u.deletedMessages()
		}
		tx.u.retold = tx.u.retold || deleted > 0
		return nil
	})
	if err != nil {
		return 0, err // it may still run
	}
	return deleted, nil
}

// place is the column that tells where a row lies.
func (s *Store) place() string {
	if s.dialect == postgresDialect {
		return "ctid"
	}
	return "rowid"
}

// oldest deletes what is older than before.
func (s *Store) oldest(from string, before models.Stamp, n int) deletion {
	return s.among(from, s.place(), `SELECT `+s.place()+` FROM `+from+` WHERE at < ? ORDER BY at`, int64(before), n)
}

// among deletes the rows whose column is among what a query finds. To delete by what a subquery finds, PostgreSQL would
// rather read the whole table; an array it looks up one by one.
func (s *Store) among(from, column, found string, args ...any) deletion {
	in := column + ` IN (` + found + ` LIMIT ?)`
	if s.dialect == postgresDialect {
		in = column + ` = ANY (ARRAY(` + found + ` LIMIT ?))`
	}
	return deletion{`DELETE FROM ` + from + ` WHERE ` + in, args}
}
