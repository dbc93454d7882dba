package lanes_test

import (
	"context"
	"errors"
	"testing"

	"github.com/rs/xid"

	"patchbay/gateway/internal/lanes"
	"patchbay/models/store"
	"patchbay/models/store/storetest"
)

// Ensure that what was not written in time is not written later, when whoever wanted it goes on already and its entry is handled
// once more.
func TestWriteThatIsLetGo(t *testing.T) {
	s, err := store.Open(t.Context(), store.Options{URL: storetest.SQLite(t), Node: xid.New().String()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	busy, let, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- s.Write(t.Context(), func(*store.Tx) error {
			close(busy)
			<-let
			return nil
		})
	}()
	<-busy // SQLite has one writer, which waits now
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan struct{}) // by the write, which therefore is on its way
	runs := 0
	ended := make(chan error, 1)
	go func() {
		close(asked)
		ended <- lanes.WriteFor(ctx, s, store.Need{}, func(*store.Tx) error { runs++; return nil })
	}()
	<-asked
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("WriteFor = %v, want that its time is over", err)
	}
	close(let)
	if err := <-done; err != nil {
		t.Errorf("Write before it = %v", err)
	}
	if err := s.Write(t.Context(), func(*store.Tx) error { return nil }); err != nil { // behind it in the queue
		t.Errorf("Write behind it = %v", err)
	}
	if runs != 0 {
		t.Errorf("what was given up ran %d times after that, want never", runs)
	}
}
