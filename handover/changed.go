package handover

import (
	"slices"
	"time"

	"patchbay/models"
)

const (
	// earlyFor is how long a change is kept of a message that has not come: platforms that hold one back deliver it within
	// minutes of the others.
	earlyFor = time.Hour
	// earlyMost is how many of them are kept in one chat.
	earlyMost = 5
)

// customerChanged decides on an edit or a deletion. The bot reads the new text if it has not answered yet; a message that
// asks for a person now is heard in any case.
func (d *decision) customerChanged() {
	d.c.Memory.Reworded++
	if d.e.Message == "" {
		d.early()
	}
	if d.e.Type == models.CustomerDeleted {
		if d.e.Message != "" {
			d.do(Rewrite{Message: d.e.Message, Deleted: true})
			d.forget(d.e.Message)
		}
		return
	}
	if d.e.Content == nil {
		return
	}
	if d.e.Message != "" {
		d.do(Rewrite{Message: d.e.Message, Content: d.e.Content})
	}
	switch {
	case d.c.Mode == models.ModeBot && d.wantsPerson():
		d.open(models.Reason{Cause: models.CauseAsked, Asked: d.e.Content.Plain()})
	case d.c.Mode != models.ModeBot && d.e.Message == "":
		d.do(Remark{Text: "The customer changed a message that is not in this chat. It reads now: " + d.e.Content.Plain()})
	}
}

// early keeps a change of a message that is not known: it may be still to come.
func (d *decision) early() {
	if d.e.Ref == "" {
		return
	}
	change := models.Early{Ref: d.e.Ref, At: d.e.At}
	if d.e.Type == models.CustomerEdited {
		if d.e.Content == nil {
			return
		}
		content := *d.e.Content
		change.Content = &content
	}
	m := &d.c.Memory
	m.Early = slices.DeleteFunc(m.Early, func(e models.Early) bool { return e.Ref == d.e.Ref || d.now.Sub(e.At) > earlyFor })
	m.Early = append(m.Early, change)
	m.Early = m.Early[max(0, len(m.Early)-earlyMost):]
}

// overtaken returns what the message of the event says, and whether it was edited or taken back before it came.
func (d *decision) overtaken() (content models.Content, edited, deleted bool) {
	if d.e.Content != nil {
		content = *d.e.Content
	}
	m := &d.c.Memory
	at := slices.IndexFunc(m.Early, func(e models.Early) bool { return d.e.Ref != "" && e.Ref == d.e.Ref })
	if at < 0 {
		return content, false, false
	}
	change := m.Early[at]
	m.Early = slices.Delete(m.Early, at, at+1)
	switch {
	case d.now.Sub(change.At) > earlyFor:
		return content, false, false
	case change.Content == nil:
		return content, false, true
	}
	return content.Reworded(*change.Content), true, false
}
