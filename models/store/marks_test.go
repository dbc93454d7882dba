package store_test

import (
	"errors"
	"fmt"
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

// Ensure that marks that begin and are touched in one commit stand as the last of it says, in whatever order.
func TestMarks_together(t *testing.T) {
	put := func(id string, since, due models.Stamp) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			return tx.PutMark(models.Marking{Message: id, Desk: "slack", Post: "C1/" + id, Since: since, Due: due, At: 1})
		}
	}
	touch := func(id string, due models.Stamp) func(*store.Tx) error {
		return func(tx *store.Tx) error { return tx.TouchMark(id, due) }
	}
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		// What is shown of it was read before this commit.
		shown := func(id string, due models.Stamp) func(*store.Tx) error {
			return func(tx *store.Tx) error {
				all, _, err := s.Markings(t.Context(), 1000, 10)
				for _, m := range all {
					if m.Message == id {
						m.Shown, m.Tries = []models.Mark{models.MarkSent}, 3
						return errors.Join(err, tx.Marked(m, due))
					}
				}
				return errors.Join(err, fmt.Errorf("no mark %q is due", id))
			}
		}
		write(t, s, put("d", 7, 99))
		for i, tt := range []struct {
			name       string
			do         []func(*store.Tx) error
			since, due models.Stamp
			tries      int
		}{
			{"begun and touched", []func(*store.Tx) error{put("a", 1, 10), touch("a", 20)}, 1, 20, 0},
			{"touched and begun anew", []func(*store.Tx) error{touch("a", 30), put("a", 2, 25)}, 2, 25, 0},
			{"begun twice", []func(*store.Tx) error{put("b", 3, 0), put("b", 4, 40)}, 4, 40, 0},
			{"touched twice", []func(*store.Tx) error{touch("b", 50), touch("b", 60)}, 4, 60, 0},
			{"begun, shown, touched", []func(*store.Tx) error{put("c", 5, 70), func(tx *store.Tx) error {
				m, _, err := tx.MarkOf("slack", "C1/c")
				m.Shown = []models.Mark{models.MarkSent}
				if err != nil || m.Due != 70 {
					t.Errorf("MarkOf = %+v, %v, want it due at 70", m, err)
				}
				return tx.Marked(m, 80)
			}, touch("c", 90)}, 5, 90, 0},
			{"touched while it was shown", []func(*store.Tx) error{touch("c", 95), shown("c", 100)}, 5, 95, 3},
			{"shown and touched", []func(*store.Tx) error{shown("c", 100), touch("c", 96)}, 5, 96, 0},
			{"shown and begun anew", []func(*store.Tx) error{shown("c", 100), put("c", 6, 97)}, 6, 97, 0},
			{"shown twice", []func(*store.Tx) error{shown("d", 100), shown("d", 110)}, 7, 110, 3},
		} {
			t.Run(tt.name, func(t *testing.T) {
				for _, err := range s.Together(make([]store.Need, len(tt.do)), tt.do...) {
					if err != nil {
						t.Fatal(err)
					}
				}
				id := []string{"a", "a", "b", "b", "c", "c", "c", "c", "d"}[i]
				write(t, s, func(tx *store.Tx) error {
					m, ok, err := tx.MarkOf("slack", "C1/"+id)
					if !ok || m.Since != tt.since || m.Due != tt.due || m.Message != id || (id == "c" || id == "d") && len(m.Shown) != 1 || m.Tries != tt.tries {
						t.Errorf("MarkOf = %+v, %t, want it since %d and due at %d", m, ok, tt.since, tt.due)
					}
					return err
				})
			})
		}
	})
}
