package slackdesk

import (
	"context"
	"encoding/json"
	"strings"

	"patchbay/handover"
)

// interact reads a click, a form, or a shortcut.
func (d *Desk) interact(ctx context.Context, payload []byte) (handover.Update, error) {
	const op = "click in slack"
	var in interaction
	if err := json.Unmarshal(payload, &in); err != nil {
		return handover.Update{}, rejected(op, errNoJSON)
	}
	self, err := d.me(op)
	if err != nil {
		return handover.Update{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, personWait)
	defer cancel()
	switch {
	case in.Type == "block_actions" && in.View != nil && in.View.Type == "modal":
		return d.changing(ctx, self, &in)
	case in.Type == "block_actions":
		return d.clicked(ctx, self, &in)
	case in.Type == "view_submission":
		return d.submitted(ctx, self, &in)
	case in.Type == "view_closed":
		return d.closed(ctx, self, &in)
	case in.Type == "message_action":
		return d.shortcut(ctx, self, &in)
	}
	return handover.Update{}, nil
}

// clicked reads a click on a button of a post of ours.
func (d *Desk) clicked(ctx context.Context, self *identity, in *interaction) (handover.Update, error) {
	var update handover.Update
	for _, click := range in.Actions {
		kind, ok := kindOfAction(click.ActionID)
		if !ok {
			continue
		}
		value := click.Value
		if click.Selected != nil {
			value = click.Selected.Value
		}
		id, post, ok := d.ours(value)
		if kind.Personal() {
			id, post, ok = d.about(value)
		}
		if !ok {
			continue
		}
		a := handover.Action{
			Key:  self.Team + "/action:" + in.User.ID + ":" + click.ActionTS + ":" + click.ActionID,
			Kind: kind, Handover: id, Post: post, At: clock(click.ActionTS),
		}
		if kind == handover.HandAll {
			// A whisper in a thread shows only where people talk already, so it goes to the channel.
			a.Handover, a.Incident, a.Thread = "", id, in.Container.Channel
		}
		if kind.Personal() {
			a.Handover, a.Thread = "", in.Container.Channel
			if strings.HasPrefix(a.Thread, "D") {
				a.Thread = "" // our direct messages with him: https://docs.slack.dev/reference/objects/conversation-object
			}
		}
		if kind == handover.TookChat {
			a.Handover, a.Chat, a.Reply = "", id, d.answerAddress(in.ResponseURL)
		}
		if err := d.sign(ctx, self, &a, in.User.ID, in.User.TeamID); err != nil {
			return handover.Update{}, err
		}
		switch {
		case a.Refusal != "":
		case kind == handover.TookChat && !d.belongs(ctx, in.User.ID), !kind.Personal() && d.outside(ctx, in.Container.Channel, in.User.ID):
			a.Refusal = refusedOutside
		}
		if in.Container.Ephemeral || kind.Personal() {
			d.clicks.keep(in.User.ID, post, d.answerAddress(in.ResponseURL), d.deps.Now())
		}
		u := acts(a, in.TriggerID, in.thread())
		update.Actions, update.Asked = append(update.Actions, u.Actions...), append(update.Asked, u.Asked...)
	}
	return update, nil
}

// thread returns the thread in which the click was made.
func (in *interaction) thread() string {
	if in.Container.Channel == "" {
		return ""
	}
	ts := in.Container.ThreadTS
	if ts == "" && in.Message != nil {
		ts = in.Message.ThreadTS
	}
	if ts == "" && !in.Container.Ephemeral {
		ts = in.Container.MessageTS
	}
	if ts == "" {
		return in.Container.Channel
	}
	return join(in.Container.Channel, ts)
}
