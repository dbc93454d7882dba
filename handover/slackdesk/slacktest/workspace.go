package slacktest

import (
	"encoding/json"
	"slices"
)

// Member is a user of Slack. The zero kind is a full member of the workspace.
type Member struct {
	ID, Name, RealName, DisplayName string

	Bot      bool   // an app's user
	Guest    bool   // multi-channel guest
	Single   bool   // single-channel guest
	Stranger bool   // from another organization, by Slack Connect
	Team     string // "" is the workspace
	Deleted  bool
	Idle     bool // not active just now
}

// Channel is a channel. The app and every member are in it, but those of Without.
type Channel struct {
	ID, Name string
	Private  bool
	Shared   bool // by Slack Connect
	Archived bool
	Outside  bool // the app is not a member
	ReadOnly bool // the app may not post

	Without []string // members of the workspace who are not in it; they can read a public one all the same
}

type channel struct {
	Channel
	direct   bool       // the app's direct messages with one member
	messages []*message // in the order of their ts, replies among them
}

// message is a message as Slack keeps it.
type message struct {
	ts, thread string
	user       string
	bot        bool
	subtype    string
	text       string
	blocks     json.RawMessage
	metadata   json.RawMessage
	files      []File
	clientID   string
	edited     string // ts of the last edit
	tombstone  bool
	reactions  map[string][]string
}

// AddMember adds m, or puts it in the place of the member with its id.
func (s *Server) AddMember(m Member) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.members[m.ID] = &m
	s.touch()
}

// AddChannel adds c, or changes the channel with its id.
func (s *Server) AddChannel(c Channel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, ok := s.channels[c.ID]; ok {
		old.Channel = c
	} else {
		s.channels[c.ID] = &channel{Channel: c}
	}
	s.touch()
}

// SetScopes changes what the app was granted.
func (s *Server) SetScopes(scopes ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scopes = scopes
}

// HideScopes leaves out the header that names the granted scopes.
func (s *Server) HideScopes() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.silent = true
}

// find returns the message ts of c.
func (c *channel) find(ts string) *message {
	for _, m := range c.messages {
		if m.ts == ts {
			return m
		}
	}
	return nil
}

// replies returns the messages of the thread root, without the root.
func (c *channel) replies(root string) []*message {
	var found []*message
	for _, m := range c.messages {
		if m.thread == root && m.ts != root {
			found = append(found, m)
		}
	}
	return found
}

// remove takes m out; a root with replies leaves a tombstone.
func (c *channel) remove(m *message) {
	if m.thread == "" && len(c.replies(m.ts)) > 0 {
		m.tombstone, m.subtype, m.user, m.bot = true, "tombstone", "USLACKBOT", false
		m.text, m.blocks, m.metadata, m.files = "This message was deleted.", nil, nil, nil
		return
	}
	c.messages = slices.DeleteFunc(c.messages, func(other *message) bool { return other == m })
}

// json returns m as the events and the Web API show it.
func (s *Server) json(c *channel, m *message) map[string]any {
	v := map[string]any{"type": "message", "ts": m.ts, "text": m.text, "team": Team}
	if m.user != "" {
		v["user"] = m.user
	}
	if member := s.members[m.user]; member != nil && member.Team != "" {
		v["team"], v["user_team"], v["source_team"] = member.Team, member.Team, member.Team
	}
	if m.subtype != "" {
		v["subtype"] = m.subtype
	}
	if m.bot {
		v["bot_id"], v["app_id"] = Bot, App
		v["bot_profile"] = map[string]any{"id": Bot, "app_id": App, "name": BotName, "deleted": false, "team_id": Team}
	}
	if len(m.blocks) > 0 {
		v["blocks"] = m.blocks
	}
	if len(m.metadata) > 0 {
		v["metadata"] = m.metadata
	}
	if m.clientID != "" {
		v["client_msg_id"] = m.clientID
	}
	if m.edited != "" {
		v["edited"] = map[string]any{"user": m.user, "ts": m.edited}
	}
	if len(m.files) > 0 {
		v["files"] = s.filesJSON(m.files, m.user)
	}
	switch replies := c.replies(m.ts); {
	case m.thread != "":
		v["thread_ts"] = m.thread
		if root := c.find(m.thread); root != nil {
			v["parent_user_id"] = root.user
		}
	case len(replies) > 0:
		v["thread_ts"] = m.ts
		v["reply_count"] = len(replies)
		v["latest_reply"] = replies[len(replies)-1].ts
	}
	if len(m.reactions) > 0 {
		var all []any
		for name, users := range m.reactions {
			all = append(all, map[string]any{"name": name, "users": users, "count": len(users)})
		}
		v["reactions"] = all
	}
	return v
}

func (m *Member) json() map[string]any {
	team := m.Team
	if team == "" {
		team = Team
	}
	return map[string]any{
		"id": m.ID, "team_id": team, "name": m.Name, "real_name": m.RealName, "deleted": m.Deleted, "is_bot": m.Bot,
		"is_app_user": false, "is_restricted": m.Guest || m.Single, "is_ultra_restricted": m.Single, "is_stranger": m.Stranger,
		"profile": map[string]any{
			"real_name": m.RealName, "display_name": m.DisplayName, "display_name_normalized": m.DisplayName, "team": team,
		},
	}
}
