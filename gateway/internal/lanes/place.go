package lanes

import (
	"context"
	"sync"

	"patchbay/models"
	"patchbay/models/store"
)

// place is a worker's slot and a grant of the pace, kept for a lane to which a commit under way gives work.
type place struct {
	d    *dispatcher
	held *held
}

// place keeps a place for a lane that gets work, due at ready, if this copy may work it at once: then neither a claim nor
// a hint is needed. While others wait for a slot or for the pace there is none: they began to wait before.
func (e *Engine) place(h store.Hint, ready models.Stamp) store.Place {
	if ready > e.stamp() {
		return nil
	}
	e.mu.Lock()
	d := e.dispatchers[laneKey{h.Lane, h.Account}]
	e.mu.Unlock()
	if d == nil {
		return nil
	}
	held := d.held.Load()
	if held == nil || held.ctx.Err() != nil || !held.crew.join() {
		return nil
	}
	if !d.reserveOne() {
		held.crew.leave()
		return nil
	}
	return &place{d, held}
}

// Start has a worker handle the lane.
func (p *place) Start(tenure context.Context, c store.Claim, w store.Work, whole bool) {
	p.d.track(c)
	go func() {
		defer p.held.crew.leave()
		defer p.d.unreserve(1)
		defer p.d.untrack(c)
		w, err := p.d.complete(c, w, whole)
		if err != nil {
			p.d.settleFailure(p.held.run, c, err)
			return
		}
		p.d.work(p.held.ctx, p.held.run, tenure, c, w)
	}()
}

// Cancel gives the place back. The lane may have been claimed all the same.
func (p *place) Cancel() {
	p.d.e.strays.suspect(p.d.e.now())
	p.d.unreserveOne()
	p.held.crew.leave()
}

// complete adds to what is known of a claimed lane's work what is not.
func (d *dispatcher) complete(c store.Claim, w store.Work, whole bool) (store.Work, error) {
	want := d.want()
	if !whole {
		return d.again(d.e.calls, c)
	}
	w.Entries = w.Entries[:min(len(w.Entries), want.Entries)]
	if want.History == 0 {
		return w, nil
	}
	var err error
	w.History, err = d.e.store.Said(d.e.calls, c.Conversation, want.History+len(w.Entries))
	return w, err
}

// crew counts a dispatcher's workers. Once it is waited for, nobody joins any more.
type crew struct {
	mu   sync.Mutex
	over bool
	wg   sync.WaitGroup
}

// join counts one more worker, who leaves in the end. It reports false when it is too late.
func (c *crew) join() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.over {
		c.wg.Add(1)
	}
	return !c.over
}

func (c *crew) leave() { c.wg.Done() }

// wait waits until all have left.
func (c *crew) wait() {
	c.mu.Lock()
	c.over = true
	c.mu.Unlock()
	c.wg.Wait()
}

var _ store.Place = (*place)(nil)
