package slackdesk

import (
	"context"

	"patchbay/handover"
)

// active is what Slack says of somebody who is about: https://docs.slack.dev/apis/web-api/user-presence-and-status
const active = "active"

// About asks Slack whether a person is active. One who may not answer customers any more, or is not in the channel of the
// thread, is not about.
// https://docs.slack.dev/reference/methods/users.getPresence
func (d *Desk) About(ctx context.Context, thread, person string) (bool, error) {
	const op = "users.getPresence"
	self, err := d.me(op)
	if err != nil {
		return false, err
	}
	channel, _, err := split(thread)
	if err != nil {
		return false, rejected(op, err)
	}
	_, refusal, err := d.person(ctx, self, person, "")
	if err != nil || refusal != "" || !d.inside(ctx, channel, person) {
		return false, err
	}
	presence, err := d.api.GetUserPresenceContext(ctx, person)
	if err != nil {
		return false, d.fail(op, "", err)
	}
	return presence.Presence == active, nil
}

var _ handover.Seer = (*Desk)(nil)
