package store_test

import (
	"database/sql"
	"fmt"
	"testing"

	"patchbay/models"
	"patchbay/models/store"
	"patchbay/models/store/storetest"
)

// Ensure that PostgreSQL looks up what a message needs also by the plans that it made while its tables were empty.
func TestPlansPostgres_New(t *testing.T) {
	const chats, account = 2000, "webhook/shop"
	url := storetest.Postgres(t)
	s := storetest.Open(t, url)
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if _, err := db.ExecContext(t.Context(), `ANALYZE`); err != nil {
		t.Fatal(err)
	}
	needs := []store.Need{
		{Chat: 1, Decide: true},
		{Account: account, Addresses: []string{"c1"}},
		{Account: account, Receipts: []string{"p1"}},
	}
	ask := func() {
		for _, need := range needs {
			if err := s.WriteFor(t.Context(), need, func(*store.Tx) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
	}
	ask() // makes the plans
	write(t, s, func(tx *store.Tx) error {
		for id := int64(1); id <= chats; id++ {
			name := fmt.Sprintf("c%d", id)
			if err := tx.Create(&models.Conversation{ID: id, Account: account, Address: name}); err != nil {
				return err
			}
			if err := tx.Bind(account, []string{name}, id); err != nil {
				return err
			}
			if err := tx.AppendEvent(id, models.Event{Type: models.CustomerWrote}); err != nil {
				return err
			}
			if _, err := tx.PutReceipt(models.Receipt{Account: account, PlatformID: fmt.Sprintf("p%d", id), State: models.Delivered}); err != nil {
				return err
			}
		}
		return nil
	})
	for range 20 {
		ask()
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for table, n := range indexRead(t, db) {
		if n > 10*chats {
			t.Errorf("%d rows of %s were read, those of %d chats to write them and those of one for %d questions", n, table, chats, 20*len(needs))
		}
	}
}

// indexRead returns how many rows of each table were read by an index.
func indexRead(t *testing.T, db *sql.DB) map[string]int64 {
	t.Helper()
	return counts(t, db, `SELECT relname, SUM(idx_tup_read)::bigint FROM pg_stat_user_indexes GROUP BY relname`)
}
