package slacktest

import (
	"maps"
	"net/http"
	"net/url"
)

// Fault makes calls of one method fail. The first that is not used up is taken.
type Fault struct {
	Method string // "" is every method
	Times  int    // how often; 0 is once, negative is always
	After  bool   // do what was asked, then fail: the caller cannot know

	// What happens; one of them.
	Error      string   // this code, with ok:false
	Needed     string   // the scope that a missing_scope names
	Messages   []string // details of an invalid_blocks
	Status     int      // this status, with a page of HTML
	RetryAfter int      // seconds: a 429
	HTML       bool     // 200 with a page of HTML
	Half       bool     // half an answer
	Cut        bool     // the line is cut
	Hang       bool     // no answer until the caller goes away
}

// Break adds a fault.
func (s *Server) Break(f Fault) {
	if f.Times == 0 {
		f.Times = 1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// Mend takes all faults and an outage away.
func (s *Server) Mend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults, s.outage = nil, false
	s.touch()
}

// Outage makes the whole Web API answer 503, and no event is delivered, until it is called with false.
func (s *Server) Outage(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outage = on
	s.touch()
}

// Calls returns how often a method of the Web API was called, faults included.
func (s *Server) Calls(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[method]
}

// Args returns the arguments of the last call of a method, without the token.
func (s *Server) Args(method string) url.Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.args[method])
}

// fault returns the fault that a call of method meets, and counts it. The lock is held.
func (s *Server) fault(method string) *Fault {
	for _, f := range s.faults {
		if f.Times != 0 && (f.Method == "" || f.Method == method) {
			f.Times--
			one := *f
			return &one
		}
	}
	return nil
}

// serve answers a call as the fault says.
func (f *Fault) serve(w http.ResponseWriter, r *http.Request) {
	const page = "<!DOCTYPE html><html><body>Something went wrong</body></html>"
	switch {
	case f.Cut:
		panic(http.ErrAbortHandler) // how net/http is told to cut the line
	case f.Hang:
		<-r.Context().Done()
	case f.Half:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "200")
		_, _ = w.Write([]byte(`{"ok":true,"channel":"C0SUP`))
		panic(http.ErrAbortHandler)
	case f.HTML:
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(page))
	case f.RetryAfter > 0:
		(&failure{code: "ratelimited", after: f.RetryAfter}).write(w)
	case f.Status > 0:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(f.Status)
		_, _ = w.Write([]byte(page))
	default:
		(&failure{code: f.Error, needed: f.Needed, messages: f.Messages}).write(w)
	}
}
