package store

import (
	"context"
	"fmt"
	"math"
	"time"
)

// join makes this node an owner of lanes. On SQLite there is one node at a time, so whatever an earlier one still owned is
// free at once; on PostgreSQL it is free when that node's lease is over.
func (s *Store) join(ctx context.Context) error {
	return s.Write(ctx, func(tx *Tx) error {
		if s.dialect == sqliteDialect {
			if err := tx.state.Exec(`DELETE FROM nodes`).Error; err != nil {
				return fmt.Errorf("join: %w", err)
			}
			return tx.lease(math.MaxInt64)
		}
		// A node is forgotten a while after its lease; until then its row says who it was.
		if err := tx.state.Exec(`DELETE FROM nodes WHERE lease_until < ` + postgresClock + ` - 60000`).Error; err != nil {
			return fmt.Errorf("join: %w", err)
		}
		return tx.lease(0)
	})
}

// lease sets until when the node owns lanes; 0 is one lease from now, by the database's clock.
func (t *Tx) lease(until int64) error {
	value := fmt.Sprint(until)
	if until == 0 {
		value = fmt.Sprintf("%s + %d", postgresClock, t.s.lease.Milliseconds())
	}
	err := t.state.Exec(`INSERT INTO nodes (id, lease_until) VALUES (?, `+value+`)
		ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until`, t.s.node).Error
	if err != nil {
		return fmt.Errorf("lease: %w", err)
	}
	return nil
}

// leave frees what the node owns.
func (s *Store) leave(ctx context.Context) error {
	return s.Write(ctx, func(tx *Tx) error {
		// What is still owned was not given up by who worked on it, so nobody knows how far he came.
		if err := tx.state.Exec(`UPDATE lanes SET owner = ? WHERE head < seq AND owner = ?`, doubted, s.node).Error; err != nil {
			return fmt.Errorf("leave: %w", err)
		}
		if err := tx.state.Exec(`DELETE FROM nodes WHERE id = ?`, s.node).Error; err != nil {
			return fmt.Errorf("leave: %w", err)
		}
		return nil
	})
}

// KeepLease renews the node's lease until ctx ends. On SQLite there is nothing to renew, and it only waits. A renewal
// that fails is tried again at the next beat; when the lease is over, other nodes take the lanes and this one's finishes
// are refused by the fence.
func (s *Store) KeepLease(ctx context.Context) error {
	if s.dialect == sqliteDialect {
		<-ctx.Done()
		return nil
	}
	beat := time.NewTicker(s.lease / 3)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-beat.C:
			step, cancel := context.WithTimeout(ctx, s.lease)
			if err := s.Write(step, func(tx *Tx) error { return tx.lease(0) }); err != nil && ctx.Err() == nil {
				s.log.Warn("lease not renewed", "err", err)
			}
			cancel()
		}
	}
}
