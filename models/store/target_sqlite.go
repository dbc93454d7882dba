package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// openTarget opens the database that a copy goes to.
func openTarget(ctx context.Context, url string) (target, error) {
	scheme, path, _ := strings.Cut(url, "://")
	switch scheme {
	case "sqlite":
		return newSQLiteTarget(ctx, path)
	case "postgres", "postgresql":
		return openPostgresTarget(ctx, url)
	}
	return nil, fmt.Errorf("store url: %q is neither sqlite:// nor postgres://", scheme)
}

// sqliteTarget is a SQLite file in the making.
type sqliteTarget struct {
	part *part
	db   *sql.DB
	tx   *sql.Tx
}

func newSQLiteTarget(ctx context.Context, path string) (t *sqliteTarget, err error) {
	if path == "" {
		return nil, errors.New("sqlite:// needs a path behind it")
	}
	made, err := newPart(path, false)
	if err != nil {
		return nil, err
	}
	t = &sqliteTarget{part: made}
	defer func() {
		if err != nil {
			made.discard()
		}
	}()
	// Until the file is whole it needs neither a log nor a flush: it is thrown away when something fails.
	dsn := "file:" + (&url.URL{Path: t.part.name}).EscapedPath() +
		"?_pragma=journal_mode(OFF)&_pragma=synchronous(OFF)&_pragma=locking_mode(EXCLUSIVE)&_pragma=cache_size(-64000)"
	if t.db, err = sql.Open("sqlite", dsn); err != nil {
		return nil, fmt.Errorf("make %s: %w", path, err)
	}
	t.db.SetMaxOpenConns(1)
	if err := t.db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("make %s: %w", path, err), t.db.Close())
	}
	return t, nil
}

func (t *sqliteTarget) prepare(ctx context.Context, version int64, _ []table) (err error) {
	if err := (schema{db: t.db, dialect: sqliteDialect}).upTo(ctx, version); err != nil {
		return err
	}
	if t.tx, err = t.db.BeginTx(ctx, nil); err != nil {
		return fmt.Errorf("make %s: %w", t.part.path, err)
	}
	return nil
}

func (t *sqliteTarget) load(ctx context.Context, to table, r *rows) (n int64, err error) {
	insert, err := t.tx.PrepareContext(ctx, `INSERT INTO `+quoted(to.name)+` (`+quotedAll(to.columns)+ // #nosec G202 -- our own names
		`) VALUES (?`+strings.Repeat(", ?", len(to.columns)-1)+`)`)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, insert.Close()) }()
	for r.Next() {
		values, err := r.Values()
		if err != nil {
			return n, err
		}
		if _, err := insert.ExecContext(ctx, values...); err != nil {
			return n, err
		}
		n++
	}
	return n, r.Err()
}

func (t *sqliteTarget) count(ctx context.Context, of table) (n int64, err error) {
	if err := t.tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM `+quoted(of.name)).Scan(&n); err != nil { // #nosec G202 -- our own names
		return 0, fmt.Errorf("count %s: %w", of.name, err)
	}
	return n, nil
}

func (t *sqliteTarget) publish() (size int64, err error) {
	if err := t.tx.Commit(); err != nil {
		return 0, fmt.Errorf("write %s: %w", t.part.path, err)
	}
	if err := t.db.Close(); err != nil {
		return 0, fmt.Errorf("write %s: %w", t.part.path, err)
	}
	return t.part.publish()
}

func (t *sqliteTarget) discard() {
	if t.tx != nil {
		_ = t.tx.Rollback()
	}
	_ = t.db.Close()
	t.part.discard()
}

var _ target = (*sqliteTarget)(nil)
