package media

import (
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"patchbay/models"
)

// unknown is the type of bytes that tell nothing.
const unknown = "application/octet-stream"

// Kind returns what a file is by its first bytes. What its sender called it counts where the bytes leave it open: text may
// be a table, and a container that is made for films may have sound alone. A file that is not of its kind is a plain file.
func Kind(kind models.AttachmentKind, declared string, first []byte) (models.AttachmentKind, string) {
	found := mimetype.Detect(first)
	media := plain(found.String())
	if said := plain(declared); said != "" && said != media && compatible(said, found) {
		media = said
	}
	major, _, _ := strings.Cut(media, "/")
	switch kind {
	case models.Image:
		if major == "image" && !strings.HasPrefix(media, "image/svg") { // a drawing that can run programs is no photo
			return kind, media
		}
	case models.Video:
		if major == "video" {
			return kind, media
		}
	case models.Voice, models.Audio:
		if major == "audio" {
			return kind, media
		}
	case models.Sticker:
		if media == "image/webp" || media == "video/webm" || declared == "application/x-tgsticker" && media == "application/gzip" {
			return kind, media
		}
	case models.File:
	}
	return models.File, media
}

// compatible reports whether bytes of which found is told may be of the type said.
func compatible(said string, found *mimetype.MIME) bool {
	for _, family := range containers {
		if slices.Contains(family, said) && slices.Contains(family, plain(found.String())) {
			return true
		}
	}
	known := mimetype.Lookup(said)
	if known == nil || found.Is(unknown) {
		return false
	}
	for up := known.Parent(); up != nil; up = up.Parent() {
		if up.Is(found.String()) {
			return true
		}
	}
	return false
}

// containers are types whose files begin alike: sound and film are told apart further behind.
var containers = [][]string{
	{"video/mp4", "audio/mp4", "audio/x-m4a", "audio/m4a", "video/quicktime", "video/3gpp", "audio/3gpp"},
	{"video/webm", "audio/webm"},
	{"audio/ogg", "video/ogg", "application/ogg", "audio/opus"},
}

// plain returns a media type without parameters.
func plain(media string) string {
	media, _, _ = strings.Cut(strings.ToLower(media), ";")
	return strings.TrimSpace(media)
}
