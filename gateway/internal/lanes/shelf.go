package lanes

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"patchbay/channels"
	"patchbay/models"
)

// shelved reports whether a reply waits until the customer writes.
func shelved(c models.Conversation, m models.Message) bool {
	return m.Kind == models.Held && slices.ContainsFunc(c.Memory.Shelved, func(s models.Shelved) bool { return s.Message == m.ID })
}

// shelve makes a reply that was to be sent, or a note, one that is held back.
func (a *applier) shelve(message string) error {
	m, err := a.message(message)
	if err != nil || m.Kind == models.Held {
		return err
	}
	m.Kind = models.Held
	if err := a.tx.Rewrite(*m); err != nil {
		return err
	}
	return a.e.remark(a.tx, *m)
}

const (
	// shelfMost is how many of an agent's held replies are listed to him, shelfQuote how much of each, in code points.
	shelfMost  = 10
	shelfQuote = 120
)

// sayShelved returns text with all that is held back of an agent's, if that is more than one reply.
func (e *Engine) sayShelved(ctx context.Context, chat models.Conversation, agent, text string) (string, error) {
	var ids []string
	for _, s := range chat.Memory.Shelved {
		if s.Agent.ID == agent {
			ids = append(ids, s.Message)
		}
	}
	if len(ids) < 2 {
		return text, nil
	}
	byID, err := e.store.Messages(ctx, ids)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%d of your replies wait, in this order:", text, len(ids))
	for i, id := range ids {
		if i == shelfMost {
			fmt.Fprintf(&b, "\n… and %d more", len(ids)-i)
			break
		}
		fmt.Fprintf(&b, "\n%d. %s", i+1, quote(byID[id].Content.Plain()))
	}
	return b.String(), nil
}

// quote returns the beginning of a text, on one line.
func quote(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if parts := channels.Split(text, shelfQuote, channels.Runes); len(parts) > 1 {
		return parts[0] + " …"
	}
	return text
}
