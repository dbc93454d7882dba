package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
)

// SQLite compiles a statement each time it is run, which costs about as much as running it, and its driver keeps no
// compiled ones. These caches do, by the statement's text, for gorm's statements and for ours. PostgreSQL's driver has a
// cache of its own.

// cacheMost is how many compiled statements a cache keeps. Texts with lists of many lengths could fill it; what comes after
// that is run without it.
const cacheMost = 512

// session is a transaction under way, in the form that gorm takes too.
type session interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// transaction is a session with its end.
type transaction interface {
	session
	Commit() error
	Rollback() error
}

// cache runs statements compiled once.
type cache struct {
	session // runs what is not kept

	mu    sync.Mutex
	stmts map[string]*sql.Stmt
}

// stmt returns the compiled statement, nil when the cache is full.
func (c *cache) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if stmt := c.stmts[query]; stmt != nil || len(c.stmts) >= cacheMost {
		return stmt, nil
	}
	stmt, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if c.stmts == nil {
		c.stmts = map[string]*sql.Stmt{}
	}
	c.stmts[query] = stmt
	return stmt, nil
}

// close forgets all statements, when nobody runs one any more.
func (c *cache) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var errs []error
	for query, stmt := range c.stmts {
		delete(c.stmts, query)
		errs = append(errs, stmt.Close())
	}
	return errors.Join(errs...)
}

// ExecContext runs a statement.
func (c *cache) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	stmt, err := c.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	if stmt == nil {
		return c.session.ExecContext(ctx, query, args...)
	}
	return stmt.ExecContext(ctx, args...)
}

// QueryContext runs a statement that gives rows, which the caller closes.
func (c *cache) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := c.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	if stmt == nil {
		return c.session.QueryContext(ctx, query, args...)
	}
	return stmt.QueryContext(ctx, args...)
}

// QueryRowContext runs a statement that gives one row.
func (c *cache) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	stmt, err := c.stmt(ctx, query)
	if err != nil || stmt == nil {
		return c.session.QueryRowContext(ctx, query, args...) // what does not compile says so in its Scan
	}
	return stmt.QueryRowContext(ctx, args...)
}

// readCache returns a cache over a pool: each statement is compiled once a connection.
func readCache(db *sql.DB) *cache { return &cache{session: db} }

// snapshots are connections that read all as it stood at one moment.
type snapshots chan *writer

// newSnapshots has n connections of the pool, made when they are needed.
func newSnapshots(db *sql.DB, n int) snapshots {
	s := make(snapshots, n)
	for range n {
		s <- &writer{db: db, start: "BEGIN"}
	}
	return s
}

// take waits for a connection and begins a transaction that reads.
func (s snapshots) take(ctx context.Context) (*writer, error) {
	select {
	case w := <-s:
		if _, err := w.begin(context.WithoutCancel(ctx)); err != nil {
			s <- w
			return nil, err
		}
		return w, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// give ends the transaction. Nothing was written, so that an error of it says no more than that the connection is gone.
func (s snapshots) give(w *writer) {
	if err := w.Rollback(); err != nil {
		_ = w.drop()
	}
	s <- w
}

// close gives the connections up, when nobody reads any more.
func (s snapshots) close() error {
	var errs []error
	for range cap(s) {
		errs = append(errs, (<-s).drop())
	}
	return errors.Join(errs...)
}

// writer is SQLite's one writing connection. Its transactions are begun and ended by statements of their own, because
// those of database/sql would compile every statement anew. Only the committer uses it.
type writer struct {
	db    *sql.DB
	conn  *sql.Conn
	start string // how a transaction begins
	*cache
}

// begin begins a transaction.
func (w *writer) begin(ctx context.Context) (transaction, error) {
	if w.conn == nil {
		conn, err := w.db.Conn(ctx)
		if err != nil {
			return nil, err
		}
		w.conn, w.cache = conn, &cache{session: conn}
	}
	if _, err := w.ExecContext(ctx, w.start); err != nil {
		return nil, errors.Join(err, w.drop())
	}
	return w, nil
}

// Commit commits. When that fails the transaction is rolled back.
func (w *writer) Commit() error {
	if _, err := w.ExecContext(context.Background(), "COMMIT"); err != nil {
		return errors.Join(err, w.Rollback())
	}
	return nil
}

// Rollback undoes the transaction. When that fails the connection is given up: the next transaction opens a new one.
func (w *writer) Rollback() error {
	if _, err := w.ExecContext(context.Background(), "ROLLBACK"); err != nil {
		// SQLite rolls back by itself after some errors, a full disk among them: https://sqlite.org/lang_transaction.html
		return errors.Join(fmt.Errorf("roll back: %w", err), w.drop())
	}
	return nil
}

// drop gives the connection up.
func (w *writer) drop() error {
	if w.conn == nil {
		return nil
	}
	err := errors.Join(w.close(), w.conn.Close())
	w.conn = nil
	return err
}

var (
	_ transaction = (*writer)(nil)
	_ transaction = (*sql.Tx)(nil)
	_ session     = (*cache)(nil)
)
