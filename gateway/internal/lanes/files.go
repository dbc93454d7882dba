package lanes

import (
	"context"
	"errors"
	"slices"

	"patchbay/channels"
	"patchbay/handover"
	"patchbay/models"
)

// Fetcher opens files at public addresses, which bots name. It is used by many goroutines at once.
type Fetcher interface {
	Fetch(ctx context.Context, address string) (models.Stream, error)
}

// openFile opens a file of a message where it is kept: with the customer's platform, in the desk's workspace, or at the
// address that a bot named. Failures are *channels.Error, in words for an agent.
func (e *Engine) openFile(ctx context.Context, chat models.Conversation, m models.Message, a models.Attachment) (models.Stream, error) {
	none := func(why string) (models.Stream, error) {
		return models.Stream{}, channels.Errorf(channels.Rejected, "%s", why)
	}
	switch {
	case m.Author == models.ByCustomer:
		ch := e.Roster().channelOf(chat)
		if ch == nil {
			return none("this channel was removed from the config")
		}
		opener, ok := ch.Adapter.(channels.Opener)
		if !ok {
			return none("files cannot be had from " + ch.Platform)
		}
		return opener.Open(ctx, a)
	case m.Author == models.ByAgent:
		h, err := e.store.Handover(ctx, m.Handover)
		if err != nil {
			return models.Stream{}, err
		}
		desk := e.Roster().Desks[h.Desk]
		if desk == nil {
			return none("the desk was removed from the config")
		}
		filer, ok := desk.Desk.(handover.Filer)
		if !ok {
			return none("files cannot be had from the desk")
		}
		s, err := filer.OpenFile(ctx, a)
		return s, channelError(err)
	case a.URL != "" && e.fetch != nil:
		return e.fetch.Fetch(ctx, a.URL)
	}
	return none("the file is kept nowhere")
}

// kept returns the files that a message has after a change, with what is known of those that it had before, and whether
// there are new ones.
func kept(before, after []models.Attachment) (all []models.Attachment, more bool) {
	all = slices.Clone(after)
	for i, a := range all {
		old := slices.IndexFunc(before, func(b models.Attachment) bool { return a.Ref == b.Ref && a.URL == b.URL })
		if old < 0 {
			more = true
			continue
		}
		all[i].Desk = before[old].Desk
	}
	return all, more
}

// lost reports whether a message has fewer of its files after a change.
func lost(before, after []models.Attachment) bool {
	return slices.ContainsFunc(before, func(b models.Attachment) bool {
		return !slices.ContainsFunc(after, func(a models.Attachment) bool { return a.Ref == b.Ref && a.URL == b.URL })
	})
}

// channelError turns a desk's failure to hand out a file into one of the message that has it: the account that is to send
// it works.
func channelError(err error) error {
	e, ok := errors.AsType[*handover.DeskError](err)
	if !ok {
		return err
	}
	kind := channels.Rejected
	switch e.Kind {
	case handover.DeskTemporary:
		kind = channels.Temporary
	case handover.DeskRateLimited:
		kind = channels.RateLimited
	case handover.DeskGone, handover.DeskRejected, handover.DeskForbidden:
	}
	return &channels.Error{Kind: kind, RetryAfter: e.RetryAfter, Err: e}
}
