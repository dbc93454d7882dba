package slacktest

import (
	"context"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Post is a message as members see it.
type Post struct {
	ID        string // "channel/ts"
	User      string
	Bot       bool // of the app
	Text      string
	Blocks    json.RawMessage
	Metadata  map[string]any
	Buttons   []Button
	Files     []File
	Edited    bool // by a member; the app's own changes leave no mark
	Broadcast bool
	Reactions []string
	names     map[string]string // of members, for Plain
}

// Button is a button of a post or a whisper.
type Button struct {
	Action, Title, Value string

	Menu bool // it is an option of an overflow menu
}

// Thread is a message at the top of a channel with its replies.
type Thread struct {
	ID   string // "channel/ts"
	Root Post
	all  []Post
}

// Posts returns the replies, oldest first.
func (t Thread) Posts() []Post { return slices.Clone(t.all) }

// Whisper is a message that one member alone sees.
type Whisper struct {
	ID      string // "channel/ts"
	Thread  string // "channel/ts", or the channel's id alone
	User    string
	Text    string
	Blocks  json.RawMessage
	Buttons []Button
}

type whisper struct {
	channel, thread, user, ts, text string
	blocks                          json.RawMessage
}

// Threads returns what the app posted at the top of a channel, oldest first.
func (s *Server) Threads(channel string) []Thread {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, ok := s.channels[channel]
	if !ok {
		return nil
	}
	var threads []Thread
	for _, m := range ch.messages {
		if m.thread == "" && (m.bot || m.tombstone) {
			threads = append(threads, s.thread(ch, m))
		}
	}
	return threads
}

// Top returns everything at the top of a channel, by whomever, oldest first.
func (s *Server) Top(channel string) []Post {
	s.mu.Lock()
	defer s.mu.Unlock()
	var posts []Post
	if ch, ok := s.channels[channel]; ok {
		for _, m := range ch.messages {
			if m.thread == "" || m.subtype == "thread_broadcast" {
				posts = append(posts, s.view(ch, m))
			}
		}
	}
	return posts
}

// Direct returns what the app wrote to the agent in direct messages, oldest first.
func (a *Agent) Direct() []Post { return a.s.Top("D" + a.id) }

// Thread returns the thread with an id.
func (s *Server) Thread(id string) (Thread, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, m := s.locate(id)
	if m == nil {
		return Thread{}, false
	}
	return s.thread(ch, m), true
}

// Whispers returns what was whispered to him, oldest first.
func (a *Agent) Whispers() []Whisper {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	var all []Whisper
	for _, w := range a.s.whispers {
		if w.user != a.id {
			continue
		}
		place := w.channel
		if w.thread != "" {
			place += "/" + w.thread
		}
		all = append(all, Whisper{
			ID: w.channel + "/" + w.ts, Thread: place, User: w.user, Text: w.text, Blocks: w.blocks, Buttons: buttons(w.blocks),
		})
	}
	return all
}

// WaitThreads blocks until the app has opened n threads in a channel.
func (s *Server) WaitThreads(ctx context.Context, channel string, n int) ([]Thread, error) {
	var threads []Thread
	err := s.Wait(ctx, func() bool {
		threads = s.Threads(channel)
		return len(threads) >= n
	})
	return threads, err
}

// WaitPost blocks until a reply in the thread shows words.
func (s *Server) WaitPost(ctx context.Context, thread, words string) (Post, error) {
	var found Post
	err := s.Wait(ctx, func() bool {
		t, _ := s.Thread(thread)
		for _, p := range t.all {
			if strings.Contains(p.Plain(), words) {
				found = p
				return true
			}
		}
		return false
	})
	return found, err
}

// WaitCard blocks until the root of the thread shows words.
func (s *Server) WaitCard(ctx context.Context, thread, words string) (Post, error) {
	var found Post
	err := s.Wait(ctx, func() bool {
		t, _ := s.Thread(thread)
		found = t.Root
		return strings.Contains(found.Plain(), words)
	})
	return found, err
}

// WaitWhisper blocks until he was whispered words.
func (a *Agent) WaitWhisper(ctx context.Context, words string) (Whisper, error) {
	var found Whisper
	err := a.s.Wait(ctx, func() bool {
		for _, w := range a.Whispers() {
			if strings.Contains(plain(w.Text), words) {
				found = w
				return true
			}
		}
		return false
	})
	return found, err
}

func (s *Server) thread(ch *channel, root *message) Thread {
	t := Thread{ID: ch.ID + "/" + root.ts, Root: s.view(ch, root)}
	for _, m := range ch.replies(root.ts) {
		t.all = append(t.all, s.view(ch, m))
	}
	return t
}

func (s *Server) view(ch *channel, m *message) Post {
	p := Post{
		ID: ch.ID + "/" + m.ts, User: m.user, Bot: m.bot, Text: m.text, Blocks: m.blocks, Files: m.files, Edited: m.edited != "",
		Broadcast: m.subtype == "thread_broadcast", Buttons: buttons(m.blocks), Reactions: slices.Sorted(maps.Keys(m.reactions)),
	}
	_ = json.Unmarshal(m.metadata, &p.Metadata)
	p.names = make(map[string]string, len(s.members))
	for id, member := range s.members {
		p.names[id] = member.DisplayName
	}
	return p
}

// buttons returns the buttons in blocks.
func buttons(raw json.RawMessage) []Button {
	var blocks []block
	_ = json.Unmarshal(raw, &blocks)
	var all []Button
	for _, b := range blocks {
		if e := b.Accessory; e != nil && e.Type == "button" {
			all = append(all, Button{Action: e.ActionID, Title: e.label().Text, Value: e.Value})
		}
		for _, e := range b.Elements {
			if e.Type == "button" {
				all = append(all, Button{Action: e.ActionID, Title: e.label().Text, Value: e.Value})
			}
			for _, o := range e.Options {
				if e.Type == "overflow" {
					all = append(all, Button{Action: e.ActionID, Title: o.Text.Text, Value: o.Value, Menu: true})
				}
			}
		}
	}
	return all
}

func find(all []Button, action string) (Button, bool) {
	for _, b := range all {
		if b.Action == action || b.Title == action {
			return b, true
		}
	}
	return Button{}, false
}

// Shown returns the texts of the blocks, in Slack's mark-up; without blocks it is the text.
func (p Post) Shown() string {
	var blocks []block
	if json.Unmarshal(p.Blocks, &blocks) != nil || len(blocks) == 0 {
		return p.Text
	}
	var parts []string
	for _, b := range blocks {
		if b.Type == "rich_text" {
			parts = append(parts, b.Rich.shown())
		}
		if b.Text != nil {
			parts = append(parts, b.Text.Text)
		}
		for _, f := range b.Fields {
			parts = append(parts, f.Text)
		}
		for _, e := range b.Elements {
			if b.Type == "context" {
				parts = append(parts, e.label().Text)
			}
		}
	}
	if len(parts) == 0 {
		return p.Text
	}
	return strings.Join(parts, "\n")
}

// Plain returns what a member reads: the blocks' texts without mark-up.
func (p Post) Plain() string {
	return plain(mentioned.ReplaceAllStringFunc(p.Shown(), func(found string) string {
		if name := p.names[found[2:len(found)-1]]; name != "" {
			return "@" + name
		}
		return found
	}))
}

var (
	mentioned = regexp.MustCompile(`<@[A-Z0-9]+>`)
	labelled  = regexp.MustCompile(`<[^<>|]*\|([^<>]*)>`)
	bare      = regexp.MustCompile(`<([^<>|]*)>`)
	marks     = []*regexp.Regexp{
		regexp.MustCompile(`(?m)(^|[\s(])\*([^\s*]|[^\s*][^*\n]*[^\s*])\*`),
		regexp.MustCompile(`(?m)(^|[\s(])_([^\s_]|[^\s_][^_\n]*[^\s_])_`),
		regexp.MustCompile(`(?m)(^|[\s(])~([^\s~]|[^\s~][^~\n]*[^\s~])~`),
	}
	unescape = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
)

func plain(s string) string {
	for _, mark := range marks {
		s = mark.ReplaceAllString(s, "$1$2")
	}
	s = bare.ReplaceAllString(labelled.ReplaceAllString(s, "$1"), "$1")
	return strings.ReplaceAll(unescape.Replace(s), "\u2060", "")
}
