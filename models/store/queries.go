package store

import (
	"database/sql"
	"strconv"
	"strings"
)

// query names a statement of the hot path. They are written once, with question marks.
type query int

const (
	qSeen query = iota
	qAddress
	qBind
	qAppend
	qEntry
	qHold
	qRead
	qAdvance
	qPostpone
	qClaim
	qClaimOf
	qTake
	qFinish
	qRetry
	qRelease
	qOwns
	qDue
	qDueLanes
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

// owned is a lane that was not given up.
const owned = `owner NOT IN ('', '` + doubted + `')`

var queries = [queryCount]string{
	qSeen:    `INSERT INTO seen (key, at) VALUES (?, ?) ON CONFLICT DO NOTHING`,
	qAddress: `SELECT conversation FROM addresses WHERE account = ? AND address = ?`,
	qBind:    `INSERT INTO addresses (account, address, conversation) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
	qAppend: `INSERT INTO lanes (conversation, lane, account, seq, head, ready_at, attempt, since, paced, owner, fence)
		VALUES (?, ?, ?, 1, 0, ?, 0, 0, 0, '', 0)
		ON CONFLICT (conversation, lane) DO UPDATE SET seq = lanes.seq + 1, account = excluded.account,
		ready_at = CASE WHEN lanes.head = lanes.seq AND lanes.ready_at < excluded.ready_at THEN excluded.ready_at ELSE lanes.ready_at END
		RETURNING seq`,
	qEntry: `INSERT INTO entries (conversation, lane, seq, at, body) VALUES (?, ?, ?, ?, ?)`,
	qHold: `SELECT seq, head, attempt, ready_at FROM lanes WHERE conversation = ? AND lane = 0 ` +
		forUpdate,
	qRead:    `SELECT body FROM entries WHERE conversation = ? AND lane = ? AND seq = ?`,
	qAdvance: `UPDATE lanes SET head = ?, attempt = 0, ready_at = 0 WHERE conversation = ? AND lane = 0 AND head = ?`,
	qPostpone: `UPDATE lanes SET attempt = attempt + 1, ready_at = ? WHERE conversation = ? AND lane = 0 AND head = ?
		RETURNING attempt`,
	qClaim: `SELECT conversation, seq, head, attempt, since, paced, fence, owner <> '' FROM lanes
		WHERE lane = ? AND account = ? AND head < seq AND ready_at <= ? AND ` + free + `
		ORDER BY ready_at LIMIT ? ` + forUpdateSkip,
	qClaimOf: `SELECT conversation, seq, head, attempt, since, paced, fence, owner <> '' FROM lanes
		WHERE lane = ? AND account = ? AND head < seq AND ready_at <= ? AND ` + free + ` AND conversation = ? ` + forUpdateSkip,
	qDueLanes: `SELECT conversation FROM lanes
		WHERE lane = ? AND account = ? AND head < seq AND ready_at <= ? AND ` + free + ` ORDER BY ready_at LIMIT ?`,
	qDue:  `SELECT MIN(ready_at) FROM lanes WHERE lane = ? AND account = ? AND head < seq AND ` + free,
	qTake: `UPDATE lanes SET owner = ?, fence = fence + 1 WHERE conversation = ? AND lane = ?`,
	qFinish: `UPDATE lanes SET head = ?, attempt = 0, since = 0, ready_at = ?, paced = ?,
		owner = CASE WHEN seq > ? AND ? THEN owner ELSE '' END
		WHERE conversation = ? AND lane = ? AND fence = ? AND head = ? AND ` + owned + `
		RETURNING seq`,
	qRetry: `UPDATE lanes SET attempt = ?, since = ?, ready_at = ?, owner = ?
		WHERE conversation = ? AND lane = ? AND fence = ? AND ` + owned,
	qOwns:    `UPDATE lanes SET owner = owner WHERE conversation = ? AND lane = ? AND fence = ? AND ` + owned,
	qRelease: `UPDATE lanes SET owner = ?, ready_at = ? WHERE conversation = ? AND lane = ? AND fence = ? AND ` + owned,
}

// spell writes the queries in the database's dialect.
func (s *Store) spell() {
	for q, text := range queries {
		if s.dialect == postgresDialect {
			text = strings.ReplaceAll(text, forUpdateSkip, "FOR UPDATE SKIP LOCKED")
			text = strings.ReplaceAll(text, forUpdate, "FOR UPDATE")
			text = numbered(strings.ReplaceAll(text, clock, postgresClock))
		} else {
			text = strings.ReplaceAll(text, clock, "0")
		}
		s.texts[q] = text
	}
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

func (t *Tx) exec(q query, args ...any) (changed int64, err error) {
	r, err := t.sql.ExecContext(t.ctx, t.s.texts[q], args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (t *Tx) row(q query, args ...any) *sql.Row {
	return t.sql.QueryRowContext(t.ctx, t.s.texts[q], args...)
}

func (t *Tx) rows(q query, args ...any) (*sql.Rows, error) {
	return t.sql.QueryContext(t.ctx, t.s.texts[q], args...)
}
