package whatsapp

import (
	"patchbay/channels"
	"patchbay/models"
)

// Abilities returns what customers can send and do. Edits and deletes come only from some numbers yet:
// https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
func (a *adapter) Abilities() channels.Abilities {
	return channels.Abilities{
		Spans: spanKinds(),
		Files: []models.AttachmentKind{models.Image, models.Video, models.Voice, models.Audio, models.File, models.Sticker},
		Brings: []channels.Thing{
			channels.Place, channels.Contact, channels.Forwarded, channels.Replying, channels.Editing, channels.Deleting, channels.Reacting,
			channels.Pressing, channels.Reporting,
		},
		Takes: []channels.Thing{channels.Replying, channels.Reacting},
	}
}

var _ channels.Describer = (*adapter)(nil)
