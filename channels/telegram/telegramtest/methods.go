package telegramtest

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// me is the bot as a user: https://core.telegram.org/bots/api#getme.
func (s *Server) me() map[string]any {
	return map[string]any{
		"id": s.id, "is_bot": true, "first_name": s.conf.Name, "username": s.conf.Username,
		"can_join_groups": true, "can_read_all_group_messages": false, "supports_inline_queries": false,
	}
}

// query is a pressed button that waits for its answer.
type query struct {
	at       time.Time
	chat     int64
	answered bool
}

// answerCallbackQuery is https://core.telegram.org/bots/api#answercallbackquery.
func (s *Server) answerCallbackQuery(p params) (any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queries[p["callback_query_id"]]
	if q == nil || s.conf.Now().Sub(q.at) > s.conf.Expire {
		return nil, badRequest("query is too old and response timeout expired or query ID is invalid")
	}
	if len16(p["text"]) > 200 {
		return nil, badRequest("MESSAGE_TOO_LONG")
	}
	q.answered = true
	s.stir()
	return true, nil
}

var commandForm = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)

// Command is an entry of the bot's menu: https://core.telegram.org/bots/api#botcommand.
type Command struct {
	Command     string `json:"command"`
	Description string `json:"description"`
}

// Commands returns the menu that people with the language see in private chats; "" is a language without a menu of its own.
func (s *Server) Commands(language string) []Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	raw, ok := s.commands[commandsKey(params{"language_code": language})]
	if !ok {
		raw = s.commands[commandsKey(nil)]
	}
	var commands []Command
	_ = json.Unmarshal([]byte(raw), &commands)
	return commands
}

// commandsKey is the list that a call is about: there is one a scope and language.
func commandsKey(p params) string {
	scope := "default"
	if raw, ok := p["scope"]; ok {
		scope = raw
	}
	return scope + "|" + p["language_code"]
}

// setMyCommands is https://core.telegram.org/bots/api#setmycommands.
func (s *Server) setMyCommands(p params) (any, *apiError) {
	var commands []Command
	if json.Unmarshal([]byte(p["commands"]), &commands) != nil {
		return nil, badRequest("can't parse commands JSON object")
	}
	if len(commands) > 100 {
		return nil, badRequest("BOT_COMMANDS_TOO_MUCH")
	}
	for _, c := range commands {
		if !commandForm.MatchString(c.Command) {
			return nil, badRequest("BOT_COMMAND_INVALID")
		}
		if n := utf8.RuneCountInString(c.Description); n < 1 || n > 256 {
			return nil, badRequest("BOT_COMMAND_DESCRIPTION_INVALID")
		}
	}
	if code := p["language_code"]; code != "" && len(code) != 2 {
		return nil, badRequest("invalid language code specified")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands[commandsKey(p)] = p["commands"]
	s.stir()
	return true, nil
}

// getMyCommands is https://core.telegram.org/bots/api#getmycommands.
func (s *Server) getMyCommands(p params) (any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	raw, ok := s.commands[commandsKey(p)]
	if !ok {
		raw = "[]"
	}
	return json.RawMessage(raw), nil
}

// deleteMyCommands is https://core.telegram.org/bots/api#deletemycommands.
func (s *Server) deleteMyCommands(p params) (any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.commands, commandsKey(p))
	s.stir()
	return true, nil
}

// maxDownload is how large a file may be that the bot downloads: https://core.telegram.org/bots/api#getfile.
const maxDownload = 20 << 20

// AddFile puts a file on the server, for the bot to download by its id.
func (s *Server) AddFile(id string, content []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[id] = content
}

// getFile is https://core.telegram.org/bots/api#getfile.
func (s *Server) getFile(p params) (any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := p["file_id"]
	content, ok := s.files[id]
	switch {
	case !ok:
		return nil, badRequest("wrong file_id or the file is temporarily unavailable")
	case len(content) > maxDownload:
		return nil, badRequest("file is too big")
	}
	return map[string]any{
		"file_id": id, "file_unique_id": "u" + id, "file_size": len(content), "file_path": "files/" + id,
	}, nil
}

// download answers GET /file/bot<token>/<file_path>.
func (s *Server) download(w http.ResponseWriter, r *http.Request, path string) {
	if f, faulty := s.record("download", nil); faulty {
		f.strike(s.ctx, w, r)
		return
	}
	token, name, _ := strings.Cut(path, "/")
	if token != s.conf.Token {
		respond(w, nil, &apiError{code: http.StatusUnauthorized, description: "Unauthorized"})
		return
	}
	s.mu.Lock()
	content, ok := s.files[strings.TrimPrefix(name, "files/")]
	s.mu.Unlock()
	if !ok || len(content) > maxDownload {
		respond(w, nil, &apiError{code: http.StatusNotFound, description: "Not Found"})
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	_, _ = w.Write(content)
}
