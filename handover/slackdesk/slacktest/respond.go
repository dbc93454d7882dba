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
	whisper       string // what is changed; "" where there is nothing yet
	user, channel string // to whom and where a message of its own is shown
	left          int
}

// responseURL returns an address for answers about the whisper id. The lock is held.
func (s *Server) responseURL(id string) string {
	key := fmt.Sprintf("r%d", s.next())
	to := &responseURL{whisper: id, left: 5}
	for _, one := range s.whispers {
		if one.channel+"/"+one.ts == id {
			to.user, to.channel = one.user, one.channel
		}
	}
	s.answers[key] = to
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
		Type            string          `json:"response_type"`
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	to, ok := s.answers[r.PathValue("id")]
	if !ok || to.left == 0 || json.Unmarshal(body, &answer) != nil {
		http.Error(w, "expired_url", http.StatusNotFound)
		return
	}
	to.left--
	if len(answer.Blocks) > 0 {
		if f := judgeBlocks(answer.Blocks, blocksMax, false); f != nil {
			http.Error(w, f.code, http.StatusBadRequest)
			return
		}
	}
	if !answer.ReplaceOriginal && !answer.DeleteOriginal {
		if answer.Text == "" && len(answer.Blocks) == 0 {
			http.Error(w, "no_text", http.StatusBadRequest)
			return
		}
		// Whoever is not told otherwise is shown it alone.
		if answer.Type == "in_channel" {
			http.Error(w, "invalid_response_type", http.StatusBadRequest)
			return
		}
		s.whispers = append(s.whispers, &whisper{channel: to.channel, user: to.user, ts: s.stamp(), text: answer.Text, blocks: answer.Blocks})
		s.touch()
		_, _ = w.Write([]byte("ok"))
		return
	}
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

// command uses a slash command. An answer at once comes with the ack, a later one by the response_url: five of them.
func (s *Server) command(ctx context.Context, user, channel, command, text string) ([]byte, error) {
	s.mu.Lock()
	trigger := s.trigger(user)
	key := fmt.Sprintf("c%d", s.next())
	s.answers[key] = &responseURL{user: user, channel: channel, left: 5}
	s.mu.Unlock()
	fields := map[string]any{
		"token": "oldVerificationToken", "team_id": Team, "team_domain": "acme", "channel_id": channel, "channel_name": "support",
		"user_id": user, "user_name": user, "command": command, "text": text, "api_app_id": App, "is_enterprise_install": "false",
		"response_url": s.url + "/response/" + key, "trigger_id": trigger,
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
