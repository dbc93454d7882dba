package lanes

import (
	"context"
	"slices"

	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
)

const (
	// talkLines is how many messages of the talk so far are shown.
	talkLines = 20
	talkTitle = "The talk so far"
	// Lines of a talk have places from these on: of the talk before the handover, and of one told again.
	talkPlace   = 1000
	retellPlace = 2000
)

// talkKinds are what a talk shows.
var talkKinds = []models.MessageKind{models.Said, models.Draft, models.Reaction}

// postTalk shows what was said before the handover, in one post.
func (d *dispatcher) postTalk(ctx, call context.Context, c store.Claim, w posting) (store.Claim, bool, error) {
	entry := w.entries[0]
	before, place := w.h.FirstNum, talkPlace
	if entry.Verb == models.VerbRetell {
		before, place = entry.Before, retellPlace
	}
	history, err := d.e.store.History(ctx, c.Conversation, before, talkLines, talkKinds...)
	if err != nil {
		return c, false, err
	}
	history = slices.DeleteFunc(history, func(m models.Message) bool { return m.Kind == models.Reaction && m.Deleted && m.Post == "" })
	if entry.Verb == models.VerbTalk {
		// A handover that is opened again shows what came since.
		history = slices.DeleteFunc(history, func(m models.Message) bool { return m.Handover == w.h.ID })
	}
	if len(history) == 0 {
		return d.drop(ctx, c, 1)
	}
	last := history[len(history)-1].ID
	if found, ok := d.lookForPost(call, &c, w, func(int64) string { return last }); ok {
		return d.shown(ctx, c, 1, history, written{id: found.Post, place: place, found: true}, w)
	}
	p, err := d.talk(ctx, w, history, place)
	if err != nil {
		return c, false, err
	}
	post, err := d.put(call, c, w, p, w.entries[:1])
	if err != nil {
		return d.notPosted(ctx, c, w, err)
	}
	return d.shown(ctx, c, 1, history, written{id: post, place: place}, w)
}

// talk returns a talk as it is posted, which says how much came before it and is not in the thread.
func (d *dispatcher) talk(ctx context.Context, w posting, messages []models.Message, place int) (handover.Post, error) {
	p := handover.Post{Title: talkTitle, Lines: d.lines(ctx, w.chat, messages)}
	of := w.h.ID
	if place >= retellPlace {
		of = "" // nothing of the chat is in the new thread
	}
	var err error
	p.Hidden, err = d.e.store.Earlier(ctx, w.chat.ID, messages[0].Num, of, talkKinds...)
	return p, err
}

// editPost writes a post anew after one of its messages changed.
func (d *dispatcher) editPost(ctx, call context.Context, c store.Claim, w posting) (store.Claim, bool, error) {
	byID, err := d.e.store.Messages(ctx, []string{w.entries[0].Message})
	if err != nil {
		return c, false, err
	}
	m, ok := byID[w.entries[0].Message]
	if !ok || m.Post == "" {
		return d.drop(ctx, c, 1)
	}
	all, err := d.e.store.InPost(ctx, c.Conversation, m.Post)
	if err != nil {
		return c, false, err
	}
	var p handover.Post
	if len(all) > 0 && all[0].Place >= talkPlace {
		place := all[0].Place
		if all, err = d.withAgents(ctx, all); err != nil {
			return c, false, err
		}
		if p, err = d.talk(ctx, w, all, place); err != nil {
			return c, false, err
		}
	} else {
		p = handover.Post{Lines: d.lines(ctx, w.chat, all)}
	}
	err = w.desk.Desk.Edit(call, w.h.Thread, m.Post, p)
	d.e.metrics.posted(w.h.Desk, "edit", err)
	if err != nil {
		return d.notPosted(ctx, c, w, err)
	}
	d.posted(w)
	return d.drop(ctx, c, 1)
}

// withAgents returns the lines of a talk with those of agents among them. They stand in two posts, the agent's own and the
// talk, and are known by the first; their places tell that they are in this talk too.
func (d *dispatcher) withAgents(ctx context.Context, lines []models.Message) ([]models.Message, error) {
	first, last := lines[0], lines[len(lines)-1]
	near, err := d.e.store.History(ctx, first.Conversation, last.Num+talkLines+1, int(last.Num-first.Num)+2*talkLines+1, talkKinds...)
	if err != nil {
		return nil, err
	}
	agents := func(m models.Message, place int) bool {
		return m.Author == models.ByAgent && m.Handover == first.Handover && m.Place == place
	}
	all := slices.Clone(lines)
	for _, m := range near {
		if m.Num > first.Num && m.Num < last.Num && m.Place > first.Place && agents(m, m.Place) {
			all = append(all, m)
		}
		if m.Num > last.Num {
			if !agents(m, last.Place+1) {
				break
			}
			all, last = append(all, m), m
		}
	}
	for _, m := range slices.Backward(near) {
		if m.Num < first.Num {
			if !agents(m, first.Place-1) {
				break
			}
			all, first = append(all, m), m
		}
	}
	slices.SortFunc(all, func(a, b models.Message) int { return int(a.Num - b.Num) })
	return all, nil
}
