package wal_test

import (
	"database/sql"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"patchbay/models/store/storetest"
	"patchbay/models/store/wal"
)

// open opens a file with one connection, with the VFS or without.
func open(t *testing.T, path string, with bool, pragmas ...string) *sql.DB {
	t.Helper()
	if err := wal.Register(); err != nil {
		t.Fatal(err)
	}
	dsn := "file:" + path + "?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"
	for _, p := range pragmas {
		dsn += "&_pragma=" + p
	}
	if with {
		dsn += "&vfs=" + wal.Name
	}
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// run runs statements, each of which has to succeed.
func run(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// sum tells what a table holds, and whether the file is sound.
func sum(t *testing.T, db *sql.DB) string {
	t.Helper()
	var rows, total int64
	var sound string
	if err := db.QueryRow(`SELECT COUNT(*), COALESCE(SUM(k * LENGTH(v) + UNICODE(v)), 0) FROM t`).Scan(&rows, &total); err != nil {
		t.Fatal(err)
	}
	if err := db.QueryRow(`PRAGMA integrity_check`).Scan(&sound); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d rows, %d, %s", rows, total, sound)
}

// crashed copies a database as a crash at this moment would leave it, and returns what is found in it then.
func crashed(t *testing.T, path string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "crashed.db")
	for _, end := range []string{"", "-wal"} {
		from, err := os.Open(path + end)
		if err != nil {
			t.Fatal(err)
		}
		copied, err := os.Create(to + end)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(copied, from); err != nil {
			t.Fatal(err)
		}
		if err := copied.Close(); err != nil {
			t.Fatal(err)
		}
		_ = from.Close()
	}
	db := open(t, to, false)
	defer func() { _ = db.Close() }()
	return sum(t, db)
}

// step makes one random change of the table.
func step(r *rand.Rand) string {
	k, letter, size := r.IntN(3000), string(rune('a'+r.IntN(26))), r.IntN(2000)
	switch r.IntN(4) {
	case 0:
		return fmt.Sprintf(`DELETE FROM t WHERE k BETWEEN %d AND %d`, k, k+r.IntN(20))
	case 1:
		return fmt.Sprintf(`UPDATE t SET v = '%s' || v WHERE k BETWEEN %d AND %d`, letter, k, k+r.IntN(200))
	default:
		return fmt.Sprintf(`INSERT INTO t VALUES (%d, '%s') ON CONFLICT (k) DO UPDATE SET v = excluded.v`, k, letter+strings.Repeat(letter, size))
	}
}

// Ensure that what was committed is in the files, and nothing else, whatever a transaction writes to its log before its
// end: it is far larger than the cache, so that pages go there early, come back and go there again, and some is undone.
func TestVFS_Crash(t *testing.T) {
	for _, cache := range []string{"cache_size(10)", "cache_size(1000)"} {
		t.Run(cache, func(t *testing.T) { crashAndCompare(t, filepath.Join(t.TempDir(), "with.db"), cache) })
	}
}

// Ensure that the same holds when commits are flushed later: it is what a crash of the program alone leaves.
func TestLog_Crash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "with.db")
	l := openLog(t, path)
	l.Defer(true)
	crashAndCompare(t, path, "cache_size(10)")
	if err := l.Flush(); err != nil {
		t.Error(err)
	}
}

// crashAndCompare makes random transactions in a database with the VFS and in one without it, and compares what a crash would
// leave.
func crashAndCompare(t *testing.T, path, cache string) {
	pragmas := []string{cache, "wal_autocheckpoint(300)"}
	with, without := open(t, path, true, pragmas...), open(t, path+".without", false, pragmas...)
	reader := open(t, path, false, "query_only(1)")
	both := func(statement string) {
		run(t, with, statement)
		run(t, without, statement)
	}
	both(`CREATE TABLE t (k INTEGER PRIMARY KEY, v TEXT NOT NULL)`)
	both(`CREATE INDEX tv ON t (v)`)
	r := rand.New(rand.NewPCG(1, 2)) // #nosec G404 -- a test's choices
	for range 25 {
		before := sum(t, without)
		both(`BEGIN IMMEDIATE`)
		for range 1 + r.IntN(60) {
			both(step(r))
			if r.IntN(10) == 0 {
				both(`SAVEPOINT s`)
				both(step(r))
				both(`ROLLBACK TO s`)
				both(`RELEASE s`)
			}
		}
		if got := crashed(t, path); got != before {
			t.Fatalf("before a commit a crash leaves %s, want %s", got, before)
		}
		if got := sum(t, reader); got != before {
			t.Fatalf("before a commit another connection finds %s, want %s", got, before)
		}
		if r.IntN(5) == 0 {
			both(`ROLLBACK`)
		} else {
			both(`COMMIT`)
		}
		want := sum(t, without)
		for who, got := range map[string]string{"its own connection": sum(t, with), "another connection": sum(t, reader), "a crash": crashed(t, path)} {
			if got != want {
				t.Fatalf("after a commit %s finds %s, want %s", who, got, want)
			}
		}
	}
}

// Ensure that a transaction for which the disk has no room fails as such and leaves nothing behind, and that a small one
// fits after it.
func TestVFS_FullDisk(t *testing.T) {
	for _, cache := range []string{"cache_size(10)", "cache_size(1000)"} {
		t.Run(cache, func(t *testing.T) {
			db := open(t, filepath.Join(storetest.Disk(t, "1m"), "p.db"), true, cache)
			run(t, db, `CREATE TABLE t (k INTEGER PRIMARY KEY, v TEXT NOT NULL)`, `INSERT INTO t VALUES (1, 'a')`)
			before := sum(t, db)
			run(t, db, `BEGIN IMMEDIATE`)
			var err error
			for k := 10; k < 3000 && err == nil; k++ {
				_, err = db.Exec(`INSERT INTO t VALUES (?, ?)`, k, strings.Repeat("x", 1000))
			}
			if err == nil {
				_, err = db.Exec(`COMMIT`)
			}
			if err == nil || !strings.Contains(err.Error(), "full") {
				t.Fatalf("a transaction larger than the disk: %v, want that it is full", err)
			}
			_, _ = db.Exec(`ROLLBACK`) // SQLite may have done it
			if got := sum(t, db); got != before {
				t.Errorf("after it: %s, want %s", got, before)
			}
			run(t, db, `INSERT INTO t VALUES (2, 'b')`)
			if got, want := sum(t, db), "2 rows, 198, ok"; got != want {
				t.Errorf("after a small one: %s, want %s", got, want)
			}
		})
	}
}
