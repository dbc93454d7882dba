package webhook

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"patchbay/channels"
	"patchbay/models"
)

// post is what we tell the customer's system.
type post struct {
	Type        string          `json:"type"`
	ID          string          `json:"id"`
	Chat        ref             `json:"chat"`
	Author      *author         `json:"author,omitempty"`
	Text        string          `json:"text,omitempty"`
	Attachments []file          `json:"attachments,omitempty"`
	Buttons     []models.Button `json:"buttons,omitempty"`
	ReplyTo     string          `json:"reply_to,omitempty"`
	Spans       []mark          `json:"spans,omitempty"`  // of Text
	Status      string          `json:"status,omitempty"` // of a receipt
	Emoji       *string         `json:"emoji,omitempty"`  // of a reaction
}

type ref struct {
	ID string `json:"id"`
}

type author struct {
	Kind models.Author `json:"kind"`
	Name string        `json:"name,omitempty"`
}

// compose returns m as a post, or Rejected if it breaks the limits or says nothing.
func (a *adapter) compose(kind, id string, m channels.Outbound) (post, error) {
	l := a.Limits()
	said := models.NewRich(m.Text, m.Spans).Keep(l.Spans)
	if m.Title != "" {
		said = models.Join("\n", models.Rich{Text: m.Title}, said)
	}
	p := post{
		Type: kind, ID: id, Chat: ref{m.Address}, Author: &author{Kind: m.Author, Name: m.Name}, Text: said.Text, Spans: marksOf(said),
		ReplyTo: m.ReplyTo,
	}
	for _, f := range m.Attachments {
		if f.URL == "" {
			return post{}, channels.Errorf(channels.Rejected, "a file without a public address cannot be sent")
		}
		p.Attachments = append(p.Attachments, file{Type: f.Kind, URL: f.URL, Name: f.Name, MIME: f.MIME, Size: f.Size})
	}
	for _, b := range m.Buttons {
		if b.Payload == "" {
			b.Payload = b.Title
		}
		if b.Title == "" || channels.Len(b.Title, channels.Runes) > l.Title || len(b.Payload) > l.Payload {
			return post{}, channels.Errorf(channels.Rejected, "a button's title has 1 to %d characters and its payload up to %d bytes", l.Title, l.Payload)
		}
		p.Buttons = append(p.Buttons, b)
	}
	switch {
	case id == "" || m.Address == "":
		return post{}, channels.Errorf(channels.Rejected, "a message without an id or a chat cannot be sent")
	case p.Text == "" && len(p.Attachments) == 0:
		return post{}, channels.Errorf(channels.Rejected, "an empty message cannot be sent")
	case channels.Len(p.Text, l.Unit) > l.Text:
		return post{}, channels.Errorf(channels.Rejected, "the text is longer than %d characters", l.Text)
	case len(p.Buttons) > l.Buttons:
		return post{}, channels.Errorf(channels.Rejected, "more than %d buttons cannot be sent", l.Buttons)
	}
	return p, nil
}

// eventID returns a webhook-id for what the parts name: a single one itself if the standard allows it, else a digest.
func eventID(parts ...string) string {
	if id := parts[0]; len(parts) == 1 && len(id) <= maxID && !strings.ContainsFunc(id, func(r rune) bool {
		return r >= utf8.RuneSelf || r != '-' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) {
		return id
	}
	sum := sha256.New()
	for _, part := range parts {
		_, _ = fmt.Fprintf(sum, "%d:%s", len(part), part)
	}
	return "evt_" + hex.EncodeToString(sum.Sum(nil)[:16])
}
