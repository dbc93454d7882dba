package slacktest

import (
	"encoding/json"
	"maps"
	"unicode/utf16"
)

// What the chat methods take: https://docs.slack.dev/reference/methods/chat.postMessage
const (
	textCut   = 40_000
	updateMax = 4_000
)

func length(s string) int { return len(utf16.Encode([]rune(s))) }

// content reads what a message says out of a call, and judges it as Slack does.
func content(c call) (text string, blocks, metadata json.RawMessage, failed *failure) {
	text = c.args.Get("text")
	if raw := c.args.Get("blocks"); raw != "" && raw != "[]" {
		blocks = json.RawMessage(raw)
		if failed := judge(blocks); failed != nil {
			return "", nil, nil, failed
		}
	}
	if raw := c.args.Get("metadata"); raw != "" {
		var m struct {
			EventType    string         `json:"event_type"`
			EventPayload map[string]any `json:"event_payload"`
		}
		switch {
		case json.Unmarshal([]byte(raw), &m) != nil || m.EventType == "" || m.EventPayload == nil:
			return "", nil, nil, &failure{code: "invalid_metadata_format"}
		case len(raw) > 15_000:
			return "", nil, nil, &failure{code: "metadata_too_large"}
		}
		metadata = json.RawMessage(raw)
	}
	if text == "" && blocks == nil {
		return "", nil, nil, &failure{code: "no_text"}
	}
	return text, blocks, metadata, nil
}

// writable returns the channel id if the app may post there. A member's id stands for the app's direct messages with him.
func (s *Server) writable(id string) (*channel, *failure) {
	if m := s.members[id]; m != nil && !m.Bot && !m.Deleted {
		id = "D" + id
		if s.channels[id] == nil {
			s.channels[id] = &channel{Channel: Channel{ID: id, Private: true}, direct: true}
		}
	}
	ch, ok := s.channels[id]
	switch {
	case !ok, ch.Outside && ch.Private:
		return nil, &failure{code: "channel_not_found"}
	case ch.Archived:
		return nil, &failure{code: "is_archived"}
	case ch.Outside:
		return nil, &failure{code: "not_in_channel"}
	case ch.ReadOnly:
		return nil, &failure{code: "restricted_action"}
	}
	return ch, nil
}

func (s *Server) postMessage(c call) (map[string]any, *failure) {
	ch, failed := s.writable(c.args.Get("channel"))
	if failed != nil {
		return nil, failed
	}
	text, blocks, metadata, failed := content(c)
	if failed != nil {
		return nil, failed
	}
	if length(text) > textCut {
		text = string([]rune(text)[:textCut])
	}
	m := &message{user: BotUser, bot: true, text: text, blocks: blocks, metadata: metadata}
	if root := c.args.Get("thread_ts"); root != "" {
		parent := ch.find(root)
		switch {
		case parent != nil && !parent.tombstone && parent.thread == "":
			m.thread = root
			if c.args.Get("reply_broadcast") == "true" {
				m.subtype = "thread_broadcast"
			}
		case parent != nil && parent.thread != "":
			return nil, &failure{code: "cannot_reply_to_message"}
		case !s.opts.Unthread:
			return nil, &failure{code: "thread_not_found"}
		}
	}
	m.ts = s.stamp()
	ch.messages = append(ch.messages, m)
	if ch.direct { // the app is not subscribed to message.im
		s.touch()
	} else {
		s.emit(ch, s.json(ch, m))
	}
	return map[string]any{"channel": ch.ID, "ts": m.ts, "message": s.json(ch, m)}, nil
}

func (s *Server) updateMessage(c call) (map[string]any, *failure) {
	ch, failed := s.writable(c.args.Get("channel"))
	if failed != nil {
		return nil, failed
	}
	m := ch.find(c.args.Get("ts"))
	switch {
	case m == nil || m.tombstone:
		return nil, &failure{code: "message_not_found"}
	case !m.bot:
		return nil, &failure{code: "cant_update_message"}
	}
	text, blocks, metadata, failed := content(c)
	if failed != nil {
		return nil, failed
	}
	if length(text) > updateMax {
		return nil, &failure{code: "msg_too_long"}
	}
	before := maps.Clone(s.json(ch, m))
	m.text, m.blocks = text, blocks
	if metadata != nil {
		m.metadata = metadata
	}
	s.emitChanged(ch, s.json(ch, m), before)
	return map[string]any{"channel": ch.ID, "ts": m.ts, "text": m.text, "message": s.json(ch, m)}, nil
}

func (s *Server) deleteMessage(c call) (map[string]any, *failure) {
	ch, failed := s.writable(c.args.Get("channel"))
	if failed != nil {
		return nil, failed
	}
	m := ch.find(c.args.Get("ts"))
	switch {
	case m == nil || m.tombstone:
		return nil, &failure{code: "message_not_found"}
	case !m.bot:
		return nil, &failure{code: "cant_delete_message"}
	}
	s.drop(ch, m)
	return map[string]any{"channel": ch.ID, "ts": m.ts}, nil
}

// drop deletes m and tells the app. The lock is held.
func (s *Server) drop(ch *channel, m *message) {
	before := s.json(ch, m)
	ch.remove(m)
	if m.tombstone {
		s.emitChanged(ch, s.json(ch, m), before)
		return
	}
	ts := s.stamp()
	s.emit(ch, map[string]any{
		"type": "message", "subtype": "message_deleted", "hidden": true, "deleted_ts": m.ts, "ts": ts, "previous_message": before,
	})
}

func (s *Server) postEphemeral(c call) (map[string]any, *failure) {
	ch, failed := s.writable(c.args.Get("channel"))
	if failed != nil {
		return nil, failed
	}
	text, blocks, _, failed := content(c)
	if failed != nil {
		return nil, failed
	}
	user := c.args.Get("user")
	if m, ok := s.members[user]; !ok || m.Bot || !s.inside(ch, user) {
		return nil, &failure{code: "user_not_in_channel"}
	}
	w := &whisper{channel: ch.ID, thread: c.args.Get("thread_ts"), user: user, ts: s.stamp(), text: text, blocks: blocks}
	s.whispers = append(s.whispers, w)
	return map[string]any{"message_ts": w.ts}, nil
}
