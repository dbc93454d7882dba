package whatsapp

import (
	"context"
	"unicode/utf8"

	"patchbay/channels"
)

// outReaction is an emoji on a message; an empty one takes it off.
// https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/reaction-messages
type outReaction struct {
	MessageID string `json:"message_id"`
	Emoji     string `json:"emoji"`
}

// React sends a reaction, which is a message of its own kind to WhatsApp: it needs the reply window, counts against the pace,
// and there is one a message.
func (a *adapter) React(ctx context.Context, address, id, emoji string) error {
	to, ok := targetOf(address)
	switch {
	case !ok:
		return channels.Errorf(channels.Rejected, "the chat's address is none of WhatsApp's")
	case id == "":
		return channels.Errorf(channels.Rejected, "WhatsApp needs the message that a reaction is on")
	case emoji != "" && !isEmoji(emoji):
		return channels.Errorf(channels.Rejected, "WhatsApp takes one emoji as a reaction")
	}
	var answer struct{}
	return a.post(ctx, outgoing{Product: product, target: to, Type: "reaction", Reaction: &outReaction{MessageID: id, Emoji: emoji}}, &answer)
}

// isEmoji reports whether s may be an emoji: no letters, digits or marks of ASCII, but for those in keycaps and flags.
func isEmoji(s string) bool {
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > maxEmoji {
		return false
	}
	for _, r := range s {
		if r >= 0x2000 {
			return true
		}
	}
	return false
}

// maxEmoji is how many code points the longest emoji have: families and flags of regions.
const maxEmoji = 12

var _ channels.Reacter = (*adapter)(nil)
