package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"patchbay/models/store"
	"patchbay/models/store/scratch"
)

// The kinds of database.
const (
	onSQLite   = "sqlite"
	onPostgres = "postgres"
)

// database is what a measurement is made on.
type database struct {
	kind string
	full bool // as --fill says
}

// String returns the name in the figures.
func (d database) String() string {
	if d.full {
		return d.kind + "-full"
	}
	return d.kind
}

// fill is how full a full database is.
type fill struct{ chats, each int }

func parseFill(text string) (f fill, err error) {
	if text == "" {
		return f, nil
	}
	var rest string
	if n, _ := fmt.Sscanf(text+" ", "%dx%d%s", &f.chats, &f.each, &rest); n != 2 || f.chats < 1 || f.each < 1 {
		return f, fmt.Errorf("--fill takes chats x messages of each, such as 100000x20; not %q", text)
	}
	return f, nil
}

// template is a full database that is copied for each measurement.
type template struct {
	url  string
	drop func() error
}

// database makes a database for one measurement.
func (r *run) database(ctx context.Context, on database, dir string) (url string, drop func() error, err error) {
	var full template
	if on.full {
		if full, err = r.template(ctx, on.kind); err != nil {
			return "", nil, err
		}
	}
	if on.kind == onPostgres {
		return r.postgres(ctx, full.url)
	}
	file := filepath.Join(dir, "patchbay.db")
	if on.full {
		if err := clone(file, fileOf(full.url)); err != nil {
			return "", nil, err
		}
	}
	return "sqlite://" + file, func() error { return nil }, nil
}

func (r *run) postgres(ctx context.Context, template string) (url string, drop func() error, err error) {
	url, durable, gone, err := scratch.Postgres(ctx, r.o.Postgres, template)
	if err != nil {
		return "", nil, err
	}
	if !durable {
		r.say("This PostgreSQL does not flush its commits (fsync or synchronous_commit is off): its figures do not count.")
	}
	return url, func() error { return gone(context.WithoutCancel(ctx)) }, nil
}

// template fills a database of the kind, once.
func (r *run) template(ctx context.Context, kind string) (t template, err error) {
	if t, ok := r.full[kind]; ok {
		return t, nil
	}
	start := time.Now()
	t = template{url: "sqlite://" + filepath.Join(r.dir, "full.db"), drop: func() error { return nil }}
	if kind == onPostgres {
		if t.url, t.drop, err = r.postgres(ctx, ""); err != nil {
			return t, err
		}
	}
	r.full[kind] = t
	s, err := store.Open(ctx, store.Options{URL: t.url, Node: "bench"}) // makes the tables
	if err != nil {
		return t, err
	}
	if err := s.Close(); err != nil {
		return t, err
	}
	err = scratch.Fill(ctx, t.url, scratch.Load{
		Chats: r.fill.chats, Each: r.fill.each, Channel: "webhook/bench", Now: start,
		Address:  func(chat int) string { return fmt.Sprintf("c%d", chat) },
		Question: func(chat, n int) string { return questions[(chat+n)%len(questions)] },
	})
	if err != nil {
		return t, err
	}
	r.say("A database of %s with %d chats and %d messages was made in %.0f s", kind, r.fill.chats, r.fill.chats*r.fill.each, time.Since(start).Seconds())
	return t, nil
}

func (r *run) dropTemplates() error {
	var errs []error
	for _, t := range r.full {
		errs = append(errs, t.drop())
	}
	return errors.Join(errs...)
}

func fileOf(url string) string { return url[len("sqlite://"):] }

// clone copies a file.
func clone(to, from string) (err error) {
	in, err := os.Open(from) // #nosec G304 -- our own
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) // #nosec G304 -- our own
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.Sync()
}
