package telegram

import (
	"encoding/json"
	"fmt"
	"strconv"

	"patchbay/models"
)

// content returns what m says, or false if nobody said it: a change in the chat that Telegram tells as a message.
func (a *adapter) content(m *message, raw json.RawMessage) (models.Content, bool) {
	said := a.command(richOf(m.Text, m.Entities))
	if m.Text == "" {
		said = richOf(m.Caption, m.CaptionEntities)
	}
	c := models.Content{Text: said.Text, Spans: said.Spans}
	if file, ok := attachmentOf(m); ok {
		c.Attachments = []models.Attachment{file}
		c.Album = m.MediaGroupID
	}
	c.Location, c.Cards, c.Lines = locationOf(m), cardsOf(m), thingsOf(m)
	if c.Empty() {
		name, said := unknownOf(raw)
		if !said {
			return models.Content{}, false
		}
		c.Lines = []string{"[unsupported message" + name + "]"}
	}
	c.Forwarded = forwardOf(m)
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

// locationOf returns the place that m tells.
func locationOf(m *message) *models.Location {
	place := models.Location{}
	switch {
	case m.Venue != nil: // sets location too
		place.Latitude, place.Longitude = m.Venue.Location.Latitude, m.Venue.Location.Longitude
		place.Name, place.Address = m.Venue.Title, m.Venue.Address
	case m.Location != nil:
		place.Latitude, place.Longitude, place.Live = m.Location.Latitude, m.Location.Longitude, m.Location.LivePeriod > 0
	default:
		return nil
	}
	return &place
}

// cardsOf returns the contact that m shares. It is anybody's: only Telegram's own id tells that it is the customer himself.
func cardsOf(m *message) []models.Card {
	if m.Contact == nil {
		return nil
	}
	card := models.Card{
		Name: fullName(m.Contact.FirstName, m.Contact.LastName),
		Own:  m.From != nil && m.Contact.UserID == m.From.ID && m.From.ID != 0,
	}
	if m.Contact.PhoneNumber != "" {
		card.Phones = []string{m.Contact.PhoneNumber}
	}
	return []models.Card{card}
}

// thingsOf returns a line for what is nothing else.
func thingsOf(m *message) []string {
	switch {
	case m.Dice != nil:
		return []string{fmt.Sprintf("[dice %s %d]", m.Dice.Emoji, m.Dice.Value)}
	case m.Poll != nil:
		return []string{fmt.Sprintf("[poll: %s]", oneLine(m.Poll.Question))}
	}
	return nil
}

// aroundOf returns a line for what the message refers to, as far as it is not a message of this chat.
func aroundOf(m *message) []string {
	var lines []string
	if m.Quote != nil && m.Quote.Manual {
		lines = append(lines, fmt.Sprintf("[quotes %q]", shorten(m.Quote.Text, 200)))
	}
	if len(m.FromOther) > 0 && string(m.FromOther) != "null" {
		lines = append(lines, "[answers a message in another chat]")
	}
	return lines
}

// forwardOf returns who wrote a forwarded message first; nil if m is none.
func forwardOf(m *message) *models.Forward {
	o := m.Origin
	if o == nil { // a server older than Bot API 7.0
		if m.ForwardDate == 0 {
			return nil
		}
		o = &origin{User: m.ForwardFrom, Name: m.ForwardSenderName, Chat: m.ForwardFromChat}
	}
	switch {
	case o.User != nil:
		return &models.Forward{From: oneLine(fullName(o.User.FirstName, o.User.LastName))}
	case o.Sender != nil:
		return &models.Forward{From: oneLine(o.Sender.Title)}
	case o.Chat != nil:
		return &models.Forward{From: oneLine(o.Chat.Title)}
	}
	return &models.Forward{From: oneLine(o.Name)}
}
