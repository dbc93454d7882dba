package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"patchbay/models/store"
	"patchbay/models/store/storetest"
)

// left returns the files in a folder whose names do not begin with one of the given.
func left(t *testing.T, dir string, but ...string) (names []string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
next:
	for _, f := range files {
		for _, name := range but {
			if f.Name() == name {
				continue next
			}
		}
		names = append(names, f.Name())
	}
	return names
}

// Ensure that a backup, a copy and an upgrade for which the disk has no room fail in words, leave nothing behind and change
// nothing.
func TestFullDisk(t *testing.T) {
	url := storetest.SQLite(t)
	upgrade(t, url, nil)
	fill(t, url, 3000)
	dir := storetest.Disk(t, "1m")
	if _, err := store.Backup(t.Context(), url, filepath.Join(dir, "b.db"), nil); err == nil || !strings.Contains(err.Error(), "full") {
		t.Errorf("Backup to a full disk: %v", err)
	}
	if _, err := store.Copy(t.Context(), url, "sqlite://"+filepath.Join(dir, "c.db"), nil); err == nil || !strings.Contains(err.Error(), "full") {
		t.Errorf("Copy to a full disk: %v", err)
	}
	if names := left(t, dir); len(names) > 0 {
		t.Errorf("%q is left", names)
	}

	// A database that fits, and a copy of it that does not.
	dir = storetest.Disk(t, "1100k")
	path := filepath.Join(dir, "p.db")
	upgrade(t, "sqlite://"+path, nil)
	fill(t, "sqlite://"+path, 150)
	before := dump(t, "sqlite://"+path)
	s, err := openAs(t, "sqlite://"+path, later(t, 101), nil)
	if err == nil {
		_ = s.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "nothing is changed yet") || !strings.Contains(err.Error(), "full") {
		t.Errorf("an upgrade on a full disk: %v, want that the disk is full and nothing is changed", err)
	}
	if names := left(t, dir, "p.db", "p.db.lock", "p.db-wal", "p.db-shm"); len(names) > 0 {
		t.Errorf("%q is left", names)
	}
	same(t, dump(t, "sqlite://"+path), before)
}

// Ensure that a store whose disk had no place for a commit is not ready before there is place again, however well a small
// write fits.
func TestFullDisk_Ready(t *testing.T) {
	dir := storetest.Disk(t, "4m")
	s := storetest.Open(t, "sqlite://"+filepath.Join(dir, "p.db"))
	filler, err := os.Create(filepath.Join(dir, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = filler.Close() }()
	var size int64
	for block := make([]byte, 4096); err == nil; size += int64(len(block)) {
		_, err = filler.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("fill the disk: %v", err)
	}
	// Place for a few pages.
	if err := filler.Truncate(size - 128<<10); err != nil {
		t.Fatal(err)
	}
	if err := s.Ready(t.Context()); err != nil {
		t.Errorf("Ready = %v before anything failed", err)
	}
	message := strings.Repeat("x", 512<<10)
	err = s.Write(t.Context(), func(tx *store.Tx) error { return tx.Keep(store.Orphan{ID: "large", Body: message, At: 1}) })
	if err == nil || !strings.Contains(err.Error(), "full") {
		t.Fatalf("a large write on a full disk: %v, want that it is full", err)
	}
	err = s.Write(t.Context(), func(tx *store.Tx) error { _, err := tx.Seen("small", 1); return err })
	if err != nil {
		t.Fatalf("a small write: %v; the test wants that it fits", err)
	}
	for range 3 {
		if err := s.Ready(t.Context()); err == nil || errors.Is(err, store.ErrAway) {
			t.Errorf("Ready = %v on a full disk, want why it takes no writes", err)
		}
	}
	if err := filler.Truncate(0); err != nil {
		t.Fatal(err)
	}
	if err := s.Ready(t.Context()); err != nil {
		t.Errorf("Ready = %v with place again", err)
	}
	if names := left(t, dir, "filler", "p.db", "p.db.lock", "p.db-wal", "p.db-shm"); len(names) > 0 {
		t.Errorf("%q is left", names)
	}
}
