package store_test

import (
	"context"
	"sync"
	"testing"

	"patchbay/models/store"
	"patchbay/models/store/storetest"
)

// Ensure that commits which wait, for a row that somebody holds, say, do not hold up the writes behind them, neither many
// nor a single one.
func TestWrite_Company(t *testing.T) {
	url := storetest.Postgres(t)
	s, err := store.Open(t.Context(), store.Options{URL: url, Node: "n1"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	inside, release := make(chan struct{}), make(chan struct{})
	var stuck, free sync.WaitGroup
	write := func(fn func(*store.Tx)) {
		err := s.Write(context.WithoutCancel(t.Context()), func(tx *store.Tx) error {
			fn(tx)
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	for range 2 {
		stuck.Go(func() {
			write(func(*store.Tx) {
				inside <- struct{}{}
				<-release
			})
		})
		<-inside
	}
	for range 100 {
		free.Go(func() { write(func(*store.Tx) {}) })
	}
	free.Wait() // with the two still inside
	write(func(*store.Tx) {})
	close(release)
	stuck.Wait()
}
