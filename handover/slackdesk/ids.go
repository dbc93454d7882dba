package slackdesk

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// timestamp is Slack's ts: seconds and a counter, as a string.
var timestamp = regexp.MustCompile(`^\d{1,16}\.\d{1,9}$`)

var errNoThread = errors.New("not an id of a Slack thread or post")

// join returns the id of the post ts in channel.
func join(channel, ts string) string { return channel + "/" + ts }

// split takes an id of a thread or a post apart. A place has no ts.
func split(id string) (channel, ts string, err error) {
	channel, ts, _ = strings.Cut(id, "/")
	if channel == "" || (ts != "" && !timestamp.MatchString(ts)) {
		return "", "", errNoThread
	}
	return channel, ts, nil
}

// clock returns when ts was, to the microsecond.
func clock(ts string) time.Time {
	whole, part, _ := strings.Cut(ts, ".")
	s, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return time.Time{}
	}
	part = (part + "000000")[:6]
	us, err := strconv.ParseInt(part, 10, 64)
	if err != nil {
		us = 0
	}
	return time.Unix(s, us*1000).UTC()
}

// link returns the address of the post id in the workspace at base.
func link(base, id string) string {
	channel, ts, err := split(id)
	if err != nil || ts == "" || base == "" || !channelID.MatchString(channel) {
		return ""
	}
	return base + "archives/" + channel + "/p" + strings.ReplaceAll(ts, ".", "")
}
