package telegramtest

import (
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// maxRequest bounds a call, in bytes.
const maxRequest = 64 << 20

// apiError is an answer that is not ok: https://core.telegram.org/bots/api#making-requests.
type apiError struct {
	code        int
	description string
	retryAfter  int
}

func badRequest(description string) *apiError {
	return &apiError{code: http.StatusBadRequest, description: "Bad Request: " + description}
}

// serve answers one HTTP request.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.work.Add(1)
	s.mu.Unlock()
	defer s.work.Done()

	if path, ok := strings.CutPrefix(r.URL.Path, "/file/bot"); ok {
		s.download(w, r, path)
		return
	}
	path, ok := strings.CutPrefix(r.URL.Path, "/bot")
	token, method, split := strings.Cut(path, "/")
	switch {
	case !ok || !split:
		respond(w, nil, &apiError{code: http.StatusNotFound, description: "Not Found"})
		return
	case token != s.conf.Token:
		respond(w, nil, &apiError{code: http.StatusUnauthorized, description: "Unauthorized"})
		return
	}
	p, err := s.readParams(w, r)
	if err != nil {
		respond(w, nil, badRequest("can't parse request"))
		return
	}
	f, faulty := s.record(method, p)
	if faulty && !f.taken {
		f.strike(s.ctx, w, r)
		return
	}
	result, refused := s.dispatch(r.Context(), method, p)
	if faulty {
		f.strike(s.ctx, w, r)
		return
	}
	respond(w, result, refused)
}

// record notes a call and returns the fault that is planned for it.
func (s *Server) record(method string, p params) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, Call{Method: method, Params: p, At: s.conf.Now()})
	defer s.stir()
	for _, f := range s.faults {
		if f.left != 0 && (f.method == "" || strings.EqualFold(f.method, method)) {
			if f.left > 0 {
				f.left--
			}
			return f.Fault, true
		}
	}
	return Fault{}, false
}

// dispatch does what a method does. Names of methods are not case sensitive.
func (s *Server) dispatch(ctx context.Context, method string, p params) (any, *apiError) {
	switch strings.ToLower(method) {
	case "getme":
		return s.me(), nil
	case "getupdates":
		return s.getUpdates(ctx, p)
	case "setwebhook":
		return s.setWebhook(p)
	case "deletewebhook":
		return s.deleteWebhook(p)
	case "getwebhookinfo":
		return s.webhookInfo(), nil
	case "sendmessage":
		return s.sendMessage(p)
	case "editmessagetext":
		return s.editMessageText(p)
	case "editmessagecaption":
		return s.editMessageCaption(p)
	case "sendphoto", "sendvideo", "sendaudio", "sendvoice", "sendsticker", "senddocument":
		return s.sendFile(strings.ToLower(method)[len("send"):], p)
	case "deletemessage":
		return s.deleteMessage(p)
	case "sendchataction":
		return s.sendChatAction(p)
	case "setmessagereaction":
		return s.setMessageReaction(p)
	case "answercallbackquery":
		return s.answerCallbackQuery(p)
	case "setmycommands":
		return s.setMyCommands(p)
	case "getmycommands":
		return s.getMyCommands(p)
	case "deletemycommands":
		return s.deleteMyCommands(p)
	case "getfile":
		return s.getFile(p)
	}
	return nil, &apiError{code: http.StatusNotFound, description: "Not Found: method not found"}
}

// respond writes the envelope of an answer.
func respond(w http.ResponseWriter, result any, e *apiError) {
	w.Header().Set("Content-Type", "application/json")
	if e == nil {
		_ = json.NewEncoder(w).Encode(map[string]any{"ok": true, "result": result})
		return
	}
	envelope := map[string]any{"ok": false, "error_code": e.code, "description": e.description}
	if e.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(e.retryAfter))
		envelope["parameters"] = map[string]any{"retry_after": e.retryAfter}
	}
	w.WriteHeader(e.code)
	_ = json.NewEncoder(w).Encode(envelope)
}

// params are the arguments of a call, whichever way they came. What is no string is its JSON.
type params map[string]string

// readParams reads the query, and a body of one of the kinds that the Bot API takes.
func (s *Server) readParams(w http.ResponseWriter, r *http.Request) (params, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	p := params{}
	switch kind {
	case "application/json":
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if err := p.addJSON(body); err != nil {
			return nil, err
		}
	case "multipart/form-data":
		return s.readForm(r)
	default:
		if err := r.ParseForm(); err != nil {
			return nil, err
		}
	}
	if r.Form == nil {
		r.Form = r.URL.Query()
	}
	for key, values := range r.Form {
		p[key] = values[0]
	}
	return p, nil
}

func (p params) addJSON(body []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return err
	}
	for key, raw := range fields {
		var text string
		if json.Unmarshal(raw, &text) != nil {
			text = string(raw)
		}
		if string(raw) != "null" {
			p[key] = text
		}
	}
	return nil
}

// number returns a parameter as a number; 0 is none.
func (p params) number(key string) int64 {
	n, _ := strconv.ParseInt(p[key], 10, 64)
	return n
}

// yes returns a parameter as a truth.
func (p params) yes(key string) bool {
	return strings.EqualFold(p[key], "true") || p[key] == "1"
}
