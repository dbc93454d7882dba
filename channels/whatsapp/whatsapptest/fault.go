package whatsapptest

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Fault is something that goes wrong on demand. The first of Hang, Cut, Half, HTML, Code and Status that is set is what
// happens.
type Fault struct {
	Times int    // to how many calls; 0 is 1, below 0 is all until ClearFaults
	Path  string // only to calls whose path ends so, such as "/messages", and to no marks
	To    string // only to messages for this number or user id

	Take bool // the call does what it should first: only its answer is lost

	Hang       bool          // no answer until the caller gives up, or 30 s
	Cut        bool          // the connection is closed without an answer
	Half       bool          // the answer breaks off in the middle
	HTML       int           // an edge server's page with this status
	Code       int           // an error of the API with this code
	Later      bool          // Code comes as a failed status of a message that was taken
	Status     int           // this status with an empty body
	RetryAfter time.Duration // the header Retry-After beside Code or Status
}

// Fault makes calls to the API go wrong. Faults wait in line: each call takes the first that fits it.
func (s *Server) Fault(f Fault) {
	if f.Times == 0 {
		f.Times = 1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, f)
}

// ClearFaults forgets the faults that did not happen.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// fault takes the first fault that fits a call. The caller holds mu.
func (s *Server) fault(c Call) (Fault, bool) {
	for i := range s.faults {
		f := s.faults[i]
		if !strings.HasSuffix(c.Path, f.Path) || c.Mark && f.Path != "" || f.To != "" && f.To != c.To {
			continue
		}
		if s.faults[i].Times--; s.faults[i].Times == 0 {
			s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
		}
		return f, true
	}
	return Fault{}, false
}

// happen lets f happen to a call, in place of its answer.
func (s *Server) happen(w http.ResponseWriter, r *http.Request, f Fault) {
	switch {
	case f.Hang:
		// It ends by itself too, so that a caller without a timeout fails and does not hang.
		limit := time.NewTimer(30 * time.Second)
		defer limit.Stop()
		select {
		case <-r.Context().Done():
		case <-s.ctx.Done():
		case <-limit.C:
		}
		cut(w, "")
	case f.Cut:
		cut(w, "")
	case f.Half:
		cut(w, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 200\r\n\r\n"+`{"messaging_product":"whatsapp","mess`)
	case f.HTML != 0:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(f.HTML)
		_, _ = io.WriteString(w, "<html><body><h1>Sorry, something went wrong.</h1></body></html>")
	case f.Code != 0:
		refused := refuse(f.Code, "Told to fail.")
		refused.retryAfter = f.RetryAfter
		reply{refused: refused}.write(w)
	default:
		if f.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(f.RetryAfter.Seconds())))
		}
		w.WriteHeader(f.Status)
	}
}

// cut writes raw to the connection and closes it.
func cut(w http.ResponseWriter, raw string) {
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		return
	}
	conn, _, err := hijacker.Hijack()
	if err != nil {
		return
	}
	_, _ = io.WriteString(conn, raw)
	_ = conn.Close()
}
