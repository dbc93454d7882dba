package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"patchbay/models"
)

// Said reads what was said last in a conversation, up to n messages, oldest first: who said what with which number, and
// whether he took it back. It is read with most questions, so nothing else of them is.
func (s *Store) Said(ctx context.Context, conversation int64, n int) (said []models.Message, err error) {
	said, sofar, ok := s.talks.last(conversation, n)
	if ok {
		return said, nil
	}
	if said, err = s.readSaid(ctx, conversation, n); err == nil {
		s.talks.learn(conversation, n, said, sofar)
	}
	return said, err
}

func (s *Store) readSaid(ctx context.Context, conversation int64, n int) (said []models.Message, err error) {
	if s.dialect == sqliteDialect {
		ctx = context.WithoutCancel(ctx) // as in Load
	}
	rows, err := s.reads.QueryContext(ctx, s.texts[qTalk], conversation, n)
	if err != nil {
		return nil, fmt.Errorf("load history: %w", err)
	}
	defer func() {
		if e := rows.Close(); err == nil && e != nil {
			err = fmt.Errorf("load history: %w", e)
		}
	}()
	said = make([]models.Message, 0, n)
	for rows.Next() {
		var m models.Message
		var person, content sql.RawBytes
		if err := rows.Scan(&m.Num, &m.Author, &person, &content, &m.Deleted); err != nil {
			return nil, fmt.Errorf("load history: %w", err)
		}
		var d decoder
		d.text(person, &m.Person)
		d.text(content, &m.Content)
		if d.err != nil {
			return nil, fmt.Errorf("load history: %w", d.err)
		}
		said = append(said, m)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("load history: %w", err)
	}
	slices.Reverse(said)
	return said, nil
}
