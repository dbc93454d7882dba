package slacktest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// The workspace that New makes: a channel that the app is a member of, and two full members.
const (
	Team    = "T0ACME0001"
	App     = "A0DESK0001"
	BotUser = "U0DESKBOT1"
	Bot     = "B0DESKBOT1"
	BotName = "patchbay"

	Support = "C0SUPPORT1"  // #support
	Ana     = "U0AGENT0001" // Ana Silva, displayed as Ana
	Ben     = "U0AGENT0002" // Ben Okoye, displayed as Ben

	// What opens nothing but this stand-in.
	BotToken      = "xoxb-0000-slacktest"
	AppToken      = "xapp-1-slacktest"
	SigningSecret = "c0ffee00112233445566778899aabbcc"
)

// Options change what New makes. The zero value is a strict Slack that delivers over HTTP.
type Options struct {
	Socket   bool            // Socket Mode is on: nothing goes to HTTP
	Unpaced  bool            // no rate limits
	Rates    Rates           // other rate limits than Slack's
	Retries  []time.Duration // pauses before an event is delivered again; nil is Slack's: none, 1 m, 5 m
	Ack      time.Duration   // how long an answer may take; 0 is Slack's 3 s. A longer one makes triggers good for as long
	Ping     time.Duration   // how often a socket is pinged; 0 is 10 s
	Scopes   []string        // what the app was granted; nil is everything that is known here
	Unthread bool            // a reply to a deleted root goes to the top of the channel, instead of failing
	Outsider bool            // the app is sold outside the marketplace: it reads one page a minute, of 15 messages
	Now      func() time.Time
	Listener net.Listener // where it is called; nil is a free port of the loopback
}

// Server is a Slack of its own. It may be used by many goroutines at once. Close ends it.
type Server struct {
	opts   Options
	url    string
	server *http.Server
	ctx    context.Context // ends with Close; the server's own goroutines live in it
	stop   context.CancelFunc
	wg     sync.WaitGroup
	client *http.Client

	mu       sync.Mutex
	changed  chan struct{} // closed and made anew with each change
	channels map[string]*channel
	members  map[string]*Member
	whispers []*whisper
	urls     map[string]string
	sockets  []*socket
	tickets  map[string]bool
	waiting  map[string]chan []byte // acks by envelope id
	acks     []string
	answers  map[string]*responseURL
	uploads  map[string]*upload
	faults   []*Fault
	calls    map[string]int
	args     map[string]url.Values
	buckets  map[string]*bucket
	recent   map[string][]time.Time // calls of the last minute, by method
	triggers map[string]*trigger
	views    map[string]*view // modals that are open, by id
	homes    map[string]*view // by member
	scopes   []string
	silent   bool // no X-OAuth-Scopes
	outage   bool
	outbox   []delivery
	pending  int // deliveries that are not at their end
	last     int64
	serial   int
}

// New starts a server on a free port of the loopback.
func New(opts Options) (*Server, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Retries == nil {
		opts.Retries = []time.Duration{0, time.Minute, 5 * time.Minute}
	}
	if opts.Ack == 0 {
		opts.Ack = 3 * time.Second
	}
	if opts.Ping == 0 {
		opts.Ping = 10 * time.Second
	}
	if opts.Scopes == nil {
		opts.Scopes = allScopes()
	}
	l := opts.Listener
	if l == nil {
		var err error
		if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return nil, fmt.Errorf("slacktest: %w", err)
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Server{
		opts: opts, url: "http://" + l.Addr().String(), ctx: ctx, stop: stop,
		client:   &http.Client{Timeout: opts.Ack, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		changed:  make(chan struct{}),
		channels: make(map[string]*channel),
		members:  make(map[string]*Member),
		urls:     make(map[string]string),
		tickets:  make(map[string]bool),
		waiting:  make(map[string]chan []byte),
		answers:  make(map[string]*responseURL),
		uploads:  make(map[string]*upload),
		calls:    make(map[string]int),
		args:     make(map[string]url.Values),
		buckets:  make(map[string]*bucket),
		recent:   make(map[string][]time.Time),
		triggers: make(map[string]*trigger),
		views:    make(map[string]*view),
		homes:    make(map[string]*view),
		scopes:   opts.Scopes,
	}
	s.AddMember(Member{ID: BotUser, Name: BotName, RealName: "Patchbay", Bot: true})
	s.AddMember(Member{ID: Ana, Name: "ana", RealName: "Ana Silva", DisplayName: "Ana"})
	s.AddMember(Member{ID: Ben, Name: "ben", RealName: "Ben Okoye", DisplayName: "Ben"})
	s.AddChannel(Channel{ID: Support, Name: "support"})
	s.server = &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	s.wg.Go(func() { _ = s.server.Serve(l) })
	s.wg.Go(s.deliver)
	return s, nil
}

// URL returns the server's address without a slash at the end.
func (s *Server) URL() string { return s.url }

// APIURL returns the address of the Web API, as a desk's api_url wants it.
func (s *Server) APIURL() string { return s.url + "/api/" }

// Close ends the server, its sockets and its deliveries, and waits for them.
func (s *Server) Close() error {
	s.stop()
	s.DropSockets()
	err := s.server.Close()
	s.wg.Wait()
	s.client.CloseIdleConnections()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/{method}", s.serveAPI)
	mux.HandleFunc("GET /api/{method}", s.serveAPI)
	mux.HandleFunc("GET /link", s.serveSocket)
	mux.HandleFunc("POST /response/{id}", s.serveResponse)
	mux.HandleFunc("POST /upload/v1/{id}", s.serveUpload)
	mux.HandleFunc("GET /files-pri/{id}/download/{name}", s.serveFile)
	mux.HandleFunc("GET /files-pri/{id}/{name}", s.serveFile)
	return mux
}

// touch tells those who wait that something changed. The lock is held.
func (s *Server) touch() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// Wait blocks until done returns true, which it is asked again after each change of anything here.
func (s *Server) Wait(ctx context.Context, done func() bool) error {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if done() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("slacktest: %w", context.Cause(ctx))
		case <-s.ctx.Done():
			return errors.New("slacktest: closed")
		}
	}
}

// stamp returns a new ts, later than all before. The lock is held.
func (s *Server) stamp() string {
	s.last = max(s.last+1, s.opts.Now().UnixMicro())
	return fmt.Sprintf("%d.%06d", s.last/1_000_000, s.last%1_000_000)
}

// next returns a new number for ids. The lock is held.
func (s *Server) next() int {
	s.serial++
	return s.serial
}
