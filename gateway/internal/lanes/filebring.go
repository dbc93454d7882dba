package lanes

import (
	"context"
	"errors"

	"patchbay/channels"
	"patchbay/gateway/internal/media"
	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
)

// bringing is files on their way into a thread.
type bringing struct {
	d      *dispatcher
	c      store.Claim
	w      posting
	filer  handover.Filer
	staged []handover.Staged
	author models.Message
	lost   []models.Event
	since  models.Stamp // it has been tried since then
}

// since returns since when files are tried to be brought.
func since(c store.Claim, entries []store.Queued, now models.Stamp) models.Stamp {
	first := now
	if c.Since != 0 {
		first = min(first, c.Since)
	}
	for _, entry := range entries {
		if entry.Since != 0 {
			first = min(first, entry.Since)
		}
	}
	return first
}

// bring stages the files of a message that are not yet. One that cannot be had is noted as lost; an error is one that may
// pass, or the desk's.
func (b *bringing) bring(ctx context.Context, m models.Message) error {
	b.author = m
	for i, a := range m.Content.Attachments {
		switch {
		case shownIn(a, b.w.h.Thread):
			continue
		case a.Desk.Thread == b.w.h.Thread && a.Desk.ID != "":
			b.staged = append(b.staged, handover.Staged{ID: a.Desk.ID, Name: media.Name(a.Name, a.Kind, a.MIME)})
			continue
		}
		f, err := media.Prepare(ctx, a, func(ctx context.Context) (models.Stream, error) { return b.d.e.openFile(ctx, b.w.chat, m, a) })
		if err != nil {
			if err := b.missing(ctx, m, a, err); err != nil {
				return err
			}
			continue
		}
		id, err := b.filer.Stage(ctx, f.Attachment, f.Body)
		_ = f.Body.Close()
		b.d.e.metrics.posted(b.w.h.Desk, "stage", err)
		if e, ok := errors.AsType[*channels.Error](err); ok {
			err = e // the source's, while it was read
			if err := b.missing(ctx, m, a, err); err != nil {
				return err
			}
			continue
		}
		if refusedFile(err) {
			b.lose(m, a, "Slack did not take it: "+err.Error())
			continue
		}
		if err != nil {
			return err
		}
		if err := b.record(ctx, m.ID, i, a, models.DeskFile{Thread: b.w.h.Thread, ID: id}); err != nil {
			return err
		}
		b.staged = append(b.staged, handover.Staged{ID: id, Name: f.Name})
	}
	return nil
}

// refusedFile reports whether the desk will never take a file.
func refusedFile(err error) bool {
	e, ok := errors.AsType[*handover.DeskError](err)
	return ok && e.Kind == handover.DeskRejected
}

// missing judges that a file is not to be had at its source: err is returned if it may be later.
func (b *bringing) missing(ctx context.Context, m models.Message, a models.Attachment, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return err
	}
	if k := channels.KindOf(err); (k == channels.Temporary || k == channels.RateLimited) && !errors.Is(err, media.ErrEmpty) && !errors.Is(err, media.ErrTooLarge) {
		if b.d.e.stamp().Sub(b.since) < fetchFor {
			return &sourceError{err}
		}
	}
	b.lose(m, a, plainly(b.w.chat.Channel, err)+".")
	return nil
}

// sourceError is a failure of where a file comes from, which says nothing of the desk.
type sourceError struct{ err error }

func (e *sourceError) Error() string { return e.err.Error() }
func (e *sourceError) Unwrap() error { return e.err }

// lose notes that agents do not see a file, and why.
func (b *bringing) lose(m models.Message, a models.Attachment, why string) {
	b.d.e.log.Warn("file not shown", "channel", b.w.chat.Channel, "conversation", b.c.Conversation, "message", m.ID, "err", why)
	b.lost = append(b.lost, models.Event{
		Type: models.FileLost, Message: m.ID, Handover: b.w.h.ID, Failure: &models.Failure{Text: a.Line() + " is not here: " + why},
	})
}

// record notes what the desk calls a file, before anybody sees it.
func (b *bringing) record(ctx context.Context, message string, i int, a models.Attachment, is models.DeskFile) error {
	return b.d.write(ctx, store.Need{Chat: b.c.Conversation, Claim: &b.c}, func(tx *store.Tx) error {
		if err := tx.Owns(b.c); err != nil {
			return err
		}
		return mark(tx, b.c.Conversation, message, func(n int, now *models.Attachment) {
			if n == i && now.Ref == a.Ref && now.URL == a.URL {
				now.Desk = is
			}
		})
	})
}

// mark changes the files of a message.
func mark(tx *store.Tx, conversation int64, message string, change func(int, *models.Attachment)) error {
	if _, _, err := tx.Hold(conversation); err != nil {
		return err
	}
	m, ok, err := tx.Message(message)
	if err != nil || !ok {
		return err
	}
	files := make([]models.Attachment, len(m.Content.Attachments)) // the old ones may be in somebody's memory
	copy(files, m.Content.Attachments)
	for i := range files {
		change(i, &files[i])
	}
	m.Content.Attachments = files
	return tx.Rewrite(m)
}
