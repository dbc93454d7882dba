package store_test

import (
	"slices"
	"testing"

	"patchbay/models"
	"patchbay/models/store"
	"patchbay/models/store/storetest"
)

// Ensure that marks are looked at when they are due, the latest first, and that what happens while one is shown is not
// overlooked.
func TestMarks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		due := func(now models.Stamp, want string, next models.Stamp) []models.Marking {
			t.Helper()
			found, at, err := s.Markings(t.Context(), now, 10)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, m := range found {
				got += m.Message
			}
			if got != want || at != next {
				t.Fatalf("Markings(%d) = %q, next at %d; want %q, %d", now, got, at, want, next)
			}
			return found
		}
		write(t, s, func(tx *store.Tx) error {
			for i, id := range []string{"a", "b", "c"} {
				m := models.Marking{Message: id, Desk: "slack", Post: "C1/" + id, Since: 10, Due: models.Stamp(100 + i), At: models.Stamp(i)}
				if err := tx.PutMark(m); err != nil {
					return err
				}
			}
			return nil
		})
		due(99, "", 100)
		found := due(101, "ba", 102)
		write(t, s, func(tx *store.Tx) error {
			b, a := found[0], found[1]
			b.Shown, b.Tries = []models.Mark{models.MarkSent}, 2
			if err := tx.TouchMark("b", 101); err != nil { // it was read meanwhile
				return err
			}
			if err := tx.Marked(b, 0); err != nil {
				return err
			}
			return tx.Marked(a, 0)
		})
		again := due(102, "cb", 0)
		if b := again[1]; !slices.Equal(b.Shown, []models.Mark{models.MarkSent}) || b.Tries != 2 || b.Since != 10 {
			t.Errorf("b is %+v, want what was shown of it", b)
		}
		write(t, s, func(tx *store.Tx) error {
			// The reply is tried again: what is shown stays known.
			if err := tx.PutMark(models.Marking{Message: "b", Desk: "slack", Post: "C1/b", Since: 200, Due: 300, At: 200}); err != nil {
				return err
			}
			m, ok, err := tx.MarkOf("slack", "C1/b")
			if err != nil || !ok || m.Message != "b" || m.Since != 200 || len(m.Shown) != 1 || m.Tries != 0 || m.At != 1 {
				t.Errorf("MarkOf() = %+v, %v, %v", m, ok, err)
			}
			if _, ok, err = tx.MarkOf("other", "C1/b"); ok || err != nil {
				t.Errorf("MarkOf(another desk) = %v, %v, want none", ok, err)
			}
			return tx.TouchMark("nobody's", 1)
		})
		due(299, "c", 300)
		if _, err := s.Trim(t.Context(), store.Ages{Deliveries: 2}, 10); err != nil {
			t.Fatal(err)
		}
		due(1000, "c", 0)
	})
}
