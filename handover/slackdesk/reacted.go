package slackdesk

import (
	"context"
	"encoding/json"
	"strings"

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

// reacted reads that a member put an emoji on a post, or took it off. The check mark on a message of his own lets that go; any
// other emoji on a post of ours is for the customer, if one of his lines stands there. In which thread that is Slack does not
// say, so the action names the post alone.
func (d *Desk) reacted(ctx context.Context, self *identity, env *envelope, off bool) (handover.Update, error) {
	var r reacting
	if json.Unmarshal(env.Event, &r) != nil {
		d.deps.Log.Error("an event of slack's has a reaction that cannot be read", "event", env.EventID)
		return handover.Update{}, nil
	}
	if r.Item.Type != "message" || r.Item.Channel == "" || r.Item.TS == "" || r.User == "" || r.User == self.User {
		return handover.Update{}, nil
	}
	a := handover.Action{Post: join(r.Item.Channel, r.Item.TS), At: clock(r.TS)}
	base, _, _ := strings.Cut(r.Name, "::") // the skin is behind
	switch {
	case r.Name == reactionSent && r.User == r.ItemUser && !off:
		a.Key, a.Kind = self.key(r.Item.Channel, r.Item.TS)+":sent."+r.TS, handover.Confirmed
	case r.ItemUser == self.User && !isMark(base):
		a.Key, a.Kind = self.key(r.Item.Channel, r.Item.TS)+":reacted."+r.TS, handover.Reacted
		if a.Text = emojize(":"+r.Name+":", nil); off {
			a.Kind = handover.Unreacted
		}
	default:
		return handover.Update{}, nil
	}
	if err := d.sign(ctx, self, &a, r.User, ""); err != nil {
		return handover.Update{}, err
	}
	if a.Refusal != "" {
		return handover.Update{}, nil // he is no agent: a reply was refused, and he was told
	}
	return handover.Update{Actions: []handover.Action{a}}, nil
}
