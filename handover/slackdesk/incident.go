package slackdesk

import (
	"context"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"patchbay/handover"
	"patchbay/models"
)

// eventIncident is the event type of the metadata of an outage's post.
const eventIncident = "patchbay_incident"

// Report posts an outage of a bot at the top of its channel, or writes the post anew. No place is the ops channel, else the
// desk's.
func (d *Desk) Report(ctx context.Context, post string, i handover.Incident) (string, error) {
	const op = "report outage"
	if _, err := d.me(op); err != nil {
		return "", err
	}
	blocks, text := d.incident(i)
	said := compose(blocks, text, eventIncident, map[string]any{"install": d.deps.Install, "incident": i.ID})
	if post != "" {
		channel, ts, err := split(post)
		if err != nil || ts == "" {
			return "", rejected(op, errNoThread)
		}
		if _, _, _, err := d.api.UpdateMessageContext(ctx, channel, ts, said); err != nil {
			return "", d.fail(op, channel, err)
		}
		return post, nil
	}
	place := d.placeOf(i)
	channel, ts, err := d.api.PostMessageContext(ctx, place, quiet(), said)
	if err != nil {
		return "", d.fail(op, place, err)
	}
	if ts == "" {
		return "", temporary(op, errHalf)
	}
	return join(first(channel, place), ts), nil
}

// FindReport looks for the post of an outage at the top of its channel, by its metadata.
func (d *Desk) FindReport(ctx context.Context, i handover.Incident) (string, error) {
	place := d.placeOf(i)
	m, err := d.find(ctx, "look for outage", place, "", i.Since, func(mk mark) bool { return mk.event == eventIncident && mk.Incident == i.ID })
	if m == nil || err != nil {
		return "", err
	}
	return join(place, m.TS), nil
}

// placeOf returns the channel of an outage's post.
func (d *Desk) placeOf(i handover.Incident) string {
	return first(i.Place, first(d.conf.OpsChannel, d.conf.Channel))
}

// incident returns the blocks and the text of an outage's post.
func (d *Desk) incident(i handover.Incident) ([]slack.Block, string) {
	parts := []paragraph{outage(i), d.waiting(i)}
	hint := "Customers who write are told of it once. Who asks for a person gets one. The rest are answered when the bot is back."
	switch {
	case i.Done:
		hint = "This outage is over."
	case !i.Until.IsZero():
		hint = "The bot answers again."
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
	if !i.Done && i.Waiting > i.Going && (i.Until.IsZero() || i.Old > 0) {
		blocks = append(blocks, slack.NewActionBlock("patchbay_incident", button(actHandAll, "Hand all over", d.value(i.ID, ""))))
	}
	return append(blocks, slack.NewContextBlock("patchbay_hint", markup(hint))), fit(text, hint)
}

// outage says which bot is out, since when, and how it broke.
func outage(i handover.Incident) paragraph {
	name := "The bot"
	if bot := oneLine(i.Bot, 40); bot != "" {
		name = "The bot " + escape(bot)
	}
	line := bold(name+" does not answer") + " since " + date(i.Since)
	if !i.Until.IsZero() {
		line = bold(name+" is back") + " · it did not answer from " + date(i.Since) + " to " + date(i.Until)
	}
	how := "failed"
	if i.Cause == models.CauseTimeout {
		how = "did not answer in time"
	}
	part := paragraph{line, fmt.Sprintf("It %s in %s within a minute, so it is not asked any more but to find out whether it is back.", how, chats(i.Chats))}
	if !i.Until.IsZero() {
		part[1] = fmt.Sprintf("It %s in %s within a minute.", how, chats(i.Chats))
	}
	if reason := oneLine(i.Error, cardReason); reason != "" {
		part = append(part, "Error: "+escape(reason))
	}
	return part
}

// waiting says who waits because of an outage.
func (d *Desk) waiting(i handover.Incident) paragraph {
	var part paragraph
	switch rest := i.Waiting - i.Going; {
	case i.Done && i.Waiting > 0:
		return append(part, bold(chats(i.Waiting)+" left")+" without an answer: nobody handed them over within a day")
	case i.Until.IsZero() && rest > 0:
		part = append(part, bold(chats(rest)+" waiting")+" for the bot")
	case i.Until.IsZero() && i.Going == 0:
		part = append(part, "Nobody is waiting")
	case rest > i.Old && !i.Until.IsZero():
		part = append(part, bold(chats(rest-i.Old)+" waiting")+" for an answer that the bot is asked for now")
	}
	if i.Old > 0 {
		part = append(part, bold(chats(i.Old)+" waiting")+" for people: the questions are too old by now to be put to the bot")
	}
	if i.Going > 0 {
		part = append(part, fmt.Sprintf("%s being handed over, as fast as threads open here", chats(i.Going)))
	}
	if i.Handed > 0 {
		by := "handed over"
		if name := d.agentName(i.By); i.By.ID != "" && name != "" {
			by += " by " + escape(name)
		}
		part = append(part, chats(i.Handed)+" "+by)
	}
	return part
}

func chats(n int) string {
	if n == 1 {
		return "1 chat"
	}
	return fmt.Sprintf("%d chats", n)
}

var (
	_ handover.Reporter     = (*Desk)(nil)
	_ handover.ReportFinder = (*Desk)(nil)
)
