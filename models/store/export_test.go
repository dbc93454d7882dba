package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"reflect"
	"slices"
	"strings"

	"patchbay/models"
)

// Cap lets the SQLite file grow by n pages and no more, as on a disk that is nearly full.
func (s *Store) Cap(n int) error {
	return s.Write(context.Background(), func(tx *Tx) error {
		var pages int
		if err := tx.state.Raw("PRAGMA page_count").Scan(&pages).Error; err != nil {
			return err
		}
		return tx.state.Raw(fmt.Sprintf("PRAGMA max_page_count = %d", pages+n)).Scan(&pages).Error
	})
}

// Disk stands between a store on SQLite and the flushes of its log.
type Disk struct {
	deferrer
	Asked chan struct{} // gets one for each flush
	Does  chan error    // gives what comes of it: nil is flushed
}

// Hold has each flush of the store's log wait for d. It is called before the first Write.
func (s *Store) Hold() *Disk {
	d := &Disk{deferrer: s.flusher.log, Asked: make(chan struct{}, 100), Does: make(chan error)}
	s.flusher.log = d
	return d
}

// Flush flushes if the disk is to.
func (d *Disk) Flush() error {
	d.Asked <- struct{}{}
	if err := <-d.Does; err != nil {
		return err
	}
	return d.deferrer.Flush()
}

// ReadSaid is Said from the database, whatever is remembered.
func (s *Store) ReadSaid(ctx context.Context, conversation int64, n int) ([]models.Message, error) {
	return s.readSaid(ctx, conversation, n)
}

// Remembers reports whether Said needs no database for the last n messages.
func (s *Store) Remembers(conversation int64, n int) bool {
	_, _, ok := s.talks.last(conversation, n)
	return ok
}

// WithMigrations returns o with another release's migrations.
func WithMigrations(o Options, files fs.FS) Options {
	o.migrations = files
	return o
}

// Migrations are the program's own.
func Migrations() fs.FS {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the name is fixed
	}
	return files
}

// Dial connects to address as a connection to the database at url does.
func Dial(ctx context.Context, url, address string) (net.Conn, error) {
	conf, err := parsePostgres(url)
	if err != nil {
		return nil, err
	}
	return conf.DialFunc(ctx, "tcp", address)
}

// Statements returns the statements that a store on SQLite has compiled, and still has.
func (s *Store) Statements() []string {
	var texts []string
	for _, c := range []*cache{s.writer.cache, s.reads.(*cache)} {
		c.mu.Lock()
		for text := range c.stmts {
			texts = append(texts, text)
		}
		c.mu.Unlock()
	}
	return texts
}

// Explain returns how SQLite would run a statement, a line a step.
func (s *Store) Explain(ctx context.Context, text string) (plan []string, err error) {
	args := make([]any, strings.Count(text, "?"))
	rows, err := s.read.QueryContext(ctx, "EXPLAIN QUERY PLAN "+text, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			return nil, err
		}
		plan = append(plan, step)
	}
	return plan, rows.Err()
}

// Together runs writes in one commit, as if all of them had waited.
func (s *Store) Together(needs []Need, fns ...func(*Tx) error) []error {
	batch := make([]*job, len(fns))
	for i, fn := range fns {
		batch[i] = &job{need: needs[i], fn: fn, done: make(chan error, 1)}
	}
	s.run(slices.Clone(batch))
	errs := make([]error, len(fns))
	for i, j := range batch {
		errs[i] = <-j.done
	}
	return errs
}

// CheckMemory returns how many conversations are remembered, and an error if one of them does not stand so in the database.
func (s *Store) CheckMemory(ctx context.Context) (n int, err error) {
	err = s.Write(ctx, func(tx *Tx) error { // the committer alone may look
		n = 0
		for _, half := range []map[int64]remembered{s.memory.chats.young, s.memory.chats.old} {
			for id, known := range half {
				fresh := newUnit(ctx, s, tx.sql)
				fresh.s = &Store{dialect: s.dialect, texts: s.texts} // without a memory
				for _, l := range known.lanes {
					stored, err := fresh.lane(l.laneKey)
					if err != nil {
						return err
					}
					if *stored != *l {
						return fmt.Errorf("lane %v is remembered as %+v, and is %+v", l.laneKey, *l, *stored)
					}
				}
				chat, err := fresh.chat(id)
				if err != nil {
					return err
				}
				if known.chat != nil && !reflect.DeepEqual(chat, known.chat) {
					return fmt.Errorf("conversation %d is remembered as %+v, and is %+v", id, known.chat, chat)
				}
				n++
			}
		}
		return nil
	})
	return n, err
}

// CountEntries returns how many entries there are.
func (s *Store) CountEntries(ctx context.Context) (n int, err error) {
	err = s.read.QueryRowContext(ctx, "SELECT COUNT(*) FROM entries").Scan(&n)
	return n, err
}
