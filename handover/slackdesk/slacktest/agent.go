package slacktest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Agent acts as a member of the workspace. What he does is seen by the app as Slack would tell it; methods return before
// the app was told, except clicks, which wait for its answer as Slack does. Delivered waits for the rest.
type Agent struct {
	s  *Server
	id string
}

// Agent returns the member id at work.
func (s *Server) Agent(id string) *Agent { return &Agent{s: s, id: id} }

// Message is what a member writes, as Slack's composer sends it.
type Message struct {
	Text      string          // in Slack's mark-up, as the event's text
	Blocks    json.RawMessage // rich_text; nil leaves it out
	Files     []File
	Subtype   string // "me_message"; the others follow from what is written
	Broadcast bool   // also send to the channel
}

// Reply writes typed text into a thread, and returns the post's id.
func (a *Agent) Reply(ctx context.Context, thread, text string) (string, error) {
	return a.Send(ctx, thread, Typed(text))
}

// PostTop writes typed text at the top of a channel.
func (a *Agent) PostTop(ctx context.Context, channel, text string) (string, error) {
	return a.Send(ctx, channel, Typed(text))
}

// Send writes m into a thread, or at the top of a channel if thread is a channel's id alone.
func (a *Agent) Send(ctx context.Context, thread string, m Message) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	id, root, _ := strings.Cut(thread, "/")
	s := a.s
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, ok := s.channels[id]
	if !ok {
		return "", fmt.Errorf("slacktest: no channel %s", id)
	}
	if root != "" && ch.find(root) == nil {
		return "", fmt.Errorf("slacktest: no thread %s", thread)
	}
	post := &message{
		ts: s.stamp(), thread: root, user: a.id, subtype: m.Subtype, text: m.Text, blocks: m.Blocks, files: m.Files,
		clientID: fmt.Sprintf("7c2c9b0e-1111-4222-8333-%012d", s.next()),
	}
	switch {
	case len(m.Files) > 0:
		post.subtype = "file_share"
	case m.Broadcast && root != "":
		post.subtype = "thread_broadcast"
	}
	if member := s.members[a.id]; member != nil && member.Bot {
		post.subtype, post.clientID = "bot_message", ""
	}
	ch.messages = append(ch.messages, post)
	event := s.json(ch, post)
	if post.subtype == "bot_message" {
		event["bot_id"] = "B0OTHER0001"
	}
	s.emit(ch, event)
	s.touch()
	return ch.ID + "/" + post.ts, nil
}

// Edit writes a post of his anew.
func (a *Agent) Edit(ctx context.Context, post, text string) error {
	return a.EditAs(ctx, post, Typed(text))
}

// EditAs changes a post of the member's own to m.
func (a *Agent) EditAs(ctx context.Context, post string, m Message) error {
	return a.change(ctx, post, func(ch *channel, old *message) {
		before := maps.Clone(a.s.json(ch, old))
		old.text, old.blocks, old.edited = m.Text, m.Blocks, a.s.stamp()
		a.s.emitChanged(ch, a.s.json(ch, old), before)
	})
}

// DropFile deletes a file of a post of his.
// https://docs.slack.dev/reference/events/message/message_changed
func (a *Agent) DropFile(ctx context.Context, post, id string) error {
	return a.change(ctx, post, func(ch *channel, m *message) {
		before := a.s.json(ch, m)
		m.files = slices.DeleteFunc(slices.Clone(m.files), func(f File) bool { return f.ID == id })
		now := a.s.json(ch, m)
		files, _ := now["files"].([]any)
		now["files"] = append([]any{map[string]any{"id": id, "mode": "tombstone"}}, files...)
		a.s.emitChanged(ch, now, before)
	})
}

// Unfurl puts the preview of a link under a post: the app is told of a change that is none.
func (a *Agent) Unfurl(ctx context.Context, post string) error {
	return a.change(ctx, post, func(ch *channel, m *message) {
		before := a.s.json(ch, m)
		now := maps.Clone(before)
		now["attachments"] = []any{map[string]any{"id": 1, "title": "A page", "from_url": "https://shop.example/o/17"}}
		a.s.emitChanged(ch, now, before)
	})
}

// Delete deletes a post. Members delete their own posts; an admin deletes the app's too.
func (a *Agent) Delete(ctx context.Context, post string) error {
	return a.change(ctx, post, a.s.drop)
}

// React puts an emoji on a post, by its name without colons. The app is told if it may read reactions.
func (a *Agent) React(ctx context.Context, post, name string) error {
	return a.change(ctx, post, func(ch *channel, m *message) {
		if slices.Contains(m.reactions[name], a.id) {
			return
		}
		if m.reactions == nil {
			m.reactions = make(map[string][]string)
		}
		m.reactions[name] = append(m.reactions[name], a.id)
		a.s.emitReaction("reaction_added", a.id, name, ch, m)
	})
}

// Unreact takes an emoji of his off a post.
func (a *Agent) Unreact(ctx context.Context, post, name string) error {
	return a.change(ctx, post, func(ch *channel, m *message) {
		if !slices.Contains(m.reactions[name], a.id) {
			return
		}
		m.reactions[name] = slices.DeleteFunc(m.reactions[name], func(id string) bool { return id == a.id })
		if len(m.reactions[name]) == 0 {
			delete(m.reactions, name)
		}
		a.s.emitReaction("reaction_removed", a.id, name, ch, m)
	})
}

// emitReaction tells the app of a reaction, if it may know. The lock is held.
// https://docs.slack.dev/reference/events/reaction_added
func (s *Server) emitReaction(kind, user, name string, ch *channel, m *message) {
	if ch.Outside || !slices.Contains(s.scopes, "reactions:read") {
		return
	}
	s.send(map[string]any{
		"type": kind, "user": user, "reaction": name, "item_user": m.user, "event_ts": s.stamp(),
		"item": map[string]any{"type": "message", "channel": ch.ID, "ts": m.ts},
	}, ch.Shared)
}

func (a *Agent) change(ctx context.Context, post string, do func(*channel, *message)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	ch, m := a.s.locate(post)
	if m == nil {
		return fmt.Errorf("slacktest: no post %s", post)
	}
	do(ch, m)
	a.s.touch()
	return nil
}

// locate returns the message with the id "channel/ts". The lock is held.
func (s *Server) locate(post string) (*channel, *message) {
	id, ts, _ := strings.Cut(post, "/")
	ch, ok := s.channels[id]
	if !ok {
		return nil, nil
	}
	return ch, ch.find(ts)
}

// Click presses the button of a post whose action id or title is action. It fails as Slack's warning sign does: when
// the app does not answer in time, or not with 200.
func (a *Agent) Click(ctx context.Context, post, action string) error {
	a.s.mu.Lock()
	ch, m := a.s.locate(post)
	if m == nil {
		a.s.mu.Unlock()
		return fmt.Errorf("slacktest: no post %s", post)
	}
	button, ok := find(buttons(m.blocks), action)
	payload := a.s.click(a.id, ch, button)
	payload["message"] = a.s.json(ch, m)
	payload["container"] = map[string]any{"type": "message", "message_ts": m.ts, "channel_id": ch.ID, "is_ephemeral": false}
	a.s.mu.Unlock()
	if !ok {
		return fmt.Errorf("slacktest: no button %q on %s", action, post)
	}
	_, err := a.s.interact(ctx, payload)
	return err
}

// ClickWhisper presses the button of a whisper to him.
func (a *Agent) ClickWhisper(ctx context.Context, w Whisper, action string) error {
	button, ok := find(w.Buttons, action)
	if !ok {
		return fmt.Errorf("slacktest: no button %q on the whisper", action)
	}
	id, ts, _ := strings.Cut(w.ID, "/")
	a.s.mu.Lock()
	ch := a.s.channels[id]
	if ch == nil {
		a.s.mu.Unlock()
		return errors.New("slacktest: no such whisper")
	}
	payload := a.s.click(a.id, ch, button)
	container := map[string]any{"type": "message", "message_ts": ts, "channel_id": ch.ID, "is_ephemeral": true}
	if _, root, ok := strings.Cut(w.Thread, "/"); ok {
		container["thread_ts"] = root
	}
	payload["container"] = container
	payload["response_url"] = a.s.responseURL(w.ID)
	a.s.mu.Unlock()
	_, err := a.s.interact(ctx, payload)
	return err
}

// click returns what all clicks have in their payload. The lock is held.
func (s *Server) click(user string, ch *channel, b Button) map[string]any {
	payload := s.interaction("block_actions", user)
	payload["channel"] = map[string]any{"id": ch.ID, "name": ch.Name}
	payload["state"] = map[string]any{"values": map[string]any{}}
	if b.Menu {
		payload["actions"] = []any{map[string]any{
			"action_id": b.Action, "block_id": "b1", "type": "overflow", "action_ts": s.stamp(),
			"selected_option": map[string]any{"text": map[string]any{"type": "plain_text", "text": b.Title, "emoji": true}, "value": b.Value},
		}}
		return payload
	}
	payload["actions"] = []any{map[string]any{
		"action_id": b.Action, "block_id": "b1", "value": b.Value, "type": "button", "action_ts": s.stamp(),
		"text": map[string]any{"type": "plain_text", "text": b.Title, "emoji": true},
	}}
	return payload
}

// interaction returns what all interactions have in their payload. The lock is held.
func (s *Server) interaction(kind, user string) map[string]any {
	team, name := Team, user
	if m := s.members[user]; m != nil {
		name = m.Name
		if m.Team != "" {
			team = m.Team
		}
	}
	return map[string]any{
		"type": kind, "api_app_id": App, "token": "oldVerificationToken", "enterprise": nil, "is_enterprise_install": false,
		"user":       map[string]any{"id": user, "username": name, "name": name, "team_id": team},
		"team":       map[string]any{"id": Team, "domain": "acme"},
		"trigger_id": s.trigger(user),
	}
}

// Command uses a slash command in a channel and returns the app's answer.
func (a *Agent) Command(ctx context.Context, channel, command, text string) ([]byte, error) {
	return a.s.command(ctx, a.id, channel, command, text)
}
