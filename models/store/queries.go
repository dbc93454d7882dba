package store

import (
	"fmt"
	"strconv"
	"strings"

	"patchbay/models"
)

// query names a statement of the hot path. They are written once, with question marks.
type query int

const (
	qSeen query = iota
	qNote
	qNoteMany
	qAddress
	qBind
	qLane
	qLaneFree
	qLaneThere
	qLanes
	qChat
	qEvents
	qIdle
	qClaim
	qClaimOf
	qDue
	qDueLanes
	qEntries
	qMessage
	qPart
	qSaid
	qTalk
	qReceipt
	qHandover
	qThread
	qPutReceipt
	qHoldMessage
	qRush
	qLater
	qUnsorted
	qSorted
	queryCount
)

// forUpdate stands where PostgreSQL locks the row. SQLite has one writer and needs no lock.
const (
	forUpdate     = "/*for update*/"
	forUpdateSkip = "/*for update skip locked*/"
	// clock is the database's clock, in milliseconds: leases are compared by it, since the copies' clocks differ.
	clock         = "/*clock*/"
	postgresClock = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
)

// free is a lane that no living node owns.
const free = `(owner = '' OR owner NOT IN (SELECT id FROM nodes WHERE lease_until > ` + clock + `))`

// outranked is a stored receipt that says less than the new one.
var outranked = ranked("excluded.state") + ` > ` + ranked("receipts.state")

// ranked is the rank of a delivery's state, as models has it.
func ranked(column string) string {
	var b strings.Builder
	for _, d := range []models.Delivery{models.Queued, models.Sent, models.Failed, models.Delivered, models.Read} {
		fmt.Fprintf(&b, " WHEN '%s' THEN %d", d, d.Rank())
	}
	return "CASE " + column + b.String() + " ELSE 0 END"
}

const (
	noteText  = `INSERT INTO seen (key, at) VALUES `
	noteFresh = ` ON CONFLICT DO NOTHING RETURNING key` // those that are new
)

var queries = [queryCount]string{
	qSeen:     `INSERT INTO seen (key, at) VALUES (?, ?) ON CONFLICT DO NOTHING`,
	qNote:     noteText + `(?, ?)` + noteFresh,
	qNoteMany: noteText + strings.Repeat(`(?, ?), `, handful-1) + `(?, ?)` + noteFresh,
	qAddress:  `SELECT conversation FROM addresses WHERE account = ? AND address = ?`,
	qBind:     `INSERT INTO addresses (account, address, conversation) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
	qEvents:   `SELECT conversation, seq, body FROM entries WHERE conversation = ? AND lane = 0 AND seq >= ? AND seq < ?`,
	qIdle: `SELECT id, updated_at < ? AND mode = 'bot'
		AND NOT EXISTS (SELECT 1 FROM lanes l WHERE l.conversation = c.id AND l.head < l.seq)
		FROM conversations c WHERE id > ? ORDER BY id LIMIT ?`,
	qLane:      `SELECT ` + lanes.names("") + ` FROM lanes WHERE conversation = ? AND lane = ? ` + forUpdate,
	qLaneFree:  `SELECT ` + lanes.names("") + ` FROM lanes WHERE conversation = ? AND lane = ? ` + forUpdateSkip,
	qLaneThere: `SELECT EXISTS (SELECT 1 FROM lanes WHERE conversation = ? AND lane = ?)`,
	qLanes:     `SELECT ` + lanes.names("") + ` FROM lanes WHERE conversation = ?`,
	qChat:      `SELECT ` + conversations.names("") + ` FROM conversations WHERE id = ?`,
	qClaim: `SELECT ` + lanes.names("") + ` FROM lanes
		WHERE lane = ? AND account = ? AND head < seq AND ready_at <= ? AND ` + free + `
		ORDER BY ready_at LIMIT ? + 0 ` + forUpdateSkip,
	qClaimOf: `SELECT ` + lanes.names("") + ` FROM lanes
		WHERE lane = ? AND account = ? AND head < seq AND ready_at <= ? AND ` + free + ` AND conversation = ? ` + forUpdateSkip,
	qDueLanes: `SELECT conversation FROM lanes
		WHERE lane = ? AND account = ? AND head < seq AND ready_at <= ? AND ` + free + ` ORDER BY ready_at LIMIT ? + 0`,
	qDue:     `SELECT MIN(ready_at) FROM lanes WHERE lane = ? AND account = ? AND head < seq AND ` + free,
	qEntries: `SELECT seq, at, body FROM entries WHERE conversation = ? AND lane = ? AND seq > ? AND seq <= ? ORDER BY seq`,
	qMessage: `SELECT ` + messages.names("") + ` FROM messages WHERE id = ?`,
	qSaid:    `SELECT ` + saidColumns + ` FROM messages m WHERE conversation = ? AND kind = 'said' ORDER BY num DESC LIMIT ? + 0`,
	qTalk: `SELECT num, author, person, content, deleted FROM messages
		WHERE conversation = ? AND kind = 'said' ORDER BY num DESC LIMIT ? + 0`,
	qPart:     `SELECT ` + parts.names("") + ` FROM parts WHERE message = ? AND n = ?`,
	qHandover: `SELECT ` + handovers.names("") + ` FROM handovers WHERE id = ?`,
	qThread: `SELECT ` + handovers.names("") + ` FROM handovers WHERE desk = ? AND thread = ? AND thread <> ''
		ORDER BY opened_at + 0 DESC LIMIT 1`, // + 0: or a desk's handovers are gone through in the order of their times
	qPutReceipt: `INSERT INTO receipts (account, platform_id, state, error, kind, at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (account, platform_id) DO UPDATE SET
		state = CASE WHEN ` + outranked + ` THEN excluded.state ELSE receipts.state END,
		error = CASE WHEN ` + outranked + ` THEN excluded.error ELSE receipts.error END,
		kind = CASE WHEN ` + outranked + ` THEN excluded.kind ELSE receipts.kind END,
		at = CASE WHEN ` + outranked + ` THEN excluded.at ELSE receipts.at END
		RETURNING account, platform_id, state, error, kind, at`,
	qRush: `SELECT EXISTS (SELECT 1 FROM arrivals)`,
	qLater: `INSERT INTO arrivals (place, tie, n, at, body)
		SELECT COALESCE(MAX(place), 0) + 1, CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS TEXT) FROM arrivals`,
	qUnsorted:    `SELECT place, tie, body FROM arrivals ORDER BY place, tie LIMIT ? + 0`,
	qSorted:      `DELETE FROM arrivals WHERE place = ? AND tie = ?`,
	qHoldMessage: `SELECT id FROM messages WHERE id = ? ` + forUpdate,
	qReceipt:     `SELECT account, platform_id, state, error, kind, at FROM receipts WHERE account = ? AND platform_id = ?`,
}

// unsortedThere is qUnsorted for PostgreSQL, which would send all rows before the first is read: those behind which there are enough
// arrivals are left there.
const unsortedThere = `SELECT place, tie, body FROM (
	SELECT place, tie, body, SUM(n) OVER (ORDER BY place, tie) - n AS before
	FROM (SELECT place, tie, n, body FROM arrivals ORDER BY place, tie LIMIT ? + 0) a) b WHERE before < ? ORDER BY place, tie`

// spell writes the queries in the database's dialect.
func (s *Store) spell() {
	for q, text := range queries {
		s.texts[q] = s.spelt(text)
	}
	for p, w := range puts {
		s.puts[p] = w.relation.put(s.dialect, w.update, 1) + w.again
		s.handfuls[p] = w.relation.put(s.dialect, w.update, handful) + w.again
	}
}

// spelt is a statement in the database's dialect.
func (s *Store) spelt(text string) string {
	if s.dialect == sqliteDialect {
		return strings.ReplaceAll(text, clock, "0")
	}
	if text == queries[qUnsorted] {
		text = unsortedThere
	}
	text = strings.ReplaceAll(text, forUpdateSkip, "FOR UPDATE SKIP LOCKED")
	text = strings.ReplaceAll(text, forUpdate, "FOR UPDATE")
	return numbered(strings.ReplaceAll(text, clock, postgresClock))
}

// put names a statement that writes many rows.
type put int

const (
	putConversation put = iota
	insertConversation
	insertLane
	putLane
	insertEntry
	insertMessage
	putPart
	beginMark
	putCount
)

// handful is how many rows one statement writes on SQLite, where it can.
const handful = 8

// writing is what a put writes, and how.
type writing struct {
	relation relation
	update   bool
	again    string // what is changed instead where the row is there
}

func upsert(t relation) writing { return writing{relation: t, update: true} }

func insert(t relation) writing { return writing{relation: t} }

var puts = [putCount]writing{
	putConversation:    upsert(conversations),
	insertConversation: insert(conversations),
	insertLane:         insert(lanes),
	putLane:            upsert(lanes),
	insertEntry:        insert(entries),
	insertMessage:      insert(messages),
	putPart:            upsert(parts),
	beginMark: {relation: markings, again: ` ON CONFLICT (message) DO UPDATE SET
		since = excluded.since, due = excluded.due, tries = 0, dirty = marks.dirty + 1`},
}

// numbered replaces question marks by PostgreSQL's $1, $2 …
func numbered(text string) string {
	var b strings.Builder
	n := 0
	for _, r := range text {
		if r == '?' {
			n++
			b.WriteString("$" + strconv.Itoa(n))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
