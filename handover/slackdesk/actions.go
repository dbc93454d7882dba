package slackdesk

import (
	"context"
	"encoding/json"

	"patchbay/handover"
)

// interact reads a click. Forms and shortcuts are answered and have no effect: the desk makes none.
func (d *Desk) interact(ctx context.Context, payload []byte) (handover.Update, error) {
	const op = "click in slack"
	var in interaction
	if err := json.Unmarshal(payload, &in); err != nil {
		return handover.Update{}, rejected(op, errNoJSON)
	}
	if in.Type != "block_actions" {
		return handover.Update{}, nil
	}
	self, err := d.me(op)
	if err != nil {
		return handover.Update{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, personWait)
	defer cancel()
	var update handover.Update
	for _, click := range in.Actions {
		kind, ok := kindOfAction(click.ActionID)
		if !ok {
			continue
		}
		id, post, ok := d.ours(click.Value)
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
		if err := d.sign(ctx, self, &a, in.User.ID, in.User.TeamID); err != nil {
			return handover.Update{}, err
		}
		if in.Container.Ephemeral {
			d.clicks.keep(in.User.ID, post, d.answerAddress(in.ResponseURL), d.deps.Now())
		}
		update.Actions = append(update.Actions, a)
	}
	return update, nil
}

// buttonOf returns the id of the button whose click is kind.
func buttonOf(kind handover.ActionKind) (id string, ok bool) {
	switch kind {
	case handover.Claimed:
		return actTake, true
	case handover.Resolved:
		return actResolve, true
	case handover.TookOver:
		return actTakeOver, true
	case handover.Left:
		return actLeave, true
	case handover.HandAll:
		return actHandAll, true
	case handover.Replied, handover.Edited, handover.Deleted, handover.Strayed:
	}
	return "", false
}

// kindOfAction returns what a click on the button id is.
func kindOfAction(id string) (handover.ActionKind, bool) {
	switch id {
	case actTake:
		return handover.Claimed, true
	case actResolve:
		return handover.Resolved, true
	case actTakeOver:
		return handover.TookOver, true
	case actLeave:
		return handover.Left, true
	case actHandAll:
		return handover.HandAll, true
	}
	return "", false
}
