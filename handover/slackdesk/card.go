package slackdesk

import (
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"patchbay/handover"
	"patchbay/models"
)

// The event types of the metadata. Everybody in the workspace can read metadata: it has ids and nothing else.
const (
	eventCard = "patchbay_card"
	eventPost = "patchbay_post"
)

// The card's last line, while replies go to the customer and afterwards.
const (
	hintOpen   = "Replies here go to the customer. Start with // for a note."
	hintClosed = "This chat is closed. If you write here, you are asked before it goes to the customer."
)

// How much of each thing a card shows, in escaped units. All of it together is below updateMax.
const (
	cardName   = 120
	cardText   = 600 // asked, answered, summary
	cardLines  = 8   // of each of them
	cardReason = 250
)

// paragraph is a part of a card: what its blocks and its text show, each line in mark-up.
type paragraph []string

// card returns the blocks and the text of c.
func (d *Desk) card(self *identity, c handover.Card) ([]slack.Block, string) {
	parts := []paragraph{
		{d.who(c)},
		d.state(c),
		why(c.Reason),
		d.notes(self, c),
		d.facts(c),
	}
	hint := hintOpen
	over := c.State.Ended() && c.State != models.HandoverPromised
	if over {
		hint = hintClosed
	}

	var blocks []slack.Block
	var text []string
	for _, part := range parts {
		if len(part) == 0 {
			continue
		}
		blocks = append(blocks, section(strings.Join(part, "\n")))
		text = append(text, part...)
	}
	if !over {
		value := d.value(c.Handover, "")
		take := button(actTake, "Take it", value)
		if c.State != models.HandoverClaimed {
			take.Style = slack.StylePrimary
		}
		row := []slack.BlockElement{take, button(actResolve, "Resolve", value), button(actPass, "Pass on", value)}
		if d.conf.Replies != "" {
			row = append(row, button(actCanned, "Canned reply", value))
		}
		row = append(row, button(actTags, "Tags", value), more(value))
		blocks = append(blocks, slack.NewActionBlock("patchbay_card", row...))
	}
	if over {
		last := slack.BlockElement(more(d.value(c.Handover, "")))
		if c.Muted {
			last = button(actUnblock, "Unblock", d.value(c.Handover, ""))
		}
		blocks = append(blocks, slack.NewActionBlock("patchbay_card", last))
	}
	blocks = append(blocks, slack.NewContextBlock("patchbay_hint", markup(hint)))
	return blocks, fit(text, hint)
}

// fit joins the lines of a card's text and its last line. What is too long for Slack is taken from the middle lines.
func fit(text []string, last string) string {
	room := updateMax - width(last) - 4
	for i, line := range text {
		room -= width(line) + 1
		if room < 0 {
			return strings.Join(text[:i], "\n") + "\n…\n" + last
		}
	}
	return strings.Join(text, "\n") + "\n" + last
}

// who names the customer and where he writes from.
func (d *Desk) who(c handover.Card) string {
	name := oneLine(c.Contact.Name, cardName)
	if name == "" {
		name = "A customer"
	}
	where := oneLine(c.Platform, 40)
	if _, channel, ok := strings.Cut(c.Channel, "/"); ok && channel != "" {
		if where != "" {
			where += " / "
		}
		where += oneLine(channel, 40)
	}
	line := bold(escape(name))
	if where != "" {
		line += " · " + escape(where)
	}
	if lang := language(c.Language); lang != "" {
		line += " · " + escape(lang)
	}
	return line
}

// state says where the handover stands and since when.
func (d *Desk) state(c handover.Card) paragraph {
	agent := escape(d.agentName(c.Agent))
	since := date(c.Since)
	line := bold("Waiting for an agent")
	switch c.State {
	case models.HandoverWaiting:
	case models.HandoverClaimed:
		line = bold("Taken by " + agent)
	case models.HandoverResolved:
		line = bold("Resolved by " + agent)
	case models.HandoverBack:
		line = bold("Back with the bot") + ", as the customer wished"
	case models.HandoverPassed:
		line = bold("Passed on by "+agent) + ", to another channel"
	case models.HandoverGaveUp:
		line = bold("Back with the bot") + ", because this thread could not be opened in time"
	case models.HandoverPromised:
		line = bold("An answer is owed") + ": the bot has the chat until somebody takes it"
	case models.HandoverBlocked:
		line = bold("Closed") + ", because " + agent + " blocked the customer"
	case models.HandoverQuiet:
		line = bold("Closed") + ", because the customer did not write any more"
	}
	switch {
	case c.State.Ended() && !c.Ended.IsZero():
		line += " · " + date(c.Ended)
	case c.State == models.HandoverClaimed && since != "":
		line += " · open since " + since
	case !c.State.Ended() && since != "":
		line += " since " + since
	}
	part := paragraph{line}
	switch c.Choice {
	case models.ChoiceAsked:
		part = append(part, "Came outside of your hours, and has not chosen how to go on")
	case models.ChoiceWait:
		part = append(part, "Came outside of your hours, and waits for an answer")
	case models.ChoiceMessage:
		part = append(part, "Came outside of your hours, and is leaving a message")
	}
	switch {
	case c.Reopened == 1:
		part = append(part, "Opened again once")
	case c.Reopened > 1:
		part = append(part, fmt.Sprintf("Opened again %d times", c.Reopened))
	}
	return append(part, details(c.Details)...)
}

// details are what agents and the customer said of the handover itself.
func details(t models.Details) paragraph {
	var part paragraph
	if team := oneLine(t.Team, 60); team != "" {
		part = append(part, bold("Team:")+" "+escape(team))
	}
	if because := oneLine(t.Because, cardReason); because != "" {
		part = append(part, "Here because of "+escape(because))
	}
	if category := oneLine(t.Category, buttonMax); category != "" {
		part = append(part, bold("About:")+" "+escape(category))
	}
	if note := cut(strings.TrimSpace(t.Note), cardText); note != "" {
		part = append(part, bold("Note:"))
		part = append(part, excerpt(note)...)
	}
	if t.Skipped {
		part = append(part, "Nothing was noted")
	}
	if rating := rating(t.Rating, t.Scale); rating != "" {
		part = append(part, bold("The customer's rating:")+" "+rating)
	}
	return part
}

// rating returns a customer's rating as agents see it.
func rating(given, scale int) string {
	switch {
	case given < 1 || given > scale:
		return ""
	case scale == 2:
		return handover.RateTitles(2)[given-1]
	}
	return strings.Repeat("★", given) + strings.Repeat("☆", scale-given)
}

// notes are what else an agent must know before he writes.
func (d *Desk) notes(self *identity, c handover.Card) paragraph {
	var part paragraph
	if c.Muted {
		part = append(part, bold("This customer is blocked:")+" what they write is shown to nobody.")
	}
	if c.Blocked {
		part = append(part, bold("The customer has blocked us: nothing reaches them."))
	}
	if !c.Window.IsZero() && !c.State.Ended() {
		part = append(part, "We can write until "+date(c.Window)+", then the platform wants the customer to write first")
	}
	if len(c.Earlier) > 0 {
		return append(part, d.earlier(self, c.Earlier, c.EarlierMore)...)
	}
	if address := link(self.URL, c.Previous); address != "" {
		part = append(part, "<"+address+"|Earlier thread>")
	}
	return part
}

// date returns t as everybody reads it in his own time zone.
// https://docs.slack.dev/messaging/formatting-message-text#date-formatting
func date(t time.Time) string {
	if t.IsZero() || t.Unix() <= 0 {
		return ""
	}
	return fmt.Sprintf("<!date^%d^{date_short_pretty} {time}|%s>", t.Unix(), t.UTC().Format("2 Jan 2006 15:04 UTC"))
}

// section returns a block with a text in mark-up. Verbatim keeps Slack from making links of what is not marked up.
func section(text string) *slack.SectionBlock {
	return slack.NewSectionBlock(markup(text), nil, nil)
}

func markup(text string) *slack.TextBlockObject {
	return &slack.TextBlockObject{Type: slack.MarkdownType, Text: text, Verbatim: true}
}

// more is the menu for what is seldom done. Slack asks once more before it is.
// https://docs.slack.dev/reference/block-kit/block-elements/overflow-menu-element
func more(value string) *slack.OverflowBlockElement {
	sure := slack.NewConfirmationBlockObject(
		plainText("Block this customer?"),
		plainText("What they write is kept, but shown to nobody and not answered, until somebody unblocks them. They are not told."),
		plainText("Block"), plainText("Cancel"))
	return slack.NewOverflowBlockElement(actBlock, slack.NewOptionBlockObject(value, plainText("Block the customer"), nil)).
		WithConfirm(sure.WithStyle(slack.StyleDanger))
}

func button(id, title, value string) *slack.ButtonBlockElement {
	return slack.NewButtonBlockElement(id, value, &slack.TextBlockObject{Type: slack.PlainTextType, Text: oneLine(title, buttonMax)})
}
