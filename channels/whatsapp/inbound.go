package whatsapp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"patchbay/channels"
	"patchbay/models"
)

// incoming is what a customer did.
// https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
type incoming struct {
	sender
	content
	Type     string `json:"type"` // over the content's own
	Reaction *struct {
		MessageID string `json:"message_id"`
		Emoji     string `json:"emoji"` // empty when it was taken away
	} `json:"reaction"`
	Edit *struct {
		Original string  `json:"original_message_id"`
		Message  content `json:"message"`
	} `json:"edit"`
	Revoke *struct {
		Original string `json:"original_message_id"`
	} `json:"revoke"`
	System *system `json:"system"`
}

// sender is what every message has, whatever else it is.
type sender struct {
	From       string  `json:"from"`         // his number; absent when he writes under a username
	FromUserID string  `json:"from_user_id"` // his business-scoped id
	GroupID    string  `json:"group_id"`
	ID         string  `json:"id"`
	Timestamp  seconds `json:"timestamp"`
}

// message translates one message. A message in a form that is not known comes as one that is not supported, as long as
// it can be told who sent it. The zero Inbound is nothing that a chat needs to know.
func (a *adapter) message(ctx context.Context, raw json.RawMessage, contacts []contact) channels.Inbound {
	var m incoming
	if err := json.Unmarshal(raw, &m); err != nil {
		var least struct {
			sender
			Type string `json:"type"`
		}
		if err := json.Unmarshal(raw, &least); err != nil {
			a.odd(ctx, "message")
			return channels.Inbound{}
		}
		m = incoming{sender: least.sender, Type: least.Type}
	}
	who := m.contact(contacts)
	in := channels.Inbound{
		Key:       m.key(raw),
		Addresses: addresses(who.WaID, who.UserID),
		ID:        m.ID,
		At:        m.Timestamp.Time,
		Contact:   who.contact(),
	}
	if m.GroupID != "" {
		in.Kind, in.Addresses = channels.Elsewhere, []string{groupPrefix + m.GroupID}
		in.Contact = models.Contact{ID: m.GroupID}
		return in
	}
	switch {
	case m.Type == "reaction" && m.Reaction != nil:
		in.Kind, in.ID, in.Content.Text = channels.Reacted, m.Reaction.MessageID, m.Reaction.Emoji
	case m.Type == "edit" && m.Edit != nil:
		in.Kind, in.ID = channels.Edited, m.Edit.Original
		in.Content, _ = m.Edit.Message.said(m.Edit.Message.Type)
		if !strings.HasPrefix(in.Content.ReplyTo, "wamid.") {
			in.Content.ReplyTo = "" // an edit's context has been seen to name "M0", which is no message
		}
	case m.Type == "revoke" && m.Revoke != nil:
		in.Kind, in.ID = channels.Deleted, m.Revoke.Original
	case m.Type == "system":
		return a.system(ctx, m, in)
	default:
		in.Kind = channels.Message
		said, pressed := m.said(m.Type)
		if in.Content = said; pressed {
			in.Kind = channels.Pressed
		}
	}
	return in
}

// key returns the message's id. One without an id is known by its bytes, which a second delivery repeats.
func (s sender) key(raw []byte) string {
	if s.ID != "" {
		return "message:" + s.ID
	}
	sum := sha256.Sum256(raw)
	return "message:sha256-" + hex.EncodeToString(sum[:])
}

// contact returns what the value's contacts say of the sender. They are matched by his ids, because their order says
// nothing.
func (s sender) contact(contacts []contact) contact {
	who := contact{WaID: strings.TrimPrefix(s.From, "+"), UserID: s.FromUserID}
	for _, c := range contacts {
		if (c.WaID == "" || c.WaID != who.WaID) && (c.UserID == "" || c.UserID != who.UserID) {
			continue
		}
		who.Profile = c.Profile
		if who.WaID == "" {
			who.WaID = c.WaID
		}
		if who.UserID == "" {
			who.UserID = c.UserID
		}
		return who
	}
	if who.WaID == "" && who.UserID == "" && len(contacts) == 1 {
		return contacts[0]
	}
	return who
}

// contact returns c in no platform's form. His id is his number, which an operator can recognise, else the
// business-scoped one.
func (c contact) contact() models.Contact {
	who := models.Contact{ID: c.WaID, Name: c.Profile.Name}
	if who.ID == "" {
		who.ID = c.UserID
	}
	if c.Profile.Username != "" {
		who.Fields = map[string]string{"username": c.Profile.Username}
		if who.Name == "" {
			who.Name = c.Profile.Username
		}
	}
	return who
}
