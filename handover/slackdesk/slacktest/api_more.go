package slacktest

import (
	"fmt"
	"slices"
	"strconv"
)

// readable returns the channel id if the app can see it.
func (s *Server) readable(id string) (*channel, *failure) {
	ch, ok := s.channels[id]
	if !ok || (ch.Outside && ch.Private) {
		return nil, &failure{code: "channel_not_found"}
	}
	return ch, nil
}

func (s *Server) conversationInfo(c call) (map[string]any, *failure) {
	ch, failed := s.readable(c.args.Get("channel"))
	if failed != nil {
		return nil, failed
	}
	return map[string]any{"channel": map[string]any{
		"id": ch.ID, "name": ch.Name, "is_channel": true, "is_private": ch.Private, "is_archived": ch.Archived,
		"is_member": !ch.Outside, "is_ext_shared": ch.Shared, "is_shared": ch.Shared, "is_read_only": ch.ReadOnly,
		"context_team_id": Team,
	}}, nil
}

// page returns the messages of a call for a page of them, the answer's other fields beside.
func (s *Server) page(c call, ch *channel, all []*message) map[string]any {
	limit, err := strconv.Atoi(c.args.Get("limit"))
	if err != nil || limit <= 0 || limit > 1000 {
		limit = 100
	}
	if s.opts.Outsider {
		limit = min(limit, 15)
	}
	start, _ := strconv.Atoi(c.args.Get("cursor"))
	start = min(max(start, 0), len(all))
	end := min(start+limit, len(all))
	messages := make([]any, 0, end-start)
	for _, m := range all[start:end] {
		v := s.json(ch, m)
		if c.args.Get("include_all_metadata") != "true" && c.args.Get("include_all_metadata") != "1" {
			delete(v, "metadata")
		}
		messages = append(messages, v)
	}
	answer := map[string]any{"messages": messages, "has_more": end < len(all)}
	if end < len(all) {
		answer["response_metadata"] = map[string]any{"next_cursor": fmt.Sprint(end)}
	}
	return answer
}

func (s *Server) conversationReplies(c call) (map[string]any, *failure) {
	ch, failed := s.readable(c.args.Get("channel"))
	if failed != nil {
		return nil, failed
	}
	root := ch.find(c.args.Get("ts"))
	if root == nil {
		return nil, &failure{code: "thread_not_found"}
	}
	return s.page(c, ch, append([]*message{root}, since(c, ch.replies(root.ts))...)), nil
}

func (s *Server) conversationHistory(c call) (map[string]any, *failure) {
	ch, failed := s.readable(c.args.Get("channel"))
	if failed != nil {
		return nil, failed
	}
	if ch.Outside {
		return nil, &failure{code: "not_in_channel"}
	}
	var top []*message
	for _, m := range slices.Backward(ch.messages) {
		if m.thread == "" || m.subtype == "thread_broadcast" {
			top = append(top, m)
		}
	}
	return s.page(c, ch, since(c, top)), nil
}

// since leaves out what is older than the call asks for.
func since(c call, all []*message) []*message {
	oldest := c.args.Get("oldest")
	return slices.DeleteFunc(all, func(m *message) bool { return oldest != "" && m.ts <= oldest })
}

func (s *Server) conversationMembers(c call) (map[string]any, *failure) {
	ch, failed := s.readable(c.args.Get("channel"))
	if failed != nil {
		return nil, failed
	}
	var ids []string
	for id := range s.members {
		if s.inside(ch, id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	limit, err := strconv.Atoi(c.args.Get("limit"))
	if err != nil || limit <= 0 || limit > 1000 {
		limit = 100
	}
	start, _ := strconv.Atoi(c.args.Get("cursor"))
	start = min(max(start, 0), len(ids))
	end := min(start+limit, len(ids))
	answer := map[string]any{"members": ids[start:end], "response_metadata": map[string]any{"next_cursor": ""}}
	if end < len(ids) {
		answer["response_metadata"] = map[string]any{"next_cursor": strconv.Itoa(end)}
	}
	return answer, nil
}

// inside reports whether a member is in a channel. The lock is held.
func (s *Server) inside(ch *channel, id string) bool {
	if id == BotUser {
		return !ch.Outside
	}
	return !slices.Contains(ch.Without, id)
}

func (s *Server) userInfo(c call) (map[string]any, *failure) {
	m, ok := s.members[c.args.Get("user")]
	if !ok {
		return nil, &failure{code: "user_not_found"}
	}
	return map[string]any{"user": m.json()}, nil
}

// userPresence tells whether a member is active: https://docs.slack.dev/reference/methods/users.getPresence
func (s *Server) userPresence(c call) (map[string]any, *failure) {
	m, ok := s.members[c.args.Get("user")]
	if !ok {
		return nil, &failure{code: "user_not_found"}
	}
	presence := "active"
	if m.Idle || m.Deleted {
		presence = "away"
	}
	return map[string]any{"presence": presence}, nil
}

func (s *Server) addReaction(c call) (map[string]any, *failure) {
	ch, m, failed := s.reacted(c)
	if failed != nil {
		return nil, failed
	}
	name := c.args.Get("name")
	if slices.Contains(m.reactions[name], BotUser) {
		return nil, &failure{code: "already_reacted"}
	}
	if m.reactions == nil {
		m.reactions = make(map[string][]string)
	}
	m.reactions[name] = append(m.reactions[name], BotUser)
	s.emitReaction("reaction_added", BotUser, name, ch, m)
	return map[string]any{}, nil
}

func (s *Server) removeReaction(c call) (map[string]any, *failure) {
	ch, m, failed := s.reacted(c)
	if failed != nil {
		return nil, failed
	}
	name := c.args.Get("name")
	if !slices.Contains(m.reactions[name], BotUser) {
		return nil, &failure{code: "no_reaction"}
	}
	m.reactions[name] = slices.DeleteFunc(m.reactions[name], func(id string) bool { return id == BotUser })
	if len(m.reactions[name]) == 0 {
		delete(m.reactions, name)
	}
	s.emitReaction("reaction_removed", BotUser, name, ch, m)
	return map[string]any{}, nil
}

// reacted returns the message that a call for a reaction is about.
func (s *Server) reacted(c call) (*channel, *message, *failure) {
	ch, failed := s.writable(c.args.Get("channel"))
	if failed != nil {
		return nil, nil, failed
	}
	m := ch.find(c.args.Get("timestamp"))
	if m == nil || m.tombstone {
		return nil, nil, &failure{code: "message_not_found"}
	}
	return ch, m, nil
}
