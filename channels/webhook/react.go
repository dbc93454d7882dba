package webhook

import (
	"context"
	"strconv"
	"strings"

	"patchbay/channels"
	"patchbay/models"
)

// React posts which reaction an agent has on a message of the customer's by now, "" for none.
func (a *adapter) React(ctx context.Context, address, id, emoji string) error {
	switch {
	case id == "" || address == "":
		return channels.Errorf(channels.Rejected, "a reaction without a message or a chat cannot be sent")
	case emoji != "" && !strings.ContainsFunc(emoji, func(r rune) bool { return r >= 0x2000 }):
		return channels.Errorf(channels.Rejected, "this is no emoji that other systems know")
	}
	p := post{Type: "reaction", ID: id, Chat: ref{address}, Author: &author{Kind: models.ByAgent}, Emoji: &emoji}
	_, err := a.post(ctx, eventID("reaction", address, id, emoji, strconv.FormatInt(a.now().UnixMilli(), 10)), p)
	return err
}

var _ channels.Reacter = (*adapter)(nil)
