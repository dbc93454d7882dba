package store

import (
	"database/sql"
	"fmt"
	"strings"
)

// The rows of the hot path are read and written by statements of our own, since gorm spends more time on them than the
// database does. PostgreSQL gets all rows of one kind in one statement, an array a column, because there each statement is
// a round trip; SQLite gets them by the handful.

// columnType is the type of a column, as PostgreSQL calls it in a cast.
type columnType string

const (
	bigint   columnType = "bigint"
	smallint columnType = "smallint"
	text     columnType = "text"
	boolean  columnType = "boolean"
)

// column is a column of a table.
type column struct {
	name string
	kind columnType
}

// relation is a table of the hot path. The first keys columns are its primary key.
type relation struct {
	name    string
	columns []column
	keys    int
}

// Rows of many keys are read by CROSS JOIN LATERAL with OFFSET 0, which has PostgreSQL look each key up. While it believes a
// table to be nearly empty, for a minute or more on a new database, it would rather go through all of the table by its index,
// and look for each row among the keys.

// names returns the columns for a SELECT, each behind prefix.
func (t relation) names(prefix string) string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = prefix + c.name
	}
	return strings.Join(names, ", ")
}

// put is the statement that inserts rows, or writes them anew when update is set. On SQLite it has room for n.
func (t relation) put(d dialect, update bool, n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "INSERT INTO %s (%s) ", t.name, t.names(""))
	if d == postgresDialect {
		arrays := make([]string, len(t.columns))
		for i, c := range t.columns {
			arrays[i] = fmt.Sprintf("$%d::%s[]", i+1, c.kind)
		}
		fmt.Fprintf(&b, "SELECT * FROM unnest(%s)", strings.Join(arrays, ", "))
	} else {
		row := "(" + marks(len(t.columns)) + ")"
		b.WriteString("VALUES " + strings.TrimSuffix(strings.Repeat(row+", ", n), ", "))
	}
	if update {
		var keys, sets []string
		for i, c := range t.columns {
			if i < t.keys {
				keys = append(keys, c.name)
				continue
			}
			sets = append(sets, c.name+" = excluded."+c.name)
		}
		fmt.Fprintf(&b, " ON CONFLICT (%s) DO UPDATE SET %s", strings.Join(keys, ", "), strings.Join(sets, ", "))
	}
	return b.String()
}

// marks returns n question marks with commas.
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

// arrays returns the rows' values column by column.
func (t relation) arrays(rows [][]any) []any {
	arrays := make([]any, len(t.columns))
	for i, c := range t.columns {
		switch c.kind {
		case bigint, smallint:
			arrays[i] = gather[int64](rows, i)
		case text:
			arrays[i] = gather[string](rows, i)
		case boolean:
			arrays[i] = gather[bool](rows, i)
		}
	}
	return arrays
}

// gather returns one column of the rows.
func gather[T any](rows [][]any, column int) []T {
	values := make([]T, len(rows))
	for i, row := range rows {
		values[i], _ = row[column].(T)
	}
	return values
}

// scanner is a row to be scanned.
type scanner interface {
	Scan(dst ...any) error
}

// collect scans all rows and closes them.
func collect[T any](rows *sql.Rows, scan func(scanner) (T, error)) (found []T, err error) {
	defer func() {
		if e := rows.Close(); err == nil {
			err = e
		}
	}()
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, v)
	}
	return found, rows.Err()
}
