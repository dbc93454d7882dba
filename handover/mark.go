package handover

import (
	"context"

	"patchbay/models"
)

// Emoter is a Marker that can put customers' reactions on posts too. Emotes reports whether it has the emoji, and does not use
// it as a mark of its own.
type Emoter interface {
	Marker
	Emotes(emoji string) bool
}

// Marker is a Desk that can put marks on an agent's own post. A mark that is there already, or gone already, is no error;
// a post that is gone is DeskGone. DeskForbidden means that the desk works without marks.
type Marker interface {
	Mark(ctx context.Context, post string, mark models.Mark) error
	Unmark(ctx context.Context, post string, mark models.Mark) error
}
