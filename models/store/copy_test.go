package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"patchbay/models"
	"patchbay/models/store"
	"patchbay/models/store/storetest"
)

// raw opens the database without the store.
func raw(t *testing.T, url string) (*sql.DB, bool) {
	t.Helper()
	driver, name := "pgx", url
	path, lite := strings.CutPrefix(url, "sqlite://")
	if lite {
		driver, name = "sqlite", path
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db, lite
}

// tablesOf returns the tables with their columns and types.
func tablesOf(t *testing.T, url string) map[string][][2]string {
	t.Helper()
	db, lite := raw(t, url)
	q := `SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' ORDER BY ordinal_position`
	if lite {
		q = `SELECT m.name, c.name, lower(c.type) FROM sqlite_master m JOIN pragma_table_info(m.name) c
			WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' ORDER BY c.cid`
	}
	found, err := db.Query(q)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = found.Close() }()
	all := map[string][][2]string{}
	for found.Next() {
		var table, column, kind string
		if err := found.Scan(&table, &column, &kind); err != nil {
			t.Fatal(err)
		}
		all[table] = append(all[table], [2]string{column, kind})
	}
	delete(all, "goose_db_version")
	delete(all, "nodes")
	delete(all, "leases")
	return all
}

// fill puts n rows into every table.
func fill(t *testing.T, url string, n int) {
	t.Helper()
	db, _ := raw(t, url)
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	for name, columns := range tablesOf(t, url) {
		var names, values []string
		for _, c := range columns {
			names = append(names, c[0])
			switch c[1] {
			case "bigint", "smallint":
				values = append(values, "%[1]d")
			case "boolean":
				values = append(values, "%[2]v")
			case "text":
				values = append(values, `'ż "%[1]d" '' 👍'`)
			default:
				t.Fatalf("%s.%s has the type %s: say here what to fill it with", name, c[0], c[1])
			}
		}
		const most = 500 // rows in a statement: one for each takes long
		for from := 0; from < n; from += most {
			var rows []string
			for i := from; i < min(n, from+most); i++ {
				row := fmt.Sprintf("("+strings.Join(values, ", ")+")", i+1, i%2 == 0)
				rows = append(rows, strings.TrimSuffix(row, "%!(EXTRA bool=true)"))
			}
			q := "INSERT INTO " + name + " (" + strings.Join(names, ", ") + ") VALUES " + strings.Join(rows, ", ")
			if _, err := tx.Exec(q); err != nil {
				t.Fatalf("fill %s: %v", name, err)
			}
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

// dump returns the rows of every table, sorted, each as a text.
func dump(t *testing.T, url string) map[string][]string {
	t.Helper()
	db, _ := raw(t, url)
	all := map[string][]string{}
	for name, columns := range tablesOf(t, url) {
		var names []string
		for _, c := range columns {
			names = append(names, c[0])
		}
		found, err := db.Query("SELECT " + strings.Join(names, ", ") + " FROM " + name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = nil
		for found.Next() {
			values, into := make([]any, len(names)), make([]any, len(names))
			for i := range into {
				into[i] = &values[i]
			}
			if err := found.Scan(into...); err != nil {
				t.Fatal(err)
			}
			for i, v := range values { // SQLite has no boolean
				switch v {
				case true:
					values[i] = int64(1)
				case false:
					values[i] = int64(0)
				}
			}
			if name == "lanes" {
				values[slices.Index(names, "owner")] = ""
			}
			all[name] = append(all[name], fmt.Sprintf("%#v", values))
		}
		if err := errors.Join(found.Err(), found.Close()); err != nil {
			t.Fatal(err)
		}
		slices.Sort(all[name])
	}
	return all
}

// same fails the test when two databases differ in a row.
func same(t *testing.T, got, want map[string][]string) {
	t.Helper()
	if !slices.Equal(slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want))) {
		t.Errorf("tables are %v, want %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
	for name := range want {
		if !slices.Equal(got[name], want[name]) {
			t.Errorf("%s differs: %d rows, want %d; the first is\n%s\nand not\n%s", name, len(got[name]), len(want[name]), got[name][:1], want[name][:1])
		}
	}
}

// lively opens a store that keeps its lease, as a gateway does.
func lively(t *testing.T, url string) *store.Store {
	t.Helper()
	s := storetest.Open(t, url)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.KeepLease(ctx)
	}()
	t.Cleanup(func() { cancel(); <-ended })
	return s
}

// fresh returns the URL of a database of the kind that is not there, or empty.
func fresh(t *testing.T, kind string) string {
	t.Helper()
	if kind == "sqlite" {
		return storetest.SQLite(t)
	}
	return storetest.Postgres(t)
}

// Ensure that a copy has every row of every table, in all directions, and that its lanes are free at once.
func TestCopy(t *testing.T) {
	for _, from := range []string{"sqlite", "postgres"} {
		for _, to := range []string{"sqlite", "postgres"} {
			t.Run(from+" to "+to, func(t *testing.T) {
				source, target := fresh(t, from), fresh(t, to)
				upgrade(t, source, nil)
				fill(t, source, 300)
				want := dump(t, source)
				var last store.Progress
				done, err := store.Copy(t.Context(), source, target, func(p store.Progress) { last = p })
				if err != nil {
					t.Fatalf("Copy: %v", err)
				}
				if len(done.Tables) != len(want) || done.Mended != 0 {
					t.Errorf("Copy = %+v, want %d tables", done, len(want))
				}
				rows := 0
				for _, table := range want {
					rows += len(table)
				}
				if done.Rows() != int64(rows) || last.Done != last.Total {
					t.Errorf("Copy says %d rows, %+v at last; want %d", done.Rows(), last, rows)
				}
				same(t, dump(t, target), want)
				s := storetest.Open(t, target)
				write(t, s, func(tx *store.Tx) error {
					return tx.Append(1, models.LaneOut, "new", models.Entry{Verb: models.VerbSend}, 1)
				})
			})
		}
	}
}

// Ensure that what a process that is gone owned is free on the copy, with its fence.
func TestCopy_LanesAreFree(t *testing.T) {
	source, target := storetest.SQLite(t), storetest.Postgres(t)
	s, err := openAs(t, source, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	appendEntries(t, s, 1, models.LaneOut, "a", "m1")
	before := claimOne(t, s, models.LaneOut, "a", 10)
	db, _ := raw(t, source)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`UPDATE lanes SET owner = 'gone'`); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Copy(t.Context(), source, target, nil); err != nil {
		t.Fatal(err)
	}
	if after := claimOne(t, storetest.Open(t, target), models.LaneOut, "a", 10); after.Fence != before.Fence+1 {
		t.Errorf("the fence is %d after %d", after.Fence, before.Fence)
	}
}

// Ensure that nothing is copied from or to a database that a gateway runs on, or to one that has rows.
func TestCopy_Refused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, running string) {
		s := lively(t, running)
		write(t, s, func(tx *store.Tx) error { _, err := tx.Seen("k", 1); return err })
		idle := storetest.SQLite(t)
		upgrade(t, idle, nil)
		full := storetest.Postgres(t)
		upgrade(t, full, nil)
		fill(t, full, 1)
		// A gateway that was started on it once leaves nothing but its name.
		once := storetest.Postgres(t)
		upgrade(t, once, nil)
		newer := storetest.SQLite(t)
		upgrade(t, newer, later(t, 101))
		for _, tt := range []struct{ name, from, to, want string }{
			{"from a running one", running, fresh(t, "sqlite"), "from: "},
			{"to a running one", idle, running, ""},
			{"to a full one", idle, full, "is not empty"},
			{"to a file", idle, idle, "exist"},
			{"from nothing", fresh(t, "sqlite"), fresh(t, "sqlite"), "from: open"},
			{"from an empty one", fresh(t, "postgres"), fresh(t, "sqlite"), "no database of Patchbay"},
			{"from a later release", newer, fresh(t, "sqlite"), "later release"},
			{"from nowhere", "mysql://x", fresh(t, "sqlite"), "from: store url"},
			{"to nowhere", idle, "sqlite://", "to: sqlite://"},
			{"to one that was empty", idle, once, "-"},
		} {
			_, err := store.Copy(t.Context(), tt.from, tt.to, nil)
			if tt.want == "-" {
				if err != nil {
					t.Errorf("%s: %v, want none", tt.name, err)
				}
				continue
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
			}
			if path, ok := strings.CutPrefix(tt.to, "sqlite://"); ok && path != "" {
				if left, _ := filepath.Glob(path + "*.part"); len(left) > 0 {
					t.Errorf("%s leaves %q", tt.name, left)
				}
			}
		}
	})
}

// Ensure that a copy that is broken off leaves nothing, and can be made again.
func TestCopy_BrokenOff(t *testing.T) {
	source := storetest.SQLite(t)
	upgrade(t, source, nil)
	fill(t, source, 100)
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			target := fresh(t, kind)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			_, err := store.Copy(ctx, source, target, func(p store.Progress) {
				if p.Table == "messages" {
					cancel()
				}
			})
			if err == nil {
				t.Fatal("a copy that is broken off ends well")
			}
			if kind == "sqlite" {
				if left, _ := filepath.Glob(strings.TrimPrefix(target, "sqlite://") + "*"); len(left) > 0 {
					t.Errorf("%q is left", left)
				}
			} else {
				for name, rows := range dump(t, target) {
					if len(rows) > 0 {
						t.Errorf("%s has %d rows", name, len(rows))
					}
				}
			}
			if _, err := store.Copy(t.Context(), source, target, nil); err != nil {
				t.Errorf("again: %v", err)
			}
		})
	}
}

// Ensure that texts that PostgreSQL does not store arrive without what it refuses, and are counted; and that values are
// fitted to the types of its columns.
func TestCopy_Mended(t *testing.T) {
	source, target := storetest.SQLite(t), storetest.Postgres(t)
	upgrade(t, source, nil)
	db, _ := raw(t, source)
	if _, err := db.Exec(`INSERT INTO seen (key, at) VALUES (?, 1), (?, 2), (CAST('blob' AS BLOB), 3)`, "a\x00b", "c\xffd"); err != nil {
		t.Fatal(err)
	}
	done, err := store.Copy(t.Context(), source, target, nil)
	if err != nil || done.Mended != 2 {
		t.Fatalf("Copy = %+v, %v; want 2 texts mended", done, err)
	}
	if got := dump(t, target)["seen"]; len(got) != 3 || !strings.Contains(strings.Join(got, ""), `"a�b"`) {
		t.Errorf("seen = %v", got)
	}
}
