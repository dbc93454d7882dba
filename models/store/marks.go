package store

import (
	"context"
	"fmt"
	"strings"

	"gorm.io/gorm/clause"

	"patchbay/models"
)

// PutMark begins the marks of an agent's reply, or begins them anew: what is there already stays known.
func (t *Tx) PutMark(m models.Marking) error {
	if known, ok := t.u.marks[m.Message]; ok {
		known.Since, known.Due = m.Since, m.Due
		m = known
	}
	t.u.marks[m.Message] = m
	delete(t.u.touched, m.Message) // it comes before
	t.u.again(m.Message)
	return nil
}

// again begins the failures of a mark anew.
func (u *unit) again(message string) {
	u.pending = true
	if m, ok := u.marked[message]; ok {
		m.Tries = 0
		u.marked[message] = m
	}
}

// PutReactions has the customer's reactions shown on a post: those that m wants, in the place of those before.
func (t *Tx) PutReactions(m models.Marking) error {
	err := t.held().Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "message"}},
		DoUpdates: append(clause.AssignmentColumns([]string{"wanted", "due"}), clause.Assignments(map[string]any{
			"tries": 0, "dirty": clause.Expr{SQL: "marks.dirty + 1"},
		})...),
	}).Create(&m).Error
	if err != nil {
		return fmt.Errorf("put reactions: %w", err)
	}
	return nil
}

// TouchMark has the marks of a reply looked at again, at due. One that has none is no error.
func (t *Tx) TouchMark(message string, due models.Stamp) error {
	t.u.touched[message] = due
	t.u.again(message)
	return nil
}

// touchText has marks looked at again: one on SQLite, many on PostgreSQL.
var touchText = map[dialect]string{
	sqliteDialect: `UPDATE marks SET due = ?2, dirty = dirty + 1, tries = 0 WHERE message = ?1`,
	postgresDialect: `UPDATE marks SET due = w.due, dirty = marks.dirty + 1, tries = 0
		FROM unnest($1::text[], $2::bigint[]) w(message, due) WHERE marks.message = w.message`,
}

// markedText notes which marks are there: one on SQLite, many on PostgreSQL.
var markedText = map[dialect]string{
	sqliteDialect: `UPDATE marks SET shown = ?2, trying = ?3, tries = ?4, due = CASE WHEN dirty = ?5 THEN ?6 ELSE due END WHERE message = ?1`,
	postgresDialect: `UPDATE marks SET shown = w.shown, trying = w.trying, tries = w.tries,
		due = CASE WHEN marks.dirty = w.dirty THEN w.due ELSE marks.due END
		FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[]) w(message, shown, trying, tries, dirty, due)
		WHERE marks.message = w.message`,
}

// flushMarks writes the marks that begin, then those that are to be looked at again, and then which are there. What happened to
// a message in the same commit comes before in any order: it counts, so that it is looked at again.
func (u *unit) flushMarks() error {
	rows := make([][]any, 0, len(u.marks))
	for _, id := range sorted(u.marks, strings.Compare) {
		m := u.marks[id]
		rows = append(rows, []any{m.Message, m.Desk, m.Post, int64(m.Since), int64(m.Due), int64(m.At), int64(0), int64(0)})
	}
	if err := u.put(beginMark, rows, "put mark"); err != nil {
		return err
	}
	rows = rows[:0]
	for _, id := range sorted(u.touched, strings.Compare) {
		rows = append(rows, []any{id, int64(u.touched[id])})
	}
	if err := u.write(touches, touchText[u.s.dialect], rows, "touch mark"); err != nil {
		return err
	}
	rows = rows[:0]
	var e encoder
	for _, id := range sorted(u.marked, strings.Compare) {
		m := u.marked[id]
		rows = append(rows, []any{id, e.text(m.Shown), string(m.Trying), int64(m.Tries), m.Dirty, int64(m.Due)})
	}
	if e.err != nil {
		return e.err
	}
	return u.write(marked, markedText[u.s.dialect], rows, "note marks")
}

// Marked notes which marks are there since m was read, and when to look again; m.Tries are the failures in a row. If
// something happened to the message meanwhile, it is looked at again as that said.
func (t *Tx) Marked(m models.Marking, due models.Stamp) error {
	m.Due = due
	t.u.marked[m.Message], t.u.pending = m, true
	return nil
}

// MarkOf loads what is known of the marks on a post; ok is false when it is no reply of an agent's.
func (t *Tx) MarkOf(desk, post string) (m models.Marking, ok bool, err error) {
	return maybe[models.Marking](t.held().Where("desk = ? AND post = ?", desk, post), "mark")
}

// ThreadOf loads the handover of the desk's in whose thread a post stands; ok is false for a post that shows no message.
func (t *Tx) ThreadOf(desk, post string) (h models.Handover, ok bool, err error) {
	m, ok, err := maybe[models.Message](t.held().Where("post = ? AND post <> ''", post).Order(byNum), "message")
	if err != nil || !ok {
		return h, false, err
	}
	h, ok, err = t.Handover(m.Handover)
	return h, ok && h.Desk == desk, err
}

// OnPost loads the conversation's messages that a post shows, in their order.
func (t *Tx) OnPost(conversation int64, post string) (found []models.Message, err error) {
	err = t.held().Where("conversation = ? AND post = ? AND post <> ''", conversation, post).Order("place, num").Find(&found).Error
	if err != nil {
		return nil, fmt.Errorf("load post: %w", err)
	}
	return found, nil
}

// Markings reads up to n markings that are due at now, the latest first, and when the next one after them is, 0 if there
// is none.
func (s *Store) Markings(ctx context.Context, now models.Stamp, n int) (due []models.Marking, next models.Stamp, err error) {
	reader := s.reader.WithContext(ctx)
	if err := reader.Where("due > 0 AND due <= ?", now).Order("due DESC, at DESC, message").Limit(n).Find(&due).Error; err != nil {
		return nil, 0, fmt.Errorf("load marks: %w", err)
	}
	err = reader.Raw(`SELECT COALESCE(MIN(due), 0) FROM marks WHERE due > ? AND due > 0`, int64(now)).Scan(&next).Error
	if err != nil {
		return nil, 0, fmt.Errorf("load marks: %w", err)
	}
	return due, next, nil
}
