package whatsapptest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// request is a call to the messages endpoint: a message, or a read mark.
// https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages
type request struct {
	Product       string `json:"messaging_product"`
	RecipientType string `json:"recipient_type"`
	To            string `json:"to"`
	Recipient     string `json:"recipient"`
	Type          string `json:"type"`
	Text          *struct {
		Body *string `json:"body"`
	} `json:"text"`
	Interactive *interactive    `json:"interactive"`
	Image       *file           `json:"image"`
	Video       *file           `json:"video"`
	Audio       *file           `json:"audio"`
	Document    *file           `json:"document"`
	Sticker     *file           `json:"sticker"`
	Template    *template       `json:"template"`
	Location    json.RawMessage `json:"location"`
	Contacts    json.RawMessage `json:"contacts"`
	Reaction    *reaction       `json:"reaction"`
	Context     *struct {
		MessageID string `json:"message_id"`
	} `json:"context"`
	Ours string `json:"biz_opaque_callback_data"`

	Status    string `json:"status"` // "read": a read mark for MessageID
	MessageID string `json:"message_id"`
	Typing    *struct {
		Type string `json:"type"`
	} `json:"typing_indicator"`
}

type reaction struct {
	MessageID string  `json:"message_id"`
	Emoji     *string `json:"emoji"`
}

// messages takes a message or a read mark for a user of n.
func (s *Server) messages(r *http.Request, n *number, body []byte, f Fault) reply {
	var q request
	if err := json.Unmarshal(body, &q); err != nil {
		return reply{refused: refuse(100, "The body is not the JSON of a message.")}
	}
	if q.Product != "whatsapp" {
		return reply{refused: refuse(100, "The parameter messaging_product is required.")}
	}
	if q.Status != "" {
		return s.mark(n, q)
	}
	if refused := q.check(); refused != nil {
		return reply{refused: refused}
	}
	m, user, statuses, refused := s.take(n, q, body, f)
	if refused != nil {
		return reply{refused: refused}
	}
	if s.opts.Early && len(statuses) > 0 {
		// The caller learns the id of his message from its first status, before his call is answered.
		// Where the caller or the server goes first, nobody waits for the answer any more.
		_ = s.wait(r.Context(), s.deliver(statuses[0]))
		statuses = statuses[1:]
	}
	for _, e := range statuses {
		s.deliver(e)
	}
	contact := map[string]any{"input": q.To, "wa_id": q.To}
	if q.To == "" {
		contact = map[string]any{"input": q.Recipient, "user_id": q.Recipient}
	}
	if user != nil && q.To != "" {
		contact["wa_id"] = user.phone
	}
	return answer(map[string]any{
		"messaging_product": "whatsapp",
		"contacts":          []any{contact},
		"messages":          []any{map[string]any{"id": m.ID}},
	})
}

// take lets a message through the limits and puts it on its user's phone. It returns the statuses to be delivered.
func (s *Server) take(n *number, q request, body []byte, f Fault) (Message, *User, []event, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	to := strings.TrimPrefix(q.To, "+")
	if to == n.display {
		return Message{}, nil, nil, refuse(131021, "Recipient and sender are the same number.")
	}
	if q.To == "" {
		to = q.Recipient
	}
	if !n.throughput.take(now) {
		return Message{}, nil, nil, refuse(130429, "Cloud API message throughput has been reached.")
	}
	pair := n.pairs[to]
	if pair == nil {
		pair = &bucket{rate: 1 / s.opts.PairEvery.Seconds(), burst: float64(s.opts.PairBurst)}
		n.pairs[to] = pair
	}
	if !pair.take(now) {
		return Message{}, nil, nil, refuse(131056, "Message failed to send because there were too many messages sent from this phone number to the same phone number in a short period of time.")
	}
	user := s.find(n, q.To, q.Recipient)
	closed := user != nil && q.Type != "template" && now.Sub(user.lastInbound) >= 24*time.Hour
	if closed && !s.opts.LateWindow {
		return Message{}, nil, nil, refuse(131047, "More than 24 hours have passed since the customer last replied to this number.")
	}
	if q.Type == "template" {
		if refused := s.fill(q.Template); refused != nil {
			return Message{}, nil, nil, refused
		}
	}
	m := q.message(s.wamid(to), now, body)
	if f := q.file(); f != nil {
		m.File = s.media[f.ID]
	}
	failed := 0
	switch {
	case f.Later:
		failed = f.Code
	case user == nil || user.blocked:
		failed = 131026
	case closed:
		failed = 131047
	}
	if failed != 0 {
		return m, user, []event{s.status(n, user, q, m, "failed", failed)}, nil
	}
	if q.Type == "reaction" {
		user.reactions[q.Reaction.MessageID] = *q.Reaction.Emoji
	} else {
		user.seen = append(user.seen, m)
	}
	s.change()
	var statuses []event
	for _, name := range s.statuses {
		statuses = append(statuses, s.status(n, user, q, m, name, 0))
	}
	return m, user, statuses, nil
}

// mark takes a read mark, with or without typing.
// https://developers.facebook.com/documentation/business-messaging/whatsapp/typing-indicators
func (s *Server) mark(n *number, q request) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	if q.Status != "read" || q.Typing != nil && q.Typing.Type != "text" {
		return reply{refused: refuse(131009, "status has to be read, and the type of a typing indicator text.")}
	}
	for _, u := range s.users {
		if u.number != n.id || !u.wrote[q.MessageID] {
			continue
		}
		u.marks = append(u.marks, Mark{Message: q.MessageID, Typing: q.Typing != nil, At: s.now()})
		s.change()
		return answer(map[string]any{"success": true})
	}
	return reply{refused: refuse(131009, "message_id is not the id of a message from a user.")}
}

// find returns who is meant. The caller holds mu.
func (s *Server) find(n *number, to, recipient string) *User {
	to = strings.TrimPrefix(to, "+")
	for _, u := range s.users {
		if u.number == n.id && (to != "" && u.phone == to || to == "" && u.id == recipient) {
			return u
		}
	}
	return nil
}

// next returns a number that was not given out yet. The caller holds mu.
func (s *Server) next() int {
	s.count++
	return s.count
}

// wamid returns a new message id. The caller holds mu.
func (s *Server) wamid(user string) string {
	raw := fmt.Sprintf("\x1d\x18\x0d%s\x15\x02\x00\x11\x18\x12%s%08X", user, s.seed, s.next())
	return "wamid." + base64.StdEncoding.EncodeToString([]byte(raw))
}
