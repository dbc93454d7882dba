// Package storetest gives tests a real database of each kind: a SQLite file, and PostgreSQL where there is one.
package storetest

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rs/xid"

	"patchbay/models/store"
)

// Environment variables that tell what there is to test with.
const (
	// EnvURL names a running server that tests may make databases on: postgres://user@host/postgres.
	EnvURL = "PATCHBAY_TEST_POSTGRES"
	// EnvRequire makes it an error that there is no PostgreSQL.
	EnvRequire = "PATCHBAY_REQUIRE_POSTGRES"
	// EnvRequireMount makes it an error that no disk can be mounted.
	EnvRequireMount = "PATCHBAY_REQUIRE_MOUNT"
)

// server is the PostgreSQL server that Main found or started for this test binary.
var server string

// Main runs the tests of a package with a PostgreSQL server: the one that EnvURL names, else one that it starts from
// the programs on this machine and stops at the end. A package calls it from TestMain.
func Main(m *testing.M) int {
	server = os.Getenv(EnvURL)
	if server == "" {
		c, err := newCluster()
		if err != nil {
			fmt.Fprintln(os.Stderr, "no PostgreSQL for the tests:", err)
		} else {
			server = c.URL()
			defer c.Close()
		}
	}
	return m.Run()
}

// Each runs test once on each kind of database.
func Each(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, Postgres(t)) })
}

// SQLite returns the URL of a new SQLite file.
func SQLite(t testing.TB) string {
	t.Helper()
	return "sqlite://" + filepath.Join(t.TempDir(), "patchbay.db")
}

// Postgres returns the URL of a new database, dropped after the test. The test is skipped where there is no PostgreSQL,
// and fails where EnvRequire says that there must be one.
func Postgres(t testing.TB) string {
	t.Helper()
	if server == "" {
		if os.Getenv(EnvRequire) != "" {
			t.Fatalf("no PostgreSQL: set %s, or install its server programs", EnvURL)
		}
		t.Skipf("skipped: no PostgreSQL; set %s, or install its server programs", EnvURL)
	}
	name := "patchbay_" + xid.New().String()
	run(t, "CREATE DATABASE "+name)
	t.Cleanup(func() { run(t, "DROP DATABASE "+name+" WITH (FORCE)") })
	u, err := url.Parse(server)
	if err != nil {
		t.Fatalf("%s: %v", EnvURL, err)
	}
	u.Path = "/" + name
	return u.String()
}

// Lease is the lease of a store that nobody keeps, and that a test wants to own what it claims until its end, however long a
// busy machine takes.
const Lease = 10 * time.Minute

// Open opens a store on the database and closes it after the test. Its lease is Lease.
func Open(t testing.TB, url string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{URL: url, Node: xid.New().String(), Lease: Lease})
	if err != nil {
		t.Fatalf("open store: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	return s
}

func run(t testing.TB, statement string) {
	t.Helper()
	db, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatalf("open PostgreSQL: %v", err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec(statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
