package lanes

import (
	"context"
	"errors"
	"sync"
	"time"

	"patchbay/models"
	"patchbay/models/store"
)

const (
	// straysEvery is how often lanes are looked for that this copy owns and does not work.
	straysEvery = time.Minute
	// suspectFor is for how long they are looked for with every cast of the net, after a claim of which it is not known
	// whether it was made. By then the database has either committed it or forgotten the connection.
	suspectFor = 30 * time.Second
	// straysApart is how long two looks are apart at least: a claim is known to its worker by then.
	straysApart = net / 2
)

// strays are lanes that are owned by this copy in the database, and that none of its workers has: the answer to the commit
// that claimed them was lost.
type strays struct {
	mu       sync.Mutex
	until    time.Time      // claims are suspect until then
	last     time.Time      // when was looked
	suspects map[lane]int64 // fences, as of the last look
}

// lane is one lane of one conversation.
type lane struct {
	conversation int64
	kind         models.Lane
}

// suspect notes that a claim may have been made without its answer.
func (s *strays) suspect(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.until = now.Add(suspectFor)
}

// due reports whether it is time to look.
func (s *strays) due(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	since := now.Sub(s.last)
	if since < straysApart || since < straysEvery && now.After(s.until) && len(s.suspects) == 0 {
		return false
	}
	s.last = now
	return true
}

// track notes that a worker has a lane.
func (d *dispatcher) track(c store.Claim) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.working[c.Conversation] = c.Fence
}

func (d *dispatcher) untrack(c store.Claim) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.working[c.Conversation] == c.Fence {
		delete(d.working, c.Conversation)
	}
}

// works reports whether a worker has the claimed lane.
func (e *Engine) works(c store.Claim) bool {
	e.mu.Lock()
	d := e.dispatchers[laneKey{c.Lane, c.Account}]
	e.mu.Unlock()
	if d == nil {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.working[c.Conversation] == c.Fence
}

// freeStrays gives up lanes that this copy owns and that no worker has in two looks, one cast of the net apart: a claim whose
// answer is on its way is none.
func (e *Engine) freeStrays(ctx context.Context) {
	if !e.strays.due(e.now()) {
		return
	}
	owned, err := e.store.Owned(ctx)
	if err != nil {
		if ctx.Err() == nil {
			e.log.Warn("lanes of this copy not read", "err", err)
		}
		return
	}
	found := map[lane]int64{}
	for _, c := range owned {
		if e.works(c) {
			continue
		}
		key := lane{c.Conversation, c.Lane}
		if fence, again := e.strays.suspects[key]; !again || fence != c.Fence {
			found[key] = c.Fence
			continue
		}
		c.Doubt = true // nobody knows who had it before
		if err := e.store.Release(ctx, c, e.stamp()); err != nil && !errors.Is(err, store.ErrFenced) {
			found[key] = c.Fence
			continue
		}
		e.log.Warn("lane freed that was claimed without an answer", "conversation", c.Conversation, "lane", c.Lane.String())
	}
	e.strays.mu.Lock()
	e.strays.suspects = found
	e.strays.mu.Unlock()
}
