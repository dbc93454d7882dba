package lanes

import (
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"patchbay/channels"
	"patchbay/models"
)

// pace meters an account: so many a second, with a burst. It is the generic cell rate algorithm: tat is when the next one
// would be on time. A zero rate is no limit. It is used by many goroutines at once.
type pace struct {
	mu    sync.Mutex
	gap   time.Duration
	burst int
	tat   time.Time
}

// set changes the rate, in events a second, and the burst.
func (p *pace) set(rate float64, burst int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.burst = max(burst, 1)
	p.gap = 0
	if rate > 0 {
		p.gap = time.Duration(float64(time.Second) / rate)
	}
}

// grant takes up to n slots that are free now. With none, wait is how long until the next.
func (p *pace) grant(now time.Time, n int) (granted int, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gap == 0 {
		return n, 0
	}
	if p.tat.Before(now) {
		p.tat = now
	}
	for granted < n && p.tat.Sub(now) <= time.Duration(p.burst-1)*p.gap {
		p.tat = p.tat.Add(p.gap)
		granted++
	}
	if granted > 0 {
		return granted, 0
	}
	return 0, p.tat.Sub(now) - time.Duration(p.burst-1)*p.gap
}

// used says that whoever had the account before may have used all that was free until then. So nobody's rate is doubled
// when another copy takes an account over.
func (p *pace) used(until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if full := until.Add(time.Duration(p.burst) * p.gap); p.gap > 0 && p.tat.Before(full) {
		p.tat = full
	}
}

// refund gives back slots that were not used.
func (p *pace) refund(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tat = p.tat.Add(-time.Duration(n) * p.gap)
}

// chatPace returns a chat's pace after something was sent at now, and when it may have the next. The state is the lane's
// own row, so that it survives a restart and holds for every copy. One that is further ahead than a burst can bring it was
// reckoned before the clock was set back, and counts as a full burst.
func chatPace(paced, now models.Stamp, l channels.Limits) (tat, ready models.Stamp) {
	if l.ChatRate <= 0 {
		return 0, 0
	}
	gap := time.Duration(float64(time.Second) / l.ChatRate)
	burst := time.Duration(max(l.ChatBurst, 1))
	tat = max(min(paced, now.Add(burst*gap)), now).Add(gap)
	return tat, tat.Add(-(burst - 1) * gap)
}

const (
	retryFirst  = time.Second
	retryMost   = time.Minute
	retryJitter = 0.2
)

// backoffOf returns how long to wait after the attempt-th failure: from 1 s, doubling to 1 min, give or take a fifth.
func backoffOf(attempt int) time.Duration {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval, b.Multiplier, b.RandomizationFactor = retryFirst, retryMost, 2, retryJitter
	wait := b.NextBackOff()
	for i := 1; i < min(attempt, 8); i++ {
		wait = b.NextBackOff()
	}
	return wait
}

// deskPaces has a pace for each desk's whole workspace.
type deskPaces struct {
	mu    sync.Mutex
	paces map[string]*pace
}

func (d *deskPaces) of(desk *Desk) *pace {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.paces == nil {
		d.paces = map[string]*pace{}
	}
	p := d.paces[desk.Name]
	if p == nil {
		p = &pace{}
		d.paces[desk.Name] = p
	}
	p.set(desk.Rate, deskBurst)
	return p
}

// deskBurst lets a workspace have a few posts at once.
const deskBurst = 5
