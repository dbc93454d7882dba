package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"patchbay/models"
)

// Agent loads what is known of an agent; ok is false when that is nothing.
func (t *Tx) Agent(desk, person string) (a models.Agent, ok bool, err error) {
	return maybe[models.Agent](t.state.Where("desk = ? AND person = ?", desk, person), "agent")
}

// PutAgent writes what is known of an agent.
func (t *Tx) PutAgent(a models.Agent) error {
	if a.Handed == nil {
		a.Handed = []string{} // nil would be stored as NULL
	}
	if err := t.state.Clauses(clause.OnConflict{UpdateAll: true}).Create(&a).Error; err != nil {
		return fmt.Errorf("save agent: %w", err)
	}
	t.u.changedAgent(a.Desk)
	return nil
}

// HoldAgent locks what is known of an agent until the transaction ends. It is called behind the lanes of conversations, if
// any are held.
func (t *Tx) HoldAgent(desk, person string) (a models.Agent, ok bool, err error) {
	return maybe[models.Agent](t.state.Clauses(clause.Locking{Strength: "UPDATE"}).Where("desk = ? AND person = ?", desk, person), "agent")
}

// Away returns the ids of a desk's agents who are away.
func (t *Tx) Away(desk string) (people []string, err error) {
	if people, ok := t.u.peopleAway(desk); ok {
		return people, nil
	}
	// Word for word the condition of the index.
	err = t.state.Model(&models.Agent{}).Where("desk = ? AND away > 0", desk).Order("person").Pluck("person", &people).Error
	if err != nil {
		return nil, fmt.Errorf("load agents: %w", err)
	}
	t.u.handed.away[desk] = people
	return people, nil
}

// Agent reads what is known of an agent outside a transaction; the zero Agent where that is nothing.
func (s *Store) Agent(ctx context.Context, desk, person string) (a models.Agent, err error) {
	a, _, err = maybe[models.Agent](s.reader.WithContext(ctx).Where("desk = ? AND person = ?", desk, person), "agent")
	return a, err
}

// Passing reads the agents who gave all their chats to the team, as long as that is not done.
func (s *Store) Passing(ctx context.Context) (all []models.Agent, err error) {
	if err := s.reader.WithContext(ctx).Where("passed > 0").Order("passed, desk, person").Find(&all).Error; err != nil {
		return nil, fmt.Errorf("load agents: %w", err)
	}
	return all, nil
}

// Held reads the handovers that an agent of a desk has, the longest first.
func (s *Store) Held(ctx context.Context, desk, person string) ([]models.Handover, error) {
	return heldBy(s.reader.WithContext(ctx), desk, person)
}

// Held is Store.Held in the transaction.
func (t *Tx) Held(desk, person string) ([]models.Handover, error) {
	return heldBy(t.held(), desk, person)
}

func heldBy(db *gorm.DB, desk, person string) (held []models.Handover, err error) {
	var claimed []models.Handover
	// Few are open at a time, and the index has no more of them.
	err = db.Where(inLine+" AND desk = ? AND state = ? AND conversation <> 0", desk, models.HandoverClaimed).
		Order("opened_at, id").Find(&claimed).Error
	if err != nil {
		return nil, fmt.Errorf("load handovers: %w", err)
	}
	for _, h := range claimed {
		if h.Agent.ID == person {
			held = append(held, h)
		}
	}
	return held, nil
}
