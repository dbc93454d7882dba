package lanes

import (
	"sync"
	"time"

	"patchbay/models/store"
)

// Slack takes fifty changes of posts a minute, in the whole workspace and beside the new posts:
// https://docs.slack.dev/reference/methods/chat.update
// A burst and a minute's rate together stay at that, so that no minute has more of them. What is kept for cards and for
// customers' edits is not used for adding lines to posts.
const (
	editRate  = 45.0 / 60
	editBurst = 5
	editKept  = 2
	// The shares of two copies, when the one that posts is not the one that shows cards.
	editShare  = 30.0 / 60
	cardShare  = 12.0 / 60
	shareBurst = 4
)

// editPaces has the pace of changes for each desk, of posts and of cards.
type editPaces struct {
	mu           sync.Mutex
	posts, cards map[string]*pace
}

// ofPosts returns the pace of changes to posts of the desk.
func (e *editPaces) ofPosts(desk *Desk, s *store.Store) *pace {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.posts == nil {
		e.posts, e.cards = map[string]*pace{}, map[string]*pace{}
	}
	rate, burst := editRate, editBurst
	if s.Standing().Nodes > 1 {
		rate, burst = editShare, shareBurst
	}
	return paceOf(e.posts, desk, rate, burst)
}

// ofCards returns the pace of the desk's cards. On one machine it is that of posts.
func (e *editPaces) ofCards(desk *Desk, s *store.Store) *pace {
	if s.Standing().Nodes <= 1 {
		return e.ofPosts(desk, s)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.posts == nil {
		e.posts, e.cards = map[string]*pace{}, map[string]*pace{}
	}
	return paceOf(e.cards, desk, cardShare, shareBurst)
}

func paceOf(paces map[string]*pace, desk *Desk, rate float64, burst int) *pace {
	p := paces[desk.Name]
	if p == nil {
		p = &pace{}
		paces[desk.Name] = p
	}
	if desk.EditRate > 0 {
		factor := desk.EditRate / editRate // of a stand-in with other rates than Slack's
		rate, burst = rate*factor, max(burst, int(float64(burst)*factor))
	}
	p.set(rate, burst)
	return p
}

// spare takes one slot if kept more are free. Without one, wait is how long until it can be.
func (p *pace) spare(now time.Time, kept int) (ok bool, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gap == 0 {
		return true, 0
	}
	if p.tat.Before(now) {
		p.tat = now
	}
	if wait := p.tat.Sub(now) - time.Duration(max(p.burst-1-kept, 0))*p.gap; wait > 0 {
		return false, wait
	}
	p.tat = p.tat.Add(p.gap)
	return true, 0
}

// hold lets nothing through before until.
func (p *pace) hold(until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if full := until.Add(time.Duration(p.burst-1) * p.gap); p.tat.Before(full) {
		p.tat = full
	}
}
