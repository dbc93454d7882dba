package slackdesk

import (
	"context"
	"errors"
	"strings"

	"github.com/slack-go/slack"

	"patchbay/handover"
)

// Answer shows a to who used a command or clicked, in a message that nobody else sees. What stands there already stays.
// https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
func (d *Desk) Answer(ctx context.Context, reply string, a handover.Answer) error {
	const op = "answer"
	self, err := d.me(op)
	if err != nil {
		return err
	}
	if reply == "" {
		return rejected(op, errors.New("slack named no address for the answer"))
	}
	blocks, text := d.answerOf(self, a)
	err = d.respond(ctx, reply, map[string]any{
		"response_type": "ephemeral", "replace_original": false, "text": text, "blocks": blocks, "unfurl_links": false, "unfurl_media": false,
	})
	if err != nil {
		return d.fail(op, "", err)
	}
	return nil
}

// answerOf returns the blocks and the text of a. A chat that can be taken over has a block of its own, with the button.
func (d *Desk) answerOf(self *identity, a handover.Answer) (blocks []slack.Block, text string) {
	var said, lines []string
	flush := func() {
		for _, part := range pack(lines) {
			blocks = append(blocks, section(part))
		}
		said, lines = append(said, lines...), nil
	}
	for _, part := range pieces(cut(plain(a.Text), sectionMax), lineMax) {
		if strings.TrimSpace(part) != "" {
			lines = append(lines, escape(part))
		}
	}
	if a.Title != "" {
		lines = append(lines, bold(escape(oneLine(a.Title, sectionMax/2))))
	}
	room, more := allBlocksMax-2*sectionMax, a.More // for the texts beside the chats
	for i, c := range a.Chats {
		line := d.chatLine(self, c)
		if room -= width(line); room < 0 {
			more += len(a.Chats) - i
			break
		}
		if !c.Take {
			lines = append(lines, "• "+line)
			continue
		}
		flush()
		take := slack.NewAccessory(button(actChat, "Take over", d.value(c.Chat, "")))
		blocks = append(blocks, slack.NewSectionBlock(markup("• "+line), nil, take))
		said = append(said, "• "+line)
	}
	switch {
	case a.AndMore:
		lines = append(lines, "and more: write more of the name")
	case more > 0:
		lines = append(lines, d.chatLines(self, nil, more)...)
	}
	for _, p := range a.Periods {
		lines = append(lines, bold(escape(p.Title)), figures(p.Figures))
	}
	flush()
	return blocks, whole(strings.Join(said, "\n"), textMax)
}

var _ handover.Answerer = (*Desk)(nil)
