package webhooktest

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Fault is what the server does instead of what it should.
type Fault struct {
	status int
	header map[string]string
	body   string
	raw    string // sent as it is, then the line is cut
	cut    bool
	slow   bool // only late
	wait   time.Duration
	taken  bool // the message is taken first
}

// hangs bounds a Hang, so that a client that never gives up is not waited for.
const hangs = time.Minute

// Refuse answers with the status and no body.
func Refuse(status int) Fault { return Raw(status, "") }

// Raw answers with the body as it is.
func Raw(status int, body string) Fault {
	return Fault{status: status, header: map[string]string{"Content-Type": "application/json"}, body: body}
}

// Gone answers 410: the system wants no posts any more.
func Gone() Fault { return Refuse(http.StatusGone) }

// Unreachable answers that the customer gets nothing any more.
func Unreachable() Fault {
	return Raw(http.StatusUnprocessableEntity, `{"error":{"kind":"unreachable"}}`)
}

// RateLimit answers 429 with the seconds to wait.
func RateLimit(seconds int) Fault {
	return Fault{status: http.StatusTooManyRequests, header: map[string]string{"Retry-After": strconv.Itoa(seconds)}}
}

// Busy answers 503 with the seconds to wait.
func Busy(seconds int) Fault {
	return Fault{status: http.StatusServiceUnavailable, header: map[string]string{"Retry-After": strconv.Itoa(seconds)}}
}

// HTML answers with a page, as what stands before such a system does when it is down.
func HTML(status int) Fault {
	return Fault{
		status: status,
		header: map[string]string{"Content-Type": "text/html"},
		body:   fmt.Sprintf("<html><head><title>%d %s</title></head><body><hr>nginx</body></html>", status, http.StatusText(status)),
	}
}

// Redirect sends the client elsewhere.
func Redirect(url string) Fault {
	return Fault{status: http.StatusTemporaryRedirect, header: map[string]string{"Location": url}}
}

// Half takes the message and cuts the line in the middle of a good answer.
func Half() Fault {
	return Fault{raw: "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"id\":\"thei", cut: true, taken: true}
}

// Regret takes the message and answers with the status all the same.
func Regret(status int) Fault {
	f := Refuse(status)
	f.taken = true
	return f
}

// Cut takes the message and cuts the line before the answer.
func Cut() Fault { return Fault{cut: true, taken: true} }

// Hang says nothing until the client gives up, at most a minute. The message is not taken.
func Hang() Fault { return Fault{cut: true, wait: hangs} }

// Slow does what it should, but late.
func Slow(d time.Duration) Fault { return Fault{slow: true, wait: d} }

// planned is a fault with the posts it is for.
type planned struct {
	Fault

	chat string
	left int // negative: always
}

// Fail plans a fault for the next n posts to a chat; "" is any chat, a negative n is all posts until Heal.
func (s *Server) Fail(chat string, n int, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &planned{Fault: f, chat: chat, left: n})
}

// Heal takes back all faults that are planned.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// strikes returns the fault that is planned for a post to chat. s.mu is held.
func (s *Server) strikes(chat string) (Fault, bool) {
	for _, f := range s.faults {
		if f.left == 0 || f.chat != "" && f.chat != chat {
			continue
		}
		if f.left > 0 {
			f.left--
		}
		return f.Fault, true
	}
	return Fault{}, false
}

// strike does the fault. A slow one only waits.
func (f Fault) strike(ctx context.Context, w http.ResponseWriter, r *http.Request) {
	if f.wait > 0 {
		timer := time.NewTimer(f.wait)
		defer timer.Stop()
		select {
		case <-ctx.Done():
		case <-r.Context().Done():
		case <-timer.C:
		}
	}
	switch {
	case f.slow:
		return
	case f.cut:
		if h, ok := w.(http.Hijacker); ok {
			if conn, _, err := h.Hijack(); err == nil {
				_, _ = conn.Write([]byte(f.raw))
				_ = conn.Close()
			}
		}
		return
	}
	for key, value := range f.header {
		w.Header().Set(key, value)
	}
	w.WriteHeader(f.status)
	_, _ = w.Write([]byte(f.body))
}
