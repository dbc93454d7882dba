package chaos_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// balancer stands before the copies as a load balancer does: calls go to those that /readyz says are ready, in turn. It
// sees every call with its answer, so it knows what was accepted, and it can bring a call twice, late, or lose an answer.
type balancer struct {
	book   *ledger
	copies []*backend
	client *http.Client
	server *http.Server
	url    string
	wg     sync.WaitGroup
	ctx    context.Context // of what it does by itself
	cancel context.CancelFunc
	turn   atomic.Int64
	calls  atomic.Int64

	// Every so many calls something happens; 0 is never.
	twice, late, lost atomic.Int64
}

// backend is one copy.
type backend struct {
	address string
	up      atomic.Bool
}

const (
	checkEvery  = 50 * time.Millisecond
	checkWithin = time.Second
	// callWithin is how long the balancer waits for a copy's answer.
	callWithin = 2 * time.Second
	// lateBy is how much later a call comes again.
	lateBy = 300 * time.Millisecond
)

// newBalancer starts a balancer on a free port.
func newBalancer(book *ledger, addresses []string) (*balancer, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b := &balancer{book: book, url: "http://" + l.Addr().String(), client: &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute},
	}}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	for _, a := range addresses {
		c := &backend{address: a}
		b.copies = append(b.copies, c)
		b.wg.Go(func() { b.watch(c) })
	}
	b.server = &http.Server{Handler: b, ReadHeaderTimeout: 10 * time.Second}
	b.wg.Go(func() { _ = b.server.Serve(l) })
	return b, nil
}

func (b *balancer) close() {
	b.cancel()
	_ = b.server.Close()
	b.wg.Wait()
	b.client.CloseIdleConnections()
}

// watch keeps up what /readyz says of a copy.
func (b *balancer) watch(c *backend) {
	_ = poll(b.ctx, checkEvery, func() bool {
		ctx, cancel := context.WithTimeout(b.ctx, checkWithin)
		defer cancel()
		status, _, err := fetch(ctx, c.address+"/readyz")
		c.up.Store(err == nil && status == http.StatusOK)
		return false
	})
}

// pick returns the copies to try, the one whose turn it is first.
func (b *balancer) pick() (ready []*backend) {
	turn := int(b.turn.Add(1))
	for i := range b.copies {
		if c := b.copies[(turn+i)%len(b.copies)]; c.up.Load() {
			ready = append(ready, c)
		}
	}
	return ready
}

// reply is a copy's answer.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (b *balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 8<<20))
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	n := b.calls.Add(1)
	every := func(k *atomic.Int64) bool { return k.Load() > 0 && n%k.Load() == 0 }
	if every(&b.late) {
		b.again(r, body)
	}
	var second chan reply
	if every(&b.twice) {
		second = make(chan reply, 1)
		b.wg.Go(func() { second <- b.forward(b.ctx, r, body) })
	}
	got := b.forward(r.Context(), r, body)
	if second != nil {
		<-second
	}
	if every(&b.lost) {
		panic(http.ErrAbortHandler) // how net/http is told to cut the line
	}
	maps.Copy(w.Header(), got.header)
	w.WriteHeader(got.status)
	_, _ = w.Write(got.body)
}

// again brings a call once more after a while, whatever comes of it.
func (b *balancer) again(r *http.Request, body []byte) {
	b.wg.Go(func() {
		timer := time.NewTimer(lateBy)
		defer timer.Stop()
		select {
		case <-b.ctx.Done():
		case <-timer.C:
			b.forward(b.ctx, r, body)
		}
	})
}

// forward brings a call to a copy, and to the next one only if nothing can have reached the first.
func (b *balancer) forward(ctx context.Context, r *http.Request, body []byte) reply {
	for _, c := range b.pick() {
		got, err := b.call(ctx, c, r, body)
		if err == nil {
			b.note(r, got, body)
			return got
		}
		if op, ok := errors.AsType[*net.OpError](err); !ok || op.Op != "dial" {
			return reply{status: http.StatusBadGateway}
		}
	}
	return reply{status: http.StatusServiceUnavailable}
}

func (b *balancer) call(ctx context.Context, c *backend, r *http.Request, body []byte) (got reply, err error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, r.Method, c.address+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return got, err
	}
	req.Header = r.Header.Clone()
	resp, err := b.client.Do(req)
	if err != nil {
		return got, err
	}
	defer resp.Body.Close()
	got = reply{status: resp.StatusCode, header: resp.Header.Clone()}
	got.header.Del("Content-Length")
	got.body, err = io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return got, err
}

// note writes down what was accepted: customers' messages at a channel, agents' at the desk.
func (b *balancer) note(r *http.Request, got reply, body []byte) {
	if got.status/100 != 2 || r.Method != http.MethodPost {
		return
	}
	from := customer
	if strings.HasPrefix(r.URL.Path, "/slack/") {
		from = agent
	}
	for _, m := range marksIn(string(body)) {
		if m.side == from {
			b.book.accept(m)
		}
	}
}

var _ http.Handler = (*balancer)(nil)
