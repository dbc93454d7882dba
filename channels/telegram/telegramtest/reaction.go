package telegramtest

import (
	"context"
	"encoding/json"
	"strconv"
)

// setMessageReaction is https://core.telegram.org/bots/api#setmessagereaction. A bot has one reaction a message.
func (s *Server) setMessageReaction(p params) (any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, refused := s.target(p)
	if refused != nil {
		return nil, refused
	}
	var list []struct {
		Type  string `json:"type"`
		Emoji string `json:"emoji"`
	}
	if raw := p["reaction"]; raw != "" && json.Unmarshal([]byte(raw), &list) != nil {
		return nil, badRequest("can't parse reaction types JSON object")
	}
	m := c.find(p.number("message_id"))
	switch {
	case m == nil:
		return nil, badRequest("message to react not found")
	case len(list) > 1:
		return nil, badRequest("REACTIONS_TOO_MANY")
	}
	m.Reaction = ""
	for _, one := range list {
		if one.Type != "emoji" || !takes(one.Emoji) {
			return nil, badRequest("REACTION_INVALID")
		}
		m.Reaction = one.Emoji
	}
	s.stir()
	return true, nil
}

// takes reports whether Telegram has the emoji among its reactions, as far as tests use it:
// https://core.telegram.org/bots/api#reactiontypeemoji
func takes(emoji string) bool {
	switch emoji {
	case "👍", "👎", "❤", "🔥", "🎉", "🙏", "👏", "😢", "🤔", "💯":
		return true
	}
	return false
}

// React puts emoji on a message, in the place of those that the person had there; none takes them off.
func (u *User) React(ctx context.Context, id int, emoji ...string) error {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	m := u.c.find(int64(id))
	if m == nil {
		return ErrNoMessage
	}
	now := make([]any, 0, len(emoji))
	for _, one := range emoji {
		now = append(now, map[string]any{"type": "emoji", "emoji": one})
	}
	u.s.push("message_reaction", strconv.FormatInt(u.c.id, 10), map[string]any{
		"chat": u.c.wire, "message_id": id, "user": u.wire, "date": u.s.conf.Now().Unix(), "old_reaction": []any{}, "new_reaction": now,
	})
	return nil
}
