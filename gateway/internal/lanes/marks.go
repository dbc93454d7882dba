package lanes

import (
	"context"
	"errors"
	"slices"
	"time"

	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
)

const (
	// markAfter is how long a reply may be on its way before a mark says so.
	markAfter = 2 * time.Second
	// markBatch is how many markings are looked at in one round: more than Slack takes changes in minutes.
	markBatch = 500
	// markTimeout bounds one call about a mark: the next round comes soon.
	markTimeout = 10 * time.Second
	// marklessFor is how long a desk that may not mark is left alone.
	marklessFor = 10 * time.Minute
)

// markDue is when the marks of a reply that was free to go at since have to be looked at, if it is not sent before.
func markDue(since models.Stamp) models.Stamp { return since.Add(markAfter) }

// mark begins the marks of an agent's reply, which is free to go out at since. The agent's own posts have marks; of ours, which
// show what he had sent, only those of templates have some.
func (a *applier) mark(m models.Message, since models.Stamp) error {
	if m.Author != models.ByAgent || m.Post == "" {
		return nil
	}
	h, ok, err := a.tx.Handover(m.Handover)
	if err != nil || !ok {
		return err
	}
	a.tx.After(func() { a.e.tell(leaseMarks) })
	return a.tx.PutMark(models.Marking{Message: m.ID, Desk: h.Desk, Post: m.Post, Since: since, Due: markDue(since), At: a.now})
}

// markPost begins the marks of a template on the post of ours that shows it: its writer has none of his own.
func (e *Engine) markPost(tx *store.Tx, h models.Handover, m models.Message, post string) error {
	if m.Author != models.ByAgent || m.Content.Template == nil || m.Kind != models.Said {
		return nil
	}
	// Whoever records at this instant that it was sent does not see the row yet. Counted from now, it is looked at once more.
	now := e.stamp()
	tx.After(func() { e.tell(leaseMarks) })
	return tx.PutMark(models.Marking{Message: m.ID, Desk: h.Desk, Post: post, Since: now, Due: now, At: now})
}

// know makes an agent's post known as that of a reply, which is held back and has no marks yet.
func (a *applier) know(m models.Message) error {
	if m.Author != models.ByAgent || m.Post == "" {
		return nil
	}
	h, ok, err := a.tx.Handover(m.Handover)
	if err != nil || !ok {
		return err
	}
	return a.tx.PutMark(models.Marking{Message: m.ID, Desk: h.Desk, Post: m.Post, At: a.now})
}

// remark has the marks of a message follow what became of it, if it is an agent's.
func (e *Engine) remark(tx *store.Tx, m models.Message) error {
	if m.Author != models.ByAgent {
		return nil
	}
	tx.After(func() { e.tell(leaseMarks) })
	return tx.TouchMark(m.ID, e.stamp())
}

// marksOf returns the marks that are true of a message at now, and when that may change by itself; 0 is never.
func marksOf(m models.Message, since, now models.Stamp) (marks []models.Mark, next models.Stamp) {
	if since == 0 || m.Deleted || m.Kind != models.Said {
		return nil, 0
	}
	switch m.State {
	case models.Queued:
		if due := markDue(since); now < due {
			return nil, due
		}
		return []models.Mark{models.MarkWaiting}, 0
	case models.Sent, models.Delivered:
		return []models.Mark{models.MarkSent}, 0
	case models.Read:
		return []models.Mark{models.MarkSent, models.MarkRead}, 0
	case models.Failed:
		return []models.Mark{models.MarkFailed}, 0
	}
	return nil, 0
}

// markLoop keeps the marks on agents' posts true, outside the lanes. What has changed back meanwhile is never shown.
func (e *Engine) markLoop(ctx context.Context, h store.Holding) {
	e.marking.takeOver(e.now().Add(-h.Idle))
	for {
		wait := e.showMarks(ctx)
		if !sleep(ctx, wait, e.marks) {
			return
		}
	}
}

// showMarks makes the marks true that are due, the latest first, as far as the desks' paces allow. It returns how long
// there is nothing to do.
func (e *Engine) showMarks(ctx context.Context) (wait time.Duration) {
	now := e.stamp()
	due, next, err := e.store.Markings(ctx, now, markBatch)
	var messages map[string]models.Message
	if err == nil {
		ids := make([]string, len(due))
		for i, m := range due {
			ids[i] = m.Message
		}
		messages, err = e.store.Messages(ctx, ids)
	}
	if err != nil {
		if ctx.Err() == nil {
			e.log.Warn("marks not read", "err", err)
		}
		return net
	}
	wait = time.Hour
	if next > 0 {
		wait = next.Sub(now)
	}
	if len(due) == markBatch {
		wait = min(wait, net)
	}
	for _, m := range due {
		if ctx.Err() != nil || e.store.Confirm(ctx) != nil {
			return net
		}
		wait = min(wait, e.showMark(ctx, m, messages[m.Message]))
	}
	return max(wait, 0)
}

// showMark makes the marks of one post true. It returns how long to wait before it is looked at again.
func (e *Engine) showMark(ctx context.Context, m models.Marking, message models.Message) time.Duration {
	now := e.stamp()
	desk := e.Roster().Desks[m.Desk]
	if desk == nil || message.ID == "" || e.marking.off(m.Desk, e.now()) {
		e.inWords(ctx, m)
		return e.marked(ctx, m, 0)
	}
	marker, ok := desk.Desk.(handover.Marker)
	if !ok {
		return e.marked(ctx, m, 0)
	}
	marks, next := marksOf(message, m.Since, now)
	if m.Wanted != nil {
		for _, emoji := range m.Wanted.Emoji {
			marks = append(marks, models.MarkOf(emoji))
		}
	}
	m = inDoubt(m, marks)
	fresh := true
	for _, step := range markSteps(m, marks) {
		if wait := e.marking.grant(desk, step.off, e.now()); wait > 0 {
			if !fresh {
				e.marked(ctx, m, now)
			}
			return wait
		}
		// Noted before it is tried: whoever goes on after a crash must know that the mark may be there.
		m.Shown, m.Trying = without(m.Shown, step.mark), step.mark
		if err := e.noteMarks(ctx, m, now); err != nil {
			return net
		}
		err := step.take(ctx, marker, m.Post)
		e.metrics.posted(m.Desk, "mark", err)
		if err != nil {
			return e.markFailed(ctx, desk, m, step, err)
		}
		if !step.off {
			m.Shown = append(m.Shown, step.mark)
		}
		m.Trying, fresh = "", false
	}
	m.Tries = 0
	return e.marked(ctx, m, next)
}

// noteMarks notes what is there, and when to look again.
func (e *Engine) noteMarks(ctx context.Context, m models.Marking, due models.Stamp) error {
	err := e.store.Write(ctx, func(tx *store.Tx) error { return tx.Marked(m, due) })
	if err != nil && ctx.Err() == nil {
		e.log.Warn("marks not noted", "err", err)
	}
	return err
}

// marked notes what is there and when to look again, and returns how long that is.
func (e *Engine) marked(ctx context.Context, m models.Marking, due models.Stamp) time.Duration {
	if err := e.noteMarks(ctx, m, due); err != nil {
		return net
	}
	if due == 0 {
		return time.Hour
	}
	return max(due.Sub(e.stamp()), 0)
}

// markFailed decides what the failure of a mark means. Marks are a courtesy: what the desk will not do is left undone.
func (e *Engine) markFailed(ctx context.Context, desk *Desk, m models.Marking, step markStep, reason error) time.Duration {
	if ctx.Err() != nil {
		return net
	}
	failed, ok := errors.AsType[*handover.DeskError](reason)
	if !ok {
		failed = &handover.DeskError{Kind: handover.DeskTemporary, Err: reason}
	}
	switch failed.Kind {
	case handover.DeskGone, handover.DeskRejected:
		if _, emoji := step.mark.Emoji(); emoji && !step.off && failed.Kind == handover.DeskRejected {
			e.inWords(ctx, m)
		}
		return e.marked(ctx, m, 0)
	case handover.DeskForbidden:
		if e.marking.shut(m.Desk, e.now().Add(marklessFor)) {
			e.log.Info("replies get no marks: the desk does not let us", "desk", m.Desk, "err", reason)
		}
		e.inWords(ctx, m)
		return e.marked(ctx, m, 0)
	case handover.DeskRateLimited:
		wait := max(failed.RetryAfter, time.Second)
		e.marking.hold(desk, step.off, e.now().Add(wait))
		return e.marked(ctx, m, e.stamp())
	case handover.DeskTemporary:
	}
	e.log.Debug("mark not shown", "desk", m.Desk, "err", reason)
	m.Tries++
	return e.marked(ctx, m, e.stamp().Add(backoffOf(m.Tries)))
}

// markStep puts one mark on a post, or takes it off.
type markStep struct {
	mark models.Mark
	off  bool
}

// inDoubt takes a mark of which nobody knows whether it is there for one that is to be taken off, or to be put on once more.
func inDoubt(m models.Marking, marks []models.Mark) models.Marking {
	if m.Trying != "" && !slices.Contains(marks, m.Trying) {
		m.Shown, m.Trying = append(without(m.Shown, m.Trying), m.Trying), ""
	}
	return m
}

// markSteps returns how to come from the marks that are there, or may be, to those that are true: first the one in doubt, of
// which a note has place for one only, then what is news.
func markSteps(m models.Marking, marks []models.Mark) (steps []markStep) {
	if m.Trying != "" {
		steps = append(steps, markStep{mark: m.Trying})
	}
	for _, mark := range marks {
		if mark != m.Trying && !slices.Contains(m.Shown, mark) {
			steps = append(steps, markStep{mark: mark})
		}
	}
	for _, mark := range m.Shown {
		if !slices.Contains(marks, mark) {
			steps = append(steps, markStep{mark: mark, off: true})
		}
	}
	return steps
}

func (s markStep) take(ctx context.Context, marker handover.Marker, post string) error {
	ctx, cancel := context.WithTimeout(ctx, markTimeout)
	defer cancel()
	if s.off {
		return marker.Unmark(ctx, post, s.mark)
	}
	return marker.Mark(ctx, post, s.mark)
}

// without returns marks but for mark.
func without(marks []models.Mark, mark models.Mark) []models.Mark {
	return slices.DeleteFunc(slices.Clone(marks), func(m models.Mark) bool { return m == mark })
}
