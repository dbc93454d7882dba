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
	Deliveries models.Stamp // dedupe keys, receipts, marks and done entries older than this go
	Orphans    models.Stamp // replies whose thread never came
}

// Trim deletes up to n rows of each kind that are older than the ages say, and returns how many it deleted. It is called
// again until it returns 0, so that no single transaction is long.
func (s *Store) Trim(ctx context.Context, ages Ages, n int) (deleted int64, err error) {
	for _, step := range s.trimming(ages, n) {
		var gone int64
		err := s.Write(ctx, func(tx *Tx) error {
			gone = 0
			for _, d := range step {
				r := tx.held().Exec(d.text, d.args...)
				if r.Error != nil {
					return r.Error
				}
				gone += r.RowsAffected
			}
			return nil
		})
		if err != nil {
			return deleted, fmt.Errorf("trim: %w", err)
		}
		deleted += gone
	}
	gone, err := s.forget(ctx, ages.Messages, n)
	return deleted + gone, err
}

// deletion is a statement with its arguments.
type deletion struct {
	text string
	args []any
}

// trimming returns what Trim deletes, a transaction each. Rows are found by an index and deleted by where they lie. To delete
// by what a subquery finds, PostgreSQL would rather read the whole table; an array it looks up one by one.
func (s *Store) trimming(ages Ages, n int) [][]deletion {
	among := func(column, found string) string { return column + ` IN (` + found + `)` }
	place := `rowid`
	if s.dialect == postgresDialect {
		among = func(column, found string) string { return column + ` = ANY (ARRAY(` + found + `))` }
		place = `ctid`
	}
	remove := func(from, column, found string, before models.Stamp) deletion {
		return deletion{`DELETE FROM ` + from + ` WHERE ` + among(column, found+` LIMIT ?`), []any{int64(before), n}}
	}
	oldest := func(from string, before models.Stamp) deletion {
		return remove(from, place, `SELECT `+place+` FROM `+from+` WHERE at < ? ORDER BY at`, before)
	}
	const messages = ` FROM messages WHERE at < ? ORDER BY at, id` // the same ones both times
	return [][]deletion{
		{oldest("seen", ages.Deliveries)},
		{oldest("receipts", ages.Deliveries)},
		{remove("entries", place, `SELECT e.`+place+` FROM entries e
			JOIN lanes l ON l.conversation = e.conversation AND l.lane = e.lane AND e.seq <= l.head
			WHERE e.at < ? ORDER BY e.at`, ages.Deliveries)},
		{oldest("orphans", ages.Orphans)},
		{oldest("marks", ages.Deliveries)},
		{remove("parts", "message", `SELECT id`+messages, ages.Messages), remove("messages", place, `SELECT `+place+messages, ages.Messages)},
		{oldest("set_aside", ages.Messages)},
		{remove("incidents", place, `SELECT `+place+` FROM incidents WHERE done_at > 0 AND done_at < ?`, ages.Messages)},
	}
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
		`UPDATE handovers SET conversation = 0, reason = '{}', agent = '{}', details = '{}' WHERE conversation = ?`,
		`DELETE FROM conversations WHERE id = ?`,
	} {
		if err := t.state.Exec(statement, id).Error; err != nil {
			return false, err
		}
	}
	t.u.forget()
	return true, nil
}
