package telegramtest

import (
	"context"
	"strconv"
	"strings"
)

// Group is a group that the bot was added to. It is in privacy mode: of what is said it gets commands, mentions and
// replies to it. https://core.telegram.org/bots/features#privacy-mode
type Group struct{ screen }

// Group returns the group with the id, which is negative.
func (s *Server) Group(id int64, title string) *Group {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.open(id, "group", map[string]any{"title": title})
	c.started = true
	return &Group{screen{s: s, c: c}}
}

// Add tells the bot that u added it to the group.
func (g *Group) Add(ctx context.Context, u *User) error {
	return g.move(ctx, u, "left", "member")
}

// Kick takes the bot out of the group: it cannot write there any more.
func (g *Group) Kick(ctx context.Context, u *User) error {
	return g.move(ctx, u, "member", "kicked")
}

func (g *Group) move(ctx context.Context, u *User, from, to string) error {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	g.c.kicked = to == "kicked"
	g.s.push("my_chat_member", strconv.FormatInt(g.c.id, 10), map[string]any{
		"chat": g.c.wire, "from": u.wire, "date": g.s.conf.Now().Unix(),
		"old_chat_member": map[string]any{"user": g.s.me(), "status": from},
		"new_chat_member": map[string]any{"user": g.s.me(), "status": to},
	})
	g.s.stir()
	return nil
}

// Write has u write in the group, where everybody reads it, and the bot if it is meant.
func (g *Group) Write(ctx context.Context, u *User, text string) (int, error) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	m := Message{Text: text, Entities: entitiesOf(text)}
	if strings.HasPrefix(text, "/") || strings.Contains(strings.ToLower(text), "@"+strings.ToLower(g.s.conf.Username)) {
		return g.s.speak(g.c, u.wire, m), nil
	}
	m.Mine, m.from = true, u.wire
	m.Name, _ = u.wire["first_name"].(string)
	return g.s.add(g.c, m).ID, nil
}
