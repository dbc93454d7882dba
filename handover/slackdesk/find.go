package slackdesk

import (
	"context"
	"errors"
	"time"

	"patchbay/handover"
)

// findPages is how many pages are looked through for one post.
const findPages = 3

var (
	errPaced   = errors.New("slack's history is read as often as it may be")
	errTooMuch = errors.New("there is too much to look through")
)

// FindThread looks for the card of c's handover at the top of its channel, by its metadata.
func (d *Desk) FindThread(ctx context.Context, c handover.Card, since time.Time) (string, error) {
	place := first(c.Place, d.conf.Channel)
	m, err := d.find(ctx, "look for thread", place, "", since, func(mk mark) bool { return mk.event == eventCard && mk.Handover == c.Handover })
	if m == nil || err != nil {
		return "", err
	}
	return join(place, m.TS), nil
}

// FindPost looks for the post that stands for the entry p.From, by its metadata.
func (d *Desk) FindPost(ctx context.Context, thread string, p handover.Post, since time.Time) (handover.Found, bool, error) {
	const op = "look for post"
	channel, root, err := split(thread)
	if err != nil || root == "" {
		return handover.Found{}, false, rejected(op, errNoThread)
	}
	m, err := d.find(ctx, op, channel, root, since, func(mk mark) bool {
		return mk.event == eventPost && mk.Lane == p.Lane && mk.From <= p.From && p.From <= mk.To
	})
	if m == nil || err != nil {
		return handover.Found{}, false, err
	}
	mk := m.mark()
	return handover.Found{Post: join(channel, m.TS), From: mk.From, To: mk.To, Last: mk.Last}, true, nil
}

// find returns the newest post of this installation whose mark is the one, nil if there is none.
func (d *Desk) find(ctx context.Context, op, channel, root string, since time.Time, is func(mark) bool) (*message, error) {
	self, err := d.me(op)
	if err != nil {
		return nil, err
	}
	var found *message
	cursor := ""
	for range findPages {
		p, failed := d.read(ctx, channel, root, since.Add(-skew), cursor)
		if failed != nil {
			return nil, failed
		}
		for _, m := range p.Messages {
			mk := m.mark()
			if m.BotID == self.Bot && mk.Install == d.deps.Install && m.TS != root && is(mk) && (found == nil || found.TS < m.TS) {
				found = &m
			}
		}
		if cursor = p.next(); cursor == "" || found != nil && root == "" {
			return found, nil
		}
	}
	if found != nil {
		return found, nil
	}
	return nil, temporary(op, errTooMuch)
}
