package whatsapptest

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// event is one thing that a webhook tells. Exactly one of message, status, fault and value is set.
type event struct {
	number  *number
	queue   string // events of one queue are delivered in order
	id      string // of the message that it is about
	contact map[string]any
	message map[string]any
	status  map[string]any
	fault   map[string]any // an error of the number, not of a message
	field   string         // of value; "" is "messages"
	value   map[string]any // a whole value, as it is
}

// body returns events as one call of the webhook: an entry for each of their numbers, with all that belongs to it in one
// change. Contacts stand in no order that could be relied on: last come, first named.
func (s *Server) body(events []event) []byte {
	var entries []map[string]any
	for len(events) > 0 {
		first := events[0]
		var rest []event
		value := map[string]any{
			"messaging_product": "whatsapp",
			"metadata":          map[string]any{"display_phone_number": first.number.display, "phone_number_id": first.number.id},
		}
		field := "messages"
		if first.value != nil {
			if first.field != "" {
				field = first.field
			}
			value = first.value
			rest = events[1:]
		} else {
			for _, e := range events {
				if e.number != first.number || e.value != nil {
					rest = append(rest, e)
					continue
				}
				e.addTo(value)
			}
		}
		entries = append(entries, map[string]any{
			"id":      s.opts.BusinessAccount,
			"changes": []any{map[string]any{"value": value, "field": field}},
		})
		events = rest
	}
	return escaped(map[string]any{"object": "whatsapp_business_account", "entry": entries})
}

// addTo adds e to a value.
func (e event) addTo(value map[string]any) {
	add := func(key string, one map[string]any) {
		list, _ := value[key].([]any)
		value[key] = append(list, one)
	}
	switch {
	case e.message != nil:
		add("messages", e.message)
	case e.status != nil:
		add("statuses", e.status)
	case e.fault != nil:
		add("errors", e.fault)
	}
	if e.contact == nil {
		return
	}
	contacts, _ := value["contacts"].([]any)
	for _, c := range contacts {
		if c, ok := c.(map[string]any); ok && c["user_id"] == e.contact["user_id"] {
			return
		}
	}
	value["contacts"] = slices.Insert(contacts, 0, any(e.contact))
}

// escaped returns v as JSON in ASCII, with slashes escaped too, as Meta writes it and signs it.
func escaped(v any) []byte {
	var plain bytes.Buffer
	enc := json.NewEncoder(&plain)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil // v is made of strings, numbers and lists of them
	}
	var b bytes.Buffer
	for _, r := range strings.TrimRight(plain.String(), "\n") {
		switch {
		case r == '/':
			b.WriteString(`\/`)
		case r < 0x80:
			b.WriteRune(r)
		default:
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&b, `\u%04x`, unit)
			}
		}
	}
	return b.Bytes()
}

// sign returns the header X-Hub-Signature-256 for body.
// https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/create-webhook-endpoint
func (s *Server) sign(body []byte) string {
	mac := hmac.New(sha256.New, []byte(s.opts.AppSecret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// status returns the event that a message of ours has come so far. user is nil if the platform knows nobody of that
// address. The caller holds mu.
// https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/status
func (s *Server) status(n *number, user *User, q request, m Message, name string, code int) event {
	status := map[string]any{
		"id":        m.ID,
		"status":    name,
		"timestamp": strconv.FormatInt(s.now().Unix(), 10),
	}
	e := event{number: n, id: m.ID, status: status, queue: "nobody"}
	if q.To != "" {
		status["recipient_id"] = strings.TrimPrefix(q.To, "+")
	}
	if q.Ours != "" {
		status["biz_opaque_callback_data"] = q.Ours
	}
	if user != nil {
		e.queue = user.queue()
	}
	if name == "failed" {
		if q.To == "" {
			status["recipient_user_id"] = q.Recipient
		}
		status["errors"] = []any{map[string]any{
			"code":       code,
			"title":      title(code),
			"message":    title(code),
			"error_data": map[string]any{"details": title(code) + "."},
			"href":       "https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes/",
		}}
		return e
	}
	if user != nil {
		status["recipient_user_id"] = user.id
		e.contact = user.contact()
	}
	status["pricing"] = map[string]any{"billable": false, "pricing_model": "PMP", "type": "free_customer_service", "category": "service"}
	return e
}
