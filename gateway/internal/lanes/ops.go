package lanes

import (
	"context"
	"log/slog"
	"sync"
)

// Ops tells the operator of faults: each once when it begins and once when it is over. Raise and Clear never block.
type Ops struct {
	log     *slog.Logger
	metrics *Metrics
	tell    func(context.Context, string) error
	beside  func(context.Context, string) error

	mu     sync.Mutex
	faults map[string]fault
	queue  []fault
	wake   chan struct{}
}

// fault is a line to the operator.
type fault struct {
	text  string
	shown bool // the desk shows it by itself
}

// NewOps makes an Ops. tell brings one line to the operator's channel and webhook; it is called by Run alone.
func NewOps(log *slog.Logger, metrics *Metrics, tell func(context.Context, string) error) *Ops {
	return &Ops{log: log, metrics: metrics, tell: tell, beside: tell, faults: map[string]fault{}, wake: make(chan struct{}, 1)}
}

// Beside sets what brings lines to the operator that a desk shows by itself. It is called before Run; without it they go
// where the others go.
func (o *Ops) Beside(tell func(context.Context, string) error) { o.beside = tell }

// Raise tells of the fault named key, unless it is known.
func (o *Ops) Raise(key, text string) { o.raise(key, fault{text: text}, false) }

// raise is Raise, if always for a fault that is known too: it began just now, and here.
func (o *Ops) raise(key string, f fault, always bool) {
	o.mu.Lock()
	_, known := o.faults[key]
	tell := always || !known
	if tell {
		o.faults[key] = f
		o.queue = append(o.queue, f)
	}
	n := len(o.faults)
	o.mu.Unlock()
	if tell {
		o.log.Error("fault", "key", key, "text", f.text)
		o.metrics.faults(n)
		notify(o.wake)
	}
}

// Clear tells that the fault named key is over, if it is known.
func (o *Ops) Clear(key string) { o.clear(key, fault{}, false) }

// clear is Clear, if always for a fault f that is not known too: another copy told of it, or this one before a restart.
func (o *Ops) clear(key string, f fault, always bool) {
	o.mu.Lock()
	if was, known := o.faults[key]; known {
		f, always = was, true
		delete(o.faults, key)
	}
	if always {
		o.queue = append(o.queue, fault{"Over: " + f.text, f.shown})
	}
	n := len(o.faults)
	o.mu.Unlock()
	if always {
		o.log.Info("fault is over", "key", key)
		o.metrics.faults(n)
		notify(o.wake)
	}
}

// Forget forgets faults without a word: another copy finds out whether they are over.
func (o *Ops) Forget(keys ...string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, key := range keys {
		delete(o.faults, key)
	}
	o.metrics.faults(len(o.faults))
}

// know counts a fault that the operator was told of by another copy, or before a restart.
func (o *Ops) know(key string, f fault) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, known := o.faults[key]; !known {
		o.faults[key] = f
		o.metrics.faults(len(o.faults))
	}
}

// Run tells what was raised until ctx ends. A line that cannot be told is tried again, in order; the log has it in any
// case.
func (o *Ops) Run(ctx context.Context) error {
	for attempt := 0; ; {
		o.mu.Lock()
		var line fault
		if len(o.queue) > 0 {
			line = o.queue[0]
		}
		o.mu.Unlock()
		if line.text == "" {
			if !sleep(ctx, trimEvery, o.wake) {
				return nil
			}
			continue
		}
		tell := o.tell
		if line.shown {
			tell = o.beside
		}
		if err := tell(ctx, line.text); err != nil && attempt < opsTries {
			attempt++
			if !sleep(ctx, backoffOf(attempt), nil) {
				return nil
			}
			continue
		}
		attempt = 0
		o.mu.Lock()
		o.queue = o.queue[1:]
		o.mu.Unlock()
	}
}

// opsTries is how often one line to the operator is tried, about ten minutes.
const opsTries = 14
