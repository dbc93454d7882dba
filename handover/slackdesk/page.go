package slackdesk

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"patchbay/handover"
	"patchbay/models"
)

// Page posts at the top of a channel, or in the direct messages of a person, that a chat needs somebody, with a link to its
// thread. Slack takes a member's id in the place of a channel's: https://docs.slack.dev/reference/methods/chat.postMessage
func (d *Desk) Page(ctx context.Context, to, thread string, p handover.Page) error {
	const op = "tell of chat"
	self, err := d.me(op)
	if err != nil {
		return err
	}
	text := handover.PageText(p.Key)
	if text == "" {
		return rejected(op, fmt.Errorf("nothing to say of %q", p.Key))
	}
	shown, said := escape(text), escape(text)
	if address := link(self.URL, thread); address != "" {
		shown += "\n<" + address + "|Open the chat>"
		said += " " + address
	}
	if _, _, err := d.api.PostMessageContext(ctx, to, quiet(), compose([]slack.Block{section(shown)}, said, "", nil)); err != nil {
		return d.fail(op, to, err)
	}
	return nil
}

// List posts what waits at the top of a channel.
func (d *Desk) List(ctx context.Context, l handover.Listing) error {
	const op = "list chats"
	self, err := d.me(op)
	if err != nil {
		return err
	}
	if l.From.ID != "" {
		l.From.Name = d.agentName(l.From)
	}
	lines := listing(self, l)
	var blocks []slack.Block
	for _, s := range pack(lines) {
		blocks = append(blocks, section(s))
	}
	place := first(l.Place, d.conf.Channel)
	if _, _, err := d.api.PostMessageContext(ctx, place, quiet(), compose(blocks, whole(strings.Join(lines, "\n"), textMax), "", nil)); err != nil {
		return d.fail(op, place, err)
	}
	return nil
}

// listing returns the lines of a list, in mark-up.
func listing(self *identity, l handover.Listing) []string {
	n := len(l.Chats) + l.More
	title := fmt.Sprintf("%d chats wait for an answer", n)
	if n == 1 {
		title = "1 chat waits for an answer"
	}
	if l.From.ID != "" {
		title = fmt.Sprintf("%s gave back %d chats. Anyone can take them.", escape(l.From.Name), n)
		if n == 1 {
			title = escape(l.From.Name) + " gave back 1 chat. Anyone can take it."
		}
	}
	lines := []string{bold(title)}
	for _, c := range l.Chats {
		name := escape(first(oneLine(c.Name, cardName), "A customer"))
		if address := link(self.URL, c.Thread); address != "" {
			name = "<" + address + "|" + name + ">"
		}
		line := "• " + name
		if since := date(c.Since); since != "" {
			line += " since " + since
		}
		switch {
		case c.Choice == models.ChoiceMessage:
			line += " · is leaving a message"
		case c.Promised:
			line += " · an answer is promised"
		}
		lines = append(lines, line)
	}
	if l.More > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", l.More))
	}
	return lines
}

// Ping asks Slack who we are: https://docs.slack.dev/reference/methods/auth.test
// A desk with Socket Mode and no connection hears no agent, so Slack is away for it, too.
func (d *Desk) Ping(ctx context.Context) error {
	if d.Socket() && !d.line.connected() {
		return temporary("ping", errors.New("no connection of Socket Mode is open"))
	}
	if _, err := d.api.AuthTestContext(ctx); err != nil {
		return d.fail("auth.test", "", err)
	}
	return nil
}

var (
	_ handover.Pager  = (*Desk)(nil)
	_ handover.Lister = (*Desk)(nil)
	_ handover.Pinger = (*Desk)(nil)
)
