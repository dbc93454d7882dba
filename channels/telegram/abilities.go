package telegram

import (
	"patchbay/channels"
	"patchbay/models"
)

// Abilities returns what customers can send and do. That one deleted a message is never told:
// https://core.telegram.org/bots/api#update. Reactions are told only where the bot is an administrator, so from no private chat.
func (a *adapter) Abilities() channels.Abilities {
	return channels.Abilities{
		Spans: spanKinds(),
		Files: []models.AttachmentKind{models.Image, models.Video, models.Voice, models.Audio, models.File, models.Sticker},
		Brings: []channels.Thing{
			channels.Place, channels.Contact, channels.Forwarded, channels.Replying, channels.Editing, channels.Pressing, channels.Blocking,
		},
		Takes: []channels.Thing{channels.Replying, channels.Reacting},
	}
}

var _ channels.Describer = (*adapter)(nil)
