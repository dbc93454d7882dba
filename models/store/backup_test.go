package store_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"patchbay/models"
	"patchbay/models/store"
	"patchbay/models/store/storetest"
)

// Ensure that a backup of a database in use has all that was stored before it, is one file for its owner alone, and does not
// go over another.
func TestBackup(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		upgrade(t, url, nil)
		fill(t, url, 50)
		s := storetest.Open(t, url)
		write(t, s, func(tx *store.Tx) error { _, err := tx.Seen("last", 1); return err })
		want := dump(t, url)
		path := filepath.Join(t.TempDir(), "backup.db")
		size, err := store.Backup(t.Context(), url, path, nil)
		if err != nil {
			t.Fatalf("Backup: %v", err)
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 || info.Size() != size {
			t.Errorf("the backup has mode %v and %d bytes, %v; want 0600 and %d", info.Mode(), info.Size(), err, size)
		}
		same(t, dump(t, "sqlite://"+path), want)
		if files, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); len(files) != 1 {
			t.Errorf("files are %q, want one", files)
		}
		if _, err := store.Backup(t.Context(), url, path, nil); !errors.Is(err, fs.ErrExist) {
			t.Errorf("Backup over a file: %v, want that it exists", err)
		}
		if _, err := store.Backup(t.Context(), url, filepath.Join(path, "no", "folder"), nil); err == nil {
			t.Error("Backup into no folder ends well")
		}
		write(t, s, func(tx *store.Tx) error { _, err := tx.Seen("after", 1); return err })
	})
}

// Ensure that a backup while others write is of one instant: a write is in it whole or not at all.
func TestBackup_WhileWriting(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		// So many are written for each backup: with more of them, those to come take ever longer on a slow machine.
		const most = 300
		more, writes := make(chan struct{}), make(chan struct{}, 1)
		go func() {
			defer close(ended)
			for i := int64(1); ctx.Err() == nil; i++ {
				if i%most == 1 {
					select {
					case <-more:
					case <-ctx.Done():
					}
				}
				_ = s.Write(ctx, func(tx *store.Tx) error {
					if _, err := tx.Seen(fmt.Sprint("k", i), 1); err != nil {
						return err
					}
					return tx.Append(i, models.LaneOut, "a", models.Entry{Verb: models.VerbSend}, 1)
				})
				select {
				case writes <- struct{}{}:
				default:
				}
			}
		}()
		for i := range 5 {
			go func() {
				select {
				case more <- struct{}{}:
				case <-ctx.Done():
				}
			}()
			<-writes
			path := filepath.Join(t.TempDir(), "backup.db")
			if _, err := store.Backup(t.Context(), url, path, nil); err != nil {
				t.Fatalf("Backup: %v", err)
			}
			db, _ := raw(t, "sqlite://"+path)
			var seen, lanes, entries int
			var check string
			if err := db.QueryRow(`SELECT (SELECT COUNT(*) FROM seen), (SELECT COUNT(*) FROM lanes), (SELECT COUNT(*) FROM entries)`).
				Scan(&seen, &lanes, &entries); err != nil || seen != lanes || seen != entries || seen == 0 {
				t.Errorf("backup %d has %d, %d and %d rows, %v; want as many of each", i, seen, lanes, entries, err)
			}
			if err := db.QueryRow(`PRAGMA integrity_check`).Scan(&check); err != nil || check != "ok" {
				t.Errorf("backup %d: integrity_check = %s, %v", i, check, err)
			}
		}
		cancel()
		<-ended
	})
}

// Ensure that a backup is made of what a process that was killed left behind, its log included, and of nothing else.
func TestBackup_AfterKill(t *testing.T) {
	url := storetest.SQLite(t)
	path := strings.TrimPrefix(url, "sqlite://")
	s := storetest.Open(t, url)
	write(t, s, func(tx *store.Tx) error { _, err := tx.Seen("k", 1); return err })
	dir := t.TempDir()
	left := filepath.Join(dir, "patchbay.db")
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(left+suffix, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	backup := filepath.Join(dir, "backup.db")
	if _, err := store.Backup(t.Context(), "sqlite://"+left, backup, nil); err != nil {
		t.Fatal(err)
	}
	if got := dump(t, "sqlite://"+backup)["seen"]; len(got) != 1 {
		t.Errorf("seen = %v, want one key", got)
	}
	for _, none := range []string{"sqlite://" + filepath.Join(dir, "none.db"), "sqlite://", "nothing"} {
		if _, err := store.Backup(t.Context(), none, filepath.Join(dir, "none.backup"), nil); err == nil {
			t.Errorf("Backup of %q ends well", none)
		}
	}
}
