package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
)

// source is a database at one instant, for reading.
type source struct {
	db      *sql.DB
	tx      *sql.Tx // everything is read in it, so that all of it is of one instant
	dialect dialect
	lock    *fileLock // of a SQLite file that nobody else may have open
	version int64     // of its tables
}

// openSource opens a database for reading. inUse allows that a gateway runs on it.
func openSource(ctx context.Context, url string, inUse bool) (s *source, err error) {
	s = &source{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	scheme, path, _ := strings.Cut(url, "://")
	switch scheme {
	case "sqlite":
		err = s.openSQLite(ctx, path, inUse)
	case "postgres", "postgresql":
		err = s.openPostgres(ctx, url)
	default:
		err = fmt.Errorf("store url: %q is neither sqlite:// nor postgres://", scheme)
	}
	if err != nil {
		return s, err
	}
	if s.version, err = appliedVersion(ctx, s.tx, s.dialect); err != nil {
		return s, err
	}
	if s.version == 0 {
		return s, errors.New("is no database of Patchbay")
	}
	if !inUse {
		return s, s.unused(ctx)
	}
	return s, nil
}

func (s *source) openSQLite(ctx context.Context, path string, inUse bool) (err error) {
	s.dialect = sqliteDialect
	if s.db, err = openReadOnly(ctx, path); err != nil {
		return err
	}
	if !inUse {
		if s.lock, err = lockFile(path); err != nil {
			return err
		}
	}
	s.tx, err = s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	return nil
}

func (s *source) openPostgres(ctx context.Context, url string) error {
	s.dialect = postgresDialect
	conf, err := patientConfig(url)
	if err != nil {
		return err
	}
	s.db = stdlib.OpenDB(*conf)
	s.tx, err = s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead})
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	return nil
}

// patientConfig returns how to connect to PostgreSQL for work that takes as long as it takes.
func patientConfig(url string) (*pgx.ConnConfig, error) {
	conf, err := parsePostgres(url)
	if err != nil {
		return nil, err
	}
	conf.RuntimeParams["statement_timeout"] = "0"
	conf.RuntimeParams["idle_in_transaction_session_timeout"] = "0"
	conf.RuntimeParams["lock_timeout"] = lockTimeout
	return conf, nil
}

// unused returns an error when a gateway runs on the database. SQLite's lock has told that already.
func (s *source) unused(ctx context.Context) error {
	if s.dialect == sqliteDialect {
		return nil
	}
	node, err := liveNode(ctx, s.db) // not in the transaction, which sees the past
	if err != nil {
		return err
	}
	if node != "" {
		return fmt.Errorf("a gateway runs on the database (node %s): stop it, or what it stores from now on is not in the copy", node)
	}
	return nil
}

// count returns how many rows a table has.
func (s *source) count(ctx context.Context, t table) (n int64, err error) {
	if err := s.tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM `+quoted(t.name)).Scan(&n); err != nil { // #nosec G202 -- our own names
		return 0, fmt.Errorf("count %s: %w", t.name, err)
	}
	return n, nil
}

// rows reads a table, one row after the other. The caller closes them.
func (s *source) rows(ctx context.Context, t table) (*rows, error) {
	columns := quotedAll(t.columns)
	if t.name == "lanes" {
		columns = strings.Replace(columns, quoted("owner"), `''`, 1) // free
	}
	order := ""
	if s.dialect == postgresDialect && slices.Contains(t.columns, "at") {
		order = ` ORDER BY "at"` // in SQLite, retention looks for the oldest rows where the table begins
	}
	found, err := s.tx.QueryContext(ctx, `SELECT `+columns+` FROM `+quoted(t.name)+order) // #nosec G202 -- our own names
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", t.name, err)
	}
	return &rows{found: found, table: t}, nil
}

func (s *source) close() error {
	var errs []error
	if s.tx != nil {
		if err := s.tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
			errs = append(errs, err)
		}
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	return errors.Join(append(errs, s.lock.release())...)
}

// quoted returns a name of ours for use in a statement.
func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func quotedAll(names []string) string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = quoted(name)
	}
	return strings.Join(all, ", ")
}

// tellEvery is after how many rows a copy tells how far it is.
const tellEvery = 10_000

// rows are the rows of a table on their way. They meet pgx.CopyFromSource.
type rows struct {
	found  *sql.Rows
	table  table
	tell   func(done int64)
	done   int64
	mended int64
	types  []uint32 // of PostgreSQL's columns that the values are for
	values []any
	err    error
}

// Next goes to the next row.
func (r *rows) Next() bool {
	if r.err != nil || !r.found.Next() {
		return false
	}
	r.values = make([]any, len(r.table.columns))
	into := make([]any, len(r.values))
	for i := range into {
		into[i] = &r.values[i]
	}
	if r.err = r.found.Scan(into...); r.err != nil {
		return false
	}
	if r.done++; r.done%tellEvery == 0 {
		r.tell(r.done)
	}
	return true
}

// Values returns the row.
func (r *rows) Values() ([]any, error) {
	for i, kind := range r.types {
		r.values[i] = r.fit(r.values[i], kind)
	}
	return r.values, nil
}

// Err returns why there are no more rows, nil if they are over.
func (r *rows) Err() error {
	if r.err != nil {
		return r.err
	}
	return r.found.Err()
}

func (r *rows) close() error { return r.found.Close() }

// fit turns a value of SQLite, whose columns take any type, into one of a column of PostgreSQL.
func (r *rows) fit(v any, kind uint32) any {
	if b, ok := v.([]byte); ok && kind != pgtype.ByteaOID {
		v = string(b)
	}
	switch x := v.(type) {
	case int64:
		if kind == pgtype.BoolOID {
			return x != 0
		}
	case string:
		if clean := strings.ReplaceAll(strings.ToValidUTF8(x, "\uFFFD"), "\x00", "\uFFFD"); clean != x {
			r.mended++
			return clean
		}
	}
	return v
}

var _ pgx.CopyFromSource = (*rows)(nil)
