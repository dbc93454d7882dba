package slackdesk

import (
	"context"
	"errors"

	"github.com/slack-go/slack"

	"patchbay/handover"
	"patchbay/models"
)

// errNoMark is for a mark that the desk has no reaction for.
var errNoMark = errors.New("there is no reaction for this mark")

// reactionOf returns the name of the reaction that stands for a mark.
func reactionOf(mark models.Mark) (name string, ok bool) {
	switch mark {
	case models.MarkWaiting:
		return "hourglass_flowing_sand", true
	case models.MarkSent:
		return reactionSent, true
	case models.MarkRead:
		return "eyes", true
	case models.MarkFailed:
		return "x", true
	}
	return "", false
}

// isMark reports whether a reaction is one of the desk's marks. As a customer's or an agent's it would say something else.
func isMark(name string) bool {
	return name == reactionSent || name == "hourglass_flowing_sand" || name == "eyes" || name == "x"
}

// Emotes reports whether Slack has a reaction for the emoji that is no mark of the desk's.
func (d *Desk) Emotes(emoji string) bool {
	_, ok := d.emoteOf(emoji)
	return ok
}

// emoteOf returns the name of the reaction for a customer's emoji.
func (*Desk) emoteOf(emoji string) (name string, ok bool) {
	name, ok = nameOf(emoji)
	return name, ok && !isMark(name)
}

// reactionSent is the reaction on what the customer has, and with which an agent lets his reply go.
const reactionSent = "white_check_mark"

// Mark puts the reaction that stands for mark on a post.
// https://docs.slack.dev/reference/methods/reactions.add
func (d *Desk) Mark(ctx context.Context, post string, mark models.Mark) error {
	return d.react(ctx, "reactions.add", "already_reacted", post, mark, d.api.AddReactionContext)
}

// Unmark takes the desk's own reaction that stands for mark off a post.
// https://docs.slack.dev/reference/methods/reactions.remove
func (d *Desk) Unmark(ctx context.Context, post string, mark models.Mark) error {
	return d.react(ctx, "reactions.remove", "no_reaction", post, mark, d.api.RemoveReactionContext)
}

// react makes one call about a reaction. done is Slack's word for what needs no doing.
func (d *Desk) react(
	ctx context.Context, op, done, post string, mark models.Mark, call func(context.Context, string, slack.ItemRef) error,
) error {
	if _, err := d.me(op); err != nil {
		return err
	}
	name, ok := reactionOf(mark)
	if emoji, is := mark.Emoji(); is {
		name, ok = d.emoteOf(emoji)
	}
	if !ok {
		return rejected(op, errNoMark)
	}
	channel, ts, err := split(post)
	if err != nil || ts == "" {
		return rejected(op, errNoThread)
	}
	err = call(ctx, name, slack.NewRefToMessage(channel, ts))
	if e, ok := errors.AsType[*apiError](err); ok && e.Code == done {
		return nil
	}
	if err != nil {
		return d.fail(op, channel, err)
	}
	return nil
}

var _ handover.Emoter = (*Desk)(nil)
