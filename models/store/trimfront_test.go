package store_test

import (
	"fmt"
	"testing"

	"patchbay/models"
	"patchbay/models/store"
	"patchbay/models/store/storetest"
)

// Ensure that retention deletes all that is old and may go, also behind what has to stay, and nothing else.
func TestTrimBehindWhatStays(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		const old, young, step = models.Stamp(1000), models.Stamp(2000), 10
		write := func(fn func(tx *store.Tx) error) {
			t.Helper()
			if err := s.Write(t.Context(), fn); err != nil {
				t.Fatal(err)
			}
		}
		// Chat 1 has more events that wait to be decided than one step looks at. Chat 2 has as many that are done.
		for i, done := range []bool{false, true} {
			id := int64(i + 1)
			write(func(tx *store.Tx) error {
				if err := meet(tx, id, old); err != nil {
					return err
				}
				for seq := int64(1); seq <= 2*step; seq++ {
					if err := tx.AppendEvent(id, models.Event{Type: models.CustomerWrote, At: old}); err != nil {
						return err
					}
					if !done {
						continue
					}
					if err := tx.Advance(id, seq); err != nil {
						return err
					}
				}
				return nil
			})
		}
		for n := range 3 * step {
			at := old
			if n >= 2*step {
				at = young
			}
			write(func(tx *store.Tx) error {
				_, err := tx.Seen(fmt.Sprint("key", n), at)
				return err
			})
		}
		for {
			n, err := s.Trim(t.Context(), store.Ages{Deliveries: young}, step)
			if err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				break
			}
		}
		write(func(tx *store.Tx) error {
			for n := range 3 * step {
				fresh, err := tx.Seen(fmt.Sprint("key", n), young)
				if err != nil {
					return err
				}
				if want := n < 2*step; fresh != want {
					t.Errorf("Seen(key%d) = %t, want %t", n, fresh, want)
				}
			}
			return nil
		})
		depths, err := s.Depths(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		waiting := int64(0)
		for _, d := range depths {
			waiting += d.Waiting
		}
		if want := int64(2*step + 1 + 1); waiting != want || len(depths) != 1 {
			t.Errorf("%v wait, want the %d events that were not decided", depths, want)
		}
		if n, err := s.CountEntries(t.Context()); err != nil || n != 2*step+2 {
			t.Errorf("%d entries are left, %v, want %d", n, err, 2*step+2)
		}
	})
}
