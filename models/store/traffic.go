package store

import "sync"

// freely is how many commits PostgreSQL has under way before a small one waits for company: one for the disk, and one that
// is made meanwhile. The fewer there are, the less the server has to do.
const freely = 2

// traffic counts commits under way.
type traffic struct {
	mu    sync.Mutex
	n     int
	ended chan struct{} // closed when one of them ends; nil while nobody waits
}

func (t *traffic) begin() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n++
}

func (t *traffic) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n--
	if t.ended != nil {
		close(t.ended)
		t.ended = nil
	}
}

// busy returns what is closed when a commit ends, nil if another may begin, small as it is.
func (t *traffic) busy() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n < freely {
		return nil
	}
	if t.ended == nil {
		t.ended = make(chan struct{})
	}
	return t.ended
}
