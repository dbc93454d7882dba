package handover

import (
	"context"
	"io"

	"patchbay/models"
)

// Filer is a Desk with files in its threads. Bringing one there takes two steps, of which agents see the second alone: so
// a file that was brought and not shown, or the other way round, can be told after a crash.
type Filer interface {
	// Stage brings a file to the platform and returns the desk's id of it. It reads f.Size bytes of body. An error of body's
	// own is wrapped, so that it can be told from the desk's.
	Stage(ctx context.Context, f models.Attachment, body io.Reader) (id string, err error)
	// Share shows staged files in the thread, as one post.
	Share(ctx context.Context, thread string, s Share) error
	// Shared reports whether the files are shown in the thread, all of them.
	Shared(ctx context.Context, thread string, ids []string) (bool, error)
	// OpenFile streams a file of an agent's post. The caller closes it.
	OpenFile(ctx context.Context, a models.Attachment) (models.Stream, error)
}

// Share is what Filer.Share shows.
type Share struct {
	Author models.Author
	Name   string // the author's, as agents see it
	Files  []Staged
}

// Staged is a file that Filer.Stage brought.
type Staged struct{ ID, Name string }
