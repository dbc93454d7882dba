package store_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"time"

	"patchbay/models"
	"patchbay/models/store"
	"patchbay/models/store/storetest"
)

// Ensure that nothing of a write is kept when SQLite gave the whole transaction up inside a Try, as it does when the disk
// is full.
func TestTry_FullDisk(t *testing.T) {
	url := storetest.SQLite(t)
	s := storetest.Open(t, url)
	if err := s.Cap(2); err != nil {
		t.Fatal(err)
	}
	err := s.Write(t.Context(), func(tx *store.Tx) error {
		if _, err := tx.Seen("before", 1); err != nil {
			return err
		}
		_ = tx.Try(func(tx *store.Tx) error {
			_, err := tx.Seen(strings.Repeat("k", 200_000), 1)
			return err
		})
		_, err := tx.Seen("after", 1)
		return err
	})
	db, open := sql.Open("sqlite", strings.TrimPrefix(url, "sqlite://"))
	if open != nil {
		t.Fatal(open)
	}
	defer func() { _ = db.Close() }()
	kept := 0
	if err := db.QueryRow("SELECT COUNT(*) FROM seen").Scan(&kept); err != nil {
		t.Fatal(err)
	}
	if err == nil || kept != 0 {
		t.Errorf("Write on a full disk: %v, and %d keys are kept; want an error and none", err, kept)
	}
}

// Ensure that a row that somebody else holds delays its own chat, and another's by no more than the timeout.
func TestWrite_LockedRow(t *testing.T) {
	url := storetest.Postgres(t)
	s := storetest.Open(t, url)
	appendEntries(t, s, 1, models.LaneOut, "a", "m1")
	appendEntries(t, s, 2, models.LaneOut, "a", "m1")
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	holder, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := holder.Exec("SELECT 1 FROM lanes WHERE conversation = 1 FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	add := func(conversation int64, within time.Duration) error {
		ctx, cancel := context.WithTimeout(t.Context(), within)
		defer cancel()
		return s.Write(ctx, func(tx *store.Tx) error {
			return tx.Append(conversation, models.LaneOut, "a", models.Entry{Verb: models.VerbSend}, 1)
		})
	}
	if err := add(1, 100*time.Millisecond); err == nil {
		t.Error("a write to the row that is held succeeds")
	}
	if err := add(2, 20*time.Second); err != nil {
		t.Errorf("a write to another chat: %v", err)
	}
	if err := holder.Rollback(); err != nil {
		t.Fatal(err)
	}
}
