package lanes

import (
	"context"
	"errors"
	"slices"
	"time"

	"patchbay/channels"
	"patchbay/gateway/internal/media"
	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
)

const (
	// fileTimeout bounds bringing one file across. It is long enough for the largest over a slow line.
	fileTimeout = 10 * time.Minute
	// albumWait is how long the files of an album are waited for after the first: platforms bring them one by one, within a
	// second, and do not say which is the last.
	albumWait = 1500 * time.Millisecond
	// albumMost is how many files are shown in one post: no platform's album has more.
	albumMost = 10
	// fileWait and fileWaitMost are how long after a failure a file is tried again when lines went before it.
	fileWait     = 5 * time.Second
	fileWaitMost = time.Minute
	// fetchFor is how long a file is tried to be had at its source.
	fetchFor = time.Hour
)

// filer returns the desk as one with files in its threads; false if it has none.
func (w posting) filer() (handover.Filer, bool) {
	f, ok := w.desk.Desk.(handover.Filer)
	return f, ok
}

// hasFiles reports whether a message, whose line is in the thread now, has files that are to follow it. An agent's own
// files stand in his own post.
func (d *dispatcher) hasFiles(m models.Message, w posting) bool {
	if _, ok := w.filer(); !ok || m.Deleted || m.Author != models.ByCustomer && m.Author != models.ByBot {
		return false
	}
	for _, a := range m.Content.Attachments {
		if !shownIn(a, w.h.Thread) {
			return true
		}
	}
	return false
}

// shownIn reports whether a file is shown in the thread.
func shownIn(a models.Attachment, thread string) bool { return a.Desk.Shown && a.Desk.Thread == thread }

// filesOf is the entry that shows the files of a message. Those of an album wait for each other.
func (d *dispatcher) filesOf(m models.Message) models.Entry {
	entry := models.Entry{Verb: models.VerbFile, Message: m.ID}
	if m.Content.Album != "" {
		entry.NotBefore = d.e.stamp().Add(albumWait)
	}
	return entry
}

// gathered reports whether the files at the head of the lane can be shown now. If not, it has given the lane up until then,
// or moved them behind the lines of their album that are still to be posted.
func (d *dispatcher) gathered(ctx context.Context, c store.Claim, w posting) (ready bool, next store.Claim, kept bool, err error) {
	entry := w.entries[0]
	album, early := w.known[entry.Message].Content.Album, entry.NotBefore > d.e.stamp()
	for _, behind := range w.entries[1:] {
		ofAlbum := album != "" && behind.Verb == models.VerbPost && w.known[behind.Message].Content.Album == album
		if ofAlbum || early && behind.Verb != models.VerbFile {
			next, kept, err = d.moveBack(ctx, c, w, []models.Entry{entry.Entry})
			return false, next, kept, err
		}
	}
	if early {
		return false, c, false, d.e.store.Release(ctx, c, entry.NotBefore)
	}
	return true, c, false, nil
}

// moveBack moves the entries at the head to the end of the lane, as they are given.
func (d *dispatcher) moveBack(ctx context.Context, c store.Claim, w posting, entries []models.Entry) (next store.Claim, kept bool, err error) {
	err = d.write(ctx, store.Need{Chat: c.Conversation, Claim: &c}, func(tx *store.Tx) error {
		if next, kept, err = tx.Finish(c, int64(len(entries)), false, 0, 0); err != nil {
			return err
		}
		for _, entry := range entries {
			if err := d.e.toDesk(tx, c.Conversation, w.h.ID, entry); err != nil {
				return err
			}
		}
		return nil
	})
	return next, kept, err
}

// album returns the entries at the head whose files are shown in one post.
func (w posting) album() []store.Queued {
	album := w.known[w.entries[0].Message].Content.Album
	n := 1
	for ; n < min(len(w.entries), albumMost); n++ {
		e := w.entries[n]
		if album == "" || e.Verb != models.VerbFile || e.Handover != w.h.ID || w.known[e.Message].Content.Album != album {
			break
		}
	}
	return w.entries[:n]
}

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

// postFiles shows the files of the message at the head of the lane, and of its album, as one post. Each is brought to the
// desk's platform first, which nobody sees, and what it is called there is recorded; after a crash it is shown if it is not.
func (d *dispatcher) postFiles(ctx context.Context, c store.Claim, w posting) (store.Claim, bool, error) {
	entries := w.album()
	b := &bringing{d: d, c: c, w: w, since: since(c, entries, d.e.stamp())}
	var ok bool
	if b.filer, ok = w.filer(); !ok {
		return d.drop(ctx, c, int64(len(entries)))
	}
	call, cancel := context.WithTimeout(ctx, fileTimeout)
	defer cancel()
	for _, entry := range entries {
		m, ok := w.known[entry.Message]
		if !ok || m.Deleted {
			continue
		}
		if err := b.bring(call, m); err != nil {
			return b.notYet(ctx, entries, err)
		}
	}
	if len(b.staged) == 0 {
		return b.done(ctx, entries)
	}
	if b.c.Doubt && b.shown(call) {
		return b.done(ctx, entries)
	}
	if err := d.e.sure(ctx); err != nil {
		return c, false, d.e.store.Release(context.WithoutCancel(ctx), c, 0)
	}
	s := handover.Share{Author: b.author.Author, Files: b.staged}
	if s.Author == models.ByCustomer {
		s.Name = w.chat.Contact.Name
	}
	err := b.filer.Share(call, w.h.Thread, s)
	d.called(b.c, w, "share", err)
	if err != nil {
		return b.failed(ctx, int64(len(entries)), err)
	}
	d.posted(w)
	d.tails.forget(c.Conversation) // lines come behind the files now
	return b.done(ctx, entries)
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

// shown looks whether an earlier try showed the files.
func (b *bringing) shown(ctx context.Context) bool {
	ids := make([]string, len(b.staged))
	for i, f := range b.staged {
		ids[i] = f.ID
	}
	found, err := b.filer.Shared(ctx, b.w.h.Thread, ids)
	b.d.looked(&b.c, b.w, found, err)
	return found
}

// done ends the entries. What is staged is shown by now.
func (b *bringing) done(ctx context.Context, entries []store.Queued) (next store.Claim, kept bool, err error) {
	err = b.d.commit(ctx, store.Need{Chat: b.c.Conversation, Decide: true, Claim: &b.c}, func(tx *store.Tx, turn *turn) error {
		for _, entry := range entries {
			if err := mark(tx, b.c.Conversation, entry.Message, func(_ int, a *models.Attachment) {
				a.Desk.Shown = a.Desk.Shown || a.Desk.ID != "" && a.Desk.Thread == b.w.h.Thread
			}); err != nil {
				return err
			}
		}
		for _, ev := range b.lost {
			if err := turn.happen(tx, b.c.Conversation, ev); err != nil {
				return err
			}
		}
		next, kept, err = tx.Finish(b.c, int64(len(entries)), b.lost == nil, 0, 0)
		return err
	})
	return next, kept, err
}

// notYet decides what it means that files could not be staged. Where it may pass, the lines behind them go first: a file
// holds up no words.
func (b *bringing) notYet(ctx context.Context, entries []store.Queued, reason error) (store.Claim, bool, error) {
	d, now := b.d, b.d.e.stamp()
	_, source := errors.AsType[*sourceError](reason)
	e, desk := errors.AsType[*handover.DeskError](reason)
	passes := source || desk && (e.Kind == handover.DeskTemporary || e.Kind == handover.DeskRateLimited)
	switch {
	case ctx.Err() != nil || !passes:
		return b.failed(ctx, int64(len(entries)), reason)
	case now.Sub(b.since) >= fetchFor:
		return b.without(ctx, int64(len(entries)), "Slack did not take it for an hour.")
	case !slices.ContainsFunc(b.w.entries[len(entries):], func(e store.Queued) bool { return e.Verb != models.VerbFile }):
		return b.failed(ctx, int64(len(entries)), reason)
	}
	d.e.log.Warn("file not had yet", "channel", b.w.chat.Channel, "conversation", b.c.Conversation, "err", reason)
	wait := max(min(now.Sub(b.since), fileWaitMost), fileWait)
	if desk {
		wait = max(wait, e.RetryAfter)
	}
	moved := make([]models.Entry, len(entries))
	for i, entry := range entries {
		moved[i] = entry.Entry
		moved[i].Since, moved[i].NotBefore = b.since, now.Add(max(wait, channels.RetryAfter(reason)))
	}
	return d.moveBack(ctx, b.c, b.w, moved)
}

// failed decides what a failure means. A desk that may not have files at all has lines in their place.
func (b *bringing) failed(ctx context.Context, n int64, reason error) (store.Claim, bool, error) {
	d, c, w := b.d, b.c, b.w
	if e, ok := errors.AsType[*sourceError](reason); ok {
		d.e.log.Warn("file not had yet", "channel", w.chat.Channel, "conversation", c.Conversation, "attempt", c.Attempt+1, "err", e.err)
		return d.putOff(ctx, c, channels.RetryAfter(e.err))
	}
	if errors.Is(reason, store.ErrFenced) {
		return c, false, reason
	}
	if e, ok := errors.AsType[*handover.DeskError](reason); ok && ctx.Err() == nil {
		switch e.Kind {
		case handover.DeskForbidden:
			d.e.ops.Raise("files "+d.key.account, "Customers' files do not reach the agents: "+e.Error())
			return b.without(ctx, n, "Slack does not let Patchbay show files here; whoever runs it has been told.")
		case handover.DeskRejected:
			return b.without(ctx, n, "Slack did not take it: "+e.Error())
		case handover.DeskTemporary, handover.DeskRateLimited, handover.DeskGone:
		}
	}
	return d.notPosted(ctx, c, w, reason)
}

// without ends the entries with a line in place of each file that is not shown.
func (b *bringing) without(ctx context.Context, n int64, why string) (store.Claim, bool, error) {
	b.lost = nil
	for _, entry := range b.w.entries[:n] {
		m := b.w.known[entry.Message]
		for _, a := range m.Content.Attachments {
			if !m.Deleted && !shownIn(a, b.w.h.Thread) {
				b.lose(m, a, why)
			}
		}
	}
	var next store.Claim
	var kept bool
	err := b.d.commit(ctx, store.Need{Chat: b.c.Conversation, Decide: true, Claim: &b.c}, func(tx *store.Tx, turn *turn) (err error) {
		for _, ev := range b.lost {
			if err := turn.happen(tx, b.c.Conversation, ev); err != nil {
				return err
			}
		}
		next, kept, err = tx.Finish(b.c, n, b.lost == nil, 0, 0)
		return err
	})
	return next, kept, err
}
