package wal_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"patchbay/models/store/wal"
)

// openLog makes the file of a database, and opens its log.
func openLog(t *testing.T, path string) *wal.Log {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	l, err := wal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// Ensure that a log is known by its file, under whatever name, once.
func TestOpen(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "p.db"), filepath.Join(dir, "link.db")
	l := openLog(t, path)
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if _, err := wal.Open(link); err == nil {
		t.Error("the log is opened twice")
	}
	if err := l.Flush(); err == nil {
		t.Error("a log that SQLite has not opened yet is flushed")
	}
	db := open(t, link, true)
	run(t, db, `CREATE TABLE t (k INTEGER PRIMARY KEY, v TEXT NOT NULL)`)
	l.Defer(true)
	run(t, db, `INSERT INTO t VALUES (1, 'a')`)
	if err := l.Flush(); err != nil {
		t.Errorf("Flush() = %v", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Flush(); err == nil {
		t.Error("a closed log is flushed")
	}
	again, err := wal.Open(path)
	if err != nil {
		t.Fatalf("after it was closed: %v", err)
	}
	_ = again.Close()
	if _, err := wal.Open(filepath.Join(dir, "none.db")); err == nil {
		t.Error("the log of no file is opened")
	}
}

// Ensure that the file which is flushed is the one that SQLite writes, also after the last connection took the log away.
func TestLog_Anew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p.db")
	l := openLog(t, path)
	l.Defer(true)
	for n := range 3 {
		db := open(t, path, true)
		run(t, db, `CREATE TABLE IF NOT EXISTS t (k INTEGER PRIMARY KEY, v TEXT NOT NULL)`, `INSERT INTO t (v) VALUES ('a')`)
		if err := l.Flush(); err != nil {
			t.Errorf("Flush() = %v at opening %d", err, n)
		}
		if !l.Current() {
			t.Errorf("at opening %d another file than the log is flushed", n)
		}
		closed(t, db)
		if _, err := os.Stat(path + "-wal"); !os.IsNotExist(err) {
			t.Fatalf("the log is still there: %v", err)
		}
	}
	if got, want := sum(t, open(t, path, false)), "3 rows, 297, ok"; got != want {
		t.Errorf("the database holds %s, want %s", got, want)
	}
}

// Ensure that commits are flushed later, and that what SQLite relies on is flushed at once: the log before it is copied into the
// database, and its header before it begins anew.
func TestLog_Order(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p.db")
	l := openLog(t, path)
	db := open(t, path, true, "wal_autocheckpoint(0)")
	run(t, db, `CREATE TABLE t (k INTEGER PRIMARY KEY, v TEXT NOT NULL)`)
	l.Defer(true)
	for range 20 {
		run(t, db, `INSERT INTO t (v) VALUES ('a')`)
	}
	if n := l.Kept(); n != 0 {
		t.Errorf("of twenty commits %d were flushed when they were made", n)
	}
	run(t, db, `PRAGMA wal_checkpoint(PASSIVE)`)
	if n := l.Kept(); n != 1 {
		t.Errorf("before it was copied into the database the log was flushed %d times, want once", n)
	}
	run(t, db, `INSERT INTO t (v) VALUES ('a')`)
	if n := l.Kept(); n != 2 {
		t.Errorf("when the log began anew it was flushed %d times, want twice", n)
	}
	run(t, db, `PRAGMA wal_autocheckpoint(1)`, `INSERT INTO t (v) VALUES ('a')`)
	if n := l.Kept(); n != 3 {
		t.Errorf("a commit that copies the log into the database flushed it %d times, want three times", n)
	}
}

func closed(t *testing.T, db *sql.DB) {
	t.Helper()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
