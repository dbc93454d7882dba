package lanes

import (
	"context"
	"errors"
	"sync"

	"patchbay/models/store"
)

// errLetGo fails a transaction for which nobody waits any more.
var errLetGo = errors.New("nobody waits for this write any more")

// leash holds a function that the store runs. When time is over, the store returns although it may run the function later, or
// is about to. Whoever goes on then with what the function gives him, and handles its entry once more, lets go of it first.
type leash struct {
	mu   sync.Mutex
	gone bool
}

// run runs fn, unless it was let go of.
func (l *leash) run(fn func() error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gone {
		return errLetGo
	}
	return fn()
}

// letGo returns when fn does not run, and will not.
func (l *leash) letGo() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gone = true
}

// writeFor is the store's, for a function that does not run any more when writeFor has returned.
func writeFor(ctx context.Context, s *store.Store, need store.Need, fn func(*store.Tx) error) error {
	var l leash
	defer l.letGo()
	return s.WriteFor(ctx, need, func(tx *store.Tx) error {
		return l.run(func() error { return fn(tx) })
	})
}
