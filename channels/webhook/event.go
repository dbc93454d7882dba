package webhook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
	"unicode"
	"unicode/utf8"

	"patchbay/channels"
	"patchbay/models"
)

// maxID bounds an id, in bytes. Ids are keys in the database.
const maxID = 255

// maxContacts bounds the contacts of one message.
const maxContacts = 100

// event is what the customer's system tells us.
type event struct {
	Type        string  `json:"type"`
	ID          string  `json:"id"`
	Timestamp   string  `json:"timestamp"`
	Chat        ref     `json:"chat"`
	Sender      sender  `json:"sender"`
	Text        string  `json:"text"`
	Payload     string  `json:"payload"`
	Emoji       string  `json:"emoji"`
	Status      string  `json:"status"`
	Error       *reason `json:"error"`
	Attachments []file  `json:"attachments"`
	ReplyTo     string  `json:"reply_to"`

	Spans     []mark           `json:"spans"`
	Location  *models.Location `json:"location"`
	Contacts  []models.Card    `json:"contacts"`
	Forwarded *models.Forward  `json:"forwarded"`
}

type sender struct {
	ID     string                     `json:"id"`
	Name   string                     `json:"name"`
	Locale string                     `json:"locale"`
	Fields map[string]json.RawMessage `json:"fields"`
}

// file is an attachment, in both directions.
type file struct {
	Type models.AttachmentKind `json:"type"`
	URL  string                `json:"url"`
	Name string                `json:"name,omitempty"`
	MIME string                `json:"mime,omitempty"`
	Size int64                 `json:"size,omitempty"`
}

// invalid is what is wrong with an event, with the field it is about.
type invalid struct{ field, text string }

func (e invalid) Error() string { return e.field + ": " + e.text }

// fault tells what is wrong with an id that is there, or "".
func fault(id string) string {
	switch {
	case id == "":
		return "missing"
	case len(id) > maxID:
		return fmt.Sprintf("is longer than %d bytes", maxID)
	}
	for _, r := range id {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return "holds characters that are not printable"
		}
	}
	return ""
}

// check returns what is wrong with e, whose kind is known.
func (e *event) check(kind channels.Kind) error {
	needs := map[string]string{}
	if kind != channels.Receipt || e.Chat.ID != "" {
		needs["chat.id"] = e.Chat.ID
	}
	if kind != channels.Blocked && kind != channels.Unblocked {
		needs["id"] = e.ID
	}
	if e.Sender.ID != "" {
		needs["sender.id"] = e.Sender.ID
	}
	if e.ReplyTo != "" {
		needs["reply_to"] = e.ReplyTo
	}
	for _, field := range []string{"id", "chat.id", "sender.id", "reply_to"} {
		if id, ok := needs[field]; ok && fault(id) != "" {
			return invalid{field, fault(id)}
		}
	}
	switch kind {
	case channels.Message, channels.Edited:
		if e.Text == "" && len(e.Attachments) == 0 && e.Location == nil && len(e.Contacts) == 0 {
			return invalid{"text", "missing, and there are no attachments"}
		}
	case channels.Pressed:
		if e.Text == "" && e.Payload == "" {
			return invalid{"payload", "missing, and there is no text"}
		}
	case channels.Receipt:
		if _, ok := deliveryOf(e.Status); !ok {
			return invalid{"status", "is none of sent, delivered, read, failed"}
		}
	case channels.Deleted, channels.Reacted, channels.Blocked, channels.Unblocked, channels.Elsewhere, channels.Moved:
	}
	if l := e.Location; l != nil && !l.Valid() {
		return invalid{"location", "is not on Earth"}
	}
	if len(e.Contacts) > maxContacts {
		return invalid{"contacts", fmt.Sprintf("are more than %d", maxContacts)}
	}
	for i, f := range e.Attachments {
		if !isURL(f.URL) {
			return invalid{fmt.Sprintf("attachments[%d].url", i), "is no http or https address"}
		}
		if f.Size < 0 {
			return invalid{fmt.Sprintf("attachments[%d].size", i), "is negative"}
		}
	}
	return nil
}

// at returns when the event happened: its timestamp, else the call's.
func (e *event) at(called time.Time) (time.Time, error) {
	if e.Timestamp == "" {
		return called, nil
	}
	at, err := time.Parse(time.RFC3339, e.Timestamp)
	if err != nil {
		return time.Time{}, invalid{"timestamp", "is not as in 2026-11-05T17:33:20Z"}
	}
	return at.UTC(), nil
}

// contact returns the sender. A chat whose sender is not named is its own.
func (e *event) contact() models.Contact {
	c := models.Contact{ID: e.Sender.ID, Name: e.Sender.Name, Locale: e.Sender.Locale}
	if c.ID == "" {
		c.ID = e.Chat.ID
	}
	for key, raw := range e.Sender.Fields {
		if value := plain(raw); value != "" {
			if c.Fields == nil {
				c.Fields = map[string]string{}
			}
			c.Fields[key] = value
		}
	}
	return c
}

// plain returns a JSON value as text: a string as it is, null as nothing, all else as JSON.
func plain(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil { // null as well
		return text
	}
	var short bytes.Buffer
	if json.Compact(&short, raw) != nil {
		return ""
	}
	return short.String()
}

// content returns what the event says.
func (e *event) content() models.Content {
	said := richOf(e.Text, e.Spans)
	c := models.Content{
		Text: said.Text, Spans: said.Spans, ReplyTo: e.ReplyTo, Location: e.Location, Cards: e.Contacts, Forwarded: e.Forwarded,
	}
	for i := range c.Cards {
		c.Cards[i].Own = false // that is nobody's to claim but a platform's
	}
	for _, f := range e.Attachments {
		a := models.Attachment{Kind: models.File, URL: f.URL, Name: f.Name, MIME: f.MIME, Size: f.Size}
		switch f.Type {
		case models.Image, models.Video, models.Voice, models.Audio, models.Sticker:
			a.Kind = f.Type
		case models.File:
		}
		c.Attachments = append(c.Attachments, a)
	}
	return c
}

func deliveryOf(status string) (models.Delivery, bool) {
	switch d := models.Delivery(status); d {
	case models.Sent, models.Delivered, models.Read, models.Failed:
		return d, true
	case models.Queued:
	}
	return "", false
}
