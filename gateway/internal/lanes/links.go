package lanes

import (
	"context"
	"errors"
	"slices"

	"patchbay/channels"
	"patchbay/gateway/internal/media"
	"patchbay/models"
)

// link returns an address at which a file of a message can be had for a while, "" if the gateway has no public address.
func (e *Engine) link(m models.Message, a models.Attachment) string {
	n := slices.IndexFunc(m.Content.Attachments, func(b models.Attachment) bool { return a.Ref == b.Ref && a.URL == b.URL })
	if e.links == nil || n < 0 {
		return ""
	}
	return e.links.URL(m.ID, n, e.clock.now().Add(media.LinkFor))
}

// OpenLink opens the file that a token of a link stands for. Its errors are media.ErrLink and those of openFile. The caller
// closes the body.
func (e *Engine) OpenLink(ctx context.Context, token string) (media.File, error) {
	if e.links == nil {
		return media.File{}, media.ErrLink
	}
	id, n, err := e.links.Read(token, e.clock.now())
	if err != nil {
		return media.File{}, err
	}
	byID, err := e.store.Messages(ctx, []string{id})
	if err != nil {
		return media.File{}, err
	}
	m, ok := byID[id]
	if !ok || m.Deleted || m.Kind != models.Said || n >= len(m.Content.Attachments) {
		return media.File{}, media.ErrLink
	}
	chat, err := e.store.Conversation(ctx, m.Conversation)
	if err != nil {
		return media.File{}, err
	}
	a := m.Content.Attachments[n]
	f, err := media.Prepare(ctx, a, func(ctx context.Context) (models.Stream, error) { return e.openFile(ctx, chat, m, a) })
	if errors.Is(err, media.ErrEmpty) || errors.Is(err, media.ErrTooLarge) {
		err = &channels.Error{Kind: channels.Rejected, Err: err}
	}
	return f, err
}

// forBot returns the files of a question, each with an address at which the bot can have it, if there is one.
func (d *dispatcher) forBot(messages []models.Message) (files []models.Attachment) {
	for _, m := range messages {
		files = append(files, d.e.addressed(m, m.Content.Attachments)...)
	}
	return files
}
