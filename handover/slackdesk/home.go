package slackdesk

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"patchbay/handover"
	"patchbay/models"
)

const (
	// homeCallback is the callback id of a home.
	homeCallback = "patchbay_home"
	// homeName is how much of a customer's name, and of where he writes from, a list shows: thirty chats of each of the three
	// lists fit into a view's hundred blocks many times over.
	homeName  = 80
	homeWhere = 80
)

// ShowHome publishes an agent's page in the app's Home tab. Waiting times on it are Slack's dates, so that it need not be
// changed as time goes by. https://docs.slack.dev/reference/methods/views.publish
func (d *Desk) ShowHome(ctx context.Context, person string, h handover.Home) error {
	const op = "show home"
	self, err := d.me(op)
	if err != nil {
		return err
	}
	_, err = d.api.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: person, View: slack.HomeTabViewRequest{
		Type: slack.VTHomeTab, CallbackID: homeCallback, PrivateMetadata: d.value("", ""),
		Blocks: slack.Blocks{BlockSet: d.home(self, h)},
	}})
	if err != nil {
		return d.fail(op, "", err)
	}
	return nil
}

// home returns the blocks of a home: at most viewBlocksMax.
func (d *Desk) home(self *identity, h handover.Home) []slack.Block {
	if h.Refusal != "" {
		return []slack.Block{section(escape(handover.RefusedText(h.Refusal)))}
	}
	var blocks []slack.Block
	list := func(title, none string, chats []handover.Listed, all int) {
		if all > 0 {
			title += fmt.Sprintf(" (%d)", all)
		}
		blocks = append(blocks, header(title))
		lines := d.chatLines(self, chats, all-len(chats))
		if len(lines) == 0 {
			lines = []string{none}
		}
		for _, text := range pack(lines) {
			blocks = append(blocks, section(text))
		}
	}
	list("Your chats", "You have no chat. "+bold("Take it")+" on a card, or reply in its thread.", h.Mine, h.AllMine)
	list("Waiting", "Nobody waits.", h.Waiting, h.AllWaiting)
	if h.AllOwed > 0 {
		list("An answer is owed", "", h.Owed, h.AllOwed)
	}
	blocks = append(blocks, header("Today"), section(figures(h.Today)),
		slack.NewContextBlock("", markup("This page changes by itself. "+commandOf(d.deps.Name)+" help tells of the command.")))
	return blocks
}

// header returns a block with a title: https://docs.slack.dev/reference/block-kit/blocks/header-block
func header(title string) *slack.HeaderBlock { return slack.NewHeaderBlock(plainText(title)) }

// chatLines returns a line for each chat, and one for those that are not among them.
func (d *Desk) chatLines(self *identity, chats []handover.Listed, more int) (lines []string) {
	for _, c := range chats {
		lines = append(lines, "• "+d.chatLine(self, c))
	}
	if more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return lines
}

// chatLine says of a chat who it is, where he writes from, and where it stands, with a link to its thread.
func (d *Desk) chatLine(self *identity, c handover.Listed) string {
	name := escape(first(oneLine(c.Name, homeName), "A customer"))
	if address := link(self.URL, c.Thread); address != "" {
		name = "<" + address + "|" + name + ">"
	}
	parts := []string{name}
	say := func(text string, at time.Time) {
		if since := date(at); since != "" {
			parts = append(parts, text+" "+since)
		}
	}
	if where := oneLine(c.Channel, homeWhere); where != "" {
		parts = append(parts, escape(where))
	}
	switch c.State {
	case models.HandoverWaiting:
		say("waits since", c.Since)
	case models.HandoverClaimed:
		if c.Agent.ID != "" {
			parts = append(parts, escape(d.agentName(c.Agent)))
		}
		say("since", c.Since)
	case models.HandoverPromised:
		say("an answer is owed since", c.Since)
	case models.HandoverResolved, models.HandoverBack, models.HandoverGaveUp, models.HandoverPassed, models.HandoverBlocked, models.HandoverQuiet, "":
		if !c.Blocked {
			parts = append(parts, "with the bot")
		}
	}
	switch c.Choice {
	case models.ChoiceMessage:
		parts = append(parts, "is leaving a message")
	case models.ChoiceAsked, models.ChoiceWait:
		if c.State == models.HandoverWaiting {
			parts = append(parts, "came outside of your hours")
		}
	}
	if c.Promised && c.State != models.HandoverPromised {
		parts = append(parts, "an answer is promised")
	}
	if c.Blocked {
		parts = append(parts, "blocked")
	}
	say("last wrote", c.Last)
	return strings.Join(parts, " · ")
}

// figures says what happened in some time.
func figures(f handover.Figures) string {
	lines := []string{
		fmt.Sprintf("%s opened · %s resolved", bold(number(f.Opened, "chat")), bold(fmt.Sprint(f.Resolved))),
	}
	if f.Answered > 0 {
		lines = append(lines, "First answer after "+bold(lasting(f.First))+" (median of "+fmt.Sprint(f.Answered)+")")
	}
	if f.New > 0 {
		lines = append(lines, fmt.Sprintf("%s wrote, %d of them with no need of a person", bold(number(f.New, "new customer")), f.Alone))
	}
	return strings.Join(lines, "\n")
}

// number says how many of something there are.
func number(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// lasting says a duration as people do.
func lasting(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Round(time.Second).Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Round(time.Minute).Minutes()))
	}
	d = d.Round(time.Minute)
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}

var _ handover.Homer = (*Desk)(nil)
