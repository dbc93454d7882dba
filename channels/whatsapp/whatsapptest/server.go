package whatsapptest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Options are what a Server plays. The zero value is a working account.
type Options struct {
	Addr string // to listen on. Default: a free port of 127.0.0.1

	Version         string // of the Graph API. Default: "v25.0"
	PhoneNumberID   string // Default: "440000000000002"
	Number          string // the number itself. Default: "15550100200"
	Name            string // of the business. Default: "Acme"
	BusinessAccount string // Default: "330000000000001"
	AppID           string // Default: "220000000000003"
	AccessToken     string // Default: "EAAfake"
	AppSecret       string // Default: "0123456789abcdef0123456789abcdef"
	VerifyToken     string // Default: "verify-fake"

	Throughput float64       // messages a second for a number. Default: 80
	PairEvery  time.Duration // one message to one user in this time. Default: 6 s
	PairBurst  int           // messages to one user at once. Default: 45

	Statuses   []string // of a message that arrives, in this order. Default: sent, delivered, read
	LateWindow bool     // a message outside the 24 hours is taken and fails later, not at once
	Early      bool     // a message's first status is delivered before the call that sent it is answered
	Overtake   bool     // later events overtake one that the webhook has not accepted yet

	// Redeliver is how long to wait after the given number of deliveries in vain. Default: 100 ms, doubling up to 5 s.
	Redeliver func(tries int) time.Duration
	// Now is the clock of windows, rates and timestamps. Default: time.Now. Advance moves it on.
	Now func() time.Time
}

// Server is the platform. It is used by many goroutines at once.
type Server struct {
	opts   Options
	base   string
	http   *http.Server
	client *http.Client
	ctx    context.Context // of the server's own goroutines: it ends in Close, not with any call
	cancel context.CancelFunc
	wg     sync.WaitGroup
	slots  chan struct{} // bounds the deliveries under way
	seed   string        // in all ids, so that no other Server gives out the same

	mu         sync.Mutex
	changed    chan struct{} // closed at each change
	shift      time.Duration
	callback   string
	token      Token
	numbers    map[string]*number // by id
	users      []*User
	media      map[string]Media
	apps       map[string]bool // subscribed to the business account
	templates  []Template
	calls      []Call
	faults     []Fault
	statuses   []string
	queues     map[string][]*delivery
	pending    int
	holding    bool
	held       []*delivery
	deliveries []Delivery
	count      int // of ids that were given out
}

// number is one of the account's numbers.
type number struct {
	id, display string
	fields      map[string]any // as SetField has them
	throughput  bucket
	pairs       map[string]*bucket
}

// Start starts a Server. The caller closes it.
func Start(o Options) (*Server, error) {
	o = o.filled()
	listener, err := net.Listen("tcp", o.Addr)
	if err != nil {
		return nil, fmt.Errorf("whatsapptest: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{
		opts:     o,
		base:     "http://" + listener.Addr().String(),
		client:   &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: deliveries}},
		ctx:      ctx,
		cancel:   cancel,
		slots:    make(chan struct{}, deliveries),
		seed:     rand.Text()[:8],
		changed:  make(chan struct{}),
		token:    Token{Type: "SYSTEM_USER", Scopes: []string{"whatsapp_business_management", "whatsapp_business_messaging"}},
		numbers:  map[string]*number{},
		media:    map[string]Media{},
		apps:     map[string]bool{o.AppID: true},
		statuses: o.Statuses,
		queues:   map[string][]*delivery{},
	}
	s.AddNumber(o.PhoneNumberID, o.Number)
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	s.wg.Go(func() { _ = s.http.Serve(listener) })
	return s, nil
}

// Close ends all connections and deliveries and waits for them.
func (s *Server) Close() error {
	s.mu.Lock()
	s.cancel() // under mu, so that nothing is started behind the wait below
	s.mu.Unlock()
	err := s.http.Close()
	s.wg.Wait()
	s.client.CloseIdleConnections()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// Options returns what the Server plays, with the defaults filled in.
func (s *Server) Options() Options { return s.opts }

// URL returns the address of the API with its version, for api_url.
func (s *Server) URL() string { return s.base + "/" + s.opts.Version }

// AddNumber adds a number to the account, whose users are had by UserOn.
func (s *Server) AddNumber(id, display string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.numbers[id] = &number{
		id:         id,
		display:    display,
		fields:     map[string]any{},
		throughput: bucket{rate: s.opts.Throughput, burst: s.opts.Throughput},
		pairs:      map[string]*bucket{},
	}
}

// Advance moves the server's clock on: windows close, rates recover.
func (s *Server) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shift += d
	s.change()
}

// SetStatuses sets which statuses a message that arrives has, and in which order they are delivered.
func (s *Server) SetStatuses(statuses ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.statuses = statuses
}

// Wait waits until cond holds, asking again after each change of the server.
func (s *Server) Wait(ctx context.Context, cond func() bool) error {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if cond() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("whatsapptest: not seen in time: %w", ctx.Err())
		}
	}
}

// change wakes those who wait. The caller holds mu.
func (s *Server) change() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// now is the server's time. The caller holds mu.
func (s *Server) now() time.Time { return s.opts.Now().Add(s.shift) }

// filled returns o with the defaults.
func (o Options) filled() Options {
	for _, field := range []struct {
		value *string
		or    string
	}{
		{&o.Addr, "127.0.0.1:0"},
		{&o.Version, "v25.0"},
		{&o.PhoneNumberID, "440000000000002"},
		{&o.Number, "15550100200"},
		{&o.Name, "Acme"},
		{&o.BusinessAccount, "330000000000001"},
		{&o.AppID, "220000000000003"},
		{&o.AccessToken, "EAAfake"},
		{&o.AppSecret, "0123456789abcdef0123456789abcdef"},
		{&o.VerifyToken, "verify-fake"},
	} {
		if *field.value == "" {
			*field.value = field.or
		}
	}
	if o.Throughput == 0 {
		o.Throughput = 80
	}
	if o.PairEvery == 0 {
		o.PairEvery = 6 * time.Second
	}
	if o.PairBurst == 0 {
		o.PairBurst = 45
	}
	if o.Statuses == nil {
		o.Statuses = []string{"sent", "delivered", "read"}
	}
	if o.Redeliver == nil {
		o.Redeliver = func(tries int) time.Duration { return min(100*time.Millisecond<<min(tries-1, 6), 5*time.Second) }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

var _ http.Handler = (*Server)(nil)
