package slackdesk

import (
	"context"
	"encoding/json"

	"patchbay/handover"
)

// reacting is that somebody put an emoji on something: https://docs.slack.dev/reference/events/reaction_added
type reacting struct {
	User     string `json:"user"`
	Name     string `json:"reaction"`
	ItemUser string `json:"item_user"`
	Item     struct {
		Type    string `json:"type"`
		Channel string `json:"channel"`
		TS      string `json:"ts"`
	} `json:"item"`
	TS string `json:"event_ts"`
}

// reacted reads a reaction. One means something: the check mark that a member puts on a message of his own. In which thread
// that stands Slack does not say, so the action names the post alone.
func (d *Desk) reacted(ctx context.Context, self *identity, env *envelope) (handover.Update, error) {
	var r reacting
	if json.Unmarshal(env.Event, &r) != nil {
		d.deps.Log.Error("an event of slack's has a reaction that cannot be read", "event", env.EventID)
		return handover.Update{}, nil
	}
	if r.Name != reactionSent || r.Item.Type != "message" || r.Item.Channel == "" || r.Item.TS == "" ||
		r.User == "" || r.User != r.ItemUser || r.User == self.User {
		return handover.Update{}, nil
	}
	a := handover.Action{
		Key: self.key(r.Item.Channel, r.Item.TS) + ":sent." + r.TS, Kind: handover.Confirmed,
		Post: join(r.Item.Channel, r.Item.TS), At: clock(r.TS),
	}
	if err := d.sign(ctx, self, &a, r.User, ""); err != nil {
		return handover.Update{}, err
	}
	if a.Refusal != "" {
		return handover.Update{}, nil // his reply was refused, and he was told
	}
	return handover.Update{Actions: []handover.Action{a}}, nil
}
