package store_test

import (
	"errors"
	"fmt"
	"testing"

	"patchbay/models"
	"patchbay/models/store"
)

// Ensure that a conversation that nobody uses any more is forgotten whole, and one with work is not.
func TestTrim_Forgets(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		for id, used := range map[int64]models.Stamp{1: 10, 2: 10, 3: 1000} {
			write(t, s, func(tx *store.Tx) error {
				return errors.Join(
					tx.Create(&models.Conversation{ID: id, Mode: models.ModeBot, UpdatedAt: used, Contact: models.Contact{Name: "Ann"}}),
					tx.Bind("a", []string{fmt.Sprint(id)}, id),
					tx.PutHandover(models.Handover{ID: fmt.Sprint(id), Conversation: id, State: models.HandoverResolved, Reason: models.Reason{Asked: "my words"}, OpenedAt: used, EndedAt: used}))
			})
		}
		appendEntries(t, s, 2, models.LaneOut, "a", "waits")
		if _, err := s.Trim(t.Context(), store.Ages{Messages: 500}, 10); err != nil {
			t.Fatal(err)
		}
		for id, want := range map[int64]bool{1: false, 2: true, 3: true} {
			_, err := s.Conversation(t.Context(), id)
			if got := err == nil; got != want {
				t.Errorf("conversation %d stands: %v (%v), want %v", id, got, err, want)
			}
			write(t, s, func(tx *store.Tx) error {
				found, err := tx.Find("a", []string{fmt.Sprint(id)})
				if (found != 0) != want {
					t.Errorf("address of conversation %d is bound to %d", id, found)
				}
				return err
			})
		}
		if h, err := s.Handover(t.Context(), "1"); err != nil || h.Conversation != 0 || h.Reason.Asked != "" {
			t.Errorf("handover of a forgotten conversation: %+v, %v; want its thread alone", h, err)
		}
	})
}

// Ensure that trimming takes what is old and done, and nothing else.
func TestTrim(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		appendEntries(t, s, 1, models.LaneOut, "a", "done", "waits")
		c := claimOne(t, s, models.LaneOut, "a", 5)
		write(t, s, func(tx *store.Tx) error {
			if _, err := tx.Seen("old", 10); err != nil {
				return err
			}
			_, _, err := tx.Finish(c, 1, false, 0, 0)
			return errors.Join(err,
				tx.Record(&models.Message{ID: "old", Conversation: 1, Num: 1, At: 10}),
				tx.Record(&models.Message{ID: "new", Conversation: 1, Num: 2, At: 1000}))
		})
		ages := store.Ages{Messages: 500, Deliveries: 500, Orphans: 500}
		total := int64(0)
		for {
			n, err := s.Trim(t.Context(), ages, 1)
			if err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				break
			}
			total += n
		}
		if total != 3 {
			t.Errorf("trimmed %d rows, want 3: a key, an entry, a message", total)
		}
		c = claimOne(t, s, models.LaneOut, "a", 5)
		entries, err := s.Entries(t.Context(), c, 5)
		if err != nil || len(entries) != 1 || entries[0].Message != "waits" {
			t.Errorf("entries after Trim = %+v, %v", entries, err)
		}
	})
}
