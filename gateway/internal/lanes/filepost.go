package lanes

import (
	"context"
	"time"

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
