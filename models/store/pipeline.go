package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// statement is one of several that are sent together.
type statement struct {
	text string
	args []any
	take func(scanner) error // of each row; nil gives none
}

const commit = "COMMIT"

// pipeline is a transaction of PostgreSQL's that sends statements together where it can: on a network, and with an idle
// server to wake, a round trip costs more than most statements. It begins with the first of them.
type pipeline struct {
	conn  *sql.Conn
	begun bool
}

// newPipeline takes a connection, which Commit and Rollback give back.
func newPipeline(ctx context.Context, db *sql.DB) (*pipeline, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &pipeline{conn: conn}, nil
}

// send runs statements in one round trip. After an error, those behind it are not run.
func (p *pipeline) send(ctx context.Context, statements ...statement) error {
	return p.conn.Raw(func(dc any) error {
		c, ok := dc.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("unknown driver %T", dc)
		}
		batch := &pgx.Batch{}
		if !p.begun {
			batch.Queue("BEGIN")
		}
		for _, s := range statements {
			batch.Queue(s.text, s.args...)
		}
		results := c.Conn().SendBatch(ctx, batch)
		if err := p.read(results, statements); err != nil {
			_ = results.Close() // it says the same
			return err
		}
		return results.Close()
	})
}

// read takes the results, in the order of the statements.
func (p *pipeline) read(results pgx.BatchResults, statements []statement) error {
	if !p.begun {
		if _, err := results.Exec(); err != nil {
			return err
		}
		p.begun = true
	}
	for _, s := range statements {
		if s.take == nil {
			tag, err := results.Exec()
			if err != nil {
				return err
			}
			if s.text == commit && tag.String() != commit {
				return errors.New("the transaction was broken, and is rolled back")
			}
			continue
		}
		rows, err := results.Query()
		if err != nil {
			return err
		}
		for rows.Next() {
			if err = s.take(rows); err != nil {
				break
			}
		}
		rows.Close()
		if err = errors.Join(err, rows.Err()); err != nil {
			return err
		}
	}
	return nil
}

// start begins the transaction if nothing has.
func (p *pipeline) start(ctx context.Context) error {
	if p.begun {
		return nil
	}
	return p.send(ctx)
}

// PrepareContext prepares a statement.
func (p *pipeline) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	if err := p.start(ctx); err != nil {
		return nil, err
	}
	return p.conn.PrepareContext(ctx, query)
}

// ExecContext runs a statement.
func (p *pipeline) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if err := p.start(ctx); err != nil {
		return nil, err
	}
	return p.conn.ExecContext(ctx, query, args...)
}

// QueryContext runs a statement that gives rows, which the caller closes.
func (p *pipeline) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := p.start(ctx); err != nil {
		return nil, err
	}
	return p.conn.QueryContext(ctx, query, args...)
}

// QueryRowContext runs a statement that gives one row.
func (p *pipeline) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if err := p.start(ctx); err != nil {
		failed, cancel := context.WithCancelCause(ctx)
		cancel(err)
		return p.conn.QueryRowContext(failed, query, args...)
	}
	return p.conn.QueryRowContext(ctx, query, args...)
}

// Commit commits.
func (p *pipeline) Commit() error { return p.commit(context.Background()) }

// commit runs the last statements and commits, in one round trip.
func (p *pipeline) commit(ctx context.Context, last ...statement) error {
	if !p.begun && len(last) == 0 {
		return p.conn.Close()
	}
	if err := p.send(ctx, append(last, statement{text: commit})...); err != nil {
		return errors.Join(err, p.Rollback())
	}
	return p.conn.Close()
}

// Rollback undoes the transaction. A connection that cannot is given up.
func (p *pipeline) Rollback() error {
	if p.begun {
		if _, err := p.conn.ExecContext(context.Background(), "ROLLBACK"); err != nil {
			_ = p.conn.Raw(func(any) error { return driver.ErrBadConn })
		}
	}
	if err := p.conn.Close(); err != nil && !errors.Is(err, sql.ErrConnDone) && !errors.Is(err, driver.ErrBadConn) {
		return fmt.Errorf("give connection back: %w", err)
	}
	return nil
}

var _ transaction = (*pipeline)(nil)
