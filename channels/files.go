package channels

import (
	"strings"

	"patchbay/models"
)

// Misfit is why a file cannot be sent as what it is.
type Misfit int

// The misfits.
const (
	Fits      Misfit = iota
	WrongKind        // the platform has no files of this kind
	WrongType        // it has, but not of this media type
	TooBig
	NoAddress // the platform takes addresses, and the file has none
)

// Fit returns the kind as which the platform takes a file: its own, else a plain file. ok is false if it takes it as
// neither; why says what is against its own kind. A type or a size that is not known yet is no obstacle.
func (l Limits) Fit(a models.Attachment) (kind models.AttachmentKind, why Misfit, ok bool) {
	if l.Links && a.URL == "" && !l.Hosted {
		return "", NoAddress, false
	}
	if why = l.misfit(a.Kind, a); why == Fits {
		return a.Kind, why, true
	}
	if a.Kind != models.File && l.misfit(models.File, a) == Fits {
		return models.File, why, true
	}
	return "", why, false
}

func (l Limits) misfit(kind models.AttachmentKind, a models.Attachment) Misfit {
	limit, ok := l.Files[kind]
	switch {
	case !ok:
		return WrongKind
	case !typed(limit.Types, a.MIME):
		return WrongType
	case limit.Size > 0 && a.Size > limit.Size:
		return TooBig
	}
	return Fits
}

// typed reports whether media, a media type with or without parameters, is one of types.
func typed(types []string, media string) bool {
	media, _, _ = strings.Cut(strings.ToLower(media), ";")
	if media = strings.TrimSpace(media); media == "" || len(types) == 0 {
		return true
	}
	for _, t := range types {
		if major, all := strings.CutSuffix(t, "*"); t == media || all && strings.HasPrefix(media, major) {
			return true
		}
	}
	return false
}
