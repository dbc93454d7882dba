package models

import (
	"fmt"
	"strings"
)

// AttachmentKind is a kind of file.
type AttachmentKind string

// The kinds of files.
const (
	Image   AttachmentKind = "image"
	Video   AttachmentKind = "video"
	Voice   AttachmentKind = "voice" // recorded in the app
	Audio   AttachmentKind = "audio"
	File    AttachmentKind = "file"
	Sticker AttachmentKind = "sticker"
)

// Attachment is a file of a message. Ref is opaque and belongs to the adapter that wrote it; it is never a URL with a
// token. URL is set only where the file's address is public: what a bot or a webhook channel named.
type Attachment struct {
	Kind AttachmentKind `json:"type"`
	Ref  string         `json:"ref,omitempty"`
	URL  string         `json:"url,omitempty"`
	Name string         `json:"name,omitempty"`
	MIME string         `json:"mime,omitempty"`
	Size int64          `json:"size,omitempty"` // bytes; 0 is unknown

	Desk DeskFile `json:"desk,omitzero"` // where agents see a customer's or a bot's file
}

// DeskFile is a copy of a file on the desk's platform. Between being brought there and being shown in a thread there may
// be a crash, after which it is looked for instead of being shown twice.
type DeskFile struct {
	Thread string `json:"thread,omitempty"` // for which it was brought
	ID     string `json:"id,omitempty"`     // the desk's, opaque
	Shown  bool   `json:"shown,omitempty"`
}

// Line returns a in words, for a side that cannot show the file: "[photo, 82 kB]", "[file order.pdf, 1.2 MB]".
func (a Attachment) Line() string {
	word := string(a.Kind)
	switch a.Kind {
	case Image:
		word = "photo"
	case Voice:
		word = "voice message"
	case "":
		word = "file"
	case Video, Audio, File, Sticker:
	}
	if name := oneLine(a.Name); name != "" {
		word += " " + name
	}
	if a.Size > 0 {
		word += ", " + Bytes(a.Size)
	}
	return "[" + word + "]"
}

// Bytes returns n bytes in words, in powers of 1000: "82 kB", "1.2 MB".
func Bytes(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 999_500:
		return fmt.Sprintf("%.0f kB", float64(n)/1e3)
	case n < 999_500_000:
		return strings.Replace(fmt.Sprintf("%.1f MB", float64(n)/1e6), ".0 ", " ", 1)
	default:
		return strings.Replace(fmt.Sprintf("%.1f GB", float64(n)/1e9), ".0 ", " ", 1)
	}
}

// oneLine returns s on one line, without brackets that would end the words around it.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r == '[' || r == ']' }), " ")
}
