package store_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"

	"patchbay/models"
	"patchbay/models/store"
)

// openHeld opens a store on SQLite whose disk does what the test says, once it holds a conversation.
func openHeld(t *testing.T, path string) (*store.Store, int64) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{URL: "sqlite://" + path, Node: "n1"})
	if err != nil {
		t.Fatal(err)
	}
	id := int64(7)
	if _, err := s.Conversation(t.Context(), id); err != nil {
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			return tx.Create(&models.Conversation{ID: id, Channel: "c", Account: "a", Address: "x", Mode: models.ModeBot})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return s, id
}

// Ensure that nobody hears of a write before it is flushed, neither who wrote it nor who reads what a lane has to do, and that
// the next are committed meanwhile.
func TestWrite_beforeTheFlush(t *testing.T) {
	s, id := openHeld(t, filepath.Join(t.TempDir(), "p.db"))
	defer func() { _ = s.Close() }()
	disk := s.Hold()
	var flushed atomic.Bool
	type end struct {
		what  string
		early bool
		err   error
	}
	ends := make(chan end, 3)
	do := func(what string, fn func() error) {
		go func() {
			err := fn()
			ends <- end{what, !flushed.Load(), err}
		}()
	}
	named := func(name string) func() error {
		return func() error {
			return s.Write(context.WithoutCancel(t.Context()), func(tx *store.Tx) error {
				c, err := tx.Conversation(id)
				if err != nil {
					return err
				}
				c.Contact.Name = name
				tx.After(func() {
					if !flushed.Load() {
						t.Errorf("what follows the write of %q is done before it is flushed", name)
					}
				})
				return tx.Save(&c)
			})
		}
	}
	seen := func() string {
		c, err := s.Conversation(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return c.Contact.Name
	}
	do("the first write", named("one"))
	<-disk.Asked
	if got := seen(); got != "one" {
		t.Fatalf("the conversation is named %q while the first write is flushed", got)
	}
	do("a load", func() error {
		_, err := s.Load(t.Context(), []store.Claim{{Conversation: id, Lane: models.LaneBot}}, store.Want{Entries: 1})
		return err
	})
	// More than share a commit while one is flushed, so that they do not wait for it.
	const many = 64
	others := make(chan error, many)
	for range many {
		go func() { others <- named("two")() }()
	}
	for seen() != "two" {
		if t.Context().Err() != nil {
			t.Fatal("nothing is committed while the first write is flushed")
		}
	}
	flushed.Store(true)
	go func() {
		for {
			select {
			case disk.Does <- nil:
			case <-t.Context().Done():
				return
			}
		}
	}()
	for range 2 {
		if e := <-ends; e.err != nil || e.early {
			t.Errorf("%s ended with %v, before the flush: %v", e.what, e.err, e.early)
		}
	}
	for range many {
		if err := <-others; err != nil {
			t.Errorf("a write behind it: %v", err)
		}
	}
}

// Ensure that after a flush that failed nothing more is said to be stored, and all that was is there after a new start.
func TestWrite_flushFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p.db")
	s, id := openHeld(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	kept := make(chan error, 1)
	go func() { kept <- s.KeepLease(ctx) }()
	disk := s.Hold()
	write := func(name string) error {
		return s.Write(t.Context(), func(tx *store.Tx) error {
			c, err := tx.Conversation(id)
			if err != nil {
				return err
			}
			c.Contact.Name = name
			return tx.Save(&c)
		})
	}
	go func() { disk.Does <- nil }()
	if err := write("kept"); err != nil {
		t.Fatal(err)
	}
	fault := errors.New("input/output error")
	go func() { disk.Does <- fault }()
	if err := write("in doubt"); !errors.Is(err, fault) {
		t.Errorf("a write that is not flushed: %v, want the disk's error", err)
	}
	if err := write("too late"); !errors.Is(err, fault) {
		t.Errorf("a write behind it: %v, want the disk's error", err)
	}
	if _, err := s.Load(t.Context(), []store.Claim{{Conversation: id, Lane: models.LaneBot}}, store.Want{Entries: 1}); !errors.Is(err, fault) {
		t.Errorf("Load() = %v, want the disk's error", err)
	}
	if err := s.Ready(t.Context()); !errors.Is(err, fault) {
		t.Errorf("Ready() = %v, want the disk's error", err)
	}
	if err := <-kept; !errors.Is(err, fault) {
		t.Errorf("KeepLease() = %v, want the disk's error, which ends the gateway", err)
	}
	if err := s.Close(); err != nil && !errors.Is(err, fault) {
		t.Fatal(err)
	}
	s, _ = openHeld(t, path)
	defer func() { _ = s.Close() }()
	c, err := s.Conversation(t.Context(), id)
	if err != nil || c.Contact.Name != "kept" && c.Contact.Name != "in doubt" {
		t.Errorf("after a new start the name is %q, %v", c.Contact.Name, err)
	}
	if err := s.Write(t.Context(), func(*store.Tx) error { return nil }); err != nil {
		t.Errorf("a write after a new start: %v", err)
	}
}
