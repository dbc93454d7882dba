package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"patchbay/models"
)

// ErrNotFound is returned when a row that must exist does not.
var ErrNotFound = errors.New("not found")

// one loads the first row of a query into dst.
func one[T any](q *gorm.DB, what string) (v T, err error) {
	if err := q.Take(&v).Error; err != nil {
		if errors.Is(err, gorm.ErrRecordNotFound) {
			err = ErrNotFound
		}
		return v, fmt.Errorf("load %s: %w", what, err)
	}
	return v, nil
}

// maybe is one, with ok false where there is no row.
func maybe[T any](q *gorm.DB, what string) (v T, ok bool, err error) {
	v, err = one[T](q, what)
	if errors.Is(err, ErrNotFound) {
		return v, false, nil
	}
	return v, err == nil, err
}

// Conversation loads a conversation. The caller holds its in lane if it means to save it.
func (t *Tx) Conversation(id int64) (models.Conversation, error) {
	c, err := t.u.chat(id)
	if err != nil {
		return models.Conversation{}, err
	}
	if c == nil {
		return models.Conversation{}, fmt.Errorf("load conversation: %w", ErrNotFound)
	}
	return c.Conversation, nil
}

// Create inserts a conversation; its ID is taken from the caller.
func (t *Tx) Create(c *models.Conversation) error {
	t.u.chats[c.ID] = &chatRow{Conversation: *c, dirty: true, fresh: true}
	for _, lane := range allLanes {
		if key := (laneKey{c.ID, lane}); t.u.lanes[key] == nil {
			t.u.lanes[key] = &laneRow{laneKey: key}
		}
	}
	t.u.pending = true
	return nil
}

// Save writes a conversation back.
func (t *Tx) Save(c *models.Conversation) error {
	t.u.recall(c.ID)
	known := t.u.chats[c.ID]
	t.u.chats[c.ID] = &chatRow{Conversation: *c, dirty: true, fresh: known != nil && known.fresh}
	t.u.pending = true
	return nil
}

// Record inserts a message into the transcript.
func (t *Tx) Record(m *models.Message) error {
	row := *m
	t.u.messages, t.u.told = append(t.u.messages, &row), append(t.u.told, &row)
	t.u.byID[m.ID], t.u.begun.messages[m.ID] = &row, &row
	t.u.pending = true
	return nil
}

// Message loads a message; ok is false when it is gone.
func (t *Tx) Message(id string) (m models.Message, ok bool, err error) {
	if m := t.u.byID[id]; m != nil {
		return *m, true, nil
	}
	if m, ok := t.u.message(id); ok {
		return m, true, nil
	}
	if t.u.changes[id] != nil {
		if err := t.u.flush(); err != nil {
			return m, false, err
		}
	}
	m, err = scanMessage(t.row(qMessage, id))
	return found(m, err, "message")
}

// found tells an error from a row that is not there.
func found[T any](v T, err error, what string) (T, bool, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return v, false, nil
	}
	if err != nil {
		return v, false, fmt.Errorf("load %s: %w", what, err)
	}
	return v, true, nil
}

// MessageByPlatform loads the conversation's message that the platform calls id.
func (t *Tx) MessageByPlatform(conversation int64, id string) (m models.Message, ok bool, err error) {
	return maybe[models.Message](t.held().Where("conversation = ? AND platform_id = ? AND platform_id <> ''", conversation, id).
		Order(byNum), "message")
}

// MessageByPart loads the message of ours in the conversation of which the account's platform calls a part id. Some
// platforms count their ids in each chat anew.
func (t *Tx) MessageByPart(conversation int64, account, id string) (m models.Message, ok bool, err error) {
	return maybe[models.Message](t.held().Table("messages").Select("messages.*").
		Joins("JOIN parts ON parts.message = messages.id").
		Where("parts.account = ? AND parts.platform_id = ? AND parts.platform_id <> '' AND messages.conversation = ?", account, id, conversation).
		Order("messages.num DESC"), "message")
}

// byNum orders messages by their number without the index of numbers: SQLite would rather go through a whole conversation
// by it than find the few messages by what they are asked for by.
const byNum = "num + 0"

// MessageByPost loads the agent's message that stands in the desk's post.
func (t *Tx) MessageByPost(conversation int64, post string) (m models.Message, ok bool, err error) {
	return maybe[models.Message](t.held().Where("conversation = ? AND post = ? AND post <> '' AND author = ?",
		conversation, post, models.ByAgent).Order(byNum), "message")
}

// Update changes the named columns of a message. Names are those of the table.
func (t *Tx) Update(id string, values map[string]any) error {
	if err := t.u.changeMessage(id, values); err != nil {
		return fmt.Errorf("update message: %w", err)
	}
	return nil
}

// Rewrite changes what a message says.
func (t *Tx) Rewrite(m models.Message) error {
	return t.Update(m.ID, map[string]any{"content": m.Content, "edited": m.Edited, "deleted": m.Deleted, "kind": m.Kind})
}

// PutPart inserts a part or writes it anew.
func (t *Tx) PutPart(p models.Part) error {
	t.u.parts[partKey{p.Message, p.N}] = p
	t.u.pending = true
	return nil
}

// Part loads a part of a message.
func (t *Tx) Part(message string, n int) (p models.Part, ok bool, err error) {
	if p, ok := t.u.parts[partKey{message, n}]; ok {
		return p, true, nil
	}
	p, err = scanPart(t.row(qPart, message, n))
	return found(p, err, "part")
}

// PartByPlatform loads the part that the platform calls id.
func (t *Tx) PartByPlatform(account, id string) (p models.Part, ok bool, err error) {
	return maybe[models.Part](t.held().Where("account = ? AND platform_id = ? AND platform_id <> ''", account, id), "part")
}

// Parts loads the parts of a message, in order.
func (t *Tx) Parts(message string) (parts []models.Part, err error) {
	if err := t.held().Where("message = ?", message).Order("n").Find(&parts).Error; err != nil {
		return nil, fmt.Errorf("load parts: %w", err)
	}
	return parts, nil
}

// Receipt loads what the platform reported of its id.
func (t *Tx) Receipt(account, id string) (r models.Receipt, ok bool, err error) {
	if r, read := t.u.receipts[addressKey{account, id}]; read {
		return r, r.PlatformID != "", nil
	}
	err = t.row(qReceipt, account, id).Scan(&r.Account, &r.PlatformID, &r.State, &r.Error, &r.Kind, &r.At)
	return found(r, err, "receipt")
}

// Reported is Receipt for who is going to record what the platform took: a report that is being stored meanwhile is waited
// for, and one that is stored later finds what this transaction recorded. So none falls between the two.
func (t *Tx) Reported(account, id string) (r models.Receipt, ok bool, err error) {
	if err := t.holdReceipt(account, id); err != nil {
		return r, false, err
	}
	return t.Receipt(account, id)
}

// holdReceipt locks the platform's id of a message until the transaction ends, unless that was done ahead.
func (t *Tx) holdReceipt(account, id string) error {
	key := addressKey{account, id}
	if t.s.dialect == sqliteDialect || t.u.reported[key] {
		return nil // SQLite has one writer
	}
	if _, err := t.sql.ExecContext(t.ctx, `SELECT pg_advisory_xact_lock($1)`, hashOf(key)); err != nil {
		return fmt.Errorf("hold receipt: %w", err)
	}
	t.u.reported[key] = true
	return nil
}

// PutReceipt keeps a platform's report if it says more than what is known, and returns what is known then.
func (t *Tx) PutReceipt(r models.Receipt) (known models.Receipt, err error) {
	if err := t.holdReceipt(r.Account, r.PlatformID); err != nil {
		return r, err
	}
	delete(t.u.receipts, addressKey{r.Account, r.PlatformID})
	err = t.row(qPutReceipt, r.Account, r.PlatformID, r.State, r.Error, r.Kind, int64(r.At)).
		Scan(&known.Account, &known.PlatformID, &known.State, &known.Error, &known.Kind, &known.At)
	if err != nil {
		return r, fmt.Errorf("put receipt: %w", err)
	}
	return known, nil
}

// HoldMessage locks a message until the transaction ends, for who changes it by what several of its parts say.
func (t *Tx) HoldMessage(id string) error {
	if t.s.dialect == sqliteDialect {
		return nil
	}
	delete(t.u.read, id)
	var held string
	err := t.row(qHoldMessage, id).Scan(&held)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("hold message: %w", err)
	}
	return nil
}

// Handover loads a handover; ok is false when there is none of that id.
func (t *Tx) Handover(id string) (h models.Handover, ok bool, err error) {
	if h, ok = t.u.handover(id); ok {
		t.u.begun.known[id] = h
		return h, true, nil
	}
	h, err = scanHandover(t.row(qHandover, id))
	if h, ok, err = found(h, err, "handover"); ok {
		t.u.learn(h)
	}
	return h, ok, err
}

// PutHandover inserts a handover or writes it anew.
func (t *Tx) PutHandover(h models.Handover) error {
	if err := t.state.Clauses(clause.OnConflict{UpdateAll: true}).Create(&h).Error; err != nil {
		return fmt.Errorf("put handover: %w", err)
	}
	t.u.wrote(h)
	return nil
}

// MarkNewest has the card of the desk's newest thread shown anew.
func (t *Tx) MarkNewest(desk string) error {
	err := t.state.Exec(`UPDATE handovers SET card = card + 1 WHERE id =
		(SELECT id FROM handovers WHERE desk = ? AND thread <> '' ORDER BY opened_at DESC LIMIT 1)`, desk).Error
	if err != nil {
		return fmt.Errorf("mark card: %w", err)
	}
	t.u.changedHandovers()
	return nil
}

// Fact reads a small thing that has one value, "" if it has none.
func (t *Tx) Fact(name string) (value string, err error) {
	if err := t.state.Raw(`SELECT value FROM facts WHERE name = ?`, name).Scan(&value).Error; err != nil {
		return "", fmt.Errorf("load fact: %w", err)
	}
	return value, nil
}

// PutFact sets a small thing that has one value.
func (t *Tx) PutFact(name, value string) error { return t.setFact(name, value) }

// Thread loads the handover whose thread it is.
func (t *Tx) Thread(desk, thread string) (h models.Handover, ok bool, err error) {
	if g, guessed := t.s.guesses.ofThread(desk, thread); guessed {
		if h, ok = t.u.handover(g.handover); ok && h.Desk == desk && h.Thread == thread {
			t.u.begun.known[h.ID] = h
			return h, true, nil
		}
	}
	h, err = scanHandover(t.row(qThread, desk, thread))
	if h, ok, err = found(h, err, "handover"); ok {
		t.u.learn(h)
	}
	return h, ok, err
}

// Shown notes that the card shows the state of the given count.
func (t *Tx) Shown(handover string, card int64) error {
	err := t.state.Model(&models.Handover{}).Where("id = ? AND shown < ?", handover, card).Update("shown", card).Error
	if err != nil {
		return fmt.Errorf("note card: %w", err)
	}
	if h, ok := t.u.handover(handover); ok {
		h.Shown = max(h.Shown, card)
		t.u.wrote(h)
	}
	return nil
}

// Orphan is an action under a thread that is not recorded yet.
type Orphan struct {
	ID     string `gorm:"primaryKey"`
	Desk   string
	Thread string
	Body   string // the action, as JSON
	At     models.Stamp
}

// Keep keeps an orphan until its thread is recorded.
func (t *Tx) Keep(o Orphan) error {
	if err := t.state.Clauses(clause.OnConflict{DoNothing: true}).Create(&o).Error; err != nil {
		return fmt.Errorf("keep orphan: %w", err)
	}
	return nil
}

// Adopt returns the orphans of a thread, in the order in which they came, and forgets them.
func (t *Tx) Adopt(desk, thread string) (orphans []Orphan, err error) {
	if err := t.state.Where("desk = ? AND thread = ?", desk, thread).Order("at, id").Find(&orphans).Error; err != nil {
		return nil, fmt.Errorf("load orphans: %w", err)
	}
	if len(orphans) == 0 {
		return nil, nil
	}
	if err := t.state.Where("desk = ? AND thread = ?", desk, thread).Delete(&Orphan{}).Error; err != nil {
		return nil, fmt.Errorf("adopt orphans: %w", err)
	}
	return orphans, nil
}

// SetAlarm starts a timer, or moves it.
func (t *Tx) SetAlarm(a models.Alarm) error {
	if err := t.state.Clauses(clause.OnConflict{UpdateAll: true}).Create(&a).Error; err != nil {
		return fmt.Errorf("set timer: %w", err)
	}
	return nil
}

// StopAlarm ends a timer. One that is not set is no error.
func (t *Tx) StopAlarm(conversation int64, kind models.Timer) error {
	if err := t.state.Where("conversation = ? AND kind = ?", conversation, kind).Delete(&models.Alarm{}).Error; err != nil {
		return fmt.Errorf("stop timer: %w", err)
	}
	return nil
}

// Ring deletes a timer and reports whether it was still set for that instant.
func (t *Tx) Ring(a models.Alarm) (bool, error) {
	r := t.state.Where("conversation = ? AND kind = ? AND due = ?", a.Conversation, a.Kind, a.Due).Delete(&models.Alarm{})
	if r.Error != nil {
		return false, fmt.Errorf("ring timer: %w", r.Error)
	}
	return r.RowsAffected == 1, nil
}

// Alarms returns up to n timers that are due at now, and when the next one after them is, 0 if there is none.
func (s *Store) Alarms(ctx context.Context, now models.Stamp, n int) (due []models.Alarm, next models.Stamp, err error) {
	var alarms []models.Alarm
	if err := s.reader.WithContext(ctx).Order("due").Limit(n + 1).Find(&alarms).Error; err != nil {
		return nil, 0, fmt.Errorf("load timers: %w", err)
	}
	for _, a := range alarms {
		if a.Due > now || len(due) == n {
			return due, a.Due, nil
		}
		due = append(due, a)
	}
	return due, 0, nil
}
