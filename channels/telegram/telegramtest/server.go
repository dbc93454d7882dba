// Package telegramtest is a stand-in for Telegram: a real HTTP server on loopback that answers as the Bot API server
// does, with its checks, limits, rates and errors, and the customers who use the app on the other side.
//
// It is for tests and for the demo, so it does not import testing. It behaves as the public documentation at
// https://core.telegram.org/bots/api and the source at https://github.com/tdlib/telegram-bot-api say; like a Bot API
// server of one's own it also calls webhooks by http and on loopback.
package telegramtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Config describes the stand-in. The zero value is a bot with the platform's rates.
type Config struct {
	Token    string // default DefaultToken
	Name     string // the bot's. Default "Acme Support"
	Username string // the bot's. Default "acme_support_bot"

	// Rate is how many messages a second the bot may send. 0 is the platform's 30, a negative one is no limit.
	Rate float64
	// ChatRate is how many messages a second it may send in one chat, after a burst of ChatBurst. 0 is the platform's 1
	// and a burst of 5, a negative one is no limit.
	ChatRate  float64
	ChatBurst int

	// Redeliver is the pause before a webhook call is made for the third time; it doubles from there up to thirty times
	// it. The second call comes at once. Default 2 s.
	Redeliver time.Duration
	// Expire is how long a pressed button waits for its answer. Default 15 min.
	Expire time.Duration
	// Now is the clock. Default time.Now.
	Now func() time.Time
}

// DefaultToken is the token of a bot that exists nowhere else.
const DefaultToken = "7001112223:AAF-telegramtest-not-a-real-token-0"

// Server is a running stand-in. Its methods may be called by many goroutines at once.
type Server struct {
	conf   Config
	id     int64 // the bot's
	url    string
	http   *http.Server
	client *http.Client    // calls the webhook
	ctx    context.Context // of all that the server has started; Close ends it
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu       sync.Mutex
	closed   bool
	changed  chan struct{} // closed, and replaced, at each change
	calls    []Call
	faults   []*planned
	chats    map[int64]*chat
	messages int // the last message_id
	updates  int64
	pending  []*update
	allowed  []string // nil is the default
	poll     *poll
	hook     hook
	queries  map[string]*query
	commands map[string]string // by scope and language
	files    map[string][]byte
	uploads  map[string]File // that came and are not sent yet
	serial   int             // of uploads
	account  bucket
}

// Call is one call of the Bot API that the server got.
type Call struct {
	Method string
	Params map[string]string // what is no string is its JSON
	At     time.Time
}

// Start starts a stand-in on a free port of the loopback interface. The caller closes it.
func Start(c Config) (*Server, error) {
	c = c.withDefaults()
	number, _, _ := strings.Cut(c.Token, ":")
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return nil, errors.New("telegramtest: the token must start with the bot's number and a colon")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("telegramtest: %w", err)
	}
	s := &Server{
		conf:     c,
		id:       id,
		url:      "http://" + l.Addr().String(),
		changed:  make(chan struct{}),
		chats:    map[int64]*chat{},
		updates:  900_000_000,
		queries:  map[string]*query{},
		commands: map[string]string{},
		files:    map[string][]byte{},
		uploads:  map[string]File{},
		account:  bucket{rate: c.Rate, burst: int(max(c.Rate, 1))},
		client: &http.Client{
			Timeout:       time.Minute,
			Transport:     &http.Transport{Proxy: nil, MaxIdleConnsPerHost: 100, IdleConnTimeout: time.Minute},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.http = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: 10 * time.Second}
	s.work.Go(func() { _ = s.http.Serve(l) })
	return s, nil
}

func (c Config) withDefaults() Config {
	or := func(s *string, value string) {
		if *s == "" {
			*s = value
		}
	}
	or(&c.Token, DefaultToken)
	or(&c.Name, "Acme Support")
	or(&c.Username, "acme_support_bot")
	if c.Rate == 0 {
		c.Rate = 30
	}
	if c.ChatRate == 0 {
		c.ChatRate = 1
	}
	if c.ChatBurst <= 0 {
		c.ChatBurst = 5
	}
	if c.Redeliver <= 0 {
		c.Redeliver = 2 * time.Second
	}
	if c.Expire <= 0 {
		c.Expire = 15 * time.Minute
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// URL returns the address of the server: the api_url of a section.
func (s *Server) URL() string { return s.url }

// Token returns the bot's token.
func (s *Server) Token() string { return s.conf.Token }

// Username returns the bot's username, without the @.
func (s *Server) Username() string { return s.conf.Username }

// Close stops the server, ends what is under way and waits for it.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	err := s.http.Close()
	s.work.Wait()
	s.client.CloseIdleConnections()
	return err
}

// Calls returns the calls of method that came so far, oldest first; "" is any method.
func (s *Server) Calls(method string) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	var calls []Call
	for _, c := range s.calls {
		if method == "" || strings.EqualFold(c.Method, method) {
			calls = append(calls, c)
		}
	}
	return calls
}

// Wait waits until ok, which is asked again after each thing that happens on the server. It returns the error of ctx if
// that ends first.
func (s *Server) Wait(ctx context.Context, ok func() bool) error {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if ok() {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

// stir tells all who wait that something has changed. The caller holds mu.
func (s *Server) stir() {
	close(s.changed)
	s.changed = make(chan struct{})
}
