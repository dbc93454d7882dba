package telegramtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// User is a person with the app, in the private chat with the bot.
type User struct {
	screen
	wire map[string]any
}

// Reasons why somebody cannot do what a test wants.
var (
	ErrBlocked   = errors.New("telegramtest: the user has blocked the bot")
	ErrNotBlocks = errors.New("telegramtest: the user has not blocked the bot")
	ErrNoButton  = errors.New("telegramtest: no such button is on the screen")
	ErrNoMessage = errors.New("telegramtest: no such message of the user's is on the screen")
)

// User returns the person with the id, whose app is in lang. The bot cannot write to him before he wrote.
func (s *Server) User(id int64, name, lang string) *User {
	s.mu.Lock()
	defer s.mu.Unlock()
	wire := map[string]any{"id": id, "is_bot": false, "first_name": name}
	if lang != "" {
		wire["language_code"] = lang
	}
	c := s.open(id, "private", map[string]any{"first_name": name})
	return &User{screen: screen{s: s, c: c}, wire: wire}
}

// ID returns the person's id, which is the chat's too.
func (u *User) ID() int64 { return u.c.id }

// Write sends a text to the bot and returns its message_id.
func (u *User) Write(ctx context.Context, text string) (int, error) {
	return u.say(ctx, Message{Text: text, Entities: entitiesOf(text)})
}

// WriteMarked sends a text with entities to the bot and returns its message_id.
func (u *User) WriteMarked(ctx context.Context, text string, entities ...Entity) (int, error) {
	return u.say(ctx, Message{Text: text, Entities: slices.Clone(entities)})
}

// Reply sends a text to the bot that answers the message with the id.
func (u *User) Reply(ctx context.Context, id int, text string) (int, error) {
	return u.say(ctx, Message{Text: text, Entities: entitiesOf(text), ReplyTo: id})
}

// Share sends something that is no text. fields are those of https://core.telegram.org/bots/api#message that hold it:
// "photo" and "caption", "location", "sticker" …
func (u *User) Share(ctx context.Context, fields map[string]any) (int, error) {
	text, _ := fields["caption"].(string)
	return u.say(ctx, Message{Text: text, fields: maps.Clone(fields)})
}

func (u *User) say(ctx context.Context, m Message) (int, error) {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return 0, ctx.Err()
	case u.c.blocked:
		return 0, ErrBlocked
	}
	u.c.started = true
	return u.s.speak(u.c, u.wire, m), nil
}

// speak adds what a person says and tells the bot. The caller holds mu.
func (s *Server) speak(c *chat, from map[string]any, m Message) int {
	m.Mine, m.from = true, from
	m.Name, _ = from["first_name"].(string)
	added := s.add(c, m)
	s.push("message", strconv.FormatInt(c.id, 10), s.wireOf(c, added))
	return added.ID
}

// Edit changes a text that the person wrote.
func (u *User) Edit(ctx context.Context, id int, text string) error {
	return u.EditMarked(ctx, id, text, entitiesOf(text)...)
}

// EditMarked changes a text that the person wrote, and its entities.
func (u *User) EditMarked(ctx context.Context, id int, text string, entities ...Entity) error {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	m := u.c.find(int64(id))
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case m == nil || !m.Mine:
		return ErrNoMessage
	}
	m.Text, m.Entities, m.Edited, m.edited = text, slices.Clone(entities), true, u.s.conf.Now()
	u.s.push("edited_message", strconv.FormatInt(u.c.id, 10), u.s.wireOf(u.c, m))
	u.s.stir()
	return nil
}

// Press presses the newest button with the title.
func (u *User) Press(ctx context.Context, title string) error {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for _, m := range slices.Backward(u.c.messages) {
		for _, b := range m.Buttons {
			if b.Title != title || m.Deleted {
				continue
			}
			id := strconv.Itoa(4_000_000_000 + len(u.s.queries))
			u.s.queries[id] = &query{at: u.s.conf.Now(), chat: u.c.id}
			u.s.push("callback_query", strconv.FormatInt(u.c.id, 10), map[string]any{
				"id": id, "from": u.wire, "message": u.s.wireOf(u.c, m), "chat_instance": strconv.FormatInt(-u.c.id, 10), "data": b.Data,
			})
			return nil
		}
	}
	return fmt.Errorf("%w: %q", ErrNoButton, title)
}

// Spinning returns how many buttons that the person pressed still wait for the bot's answer.
func (u *User) Spinning() int {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	n := 0
	for _, q := range u.s.queries {
		if q.chat == u.c.id && !q.answered {
			n++
		}
	}
	return n
}

// Block blocks the bot: it cannot write any more.
func (u *User) Block(ctx context.Context) error { return u.block(ctx, true) }

// Unblock lets the bot write again.
func (u *User) Unblock(ctx context.Context) error { return u.block(ctx, false) }

func (u *User) block(ctx context.Context, blocked bool) error {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case u.c.blocked == blocked && blocked:
		return ErrBlocked
	case u.c.blocked == blocked:
		return ErrNotBlocks
	}
	u.c.blocked = blocked
	status := map[bool]string{false: "member", true: "kicked"}
	u.s.push("my_chat_member", strconv.FormatInt(u.c.id, 10), map[string]any{
		"chat": u.c.wire, "from": u.wire, "date": u.s.conf.Now().Unix(),
		"old_chat_member": map[string]any{"user": u.s.me(), "status": status[!blocked]},
		"new_chat_member": map[string]any{"user": u.s.me(), "status": status[blocked]},
	})
	u.s.stir()
	return nil
}
