package botstest

import (
	"crypto/subtle"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"patchbay/models"
)

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+Path, s.answer)
	mux.HandleFunc("GET /webhooks/rest/{$}", s.rasaStatus)
	mux.HandleFunc("POST /webhooks/rest/webhook", s.rasaAnswer)
	mux.HandleFunc("POST /model/parse", s.rasaParse)
	mux.HandleFunc("GET /files/", s.file)
	return mux
}

// read returns the body of an authentic call; otherwise it has answered.
func (s *Server) read(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 4<<20))
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return nil, false
	}
	for name := range s.options.Header {
		if !same(r.Header.Get(name), s.options.Header.Get(name)) {
			w.WriteHeader(http.StatusUnauthorized)
			return nil, false
		}
	}
	return body, true
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// answer is the HTTP bot.
func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	body, ok := s.read(w, r)
	if !ok {
		return
	}
	if s.keys != nil && s.keys.Verify(r.Header, body, s.options.Now()) != nil {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var q struct {
		Message      struct{ ID, Text, Payload string }
		Conversation struct{ Contact struct{ ID string } }
	}
	if json.Unmarshal(body, &q) != nil || q.Message.ID == "" || r.Header.Get("Idempotency-Key") == "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	a := Asked{
		Protocol: "http", Key: r.Header.Get("Idempotency-Key"), Sender: q.Conversation.Contact.ID,
		Text: q.Message.Text, Payload: q.Message.Payload, Header: r.Header.Clone(), Body: body,
	}
	s.play(w, r, a, s.say(a), encode)
}

// say keeps the question and returns what its rule wants.
func (s *Server) say(a Asked) Rule {
	rule := s.record(a)
	if s.options.Told != nil {
		s.options.Told(a)
	}
	return rule
}

// play does what the rule says: waits, fails, or answers with what write makes of the rule's answer.
func (s *Server) play(w http.ResponseWriter, r *http.Request, a Asked, rule Rule, write func(Asked, models.Answer) any) {
	wait := rule.Delay
	if rule.Fault == Hang {
		wait = HangLimit
	}
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
			drop(w)
			return
		}
	}
	if rule.Until != nil {
		select {
		case <-rule.Until:
		case <-r.Context().Done():
			drop(w)
			return
		}
	}
	body := []byte(rule.Body)
	if rule.Body == "" {
		body, _ = json.Marshal(write(a, rule.Answer)) // plain values only
	}
	if rule.Status != 0 {
		body = a.Body
	}
	switch rule.Fault {
	case Hang, Drop:
		drop(w)
		return
	case Half:
		// The declared length is never reached, so the caller sees the connection break.
		w.Header().Set("Content-Length", "100000")
		_, _ = w.Write(body[:len(body)/2])
		return
	}
	if rule.Status >= 300 && rule.Status < 400 {
		w.Header().Set("Location", r.URL.Path)
	}
	w.Header().Set("Content-Type", "application/json")
	if rule.Status != 0 {
		w.WriteHeader(rule.Status)
	}
	_, _ = w.Write(body) // a caller who is gone has his reasons
}

// drop closes the connection without an answer.
func drop(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

// encode writes an answer in the HTTP bot's protocol.
func encode(_ Asked, a models.Answer) any {
	type message struct {
		Text        string              `json:"text,omitempty"`
		Buttons     []models.Button     `json:"buttons,omitempty"`
		Attachments []models.Attachment `json:"attachments,omitempty"`
	}
	out := struct {
		Messages   []message            `json:"messages,omitempty"`
		Confidence *float64             `json:"confidence,omitempty"`
		Fallback   bool                 `json:"fallback,omitempty"`
		Handover   *models.HandoverWish `json:"handover,omitempty"`
		Fields     map[string]string    `json:"fields,omitempty"`
	}{Confidence: a.Confidence, Fallback: a.Fallback, Handover: a.Handover, Fields: a.Fields}
	for _, c := range a.Messages {
		out.Messages = append(out.Messages, message{Text: c.Text, Buttons: c.Buttons, Attachments: c.Attachments})
	}
	return out
}
