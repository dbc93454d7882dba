package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// load is what the connections do. Each of them does one thing after the other.
type load struct {
	address     string
	connections int
	warm        time.Duration // is not counted
	span        time.Duration // is; 0 is one step a connection
	every       time.Duration // how far apart all connections together begin; 0 is as fast as they can
	// step returns what a connection does: one message and all that is waited for. It is called once a connection, and
	// what it returns by that connection alone.
	step func(connection int, w *wire) func(ctx context.Context) (refused int, err error)
}

// run puts the load on and returns the figures. What is done counts when it was begun and ended within the span. With a
// fixed pace the time counts from when a step was due, so that a stall is seen in all the steps it delays.
func (l load) run(ctx context.Context) (figures, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	start := time.Now()
	begin := start.Add(l.warm)
	end := begin.Add(l.span)
	var mu sync.Mutex
	var took []time.Duration
	refused := 0
	var wg sync.WaitGroup
	for i := range l.connections {
		wg.Go(func() {
			t, r, err := l.work(ctx, i, start, begin, end)
			if err != nil {
				cancel(err)
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, t...)
			refused += r
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return figures{}, err
	}
	return figuresOf(took, l.span, refused), nil
}

// work is one connection's part.
func (l load) work(ctx context.Context, i int, start, begin, end time.Time) (took []time.Duration, refused int, err error) {
	w, err := dial(ctx, l.address)
	if err != nil {
		return nil, 0, err
	}
	defer w.close()
	step := l.step(i, w)
	due := start.Add(time.Duration(i) * l.every)
	for {
		at := time.Now()
		if l.every > 0 {
			if err := until(ctx, due); err != nil {
				return took, refused, err
			}
			at = due
			due = due.Add(time.Duration(l.connections) * l.every)
		}
		if l.span > 0 && at.After(end) {
			return took, refused, nil
		}
		r, err := step(ctx)
		if err != nil {
			return took, refused, err
		}
		if l.span == 0 {
			return took, r, nil
		}
		if done := time.Now(); !at.Before(begin) && !done.After(end) {
			took = append(took, done.Sub(at))
			refused += r
		}
	}
}

// until waits for an instant.
func until(ctx context.Context, at time.Time) error {
	wait := time.Until(at)
	if wait <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// deliver calls until the gateway has taken the request, as a platform does: what was answered 503 comes again.
func (w *wire) deliver(ctx context.Context, request []byte, want int) (refused int, err error) {
	for {
		status, err := w.call(request)
		switch {
		case ctx.Err() != nil:
			return refused, context.Cause(ctx)
		case err != nil:
			return refused, fmt.Errorf("call: %w", err)
		case status == want:
			return refused, nil
		case status != http.StatusServiceUnavailable:
			return refused, fmt.Errorf("call: answered %d", status)
		case refused >= refusedMost:
			return refused, errors.New("call: answered 503 again and again")
		}
		refused++
		if err := until(ctx, time.Now().Add(refusedWait)); err != nil {
			return refused, err
		}
	}
}

const (
	refusedMost = 100
	refusedWait = 100 * time.Millisecond
)
