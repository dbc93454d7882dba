package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"

	"gorm.io/gorm"

	"patchbay/models"
)

// Conversation reads a conversation outside a transaction: what it says may be old by the time it is used.
func (s *Store) Conversation(ctx context.Context, id int64) (models.Conversation, error) {
	return s.now().conversation(ctx, id)
}

// reading reads outside the commits: each time what stands now, or all as it stood at one moment.
type reading struct {
	s   *Store
	sql session
}

// now reads what stands at each statement.
func (s *Store) now() reading { return reading{s, s.reads} }

func (r reading) conversation(ctx context.Context, id int64) (models.Conversation, error) {
	c, err := scanConversation(r.sql.QueryRowContext(ctx, r.s.texts[qChat], id))
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return c, fmt.Errorf("load conversation: %w", err)
	}
	return c, nil
}

// Messages reads messages by their ids; those that are gone are left out.
func (s *Store) Messages(ctx context.Context, ids []string) (map[string]models.Message, error) {
	return s.now().messages(ctx, ids)
}

func (r reading) messages(ctx context.Context, ids []string) (map[string]models.Message, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	statement, args := r.s.amongIDs(ids)
	rows, err := r.sql.QueryContext(ctx, statement, args...)
	if err != nil {
		return nil, fmt.Errorf("load messages: %w", err)
	}
	found, err := collect(rows, scanMessage)
	if err != nil {
		return nil, fmt.Errorf("load messages: %w", err)
	}
	byID := make(map[string]models.Message, len(found))
	for _, m := range found {
		byID[m.ID] = m
	}
	return byID, nil
}

// amongIDs is the statement that reads messages by their ids. On SQLite it has room for a power of two of them, so that
// few statements are to be compiled.
func (s *Store) amongIDs(ids []string) (statement string, args []any) {
	const from = " FROM messages WHERE id "
	if s.dialect == postgresDialect {
		return "SELECT " + messages.names("") + from + "= ANY($1)", []any{ids}
	}
	room := 1
	for room < len(ids) {
		room *= 2
	}
	args = make([]any, room)
	for i := range args {
		args[i] = ids[min(i, len(ids)-1)]
	}
	return "SELECT " + messages.names("") + from + "IN (" + marks(room) + ")", args
}

// History reads up to n of the conversation's messages of the given kinds below num, oldest first. num 0 is the end.
func (s *Store) History(ctx context.Context, conversation, num int64, n int, kinds ...models.MessageKind) ([]models.Message, error) {
	if num == 0 {
		num = math.MaxInt64
	}
	statement := "SELECT " + messages.names("") + " FROM messages WHERE conversation = ? AND num < ? AND kind IN (" +
		marks(len(kinds)) + ") ORDER BY num DESC LIMIT ? + 0"
	args := []any{conversation, num}
	for _, kind := range kinds {
		args = append(args, string(kind))
	}
	rows, err := s.reads.QueryContext(ctx, s.spelt(statement), append(args, n)...)
	if err != nil {
		return nil, fmt.Errorf("load history: %w", err)
	}
	found, err := collect(rows, scanMessage)
	if err != nil {
		return nil, fmt.Errorf("load history: %w", err)
	}
	slices.Reverse(found)
	return found, nil
}

// Earlier counts the conversation's messages of the given kinds below num. With a handover it counts those behind the last
// one of the handover there.
func (s *Store) Earlier(ctx context.Context, conversation, num int64, handover string, kinds ...models.MessageKind) (n int, err error) {
	var behind int64
	if handover != "" {
		err := s.reader.WithContext(ctx).Raw(`SELECT COALESCE(MAX(num), 0) FROM messages WHERE conversation = ? AND num < ? AND handover = ?`,
			conversation, num, handover).Scan(&behind).Error
		if err != nil {
			return 0, fmt.Errorf("count messages: %w", err)
		}
	}
	err = s.reader.WithContext(ctx).Raw(`SELECT COUNT(*) FROM messages WHERE conversation = ? AND num > ? AND num < ? AND kind IN ?`,
		conversation, behind, num, kinds).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count messages: %w", err)
	}
	return n, nil
}

// OfHandover reads the last n messages that were said in a handover, oldest first; none with a number below from.
func (s *Store) OfHandover(ctx context.Context, conversation int64, handover string, from int64, n int) (found []models.Message, err error) {
	err = s.reader.WithContext(ctx).Where("conversation = ? AND handover = ? AND kind = ? AND num >= ?", conversation, handover, models.Said, from).
		Order("num DESC").Limit(n).Find(&found).Error
	if err != nil {
		return nil, fmt.Errorf("load handover's messages: %w", err)
	}
	slices.Reverse(found)
	return found, nil
}

// InPost reads the messages that a post of ours shows, in their order.
func (s *Store) InPost(ctx context.Context, conversation int64, post string) (found []models.Message, err error) {
	err = s.reader.WithContext(ctx).Where("conversation = ? AND post = ? AND post <> ''", conversation, post).Order("place, num").Find(&found).Error
	if err != nil {
		return nil, fmt.Errorf("load post: %w", err)
	}
	return found, nil
}

// LastShown reads the last message of a handover that stands in its thread; ok is false when none does.
func (s *Store) LastShown(ctx context.Context, conversation int64, handover string) (m models.Message, ok bool, err error) {
	return maybe[models.Message](s.reader.WithContext(ctx).Where("conversation = ? AND handover = ? AND post <> ''", conversation, handover).
		Order("num DESC"), "message")
}

// OpenThreads reads the handovers of a desk whose threads are open and whose chats people have, or owe an answer, the latest
// first.
func (s *Store) OpenThreads(ctx context.Context, desk string) (found []models.Handover, err error) {
	err = s.reader.WithContext(ctx).Where("desk = ? AND thread <> '' AND conversation <> 0 AND state IN ?", desk,
		[]models.HandoverState{models.HandoverWaiting, models.HandoverClaimed, models.HandoverPromised}).Order("opened_at DESC").Find(&found).Error
	if err != nil {
		return nil, fmt.Errorf("load open threads: %w", err)
	}
	return found, nil
}

// AgentsWrote reports whether an agent's message was recorded at since or later.
func (s *Store) AgentsWrote(ctx context.Context, since models.Stamp) (bool, error) {
	var n int64
	err := s.reader.WithContext(ctx).Raw(`SELECT COUNT(*) FROM (SELECT 1 FROM messages WHERE at >= ? AND author = ? LIMIT 1) AS one`,
		int64(since), models.ByAgent).Scan(&n).Error
	if err != nil {
		return false, fmt.Errorf("look for agents' messages: %w", err)
	}
	return n > 0, nil
}

// Fact reads a small thing that has one value, "" if it has none.
func (s *Store) Fact(ctx context.Context, name string) (value string, err error) {
	if err := s.reader.WithContext(ctx).Raw(`SELECT value FROM facts WHERE name = ?`, name).Scan(&value).Error; err != nil {
		return "", fmt.Errorf("load fact: %w", err)
	}
	return value, nil
}

// Unsent reads up to n agents' replies of which no part has gone out or has been spoken of, recorded after from and not
// after to, oldest first.
func (s *Store) Unsent(ctx context.Context, from, to models.Stamp, n int) (found []models.Message, err error) {
	// The author stands there in words, as in the index: SQLite plans before it knows the values.
	err = s.reader.WithContext(ctx).Where("at > ? AND at <= ? AND author = '"+string(models.ByAgent)+"'", from, to).
		Where("kind = ? AND state = ? AND deleted = ?", models.Said, models.Queued, false).
		Where("NOT EXISTS (SELECT 1 FROM parts WHERE parts.message = messages.id)").Order("at, id").Limit(n).Find(&found).Error
	if err != nil {
		return nil, fmt.Errorf("load unsent messages: %w", err)
	}
	return found, nil
}

// Handover reads a handover.
func (s *Store) Handover(ctx context.Context, id string) (models.Handover, error) {
	return one[models.Handover](s.reader.WithContext(ctx).Where("id = ?", id), "handover")
}

// Before reads up to n handovers of h's conversation, and of others, whose threads were opened on its desk before h's, the latest
// first, and counts how many there are in all.
func (s *Store) Before(ctx context.Context, h models.Handover, others []int64, n int) (found []models.Handover, all int, err error) {
	earlier := s.reader.WithContext(ctx).Model(&models.Handover{}).
		Where("conversation IN ? AND id <> ? AND desk = ? AND thread <> '' AND opened_at <= ?", append([]int64{h.Conversation}, others...), h.ID, h.Desk, h.OpenedAt).
		Session(&gorm.Session{})
	var count int64
	if err := earlier.Count(&count).Error; err != nil {
		return nil, 0, fmt.Errorf("count earlier handovers: %w", err)
	}
	if count == 0 {
		return nil, 0, nil
	}
	if err := earlier.Order("opened_at DESC").Limit(n).Find(&found).Error; err != nil {
		return nil, 0, fmt.Errorf("load earlier handovers: %w", err)
	}
	return found, int(count), nil
}

// HandoverOf reads the handover whose thread it is, ErrNotFound if it is nobody's.
func (s *Store) HandoverOf(ctx context.Context, desk, thread string) (models.Handover, error) {
	return one[models.Handover](s.reader.WithContext(ctx).Where("desk = ? AND thread = ? AND thread <> ''", desk, thread).
		Order("opened_at DESC").Limit(1), "handover")
}

// Dirty reads up to n handovers of a desk whose card is out of date.
func (s *Store) Dirty(ctx context.Context, desk string, n int) (found []models.Handover, err error) {
	if err := s.reader.WithContext(ctx).Where("desk = ? AND shown < card AND thread <> ''", desk).Limit(n).Find(&found).Error; err != nil {
		return nil, fmt.Errorf("load cards: %w", err)
	}
	return found, nil
}

// OpenChats returns the ids of the channel's conversations that people have.
func (s *Store) OpenChats(ctx context.Context, channel string) (ids []int64, err error) {
	err = s.reader.WithContext(ctx).Model(&models.Conversation{}).
		Where("channel = ? AND mode <> 'bot'", channel).Order("id").Pluck("id", &ids).Error
	if err != nil {
		return nil, fmt.Errorf("load open conversations: %w", err)
	}
	return ids, nil
}

// Part reads a part of a message.
func (s *Store) Part(ctx context.Context, message string, n int) (p models.Part, ok bool, err error) {
	return s.now().part(ctx, message, n)
}

func (r reading) part(ctx context.Context, message string, n int) (p models.Part, ok bool, err error) {
	p, err = scanPart(r.sql.QueryRowContext(ctx, r.s.texts[qPart], message, n))
	return found(p, err, "part")
}

// Install returns this installation's id; fresh becomes it at the first start.
func (s *Store) Install(ctx context.Context, fresh string) (id string, err error) {
	return s.Settle(ctx, "install", fresh)
}

// Settle returns a fact that is the same for all copies from then on; fresh becomes it if there is none.
func (s *Store) Settle(ctx context.Context, name, fresh string) (string, error) {
	var value string // no result by name: when time is over, the function may still run
	err := s.Write(ctx, func(tx *Tx) error {
		if err := tx.state.Exec(`INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING`, name, fresh).Error; err != nil {
			return fmt.Errorf("note %s: %w", name, err)
		}
		return tx.state.Raw(`SELECT value FROM facts WHERE name = ?`, name).Scan(&value).Error
	})
	if err != nil {
		return "", err
	}
	return value, nil
}
