package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
)

// table is a table with its columns.
type table struct {
	name    string
	columns []string
}

// notCopied are tables of which a copy gets its own rows: the migrations that it has had, the processes that run,
// and what these hold.
var notCopied = []string{"goose_db_version", "nodes", "leases"}

// tablesAt returns the tables that a copy carries over, as the migrations up to version make them. It asks a database in
// memory: a real one may have tables of other programs.
func tablesAt(ctx context.Context, version int64) (all []table, err error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1) // each connection has a database of its own
	if err := (schema{db: db, dialect: sqliteDialect}).upTo(ctx, version); err != nil {
		return nil, err
	}
	found, err := db.QueryContext(ctx, `SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY m.name, c.cid`)
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	defer func() { err = errors.Join(err, found.Close()) }()
	for found.Next() {
		var name, column string
		if err := found.Scan(&name, &column); err != nil {
			return nil, fmt.Errorf("list tables: %w", err)
		}
		if slices.Contains(notCopied, name) {
			continue
		}
		if len(all) == 0 || all[len(all)-1].name != name {
			all = append(all, table{name: name})
		}
		last := &all[len(all)-1]
		last.columns = append(last.columns, column)
	}
	return all, found.Err()
}
