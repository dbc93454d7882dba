package store_test

import (
	"fmt"
	"slices"
	"testing"

	"patchbay/models"
	"patchbay/models/store"
)

// Ensure that lines are counted by place, that who waits is found longest first, and that nobody counts who does not wait.
func TestLines(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		last := models.Handover{ID: "h9", Conversation: 9, Desk: "slack", Place: "C1", State: models.HandoverWaiting, OpenedAt: 90}
		write(t, s, func(tx *store.Tx) error {
			all := []models.Handover{
				{ID: "h3", Place: "C1", State: models.HandoverWaiting, OpenedAt: 30}, {ID: "h1", Place: "C1", State: models.HandoverWaiting, OpenedAt: 10},
				{ID: "h2", Place: "C1", State: models.HandoverClaimed, OpenedAt: 5}, {ID: "h4", Place: "C1", State: models.HandoverPromised, OpenedAt: 20},
				{ID: "h5", Place: "C2", State: models.HandoverWaiting, OpenedAt: 1}, {ID: "h6", Place: "C1", State: models.HandoverResolved, OpenedAt: 1},
			}
			for i, h := range all {
				h.Conversation, h.Desk = int64(i+1), "slack"
				if err := tx.PutHandover(h); err != nil {
					return err
				}
			}
			if err := tx.PutHandover(last); err != nil {
				return err
			}
			for most, want := range map[int]int{6: 2, 1: 1} {
				if n, err := tx.Ahead(last, most); err != nil || n != want {
					return fmt.Errorf("Ahead(%d) = %d, %w; want %d", most, n, err, want)
				}
			}
			return nil
		})
		lines, err := s.Lines(t.Context())
		want := []store.Crowded{{Desk: "slack", Place: "C1", Waiting: 3, Promised: 1, All: 5}, {Desk: "slack", Place: "C2", Waiting: 1, All: 1}}
		if err != nil || !slices.Equal(lines, want) {
			t.Errorf("Lines() = %+v, %v; want %+v", lines, err, want)
		}
		found, err := s.Line(t.Context(), "slack", "C1", 90, 2, models.HandoverWaiting, models.HandoverPromised)
		var ids []string
		for _, h := range found {
			ids = append(ids, h.ID)
		}
		if err != nil || !slices.Equal(ids, []string{"h1", "h4"}) {
			t.Errorf("Line() = %q, %v; want h1 and h4", ids, err)
		}
	})
}
