package store

import (
	"context"

	"patchbay/models"
)

// Place is a worker that is kept for a lane to which a commit under way gives work. Start or Cancel is called once, by a
// committer: neither may block.
type Place interface {
	// Start gives the worker the lane, which is claimed by the commit that gave it work, with what that commit knew of the
	// work. Whole says that this is all that Load would find, but for the history. Calls run under the tenure that the
	// lane was claimed in.
	Start(tenure context.Context, c Claim, w Work, whole bool)
	// Cancel gives the place back. It is not known whether the commit was made, and with it the claim.
	Cancel()
}

// OnAppend sets the function that is asked for a place when a commit under way gives work, due at ready, to a lane that had
// none. Without one, nil, the lane is only spoken of in a hint. It is set once, before the first Write, and must not block.
func (s *Store) OnAppend(f func(h Hint, ready models.Stamp) Place) { s.places = f }

// begun are the lanes that had no work until this commit, and what it knows of that work.
type begun struct {
	order    []laneKey
	entries  map[laneKey][]Queued
	messages map[string]*models.Message // that were recorded, as they are now
	known    map[string]models.Handover // that were read or written, as they are now
}

func newBegun() begun {
	return begun{
		entries: map[laneKey][]Queued{}, messages: map[string]*models.Message{}, known: map[string]models.Handover{},
	}
}

// note notes an entry that was put into a lane. first says that it had no other.
func (b *begun) note(l *laneRow, first bool, e models.Entry, at models.Stamp) {
	if first {
		b.order = append(b.order, l.laneKey)
	} else if _, ok := b.entries[l.laneKey]; !ok {
		return // there was work before this commit
	}
	b.entries[l.laneKey] = append(b.entries[l.laneKey], Queued{Entry: e, Seq: l.seq, At: at})
}

// start is a lane that was claimed by the commit that gave it work.
type start struct {
	place  Place
	tenure context.Context // of the claim; a start is one commit long
	claim  Claim
	work   Work
	whole  bool
}

func (s start) lane() laneKey { return laneKey{s.claim.Conversation, s.claim.Lane} }

// claimBegun claims the lanes that this commit gave work and for which there is a place. It comes behind all writes of the
// commit. The caller starts or cancels what it returns.
func (u *unit) claimBegun() (starts []start) {
	if u.s.places == nil || len(u.begun.order) == 0 {
		return nil
	}
	sure, tenure, node := u.s.standing()
	if !sure {
		return nil
	}
	for _, key := range u.begun.order {
		l, entries := u.lanes[key], u.begun.entries[key]
		if l == nil || l.owner != "" || l.head+1 != entries[0].Seq || l.seq != entries[len(entries)-1].Seq {
			continue // it was worked on by another write of this commit
		}
		place := u.s.places(Hint{Conversation: key.conversation, Lane: key.lane, Account: l.account}, l.readyAt)
		if place == nil {
			continue
		}
		l.owner = node
		l.fence++
		u.change(l)
		work, whole := u.work(l, entries)
		starts = append(starts, start{place: place, tenure: tenure, claim: l.claim(), work: work, whole: whole})
	}
	return starts
}

// work is what this commit knows of a lane's work, and whether that is all.
func (u *unit) work(l *laneRow, entries []Queued) (w Work, whole bool) {
	chat := u.chats[l.conversation]
	if chat == nil {
		return w, false
	}
	w = Work{Entries: entries, Chat: chat.Conversation, Messages: make(map[string]models.Message, len(entries))}
	for _, id := range named(entries) {
		m := u.begun.messages[id]
		if m == nil {
			return w, false
		}
		w.Messages[id] = *m
	}
	first := entries[0].Entry
	if first.Handover != "" {
		h, ok := u.begun.known[first.Handover]
		if !ok {
			return w, false
		}
		w.Handover = &h
	}
	// What was sent of a message that is to be changed is not known here.
	return w, l.lane != models.LaneOut || first.Verb == models.VerbSend
}

// cancelAll gives the places back after a commit that failed.
func cancelAll(starts []start) {
	for _, s := range starts {
		s.place.Cancel()
	}
}

// startAll starts the workers of lanes that were claimed, and returns the hints of the others.
func startAll(starts []start, hints []Hint) []Hint {
	if len(starts) == 0 {
		return hints
	}
	started := make(map[laneKey]bool, len(starts))
	for _, s := range starts {
		started[s.lane()] = true
		s.place.Start(s.tenure, s.claim, s.work, s.whole)
	}
	others := hints[:0]
	for _, h := range hints {
		if !started[laneKey{h.Conversation, h.Lane}] {
			others = append(others, h)
		}
	}
	return others
}

// standing returns whether this node's lease holds, the tenure that it holds in, and the name that it has in it.
func (s *Store) standing() (sure bool, tenure context.Context, node string) {
	if s.dialect == sqliteDialect {
		return true, context.Background(), s.Node()
	}
	return s.tenure.standing()
}
