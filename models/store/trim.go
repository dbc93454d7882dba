package store

import (
	"context"
	"fmt"

	"patchbay/models"
)

// Ages is how long things are kept.
type Ages struct {
	Messages   models.Stamp // transcripts older than this go
	Deliveries models.Stamp // dedupe keys, receipts and done entries older than this go
	Orphans    models.Stamp // replies whose thread never came
}

// Trim deletes up to n rows of each kind that are older than the ages say, and returns how many it deleted. It is called
// again until it returns 0, so that no single transaction is long.
func (s *Store) Trim(ctx context.Context, ages Ages, n int) (deleted int64, err error) {
	steps := []struct {
		text string
		args []any
	}{
		{`DELETE FROM seen WHERE key IN (SELECT key FROM seen WHERE at < ? ORDER BY at LIMIT ?)`, []any{int64(ages.Deliveries), n}},
		{`DELETE FROM receipts WHERE (account, platform_id) IN
			(SELECT account, platform_id FROM receipts WHERE at < ? ORDER BY at LIMIT ?)`, []any{int64(ages.Deliveries), n}},
		{`DELETE FROM entries WHERE (conversation, lane, seq) IN
			(SELECT e.conversation, e.lane, e.seq FROM entries e
			JOIN lanes l ON l.conversation = e.conversation AND l.lane = e.lane AND e.seq <= l.head
			WHERE e.at < ? ORDER BY e.at LIMIT ?)`, []any{int64(ages.Deliveries), n}},
		{`DELETE FROM orphans WHERE id IN (SELECT id FROM orphans WHERE at < ? ORDER BY at LIMIT ?)`, []any{int64(ages.Orphans), n}},
		{`DELETE FROM parts WHERE message IN (SELECT id FROM messages WHERE at < ? ORDER BY at LIMIT ?)`, []any{int64(ages.Messages), n}},
		{`DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE at < ? ORDER BY at LIMIT ?)`, []any{int64(ages.Messages), n}},
	}
	for _, step := range steps {
		var gone int64
		err := s.Write(ctx, func(tx *Tx) error {
			r := tx.state.Exec(step.text, step.args...)
			gone = r.RowsAffected
			return r.Error
		})
		if err != nil {
			return deleted, fmt.Errorf("trim: %w", err)
		}
		deleted += gone
	}
	return deleted, nil
}
