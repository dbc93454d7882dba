package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/pressly/goose/v3"
)

// withoutIndexes is the number of the migration that drops the indexes a message paid for and only retention used. It is in
// Go because the databases differ: SQLite keeps rows in the order in which they came, so that the oldest are found at
// the beginning of a table; PostgreSQL puts new rows where old ones were.
const withoutIndexes = 4

// dropped are the statements of the migration.
var dropped = map[dialect][]string{
	sqliteDialect: {
		`DROP INDEX seen_at`,
		`DROP INDEX entries_at`,
		`DROP INDEX receipts_at`,
		`DROP INDEX messages_at`,
		`CREATE INDEX messages_agents ON messages (at) WHERE author = 'agent'`, // for Unsent
		`DROP INDEX conversations_idle`,
	},
	// PostgreSQL writes a row anew in all indexes when a column of one changes, as this one does with every message.
	// https://www.postgresql.org/docs/current/storage-hot.html
	postgresDialect: {`DROP INDEX conversations_idle`},
}

// dropIndexes returns the migration.
func (s schema) dropIndexes() *goose.Migration {
	return goose.NewGoMigration(withoutIndexes, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		for _, statement := range dropped[s.dialect] {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
		return nil
	}}, nil)
}
