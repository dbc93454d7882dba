package whatsapp

import (
	"context"

	"patchbay/channels"
	"patchbay/models"
)

// status is how far a message of ours has come. Statuses come in any order, may be left out, and are repeated.
// https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/status
type status struct {
	ID              string     `json:"id"`
	Status          string     `json:"status"`
	Timestamp       seconds    `json:"timestamp"`
	Recipient       string     `json:"recipient_id"` // a number or a group; absent when we sent to a user id
	RecipientUserID string     `json:"recipient_user_id"`
	Ours            string     `json:"biz_opaque_callback_data"`
	Errors          []apiError `json:"errors"`
}

// receipt translates a status. The zero Inbound is a status that says nothing about the way of the message.
func (a *adapter) receipt(ctx context.Context, s status) channels.Inbound {
	in := channels.Inbound{
		Key:       "status:" + s.Status + ":" + s.ID,
		Kind:      channels.Receipt,
		ID:        s.ID,
		At:        s.Timestamp.Time,
		Addresses: addresses("", s.RecipientUserID),
		Ours:      s.Ours,
	}
	if digits(s.Recipient) {
		in.Addresses = addresses(s.Recipient, s.RecipientUserID)
	} else if s.Recipient != "" {
		in.Addresses = []string{groupPrefix + s.Recipient}
	}
	switch s.Status {
	case "sent":
		in.Delivery = models.Sent
	case "delivered":
		in.Delivery = models.Delivered
	case "read", "played": // played is a voice message's
		in.Delivery = models.Read
	case "failed":
		in.Delivery, in.Error = models.Failed, reason(s.Errors)
	default:
		a.log.DebugContext(ctx, "status ignored", "status", s.Status)
		return channels.Inbound{}
	}
	if s.ID == "" {
		in.Key = ""
	}
	return in
}

// reason returns why a message was not delivered.
func reason(errors []apiError) *channels.Error {
	for _, e := range errors {
		if e.Code != nil {
			return e.err(0)
		}
	}
	return channels.Errorf(channels.Rejected, "WhatsApp did not deliver it and did not say why")
}
