package bench

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"strconv"
	"time"
)

// What customers write: everyday questions, none of which asks for a person.
var questions = [...]string{
	"Hello, the parcel with my order was to come on Monday and it is not here yet. Where is it now?",
	"Good morning! Do you have the blue one in size 42 too, and what would the delivery cost?",
	"I paid by card on Friday but the shop still shows the invoice as open. Is something missing?",
	"The lid of the pot that came yesterday has a scratch, can I send it back and get another one?",
	"How long does it usually take until money for a return is in my account?",
	"Can I change the address of an order that I made an hour ago? I typed the wrong house number.",
	"Is the shop in the old town open on the second Saturday of December, and until when?",
	"The code from the newsletter says that it is not valid, although it was sent this week.",
}

// mark ends each message with its number in its chat, by which its answer is known: "… #17."
func mark(b []byte, n int) []byte {
	b = append(b, " #"...)
	b = strconv.AppendInt(b, int64(n), 10)
	return append(b, '.')
}

// marks returns the numbers that text bears, in their order.
func marks(text string) (found []int) {
	for i := 0; i < len(text); i++ {
		if text[i] != '#' {
			continue
		}
		j, n := i+1, 0
		for j < len(text) && text[j] >= '0' && text[j] <= '9' && j-i < 10 {
			n = n*10 + int(text[j]-'0')
			j++
		}
		if j > i+1 && j < len(text) && text[j] == '.' {
			found = append(found, n)
		}
	}
	return found
}

// customerMouth writes signed requests of the customer's system. One goroutine uses it.
type customerMouth struct {
	mac                    hash.Hash
	body, signed, sum, out []byte
}

func newCustomerMouth(key []byte) *customerMouth {
	return &customerMouth{mac: hmac.New(sha256.New, key)}
}

// say returns the request that brings text and the number n of the chat. It is good until the next call.
func (m *customerMouth) say(chat, n int, text string) []byte {
	now := time.Now()
	b := append(m.body[:0], `{"type":"message","id":"m`...)
	b = strconv.AppendInt(b, int64(n), 10)
	b = append(b, `","timestamp":"`...)
	b = now.UTC().AppendFormat(b, time.RFC3339)
	b = append(b, `","chat":{"id":"c`...)
	b = strconv.AppendInt(b, int64(chat), 10)
	b = append(b, `"},"sender":{"id":"u`...)
	b = strconv.AppendInt(b, int64(chat), 10)
	b = append(b, `","name":"Ann Example","locale":"en","fields":{"plan":"gold"}},"text":"`...)
	b = mark(append(b, text...), n)
	m.body = append(b, `"}`...)

	s := append(m.signed[:0], 'c')
	s = strconv.AppendInt(s, int64(chat), 10)
	s = append(s, '-')
	s = strconv.AppendInt(s, int64(n), 10)
	id := len(s)
	s = append(s, '.')
	s = strconv.AppendInt(s, now.Unix(), 10)
	at := len(s)
	s = append(s, '.')
	m.signed = append(s, m.body...)
	m.mac.Reset()
	_, _ = m.mac.Write(m.signed)
	m.sum = m.mac.Sum(m.sum[:0])

	o := head(m.out[:0], customerPath, len(m.body))
	o = append(o, "webhook-id: "...)
	o = append(o, m.signed[:id]...)
	o = append(o, "\r\nwebhook-timestamp: "...)
	o = append(o, m.signed[id+1:at]...)
	o = append(o, "\r\nwebhook-signature: v1,"...)
	o = base64.StdEncoding.AppendEncode(o, m.sum)
	o = append(o, "\r\n\r\n"...)
	m.out = append(o, m.body...)
	return m.out
}

// agentMouth writes signed requests of Slack, which tell of an agent's reply. One goroutine uses it.
type agentMouth struct {
	mac                    hash.Hash
	body, signed, sum, out []byte
}

func newAgentMouth(secret string) *agentMouth {
	return &agentMouth{mac: hmac.New(sha256.New, []byte(secret))}
}

// say returns the request that tells that an agent wrote text under the thread. ts is the reply's own. It is good until
// the next call.
func (m *agentMouth) say(thread, ts, text string) []byte {
	b := append(m.body[:0], `{"type":"event_callback","team_id":"`+slackTeam+`","api_app_id":"A0BENCH00","event_id":"Ev`...)
	b = append(b, ts...)
	b = append(b, `","event_time":`...)
	b = append(b, ts[:10]...)
	b = append(b, `,"event":{"type":"message","user":"`+slackAgent+`","team":"`+slackTeam+`","channel":"`+slackChannel+`","ts":"`...)
	b = append(b, ts...)
	b = append(b, `","thread_ts":"`...)
	b = append(b, thread...)
	b = append(b, `","parent_user_id":"`+slackBotUser+`","text":"`...)
	b = append(b, text...)
	m.body = append(b, `"}}`...)

	s := append(m.signed[:0], "v0:"...)
	s = strconv.AppendInt(s, time.Now().Unix(), 10)
	at := len(s)
	s = append(s, ':')
	m.signed = append(s, m.body...)
	m.mac.Reset()
	_, _ = m.mac.Write(m.signed)
	m.sum = m.mac.Sum(m.sum[:0])

	o := head(m.out[:0], agentPath, len(m.body))
	o = append(o, "x-slack-request-timestamp: "...)
	o = append(o, m.signed[3:at]...)
	o = append(o, "\r\nx-slack-signature: v0="...)
	o = hex.AppendEncode(o, m.sum)
	o = append(o, "\r\n\r\n"...)
	m.out = append(o, m.body...)
	return m.out
}

// head begins a request.
func head(b []byte, path string, length int) []byte {
	b = append(b, "POST "...)
	b = append(b, path...)
	b = append(b, " HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: "...)
	b = strconv.AppendInt(b, int64(length), 10)
	return append(b, "\r\n"...)
}

// Where the gateway is called.
const (
	customerPath = "/channels/webhook/bench"
	agentPath    = "/slack/events"
)
