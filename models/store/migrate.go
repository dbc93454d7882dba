package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// migrations only go forward. The last two digits of a number count the migrations of one release, and the digits before
// them count the releases that change the tables: 00101 is the first migration of the release after the first. Each
// release leaves the one before it working: columns and tables are added in one release, with a default where a column may
// not be empty, and what they replace is dropped in the next.
//
//go:embed migrations/*.sql
var migrations embed.FS

// perRelease is how many migrations a release may have.
const perRelease = 100

// releaseOf returns which release a migration came with, counting those that changed the tables.
func releaseOf(version int64) int64 { return version / perRelease }

// schema brings the tables of one database to where this program knows them.
type schema struct {
	db      *sql.DB
	dialect dialect
	files   fs.FS  // the migrations; nil is the program's own
	path    string // of a SQLite file that is copied aside before its tables change; "" is not copied
	log     *slog.Logger
}

// provider returns what runs the migrations.
func (s schema) provider() (*goose.Provider, error) {
	files := s.files
	if files == nil {
		var err error
		if files, err = fs.Sub(migrations, "migrations"); err != nil {
			return nil, fmt.Errorf("migrate: %w", err)
		}
	}
	locker := &advisory{}
	kind, options := goose.DialectSQLite3, []goose.ProviderOption{
		goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(s.dropIndexes()),
	}
	if s.dialect == postgresDialect {
		kind, options = goose.DialectPostgres, append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(kind, s.db, files, options...)
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	locker.last = known(provider)
	return provider, nil
}

// known returns the number of the last migration that this program has.
func known(p *goose.Provider) int64 {
	var last int64
	for _, source := range p.ListSources() {
		last = max(last, source.Version)
	}
	return last
}

// migrate brings the tables up to date and returns the last migration that this program knows. A database that is one
// release ahead is left as it is, and works. One that is further ahead is refused, since that release may have dropped
// what this one needs.
func (s schema) migrate(ctx context.Context) (last int64, err error) {
	provider, err := s.provider()
	if err != nil {
		return 0, err
	}
	applied, err := appliedVersion(ctx, s.db, s.dialect)
	if err != nil {
		return 0, err
	}
	last = known(provider)
	if err := tooFar(applied, last); err != nil {
		return 0, err
	}
	if applied >= last {
		return last, nil
	}
	if applied > 0 && s.path != "" {
		if err := s.copyAside(ctx, last); err != nil {
			return 0, err
		}
	}
	if _, err := provider.Up(ctx); err != nil {
		return 0, fmt.Errorf("migrate: %w", err)
	}
	if applied > 0 {
		s.log.InfoContext(ctx, "tables are up to date", "from", applied, "to", last)
		s.prune(ctx)
	}
	// Another copy may have held the lock, and have taken the tables further than we know.
	if applied, err = appliedVersion(ctx, s.db, s.dialect); err != nil {
		return 0, err
	}
	return last, tooFar(applied, last)
}

// advisory lets one copy migrate while the others wait for its end, where goose's own lock would ask every few seconds. Who
// joins takes it shared, so that no copy comes unseen while tables change.
// https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
type advisory struct {
	last int64 // the migration to which the tables go
}

// SessionLock waits for the lock, and makes sure that no copy runs that could not work with what the tables become.
func (a *advisory) SessionLock(ctx context.Context, conn *sql.Conn) error {
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, lock.DefaultLockID); err != nil {
		return fmt.Errorf("lock: %w", err)
	}
	if err := a.leftBehind(ctx, conn); err != nil {
		return errors.Join(err, a.SessionUnlock(ctx, conn))
	}
	return nil
}

// withKnows is the migration since which a node tells what its program knows.
const withKnows = 5

// leftBehind returns an error if a copy runs that is two releases behind. The tables tell too little of that: after a
// rollback they are those of the later release, and the copies are of the one before it.
func (a *advisory) leftBehind(ctx context.Context, q querier) error {
	applied, err := appliedVersion(ctx, q, postgresDialect)
	if err != nil || applied == 0 || applied >= a.last {
		return err
	}
	knows := `knows`
	if applied < withKnows {
		knows = `0`
	}
	var node string
	err = q.QueryRowContext(ctx, `SELECT id FROM nodes WHERE lease_until > `+postgresClock+` AND `+knows+` < $1 LIMIT 1`,
		(releaseOf(a.last)-1)*perRelease).Scan(&node)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read nodes: %w", err)
	}
	return fmt.Errorf("the tables are at %d and would go to %d, while a copy runs (node %s) whose release is two before that one or more: "+
		"upgrade one release at a time, or stop all copies first", applied, a.last, node)
}

// SessionUnlock gives it up.
func (*advisory) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_unlock($1)`, lock.DefaultLockID); err != nil {
		return fmt.Errorf("unlock: %w", err)
	}
	return nil
}

// ErrNewer is returned for a database that a later release made what this program cannot work with.
var ErrNewer = errors.New("the database is two releases or more ahead of this program")

// tooFar returns why a program that knows the migrations up to last cannot use a database, nil if it can.
func tooFar(applied, last int64) error {
	if releaseOf(applied)-releaseOf(last) < 2 {
		return nil
	}
	return fmt.Errorf("%w: its tables are at %d, and this program knows them up to %d; run a later release, or put back the copy "+
		"of the database from before the upgrade", ErrNewer, applied, last)
}

// querier is what a question is put to.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// appliedVersion returns the number of the last migration that the database has had, 0 if it is empty.
func appliedVersion(ctx context.Context, q querier, d dialect) (version int64, err error) {
	there := `SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'goose_db_version'`
	if d == postgresDialect {
		there = `SELECT CASE WHEN to_regclass('goose_db_version') IS NULL THEN 0 ELSE 1 END`
	}
	var n int
	if err := q.QueryRowContext(ctx, there).Scan(&n); err != nil {
		return 0, fmt.Errorf("read the tables' version: %w", err)
	}
	if n == 0 {
		return 0, nil
	}
	if err := q.QueryRowContext(ctx, `SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version`).Scan(&version); err != nil {
		return 0, fmt.Errorf("read the tables' version: %w", err)
	}
	return version, nil
}

// liveNode returns a node whose lease on a PostgreSQL database is not over, "" if there is none.
func liveNode(ctx context.Context, q querier) (node string, err error) {
	err = q.QueryRowContext(ctx, `SELECT id FROM nodes WHERE lease_until > `+postgresClock+` LIMIT 1`).Scan(&node)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read nodes: %w", err)
	}
	return node, nil
}

// upTo makes the tables as they are at version: those of a copy, in which nothing else is changed.
func (s schema) upTo(ctx context.Context, version int64) error {
	provider, err := s.provider()
	if err != nil {
		return err
	}
	if last := known(provider); version > last {
		return fmt.Errorf("the database is of a later release: its tables are at %d, and this program knows them up to %d", version, last)
	}
	if _, err := provider.UpTo(ctx, version); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

var _ lock.SessionLocker = (*advisory)(nil)
