package store_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"patchbay/models"
	"patchbay/models/store"
	"patchbay/models/store/storetest"
)

// later returns the migrations of a release to come: ours, and one of each of the given numbers.
func later(t *testing.T, numbers ...int) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	own, err := fs.ReadDir(store.Migrations(), ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range own {
		content, err := fs.ReadFile(store.Migrations(), f.Name())
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name()] = &fstest.MapFile{Data: content}
	}
	for _, n := range numbers {
		files[fmt.Sprintf("%05d_later.sql", n)] = &fstest.MapFile{Data: fmt.Appendf(nil, `-- +goose Up
			CREATE TABLE later%d (id BIGINT NOT NULL PRIMARY KEY);
			ALTER TABLE messages ADD COLUMN later%d TEXT NOT NULL DEFAULT 'x';`, n, n)}
	}
	return files
}

// openAs opens the database as a release with the migrations.
func openAs(t *testing.T, url string, files fs.FS, log *slog.Logger) (*store.Store, error) {
	t.Helper()
	return store.Open(t.Context(), store.WithMigrations(store.Options{URL: url, Node: t.Name(), Log: log, Lease: storetest.Lease}, files))
}

// upgrade opens and closes the database as a release with the migrations.
func upgrade(t *testing.T, url string, files fs.FS) string {
	t.Helper()
	var log bytes.Buffer
	s, err := openAs(t, url, files, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatalf("upgrade: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return log.String()
}

// Ensure that a release works on a database that the next one has migrated, and that it refuses one of the release behind
// that, in words that say what to do.
func TestMigrate_Releases(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		upgrade(t, url, nil)
		upgrade(t, url, later(t, 101, 102))

		s, err := openAs(t, url, nil, nil)
		if err != nil {
			t.Fatalf("open one release ahead: %v", err)
		}
		write(t, s, func(tx *store.Tx) error {
			return tx.Record(&models.Message{ID: "m1", Conversation: 1, Num: 1})
		})
		appendEntries(t, s, 1, models.LaneOut, "a", "m1")
		if c := claimOne(t, s, models.LaneOut, "a", 10); c.Seq != 1 {
			t.Errorf("Claim = %+v, want the entry", c)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}

		upgrade(t, url, later(t, 101, 102, 201))
		if s, err = openAs(t, url, nil, nil); err == nil {
			_ = s.Close()
		}
		if !errors.Is(err, store.ErrNewer) || !strings.Contains(err.Error(), "201") {
			t.Errorf("open two releases ahead: %v, want ErrNewer with the number 201", err)
		}
		// The release between the two still works.
		upgrade(t, url, later(t, 101, 102))
	})
}

// Ensure that the copies of a release that is two behind do not have their tables changed while they run.
func TestMigrate_RunningCopy(t *testing.T) {
	url := storetest.Postgres(t)
	old := lively(t, url)
	if _, err := openAs(t, url, later(t, 101, 201), nil); err == nil || !strings.Contains(err.Error(), "one release at a time") {
		t.Errorf("upgrade by two releases under a running copy: %v, want a refusal", err)
	}
	upgrade(t, url, later(t, 101))
	write(t, old, func(tx *store.Tx) error { _, err := tx.Seen("k", 1); return err })
	// The copies of 101 are gone: somebody went back to the first release, which runs, and jumps from there.
	if _, err := openAs(t, url, later(t, 101, 201), nil); err == nil || !strings.Contains(err.Error(), "one release at a time") {
		t.Errorf("upgrade by two releases after a rollback: %v, want a refusal", err)
	}
	upgrade(t, url, later(t, 101, 102))
}

// Ensure that tables go one release further while a copy of the release before runs, whichever they were made by.
func TestMigrate_RunningCopyOfTheLast(t *testing.T) {
	url := storetest.Postgres(t)
	upgrade(t, url, nil)
	s, err := store.Open(t.Context(), store.WithMigrations(store.Options{URL: url, Node: "before", Lease: storetest.Lease}, later(t, 101)))
	if err != nil {
		t.Fatal(err)
	}
	upgrade(t, url, later(t, 101, 201))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// Ensure that a copy that stood still while all others were replaced twice does not go on.
func TestMigrate_PausedCopy(t *testing.T) {
	url := storetest.Postgres(t)
	paused := storetest.Open(t, url)
	db, _ := raw(t, url)
	if _, err := db.Exec(`UPDATE nodes SET lease_until = 1`); err != nil {
		t.Fatal(err)
	}
	upgrade(t, url, later(t, 101))
	upgrade(t, url, later(t, 101, 201))
	if err := paused.KeepLease(t.Context()); !errors.Is(err, store.ErrNewer) {
		t.Errorf("KeepLease after two releases: %v, want ErrNewer", err)
	}
}

// Ensure that of several copies that start at once, one migrates.
func TestMigrate_Together(t *testing.T) {
	url := storetest.Postgres(t)
	upgrade(t, url, nil)
	files := later(t, 101)
	errs := make(chan error)
	for i := range 4 {
		go func() {
			s, err := store.Open(t.Context(), store.WithMigrations(store.Options{URL: url, Node: fmt.Sprint(i)}, files))
			if err == nil {
				err = s.Close()
			}
			errs <- err
		}()
	}
	for range 4 {
		if err := <-errs; err != nil {
			t.Errorf("open: %v", err)
		}
	}
}

// Ensure that a SQLite file is copied aside whole before its tables change, also what stands in its log only; that two such
// copies are kept; and that nothing is copied when nothing changes or nothing is there.
func TestMigrate_Aside(t *testing.T) {
	url := storetest.SQLite(t)
	path := strings.TrimPrefix(url, "sqlite://")
	if log := upgrade(t, url, nil); log != "" {
		t.Errorf("the first start logs %s", log)
	}
	// A connection keeps what is written in the log when the store closes.
	keep, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = keep.Close() }()
	if _, err := keep.Exec(`INSERT INTO facts (name, value) VALUES ('kept', 'here')`); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path + "-wal"); err != nil || info.Size() == 0 {
		t.Fatalf("nothing stands in the log: %v", err)
	}
	if err := os.WriteFile(path+".before-101.1.part", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	log := upgrade(t, url, later(t, 101))
	if !strings.Contains(log, "database copied aside") || !strings.Contains(log, path+".before-101") {
		t.Errorf("the log does not say where the copy is: %s", log)
	}
	if log := upgrade(t, url, later(t, 101)); strings.Contains(log, "aside") {
		t.Errorf("a start without a change logs %s", log)
	}
	copied, err := sql.Open("sqlite", path+".before-101")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = copied.Close() }()
	var value string
	var version int
	if err := copied.QueryRow(`SELECT (SELECT value FROM facts WHERE name = 'kept'), (SELECT MAX(version_id) FROM goose_db_version)`).
		Scan(&value, &version); err != nil || value != "here" || version >= 101 {
		t.Errorf("the copy has %q at version %d, %v; want %q from before 101", value, version, err, "here")
	}
	upgrade(t, url, later(t, 101, 201))
	upgrade(t, url, later(t, 101, 201, 1001))
	var names []string
	files, err := filepath.Glob(path + ".before-*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		names = append(names, strings.TrimPrefix(f, path))
		if info, err := os.Stat(f); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, %v; want 0600", f, info.Mode(), err)
		}
	}
	slices.Sort(names)
	if want := []string{".before-1001", ".before-201"}; !slices.Equal(names, want) {
		t.Errorf("copies %q are kept, want %q", names, want)
	}
	// The copy is a database that the release before goes on with.
	if err := os.Rename(path+".before-201", path+".old"); err != nil {
		t.Fatal(err)
	}
	upgrade(t, "sqlite://"+path+".old", later(t, 101))
}

// Ensure that nothing is changed when the copy cannot be made.
func TestMigrate_AsideFails(t *testing.T) {
	url := storetest.SQLite(t)
	path := strings.TrimPrefix(url, "sqlite://")
	upgrade(t, url, nil)
	if err := os.Mkdir(path+".before-101", 0o700); err != nil {
		t.Fatal(err)
	}
	s, err := openAs(t, url, later(t, 101), nil)
	if err == nil {
		_ = s.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "nothing is changed yet") {
		t.Errorf("open: %v, want that nothing is changed", err)
	}
	if left, _ := filepath.Glob(path + "*.part"); len(left) > 0 {
		t.Errorf("%q is left", left)
	}
	upgrade(t, url, nil)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var version int
	if err := db.QueryRow(`SELECT MAX(version_id) FROM goose_db_version`).Scan(&version); err != nil || version >= 101 {
		t.Errorf("the tables are at %d, %v; want them as before", version, err)
	}
}
