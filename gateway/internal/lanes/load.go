package lanes

import (
	"sync"
	"time"
)

// loadWindow is how long the mean of a load is taken over.
const loadWindow = 50 * time.Millisecond

// load is how many calls are under way, now and on average. Many goroutines may use it at once.
type load struct {
	mu    sync.Mutex
	n     int
	since time.Time     // when n changed last
	begun time.Time     // when the window began
	busy  time.Duration // of all calls in the window
	last  float64       // the mean of the window before
}

// add counts d more calls under way, and returns how many there are.
func (l *load) add(d int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pass()
	l.n += d
	return l.n
}

// under returns how many calls are under way.
func (l *load) under() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.n
}

// mean returns how many were under way on average in the last window.
func (l *load) mean() float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pass()
	return l.last
}

// pass brings the window up to now.
func (l *load) pass() {
	now := time.Now()
	if l.begun.IsZero() {
		l.begun, l.since = now, now
	}
	l.busy += time.Duration(l.n) * now.Sub(l.since)
	l.since = now
	if took := now.Sub(l.begun); took >= loadWindow {
		l.last = float64(l.busy) / float64(took)
		l.begun, l.busy = now, 0
	}
}
