package store

import (
	"encoding/json"
	"fmt"

	"patchbay/models"
)

var conversations = relation{name: "conversations", keys: 1, columns: []column{
	{"id", bigint}, {"channel", text}, {"account", text}, {"address", text}, {"contact", text}, {"language", text},
	{"mode", text}, {"epoch", bigint}, {"handover", text}, {"holder", text}, {"memory", text}, {"blocked", boolean},
	{"last_inbound", bigint}, {"messages", bigint}, {"created_at", bigint}, {"updated_at", bigint},
}}

func conversationRow(c *models.Conversation) ([]any, error) {
	var e encoder
	return []any{
		c.ID, c.Channel, c.Account, c.Address, e.text(c.Contact), c.Language,
		string(c.Mode), c.Epoch, c.Handover, e.text(c.Holder), e.text(c.Memory), c.Blocked,
		int64(c.LastInbound), c.Messages, int64(c.CreatedAt), int64(c.UpdatedAt),
	}, e.err
}

func scanConversation(row scanner) (c models.Conversation, err error) {
	var contact, holder, memory []byte
	err = row.Scan(&c.ID, &c.Channel, &c.Account, &c.Address, &contact, &c.Language,
		&c.Mode, &c.Epoch, &c.Handover, &holder, &memory, &c.Blocked,
		&c.LastInbound, &c.Messages, &c.CreatedAt, &c.UpdatedAt)
	if err != nil {
		return c, err
	}
	var d decoder
	d.text(contact, &c.Contact)
	d.text(holder, &c.Holder)
	d.text(memory, &c.Memory)
	return c, d.err
}

var messages = relation{name: "messages", keys: 1, columns: []column{
	{"id", text}, {"conversation", bigint}, {"num", bigint}, {"handover", text}, {"author", text}, {"kind", text},
	{"person", text}, {"content", text}, {"platform_id", text}, {"post", text}, {"place", bigint}, {"parts", bigint},
	{"state", text}, {"title", text}, {"about", text}, {"broadcast", boolean}, {"edited", boolean}, {"deleted", boolean},
	{"at", bigint},
}}

func messageRow(m *models.Message) ([]any, error) {
	var e encoder
	return []any{
		m.ID, m.Conversation, m.Num, m.Handover, string(m.Author), string(m.Kind),
		e.text(m.Person), e.text(m.Content), m.PlatformID, m.Post, int64(m.Place), int64(m.Parts),
		string(m.State), m.Title, m.About, m.Broadcast, m.Edited, m.Deleted, int64(m.At),
	}, e.err
}

func scanMessage(row scanner) (m models.Message, err error) {
	var person, content []byte
	err = row.Scan(&m.ID, &m.Conversation, &m.Num, &m.Handover, &m.Author, &m.Kind,
		&person, &content, &m.PlatformID, &m.Post, &m.Place, &m.Parts,
		&m.State, &m.Title, &m.About, &m.Broadcast, &m.Edited, &m.Deleted, &m.At)
	if err != nil {
		return m, err
	}
	var d decoder
	d.text(person, &m.Person)
	d.text(content, &m.Content)
	return m, d.err
}

// saidBy are the columns that Said reads, and goes by.
var saidBy = []string{"num", "author", "person", "content", "deleted", "kind", "conversation"}

// saidColumns are those that tell who said what.
const saidColumns = "m.id, m.conversation, m.num, m.author, m.kind, m.person, m.content, m.platform_id, m.about, m.edited, m.deleted, m.at"

func scanSaid(row scanner) (m models.Message, err error) {
	var person, content []byte
	if err := row.Scan(&m.ID, &m.Conversation, &m.Num, &m.Author, &m.Kind, &person, &content, &m.PlatformID, &m.About, &m.Edited, &m.Deleted, &m.At); err != nil {
		return m, err
	}
	var d decoder
	d.text(person, &m.Person)
	d.text(content, &m.Content)
	return m, d.err
}

var parts = relation{name: "parts", keys: 2, columns: []column{
	{"message", text}, {"n", bigint}, {"account", text}, {"platform_id", text}, {"state", text}, {"error", text},
	{"hash", text}, {"at", bigint},
}}

func partRow(p models.Part) []any {
	return []any{p.Message, int64(p.N), p.Account, p.PlatformID, string(p.State), p.Error, p.Hash, int64(p.At)}
}

func scanPart(row scanner) (p models.Part, err error) {
	err = row.Scan(&p.Message, &p.N, &p.Account, &p.PlatformID, &p.State, &p.Error, &p.Hash, &p.At)
	return p, err
}

var handovers = relation{name: "handovers", keys: 1, columns: []column{
	{"id", text}, {"conversation", bigint}, {"desk", text}, {"place", text}, {"thread", text}, {"previous", text},
	{"reason", text}, {"state", text}, {"agent", text}, {"first_num", bigint}, {"opened_at", bigint}, {"claimed_at", bigint},
	{"ended_at", bigint}, {"reopened", bigint}, {"card", bigint}, {"shown", bigint}, {"details", text},
	{"answered_at", bigint},
}}

func scanHandover(row scanner) (h models.Handover, err error) {
	var reason, agent, details []byte
	err = row.Scan(&h.ID, &h.Conversation, &h.Desk, &h.Place, &h.Thread, &h.Previous,
		&reason, &h.State, &agent, &h.FirstNum, &h.OpenedAt, &h.ClaimedAt,
		&h.EndedAt, &h.Reopened, &h.Card, &h.Shown, &details, &h.AnsweredAt)
	if err != nil {
		return h, err
	}
	var d decoder
	d.text(reason, &h.Reason)
	d.text(agent, &h.Agent)
	d.text(details, &h.Details)
	return h, d.err
}

var lanes = relation{name: "lanes", keys: 2, columns: []column{
	{"conversation", bigint}, {"lane", smallint}, {"account", text}, {"seq", bigint}, {"head", bigint}, {"ready_at", bigint},
	{"attempt", bigint}, {"since", bigint}, {"paced", bigint}, {"owner", text}, {"fence", bigint},
}}

// laneKey names a lane.
type laneKey struct {
	conversation int64
	lane         models.Lane
}

// laneRow is a lane as it stands in a transaction.
type laneRow struct {
	laneKey
	account               string
	seq, head             int64
	readyAt, since, paced models.Stamp
	attempt               int
	owner                 string
	fence                 int64

	stored bool // it is in the database
	dirty  bool // it is to be written
}

func (l *laneRow) values() []any {
	return []any{
		l.conversation, int64(l.lane), l.account, l.seq, l.head, int64(l.readyAt),
		int64(l.attempt), int64(l.since), int64(l.paced), l.owner, l.fence,
	}
}

func scanLane(row scanner) (*laneRow, error) {
	l := &laneRow{stored: true}
	err := row.Scan(&l.conversation, &l.lane, &l.account, &l.seq, &l.head, &l.readyAt, &l.attempt, &l.since, &l.paced, &l.owner, &l.fence)
	return l, err
}

var entries = relation{name: "entries", keys: 3, columns: []column{
	{"conversation", bigint}, {"lane", smallint}, {"seq", bigint}, {"at", bigint}, {"body", text},
}}

// markings has what is written when marks begin.
var markings = relation{name: "marks", keys: 1, columns: []column{
	{"message", text}, {"desk", text}, {"post", text}, {"since", bigint}, {"due", bigint}, {"at", bigint}, {"dirty", bigint},
	{"tries", bigint},
}}

// touches has what is written when marks are to be looked at again.
var touches = relation{name: "marks", keys: 1, columns: []column{{"message", text}, {"due", bigint}}}

// marked has what is written of marks that were put on or taken off.
var marked = relation{name: "marks", keys: 1, columns: []column{
	{"message", text}, {"shown", text}, {"trying", text}, {"tries", bigint}, {"dirty", bigint}, {"due", bigint},
}}

// encoder writes values as JSON and keeps the first error.
type encoder struct{ err error }

func (e *encoder) text(v any) string {
	body, err := json.Marshal(v)
	if err != nil && e.err == nil {
		e.err = fmt.Errorf("encode: %w", err)
	}
	return string(body)
}

// decoder reads values from JSON and keeps the first error.
type decoder struct{ err error }

func (d *decoder) text(body []byte, dst any) {
	if len(body) == 0 || string(body) == "{}" {
		return
	}
	if err := json.Unmarshal(body, dst); err != nil && d.err == nil {
		d.err = fmt.Errorf("decode: %w", err)
	}
}
