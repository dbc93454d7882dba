package store_test

import (
	"testing"
	"time"

	"patchbay/models"
	"patchbay/models/store"
)

// Ensure that what waits for a clock that was set back is moved along with it, and what is due stays so.
func TestShift(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		const before, after = 1_000_000, 400_000 // milliseconds
		appendEntries(t, s, 7, models.LaneOut, "waits", "m1")
		if err := s.Retry(t.Context(), claimOne(t, s, models.LaneOut, "waits", 5), 1, before, before+30_000); err != nil {
			t.Fatal(err)
		}
		appendEntries(t, s, 8, models.LaneOut, "due", "m2")
		write(t, s, func(tx *store.Tx) error {
			return tx.SetAlarm(models.Alarm{Conversation: 7, Kind: "test", Due: before + 60_000})
		})
		appendEntries(t, s, 9, models.LaneOut, "empty", "m3")
		empty := claimOne(t, s, models.LaneOut, "empty", 5)
		write(t, s, func(tx *store.Tx) error {
			_, _, err := tx.Finish(empty, 1, false, before, before+10_000)
			return err
		})
		write(t, s, func(tx *store.Tx) error { return tx.Shift(after, (after-before)*time.Millisecond) })

		appendEntries(t, s, 9, models.LaneOut, "empty", "m4")
		for account, want := range map[string]models.Stamp{"waits": after + 30_000, "due": 1, "empty": after + 10_000} {
			if due, ok, err := s.NextDue(t.Context(), models.LaneOut, account); err != nil || !ok || due != want {
				t.Errorf("NextDue(%q) = %v, %v, %v; want %v", account, due, ok, err, want)
			}
		}
		if _, next, err := s.Alarms(t.Context(), after, 1); err != nil || next != after+60_000 {
			t.Errorf("the next timer rings at %v, %v; want %v", next, err, after+60_000)
		}
	})
}

// Ensure that PostgreSQL's clock is read, and that SQLite has none of its own.
func TestClock(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		clock := s.Clock()
		if clock == nil {
			return
		}
		if now, err := clock(t.Context()); err != nil || time.Since(now).Abs() > time.Minute {
			t.Errorf("Clock = %v, %v; want about %v", now, err, time.Now())
		}
	})
}
