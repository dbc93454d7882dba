package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm/clause"

	"patchbay/models"
)

// OpenHome notes that an agent looks at his home. What stands there is not known any more.
func (t *Tx) OpenHome(h models.Home) error {
	h.Shown = ""
	if err := t.state.Clauses(clause.OnConflict{UpdateAll: true}).Create(&h).Error; err != nil {
		return fmt.Errorf("open home: %w", err)
	}
	return nil
}

// HomeShown notes what stands in a home, unless it was opened again since it was read.
func (t *Tx) HomeShown(h models.Home) error {
	err := t.state.Exec(`UPDATE homes SET shown = ? WHERE desk = ? AND person = ? AND opened = ?`, h.Shown, h.Desk, h.Person, h.Opened).Error
	if err != nil {
		return fmt.Errorf("note home: %w", err)
	}
	return nil
}

// CloseHome forgets a home, unless it was opened again since it was read.
func (t *Tx) CloseHome(h models.Home) error {
	if err := t.state.Exec(`DELETE FROM homes WHERE desk = ? AND person = ? AND opened = ?`, h.Desk, h.Person, h.Opened).Error; err != nil {
		return fmt.Errorf("close home: %w", err)
	}
	return nil
}

// Homes reads all homes, by desk.
func (s *Store) Homes(ctx context.Context) (found []models.Home, err error) {
	if err := s.reader.WithContext(ctx).Order("desk, person").Find(&found).Error; err != nil {
		return nil, fmt.Errorf("load homes: %w", err)
	}
	return found, nil
}

// ToSee is a handover that somebody has to see to, with its conversation.
type ToSee struct {
	Handover models.Handover
	Chat     models.Conversation
}

// ToSee reads up to n handovers of a desk that are in a state, the longest first, with their conversations.
func (s *Store) ToSee(ctx context.Context, desk string, state models.HandoverState, n int) ([]ToSee, error) {
	var found []models.Handover
	err := s.reader.WithContext(ctx).Where(inLine+" AND desk = ? AND state = ? AND conversation <> 0", desk, state).
		Order("opened_at, id").Limit(n).Find(&found).Error
	if err != nil {
		return nil, fmt.Errorf("load handovers: %w", err)
	}
	ids := make([]int64, len(found))
	for i, h := range found {
		ids[i] = h.Conversation
	}
	chats, err := s.Conversations(ctx, ids)
	if err != nil {
		return nil, err
	}
	var all []ToSee
	for _, h := range found {
		if c, ok := chats[h.Conversation]; ok {
			all = append(all, ToSee{h, c})
		}
	}
	return all, nil
}

// Figures are a desk's figures of a time.
type Figures struct {
	Opened   int           // handovers that were opened; one that was opened again counts once
	Answered int           // those of them in which an agent has answered
	First    time.Duration // the median of the times to the first answer
	Resolved int           // that agents resolved
	New      int           // customers who wrote for the first time
	Alone    int           // those of them who had no handover
}

// Figures counts what happened on a desk from an instant until another one. channels are those that hand over to it.
func (s *Store) Figures(ctx context.Context, desk string, channels []string, from, to models.Stamp) (f Figures, err error) {
	db := s.reader.WithContext(ctx)
	var opened []struct{ OpenedAt, AnsweredAt models.Stamp }
	err = db.Raw(`SELECT opened_at, answered_at FROM handovers WHERE desk = ? AND opened_at >= ? AND opened_at < ?`, desk, from, to).Scan(&opened).Error
	if err != nil {
		return f, fmt.Errorf("count handovers: %w", err)
	}
	f.Opened = len(opened)
	var times []time.Duration
	for _, h := range opened {
		if h.AnsweredAt > 0 {
			times = append(times, max(h.AnsweredAt.Sub(h.OpenedAt), 0))
		}
	}
	slices.Sort(times)
	if f.Answered = len(times); f.Answered > 0 {
		f.First = (times[(f.Answered-1)/2] + times[f.Answered/2]) / 2
	}
	err = db.Raw(`SELECT COUNT(*) FROM handovers WHERE desk = ? AND ended_at >= ? AND ended_at < ? AND ended_at > 0 AND state = ?`,
		desk, from, to, models.HandoverResolved).Scan(&f.Resolved).Error
	if err != nil {
		return f, fmt.Errorf("count handovers: %w", err)
	}
	if len(channels) == 0 {
		return f, nil
	}
	// Ids of conversations begin with the millisecond in which they were made.
	var chats struct{ Came, Alone int }
	err = db.Raw(`SELECT COUNT(*) AS came, COALESCE(SUM(CASE WHEN handover = '' THEN 1 ELSE 0 END), 0) AS alone FROM conversations
		WHERE id >= ? AND id < ? AND channel IN ?`, int64(from)<<ConversationBits, int64(to)<<ConversationBits, channels).Scan(&chats).Error
	if err != nil {
		return f, fmt.Errorf("count conversations: %w", err)
	}
	f.New, f.Alone = chats.Came, chats.Alone
	return f, nil
}

// ConversationBits is how many bits of a conversation's id stand behind the millisecond in which it was made.
const ConversationBits = 20

// CountToSee counts the handovers of a desk that are in a state.
func (s *Store) CountToSee(ctx context.Context, desk string, state models.HandoverState) (n int, err error) {
	err = s.reader.WithContext(ctx).Raw(`SELECT COUNT(*) FROM handovers WHERE `+inLine+` AND desk = ? AND state = ? AND conversation <> 0`, desk, state).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count handovers: %w", err)
	}
	return n, nil
}

// Handovers reads handovers by their ids. Those that are gone are left out.
func (s *Store) Handovers(ctx context.Context, ids []string) (map[string]models.Handover, error) {
	byID := make(map[string]models.Handover, len(ids))
	if len(ids) == 0 {
		return byID, nil
	}
	var all []models.Handover
	if err := s.reader.WithContext(ctx).Where("id IN ?", ids).Find(&all).Error; err != nil {
		return nil, fmt.Errorf("load handovers: %w", err)
	}
	for _, h := range all {
		byID[h.ID] = h
	}
	return byID, nil
}
