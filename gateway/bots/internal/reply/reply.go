// Package reply turns what a bot answered into content: text that every database and platform takes, files that have a
// public address, buttons that say something.
package reply

import (
	"errors"
	"net/url"
	"strings"

	"patchbay/models"
)

// Text returns s with line breaks as \n and without characters that no text has: NUL and broken UTF-8.
func Text(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "").Replace(s)
	if strings.TrimSpace(s) == "" {
		return ""
	}
	return s
}

// Buttons returns the buttons that say something. One without a title shows its payload.
func Buttons(all []models.Button) []models.Button {
	var kept []models.Button
	for _, b := range all {
		b.Title, b.Payload = Text(b.Title), Text(b.Payload)
		if b.Title == "" {
			b.Title = b.Payload
		}
		if b.Title != "" {
			kept = append(kept, b)
		}
	}
	return kept
}

// errAddress does not repeat the address: it may name a customer.
var errAddress = errors.New("url is not an http or https address")

// File returns the file at a public address. A kind that is not known is told from the media type.
func File(kind models.AttachmentKind, address, name, media string) (models.Attachment, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return models.Attachment{}, errAddress
	}
	return models.Attachment{Kind: kindOf(kind, media), URL: address, Name: Text(name), MIME: Text(media)}, nil
}

func kindOf(kind models.AttachmentKind, media string) models.AttachmentKind {
	switch kind {
	case models.Image, models.Video, models.Voice, models.Audio, models.File, models.Sticker:
		return kind
	}
	switch major, _, _ := strings.Cut(strings.ToLower(media), "/"); major {
	case "image":
		return models.Image
	case "video":
		return models.Video
	case "audio":
		return models.Audio
	}
	return models.File
}
