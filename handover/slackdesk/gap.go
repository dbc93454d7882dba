package slackdesk

import (
	"sync"
	"time"
)

// line is the time in which connections of Socket Mode are open, so that a gap is seen.
type line struct {
	mu    sync.Mutex
	open  int
	until time.Time // when something last came on any of them
}

// opened counts a connection that works from now on. It returns since when there may have been none: zero if there was one
// until now, or never one before.
func (l *line) opened() (missed time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open == 0 {
		missed = l.until
	}
	l.open++
	l.until = time.Now()
	return missed
}

// connected reports whether a connection works.
func (l *line) connected() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open > 0
}

// came notes that something came.
func (l *line) came() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.until = time.Now()
}

// closed counts a connection out.
func (l *line) closed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
}
