package botstest

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"patchbay/models"
)

// allowed checks Rasa's token; otherwise it has answered as Rasa does.
func (s *Server) allowed(w http.ResponseWriter, r *http.Request) bool {
	if s.options.Token == "" || same(r.URL.Query().Get("token"), s.options.Token) {
		return true
	}
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = io.WriteString(w, `{"version":"3.6.20","status":"failure","reason":"NotAuthenticated","code":401}`)
	return false
}

func (s *Server) rasaStatus(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"status":"ok"}`)
}

// rasaAnswer is POST /webhooks/rest/webhook: https://rasa.com/docs/rasa/connectors/your-own-website/
func (s *Server) rasaAnswer(w http.ResponseWriter, r *http.Request) {
	body, ok := s.read(w, r)
	if !ok || !s.allowed(w, r) {
		return
	}
	var q struct{ Sender, Message string }
	if json.Unmarshal(body, &q) != nil || q.Sender == "" {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	a := Asked{Protocol: "rasa", Sender: q.Sender, Text: q.Message, Intent: intent(q.Message), Header: r.Header.Clone(), Body: body}
	s.play(w, r, a, s.say(a), encodeRasa)
}

// rasaParse is POST /model/parse: the intent of a text, without a conversation.
func (s *Server) rasaParse(w http.ResponseWriter, r *http.Request) {
	body, ok := s.read(w, r)
	if !ok {
		return
	}
	if s.options.NoAPI {
		http.NotFound(w, r)
		return
	}
	var q struct{ Text string }
	if !s.allowed(w, r) {
		return
	}
	if json.Unmarshal(body, &q) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	a := Asked{Protocol: "parse", Text: q.Text, Intent: intent(q.Text), Header: r.Header.Clone(), Body: body}
	rule := s.say(a)
	// What goes wrong with the answer does not go wrong with the parse.
	s.play(w, r, a, Rule{Answer: rule.Answer}, encodeParse)
}

// intent returns the intent that a message names with a leading slash. Rasa strips the white space around a message first.
func intent(message string) string {
	name, ok := strings.CutPrefix(strings.TrimSpace(message), "/")
	if !ok {
		return ""
	}
	name, _, _ = strings.Cut(name, "{")
	name, _, _ = strings.Cut(name, "@")
	return name
}

// encodeRasa writes an answer as Rasa's REST channel does: one element a response, and a custom payload for a handover.
func encodeRasa(q Asked, a models.Answer) any {
	out := []map[string]any{}
	add := func(key string, value any) { out = append(out, map[string]any{"recipient_id": q.Sender, key: value}) }
	for _, c := range a.Messages {
		if c.Text != "" || len(c.Buttons) > 0 {
			add("text", c.Text)
			if len(c.Buttons) > 0 {
				out[len(out)-1]["buttons"] = c.Buttons
			}
		}
		for _, f := range c.Attachments {
			if f.Kind == models.Image {
				add("image", f.URL)
			} else {
				add("attachment", map[string]any{"type": f.Kind, "payload": map[string]any{"src": f.URL}})
			}
		}
	}
	if h := a.Handover; h != nil && h.Requested {
		add("custom", map[string]any{"action": "handoff", "reason": h.Reason, "team": h.Team, "summary": h.Summary})
	}
	return out
}

// encodeParse writes what /model/parse says: nlu_fallback for a fallback, with the threshold as its confidence.
func encodeParse(q Asked, a models.Answer) any {
	name, confidence := "known", 0.98
	switch {
	case q.Intent != "":
		name, confidence = q.Intent, 1
	case a.Fallback:
		name, confidence = "nlu_fallback", 0.7
	}
	found := map[string]any{"name": name, "confidence": confidence}
	return map[string]any{"text": q.Text, "intent": found, "entities": []any{}, "intent_ranking": []any{found}}
}
