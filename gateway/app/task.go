package app

import (
	"context"
	"sync"
)

// task is something that a part does by itself until it is stopped or the gateway stops. A nil task does nothing.
type task struct {
	mu     sync.Mutex
	cancel context.CancelFunc // nil while it does not run
	done   chan struct{}
}

// start runs fn, unless it runs already.
func (t *task) start(ctx context.Context, wg *sync.WaitGroup, fn func(context.Context)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cancel != nil {
		return
	}
	ctx, t.cancel = context.WithCancel(ctx)
	done := make(chan struct{})
	t.done = done
	wg.Go(func() {
		defer close(done)
		fn(ctx)
	})
}

// stop ends fn and waits for it. It can be started again.
func (t *task) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cancel == nil {
		return
	}
	t.cancel()
	<-t.done
	t.cancel = nil
}

// gate counts calls that use the database, so that it is closed behind the last of them.
type gate struct {
	mu   sync.Mutex
	shut bool
	in   sync.WaitGroup
}

// enter lets a call in, which leaves by leave. It reports false when the gate is shut.
func (g *gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		return false
	}
	g.in.Add(1)
	return true
}

func (g *gate) leave() { g.in.Done() }

// close shuts the gate and waits for those inside.
func (g *gate) close() {
	g.mu.Lock()
	g.shut = true
	g.mu.Unlock()
	g.in.Wait()
}
