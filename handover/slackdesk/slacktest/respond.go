package slacktest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
)

// responseURL is an address that changes a whisper. Slack takes five calls in half an hour:
// https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
type responseURL struct {
	whisper string
	left    int
}

// responseURL returns an address for answers about the whisper id. The lock is held.
func (s *Server) responseURL(id string) string {
	key := fmt.Sprintf("r%d", s.next())
	s.answers[key] = &responseURL{whisper: id, left: 5}
	return s.url + "/response/" + key
}

func (s *Server) serveResponse(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return
	}
	var answer struct {
		Text            string          `json:"text"`
		Blocks          json.RawMessage `json:"blocks"`
		ReplaceOriginal bool            `json:"replace_original"`
		DeleteOriginal  bool            `json:"delete_original"`
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	to, ok := s.answers[r.PathValue("id")]
	if !ok || to.left == 0 || json.Unmarshal(body, &answer) != nil {
		http.Error(w, "expired_url", http.StatusNotFound)
		return
	}
	to.left--
	for i, one := range s.whispers {
		if one.channel+"/"+one.ts != to.whisper {
			continue
		}
		switch {
		case answer.DeleteOriginal:
			s.whispers = slices.Delete(s.whispers, i, i+1)
		case answer.ReplaceOriginal:
			one.text, one.blocks = answer.Text, answer.Blocks
		}
		break
	}
	s.touch()
	_, _ = w.Write([]byte("ok"))
}

// command uses a slash command. In Socket Mode the answer comes with the ack.
func (s *Server) command(ctx context.Context, user, channel, command, text string) ([]byte, error) {
	s.mu.Lock()
	trigger := s.trigger(user)
	s.mu.Unlock()
	fields := map[string]any{
		"token": "oldVerificationToken", "team_id": Team, "team_domain": "acme", "channel_id": channel, "channel_name": "support",
		"user_id": user, "user_name": user, "command": command, "text": text, "api_app_id": App, "is_enterprise_install": "false",
		"response_url": s.url + "/response/none", "trigger_id": trigger,
	}
	if s.opts.Socket {
		return s.askSocket(ctx, "slash_commands", fields, true)
	}
	form := url.Values{}
	for key, value := range fields {
		form.Set(key, fmt.Sprint(value))
	}
	return s.signed(ctx, s.address("commands"), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, []byte(form.Encode()))
}
