package store

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"patchbay/models"
)

// Need says what a write is going to use. On PostgreSQL it is read, and locked, for all writes of a commit at once and in
// one order for everybody; what is not named here is read when it is asked for, one row a round trip. It changes nothing
// else.
type Need struct {
	// Keys are what the write calls Seen with: all of them, unless it fails.
	Keys []string
	At   models.Stamp // of Keys
	// Account and Addresses are what it calls Find with.
	Account   string
	Addresses []string
	// Chat is the conversation whose in lane it holds. With Decide it decides there, and may append to the other lanes.
	Chat   int64
	Decide bool
	// Claim is the claimed lane that it finishes.
	Claim *Claim
}

// eventsMost is how many events of one conversation are read ahead.
const eventsMost = 100

// prefetch reads what the writes of a batch need.
func (u *unit) prefetch(batch []*job) error {
	for _, step := range []func([]*job) error{u.noteKeys, u.findChats, u.lockLanes, u.loadChats, u.loadEvents} {
		if err := step(batch); err != nil {
			return err
		}
	}
	return nil
}

// noteKeys notes the deliveries, in the order of their keys: who notes the same one waits for us, and never we for him too.
func (u *unit) noteKeys(batch []*job) error {
	at := map[string]models.Stamp{}
	for _, j := range batch {
		for _, key := range j.need.Keys {
			at[key] = j.need.At
			u.fresh[key] = false
		}
	}
	if len(at) == 0 {
		return nil
	}
	var keys []string
	var stamps []int64
	for _, key := range sorted(at, strings.Compare) {
		keys, stamps = append(keys, key), append(stamps, int64(at[key]))
	}
	rows, err := u.sql.QueryContext(u.ctx, `INSERT INTO seen (key, at) SELECT * FROM unnest($1::text[], $2::bigint[])
		ON CONFLICT DO NOTHING RETURNING key`, keys, stamps)
	if err != nil {
		return fmt.Errorf("note deliveries: %w", err)
	}
	fresh, err := collect(rows, func(row scanner) (key string, err error) { return key, row.Scan(&key) })
	if err != nil {
		return fmt.Errorf("note deliveries: %w", err)
	}
	for _, key := range fresh {
		u.fresh[key] = true
	}
	return nil
}

func (u *unit) findChats(batch []*job) error {
	var accounts, addresses []string
	for _, j := range batch {
		for _, address := range j.need.Addresses {
			key := addressKey{j.need.Account, address}
			if _, known := u.found[key]; !known {
				u.found[key] = 0
				accounts, addresses = append(accounts, key.account), append(addresses, address)
			}
		}
	}
	if len(accounts) == 0 {
		return nil
	}
	rows, err := u.sql.QueryContext(u.ctx, `SELECT a.account, a.address, a.conversation
		FROM unnest($1::text[], $2::text[]) w(account, address) JOIN addresses a USING (account, address)`, accounts, addresses)
	if err != nil {
		return fmt.Errorf("find conversations: %w", err)
	}
	_, err = collect(rows, func(row scanner) (id int64, err error) {
		var key addressKey
		err = row.Scan(&key.account, &key.address, &id)
		u.found[key] = id
		return id, err
	})
	if err != nil {
		return fmt.Errorf("find conversations: %w", err)
	}
	return nil
}

var allLanes = []models.Lane{models.LaneIn, models.LaneBot, models.LaneOut, models.LaneDesk}

// lockLanes locks the lanes of the batch, in the one order.
func (u *unit) lockLanes(batch []*job) error {
	want := map[laneKey]bool{}
	for _, id := range u.found {
		if id != 0 {
			want[laneKey{id, models.LaneIn}] = true
		}
	}
	for _, j := range batch {
		if c := j.need.Claim; c != nil {
			want[laneKey{c.Conversation, c.Lane}] = true
		}
		switch {
		case j.need.Chat == 0:
		case j.need.Decide:
			for _, lane := range allLanes {
				want[laneKey{j.need.Chat, lane}] = true
			}
		default:
			want[laneKey{j.need.Chat, models.LaneIn}] = true
		}
	}
	if len(want) == 0 {
		return nil
	}
	keys := sorted(want, compareLanes)
	ids, numbers := make([]int64, len(keys)), make([]int64, len(keys))
	for i, key := range keys {
		ids[i], numbers[i] = key.conversation, int64(key.lane)
	}
	rows, err := u.sql.QueryContext(u.ctx, `SELECT `+lanes.names("l.")+`
		FROM unnest($1::bigint[], $2::smallint[]) w(conversation, lane) JOIN lanes l USING (conversation, lane)
		ORDER BY least(l.lane, 1), l.conversation, l.lane FOR UPDATE OF l`, ids, numbers)
	if err != nil {
		return fmt.Errorf("lock lanes: %w", err)
	}
	found, err := collect(rows, scanLane)
	if err != nil {
		return fmt.Errorf("lock lanes: %w", err)
	}
	for _, l := range found {
		u.lanes[l.laneKey] = l
	}
	for _, key := range keys {
		// A lane comes into being while its conversation's in lane is held, which we do.
		if u.lanes[key] == nil && u.lanes[laneKey{key.conversation, models.LaneIn}] != nil {
			u.lanes[key] = &laneRow{laneKey: key}
		}
	}
	return nil
}

// loadChats loads the conversations in which something is decided.
func (u *unit) loadChats(batch []*job) error {
	var ids []int64
	for _, j := range batch {
		if j.need.Decide && j.need.Chat != 0 {
			ids = append(ids, j.need.Chat)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := u.sql.QueryContext(u.ctx, `SELECT `+conversations.names("")+` FROM conversations WHERE id = ANY($1)`, ids)
	if err != nil {
		return fmt.Errorf("load conversations: %w", err)
	}
	found, err := collect(rows, scanConversation)
	if err != nil {
		return fmt.Errorf("load conversations: %w", err)
	}
	for _, c := range found {
		u.chats[c.ID] = &chatRow{Conversation: c}
	}
	return nil
}

// loadEvents loads the events that wait to be decided.
func (u *unit) loadEvents(batch []*job) error {
	var ids, heads []int64
	for _, j := range batch {
		l := u.lanes[laneKey{j.need.Chat, models.LaneIn}]
		if j.need.Decide && l != nil && l.head < l.seq && !slices.Contains(ids, j.need.Chat) {
			ids, heads = append(ids, j.need.Chat), append(heads, l.head)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := u.sql.QueryContext(u.ctx, `SELECT e.conversation, e.seq, e.body
		FROM unnest($1::bigint[], $2::bigint[]) w(conversation, head) JOIN entries e
		ON e.conversation = w.conversation AND e.lane = 0 AND e.seq > w.head AND e.seq <= w.head + $3`, ids, heads, eventsMost)
	if err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	_, err = collect(rows, func(row scanner) (key entryKey, err error) {
		var body sql.RawBytes
		if err := row.Scan(&key.conversation, &key.seq, &body); err != nil {
			return key, err
		}
		var e models.Event
		err = json.Unmarshal(body, &e)
		u.event[key] = e
		return key, err
	})
	if err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	return nil
}
