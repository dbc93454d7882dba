package store

import (
	"context"
	"fmt"
	"sync"

	"patchbay/models/store/wal"
)

// flusher has SQLite's commits flushed while the committer makes the next: it has one writer, which would stand still
// otherwise for as long as the disk takes. Nobody hears of a commit before it is flushed. nil is PostgreSQL's, which has several
// commits under way.
type flusher struct {
	log      deferrer
	batches  chan []*job // whose first has what is to be announced
	announce func([]*job)

	mu            sync.Mutex
	made, durable int64         // how many commits
	moved         chan struct{} // closed when one of them changes
	broken        chan struct{} // closed with err
	err           error
}

// deferrer is a log whose flushes can be put off: a *wal.Log.
type deferrer interface {
	Defer(on bool)
	Flush() error
	Close() error
}

// unflushedMost is how many commits wait while others are flushed.
const unflushedMost = 1

func newFlusher(log deferrer, announce func([]*job)) *flusher {
	return &flusher{
		log: log, announce: announce, batches: make(chan []*job, unflushedMost), moved: make(chan struct{}), broken: make(chan struct{}),
	}
}

// run flushes what was committed until batches is closed, all that waits at once, and answers.
func (f *flusher) run() {
	for first := range f.batches {
		waiting := [][]*job{first}
		for more := true; more; {
			select {
			case batch, ok := <-f.batches:
				if more = ok; ok {
					waiting = append(waiting, batch)
				}
			default:
				more = false
			}
		}
		err := f.log.Flush()
		if err != nil {
			f.fail(err)
		}
		err = f.failed()
		f.move(func() { f.durable += int64(len(waiting)) })
		for _, batch := range waiting {
			if err != nil {
				cancelAll(batch[0].starts)
			} else {
				f.announce(batch)
			}
			for _, j := range batch {
				j.done <- err
			}
		}
	}
}

// commit calls fn, which commits. From then on others may see what was written.
func (f *flusher) commit(fn func() error) error {
	if f == nil {
		return fn()
	}
	f.move(func() { f.made++ })
	f.log.Defer(true)
	err := fn()
	f.log.Defer(false)
	if err != nil {
		f.move(func() { f.made-- })
	}
	return err
}

// move changes what settle looks at.
func (f *flusher) move(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
	close(f.moved)
	f.moved = make(chan struct{})
}

// settle waits until what can be read by now is on disk.
func (f *flusher) settle(ctx context.Context) error {
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for goal := f.made; f.durable < min(goal, f.made) && f.err == nil; {
		moved := f.moved
		f.mu.Unlock()
		select {
		case <-moved:
		case <-ctx.Done():
		}
		f.mu.Lock()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	return f.err
}

// busy returns what is closed when there may be nothing more to flush, nil if there is nothing.
func (f *flusher) busy() <-chan struct{} {
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.durable == f.made {
		return nil
	}
	return f.moved
}

// fail makes err the answer to all that follows: what is on disk and what is not shows when the database is opened anew.
func (f *flusher) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil {
		f.err = fmt.Errorf("%w; nothing more is stored before a new start", err)
		close(f.broken)
	}
}

// failed returns why nothing is stored any more, nil if it is.
func (f *flusher) failed() error {
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

var _ deferrer = (*wal.Log)(nil)
