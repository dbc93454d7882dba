package slackdesk

import (
	"context"
	"slices"
	"time"

	"patchbay/handover"
)

// Overview reads a page of what stands at the top of a channel.
func (d *Desk) Overview(ctx context.Context, place, cursor string) (handover.Overview, error) {
	o := handover.Overview{Latest: map[string]time.Time{}}
	self, err := d.me("read channel")
	if err != nil {
		return o, err
	}
	place = first(place, d.conf.Channel)
	p, failed := d.read(ctx, place, "", time.Time{}, cursor)
	if failed != nil {
		return o, failed
	}
	for _, m := range p.Messages {
		mk := m.mark()
		if m.BotID != self.Bot || mk.event != eventCard || mk.Install != d.deps.Install {
			continue
		}
		if at := time.Unix(mk.Alive, 0); mk.Alive > 0 && at.After(o.Alive) {
			o.Alive = at
		}
		o.Latest[join(place, m.TS)] = clock(m.LatestReply)
	}
	o.Next = p.next()
	return o, nil
}

// Replies reads a page of what was written in a thread. Everybody is looked at as in a live event, with the same keys.
func (d *Desk) Replies(ctx context.Context, thread string, since time.Time, cursor string) (handover.Replies, error) {
	const op = "read thread"
	var r handover.Replies
	self, err := d.me(op)
	if err != nil {
		return r, err
	}
	channel, root, err := split(thread)
	if err != nil || root == "" {
		return r, rejected(op, errNoThread)
	}
	p, failed := d.read(ctx, channel, root, since, cursor)
	if failed != nil {
		return r, failed
	}
	for i := range p.Messages {
		m := &p.Messages[i]
		if m.TS == root {
			continue
		}
		if mk := m.mark(); m.BotID == self.Bot && mk.Install == d.deps.Install {
			if _, ts, err := split(mk.Heard); err == nil && ts != "" && clock(ts).After(r.Heard) {
				r.Heard = clock(ts)
			}
			continue
		}
		m.Channel, m.ThreadTS = channel, root
		actions, err := d.message(ctx, self, m)
		if err != nil {
			return r, err
		}
		for _, a := range actions {
			if a.Kind == handover.Replied {
				r.Written = append(r.Written, handover.Written{Reply: a, Edit: lastEdit(a, m), Consent: d.consent(a, m)})
			}
		}
	}
	r.Next = p.next()
	return r, nil
}

// consent returns the check mark with which its writer let m go, nil if there is none or none is needed. When he put it
// there Slack does not say; it counts from when he wrote.
func (d *Desk) consent(a handover.Action, m *message) *handover.Action {
	if d.conf.Reply != ReplyConfirm || a.Refusal != "" {
		return nil
	}
	for _, r := range m.Reactions {
		if r.Name == reactionSent && slices.Contains(r.Users, m.User) {
			a.Kind, a.Text, a.Files, a.Note, a.Mention = handover.Confirmed, "", nil, false, false
			a.Key += ":sent"
			return &a
		}
	}
	return nil
}

// lastEdit returns the edit by which m reads as it does, nil if it was not edited.
func lastEdit(a handover.Action, m *message) *handover.Action {
	if m.Edited == nil || m.Edited.TS == "" {
		return nil
	}
	a.Kind, a.At = handover.Edited, clock(m.Edited.TS)
	a.Key += ":edited." + m.Edited.TS
	return &a
}
