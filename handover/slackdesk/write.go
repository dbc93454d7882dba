package slackdesk

import (
	"context"
	"errors"

	"github.com/slack-go/slack"

	"patchbay/handover"
)

// Open posts the card at the top of its channel: it is the root of a new thread.
func (d *Desk) Open(ctx context.Context, c handover.Card) (string, error) {
	const op = "open thread"
	self, err := d.me(op)
	if err != nil {
		return "", err
	}
	place := c.Place
	if place == "" {
		place = d.conf.Channel
	}
	blocks, text := d.card(self, c)
	channel, ts, err := d.api.PostMessageContext(ctx, place, quiet(), compose(blocks, text, eventCard, d.stamp(c)))
	if err != nil {
		return "", d.fail(op, place, err)
	}
	if ts == "" {
		return "", temporary(op, errHalf)
	}
	return join(first(channel, place), ts), nil
}

// Show brings the card up to date.
func (d *Desk) Show(ctx context.Context, thread string, c handover.Card) error {
	const op = "show card"
	self, err := d.me(op)
	if err != nil {
		return err
	}
	channel, ts, err := split(thread)
	if err != nil || ts == "" {
		return rejected(op, errNoThread)
	}
	blocks, text := d.card(self, c)
	_, _, _, err = d.api.UpdateMessageContext(ctx, channel, ts, compose(blocks, text, eventCard, d.stamp(c)))
	if err != nil {
		return d.fail(op, channel, err)
	}
	return nil
}

// Post writes p into the thread. To a root that was deleted Slack answers with an error or, in some cases, posts at the
// top of the channel without a word: such a post is taken back, and the thread is gone.
func (d *Desk) Post(ctx context.Context, thread string, p handover.Post) (string, error) {
	const op = "post in thread"
	if _, err := d.me(op); err != nil {
		return "", err
	}
	channel, root, err := split(thread)
	if err != nil || root == "" {
		return "", rejected(op, errNoThread)
	}
	blocks, text := post(p)
	blocks = d.choices(blocks, p)
	if text == "" {
		return "", rejected(op, errors.New("nothing to post"))
	}
	options := []slack.MsgOption{slack.MsgOptionTS(root), quiet(), compose(blocks, text, eventPost, d.span(p))}
	if p.Broadcast {
		options = append(options, slack.MsgOptionBroadcast())
	}
	_, ts, answer, err := d.api.PostMessageWithResponseContext(ctx, channel, options...)
	if err != nil {
		return "", d.fail(op, channel, err)
	}
	if ts == "" {
		return "", temporary(op, errHalf)
	}
	if answer.Timestamp != "" && answer.ThreadTimestamp == "" && d.gone(ctx, channel, root) {
		if _, _, err := d.api.DeleteMessageContext(ctx, channel, ts); err != nil {
			d.deps.Log.Warn("a post went to the top of the channel because its thread is gone", "err", d.fail("chat.delete", channel, err))
		}
		return "", deskError(handover.DeskGone, op, errors.New("the thread's first message was deleted"))
	}
	return join(channel, ts), nil
}

// gone reports whether the root of a thread was deleted, as far as Slack tells.
// https://docs.slack.dev/reference/methods/conversations.replies
func (d *Desk) gone(ctx context.Context, channel, root string) bool {
	messages, _, _, err := d.api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
		ChannelID: channel, Timestamp: root, Limit: 1,
	})
	if err != nil {
		return d.fail("conversations.replies", channel, err).Kind == handover.DeskGone
	}
	return len(messages) > 0 && messages[0].SubType == "tombstone"
}

// Edit writes a post anew. A post that was deleted is Rejected: its thread is still there.
func (d *Desk) Edit(ctx context.Context, _, post string, p handover.Post) error {
	const op = "edit post"
	if _, err := d.me(op); err != nil {
		return err
	}
	channel, ts, err := split(post)
	if err != nil || ts == "" {
		return rejected(op, errNoThread)
	}
	blocks, text := edited(p)
	blocks = d.choices(blocks, p)
	_, _, _, err = d.api.UpdateMessageContext(ctx, channel, ts, compose(blocks, text, eventPost, d.span(p)))
	if err != nil {
		failed := d.fail(op, channel, err)
		if failed.Kind == handover.DeskGone {
			failed.Kind = handover.DeskRejected
		}
		return failed
	}
	return nil
}

// Announce posts a line of text for the operator. No place is the ops channel, else the desk's.
func (d *Desk) Announce(ctx context.Context, place, text string) error {
	const op = "announce"
	if _, err := d.me(op); err != nil {
		return err
	}
	switch {
	case place != "":
	case d.conf.OpsChannel != "":
		place = d.conf.OpsChannel
	default:
		place = d.conf.Channel
	}
	said := cut(plain(text), sectionMax)
	if _, _, err := d.api.PostMessageContext(ctx, place, quiet(), compose([]slack.Block{section(escape(said))}, escape(said), "", nil)); err != nil {
		return d.fail(op, place, err)
	}
	return nil
}

// compose returns what every post of ours has. Slack is told not to look for names and links in it.
func compose(blocks []slack.Block, text, event string, payload map[string]any) slack.MsgOption {
	options := []slack.MsgOption{
		slack.MsgOptionText(text, false),
		slack.MsgOptionParse(false),
		slack.MsgOptionLinkNames(false),
		slack.MsgOptionBlocks(blocks...), // an empty list takes away those of the post before
	}
	if event != "" {
		options = append(options, slack.MsgOptionMetadata(slack.SlackMetadata{EventType: event, EventPayload: payload}))
	}
	return slack.MsgOptionCompose(options...)
}

// quiet keeps Slack from fetching previews of the addresses in a new post.
func quiet() slack.MsgOption {
	return slack.MsgOptionCompose(slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl())
}

// span returns what the metadata of a post says: which entries of which lane it stands for,
// and our id of the last message in it: numbers of entries are given again after a backup was restored, ids are not.
func (d *Desk) span(p handover.Post) map[string]any {
	return map[string]any{
		"install": d.deps.Install, "handover": p.Handover, "lane": p.Lane, "from": p.From, "to": p.To, "last": p.Last(),
		"heard": p.Heard,
	}
}

// stamp returns what the metadata of a card says.
func (d *Desk) stamp(c handover.Card) map[string]any {
	said := map[string]any{"install": d.deps.Install, "handover": c.Handover}
	if !c.Alive.IsZero() {
		said["alive"] = c.Alive.Unix()
	}
	return said
}
