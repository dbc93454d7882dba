package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// postgresTarget is a PostgreSQL database that is filled in one transaction.
type postgresTarget struct {
	conf *pgx.ConnConfig
	conn *pgx.Conn
	tx   pgx.Tx
}

func openPostgresTarget(ctx context.Context, url string) (*postgresTarget, error) {
	conf, err := patientConfig(url)
	if err != nil {
		return nil, err
	}
	conn, err := pgx.ConnectConfig(ctx, conf)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return &postgresTarget{conf: conf, conn: conn}, nil
}

func (t *postgresTarget) prepare(ctx context.Context, version int64, tables []table) error {
	if err := t.migrate(ctx, version); err != nil {
		return err
	}
	var err error
	if t.tx, err = t.conn.Begin(ctx); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	for _, of := range tables {
		// A gateway that starts on the database meanwhile finds it locked, and stops.
		if _, err := t.tx.Exec(ctx, `LOCK TABLE `+quoted(of.name)+` IN EXCLUSIVE MODE`); err != nil {
			return fmt.Errorf("lock %s: %w", of.name, err)
		}
		if of.name == "facts" {
			continue
		}
		if n, err := t.count(ctx, of); err != nil {
			return err
		} else if n > 0 {
			return fmt.Errorf("the database is not empty: %s has %d rows", of.name, n)
		}
	}
	// A gateway that was once started on it has left its name there.
	if _, err := t.tx.Exec(ctx, `DELETE FROM facts`); err != nil {
		return fmt.Errorf("clear facts: %w", err)
	}
	return nil
}

// migrate makes the tables, unless a gateway runs on them.
func (t *postgresTarget) migrate(ctx context.Context, version int64) (err error) {
	db := stdlib.OpenDB(*t.conf)
	defer func() { err = errors.Join(err, db.Close()) }()
	applied, err := appliedVersion(ctx, db, postgresDialect)
	if err != nil {
		return err
	}
	if applied > 0 {
		node, err := liveNode(ctx, db)
		if err != nil {
			return err
		}
		if node != "" {
			return fmt.Errorf("a gateway runs on the database (node %s): stop it", node)
		}
	}
	if applied > version {
		return fmt.Errorf("the database's tables are at %d, and the source's at %d: take a new database", applied, version)
	}
	return schema{db: db, dialect: postgresDialect}.upTo(ctx, version)
}

func (t *postgresTarget) load(ctx context.Context, to table, r *rows) (int64, error) {
	// The types of the columns say what SQLite's values become.
	none, err := t.tx.Query(ctx, `SELECT `+quotedAll(to.columns)+` FROM `+quoted(to.name)+` LIMIT 0`)
	if err != nil {
		return 0, err
	}
	for _, field := range none.FieldDescriptions() {
		r.types = append(r.types, field.DataTypeOID)
	}
	if none.Close(); none.Err() != nil {
		return 0, none.Err()
	}
	return t.tx.CopyFrom(ctx, pgx.Identifier{to.name}, to.columns, r)
}

func (t *postgresTarget) count(ctx context.Context, of table) (n int64, err error) {
	if err := t.tx.QueryRow(ctx, `SELECT COUNT(*) FROM `+quoted(of.name)).Scan(&n); err != nil {
		return 0, fmt.Errorf("count %s: %w", of.name, err)
	}
	return n, nil
}

func (t *postgresTarget) publish() (size int64, err error) {
	ctx := context.Background() // what is whole is not thrown away any more
	if err := t.tx.Commit(ctx); err != nil {
		return 0, fmt.Errorf("commit: %w", err)
	}
	// The planner knows nothing of the rows yet: https://www.postgresql.org/docs/current/populate.html#POPULATE-ANALYZE
	if _, err := t.conn.Exec(ctx, `ANALYZE`); err != nil {
		return 0, fmt.Errorf("analyze: %w", err)
	}
	return 0, nil
}

func (t *postgresTarget) discard() {
	ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	_ = t.conn.Close(ctx) // ends its transaction too
}

var _ target = (*postgresTarget)(nil)
