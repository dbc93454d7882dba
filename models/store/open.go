package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
	_ "modernc.org/sqlite" // registers the driver "sqlite", which needs no C compiler

	"patchbay/models"
	"patchbay/models/store/wal"
)

// Options are what a Store is opened with.
type Options struct {
	URL  string       // sqlite://PATH or postgres://USER:PASS@HOST/DB
	Node string       // this process's name among the owners of lanes; unique for each start
	Log  *slog.Logger // nil discards
	// Lease is how long a node that says nothing keeps its lanes; 0 is 3 s. SQLite has one node and needs none.
	Lease time.Duration

	migrations fs.FS // nil is the program's own
}

// Store is the database. It is used by many goroutines at once.
type Store struct {
	write     *sql.DB // SQLite: one connection
	read      *sql.DB
	base      *gorm.DB // a transaction's gorm is made from it
	reader    *gorm.DB // over read
	dialect   dialect
	lease     time.Duration
	knows     int64 // PostgreSQL: the last migration that this program has
	tenure    tenure
	keeper    *keeper         // PostgreSQL's
	side      *sql.DB         // PostgreSQL's, for leases and bells: no commit that waits holds them up
	address   *pgx.ConnConfig // PostgreSQL's, for the connection that listens
	pending   *bellbox
	heard     func(Bell)
	log       *slog.Logger
	texts     [queryCount]string
	puts      [putCount]string
	handfuls  [putCount]string // SQLite's
	writer    *writer          // SQLite's
	flusher   *flusher         // SQLite's
	traffic   traffic          // PostgreSQL's
	reads     session          // over read
	snapshots snapshots        // SQLite's
	room      room             // SQLite's
	memory    *memory          // SQLite's
	talks     *talks           // SQLite's
	addresses *addresses
	guesses   *guesses
	rush      atomic.Bool  // arrivals wait to be sorted: on PostgreSQL, as far as this copy knows
	walked    atomic.Int64 // the last conversation that retention looked at
	jobs      chan *job
	quit      chan struct{}
	done      chan struct{}
	lock      *fileLock
	changed   func([]Hint)
	places    func(Hint, models.Stamp) Place
}

type dialect int

const (
	sqliteDialect dialect = iota
	postgresDialect
)

// ErrClosed is returned by a Write after Close.
var ErrClosed = errors.New("store is closed")

const (
	readConnections     = 4
	snapshotConnections = 2  // of them
	postgresConnections = 16 // 16 connections beat 64 on a machine with few cores
	sideConnections     = 2
	defaultLease        = 3 * time.Second
)

// Open opens the database, brings its tables up to date and starts the committer. The caller calls Close. A SQLite file
// that another process has open is refused with that process's id.
func Open(ctx context.Context, o Options) (*Store, error) {
	s := &Store{
		lease: o.Lease, log: o.Log, pending: newBellbox(), addresses: newAddresses(), guesses: newGuesses(),
		jobs: make(chan *job, queueMost), quit: make(chan struct{}), done: make(chan struct{}),
	}
	s.tenure.base, s.tenure.fresh = o.Node, make(chan struct{})
	s.keeper = newKeeper(s)
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.lease == 0 {
		s.lease = defaultLease
	}
	if err := s.connect(ctx, o); err != nil {
		return nil, errors.Join(err, s.disconnect())
	}
	s.spell()
	if err := s.learnRush(ctx); err != nil {
		return nil, errors.Join(err, s.disconnect())
	}
	go s.commits()
	if err := s.join(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// connect opens the pools and migrates.
func (s *Store) connect(ctx context.Context, o Options) error {
	scheme, path, _ := strings.Cut(o.URL, "://")
	switch scheme {
	case "sqlite":
		if path == "" {
			return errors.New("store url: sqlite:// needs a path behind it")
		}
		return s.connectSQLite(ctx, path, o.migrations)
	case "postgres", "postgresql":
		return s.connectPostgres(ctx, o.URL, o.migrations)
	}
	return fmt.Errorf("store url: %q is neither sqlite:// nor postgres://", scheme)
}

func (s *Store) connectSQLite(ctx context.Context, path string, files fs.FS) error {
	s.dialect = sqliteDialect
	lock, err := lockFile(path)
	if err != nil {
		return err
	}
	s.lock, s.room.path = lock, path
	if err := wal.Register(); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	if err := createFile(path); err != nil {
		return err
	}
	log, err := wal.Open(path)
	if err != nil {
		return err
	}
	s.flusher = newFlusher(log, s.announce)
	if s.write, err = openSQLite(path, "_txlock=immediate&vfs="+wal.Name+"&"+writerPragmas); err != nil {
		return err
	}
	s.write.SetMaxOpenConns(1) // SQLite has one writer; more connections would only wait for each other
	tables := schema{db: s.write, dialect: s.dialect, files: files, path: path, log: s.log}
	if _, err := tables.migrate(ctx); err != nil {
		return err
	}
	if s.read, err = openSQLite(path, "_pragma=query_only(1)"); err != nil {
		return err
	}
	s.read.SetMaxOpenConns(readConnections)
	s.read.SetMaxIdleConns(readConnections)
	s.writer = &writer{db: s.write, start: "BEGIN IMMEDIATE"}
	s.memory, s.talks = newMemory(), newTalks()
	s.snapshots = newSnapshots(s.read, snapshotConnections)
	reads := readCache(s.read)
	s.reads = reads
	if s.base, err = openGorm(sqlite.Dialector{DriverName: "sqlite", Conn: reads}); err != nil {
		return err
	}
	s.reader = s.base
	return nil
}

// writerPragmas let the one writing connection keep 32 MB of a large file in memory, and write up to 8 MB of its log before
// that goes into the file: the pages that messages of many chats touch lie far apart, and most are touched again soon. What
// SQLite notes to undo a single statement stays in memory, where it would take a file for more than 64 kB.
// https://www.sqlite.org/pragma.html#pragma_wal_autocheckpoint https://www.sqlite.org/tempfiles.html
const writerPragmas = "_pragma=cache_size(-32000)&_pragma=wal_autocheckpoint(2000)&_pragma=temp_store(MEMORY)"

// createFile makes the file if there is none. It holds customers' words; SQLite's own files beside it get the same permissions.
func createFile(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) // #nosec G304 -- the operator's own file
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	return nil
}

// openSQLite opens a pool on the file. synchronous=FULL makes each commit survive a loss of power.
func openSQLite(path, extra string) (*sql.DB, error) {
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() +
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-8000)&" + extra
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	if err := db.Ping(); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), db.Close())
	}
	return db, nil
}

func (s *Store) connectPostgres(ctx context.Context, address string, files fs.FS) error {
	s.dialect = postgresDialect
	conf, err := parsePostgres(address)
	if err != nil {
		return err
	}
	if err := s.migratePostgres(ctx, *conf, files); err != nil {
		return err
	}
	// One row that somebody else locked, a machine that died in a transaction, must not hold up all chats.
	conf.RuntimeParams["lock_timeout"] = lockTimeout
	conf.RuntimeParams["idle_in_transaction_session_timeout"] = idleTimeout
	conf.RuntimeParams["statement_timeout"] = "30s"
	// Every statement looks its rows up by an index. What the planner believes of a table that has just grown is no reason to
	// read all of it, and compiling costs more than any of them.
	for _, name := range []string{"enable_seqscan", "enable_hashjoin", "enable_mergejoin", "jit"} {
		conf.RuntimeParams[name] = "off"
	}
	// So the plan is the same whatever the values, and is made once a connection.
	conf.RuntimeParams["plan_cache_mode"] = "force_generic_plan"
	s.write = stdlib.OpenDB(*conf)
	s.write.SetMaxOpenConns(postgresConnections)
	s.write.SetMaxIdleConns(postgresConnections)
	s.read = s.write
	s.address = conf
	s.side = stdlib.OpenDB(*conf)
	s.side.SetMaxOpenConns(sideConnections)
	s.side.SetMaxIdleConns(sideConnections)
	if err := s.write.PingContext(ctx); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	if s.base, err = openGorm(postgres.New(postgres.Config{Conn: s.write})); err != nil {
		return err
	}
	s.reader, s.reads = s.base, s.read
	return nil
}

// migratePostgres brings the tables up to date, on connections without the timeouts of the others.
func (s *Store) migratePostgres(ctx context.Context, conf pgx.ConnConfig, files fs.FS) (err error) {
	db := stdlib.OpenDB(conf)
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.PingContext(ctx); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	s.knows, err = schema{db: db, dialect: postgresDialect, files: files, log: s.log}.migrate(ctx)
	return err
}

// idleTimeout is how long a transaction may stand still: a copy that is stopped in the middle of one holds its rows until
// then, and its lease is over a second later. Between two statements of a transaction nothing is waited for.
const idleTimeout = "2s"

// lockTimeout is how long a write waits for a row that another session holds.
const lockTimeout = "2s"

// openGorm opens gorm without its cache of prepared statements, which can wait for a connection while it holds the lock
// that the connection's owner needs: https://github.com/go-gorm/gorm/blob/v1.31.2/internal/stmt_store/stmt_store.go
func openGorm(d gorm.Dialector) (*gorm.DB, error) {
	db, err := gorm.Open(d, &gorm.Config{
		Logger: logger.Discard, SkipDefaultTransaction: true, TranslateError: true, DisableAutomaticPing: true,
	})
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return db, nil
}

// OnCommit sets the function that is told which lanes got work, after each commit. It is set once, before the first
// Write, and must not block.
func (s *Store) OnCommit(f func([]Hint)) { s.changed = f }

// Ready returns why the database takes no writes, nil if it does. The error wraps ErrAway when it does not answer. Once a
// commit did not fit on SQLite's disk, it is not ready until there is place for a large one.
func (s *Store) Ready(ctx context.Context) error {
	if err := s.room.check(); err != nil {
		return err
	}
	err := s.Write(ctx, func(tx *Tx) error { return tx.setFact("ready", "1") })
	if err != nil && away(err) {
		return fmt.Errorf("%w: %w", ErrAway, err)
	}
	return err
}

// Close ends the committer after the writes that wait, gives the node's lanes up and closes the database.
func (s *Store) Close() error {
	select {
	case <-s.quit:
		return nil
	default:
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := s.leave(ctx)
	close(s.quit)
	<-s.done
	return errors.Join(err, s.disconnect())
}

func (s *Store) disconnect() error {
	var errs []error
	if s.writer != nil {
		errs = append(errs, s.writer.drop())
	}
	if s.snapshots != nil {
		errs = append(errs, s.snapshots.close())
	}
	if c, ok := s.reads.(*cache); ok {
		errs = append(errs, c.close())
	}
	if s.read != nil && s.read != s.write {
		errs = append(errs, s.read.Close())
	}
	if s.write != nil {
		errs = append(errs, s.write.Close())
	}
	if s.side != nil {
		errs = append(errs, s.side.Close())
	}
	if s.flusher != nil {
		errs = append(errs, s.flusher.log.Close())
	}
	errs = append(errs, s.lock.release())
	return errors.Join(errs...)
}

// Hint says that a lane got work.
type Hint struct {
	Conversation int64
	Lane         models.Lane
	Account      string
}
