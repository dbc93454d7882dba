package media

import (
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gabriel-vasile/mimetype"

	"patchbay/models"
)

// nameMost is how long a name is at most, in bytes: what most file systems take, and room for a browser's " (1)".
const nameMost = 200

// Name returns what a file is called at the other side: the last part of its sender's name for it, on one line, without
// characters that hide or turn round what it says, and with an ending that fits what it is.
func Name(name string, kind models.AttachmentKind, media string) string {
	name = strings.ToValidUTF8(name, "")
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), strings.ContainsRune(`<>:"|?*`, r):
			return -1 // among the Cf are the marks that turn writing round
		}
		return r
	}, name)
	name = strings.Join(strings.Fields(name), " ")
	name = strings.Trim(name, ". ")
	end := ending(media)
	stem, ext := name, path.Ext(name)
	if !fits(ext, end, media) {
		ext = end
	} else {
		stem = strings.TrimSuffix(name, ext)
	}
	if stem = strings.TrimRight(stem, ". "); stem == "" {
		stem = word(kind)
	}
	return short(stem, nameMost-len(ext)) + ext
}

// word is what a file without a name is called.
func word(kind models.AttachmentKind) string {
	switch kind {
	case models.Image:
		return "photo"
	case models.Video:
		return "video"
	case models.Voice:
		return "voice message"
	case models.Audio:
		return "audio"
	case models.Sticker:
		return "sticker"
	case models.File:
	}
	return "file"
}

// short returns the first n bytes of s at most, whole characters.
func short(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return strings.TrimRight(s[:n], ". ")
}

// endings are those that people know a type by, where the library names another, and others that it has, all fit.
var endings = map[string][]string{
	"image/jpeg":      {".jpg", ".jpeg", ".jpe", ".jfif"},
	"image/tiff":      {".tiff", ".tif"},
	"image/heic":      {".heic", ".heif"},
	"audio/ogg":       {".ogg", ".oga", ".opus"},
	"audio/opus":      {".ogg", ".opus", ".oga"},
	"application/ogg": {".ogg", ".oga", ".ogv", ".opus"},
	"audio/mp4":       {".m4a", ".mp4"},
	"audio/x-m4a":     {".m4a", ".mp4"},
	"audio/m4a":       {".m4a", ".mp4"},
	"audio/webm":      {".webm", ".weba"},
	"audio/mpeg":      {".mp3", ".mpga"},
	"video/quicktime": {".mov", ".qt"},
	"video/mpeg":      {".mpeg", ".mpg"},
	"text/html":       {".html", ".htm"},
	"application/vnd.microsoft.portable-executable": {".exe", ".dll"},
}

// ending returns the ending of a type's files, "" if there is none.
func ending(media string) string {
	if all := endings[media]; len(all) > 0 {
		return all[0]
	}
	if known := mimetype.Lookup(media); known != nil {
		return known.Extension()
	}
	return ""
}

// loose are types of which files with many endings are.
var loose = []string{"text/plain", "application/zip", "application/gzip", "application/xml", "text/xml", "application/json", unknown}

// told are endings that say what a file surely is: a file of a loose type with one of them is something else.
var told = []string{
	".jpg", ".jpeg", ".png", ".gif", ".webp", ".heic", ".bmp", ".tiff", ".tif", ".svg", ".pdf", ".mp4", ".mov", ".webm", ".mp3", ".m4a", ".ogg",
	".opus", ".wav", ".exe", ".dll", ".msi", ".html", ".htm",
}

// fits reports whether a file of a type, whose usual ending is end, may be called ext.
func fits(ext, end, media string) bool {
	ext = strings.ToLower(ext)
	switch {
	case ext == "" || len(ext) > 12 || strings.ContainsRune(ext, ' '):
		return false
	case ext == end || slices.Contains(endings[media], ext):
		return true
	}
	return slices.Contains(loose, media) && !slices.Contains(told, ext)
}
