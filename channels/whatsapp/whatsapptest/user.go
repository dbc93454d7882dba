package whatsapptest

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"time"
)

// User is somebody with a phone, in his chat with one of the account's numbers. What he does is told to the webhook;
// methods with a context wait until the webhook accepted it.
type User struct {
	s      *Server
	number string // whom he writes to

	// Under the server's mu.
	phone       string // "" if he has none that the business may know
	id          string // business-scoped
	name        string
	username    string
	hidden      bool // webhooks leave his number out
	blocked     bool
	lastInbound time.Time
	seen        []Message
	marks       []Mark
	wrote       map[string]bool   // his messages
	reactions   map[string]string // the business's on his messages
}

// Message is what a user sees on his phone.
type Message struct {
	ID      string
	Type    string
	Text    string   // or caption
	File    Media    // of a message with one that was uploaded
	Buttons []Button // reply buttons, or the rows of a list
	List    bool
	ReplyTo string
	Ours    string // biz_opaque_callback_data
	To      string // the number or user id that it was sent to
	At      time.Time
	Body    json.RawMessage // the whole request
}

// Button is something to press.
type Button struct {
	ID    string
	Title string
}

// Mark is a read mark that a user sees.
type Mark struct {
	Message string // his
	Typing  bool   // and a sign that somebody is writing
	At      time.Time
}

// User returns the user with this number, or with this business-scoped id, in his chat with the account's first number.
// A user who is not there yet is made; one who is known by his id alone writes under a username and shows no number.
func (s *Server) User(id, name string) *User { return s.UserOn(s.opts.PhoneNumberID, id, name) }

// UserOn is User for another number of the account.
func (s *Server) UserOn(number, id, name string) *User {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range s.users {
		if u.number == number && (u.phone == id || u.id == id) {
			return u
		}
	}
	u := &User{s: s, number: number, id: id, name: name, wrote: map[string]bool{}, reactions: map[string]string{}}
	if digits(id) {
		u.phone, u.id = id, scoped(id)
	} else {
		u.username = "user." + strconv.Itoa(s.next())
	}
	s.users = append(s.users, u)
	return u
}

// scoped returns a business-scoped id for a number.
func scoped(phone string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(phone))
	return fmt.Sprintf("US.%016d", h.Sum64()%1e16)
}

// Phone returns the user's number, "" if he has none.
func (u *User) Phone() string {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	return u.phone
}

// ID returns the user's business-scoped id.
func (u *User) ID() string {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	return u.id
}

// TakeUsername hides the user's number from now on: the webhook knows him by his business-scoped id.
func (u *User) TakeUsername(name string) {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	u.username, u.hidden = name, true
}

// Block lets every message to the user fail; Unblock ends that. The platform tells the business of neither.
func (u *User) Block() { u.setBlocked(true) }

// Unblock ends Block.
func (u *User) Unblock() { u.setBlocked(false) }

func (u *User) setBlocked(blocked bool) {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	u.blocked = blocked
}

// Seen returns what is on the user's phone, oldest first.
func (u *User) Seen() []Message {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	return slices.Clone(u.seen)
}

// Reaction returns the business's reaction on a message of the user's, "" for none.
func (u *User) Reaction(id string) string {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	return u.reactions[id]
}

// Marks returns the read marks and typing signs that the user saw, oldest first.
func (u *User) Marks() []Mark {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	return slices.Clone(u.marks)
}

// Wait waits until cond holds of what is on the user's phone, and returns that.
func (u *User) Wait(ctx context.Context, cond func(seen []Message) bool) ([]Message, error) {
	var seen []Message
	err := u.s.Wait(ctx, func() bool {
		seen = u.Seen()
		return cond(seen)
	})
	return seen, err
}

// queue is where his events go. The caller holds mu.
func (u *User) queue() string { return u.number + "/" + u.id }

// contact is how a webhook names him. The caller holds mu.
func (u *User) contact() map[string]any {
	profile := map[string]any{"name": u.name}
	if u.username != "" {
		profile["username"] = u.username
	}
	c := map[string]any{"profile": profile, "user_id": u.id}
	if u.phone != "" && !u.hidden {
		c["wa_id"] = u.phone
	}
	return c
}

// message returns what the user sees of a request.
func (q request) message(id string, at time.Time, body []byte) Message {
	m := Message{ID: id, Type: q.Type, Ours: q.Ours, To: q.To, At: at, Body: slices.Clone(body)}
	if m.To == "" {
		m.To = q.Recipient
	}
	if q.Context != nil {
		m.ReplyTo = q.Context.MessageID
	}
	switch {
	case q.Type == "text":
		m.Text = *q.Text.Body
	case q.Type == "template":
		m.Text = q.Template.body
	case q.Type == "interactive":
		m.Text, m.List = q.Interactive.Body.Text, q.Interactive.Type == "list"
		for _, b := range q.Interactive.Action.Buttons {
			m.Buttons = append(m.Buttons, Button{b.Reply.ID, b.Reply.Title})
		}
		for _, section := range q.Interactive.Action.Sections {
			for _, row := range section.Rows {
				m.Buttons = append(m.Buttons, Button{row.ID, row.Title})
			}
		}
	case q.file() != nil:
		m.Text = q.file().Caption
	}
	return m
}
