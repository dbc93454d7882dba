package faq

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	_ "modernc.org/sqlite" // the driver "sqlite", with FTS5
)

// candidates is how many entries are looked at closely.
const candidates = 32

// open fills the full-text table.
func (x *index) open(ctx context.Context) (err error) {
	if x.db, err = sql.Open("sqlite", ":memory:"); err != nil {
		return err
	}
	// A database in memory belongs to its connection: there is one, and it is never given up.
	x.db.SetMaxOpenConns(1)
	x.db.SetConnMaxIdleTime(0)
	x.db.SetConnMaxLifetime(0)
	tx, err := x.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a Commit it does nothing
	if _, err := tx.ExecContext(ctx, `CREATE VIRTUAL TABLE faq USING fts5 (question, answer, tokenize = 'ascii')`); err != nil {
		return err
	}
	insert, err := tx.PrepareContext(ctx, `INSERT INTO faq (rowid, question, answer) VALUES (?, ?, ?)`)
	if err != nil {
		return err
	}
	defer func() { _ = insert.Close() }()
	for i, e := range x.entries {
		if _, err := insert.ExecContext(ctx, i+1, numbers(e.union), numbers(e.answer)); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	x.find, err = x.db.PrepareContext(ctx,
		`SELECT rowid FROM faq WHERE faq MATCH ? ORDER BY bm25(faq, 10, 1), rowid LIMIT ?`)
	return err
}

// numbers writes a set of terms as text, in their order.
func numbers(ids map[int]bool) string {
	var b strings.Builder
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		b.WriteString(strconv.Itoa(id))
		b.WriteByte(' ')
	}
	return b.String()
}

// lookup returns the entries that have one of the terms, the likeliest first.
func (x *index) lookup(ctx context.Context, ids map[int]bool) ([]int, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	query := strings.ReplaceAll(strings.TrimSpace(numbers(ids)), " ", " OR ")
	// An interrupted query may cost the connection, and with it the index; this one takes less than a millisecond.
	rows, err := x.find.QueryContext(context.WithoutCancel(ctx), query, candidates)
	if err != nil {
		return nil, fmt.Errorf("full-text search: %w", err)
	}
	defer func() { _ = rows.Close() }() // rows.Err tells
	var found []int
	for rows.Next() {
		var rowid int
		if err := rows.Scan(&rowid); err != nil {
			return nil, fmt.Errorf("full-text search: %w", err)
		}
		found = append(found, rowid-1)
	}
	return found, rows.Err()
}

// close releases the database.
func (x *index) close() error {
	if x.db == nil {
		return nil
	}
	return x.db.Close()
}
