package slackdesk

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"patchbay/handover"
)

// How a reply in a thread goes out.
const (
	ReplyDirect  = "direct"  // at once, or after undo
	ReplyConfirm = "confirm" // when its writer puts a check mark on it
)

// undoMost is how long a reply may wait for its writer: customers wait too.
const undoMost = 30 * time.Second

const (
	// returningLong is for how long a customer who comes back is brought to who had him last, in a section that does not say.
	returningLong = 7 * 24 * time.Hour
	// returningMost bounds what a config can mean: beyond it is a slip of the pen.
	returningMost = 366 * 24 * time.Hour
)

// categoriesMax is how many options a menu has: https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element
const categoriesMax = 100

// teamKey is what a team is called in the config and on the card.
var teamKey = regexp.MustCompile(`^[a-z0-9_-]{1,32}$`)

// Policy returns what the section says of the desk's chats.
func (c Config) Policy() handover.DeskPolicy {
	p := handover.DeskPolicy{
		Lock: handover.Lock(c.Lock), Categories: slices.Clone(c.Categories), Rating: handover.Rating(c.Rating), Teams: maps.Clone(c.Teams),
		Confirm: c.Reply == ReplyConfirm,
		Queue:   c.queue(),
		Routes:  c.routes(),
	}
	p.Returning = returningLong
	if c.Returning != nil {
		p.Returning = c.Returning.Duration
	}
	if c.Undo != nil {
		if p.Undo = c.Undo.Duration; p.Undo == 0 {
			p.Undo = -1
		}
	}
	return p
}

// validateChats returns what is wrong in the keys that say how chats go.
func (c Config) validateChats() []Problem {
	var found []Problem
	fault := func(key, format string, args ...any) {
		found = append(found, Problem{Key: key, Text: fmt.Sprintf(format, args...)})
	}
	switch handover.Lock(c.Lock) {
	case handover.LockNone, handover.LockOwner:
	default:
		fault("lock", `is neither "owner" nor empty`)
	}
	switch c.Reply {
	case "", ReplyDirect, ReplyConfirm:
	default:
		fault("reply", `is neither "direct" nor "confirm"`)
	}
	if c.Undo != nil && (c.Undo.Duration < 0 || c.Undo.Duration > undoMost) {
		fault("undo", "is not between 0s and %s", undoMost)
	}
	if c.Returning != nil && (c.Returning.Duration < 0 || c.Returning.Duration > returningMost) {
		fault("returning", "is not from 0s to %d days", returningMost/(24*time.Hour))
	}
	switch handover.Rating(c.Rating) {
	case handover.RateNothing, handover.RateThumbs, handover.RateStars:
	default:
		fault("rating", `is neither "thumbs" nor "stars" nor empty`)
	}
	if len(c.Categories) > categoriesMax {
		fault("categories", "has %d entries; Slack's menus take %d", len(c.Categories), categoriesMax)
	}
	for i, one := range c.Categories {
		key := fmt.Sprintf("categories[%d]", i)
		switch {
		case first(one) == "":
			fault(key, "is empty")
		case width(one) > buttonMax:
			fault(key, "is longer than %d characters", buttonMax)
		case slices.Contains(c.Categories[:i], one):
			fault(key, "stands there twice")
		}
	}
	if len(c.Teams) > categoriesMax {
		fault("teams", "has %d entries; Slack's menus take %d", len(c.Teams), categoriesMax)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Teams)) {
		switch {
		case !teamKey.MatchString(name):
			fault("teams", "the name %q is not of a-z, 0-9, _ and -, at most 32 characters", name)
		case c.Teams[name] == "":
			fault("teams."+name, "is empty: the id of the channel where the team's threads open")
		case !channelID.MatchString(c.Teams[name]):
			found = append(found, Problem{
				Key: "teams." + name, Text: "does not look like a channel id (C0123456789); a channel's name does not work", Warning: true,
			})
		}
	}
	if text := faultOfContactURL(c.ContactURL); text != "" {
		fault("contact_url", "%s", text)
	}
	return slices.Concat(found, c.validateRoutes(), c.validateQueue())
}
