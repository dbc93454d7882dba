package store

import (
	"context"
	"fmt"

	"gorm.io/gorm/clause"

	"patchbay/models"
)

// Breaker reads a bot's row outside a transaction; the zero Breaker where there is none.
func (s *Store) Breaker(ctx context.Context, bot string) (b models.Breaker, err error) {
	b, _, err = maybe[models.Breaker](s.reader.WithContext(ctx).Where("bot = ?", bot), "breaker")
	return b, err
}

// Outages reads the rows of the bots that are out.
func (s *Store) Outages(ctx context.Context) (out []models.Breaker, err error) {
	if err := s.reader.WithContext(ctx).Where("incident <> ''").Find(&out).Error; err != nil {
		return nil, fmt.Errorf("load breakers: %w", err)
	}
	return out, nil
}

// Breaker reads a bot's row; the zero Breaker where there is none.
func (t *Tx) Breaker(bot string) (b models.Breaker, err error) {
	b, _, err = maybe[models.Breaker](t.state.Where("bot = ?", bot), "breaker")
	return b, err
}

// HoldBreaker locks a bot's row until the transaction ends, and makes one where there is none. All copies come by here,
// so it is called only when something is to be written; and behind the conversation's lanes, if any are held.
func (t *Tx) HoldBreaker(bot string) (b models.Breaker, err error) {
	b = models.Breaker{Bot: bot}
	if err := t.state.Clauses(clause.OnConflict{DoNothing: true}).Create(&b).Error; err != nil {
		return b, fmt.Errorf("make breaker: %w", err)
	}
	b, _, err = maybe[models.Breaker](t.state.Clauses(clause.Locking{Strength: "UPDATE"}).Where("bot = ?", bot), "breaker")
	return b, err
}

// PutBreaker writes a bot's row, which is held.
func (t *Tx) PutBreaker(b models.Breaker) error {
	// Not Save: to it the default bot, whose name is empty, is a row without a key.
	if err := t.state.Clauses(clause.OnConflict{UpdateAll: true}).Create(&b).Error; err != nil {
		return fmt.Errorf("save breaker: %w", err)
	}
	return nil
}

// OpenIncident begins an incident. What an earlier one of the bot left is its own from here on: the chats wait for the
// same bot.
func (t *Tx) OpenIncident(i models.Incident) error {
	if err := t.state.Create(&i).Error; err != nil {
		return fmt.Errorf("insert incident: %w", err)
	}
	return nil
}

// Incident loads an incident; ok is false when there is none of that id.
func (t *Tx) Incident(id string) (i models.Incident, ok bool, err error) {
	return maybe[models.Incident](t.state.Where("id = ?", id), "incident")
}

// UpdateIncident changes the named columns of an incident. Names are those of the table.
func (t *Tx) UpdateIncident(id string, values map[string]any) error {
	if err := t.state.Model(&models.Incident{}).Where("id = ?", id).Updates(values).Error; err != nil {
		return fmt.Errorf("update incident: %w", err)
	}
	return nil
}

// HandAll notes that an agent had all chats that wait handed over.
func (t *Tx) HandAll(id string, by models.Person, at models.Stamp) error {
	i := models.Incident{ID: id, HandedAt: at, HandedBy: by}
	if err := t.state.Model(&i).Select("HandedAt", "HandedBy").Updates(i).Error; err != nil {
		return fmt.Errorf("update incident: %w", err)
	}
	return nil
}

// Handed counts a chat that was handed over.
func (t *Tx) Handed(id string) error {
	if err := t.state.Exec(`UPDATE incidents SET handed = handed + 1 WHERE id = ?`, id).Error; err != nil {
		return fmt.Errorf("update incident: %w", err)
	}
	return nil
}

// Incidents reads the incidents that are alive, oldest first.
func (s *Store) Incidents(ctx context.Context) (alive []models.Incident, err error) {
	if err := s.reader.WithContext(ctx).Where("done_at = 0").Order("opened_at, id").Find(&alive).Error; err != nil {
		return nil, fmt.Errorf("load incidents: %w", err)
	}
	return alive, nil
}

// PutWait counts a chat among those that wait for their bot.
func (t *Tx) PutWait(w models.Wait) error {
	err := t.state.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "conversation"}}, DoUpdates: clause.AssignmentColumns([]string{"bot", "since", "at"}),
	}).Create(&w).Error
	if err != nil {
		return fmt.Errorf("put wait: %w", err)
	}
	return nil
}

// AskWait notes that a chat that waits is asked again, and reports whether it waits.
func (t *Tx) AskWait(conversation int64, at models.Stamp) (bool, error) {
	r := t.state.Model(&models.Wait{}).Where("conversation = ?", conversation).Update("asked", at)
	if r.Error != nil {
		return false, fmt.Errorf("update wait: %w", r.Error)
	}
	return r.RowsAffected > 0, nil
}

// Waits reports whether a chat waits for the bot.
func (t *Tx) Waits(bot string) (bool, error) {
	_, ok, err := maybe[models.Wait](t.state.Where("bot = ?", bot), "wait")
	return ok, err
}

// DropWaits ends the waits of all chats for a bot.
func (t *Tx) DropWaits(bot string) error {
	if err := t.state.Where("bot = ?", bot).Delete(&models.Wait{}).Error; err != nil {
		return fmt.Errorf("end waits: %w", err)
	}
	return nil
}

// EndWait ends a chat's wait and reports whether there was one.
func (t *Tx) EndWait(conversation int64) (bool, error) {
	r := t.state.Where("conversation = ?", conversation).Delete(&models.Wait{})
	if r.Error != nil {
		return false, fmt.Errorf("end wait: %w", r.Error)
	}
	return r.RowsAffected > 0, nil
}

// Waiting is how many chats wait for a bot.
type Waiting struct {
	All   int // whose question failed
	Old   int // of the others, those whose customers wrote last before a given time, and who were not asked again since the end
	Going int // those who waited already when all were handed over
}

// CountWaits counts the chats that wait for an incident's bot. old is the age from which a question is too old.
func (s *Store) CountWaits(ctx context.Context, i models.Incident, old models.Stamp) (w Waiting, err error) {
	err = s.reader.WithContext(ctx).Raw(`SELECT COUNT(*) AS "all",
		COALESCE(SUM(CASE WHEN at < ? AND asked < ? AND since > ? THEN 1 ELSE 0 END), 0) AS old,
		COALESCE(SUM(CASE WHEN since <= ? THEN 1 ELSE 0 END), 0) AS going FROM waits WHERE bot = ?`,
		int64(old), int64(i.EndedAt), int64(i.HandedAt), int64(i.HandedAt), i.Bot).Scan(&w).Error
	if err != nil {
		return w, fmt.Errorf("count waits: %w", err)
	}
	return w, nil
}

// AskNext reads up to n chats that are to be asked again: whose customers wrote last at from or later, who were not asked
// since before, and who are not being handed over. Those whose last try is longest ago come first.
func (s *Store) AskNext(ctx context.Context, i models.Incident, from, before models.Stamp, n int) (found []models.Wait, err error) {
	err = s.reader.WithContext(ctx).Where("bot = ? AND at >= ? AND asked < ? AND since > ?", i.Bot, from, before, i.HandedAt).
		Order("asked, at, conversation").Limit(n).Find(&found).Error
	if err != nil {
		return nil, fmt.Errorf("load waits: %w", err)
	}
	return found, nil
}

// HandNext reads up to n chats that are to be handed over, those who wait longest first.
func (s *Store) HandNext(ctx context.Context, i models.Incident, n int) (found []models.Wait, err error) {
	err = s.reader.WithContext(ctx).Where("bot = ? AND since <= ?", i.Bot, i.HandedAt).
		Order("since, conversation").Limit(n).Find(&found).Error
	if err != nil {
		return nil, fmt.Errorf("load waits: %w", err)
	}
	return found, nil
}

// Crowd returns how many lanes of one kind and account have work, counted up to most.
func (s *Store) Crowd(ctx context.Context, lane models.Lane, account string, most int) (n int, err error) {
	err = s.reader.WithContext(ctx).Raw(`SELECT COUNT(*) FROM
		(SELECT 1 FROM lanes WHERE lane = ? AND account = ? AND head < seq LIMIT ?) AS busy`, int(lane), account, most).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count lanes: %w", err)
	}
	return n, nil
}
