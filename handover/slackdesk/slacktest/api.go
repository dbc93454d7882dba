package slacktest

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// call is one call of the Web API.
type call struct {
	method string
	args   url.Values
	app    bool // made with the app-level token
}

// failure is an answer with ok:false.
type failure struct {
	code     string
	needed   string
	messages []string
	after    int // seconds of Retry-After: the answer is a 429
}

// method is what a call does. It is called with the lock held and returns the fields of the answer.
type method struct {
	scope string // needed; "" is none
	tier  tier
	app   bool // wants the app-level token
	do    func(s *Server, c call) (map[string]any, *failure)
}

func methods() map[string]method {
	return map[string]method{
		"auth.test":                    {tier: tierFree, do: (*Server).authTest},
		"chat.postMessage":             {scope: "chat:write", tier: tierPost, do: (*Server).postMessage},
		"chat.update":                  {scope: "chat:write", tier: tier3, do: (*Server).updateMessage},
		"chat.delete":                  {scope: "chat:write", tier: tier3, do: (*Server).deleteMessage},
		"chat.postEphemeral":           {scope: "chat:write", tier: tier4, do: (*Server).postEphemeral},
		"conversations.info":           {scope: "channels:read", tier: tier3, do: (*Server).conversationInfo},
		"conversations.replies":        {scope: "channels:history", tier: tier3, do: (*Server).conversationReplies},
		"conversations.history":        {scope: "channels:history", tier: tier3, do: (*Server).conversationHistory},
		"conversations.members":        {scope: "channels:read", tier: tier4, do: (*Server).conversationMembers},
		"bots.info":                    {scope: "users:read", tier: tier3, do: (*Server).botInfo},
		"users.info":                   {scope: "users:read", tier: tier4, do: (*Server).userInfo},
		"users.getPresence":            {scope: "users:read", tier: tier3, do: (*Server).userPresence},
		"reactions.add":                {scope: "reactions:write", tier: tier3, do: (*Server).addReaction},
		"reactions.remove":             {scope: "reactions:write", tier: tier2, do: (*Server).removeReaction},
		"views.open":                   {tier: tier4, do: (*Server).openView},
		"views.update":                 {tier: tier4, do: (*Server).updateView},
		"views.publish":                {tier: tier4, do: (*Server).publishView},
		"files.getUploadURLExternal":   {scope: "files:write", tier: tier4, do: (*Server).uploadURL},
		"files.completeUploadExternal": {scope: "files:write", tier: tier4, do: (*Server).completeUpload},
		"files.info":                   {scope: "files:read", tier: tier4, do: (*Server).fileInfo},
		"apps.connections.open":        {scope: "connections:write", tier: tier1, app: true, do: (*Server).openConnection},
	}
}

// allScopes returns every scope that a method or an event here needs.
func allScopes() []string {
	return []string{
		"channels:history", "channels:read", "chat:write", "commands", "files:read", "files:write", "groups:history", "groups:read", "reactions:read", "reactions:write",
		"users:read",
	}
}

func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	c := call{method: r.PathValue("method")}
	body, err := io.ReadAll(io.LimitReader(r.Body, 8<<20))
	if err != nil {
		return
	}
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	c.args = arguments(r, body)
	if t := c.args.Get("token"); t != "" {
		token = t
	}

	s.mu.Lock()
	s.calls[c.method]++
	s.args[c.method] = maps.Clone(c.args)
	delete(s.args[c.method], "token")
	fault := s.fault(c.method)
	outage := s.outage
	s.touch()
	s.mu.Unlock()
	if outage {
		http.Error(w, "<html><body>Service Unavailable</body></html>", http.StatusServiceUnavailable)
		return
	}
	if fault != nil && !fault.After {
		fault.serve(w, r)
		return
	}

	s.mu.Lock()
	answer, failed := s.answer(c, token)
	if s.silent {
		w.Header().Del("X-OAuth-Scopes")
	} else if token == BotToken {
		w.Header().Set("X-OAuth-Scopes", strings.Join(s.scopes, ","))
	}
	s.touch()
	s.mu.Unlock()
	if fault != nil {
		fault.serve(w, r)
		return
	}
	if failed != nil {
		failed.write(w)
		return
	}
	answer["ok"] = true
	writeJSON(w, http.StatusOK, answer)
}

// arguments returns the call's arguments, from a form, a query or a JSON body.
func arguments(r *http.Request, body []byte) url.Values {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == "application/json" {
		args := url.Values{}
		var fields map[string]json.RawMessage
		_ = json.Unmarshal(body, &fields)
		for key, raw := range fields {
			var text string
			if json.Unmarshal(raw, &text) != nil {
				text = string(raw)
			}
			args.Set(key, text)
		}
		return args
	}
	args, _ := url.ParseQuery(string(body))
	for key, values := range r.URL.Query() {
		args[key] = append(args[key], values...)
	}
	return args
}

// answer does what c asks for. The lock is held.
func (s *Server) answer(c call, token string) (map[string]any, *failure) {
	m, ok := methods()[c.method]
	switch {
	case !ok:
		return nil, &failure{code: "unknown_method"}
	case token == "":
		return nil, &failure{code: "not_authed"}
	case token != BotToken && token != AppToken:
		return nil, &failure{code: "invalid_auth"}
	case m.app != (token == AppToken):
		return nil, &failure{code: "not_allowed_token_type"}
	case !m.app && m.scope != "" && !slices.Contains(s.scopes, m.scope):
		return nil, &failure{code: "missing_scope", needed: m.scope}
	}
	c.app = m.app
	if after := s.pace(c, m.tier); after > 0 {
		return nil, &failure{code: "ratelimited", after: after}
	}
	return m.do(s, c)
}

func (f *failure) write(w http.ResponseWriter) {
	v := map[string]any{"ok": false, "error": f.code}
	if f.needed != "" {
		v["needed"], v["provided"] = f.needed, ""
	}
	if len(f.messages) > 0 {
		v["response_metadata"] = map[string]any{"messages": f.messages}
	}
	status := http.StatusOK
	if f.after > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(f.after))
		status = http.StatusTooManyRequests
	}
	writeJSON(w, status, v)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// botInfo answers as https://docs.slack.dev/reference/methods/bots.info says.
func (s *Server) botInfo(c call) (map[string]any, *failure) {
	if c.args.Get("bot") != Bot {
		return nil, &failure{code: "bot_not_found"}
	}
	return map[string]any{"bot": map[string]any{
		"id": Bot, "deleted": false, "name": BotName, "updated": 1449272004, "app_id": App, "user_id": BotUser, "icons": map[string]any{},
	}}, nil
}

func (s *Server) authTest(call) (map[string]any, *failure) {
	return map[string]any{
		"url": "https://acme.slack.com/", "team": "Acme", "user": BotName, "team_id": Team, "user_id": BotUser, "bot_id": Bot,
		"is_enterprise_install": false,
	}, nil
}
