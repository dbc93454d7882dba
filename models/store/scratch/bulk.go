package scratch

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite" // registers the driver "sqlite"
)

func isPostgres(address string) bool { return strings.HasPrefix(address, "postgres") }

// rowsAtOnce is how many rows one statement inserts: fewer than SQLite's limit of 32,766 values allows.
// https://www.sqlite.org/limits.html#max_variable_number
const rowsAtOnce = 100

// fillSQLite inserts table by table, without waiting for the disk: a file that is half full is thrown away.
func fillSQLite(ctx context.Context, address string, tables []table) (err error) {
	path := strings.TrimPrefix(address, "sqlite://")
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)&_pragma=cache_size(-200000)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	for _, t := range tables {
		if err := t.insert(ctx, db); err != nil {
			return errors.Join(errors.New(t.name), err)
		}
	}
	_, err = db.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`) // the file alone is the database: it can be copied
	return err
}

// insert fills one table of SQLite, in one transaction.
func (t table) insert(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after the commit
	one := "(" + strings.Repeat("?,", len(t.columns)-1) + "?)"
	values := func(n int) string { return strings.Repeat(one+",", n-1) + one }
	into := "INSERT INTO " + t.name + " (" + strings.Join(t.columns, ",") + ") VALUES "
	many, err := tx.PrepareContext(ctx, into+values(rowsAtOnce))
	if err != nil {
		return err
	}
	defer func() { _ = many.Close() }()
	args := make([]any, 0, rowsAtOnce*len(t.columns))
	for i := range t.rows {
		args = append(args, t.row(i)...)
		if len(args) == cap(args) {
			if _, err := many.ExecContext(ctx, args...); err != nil {
				return err
			}
			args = args[:0]
		}
	}
	if n := len(args) / len(t.columns); n > 0 {
		if _, err := tx.ExecContext(ctx, into+values(n), args...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// fillPostgres copies table by table and has the planner look at them.
func fillPostgres(ctx context.Context, address string, tables []table) error {
	return admin(ctx, address, func(c *pgx.Conn) error {
		for _, t := range tables {
			i := 0
			_, err := c.CopyFrom(ctx, pgx.Identifier{t.name}, t.columns, pgx.CopyFromFunc(func() ([]any, error) {
				if i == t.rows {
					return nil, nil
				}
				i++
				return t.row(i - 1), nil
			}))
			if err != nil {
				return errors.Join(errors.New(t.name), err)
			}
		}
		_, err := c.Exec(ctx, `VACUUM ANALYZE`)
		return err
	})
}
