package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"patchbay/models"
	"patchbay/models/store"
	"patchbay/models/store/storetest"
)

// putOff puts an arrival behind those that wait to be sorted.
func putOff(t *testing.T, s *store.Store, key string) error {
	t.Helper()
	body, err := json.Marshal(models.Arrival{Channel: "app/main", Account: "app/1", Addresses: []string{"ann"}, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	return s.Write(t.Context(), func(tx *store.Tx) error {
		tx.Later(body, 7)
		return nil
	})
}

// unsorted returns the keys of the arrivals that wait, in their order.
func unsorted(t *testing.T, s *store.Store, n int) (rows []store.Unsorted, keys []string) {
	t.Helper()
	rows, err := s.Unsorted(t.Context(), n)
	if err != nil {
		t.Fatalf("Unsorted: %v", err)
	}
	for _, r := range rows {
		for _, a := range r.Arrivals {
			keys = append(keys, a.Key)
		}
	}
	return rows, keys
}

// take takes rows out of those that wait.
func take(t *testing.T, s *store.Store, rows []store.Unsorted) {
	t.Helper()
	write(t, s, func(tx *store.Tx) (err error) {
		for _, r := range rows {
			err = errors.Join(err, tx.Sorted(r))
		}
		return err
	})
}

// Ensure that arrivals wait in the order in which they came, through a restart as well, until they are sorted, once.
func TestRush(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		rush := func(want bool) {
			t.Helper()
			ran := false
			err := s.WriteFor(t.Context(), store.Need{Now: true}, func(*store.Tx) error {
				ran = true
				return nil
			})
			if want && !errors.Is(err, store.ErrRush) || !want && err != nil || ran == want {
				t.Errorf("a write that must not overtake: %v, run %v; arrivals wait: %v", err, ran, want)
			}
		}
		rush(false)
		var want []string
		for n := range 30 {
			want = append(want, fmt.Sprint("k", n))
			if err := putOff(t, s, want[n]); err != nil {
				t.Fatalf("Write: %v", err)
			}
		}
		rush(true)
		if !s.Rush() {
			t.Error("the store does not know that arrivals wait")
		}
		depths, err := s.Depths(t.Context())
		if err != nil || len(depths) != 1 || depths[0] != (store.Depth{Lane: models.LaneIn, Waiting: 30, Oldest: 7}) {
			t.Errorf("Depths = %v, %v, want thirty in an in lane", depths, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if s = storetest.Open(t, url); !s.Rush() {
			t.Error("after a new start the store does not know that arrivals wait")
		}
		var got []string
		for {
			rows, keys := unsorted(t, s, 4)
			if len(rows) == 0 {
				break
			}
			if len(keys) != 4 && len(got)+len(keys) != len(want) {
				t.Errorf("%d arrivals are read at once, want 4", len(keys))
			}
			got = append(got, keys...)
			take(t, s, rows)
		}
		if !slices.Equal(got, want) {
			t.Errorf("sorted %q\nwant %q", got, want)
		}
		rush(false)
		if s.Rush() {
			t.Error("the store believes that arrivals wait")
		}
	})
}

// Ensure that what was sorted already is refused.
func TestRush_Fenced(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		if err := putOff(t, s, "k"); err != nil {
			t.Fatal(err)
		}
		rows, _ := unsorted(t, s, 1)
		sort := func() error {
			return s.Write(t.Context(), func(tx *store.Tx) error { return tx.Sorted(rows[0]) })
		}
		if err := sort(); err != nil {
			t.Fatalf("Sorted: %v", err)
		}
		if err := sort(); !errors.Is(err, store.ErrFenced) {
			t.Errorf("Sorted a second time = %v, want ErrFenced", err)
		}
	})
}

// Ensure that of many arrivals which come at once none is lost, and that a write which fails leaves none.
func TestRush_Together(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		const writers, each = 32, 20
		boom := errors.New("boom")
		var writing sync.WaitGroup
		for w := range writers {
			writing.Go(func() {
				for n := range each {
					if err := putOff(t, s, fmt.Sprintf("%d-%d", w, n)); err != nil {
						t.Errorf("Write: %v", err)
					}
					err := s.Write(t.Context(), func(tx *store.Tx) error {
						tx.Later([]byte(`{"key":"failed"}`), 1)
						return boom
					})
					if !errors.Is(err, boom) {
						t.Errorf("Write = %v, want boom", err)
					}
				}
			})
		}
		writing.Wait()
		next := make([]int, writers)
		for {
			rows, keys := unsorted(t, s, 50)
			if len(rows) == 0 {
				break
			}
			for _, key := range keys {
				var w, n int
				if _, err := fmt.Sscanf(key, "%d-%d", &w, &n); err != nil || n != next[w] {
					t.Fatalf("%q is next, want %d-%d", key, w, next[w])
				}
				next[w]++
			}
			take(t, s, rows)
		}
		for w, n := range next {
			if n != each {
				t.Errorf("of writer %d there are %d arrivals, want %d", w, n, each)
			}
		}
	})
}

// Ensure that a write that would overtake arrivals of its own commit is refused, and that the others of that commit are run once
// more and no oftener.
func TestRush_Refused(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		const writers = 20
		needs, ran := make([]store.Need, writers), make([]int, writers)
		fns := make([]func(*store.Tx) error, writers)
		for i := range writers {
			needs[i].Now = i%2 == 1 && i > 4
			fns[i] = func(tx *store.Tx) error {
				ran[i]++
				if i == 4 {
					tx.Later([]byte(`{"key":"k"}`), 1)
				}
				return nil
			}
		}
		for i, err := range s.Together(needs, fns...) {
			if refused := errors.Is(err, store.ErrRush); refused != needs[i].Now || !refused && err != nil {
				t.Errorf("write %d: %v", i, err)
			}
			if want := 2; !needs[i].Now && i < 5 && ran[i] != want {
				t.Errorf("write %d was run %d times, want %d", i, ran[i], want)
			}
			if needs[i].Now && ran[i] != 0 {
				t.Errorf("write %d was run", i)
			}
		}
		if !s.Rush() {
			t.Error("the store does not know that arrivals wait")
		}
	})
}

// Ensure that a row that cannot be read is told from others.
func TestRush_Broken(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		write(t, s, func(tx *store.Tx) error {
			tx.Later([]byte(`{"key":`), 1)
			return nil
		})
		if err := putOff(t, s, "k"); err != nil {
			t.Fatal(err)
		}
		rows, keys := unsorted(t, s, 10)
		if len(rows) != 2 || rows[0].Broken != `[{"key":]` || rows[1].Broken != "" || len(keys) != 1 {
			t.Errorf("Unsorted = %+v", rows)
		}
	})
}
