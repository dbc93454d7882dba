package store

import (
	"context"
	"fmt"
	"time"

	"patchbay/models"
)

// Shared reports whether other copies may use the database too.
func (s *Store) Shared() bool { return s.dialect == postgresDialect }

// Clock returns PostgreSQL's time, which all copies share; nil for SQLite, whose one process has the machine's.
func (s *Store) Clock() func(context.Context) (time.Time, error) {
	if s.dialect == sqliteDialect {
		return nil
	}
	return func(ctx context.Context) (time.Time, error) {
		var milliseconds int64
		if err := s.read.QueryRowContext(ctx, `SELECT `+postgresClock).Scan(&milliseconds); err != nil {
			return time.Time{}, fmt.Errorf("read clock: %w", err)
		}
		return time.UnixMilli(milliseconds), nil
	}
}

// Shift moves what is not due at now by so much: the clock was set, and each keeps what it still has to wait. An empty
// lane's ready time counts too: it holds up the next entry.
func (t *Tx) Shift(now models.Stamp, by time.Duration) error {
	for _, statement := range []string{
		`UPDATE lanes SET ready_at = ready_at + ? WHERE ready_at > ?`,
		`UPDATE lanes SET paced = paced + ? WHERE paced > ?`,
		`UPDATE alarms SET due = due + ? WHERE due > ?`,
		`UPDATE breakers SET probe_at = probe_at + ? WHERE probe_at > ?`,
	} {
		if err := t.held().Exec(statement, by.Milliseconds(), int64(now)).Error; err != nil {
			return fmt.Errorf("shift: %w", err)
		}
	}
	t.u.forget()
	return nil
}
