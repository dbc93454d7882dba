package lanes

import (
	"sync"
	"time"
)

// Slack takes fifty reactions a minute in the whole workspace, and twenty removals: burst and rate together stay at that.
// https://docs.slack.dev/reference/methods/reactions.add
// https://docs.slack.dev/reference/methods/reactions.remove
const (
	markRate    = 45.0 / 60
	markBurst   = 5
	unmarkRate  = 17.0 / 60
	unmarkBurst = 3
)

// markPaces has the pace of marks for each desk, and which desks have none. It is used by many goroutines at once.
type markPaces struct {
	mu      sync.Mutex
	on, out map[string]*pace     // of marks put on, and taken off
	from    time.Time            // until when another copy may have used what was free
	without map[string]time.Time // until when a desk that may not mark is left alone
}

// takeOver says that whoever showed marks before may have used all that was free until then.
func (p *markPaces) takeOver(until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.on, p.out, p.from = map[string]*pace{}, map[string]*pace{}, until
}

// of returns the pace of a desk.
func (p *markPaces) of(desk *Desk, off bool) *pace {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.on == nil {
		p.on, p.out = map[string]*pace{}, map[string]*pace{}
	}
	paces, rate, burst := p.on, markRate, markBurst
	if off {
		paces, rate, burst = p.out, unmarkRate, unmarkBurst
	}
	if paces[desk.Name] == nil {
		made := paceOf(paces, desk, rate, burst)
		made.used(p.from)
		return made
	}
	return paceOf(paces, desk, rate, burst)
}

// grant takes a slot, or returns how long until there is one.
func (p *markPaces) grant(desk *Desk, off bool, now time.Time) time.Duration {
	_, wait := p.of(desk, off).grant(now, 1)
	return wait
}

// hold lets nothing through before until.
func (p *markPaces) hold(desk *Desk, off bool, until time.Time) { p.of(desk, off).hold(until) }

// shut leaves a desk alone until then, and reports whether that is new.
func (p *markPaces) shut(desk string, until time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.without == nil {
		p.without = map[string]time.Time{}
	}
	_, known := p.without[desk]
	p.without[desk] = until
	return !known
}

// off reports whether a desk is left alone.
func (p *markPaces) off(desk string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return now.Before(p.without[desk])
}
