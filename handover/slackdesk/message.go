package slackdesk

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"patchbay/handover"
	"patchbay/models"
)

// slackbot is Slack's own user, under whose name a deleted root with replies stands.
const slackbot = "USLACKBOT"

// message returns what an agent did by a message event, which is nothing for most of them.
func (d *Desk) message(ctx context.Context, self *identity, m *message) ([]handover.Action, error) {
	var action *handover.Action
	var err error
	switch m.Subtype {
	case "", "file_share", "me_message", "thread_broadcast":
		action, err = d.wrote(ctx, self, m)
	case "message_changed":
		action, err = d.changed(ctx, self, m)
	case "message_deleted":
		action, err = d.removed(ctx, self, m)
	}
	if action == nil || err != nil {
		return nil, err
	}
	return []handover.Action{*action}, nil
}

// wrote reads a new message: a reply in a thread, or one at the top of a desk's channel.
func (d *Desk) wrote(ctx context.Context, self *identity, m *message) (*handover.Action, error) {
	if m.Hidden || self.automatic(m) || m.TS == "" || m.Channel == "" {
		return nil, nil
	}
	a := handover.Action{Key: self.key(m.Channel, m.TS), Kind: handover.Replied, Post: join(m.Channel, m.TS), At: clock(m.TS)}
	if m.ThreadTS == "" || m.ThreadTS == m.TS {
		if !d.watches(m.Channel) {
			return nil, nil
		}
		a.Kind, a.Thread = handover.Strayed, m.Channel
		return &a, d.sign(ctx, self, &a, m.User, m.team())
	}
	own, other := d.root(self, m)
	if other {
		return nil, nil
	}
	a.Thread, a.Own = join(m.Channel, m.ThreadTS), own
	if err := d.sign(ctx, self, &a, m.User, m.team()); err != nil {
		return nil, err
	}
	if a.Refusal == "" && d.outside(ctx, m.Channel, m.User) {
		a.Refusal = refusedOutside
	}
	d.say(ctx, &a, m)
	return &a, nil
}

// changed reads that a message reads otherwise now. Slack also says so when it added a preview, or counted replies; that a
// file was taken out of one is no edit to Slack and has the time of its event alone, as has a second edit in one second.
func (d *Desk) changed(ctx context.Context, self *identity, m *message) (*handover.Action, error) {
	now := m.Message
	if now == nil || now.TS == "" || self.automatic(now) {
		return nil, nil
	}
	at, user := m.TS, ""
	if now.Edited != nil {
		user = now.Edited.User
	}
	switch old := m.Previous; {
	case now.Edited != nil && (at == "" || old == nil || old.Edited == nil || *old.Edited != *now.Edited):
		at = now.Edited.TS
	case now.Edited == nil && (at == "" || old == nil || len(now.fileIDs()) >= len(old.fileIDs())):
		return nil, nil
	}
	if old := m.Previous; old != nil && old.Text == now.Text && slices.Equal(old.fileIDs(), now.fileIDs()) {
		return nil, nil
	}
	if now.ThreadTS == "" || now.ThreadTS == now.TS {
		return nil, nil
	}
	own, other := d.root(self, now)
	if other {
		return nil, nil
	}
	a := handover.Action{
		Key: self.key(m.Channel, now.TS) + ":edited." + at, Kind: handover.Edited,
		Thread: join(m.Channel, now.ThreadTS), Own: own, Post: join(m.Channel, now.TS), At: clock(at),
	}
	team := ""
	if user == "" || user == now.User {
		user, team = now.User, now.team()
	}
	if err := d.sign(ctx, self, &a, user, team); err != nil {
		return nil, err
	}
	d.say(ctx, &a, now)
	if old := m.Previous; a.Note && old != nil {
		_, a.Signed, _ = note(body(old, d.names(ctx)).Text, old.Text)
	}
	return &a, nil
}

// removed reads that a message is gone. Slack does not say by whom; it stands for the author.
func (d *Desk) removed(ctx context.Context, self *identity, m *message) (*handover.Action, error) {
	old := m.Previous
	if m.DeletedTS == "" || old == nil || self.automatic(old) {
		return nil, nil
	}
	if old.ThreadTS == "" || old.ThreadTS == m.DeletedTS {
		return nil, nil
	}
	own, other := d.root(self, old)
	if other {
		return nil, nil
	}
	a := handover.Action{
		Key: self.key(m.Channel, m.DeletedTS) + ":del", Kind: handover.Deleted,
		Thread: join(m.Channel, old.ThreadTS), Own: own, Post: join(m.Channel, m.DeletedTS), At: clock(m.TS),
	}
	return &a, d.sign(ctx, self, &a, old.User, old.team())
}

// automatic reports whether m is no person's: an app's, Slack's own, or nobody's.
func (id *identity) automatic(m *message) bool {
	return m.BotID != "" || len(m.BotProfile) > 0 && string(m.BotProfile) != "null" || m.User == "" || m.User == id.User ||
		m.User == slackbot || m.Subtype == "bot_message" || m.Subtype == "tombstone"
}

// root reports whether the root of m's thread is a post of this desk, or surely one of somebody else's. Neither is known
// where Slack does not say, and where the root was deleted: then the thread's id decides.
func (d *Desk) root(self *identity, m *message) (own, other bool) {
	if root := m.Root; root != nil {
		switch install := root.mark().Install; {
		case install != "" && install != d.deps.Install:
			return false, true
		case root.BotID == self.Bot || root.User == self.User:
			return true, false
		case root.Subtype == "tombstone" || root.User == slackbot || (root.User == "" && root.BotID == ""):
			return false, false
		}
		return false, true
	}
	switch m.Parent {
	case self.User:
		return true, false
	case "", slackbot:
		return false, false
	}
	return false, true
}

// key names a message for good, however often Slack tells of it.
func (id *identity) key(channel, ts string) string { return id.Team + "/" + channel + ":" + ts }

// watches reports whether threads of this desk open in channel.
func (d *Desk) watches(channel string) bool {
	if channel == d.conf.Channel {
		return true
	}
	return d.deps.Places != nil && slices.Contains(d.deps.Places(), channel)
}

// team returns the workspace that m says its author is from.
func (m *message) team() string { return first(m.UserTeam, m.SourceTeam, m.Team) }

// sign says who did a, and whether he may.
func (d *Desk) sign(ctx context.Context, self *identity, a *handover.Action, user, team string) error {
	person, refusal, err := d.person(ctx, self, user, team)
	if err != nil {
		return err
	}
	a.Person, a.Refusal = person, refusal
	return nil
}

// say puts the words and files of m into a.
func (d *Desk) say(ctx context.Context, a *handover.Action, m *message) {
	words := body(m, d.names(ctx))
	a.Text, a.Note, a.Mention = note(words.Text, m.Text)
	a.Spans = words.Slice(len(words.Text)-len(a.Text), len(words.Text)).Spans // a sign is taken off at the front
	for _, raw := range m.Files {
		var f file
		if json.Unmarshal(raw, &f) != nil || f.Mode == "tombstone" {
			continue
		}
		a.Files = append(a.Files, models.Attachment{Kind: f.kind(), Ref: f.ID, Name: first(f.Name, f.Title), MIME: f.MIME, Size: f.Size})
	}
}

// note reports whether a reply stays in the thread: it begins with // or a lock, whose sign is taken off, or with a mention
// of somebody. marked is the reply in Slack's mark-up.
func note(text, marked string) (kept string, is, mention bool) {
	for _, sign := range []string{"//", "／／", "🔒", ":lock:"} {
		if rest, ok := strings.CutPrefix(text, sign); ok {
			return strings.TrimSpace(strings.TrimPrefix(rest, "\ufe0f")), true, false
		}
	}
	marked = strings.TrimLeft(marked, " \t\n*_~")
	for _, sign := range []string{"<@", "<!subteam", "<!here", "<!channel", "<!everyone"} {
		if strings.HasPrefix(marked, sign) {
			return text, true, true
		}
	}
	return text, false, false
}

// kind returns the kind of attachment that f is.
func (f file) kind() models.AttachmentKind {
	major, _, _ := strings.Cut(f.MIME, "/")
	switch {
	case f.Subtype == "slack_audio":
		return models.Voice
	case major == "image":
		return models.Image
	case major == "video":
		return models.Video
	case major == "audio":
		return models.Audio
	}
	return models.File
}

// fileIDs returns the ids of m's files.
func (m *message) fileIDs() []string {
	var ids []string
	for _, raw := range m.Files {
		var f file
		if json.Unmarshal(raw, &f) == nil && f.Mode != "tombstone" {
			ids = append(ids, f.ID)
		}
	}
	return ids
}
