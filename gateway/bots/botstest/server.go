// Package botstest is a bot to be asked over real HTTP. It speaks the protocol of the HTTP bot and Rasa's REST channel,
// says what its rules tell it to, goes wrong in every way a bot can, and keeps what it was asked. Tests and the demo use
// it; it does not import testing.
package botstest

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"patchbay/channels/standardwebhooks"
	"patchbay/models"
)

// Path is where the HTTP bot's questions go.
const Path = "/answer"

// Options is how a Server behaves whatever it is asked. The zero value lets everybody in.
type Options struct {
	Addr   string           // to listen on, again after a Stop; default a free port of the loopback, which Stop gives up
	Secret string           // whsec_…: a question of the HTTP bot that is not signed with it gets 401
	Header http.Header      // a call without these headers gets 401
	Token  string           // Rasa's token: a call without ?token= gets 401
	NoAPI  bool             // Rasa without --enable-api: /model/parse is 404
	Now    func() time.Time // for the age of signatures; nil is the system's clock
	Told   func(Asked)      // called with each question, before it is answered
}

// Server is the bot. It is used by many goroutines at once.
type Server struct {
	options Options
	keys    *standardwebhooks.Keys // nil: signatures are not looked at
	addr    string

	mu    sync.Mutex
	rules []*rule
	files map[string][]byte // by path
	asked []Asked
	news  chan struct{} // closed at the next question
	run   *running      // nil while it is stopped
}

// running is one listener and what serves it.
type running struct {
	server *http.Server
	ended  chan struct{}
	cancel context.CancelFunc // ends what hangs
}

// Start starts a Server. Close ends it.
func Start(o Options) (*Server, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{options: o, addr: cmp.Or(o.Addr, "127.0.0.1:0"), news: make(chan struct{})}
	if o.Secret != "" {
		keys, err := standardwebhooks.Parse(models.Secrets{models.NewSecret(o.Secret)})
		if err != nil {
			return nil, err
		}
		s.keys = keys
	}
	if err := s.Resume(); err != nil {
		return nil, err
	}
	return s, nil
}

// URL returns the address of the HTTP bot.
func (s *Server) URL() string { return "http://" + s.addr + Path }

// RasaURL returns the address of the Rasa server.
func (s *Server) RasaURL() string { return "http://" + s.addr }

// Stop ends the listener and cuts every call under way: from now on connections are refused.
func (s *Server) Stop() {
	s.mu.Lock()
	run := s.run
	s.run = nil
	s.mu.Unlock()
	if run == nil {
		return
	}
	run.cancel()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := run.server.Shutdown(ctx); err != nil {
		_ = run.server.Close() // what did not end by itself is cut
	}
	<-run.ended
}

// Resume listens again on the port that the Server had.
func (s *Server) Resume() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run != nil {
		return errors.New("botstest: it is running")
	}
	listener, err := net.Listen("tcp", s.addr)
	if err != nil {
		return err
	}
	s.addr = listener.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	run := &running{ended: make(chan struct{}), cancel: cancel}
	run.server = &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	s.run = run
	go func() {
		defer close(run.ended)
		_ = run.server.Serve(listener) // it always ends with an error: the server was closed
	}()
	return nil
}

// Close stops the Server for good.
func (s *Server) Close() { s.Stop() }

// AddFile keeps a file at a path such as "/files/a.pdf", for everybody, and returns its address.
func (s *Server) AddFile(path string, data []byte) (address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.files == nil {
		s.files = map[string][]byte{}
	}
	s.files[path] = data
	return "http://" + s.addr + path
}

// file answers a call for a file.
func (s *Server) file(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	data, ok := s.files[r.URL.Path]
	s.mu.Unlock()
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	_, _ = w.Write(data)
}

// Asked returns what was asked so far, in the order of arrival.
func (s *Server) Asked() []Asked {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

// Await blocks until at least n questions have come, and returns all of them.
func (s *Server) Await(ctx context.Context, n int) ([]Asked, error) {
	for {
		s.mu.Lock()
		asked, news := slices.Clone(s.asked), s.news
		s.mu.Unlock()
		if len(asked) >= n {
			return asked, nil
		}
		select {
		case <-ctx.Done():
			return asked, ctx.Err()
		case <-news:
		}
	}
}

// record keeps a question and finds the rule for it.
func (s *Server) record(a Asked) Rule {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, a)
	close(s.news)
	s.news = make(chan struct{})
	return s.match(a)
}
