// Package webhooktest is a stand-in for a customer's system at the other end of a webhook channel: a real HTTP server on
// loopback that takes signed posts as such a system should, and the customers who write from it.
//
// It is for tests, the demo and the command send, so it does not import testing. It reads posts strictly: a field that
// the protocol does not have is refused.
package webhooktest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"patchbay/channels/standardwebhooks"
	"patchbay/models"
)

// DefaultSecret is a secret that nobody uses for anything else.
const DefaultSecret = "whsec_d2ViaG9va3Rlc3Qtbm90LWEtcmVhbC1zZWNyZXQ="

// Config describes the stand-in. The zero value listens on a free port and signs with DefaultSecret.
type Config struct {
	Secret string // default DefaultSecret
	Addr   string // to listen on. Default 127.0.0.1:0
	Path   string // of the address that takes posts. Default /messages
	// NoIDs makes the system answer without ids of its own.
	NoIDs bool
	// Now is the clock. Default time.Now.
	Now func() time.Time
}

// Server is a running stand-in. Its methods may be called by many goroutines at once.
type Server struct {
	*Sender

	conf   Config
	keys   *standardwebhooks.Keys
	url    string
	http   *http.Server
	ctx    context.Context // ends calls that hang; Close cancels it
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu      sync.Mutex
	changed chan struct{} // closed, and replaced, at each change
	calls   int
	refused int
	broken  []string
	posts   []Post
	repeats int
	answers map[string]answer // by webhook-id
	faults  []*planned
	chats   map[string][]Message
	given   int
	files   map[string]File // by path
}

// Start starts a stand-in. The caller closes it.
func Start(c Config) (*Server, error) {
	if c.Secret == "" {
		c.Secret = DefaultSecret
	}
	if c.Addr == "" {
		c.Addr = "127.0.0.1:0"
	}
	if c.Path == "" {
		c.Path = "/messages"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	sender, err := NewSender(c.Secret, c.Now)
	if err != nil {
		return nil, err
	}
	keys, err := standardwebhooks.Parse(models.Secrets{models.NewSecret(c.Secret)})
	if err != nil {
		return nil, fmt.Errorf("webhooktest: secret: %w", err)
	}
	l, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return nil, fmt.Errorf("webhooktest: %w", err)
	}
	s := &Server{
		Sender: sender, conf: c, keys: keys, url: "http://" + l.Addr().String() + c.Path,
		changed: make(chan struct{}), answers: map[string]answer{}, chats: map[string][]Message{},
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.http = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: 10 * time.Second}
	s.work.Go(func() { _ = s.http.Serve(l) })
	return s, nil
}

// URL returns the address that takes posts: the channel's send_url.
func (s *Server) URL() string { return s.url }

// Secret returns the secret that both sides sign with.
func (s *Server) Secret() string { return s.conf.Secret }

// Close stops the server and ends what hangs.
func (s *Server) Close() error {
	s.cancel()
	err := s.http.Close()
	s.work.Wait()
	s.Sender.Close()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// Calls returns how many calls came, whatever became of them.
func (s *Server) Calls() int { return locked(s, func() int { return s.calls }) }

// Refused returns how many calls were not signed as they should be.
func (s *Server) Refused() int { return locked(s, func() int { return s.refused }) }

// Broken returns what was wrong with signed posts that break the protocol. It should be empty.
func (s *Server) Broken() []string {
	return locked(s, func() []string { return append([]string(nil), s.broken...) })
}

// Posts returns the posts that were taken, in order, each once.
func (s *Server) Posts() []Post {
	return locked(s, func() []Post { return append([]Post(nil), s.posts...) })
}

// Repeats returns how many posts came again with the webhook-id of one that was taken.
func (s *Server) Repeats() int { return locked(s, func() int { return s.repeats }) }

// Chat returns what the customer of a chat sees now, in order.
func (s *Server) Chat(id string) []Message {
	return locked(s, func() []Message { return append([]Message(nil), s.chats[id]...) })
}

// Wait returns when ok does, which is asked anew at each change, or with an error when ctx ends.
func (s *Server) Wait(ctx context.Context, ok func() bool) error {
	for {
		changed := locked(s, func() chan struct{} { return s.changed })
		if ok() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("webhooktest: wait: %w", ctx.Err())
		}
	}
}

// WaitFor returns when the customer of a chat sees the text.
func (s *Server) WaitFor(ctx context.Context, chat, text string) error {
	return s.Wait(ctx, func() bool {
		for _, m := range s.Chat(chat) {
			if m.Text == text && !m.Deleted {
				return true
			}
		}
		return false
	})
}

// locked returns what f does while nothing changes.
func locked[T any](s *Server, f func() T) T {
	s.mu.Lock()
	defer s.mu.Unlock()
	return f()
}

// stir wakes everybody who waits. s.mu is held.
func (s *Server) stir() {
	close(s.changed)
	s.changed = make(chan struct{})
}
