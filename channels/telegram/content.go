package telegram

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"patchbay/models"
)

// content returns what m says, or false if nobody said it: a change in the chat that Telegram tells as a message.
func (a *adapter) content(m *message, raw json.RawMessage) (models.Content, bool) {
	c := models.Content{Text: a.command(m.Text)}
	entities := m.Entities
	if m.Text == "" {
		c.Text, entities = m.Caption, m.CaptionEntities
	}
	if file, ok := attachmentOf(m); ok {
		c.Attachments = []models.Attachment{file}
	}
	c.Lines = thingsOf(m)
	if c.Empty() {
		name, said := unknownOf(raw)
		if !said {
			return models.Content{}, false
		}
		c.Lines = []string{"[unsupported message" + name + "]"}
	}
	c.Lines = append(c.Lines, linksOf(m.Text+m.Caption, entities)...)
	c.Lines = append(c.Lines, aroundOf(m)...)
	if m.ReplyToMessage != nil {
		c.ReplyTo = strconv.Itoa(m.ReplyToMessage.MessageID)
	}
	return c, true
}

// attachmentOf returns the file of m. Name and type are kept because getFile does not tell them:
// https://core.telegram.org/bots/api#getfile.
func attachmentOf(m *message) (models.Attachment, bool) {
	file := func(kind models.AttachmentKind, id, name, mime string, size int) (models.Attachment, bool) {
		return models.Attachment{Kind: kind, Ref: id, Name: name, MIME: mime, Size: int64(size)}, true
	}
	switch {
	case m.Animation != nil: // sets document too
		f := m.Animation
		return file(models.Video, f.FileID, f.FileName, or(f.MimeType, "video/mp4"), f.FileSize)
	case m.Document != nil:
		f := m.Document
		return file(models.File, f.FileID, f.FileName, f.MimeType, f.FileSize)
	case len(m.Photo) > 0: // the same photo in ascending sizes
		f := m.Photo[len(m.Photo)-1]
		return file(models.Image, f.FileID, "", "image/jpeg", f.FileSize)
	case m.Voice != nil:
		f := m.Voice
		return file(models.Voice, f.FileID, "", or(f.MimeType, "audio/ogg"), f.FileSize)
	case m.Video != nil:
		f := m.Video
		return file(models.Video, f.FileID, f.FileName, or(f.MimeType, "video/mp4"), f.FileSize)
	case m.VideoNote != nil:
		f := m.VideoNote
		return file(models.Video, f.FileID, "", "video/mp4", f.FileSize)
	case m.Audio != nil:
		f := m.Audio
		return file(models.Audio, f.FileID, or(f.FileName, f.Title), f.MimeType, f.FileSize)
	case m.Sticker != nil:
		f := m.Sticker
		mime := "image/webp"
		switch {
		case f.IsAnimated:
			mime = "application/x-tgsticker"
		case f.Video:
			mime = "video/webm"
		}
		return file(models.Sticker, f.FileID, f.Emoji, mime, f.FileSize)
	}
	return models.Attachment{}, false
}

// thingsOf returns a line for what is neither text nor file.
func thingsOf(m *message) []string {
	switch {
	case m.Venue != nil: // sets location too
		return []string{fmt.Sprintf("[location %s: %s]", coordinates(m.Venue.Location), list(m.Venue.Title, m.Venue.Address))}
	case m.Location != nil && m.Location.LivePeriod > 0:
		return []string{fmt.Sprintf("[live location %s]", coordinates(*m.Location))}
	case m.Location != nil:
		return []string{fmt.Sprintf("[location %s]", coordinates(*m.Location))}
	case m.Contact != nil:
		// A contact is anybody's: only Telegram's own id tells that it is the customer himself.
		who := "contact"
		if m.From != nil && m.Contact.UserID == m.From.ID && m.From.ID != 0 {
			who = "own contact"
		}
		return []string{fmt.Sprintf("[%s %s]", who, list(fullName(m.Contact.FirstName, m.Contact.LastName), m.Contact.PhoneNumber))}
	case m.Dice != nil:
		return []string{fmt.Sprintf("[dice %s %d]", m.Dice.Emoji, m.Dice.Value)}
	case m.Poll != nil:
		return []string{fmt.Sprintf("[poll: %s]", oneLine(m.Poll.Question))}
	}
	return nil
}

// linksOf returns a line for each address that stands behind words of the text.
func linksOf(text string, entities []tgbotapi.MessageEntity) []string {
	var lines []string
	var units []uint16
	for _, e := range entities {
		if e.Type != "text_link" || e.URL == "" {
			continue
		}
		if units == nil {
			units = utf16.Encode([]rune(text))
		}
		if words, ok := cut16(units, e.Offset, e.Length); ok {
			lines = append(lines, fmt.Sprintf("[link behind %q: %s]", shorten(words, 60), oneLine(e.URL)))
		}
	}
	return lines
}

// aroundOf returns a line for where the message comes from and what it refers to, as far as it is not a message of this
// chat.
func aroundOf(m *message) []string {
	var lines []string
	if from, ok := forwardedFrom(m); ok {
		lines = append(lines, strings.TrimSuffix("[forwarded from "+from, " from ")+"]")
	}
	if m.Quote != nil && m.Quote.Manual {
		lines = append(lines, fmt.Sprintf("[quotes %q]", shorten(m.Quote.Text, 200)))
	}
	if len(m.FromOther) > 0 && string(m.FromOther) != "null" {
		lines = append(lines, "[answers a message in another chat]")
	}
	return lines
}

// forwardedFrom returns the name of who wrote a forwarded message first.
func forwardedFrom(m *message) (string, bool) {
	o := m.Origin
	if o == nil { // a server older than Bot API 7.0
		if m.ForwardDate == 0 {
			return "", false
		}
		o = &origin{User: m.ForwardFrom, Name: m.ForwardSenderName, Chat: m.ForwardFromChat}
	}
	switch {
	case o.User != nil:
		return oneLine(fullName(o.User.FirstName, o.User.LastName)), true
	case o.Sender != nil:
		return oneLine(o.Sender.Title), true
	case o.Chat != nil:
		return oneLine(o.Chat.Title), true
	}
	return oneLine(o.Name), true
}
