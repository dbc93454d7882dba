package store

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"patchbay/models"
)

// What is read ahead of the conversations that a commit works in. The statements go together with those that lock the
// lanes, behind them: each sees what was committed before its own begin, and by then the lanes are ours.

// contents are the statements that read what the batch needs besides lanes.
func (u *unit) contents(batch []*job) []statement {
	ids := u.decided(batch)
	return slices.Concat(u.loadChats(ids), u.loadEvents(ids), u.loadHandovers(ids), u.loadMessages(batch), u.loadReceipts(batch))
}

// decided returns the conversations in which something is decided, in order.
func (u *unit) decided(batch []*job) []int64 {
	ids := map[int64]bool{}
	for _, j := range batch {
		if j.need.Decide {
			ids[j.need.Chat] = true
		}
	}
	if u.inline {
		for _, id := range u.found {
			ids[id] = true
		}
		for id := range u.handed.guessed {
			ids[id] = true
		}
	}
	delete(ids, 0) // not found
	return slices.Sorted(maps.Keys(ids))
}

// loadChats loads conversations.
func (u *unit) loadChats(ids []int64) []statement {
	if len(ids) == 0 {
		return nil
	}
	return []statement{{
		text: `SELECT ` + conversations.names("") + ` FROM conversations WHERE id = ANY($1)`,
		args: []any{ids},
		take: func(row scanner) error {
			c, err := scanConversation(row)
			// One whose lane could not be locked, because it has none yet, is read when its lane is held.
			if u.lanes[laneKey{c.ID, models.LaneIn}] != nil {
				u.chats[c.ID] = &chatRow{Conversation: c}
			}
			return err
		},
	}}
}

// loadEvents loads the events that wait to be decided.
func (u *unit) loadEvents(ids []int64) []statement {
	if len(ids) == 0 {
		return nil
	}
	return []statement{{
		text: `SELECT e.conversation, e.seq, e.body FROM unnest($1::bigint[]) w(conversation)
			CROSS JOIN LATERAL (SELECT head FROM lanes WHERE conversation = w.conversation AND lane = 0 OFFSET 0) l
			CROSS JOIN LATERAL (SELECT conversation, seq, body FROM entries
				WHERE conversation = w.conversation AND lane = 0 AND seq > l.head AND seq <= l.head + $2 OFFSET 0) e`,
		args: []any{ids, eventsMost},
		take: func(row scanner) error {
			_, err := u.scanEvent(row)
			return err
		},
	}}
}

// scanEvent takes an event that was read.
func (u *unit) scanEvent(row scanner) (e models.Event, err error) {
	var key entryKey
	var body []byte
	if err := row.Scan(&key.conversation, &key.seq, &body); err != nil {
		return e, err
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return e, fmt.Errorf("decode event: %w", err)
	}
	u.event[key] = e
	return e, nil
}

// loadMessages loads messages of conversations that are held.
func (u *unit) loadMessages(batch []*job) []statement {
	var ids []string
	for _, j := range batch {
		ids = append(ids, j.need.Messages...)
	}
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	return []statement{{
		text: `SELECT ` + messages.names("m.") + ` FROM unnest($1::text[]) w(id)
			CROSS JOIN LATERAL (SELECT * FROM messages WHERE id = w.id OFFSET 0) m`,
		args: []any{slices.Compact(ids)},
		take: func(row scanner) error {
			m, err := scanMessage(row)
			if u.lanes[laneKey{m.Conversation, models.LaneIn}] != nil {
				u.read[m.ID] = m
			}
			return err
		},
	}}
}

// loadReceipts loads what platforms reported.
func (u *unit) loadReceipts(batch []*job) []statement {
	var accounts, ids []string
	for _, j := range batch {
		for _, id := range j.need.Receipts {
			accounts, ids = append(accounts, j.need.Account), append(ids, id)
			u.receipts[addressKey{j.need.Account, id}] = models.Receipt{}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return []statement{{
		text: `SELECT r.account, r.platform_id, r.state, r.error, r.kind, r.at
			FROM unnest($1::text[], $2::text[]) w(account, platform_id)
			CROSS JOIN LATERAL (SELECT * FROM receipts WHERE account = w.account AND platform_id = w.platform_id OFFSET 0) r`,
		args: []any{accounts, ids},
		take: func(row scanner) error {
			var r models.Receipt
			err := row.Scan(&r.Account, &r.PlatformID, &r.State, &r.Error, &r.Kind, &r.At)
			u.receipts[addressKey{r.Account, r.PlatformID}] = r
			return err
		},
	}}
}
