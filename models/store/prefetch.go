package store

import (
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"patchbay/models"
)

// Need says what a write is going to use. On PostgreSQL it is read, and locked, for all writes of a commit at once and in
// one order for everybody; what is not named here is read when it is asked for, one row a round trip. It changes nothing
// else.
type Need struct {
	// Keys are what the write calls Seen with: all of them, unless it fails. A key that it leaves out fails it: it is noted by
	// then, and what it stands for would be taken for a repeat when it comes again.
	Keys []string
	At   models.Stamp // of Keys
	// Now has the write fail with ErrRush, before it is run, while arrivals wait to be sorted. Rush only finds out whether they do,
	// for Store.Rush.
	Now, Rush bool
	// Account and Addresses are what it calls Find with.
	Account   string
	Addresses []string
	// Desk and Threads are what it calls Thread with.
	Desk    string
	Threads []string
	// Inline is up to how many writes at once it decides in the conversations that it finds, by their addresses or threads.
	Inline int
	// Chat is the conversation whose in lane it holds. With Decide it decides there, and may append to the other lanes.
	Chat   int64
	Decide bool
	// Messages are what it calls Message with, of Chat.
	Messages []string
	// Claim is the claimed lane that it finishes.
	Claim *Claim
	// Receipts are the platform's ids, of Account, of what was sent or is reported of. Who sends and who reports wait for
	// each other, so that the later one sees the other's.
	Receipts []string
}

// eventsMost is how many events of one conversation are read ahead.
const eventsMost = 100

// prefetch reads what the writes of a batch need, on PostgreSQL in one round trip, or two when there are addresses that nobody
// remembers. On SQLite only the keys are worth it: the rest is mostly remembered.
func (u *unit) prefetch(batch []*job) error {
	u.crowd = len(batch) + len(u.s.jobs)
	u.recallAddresses(batch)
	p, ok := u.sql.(*pipeline)
	if !ok {
		return u.noteKeysHere(batch)
	}
	u.inline = inline(batch, u.crowd)
	u.guess(batch)
	first, found := slices.Concat(u.lookForRush(batch), u.noteKeys(batch), u.lockReceipts(batch)), u.findChats(batch)
	if len(found) > 0 {
		if err := p.send(u.ctx, append(first, found...)...); err != nil {
			return fmt.Errorf("read ahead: %w", err)
		}
		first = nil
	}
	if second := slices.Concat(first, u.lockLanes(batch), u.contents(batch)); len(second) > 0 {
		if err := p.send(u.ctx, second...); err != nil {
			return fmt.Errorf("read ahead: %w", err)
		}
	}
	u.fillLanes()
	return nil
}

// errUnasked is why a write fails that left one of its keys out. It does not name the key, which may bear a customer's number.
var errUnasked = errors.New("a delivery was noted ahead, and not asked for")

// unasked returns an error if one of a write's keys was noted as new and the write did not ask for it.
func (u *unit) unasked(n Need) error {
	for _, key := range n.Keys {
		if u.fresh[key] {
			return errUnasked
		}
	}
	return nil
}

// inline reports whether conversations that are found are decided in.
func inline(batch []*job, crowd int) bool {
	return slices.ContainsFunc(batch, func(j *job) bool { return j.need.Inline >= crowd })
}

// deliveries returns the keys of the batch, in their order, and when they came.
func (u *unit) deliveries(batch []*job) (keys []string, stamps []int64) {
	at := map[string]models.Stamp{}
	for _, j := range batch {
		for _, key := range j.need.Keys {
			at[key] = j.need.At
			u.fresh[key] = false
		}
	}
	for _, key := range sorted(at, strings.Compare) {
		keys, stamps = append(keys, key), append(stamps, int64(at[key]))
	}
	return keys, stamps
}

// noteKeys notes the deliveries, in the order of their keys: who notes the same one waits for us, and never we for him too.
func (u *unit) noteKeys(batch []*job) []statement {
	keys, stamps := u.deliveries(batch)
	if len(keys) == 0 {
		return nil
	}
	return []statement{{
		text: `INSERT INTO seen (key, at) SELECT * FROM unnest($1::text[], $2::bigint[]) ON CONFLICT DO NOTHING RETURNING key`,
		args: []any{keys, stamps},
		take: u.noted,
	}}
}

// noted takes a key that nobody had noted before.
func (u *unit) noted(row scanner) error {
	var key string
	err := row.Scan(&key)
	u.fresh[key] = true
	return err
}

// noteKeysHere notes the deliveries on SQLite, by the handful.
func (u *unit) noteKeysHere(batch []*job) error {
	keys, stamps := u.deliveries(batch)
	for len(keys) > 0 {
		q, n := qNote, 1
		if len(keys) >= handful {
			q, n = qNoteMany, handful
		}
		args := make([]any, 0, 2*n)
		for i := range n {
			args = append(args, keys[i], stamps[i])
		}
		rows, err := u.sql.QueryContext(u.ctx, u.s.texts[q], args...)
		if err == nil {
			_, err = collect(rows, func(row scanner) (struct{}, error) { return struct{}{}, u.noted(row) })
		}
		if err != nil {
			return fmt.Errorf("note deliveries: %w", err)
		}
		keys, stamps = keys[n:], stamps[n:]
	}
	return nil
}

func (u *unit) findChats(batch []*job) []statement {
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
	return []statement{{
		text: `SELECT a.account, a.address, a.conversation
			FROM unnest($1::text[], $2::text[]) w(account, address)
			CROSS JOIN LATERAL (SELECT * FROM addresses WHERE account = w.account AND address = w.address OFFSET 0) a`,
		args: []any{accounts, addresses},
		take: func(row scanner) error {
			var key addressKey
			var id int64
			err := row.Scan(&key.account, &key.address, &id)
			u.found[key] = id
			return err
		},
	}}
}

var allLanes = []models.Lane{models.LaneIn, models.LaneBot, models.LaneOut, models.LaneDesk}

// lockLanes locks the lanes of the batch, in the one order.
func (u *unit) lockLanes(batch []*job) []statement {
	want := map[laneKey]bool{}
	for _, id := range u.found {
		for _, lane := range allLanes {
			if id != 0 && (u.inline || lane == models.LaneIn) {
				want[laneKey{id, lane}] = true
			}
		}
	}
	for id := range u.handed.guessed {
		for _, lane := range allLanes {
			if u.inline || lane == models.LaneIn {
				want[laneKey{id, lane}] = true
			}
		}
	}
	for _, j := range batch {
		if c := j.need.Claim; c != nil {
			want[laneKey{c.Conversation, c.Lane}] = true
		}
		for _, key := range j.late {
			for _, lane := range allLanes {
				want[laneKey{key.conversation, lane}] = true
			}
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
	// The others in a statement of their own: one that waited for an in lane does not see the lanes that came into being
	// while it waited.
	u.wanted = sorted(want, compareLanes)
	others := 0
	for others < len(u.wanted) && u.wanted[others].lane == models.LaneIn {
		others++
	}
	return append(u.lockThese(u.wanted[:others]), u.lockThese(u.wanted[others:])...)
}

// lockThese locks lanes in the order in which they are given. PostgreSQL cannot do it in another one, as each is looked up and
// locked for itself.
func (u *unit) lockThese(keys []laneKey) []statement {
	if len(keys) == 0 {
		return nil
	}
	ids, numbers := make([]int64, len(keys)), make([]int64, len(keys))
	for i, key := range keys {
		ids[i], numbers[i] = key.conversation, int64(key.lane)
	}
	return []statement{{
		text: `SELECT ` + lanes.names("l.") + ` FROM unnest($1::bigint[], $2::smallint[]) w(conversation, lane)
			CROSS JOIN LATERAL (SELECT * FROM lanes WHERE conversation = w.conversation AND lane = w.lane FOR UPDATE) l`,
		args: []any{ids, numbers},
		take: func(row scanner) error {
			l, err := scanLane(row)
			if err == nil {
				u.locked(l)
			}
			return err
		},
	}}
}

// fillLanes notes which of the lanes that were to be locked are not there. A lane comes into being while its
// conversation's in lane is held, which we do.
func (u *unit) fillLanes() {
	for _, key := range u.wanted {
		if u.lanes[key] == nil && u.lanes[laneKey{key.conversation, models.LaneIn}] != nil {
			u.lanes[key] = &laneRow{laneKey: key}
		}
	}
}

// lockReceipts locks the platforms' ids of messages, in order.
func (u *unit) lockReceipts(batch []*job) []statement {
	var hashes []int64
	for _, j := range batch {
		for _, id := range j.need.Receipts {
			key := addressKey{j.need.Account, id}
			u.reported[key] = true
			hashes = append(hashes, hashOf(key))
		}
	}
	if len(hashes) == 0 {
		return nil
	}
	slices.Sort(hashes)
	return []statement{{
		text: `SELECT pg_advisory_xact_lock(k) FROM unnest($1::bigint[]) k`, args: []any{slices.Compact(hashes)},
	}}
}

// hashOf is the number by which a platform's id is locked. Two with the same one only wait for each other.
func hashOf(key addressKey) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(key.account + "\x00" + key.address))
	return int64(h.Sum64()) // #nosec G115 -- any number will do
}
