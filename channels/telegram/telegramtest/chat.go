package telegramtest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Message is a message as it stands on the screen of somebody in the chat.
type Message struct {
	ID       int
	Mine     bool   // written by a person, not by the bot
	Name     string // of who wrote it
	Text     string // or caption
	Entities []Entity
	Buttons  []Button
	File     File // sent by the bot
	ReplyTo  int  // id of the message that it answers
	Thread   int
	Edited   bool
	Deleted  bool // taken back; it is not on the screen any more
	At       time.Time
	Reaction string // the bot's on a message of a person's

	from   map[string]any // the sender for the API
	edited time.Time
	markup string
	fields map[string]any // content that is no text
}

// Bold returns the first piece of the text that is set in bold.
func (m Message) Bold() string {
	for _, e := range m.Entities {
		if e.Type == "bold" {
			return m.Piece(e)
		}
	}
	return ""
}

// Piece returns the words that an entity marks.
func (m Message) Piece(e Entity) string {
	piece, _ := cut16(m.Text, e.Offset, e.Length)
	return piece
}

// Entity is a part of a text, in UTF-16 units: https://core.telegram.org/bots/api#messageentity.
type Entity struct {
	Type   string `json:"type"`
	Offset int    `json:"offset"`
	Length int    `json:"length"`
	URL    string `json:"url,omitempty"`
	// Language is the one of a "pre".
	Language string `json:"language,omitempty"`
}

// Button is a button under a message.
type Button struct {
	Title string `json:"text"`
	Data  string `json:"callback_data"`
}

// chat is a private chat with the bot, or a group.
type chat struct {
	id       int64
	kind     string         // private, group, supergroup
	wire     map[string]any // for the API
	started  bool           // the bot may write
	blocked  bool
	kicked   bool // the bot was taken out of the group
	messages []*Message
	typing   int
	sent     bucket
}

// find returns the message with the id, or nil. One that was deleted is not there.
func (c *chat) find(id int64) *Message {
	for _, m := range c.messages {
		if int64(m.ID) == id && !m.Deleted {
			return m
		}
	}
	return nil
}

// open returns the chat with the id, and makes it if it is new. The caller holds mu.
func (s *Server) open(id int64, kind string, wire map[string]any) *chat {
	if c := s.chats[id]; c != nil {
		return c
	}
	wire["id"], wire["type"] = id, kind
	c := &chat{id: id, kind: kind, wire: wire, sent: bucket{rate: s.conf.ChatRate, burst: s.conf.ChatBurst}}
	s.chats[id] = c
	return c
}

// add puts a message at the end of the chat. The caller holds mu.
func (s *Server) add(c *chat, m Message) *Message {
	s.messages++
	m.ID, m.At = s.messages, s.conf.Now()
	c.messages = append(c.messages, &m)
	s.stir()
	return &m
}

// wireOf returns m as the API shows it: https://core.telegram.org/bots/api#message. The caller holds mu.
func (s *Server) wireOf(c *chat, m *Message) map[string]any {
	wire := map[string]any{"message_id": m.ID, "from": m.from, "chat": c.wire, "date": m.At.Unix()}
	maps.Copy(wire, m.fields)
	switch {
	case m.Text == "":
	case m.fields != nil:
		wire["caption"] = m.Text
	default:
		wire["text"] = m.Text
		if len(m.Entities) > 0 {
			wire["entities"] = m.Entities
		}
	}
	if m.markup != "" {
		wire["reply_markup"] = json.RawMessage(m.markup)
	}
	if m.Thread != 0 {
		wire["message_thread_id"], wire["is_topic_message"] = m.Thread, true
	}
	if m.Edited {
		wire["edit_date"] = m.edited.Unix()
	}
	if to := c.find(int64(m.ReplyTo)); to != nil && m.ReplyTo != 0 {
		answered := s.wireOf(c, to)
		delete(answered, "reply_to_message") // the API shows one level only
		wire["reply_to_message"] = answered
	}
	return wire
}

// screen is what the people in a chat see of it.
type screen struct {
	s *Server
	c *chat
}

// Seen returns the messages of the chat, oldest first, as they read now.
func (v screen) Seen() []Message {
	v.s.mu.Lock()
	defer v.s.mu.Unlock()
	return v.seen()
}

func (v screen) seen() []Message {
	seen := make([]Message, 0, len(v.c.messages))
	for _, m := range v.c.messages {
		copied := *m
		copied.Entities, copied.Buttons = slices.Clone(m.Entities), slices.Clone(m.Buttons)
		seen = append(seen, copied)
	}
	return seen
}

// Read returns the texts that the bot wrote, oldest first, without those that were deleted.
func (v screen) Read() []string {
	var texts []string
	for _, m := range v.Seen() {
		if !m.Mine && !m.Deleted {
			texts = append(texts, m.Text)
		}
	}
	return texts
}

// Typing returns how often the bot has shown that it is typing.
func (v screen) Typing() int {
	v.s.mu.Lock()
	defer v.s.mu.Unlock()
	return v.c.typing
}

// Wait waits until ok likes what is on the screen. It asks again after each thing that happens on the server.
func (v screen) Wait(ctx context.Context, ok func([]Message) bool) error {
	if err := v.s.Wait(ctx, func() bool { return ok(v.Seen()) }); err != nil {
		return fmt.Errorf("not seen in chat %d, where %d messages are: %w", v.c.id, len(v.Seen()), err)
	}
	return nil
}

// WaitFor waits until the bot has written a message with text in it.
func (v screen) WaitFor(ctx context.Context, text string) error {
	if err := v.Wait(ctx, func(seen []Message) bool {
		return slices.ContainsFunc(seen, func(m Message) bool {
			return !m.Mine && !m.Deleted && strings.Contains(m.Text, text)
		})
	}); err != nil {
		return fmt.Errorf("%q: %w", text, err)
	}
	return nil
}
