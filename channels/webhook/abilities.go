package webhook

import (
	"patchbay/channels"
	"patchbay/models"
)

// Abilities returns what customers can send and do, as far as their system tells.
func (a *adapter) Abilities() channels.Abilities {
	return channels.Abilities{
		Spans:  append(spanKinds(), models.Quote, models.Link),
		Files:  []models.AttachmentKind{models.Image, models.Video, models.Voice, models.Audio, models.File, models.Sticker},
		Brings: channels.Things(),
		Takes:  []channels.Thing{channels.Replying, channels.Reacting},
	}
}

var _ channels.Describer = (*adapter)(nil)
