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

	mu     sync.Mutex
	faults map[string]string
	queue  []string
	wake   chan struct{}
}

// NewOps makes an Ops. tell brings one line to the operator's channel and webhook; it is called by Run alone.
func NewOps(log *slog.Logger, metrics *Metrics, tell func(context.Context, string) error) *Ops {
	return &Ops{log: log, metrics: metrics, tell: tell, faults: map[string]string{}, wake: make(chan struct{}, 1)}
}

// Raise tells of the fault named key, unless it is known.
func (o *Ops) Raise(key, text string) {
	o.mu.Lock()
	_, known := o.faults[key]
	if !known {
		o.faults[key] = text
		o.queue = append(o.queue, text)
	}
	n := len(o.faults)
	o.mu.Unlock()
	if !known {
		o.log.Error("fault", "key", key, "text", text)
		o.metrics.faults(n)
		notify(o.wake)
	}
}

// Clear tells that the fault named key is over, if it is known.
func (o *Ops) Clear(key string) {
	o.mu.Lock()
	text, known := o.faults[key]
	if known {
		delete(o.faults, key)
		o.queue = append(o.queue, "Over: "+text)
	}
	n := len(o.faults)
	o.mu.Unlock()
	if known {
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

// Run tells what was raised until ctx ends. A line that cannot be told is tried again, in order; the log has it in any
// case.
func (o *Ops) Run(ctx context.Context) error {
	for attempt := 0; ; {
		o.mu.Lock()
		line := ""
		if len(o.queue) > 0 {
			line = o.queue[0]
		}
		o.mu.Unlock()
		if line == "" {
			if !sleep(ctx, trimEvery, o.wake) {
				return nil
			}
			continue
		}
		if err := o.tell(ctx, line); err != nil && attempt < opsTries {
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
