package whatsapptest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// deliveries is how many calls of the webhook are under way at once, at most.
const deliveries = 64

// Delivery is a call of the webhook that was accepted.
type Delivery struct {
	Body  []byte
	Tries int // 1 if it was accepted at once

	ids []string
}

// delivery is a call of the webhook that is to be made until it is accepted.
type delivery struct {
	events []event
	queue  string
	done   chan struct{} // closed when it was accepted
	last   error         // of the last try; under mu
}

// Hold keeps what happens from now on, until Release delivers all of it in one call.
func (s *Server) Hold() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holding = true
}

// Release delivers what was held, as one batch, and waits until it is accepted.
func (s *Server) Release(ctx context.Context) error {
	s.mu.Lock()
	s.holding = false
	batch := &delivery{queue: "batch", done: make(chan struct{})}
	held := s.held
	for _, d := range held {
		batch.events = append(batch.events, d.events...)
	}
	s.held = nil
	if len(held) > 0 {
		s.enqueue(batch)
		s.pending -= len(held)
	}
	s.mu.Unlock()
	if len(held) == 0 {
		return nil
	}
	err := s.wait(ctx, batch)
	if err == nil {
		for _, d := range held {
			close(d.done)
		}
	}
	return err
}

// Redeliver delivers again the call that told of the message or status with this id, as the platform does when it did
// not see the answer.
func (s *Server) Redeliver(ctx context.Context, id string) error {
	s.mu.Lock()
	var body []byte
	callback := s.callback
	for _, d := range s.deliveries {
		if slices.Contains(d.ids, id) {
			body = d.Body
		}
	}
	s.mu.Unlock()
	if body == nil {
		return errors.New("whatsapptest: no delivery of that id was accepted")
	}
	return s.post(ctx, callback, body)
}

// Deliveries returns the calls of the webhook that were accepted.
func (s *Server) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.deliveries)
}

// Idle waits until every delivery was accepted. What is held does not count.
func (s *Server) Idle(ctx context.Context) error {
	return s.Wait(ctx, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.pending == len(s.held)
	})
}

// Report tells the webhook of an error that belongs to the number and to no message.
func (s *Server) Report(ctx context.Context, code int) error {
	s.mu.Lock()
	n := s.numbers[s.opts.PhoneNumberID]
	s.mu.Unlock()
	return s.wait(ctx, s.deliver(event{number: n, queue: "number", fault: map[string]any{
		"code": code, "title": title(code), "message": title(code), "error_data": map[string]any{"details": title(code)},
	}}))
}

// Tell sends the webhook a value as it is, under any field.
func (s *Server) Tell(ctx context.Context, field string, value map[string]any) error {
	s.mu.Lock()
	n := s.numbers[s.opts.PhoneNumberID]
	s.mu.Unlock()
	return s.wait(ctx, s.deliver(event{number: n, queue: "number", field: field, value: value}))
}

// deliver puts e in its queue.
func (s *Server) deliver(e event) *delivery {
	d := &delivery{events: []event{e}, queue: e.queue, done: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holding {
		s.pending++
		s.held = append(s.held, d)
		return d
	}
	s.enqueue(d)
	return d
}

// enqueue starts d, behind those of its queue. The caller holds mu.
func (s *Server) enqueue(d *delivery) {
	if s.ctx.Err() != nil {
		return
	}
	s.pending++
	if s.opts.Overtake {
		s.wg.Go(func() { s.run(d) })
		return
	}
	s.queues[d.queue] = append(s.queues[d.queue], d)
	if len(s.queues[d.queue]) == 1 {
		s.wg.Go(func() { s.drain(d.queue) })
	}
}

// drain delivers what is in a queue, until it is empty.
func (s *Server) drain(queue string) {
	for {
		s.mu.Lock()
		if len(s.queues[queue]) == 0 {
			delete(s.queues, queue)
			s.mu.Unlock()
			return
		}
		d := s.queues[queue][0]
		s.mu.Unlock()
		if !s.run(d) {
			return
		}
		s.mu.Lock()
		s.queues[queue] = s.queues[queue][1:]
		s.mu.Unlock()
	}
}

// run calls the webhook until it accepts d; false if the server closed first.
func (s *Server) run(d *delivery) bool {
	body := s.body(d.events)
	for tries := 1; ; tries++ {
		select {
		case s.slots <- struct{}{}:
		case <-s.ctx.Done():
			return false
		}
		callback, _ := s.subscribed()
		err := s.post(s.ctx, callback, body)
		<-s.slots
		s.mu.Lock()
		d.last = err
		if err == nil {
			accepted := Delivery{Body: body, Tries: tries}
			for _, e := range d.events {
				accepted.ids = append(accepted.ids, e.id)
			}
			s.deliveries = append(s.deliveries, accepted)
			s.pending--
		}
		s.change()
		s.mu.Unlock()
		if err == nil {
			close(d.done)
			return true
		}
		if !s.pause(tries, callback) {
			return false
		}
	}
}

// pause waits before the next try. Another callback than the one that was tried ends it at once, also one that came
// while the try was under way. It returns false if the server closed.
func (s *Server) pause(tries int, tried string) bool {
	timer := time.NewTimer(s.opts.Redeliver(tries))
	defer timer.Stop()
	for {
		callback, changed := s.subscribed()
		if callback != tried {
			return true
		}
		select {
		case <-timer.C:
			return true
		case <-s.ctx.Done():
			return false
		case <-changed:
		}
	}
}

// wait waits until d was accepted.
func (s *Server) wait(ctx context.Context, d *delivery) error {
	why := http.ErrServerClosed
	select {
	case <-d.done:
		return nil
	case <-ctx.Done():
		why = ctx.Err()
	case <-s.ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Errorf("whatsapptest: not accepted: %w", errors.Join(d.last, why))
}
