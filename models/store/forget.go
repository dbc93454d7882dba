package store

import (
	"context"
	"fmt"

	"patchbay/models"
)

// walkStep is how many conversations are looked at for each one that may be forgotten at once.
const walkStep = 50

// forget deletes up to n conversations that nobody wrote in since before, with all that names the customer. One who writes
// again is met anew. It looks at the next conversations by their ids, and begins anew when it is through: an index of when
// they were last used would have to be written with every message.
func (s *Store) forget(ctx context.Context, before models.Stamp, n int) (deleted int64, err error) {
	if before == 0 {
		return 0, nil
	}
	ids, err := s.idle(ctx, before, n)
	for _, id := range ids {
		gone := false
		err := s.Write(ctx, func(tx *Tx) (err error) {
			gone, err = tx.forget(id, before)
			return err
		})
		if err != nil {
			return deleted, err
		}
		if gone {
			deleted++
		}
	}
	return deleted, err
}

// idle returns up to n conversations, among the next ones, that nobody wrote in since before.
func (s *Store) idle(ctx context.Context, before models.Stamp, n int) (ids []int64, err error) {
	last := s.walked.Load()
	rows, err := s.reads.QueryContext(ctx, s.texts[qIdle], int64(before), last, n*walkStep)
	if err != nil {
		return nil, fmt.Errorf("find conversations: %w", err)
	}
	looked := 0
	_, err = collect(rows, func(row scanner) (struct{}, error) {
		var id int64
		var idle bool
		if err := row.Scan(&id, &idle); err != nil || len(ids) == n {
			return struct{}{}, err // what does not fit is looked at again
		}
		if idle {
			ids = append(ids, id)
		}
		last = id
		looked++
		return struct{}{}, nil
	})
	if err != nil {
		return nil, fmt.Errorf("find conversations: %w", err)
	}
	if looked < n*walkStep && len(ids) < n {
		last = 0
	}
	s.walked.Store(last)
	return ids, nil
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
		`DELETE FROM waits WHERE conversation = ?`, `DELETE FROM names WHERE conversation = ?`,
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
