package slackdesk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"patchbay/handover"
)

const (
	// answerable is how long Slack takes answers to a click:
	// https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
	answerable = 30 * time.Minute
	clicksMax  = 1000 // clicks that are remembered
)

// Whisper shows a notice to one agent alone. A thread without a ts, as a Strayed action has, is the channel itself. A
// notice to somebody who has just clicked on one about the same post takes that one's place, so that its buttons go.
// https://docs.slack.dev/reference/methods/chat.postEphemeral
func (d *Desk) Whisper(ctx context.Context, thread, agent string, n handover.Notice) error {
	const op = "whisper to agent"
	if _, err := d.me(op); err != nil {
		return err
	}
	blocks, text, err := d.notice(n)
	if err != nil {
		return rejected(op, err)
	}
	if address, ok := d.clicks.take(agent, n.Post, d.deps.Now()); ok && d.replace(ctx, address, blocks, text) == nil {
		return nil
	}
	if thread == "" {
		return d.direct(ctx, "", agent, blocks, text)
	}
	channel, root, err := split(thread)
	if err != nil {
		return rejected(op, err)
	}
	options := []slack.MsgOption{compose(blocks, text, "", nil)}
	if root != "" {
		options = append(options, slack.MsgOptionTS(root))
	}
	_, err = d.api.PostEphemeralContext(ctx, channel, agent, options...)
	if e, ok := errors.AsType[*apiError](err); ok {
		switch {
		case n.Handover == "" && root == "" && unreached(e.Code):
			return d.direct(ctx, "", agent, blocks, text) // it is of no chat, so it can be said anywhere
		case e.Code == "user_not_in_channel" && len(n.Choices) == 0:
			return d.direct(ctx, thread, agent, nil, text)
		}
	}
	if err != nil {
		return d.fail(op, channel, err)
	}
	return nil
}

// unreached reports whether a whisper failed because we, or whom it is for, are not in the channel.
func unreached(code string) bool {
	return code == "user_not_in_channel" || code == "not_in_channel" || code == "channel_not_found" || code == "is_archived"
}

// direct tells something to somebody in a message of his own: to who is not in the channel, since only members see whispers,
// and what is about no thread. blocks are those of text; nil makes them.
// https://docs.slack.dev/reference/methods/chat.postMessage#app_home
func (d *Desk) direct(ctx context.Context, thread, person string, blocks []slack.Block, text string) error {
	const op = "message to a person"
	self, err := d.me(op)
	if err != nil {
		return err
	}
	if address := link(self.URL, thread); address != "" {
		text += "\n<" + address + "|The thread>"
	}
	if blocks == nil {
		blocks = []slack.Block{section(text)}
	}
	if _, _, err := d.api.PostMessageContext(ctx, person, quiet(), compose(blocks, text, "", nil)); err != nil {
		return d.fail(op, "", err)
	}
	return nil
}

// notice returns the blocks and the text of n.
func (d *Desk) notice(n handover.Notice) ([]slack.Block, string, error) {
	text := escape(cut(plain(n.Text), sectionMax))
	if text == "" {
		return nil, "", errors.New("nothing to say")
	}
	blocks := []slack.Block{section(text)}
	var buttons []slack.BlockElement
	for _, choice := range n.Choices {
		id, ok := buttonOf(choice.Kind)
		if !ok {
			return nil, "", fmt.Errorf("no button for %q", choice.Kind)
		}
		value := d.value(n.Handover, n.Post)
		if len(value) > valueMax {
			return nil, "", errors.New("the ids are too long for a button")
		}
		buttons = append(buttons, button(id, choice.Title, value))
	}
	if len(buttons) > 0 {
		blocks = append(blocks, slack.NewActionBlock("patchbay_notice", buttons...))
	}
	return blocks, text, nil
}

// replace puts a notice in the place of the one that was clicked.
func (d *Desk) replace(ctx context.Context, address string, blocks []slack.Block, text string) error {
	return d.respond(ctx, address, map[string]any{"replace_original": true, "text": text, "blocks": blocks})
}

// respond posts a message to a response_url. Its errors have nothing of the address, which is as good as a token.
func (d *Desk) respond(ctx context.Context, address string, message map[string]any) error {
	body, err := json.Marshal(message)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return errNoAddress
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	resp, err := d.http.Do(req) // answerAddress has looked at the host
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.CopyN(io.Discard, resp.Body, 64<<10)
	if resp.StatusCode != http.StatusOK {
		return &statusError{Code: resp.StatusCode}
	}
	return nil
}

// errNoAddress is for an address that is none. What is wrong with it is not told, since it opens what it answers.
var errNoAddress = errors.New("the address for the answer is none")

// answerAddress returns the response_url of a click if it is Slack's, or on the host of the config's api_url.
func (d *Desk) answerAddress(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	api, err := url.Parse(d.conf.APIURL)
	if err != nil {
		return ""
	}
	host := strings.ToLower(u.Hostname())
	slacks := u.Scheme == "https" && (host == "hooks.slack.com" || host == "hooks.slack-gov.com")
	if !slacks && (u.Scheme != api.Scheme || u.Host != api.Host) {
		return ""
	}
	return address
}

// clicks remembers, for a while, where the clicks on whispers can be answered. Addresses open what they answer: they go
// nowhere else.
type clicks struct {
	mu    sync.Mutex
	known map[[2]string]answerAt
}

type answerAt struct {
	address string
	until   time.Time
}

// keep remembers the address for a whisper to agent about post.
func (c *clicks) keep(agent, post, address string, now time.Time) {
	if address == "" || post == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil {
		c.known = make(map[[2]string]answerAt)
	}
	if len(c.known) >= clicksMax {
		for key, one := range c.known {
			if len(c.known) >= clicksMax || now.After(one.until) {
				delete(c.known, key)
			}
		}
	}
	c.known[[2]string{agent, post}] = answerAt{address: address, until: now.Add(answerable)}
}

// take returns the address, once.
func (c *clicks) take(agent, post string, now time.Time) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := [2]string{agent, post}
	one, ok := c.known[key]
	delete(c.known, key)
	return one.address, ok && now.Before(one.until)
}
