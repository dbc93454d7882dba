package slackdesk

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"
)

const (
	// membersFresh is how long it is known who is in a channel; for somebody who is not, it is asked again after membersAgain.
	membersFresh = 10 * time.Minute
	membersAgain = 10 * time.Second
	// membersFailed is how long everybody counts as a member after Slack did not tell.
	membersFailed = time.Minute
	// membersPage is how many Slack lists at once, and membersMost how many pages are read: in a larger channel everybody
	// counts as a member. https://docs.slack.dev/reference/methods/conversations.members
	membersPage = 1000
	membersMost = 10
	// channelsMax is of how many channels this is known.
	channelsMax = 1000

	refusedOutside = "outside"
)

// members is who is in channels, as far as was asked.
type members struct {
	mu    sync.Mutex
	known map[string]memberList
}

// memberList is who is in a channel.
type memberList struct {
	ids   []string // sorted
	all   bool     // there are too many to tell
	asked time.Time
}

func (l memberList) has(id string) bool {
	_, found := slices.BinarySearch(l.ids, id)
	return found || l.all
}

// inside reports whether a person is in a channel. Slack lets others read a public one, and in some clients write into its
// threads. When Slack does not tell, he counts as in it: a chat must not stand still because of that.
func (d *Desk) inside(ctx context.Context, channel, id string) bool {
	now := d.deps.Now()
	d.members.mu.Lock()
	list, known := d.members.known[channel]
	d.members.mu.Unlock()
	age := now.Sub(list.asked)
	if known && age < membersFresh && (list.has(id) || age < membersAgain) {
		return list.has(id)
	}
	fresh, err := d.listMembers(ctx, channel)
	fresh.asked = now
	if err != nil {
		d.deps.Log.Warn("the members of a channel are not known", "err", err)
		fresh = memberList{all: true, asked: now.Add(membersFailed - membersFresh)}
	}
	d.members.mu.Lock()
	defer d.members.mu.Unlock()
	if d.members.known == nil || len(d.members.known) >= channelsMax {
		d.members.known = map[string]memberList{}
	}
	d.members.known[channel] = fresh
	return fresh.has(id)
}

// outside reports whether a person acts in a channel of which he is no member. Our direct messages with him, which begin
// with a D, and his own page are his. https://docs.slack.dev/reference/objects/conversation-object
func (d *Desk) outside(ctx context.Context, channel, id string) bool {
	return channel != "" && !strings.HasPrefix(channel, "D") && !d.inside(ctx, channel, id)
}

// listMembers asks Slack who is in a channel.
func (d *Desk) listMembers(ctx context.Context, channel string) (list memberList, err error) {
	cursor := ""
	for range membersMost {
		ids, next, err := d.api.GetUsersInConversationContext(ctx, &slack.GetUsersInConversationParameters{
			ChannelID: channel, Cursor: cursor, Limit: membersPage,
		})
		if err != nil {
			return memberList{}, d.fail("conversations.members", channel, err)
		}
		list.ids = append(list.ids, ids...)
		if cursor = next; cursor == "" {
			slices.Sort(list.ids)
			return list, nil
		}
	}
	return memberList{all: true}, nil
}
