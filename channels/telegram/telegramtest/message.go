package telegramtest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// target returns the chat that a call is about, or why the bot may not write there. The caller holds mu.
func (s *Server) target(p params) (*chat, *apiError) {
	if p["chat_id"] == "" {
		return nil, badRequest("chat_id is empty")
	}
	forbidden := func(why string) (*chat, *apiError) {
		return nil, &apiError{code: http.StatusForbidden, description: "Forbidden: " + why}
	}
	c := s.chats[p.number("chat_id")]
	switch {
	case c == nil:
		return nil, badRequest("chat not found")
	case c.blocked:
		return forbidden("bot was blocked by the user")
	case c.kicked:
		return forbidden("bot was kicked from the " + c.kind + " chat")
	case !c.started:
		return forbidden("bot can't initiate conversation with a user")
	}
	return c, nil
}

// sendMessage is https://core.telegram.org/bots/api#sendmessage.
func (s *Server) sendMessage(p params) (any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, refused := s.target(p)
	if refused != nil {
		return nil, refused
	}
	m, refused := s.written(p)
	if refused != nil {
		return nil, refused
	}
	if refused := s.reply(c, p, &m); refused != nil {
		return nil, refused
	}
	m.Thread = int(p.number("message_thread_id"))
	if refused := s.pace(c); refused != nil {
		return nil, refused
	}
	return s.wireOf(c, s.add(c, m)), nil
}

// reply reads which message a call answers. The caller holds mu.
func (s *Server) reply(c *chat, p params, m *Message) *apiError {
	if raw, ok := p["reply_parameters"]; ok {
		var reply struct {
			ID      int64 `json:"message_id"`
			Without bool  `json:"allow_sending_without_reply"`
		}
		if json.Unmarshal([]byte(raw), &reply) != nil {
			return badRequest("can't parse reply parameters JSON object")
		}
		switch to := c.find(reply.ID); {
		case to != nil:
			m.ReplyTo = to.ID
		case !reply.Without:
			return badRequest("message to be replied not found")
		}
	}
	return nil
}

// written reads the text, entities and keyboard of a call.
func (s *Server) written(p params) (Message, *apiError) {
	entities, refused := readEntities(p)
	if refused != nil {
		return Message{}, refused
	}
	if refused := check(p["text"], entities); refused != nil {
		return Message{}, refused
	}
	buttons, refused := readButtons(p)
	if refused != nil {
		return Message{}, refused
	}
	// The server takes white space off both ends and moves the entities.
	text := strings.TrimLeft(p["text"], " \n\t\r")
	for i := range entities {
		entities[i].Offset = max(0, entities[i].Offset-len16(p["text"])+len16(text))
	}
	return Message{
		Name: s.conf.Name, Text: strings.TrimRight(text, " \n\t\r"), Entities: entities, Buttons: buttons,
		from: s.me(), markup: p["reply_markup"],
	}, nil
}

// editMessageText is https://core.telegram.org/bots/api#editmessagetext.
func (s *Server) editMessageText(p params) (any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, refused := s.target(p)
	if refused != nil {
		return nil, refused
	}
	m := c.find(p.number("message_id"))
	switch {
	case m == nil:
		return nil, badRequest("message to edit not found")
	case m.Mine:
		return nil, badRequest("message can't be edited")
	case m.File.Kind != "":
		return nil, badRequest("there is no text in the message to edit")
	}
	now, refused := s.written(p)
	if refused != nil {
		return nil, refused
	}
	return s.reword(c, m, now)
}

// reword changes what a message says, and its buttons. The caller holds mu.
func (s *Server) reword(c *chat, m *Message, now Message) (any, *apiError) {
	if m.Text == now.Text && m.markup == now.markup && slices.Equal(m.Entities, now.Entities) {
		return nil, badRequest("message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message")
	}
	m.Text, m.Entities, m.Buttons, m.markup = now.Text, now.Entities, now.Buttons, now.markup
	m.Edited, m.edited = true, s.conf.Now()
	s.stir()
	return s.wireOf(c, m), nil
}

// deletable is how old a message is at most that can be deleted.
const deletable = 48 * time.Hour

// deleteMessage is https://core.telegram.org/bots/api#deletemessage.
func (s *Server) deleteMessage(p params) (any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, refused := s.target(p)
	if refused != nil {
		return nil, refused
	}
	m := c.find(p.number("message_id"))
	switch {
	case m == nil:
		return nil, badRequest("message to delete not found")
	case s.conf.Now().Sub(m.At) > deletable:
		return nil, badRequest("message can't be deleted")
	}
	m.Deleted = true
	s.stir()
	return true, nil
}

// sendChatAction is https://core.telegram.org/bots/api#sendchataction.
func (s *Server) sendChatAction(p params) (any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, refused := s.target(p)
	if refused != nil {
		return nil, refused
	}
	switch p["action"] {
	case "typing":
		c.typing++
		s.stir()
	case "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
		"choose_sticker", "find_location", "record_video_note", "upload_video_note":
	default:
		return nil, badRequest("wrong parameter action in request")
	}
	return true, nil
}
