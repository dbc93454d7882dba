package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Progress is how far a copy has come.
type Progress struct {
	Table       string
	Done, Total int64 // rows
}

// Copied is what a copy has carried over.
type Copied struct {
	Tables []Progress // in their order; Done and Total are equal
	// Mended counts the texts in which characters were replaced that PostgreSQL does not store: NUL, and broken UTF-8.
	Mended int64
}

// Rows returns the number of rows.
func (c Copied) Rows() (n int64) {
	for _, t := range c.Tables {
		n += t.Done
	}
	return n
}

// Copy carries all that the database at from has into the one at to, which must be empty: a SQLite file that is not there
// yet, or a PostgreSQL database without rows of ours. It is all there at the end, or nothing. No gateway may run on either
// of them. The tables are made as the source has them; a later release's source is refused. Which process owns what is not
// carried over: whoever starts on the copy goes on at once with what waits. progress, which may be nil, is called after
// each batch of rows.
func Copy(ctx context.Context, from, to string, progress func(Progress)) (done Copied, err error) {
	source, err := openSource(ctx, from, false)
	if err != nil {
		return Copied{}, fmt.Errorf("from: %w", err)
	}
	defer func() { err = errors.Join(err, source.close()) }()
	target, err := openTarget(ctx, to)
	if err != nil {
		return Copied{}, fmt.Errorf("to: %w", err)
	}
	defer target.discard()
	if done, err = transfer(ctx, source, target, progress); err != nil {
		return Copied{}, err
	}
	// Whoever started meanwhile has stored what is not in the copy.
	if err := source.unused(ctx); err != nil {
		return Copied{}, fmt.Errorf("from: %w", err)
	}
	if _, err := target.publish(); err != nil {
		return Copied{}, fmt.Errorf("to: %w", err)
	}
	return done, nil
}

// target is where rows are put. One goroutine uses it.
type target interface {
	// prepare makes the tables as they are at version, and makes sure that those to fill are empty.
	prepare(ctx context.Context, version int64, tables []table) error
	// load puts rows into a table and returns how many.
	load(ctx context.Context, t table, rows *rows) (int64, error)
	// count returns how many rows a table has.
	count(ctx context.Context, t table) (int64, error)
	// publish makes what was loaded last, and returns its size if that is known.
	publish() (size int64, err error)
	// discard undoes what is not published, and ends the target's use.
	discard()
}

// transfer carries all rows over.
func transfer(ctx context.Context, from *source, to target, progress func(Progress)) (Copied, error) {
	tables, err := tablesAt(ctx, from.version)
	if err != nil {
		return Copied{}, err
	}
	if err := to.prepare(ctx, from.version, tables); err != nil {
		return Copied{}, err
	}
	var done Copied
	for _, t := range tables {
		p := Progress{Table: t.name}
		if p.Total, err = from.count(ctx, t); err != nil {
			return Copied{}, err
		}
		r, err := from.rows(ctx, t)
		if err != nil {
			return Copied{}, err
		}
		r.tell = func(n int64) {
			if progress != nil {
				progress(Progress{Table: t.name, Done: n, Total: p.Total})
			}
		}
		p.Done, err = to.load(ctx, t, r)
		if err = errors.Join(err, r.close()); err != nil {
			return Copied{}, fmt.Errorf("copy %s: %w", t.name, err)
		}
		there, err := to.count(ctx, t)
		if err != nil {
			return Copied{}, err
		}
		if p.Done != p.Total || there != p.Total {
			return Copied{}, fmt.Errorf("copy %s: %d rows are there, %d were read, and %d arrived", t.name, p.Total, p.Done, there)
		}
		r.tell(p.Done)
		done.Tables, done.Mended = append(done.Tables, p), done.Mended+r.mended
	}
	return done, nil
}

// closeWithin is how long the end of a use may take when its context is over.
const closeWithin = 5 * time.Second
