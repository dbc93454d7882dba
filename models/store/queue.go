package store

import (
	"context"
	"fmt"

	"patchbay/models"
)

// inLine is the condition of the index of handovers that somebody has to see to. A query that is to use it has it word for
// word.
const inLine = "state IN ('waiting', 'claimed', 'promised')"

// Ahead counts who waits at the handover's place before it, up to most.
func (t *Tx) Ahead(h models.Handover, most int) (n int, err error) {
	err = t.state.Raw(`SELECT COUNT(*) FROM (SELECT 1 FROM handovers WHERE `+inLine+` AND desk = ? AND place = ? AND opened_at <= ?
		AND state = ? AND id <> ? AND conversation <> 0 LIMIT ?) AS ahead`, h.Desk, h.Place, h.OpenedAt, models.HandoverWaiting, h.ID, most).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count line: %w", err)
	}
	return n, nil
}

// Crowded is a place where handovers wait, or are held or owed.
type Crowded struct {
	Desk, Place string
	Waiting     int // that nobody has taken
	Promised    int // in which an answer is owed
	All         int
}

// Lines counts the handovers that somebody has to see to, by place.
func (s *Store) Lines(ctx context.Context) (found []Crowded, err error) {
	// Names of columns are those of Crowded.
	err = s.reader.WithContext(ctx).Raw(`SELECT desk, place, SUM(CASE WHEN state = ? THEN 1 ELSE 0 END) AS waiting,
		SUM(CASE WHEN state = ? THEN 1 ELSE 0 END) AS promised, COUNT(*) AS "all"
		FROM handovers WHERE `+inLine+` AND conversation <> 0 GROUP BY desk, place ORDER BY desk, place`,
		models.HandoverWaiting, models.HandoverPromised).Scan(&found).Error
	if err != nil {
		return nil, fmt.Errorf("load lines: %w", err)
	}
	return found, nil
}

// Line reads up to n handovers of a place that are in one of states and were opened before an instant, the longest first.
func (s *Store) Line(ctx context.Context, desk, place string, before models.Stamp, n int, states ...models.HandoverState) (found []models.Handover, err error) {
	err = s.reader.WithContext(ctx).Where(inLine+" AND desk = ? AND place = ? AND opened_at < ? AND state IN ? AND conversation <> 0", desk, place, before, states).
		Order("opened_at, id").Limit(n).Find(&found).Error
	if err != nil {
		return nil, fmt.Errorf("load line: %w", err)
	}
	return found, nil
}
