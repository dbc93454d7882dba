package slackdesk

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"patchbay/handover"
	"patchbay/handover/hours"
)

// Route is an entry of the list [[slack.routes]]: where a chat opens for which each of its conditions holds.
type Route struct {
	Channel  string   `toml:"channel"`  // "telegram/support", or "telegram" for all of the kind
	Language string   `toml:"language"` // ISO 639-1: "pt"
	Words    []string `toml:"words"`    // one of them stands in what the customer wrote
	Team     string   `toml:"team"`     // as the bot names it
	Tag      string   `toml:"tag"`      // of the customer
	Hours    string   `toml:"hours"`    // "inside" or "outside" of the desk's hours, or "18:00-09:00"
	To       string   `toml:"to"`       // a name in teams, or the id of a channel
}

// What hours can be beside two times.
const (
	hoursInside  = "inside"
	hoursOutside = "outside"
)

const routesMost = 200

var (
	routeChannel  = regexp.MustCompile(`^[a-z]+(/[a-z0-9_-]{1,32})?$`)
	routeLanguage = regexp.MustCompile(`^[a-z]{2,3}$`)
	routeTimes    = regexp.MustCompile(`^([0-9]{2}:[0-9]{2})-([0-9]{2}:[0-9]{2})$`)
)

// routes returns the rules. What is wrong with them is told by validateRoutes.
func (c Config) routes() []handover.Route {
	var all []handover.Route
	for _, r := range c.Routes {
		one := handover.Route{Channel: r.Channel, Language: r.Language, Words: slices.Clone(r.Words), Team: r.Team, Tag: r.Tag, To: r.To}
		if place, known := c.Teams[r.To]; known {
			one.To, one.Name = place, r.To
		}
		switch r.Hours {
		case "":
		case hoursInside, hoursOutside:
			one.Hours, _ = c.Hours.Parse()
			one.Outside, one.When = r.Hours == hoursOutside, "a time "+r.Hours+" of your hours"
		default:
			one.Hours, _ = c.between(r.Hours)
			one.When = "the time, " + r.Hours
		}
		all = append(all, one)
	}
	return all
}

// between returns the hours from one time to another of each day, over midnight if the other is earlier.
func (c Config) between(times string) (*hours.Hours, bool) {
	part := routeTimes.FindStringSubmatch(times)
	if part == nil || part[1] == part[2] {
		return nil, false
	}
	day := times
	if part[1] > part[2] {
		day = part[1] + "-24:00"
		if part[2] != "00:00" {
			day = "00:00-" + part[2] + ", " + day
		}
	}
	zone := first(c.Hours.Timezone, "UTC")
	h, problems := hours.Spec{Timezone: zone, Mon: day, Tue: day, Wed: day, Thu: day, Fri: day, Sat: day, Sun: day}.Parse()
	return h, len(problems) == 0
}

// validateRoutes returns what is wrong with the rules.
func (c Config) validateRoutes() []Problem {
	var found []Problem
	if len(c.Routes) > routesMost {
		found = append(found, Problem{Key: "routes", Text: fmt.Sprintf("has %d entries; %d are enough", len(c.Routes), routesMost)})
	}
	always := -1
	for i, r := range c.Routes {
		key := fmt.Sprintf("routes[%d]", i)
		if always >= 0 {
			found = append(found, Problem{Key: key, Text: fmt.Sprintf("is never reached: routes[%d] has no condition", always)})
		}
		found = append(found, c.validateRoute(key, r)...)
		if always < 0 && r.Channel+r.Language+r.Team+r.Tag+r.Hours == "" && len(r.Words) == 0 {
			always = i
		}
	}
	return found
}

func (c Config) validateRoute(key string, r Route) (found []Problem) {
	fault := func(name, text string) { found = append(found, Problem{Key: key + "." + name, Text: text}) }
	if r.Channel != "" && !routeChannel.MatchString(r.Channel) {
		fault("channel", `is neither a channel as in "telegram/support" nor a kind as in "telegram"`)
	}
	if r.Language != "" && !routeLanguage.MatchString(r.Language) {
		fault("language", `is no language of ISO 639-1 as in "pt"`)
	}
	if slices.ContainsFunc(r.Words, func(word string) bool { return strings.TrimSpace(word) == "" }) {
		fault("words", "has an empty word")
	}
	switch r.Hours {
	case "":
	case hoursInside, hoursOutside:
		if c.Hours.Empty() {
			fault("hours", "means nothing without [slack.hours]: the desk is always open")
		}
	default:
		if _, ok := c.between(r.Hours); !ok && (c.Hours.Timezone == "" || routeTimes.FindStringSubmatch(r.Hours) == nil) {
			fault("hours", `is none of "inside", "outside" and two times as in "18:00-09:00"`)
		}
	}
	switch _, team := c.Teams[r.To]; {
	case r.To == "":
		fault("to", "missing: a name in teams, or the id of a channel (C0123456789)")
	case !team && !channelID.MatchString(r.To):
		text := "is neither a name in teams nor the id of a channel (C0123456789)"
		if names := slices.Sorted(maps.Keys(c.Teams)); len(names) > 0 {
			text += "; the teams are " + strings.Join(names, ", ")
		}
		fault("to", text)
	}
	return found
}
