package whatsapptest

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Call is a call that the API got.
type Call struct {
	Method string
	Path   string // without the version: "/440000000000002/messages"
	Body   []byte
	To     string // of a message: the number or user id it is for
	Mark   bool   // it marks a message of the person's as read
	At     time.Time
}

// Calls returns the calls that the API got, also those that it refused.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// ServeHTTP answers a call as the Graph API does.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.ctx.Err() != nil {
		s.mu.Unlock()
		return
	}
	s.wg.Add(1) // Close waits for calls under way
	s.mu.Unlock()
	defer s.wg.Done()
	var body []byte
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") { // files are read as they come
		var err error
		if body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20)); err != nil {
			reply{refused: refuse(100, "The body cannot be read.")}.write(w)
			return
		}
	}
	version, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	c := Call{Method: r.Method, Path: "/" + path, Body: body}
	var to struct{ To, Recipient, Status string }
	if json.Unmarshal(body, &to) == nil {
		c.Mark = to.Status != ""
		if c.To = to.To; c.To == "" {
			c.To = to.Recipient
		}
	}
	s.mu.Lock()
	c.At = s.now()
	s.calls = append(s.calls, c)
	f, faulty := s.fault(c)
	s.change()
	s.mu.Unlock()

	if faulty && !f.Take && !f.Later {
		s.happen(w, r, f)
		return
	}
	if version == "media" {
		s.download(w, r, path)
		return
	}
	answer := reply{refused: refuse(2500, "Unknown path components: /%s", path)}
	if versioned(version) {
		answer = s.route(r, c, f)
	}
	if faulty && f.Take {
		s.happen(w, r, f)
		return
	}
	answer.write(w)
}

// versioned reports whether version is one of the API's. They are treated alike.
func versioned(version string) bool {
	number, ok := strings.CutPrefix(version, "v")
	major, minor, dot := strings.Cut(number, ".")
	return ok && dot && digits(major) && digits(minor)
}

// route answers an authentic call.
func (s *Server) route(r *http.Request, c Call, f Fault) reply {
	if !s.authentic(r) {
		return reply{refused: refuse(190, "The access token could not be decrypted.")}
	}
	node, edge, _ := strings.Cut(strings.TrimPrefix(c.Path, "/"), "/")
	s.mu.Lock()
	number := s.numbers[node]
	s.mu.Unlock()
	switch {
	case c.Path == "/debug_token" && r.Method == http.MethodGet:
		return s.debugToken(r)
	case number != nil && edge == "messages" && r.Method == http.MethodPost:
		return s.messages(r, number, c.Body, f)
	case number != nil && edge == "media" && r.Method == http.MethodPost:
		return s.upload(r)
	case number != nil && edge == "" && r.Method == http.MethodGet:
		return s.numberNode(r, number)
	case node == s.opts.BusinessAccount && edge == "phone_numbers" && r.Method == http.MethodGet:
		return s.phoneNumbers()
	case node == s.opts.BusinessAccount && edge == "subscribed_apps":
		return s.subscribedApps(r)
	case node == s.opts.BusinessAccount && edge == "message_templates" && r.Method == http.MethodGet:
		return s.messageTemplates(r)
	case edge == "" && r.Method == http.MethodGet:
		if node, ok := s.mediaNode(node); ok {
			return answer(node)
		}
	}
	refused := refuse(100, "Unsupported request. Object with ID '%s' does not exist, cannot be loaded due to missing permissions, or does not support this operation.", node)
	refused.subcode = 33
	return reply{refused: refused}
}

// authentic reports whether the call has the access token.
func (s *Server) authentic(r *http.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return ok && token == s.opts.AccessToken && !s.token.Invalid
}
