package bench

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// bodyMost is how much of a call a stand-in reads.
const bodyMost = 1 << 20

// customers is the customer's system: it has the chats, and takes what the gateway posts to send_url.
type customers struct {
	ledger atomic.Pointer[ledger]
	url    string
	close  func()
}

// startCustomers listens on the loopback.
func startCustomers() (*customers, error) {
	c := &customers{}
	address, stop, err := serve(http.HandlerFunc(c.take))
	if err != nil {
		return nil, err
	}
	c.url, c.close = "http://"+address+"/messages", stop
	return c, nil
}

// take hears a message of the gateway's.
func (c *customers) take(w http.ResponseWriter, r *http.Request) {
	var p struct {
		Type   string `json:"type"`
		Chat   struct{ ID string }
		Author struct{ Kind string }
		Text   string `json:"text"`
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, bodyMost))
	if err != nil || json.Unmarshal(body, &p) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
	if l := c.ledger.Load(); l != nil && p.Type == "message" {
		l.heard(r.Header.Get("webhook-id"), p.Chat.ID, p.Author.Kind, p.Text)
	}
}

// serve serves a handler on a port of the loopback of its own, until stop is called.
func serve(h http.Handler) (address string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: callWithin}
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			_ = l.Close()
		}
	})
	return l.Addr().String(), func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if s.Shutdown(ctx) != nil {
			_ = s.Close()
		}
		wg.Wait()
	}, nil
}
