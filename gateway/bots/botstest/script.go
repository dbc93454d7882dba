package botstest

import (
	"net/http"
	"strings"
	"time"

	"patchbay/models"
)

// Rule says what is answered to a question. The first rule that fits is taken.
type Rule struct {
	Text  string // in the question's text or payload, whatever its case; "" is in every question
	Times int    // how many questions it is good for; 0 is any number

	Answer models.Answer   // what the bot says; Fallback makes Rasa's intent nlu_fallback
	Delay  time.Duration   // before the answer
	Until  <-chan struct{} // the answer waits until it is closed; nil is at once
	Status int             // instead of 200, with a body that repeats the question; a 3xx points at the server itself
	Body   string          // the raw body of the answer, instead of Answer
	Fault  Fault
}

// Fault is a way in which no answer comes.
type Fault string

// The faults. For a connection that is refused, stop the Server.
const (
	Hang Fault = "hang" // no answer until the caller gives up, at most HangLimit
	Drop Fault = "drop" // the connection is closed when the question has been read
	Half Fault = "half" // the answer breaks off in the middle
)

// HangLimit ends a Hang, so that a caller without a timeout fails and does not hang with it.
const HangLimit = time.Minute

// Asked is one question as it came.
type Asked struct {
	Protocol string      // "http", "rasa" or "parse", which is Rasa's /model/parse
	Key      string      // Idempotency-Key
	Sender   string      // the contact's id
	Text     string      // Rasa: the whole message
	Payload  string      // of a pressed button
	Intent   string      // Rasa: the intent that a message with a leading slash names
	Header   http.Header // of the request
	Body     []byte
}

// Says returns a Rule that answers every question with text in it with these messages.
func Says(text string, messages ...string) Rule {
	r := Rule{Text: text}
	for _, m := range messages {
		r.Answer.Messages = append(r.Answer.Messages, models.Content{Text: m})
	}
	return r
}

// Script replaces the rules. A question that no rule fits is repeated: "You wrote: …".
func (s *Server) Script(rules ...Rule) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = nil
	for _, r := range rules {
		s.rules = append(s.rules, &rule{Rule: r})
	}
}

// rule is a Rule with how often it was taken.
type rule struct {
	Rule
	taken int
}

// match returns the first rule that fits and counts it. Rasa's parse looks only. The caller holds s.mu.
func (s *Server) match(a Asked) Rule {
	for _, r := range s.rules {
		if r.Times > 0 && r.taken >= r.Times || !contains(a.Text, r.Text) && !contains(a.Payload, r.Text) {
			continue
		}
		if a.Protocol != "parse" {
			r.taken++
		}
		return r.Rule
	}
	return Says("", "You wrote: "+a.Text)
}

func contains(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}
