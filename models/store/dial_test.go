package store_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"patchbay/models/store"
	"patchbay/models/store/storetest"
	"patchbay/models/store/storetest/loopback"
)

// wire stands between the store and PostgreSQL, and can be cut.
type wire struct {
	t       *testing.T
	address string // its own, also while it is cut
	server  string
	wg      sync.WaitGroup

	mu       sync.Mutex
	listener net.Listener
	conns    []net.Conn
}

// through returns a wire to the database and the database's URL by way of it.
func through(t *testing.T, database string) (*wire, string) {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{t: t, address: loopback.Address(t), server: u.Host}
	w.join()
	t.Cleanup(func() { w.cut(); w.wg.Wait() })
	u.Host = w.address
	return w, u.String()
}

// join makes the connection possible again.
func (w *wire) join() {
	w.t.Helper()
	l, err := net.Listen("tcp", w.address)
	if err != nil {
		w.t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.listener = l
	w.wg.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", w.server)
			if err != nil {
				_ = near.Close()
				continue
			}
			w.mu.Lock()
			w.conns = append(w.conns, near, far)
			w.mu.Unlock()
			w.wg.Go(func() { _, _ = io.Copy(near, far); _ = near.Close() })
			w.wg.Go(func() { _, _ = io.Copy(far, near); _ = far.Close() })
		}
	})
}

// cut ends all connections and takes no new ones.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = w.listener.Close()
	for _, c := range w.conns {
		_ = c.Close()
	}
	w.conns = nil
}

// Ensure that Ready says when the database is not there, soon, and that all is well again by itself when it is back.
func TestReady_Away(t *testing.T) {
	w, url := through(t, storetest.Postgres(t))
	s := storetest.Open(t, url)
	if err := s.Ready(t.Context()); err != nil {
		t.Fatalf("Ready: %v", err)
	}
	w.cut()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := s.Ready(ctx); !errors.Is(err, store.ErrAway) || ctx.Err() != nil {
		t.Errorf("Ready without the database = %v, want ErrAway, before its time is over", err)
	}
	w.join()
	var err error
	for range 50 { // each pooled connection may be a broken one
		if err = s.Ready(ctx); err == nil {
			break
		}
	}
	if err != nil {
		t.Errorf("Ready with the database back = %v", err)
	}
}

// Ensure that Ready does not call a database away that is there and refuses.
func TestReady_Refused(t *testing.T) {
	url := storetest.SQLite(t)
	s := storetest.Open(t, url)
	if err := s.Cap(0); err != nil {
		t.Fatal(err)
	}
	db, _ := raw(t, url)
	if _, err := db.Exec(`DROP TABLE facts`); err != nil {
		t.Fatal(err)
	}
	if err := s.Ready(t.Context()); err == nil || errors.Is(err, store.ErrAway) {
		t.Errorf("Ready of a database that refuses = %v, want another error than ErrAway", err)
	}
}
