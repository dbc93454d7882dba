package store

import (
	"context"
	"fmt"
	"slices"

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
		{`DELETE FROM set_aside WHERE (conversation, lane, seq) IN
			(SELECT conversation, lane, seq FROM set_aside WHERE at < ? LIMIT ?)`, []any{int64(ages.Messages), n}},
		{`DELETE FROM incidents WHERE id IN (SELECT id FROM incidents WHERE done_at > 0 AND done_at < ? LIMIT ?)`, []any{int64(ages.Messages), n}},
	}
	for _, step := range steps {
		var gone int64
		err := s.Write(ctx, func(tx *Tx) error {
			r := tx.held().Exec(step.text, step.args...)
			gone = r.RowsAffected
			return r.Error
		})
		if err != nil {
			return deleted, fmt.Errorf("trim: %w", err)
		}
		deleted += gone
	}
	gone, err := s.forget(ctx, ages.Messages, n)
	return deleted + gone, err
}

// forget deletes up to n conversations that nobody wrote in since before, with all that names the customer. One who
// writes again is met anew.
func (s *Store) forget(ctx context.Context, before models.Stamp, n int) (deleted int64, err error) {
	var ids []int64
	err = s.reader.WithContext(ctx).Raw(`SELECT id FROM conversations c WHERE updated_at < ? AND mode = 'bot' AND NOT EXISTS
		(SELECT 1 FROM lanes l WHERE l.conversation = c.id AND l.head < l.seq) LIMIT ?`,
		int64(before), n).Scan(&ids).Error
	if err != nil {
		return 0, fmt.Errorf("trim: %w", err)
	}
	slices.Sort(ids)
	for _, id := range ids {
		gone := false
		err := s.Write(ctx, func(tx *Tx) (err error) {
			gone, err = tx.forget(id, before)
			return err
		})
		if err != nil {
			return deleted, fmt.Errorf("trim: %w", err)
		}
		if gone {
			deleted++
		}
	}
	return deleted, nil
}

// forget deletes a conversation unless something happened in it meanwhile.
func (t *Tx) forget(id int64, before models.Stamp) (bool, error) {
	if _, _, err := t.Hold(id); err != nil {
		return false, err
	}
	var busy int64
	err := t.held().Raw(`SELECT (SELECT COUNT(*) FROM lanes WHERE conversation = ? AND head < seq)
		+ (SELECT COUNT(*) FROM conversations WHERE id = ? AND (updated_at >= ? OR mode <> 'bot'))`,
		id, id, int64(before)).Scan(&busy).Error
	if err != nil || busy > 0 {
		return false, err
	}
	for _, statement := range []string{
		`DELETE FROM entries WHERE conversation = ?`, `DELETE FROM lanes WHERE conversation = ?`,
		`DELETE FROM addresses WHERE conversation = ?`, `DELETE FROM alarms WHERE conversation = ?`,
		`DELETE FROM waits WHERE conversation = ?`,
		// What is left of a handover is its thread, so that an agent who still replies there is told.
		`UPDATE handovers SET conversation = 0, reason = '{}', agent = '{}' WHERE conversation = ?`,
		`DELETE FROM conversations WHERE id = ?`,
	} {
		if err := t.state.Exec(statement, id).Error; err != nil {
			return false, err
		}
	}
	t.u.forget()
	return true, nil
}
