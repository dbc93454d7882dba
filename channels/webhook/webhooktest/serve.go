package webhooktest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"patchbay/channels/standardwebhooks"
)

// maxBody is what a system like this takes: far more than the longest message.
const maxBody = 1 << 20

// Post is one post of Patchbay's.
type Post struct {
	WebhookID string    `json:"-"`
	Given     string    `json:"-"` // the id that the system gave a message, "" if none
	At        time.Time `json:"-"`

	Type        string       `json:"type"`
	ID          string       `json:"id"`
	Chat        Ref          `json:"chat"`
	Author      Author       `json:"author"`
	Text        string       `json:"text"`
	Attachments []Attachment `json:"attachments"`
	Buttons     []Button     `json:"buttons"`
	ReplyTo     string       `json:"reply_to"`
	Status      string       `json:"status"` // of a receipt
	Emoji       *string      `json:"emoji"`  // of a reaction
}

// Ref names a chat.
type Ref struct {
	ID string `json:"id"`
}

// Author is who wrote a message.
type Author struct {
	Kind string `json:"kind"` // bot, agent, system
	Name string `json:"name"`
}

// Attachment is a file of a message, in both directions.
type Attachment struct {
	Type string `json:"type"`
	URL  string `json:"url"`
	Name string `json:"name,omitempty"`
	MIME string `json:"mime,omitempty"`
	Size int64  `json:"size,omitempty"`
}

// Button is a choice under a message.
type Button struct {
	Title   string `json:"title"`
	Payload string `json:"payload"`
}

// Message is what a customer sees of a message of ours.
type Message struct {
	Post

	Edited  bool
	Deleted bool
}

// answer is what a post was answered with.
type answer struct {
	status int
	id     string
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet && s.download(w, r) {
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	switch {
	case err != nil:
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	case r.URL.Path != s.conf.Path:
		w.WriteHeader(http.StatusNotFound)
		return
	case r.Method != http.MethodPost:
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	var p Post
	fault, faulty, got := s.judge(r.Header, body, &p)
	if faulty {
		fault.strike(s.ctx, w, r)
		if !fault.slow {
			return
		}
		got = locked(s, func() answer { return s.take(p) })
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(got.status)
	if got.id != "" {
		_, _ = fmt.Fprintf(w, `{"id":%q}`, got.id)
	}
}

// judge takes a post, or finds the fault that is planned for it.
func (s *Server) judge(h http.Header, body []byte, p *Post) (f Fault, faulty bool, got answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.stir()
	s.calls++
	if err := s.keys.Verify(h, body, s.conf.Now()); err != nil {
		s.refused++
		return f, false, answer{status: http.StatusUnauthorized}
	}
	if err := p.read(body); err != nil {
		s.broken = append(s.broken, err.Error())
		return f, false, answer{status: http.StatusBadRequest}
	}
	p.WebhookID, p.At = h.Get(standardwebhooks.HeaderID), s.conf.Now()
	if f, faulty = s.strikes(p.Chat.ID); faulty {
		if f.taken {
			s.take(*p)
		}
		return f, true, got
	}
	return f, false, s.take(*p)
}

// read decodes a post strictly.
func (p *Post) read(body []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(p); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON value")
	}
	switch {
	case p.Type == "typing" && p.Chat.ID != "":
		return nil
	case p.ID == "" || p.Chat.ID == "":
		return errors.New("no id or no chat")
	case p.Type == "delete":
		return nil
	case p.Type == "receipt" && p.Status != "read":
		return fmt.Errorf("status %q", p.Status)
	case p.Type == "receipt":
		return nil
	case p.Type == "reaction" && p.Emoji == nil:
		return errors.New("no emoji")
	case p.Type == "reaction":
		return nil
	case p.Type != "message" && p.Type != "edit":
		return fmt.Errorf("type %q", p.Type)
	case !slices.Contains([]string{"bot", "agent", "system"}, p.Author.Kind):
		return fmt.Errorf("author.kind %q", p.Author.Kind)
	case p.Text == "" && len(p.Attachments) == 0:
		return errors.New("nothing to show")
	}
	return nil
}

// take shows a post to the customer, once. s.mu is held.
func (s *Server) take(p Post) answer {
	if got, ok := s.answers[p.WebhookID]; ok {
		s.repeats++
		return got
	}
	got := answer{status: http.StatusOK}
	messages := s.chats[p.Chat.ID]
	i := slices.IndexFunc(messages, func(m Message) bool { return m.ID == p.ID || m.Given != "" && m.Given == p.ID })
	switch {
	case p.Type == "message":
		if !s.conf.NoIDs {
			s.given++
			p.Given = "their-" + strconv.Itoa(s.given)
			got.id = p.Given
		}
		s.chats[p.Chat.ID] = append(messages, Message{Post: p})
	case p.Type == "receipt" || p.Type == "typing":
	case p.Type == "reaction": // on a message of the customer's
	case i < 0:
		return answer{status: http.StatusNotFound}
	case p.Type == "edit":
		was := messages[i]
		messages[i] = Message{Post: p, Edited: true}
		messages[i].ID, messages[i].Given = was.ID, was.Given
	default:
		messages[i].Deleted = true
	}
	s.posts = append(s.posts, p)
	s.answers[p.WebhookID] = got
	s.stir()
	return got
}
