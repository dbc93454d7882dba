package slackdesk

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"patchbay/handover"
)

// Check asks Slack whether the desk can work: its tokens, its scopes, its places. It changes nothing.
func (d *Desk) Check(ctx context.Context, places []string) []handover.Finding {
	var found []handover.Finding
	good := func(format string, args ...any) {
		found = append(found, handover.Finding{OK: true, Text: fmt.Sprintf(format, args...)})
	}
	bad := func(warning bool, format string, args ...any) {
		found = append(found, handover.Finding{Warning: warning, Text: fmt.Sprintf(format, args...)})
	}

	if err := d.Setup(ctx); err != nil {
		bad(false, "%v", err)
	} else {
		self := d.self.Load()
		good("auth.test: the app is @%s in %s", self.Name, self.URL)
		found = append(found, d.checkScopes(ctx)...)
		all := append([]string{d.conf.Channel, d.conf.OpsChannel}, places...)
		var seen []string
		for _, place := range all {
			if place != "" && !slices.Contains(seen, place) {
				seen = append(seen, place)
				found = append(found, d.checkPlace(ctx, place)...)
			}
		}
	}
	if d.Socket() {
		if _, _, err := d.api.StartSocketModeContext(ctx); err != nil {
			bad(false, "app_token: %v (it needs the scope %s, and Socket Mode must be on)", d.fail("apps.connections.open", "", err), appScope)
		} else {
			good("apps.connections.open: Socket Mode works")
		}
	}
	return found
}

// checkScopes compares the scopes that auth.test's answer named with those that are used.
func (d *Desk) checkScopes(ctx context.Context) []handover.Finding {
	header := d.scopes.Load()
	if header == nil {
		return []handover.Finding{{
			Warning: true, Text: "scopes: Slack did not name them, so they are unknown; if calls fail with missing_scope, compare with the verb manifest",
		}}
	}
	var granted []string
	for name := range strings.SplitSeq(*header, ",") {
		granted = append(granted, strings.TrimSpace(name))
	}
	var found []handover.Finding
	page := ""
	for _, s := range scopes() {
		if slices.Contains(granted, s.name) {
			continue
		}
		if page == "" {
			page = d.appPage(ctx)
		}
		text := "scope " + s.name + " is missing: needed to " + s.reason + "; add it to the app and install it again: " + page
		if s.private {
			s.without = "public channels work"
		}
		if s.without != "" {
			text += " (without it, " + s.without + ")"
		}
		found = append(found, handover.Finding{Warning: !d.needs(s), Text: text})
	}
	if len(found) == 0 {
		found = append(found, handover.Finding{OK: true, Text: "scopes: all that are needed"})
	}
	return found
}

// appPages is where Slack keeps the apps of who looks.
const appPages = "https://api.slack.com/apps"

// appPage returns the page on which the app gets scopes and is installed again. Which app it is, Slack tells of the bot's id:
// https://docs.slack.dev/reference/methods/bots.info
func (d *Desk) appPage(ctx context.Context) string {
	bot, err := d.api.GetBotInfoContext(ctx, slack.GetBotInfoParameters{Bot: d.self.Load().Bot})
	if err != nil || !appID.MatchString(bot.AppID) {
		return appPages
	}
	return appPages + "/" + bot.AppID + "/oauth"
}

// appID is an app's id, which begins with A.
var appID = regexp.MustCompile(`^A[A-Z0-9]{2,20}$`)

// needs reports whether the desk cannot do what its section says without the scope.
func (d *Desk) needs(s scope) bool {
	return !s.private && s.without == "" || s.name == scopeReactions && d.conf.Reply == ReplyConfirm
}

// checkPlace looks at a channel where threads open or the operator is told.
func (d *Desk) checkPlace(ctx context.Context, place string) []handover.Finding {
	ch, err := d.api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: place})
	if err != nil {
		return []handover.Finding{{Text: d.fail("channel "+place, place, err).Error()}}
	}
	name := "#" + oneLine(ch.Name, 80) + " (" + place + ")"
	switch {
	case ch.IsArchived:
		return []handover.Finding{{Text: name + " is archived: unarchive it or name another one in the config"}}
	case !ch.IsMember:
		return []handover.Finding{{Text: name + ": the app is not in it: write /invite @" + d.self.Load().Name + " there"}}
	case ch.IsExtShared:
		return []handover.Finding{{
			Warning: true, Text: name + " is shared with another organization: its people read what customers write, but cannot answer them",
		}}
	}
	return []handover.Finding{{OK: true, Text: name + ": the app is in it"}}
}

var _ handover.Checker = (*Desk)(nil)
