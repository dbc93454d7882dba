package lanes

import (
	"context"
	"encoding/json"
	"errors"

	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
)

// report brings the post of an incident up to date, and ends the incident when nothing is left to do.
func (t *tender) report(ctx context.Context, i models.Incident, counts store.Waiting, latest bool) error {
	now := t.e.now()
	ended := !latest || i.EndedAt != 0 && (counts.All == 0 || now.Sub(i.EndedAt.Time()) > leaveAfter)
	view := handover.Incident{
		ID: i.ID, Place: i.Place, Bot: i.Bot, Cause: i.Cause, Error: i.Error, Chats: i.Chats, Since: i.OpenedAt.Time(), Until: i.EndedAt.Time(),
		Waiting: counts.All, Going: counts.Going, Handed: i.Handed, By: i.HandedBy,
		Done: ended,
	}
	if i.EndedAt != 0 {
		view.Old = counts.Old
	}
	shown, err := t.show(ctx, i, view, ended)
	if err != nil || !ended || !shown {
		return err
	}
	delete(t.waves, i.ID)
	delete(t.probes, i.ID)
	delete(t.edits, i.ID)
	delete(t.failed, i.ID)
	return t.e.store.Write(ctx, func(tx *store.Tx) error {
		if latest && counts.All > 0 {
			if err := tx.DropWaits(i.Bot); err != nil {
				return err
			}
		}
		return tx.UpdateIncident(i.ID, map[string]any{"done_at": t.e.stamp()})
	})
}

// show has the desk show the incident, if it shows something else. It reports whether the post is up to date by now, or is
// not to be.
func (t *tender) show(ctx context.Context, i models.Incident, view handover.Incident, urgent bool) (bool, error) {
	desk := t.e.Roster().Desks[i.Desk]
	if desk == nil {
		return true, nil
	}
	reporter, ok := desk.Desk.(handover.Reporter)
	if !ok {
		return true, nil
	}
	body, err := json.Marshal(view)
	if err != nil {
		return true, err
	}
	text := string(body)
	if text == i.Shown {
		return true, nil
	}
	urgent = urgent || i.Post == "" || differs(i.Shown, view)
	wait := editEvery
	if n := t.failed[i.ID]; n > 0 {
		wait, urgent = backoffOf(n), false
	}
	now := t.e.now()
	if !urgent && now.Sub(t.edits[i.ID]) < wait {
		return false, nil
	}
	budget := t.e.desks.of(desk)
	if i.Post != "" {
		budget = t.e.edits.ofCards(desk, t.e.store)
	}
	if granted, _ := budget.grant(now, 1); granted == 0 {
		return false, nil
	}
	// It outlives ctx: a post that is made and not recorded is looked for at least.
	call, cancel := context.WithTimeout(t.e.calls, callTimeout)
	defer cancel()
	if i.Post == "" {
		if i.Post, err = t.attempt(ctx, call, i, reporter, view); err != nil {
			t.edits[i.ID] = now
			t.failed[i.ID]++
			return false, err
		}
	}
	if err := t.e.sure(ctx); err != nil {
		return false, err
	}
	t.edits[i.ID] = now
	post, err := reporter.Report(call, i.Post, view)
	t.e.metrics.posted(i.Desk, "incident", err)
	reason, ours := errors.AsType[*handover.DeskError](err)
	switch {
	case !ours:
	case reason.Kind == handover.DeskGone && i.Post != "":
		post, text, err = "", "", nil // somebody deleted the post: another one is made
	case reason.Kind == handover.DeskRejected:
		t.e.log.Warn("the post of an outage was refused", "desk", i.Desk, "incident", i.ID, "err", err)
		post, err = i.Post, nil // nothing that another try would change
	case reason.Kind == handover.DeskForbidden:
		t.e.ops.Raise("incident "+i.Desk, "The desk "+i.Desk+" refuses the post of an outage: "+reason.Error())
	}
	if err != nil {
		t.failed[i.ID]++
		return false, err
	}
	delete(t.failed, i.ID)
	t.e.ops.Clear("incident " + i.Desk)
	err = t.e.store.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		return tx.UpdateIncident(i.ID, map[string]any{"post": post, "shown": text})
	})
	return text != "", err
}

// attempted stands in place of what a post shows from before the first try to make it. Whoever finds it there, this copy or
// the next after a crash, looks for the post before he makes one.
const attempted = "?"

// looksMost is how often in a row it is looked for in vain, half a minute altogether, before the post is made all the same.
const looksMost = 5

// attempt returns the post of an earlier try, "" if there is none and one is to be made.
func (t *tender) attempt(ctx, call context.Context, i models.Incident, reporter handover.Reporter, view handover.Incident) (post string, err error) {
	if i.Shown != attempted {
		return "", t.e.store.Write(ctx, func(tx *store.Tx) error {
			return tx.UpdateIncident(i.ID, map[string]any{"shown": attempted})
		})
	}
	finder, ok := reporter.(handover.ReportFinder)
	if !ok {
		return "", nil
	}
	post, err = finder.FindReport(call, view)
	t.e.metrics.posted(i.Desk, "look", err)
	switch {
	case err != nil && t.failed[i.ID] < looksMost:
		return "", err
	case err != nil:
		t.e.log.Warn("not looked for the post of an outage that may be there already", "desk", i.Desk, "incident", i.ID, "err", err)
		t.e.metrics.postedAgain(i.Desk, "incident")
		return "", nil
	case post == "":
		return "", nil
	}
	t.e.metrics.postFound(i.Desk)
	found := map[string]any{"post": post}
	return post, t.e.store.Write(ctx, func(tx *store.Tx) error { return tx.UpdateIncident(i.ID, found) })
}

// differs reports whether a post that shows something must show more than other numbers.
func differs(shown string, view handover.Incident) bool {
	var was handover.Incident
	if json.Unmarshal([]byte(shown), &was) != nil {
		return true
	}
	return was.Done != view.Done || was.Until.IsZero() != view.Until.IsZero() || (was.Going > 0) != (view.Going > 0) || (was.Waiting > 0) != (view.Waiting > 0)
}
