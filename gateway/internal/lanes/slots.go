package lanes

import (
	"context"
	"time"
)

// probeEvery is how often an account that is refused is tried.
const probeEvery = time.Minute

// reserve waits for a free worker and takes those that are free, up to half of all: the others are for lanes that get work
// while these are being claimed.
func (d *dispatcher) reserve(ctx context.Context) (n int) {
	select {
	case d.slots <- struct{}{}:
		n = 1
	default:
		d.behind.Store(true)
		select {
		case d.slots <- struct{}{}:
			n = 1
		case <-ctx.Done():
			return 0
		}
	}
	for n < cap(d.slots)/2 {
		select {
		case d.slots <- struct{}{}:
			n++
		default:
			return n
		}
	}
	return n
}

func (d *dispatcher) unreserve(n int) {
	for range n {
		<-d.slots
	}
}

// reserveOne takes a free worker and a grant of the pace for a lane that gets work, if nobody waits for them.
func (d *dispatcher) reserveOne() bool {
	if d.behind.Load() {
		return false
	}
	select {
	case d.slots <- struct{}{}:
	default:
		d.behind.Store(true)
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	granted := 0
	if d.paused.IsZero() {
		granted, _ = d.pace.grant(d.e.now(), 1)
	}
	if granted == 0 {
		d.behind.Store(true)
		d.unreserve(1)
	}
	return granted == 1
}

// unreserveOne gives back what reserveOne took.
func (d *dispatcher) unreserveOne() {
	d.pace.refund(1)
	d.unreserve(1)
}

// grant asks the account's pace, before anything is claimed. A paused account gets one probe a minute.
func (d *dispatcher) grant(n int) (granted int, probe bool, wait time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.e.now()
	if !d.paused.IsZero() {
		if now.Before(d.paused) {
			return 0, false, d.paused.Sub(now)
		}
		d.paused = now.Add(probeEvery)
		n, probe = 1, true
	}
	granted, wait = d.pace.grant(now, n)
	return granted, probe, wait
}

// pause stops the account but for probes.
func (d *dispatcher) pause() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.paused.IsZero() {
		d.paused = d.e.now().Add(probeEvery)
	}
}

// spare gives back a probe for which there was no work.
func (d *dispatcher) spare() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.paused.IsZero() {
		d.paused = d.e.now()
	}
}

// resume ends a pause. It reports whether there was one.
func (d *dispatcher) resume() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	was := !d.paused.IsZero()
	d.paused = time.Time{}
	return was
}
