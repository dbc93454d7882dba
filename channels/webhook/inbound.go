package webhook

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"
	"time"

	"patchbay/channels"
	"patchbay/models"
)

// kindOf returns the kind of an event's type.
func kindOf(kind string) (channels.Kind, bool) {
	switch kind {
	case "message":
		return channels.Message, true
	case "edit":
		return channels.Edited, true
	case "delete":
		return channels.Deleted, true
	case "reaction":
		return channels.Reacted, true
	case "button":
		return channels.Pressed, true
	case "receipt":
		return channels.Receipt, true
	case "blocked":
		return channels.Blocked, true
	case "unblocked":
		return channels.Unblocked, true
	}
	return "", false
}

// inbound returns e as what a customer did. callID is the webhook-id, called the time that the call is signed with.
func (e *event) inbound(callID string, called time.Time) (channels.Inbound, error) {
	if e.Type == "" {
		return channels.Inbound{}, invalid{"type", "missing"}
	}
	kind, ok := kindOf(e.Type)
	if !ok {
		return channels.Inbound{}, errUnknown
	}
	if err := e.check(kind); err != nil {
		return channels.Inbound{}, err
	}
	at, err := e.at(called)
	if err != nil {
		return channels.Inbound{}, err
	}
	in := channels.Inbound{Kind: kind, ID: e.ID, At: at, Contact: e.contact()}
	if e.Chat.ID != "" {
		in.Addresses = []string{e.Chat.ID}
	}
	// What can happen once is known by chat and id, so that a sender who makes a new webhook-id for each try repeats
	// nothing. What can happen again in the same words is known by its webhook-id.
	switch kind {
	case channels.Message:
		in.Content, in.Key = e.content(), key(e.Type, e.Chat.ID, e.ID)
	case channels.Pressed:
		in.Content = models.Content{Text: cmp.Or(e.Text, e.Payload), Payload: cmp.Or(e.Payload, e.Text), ReplyTo: e.ReplyTo}
		in.Key = key(e.Type, e.Chat.ID, e.ID)
	case channels.Deleted:
		in.Key = key(e.Type, e.Chat.ID, e.ID)
	case channels.Edited:
		in.Content, in.Key = e.content(), key(e.Type, e.Chat.ID, e.ID, callID)
	case channels.Reacted:
		in.Content.Text, in.Key = cmp.Or(e.Emoji, e.Text), key(e.Type, e.Chat.ID, e.ID, callID)
	case channels.Receipt:
		in.Key = key(e.Type, e.ID, e.Status)
		in.Delivery, _ = deliveryOf(e.Status)
		if in.Delivery == models.Failed {
			why := reason{}
			if e.Error != nil {
				why = *e.Error
			}
			in.Error = &channels.Error{Kind: why.kind(), Err: fmt.Errorf("the customer's system reports: %s", why.words())}
		}
	case channels.Blocked, channels.Unblocked, channels.Elsewhere, channels.Moved:
		in.Key = key(e.Type, e.Chat.ID, callID)
	}
	return in, nil
}

// key joins ids so that no two different lists give the same key.
func key(parts ...string) string {
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return strings.Join(parts, "/")
}
