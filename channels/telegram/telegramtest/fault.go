package telegramtest

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
	hang   bool
	taken  bool // the call is carried out first
}

// hangs bounds a Hang, so that a client that never gives up is not waited for.
const hangs = time.Minute

// Refuse answers with an error of the Bot API.
func Refuse(code int, description string) Fault {
	return Raw(code, fmt.Sprintf(`{"ok":false,"error_code":%d,"description":%q}`, code, description))
}

// RateLimit answers 429 with the seconds to wait, in the body and in the header.
func RateLimit(seconds int) Fault {
	f := Raw(http.StatusTooManyRequests, fmt.Sprintf(
		`{"ok":false,"error_code":429,"description":"Too Many Requests: retry after %d","parameters":{"retry_after":%d}}`, seconds, seconds))
	f.header["Retry-After"] = strconv.Itoa(seconds)
	return f
}

// Raw answers with the body as it is.
func Raw(status int, body string) Fault {
	return Fault{status: status, header: map[string]string{"Content-Type": "application/json"}, body: body}
}

// HTML answers with a page, as what stands before the Bot API does when it is down.
func HTML(status int) Fault {
	return Fault{
		status: status,
		header: map[string]string{"Content-Type": "text/html"},
		body:   fmt.Sprintf("<html><head><title>%d %s</title></head><body><hr>nginx</body></html>", status, http.StatusText(status)),
	}
}

// Half cuts the line in the middle of an answer. The call is not carried out.
func Half() Fault {
	return Fault{raw: "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"ok\":true,\"resu", cut: true}
}

// Cut carries the call out and cuts the line before the answer.
func Cut() Fault { return Fault{cut: true, taken: true} }

// Hang takes the call and says nothing until the client gives up, at most a minute.
func Hang() Fault { return Fault{hang: true, cut: true} }

// Redirect sends the client elsewhere.
func Redirect(url string) Fault {
	return Fault{status: http.StatusTemporaryRedirect, header: map[string]string{"Location": url}}
}

// planned is a fault with the calls it is for.
type planned struct {
	Fault
	method string
	left   int // negative: always
}

// Fail plans a fault for the next n calls of method; "" is any method, a negative n is all calls until Heal.
func (s *Server) Fail(method string, n int, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &planned{Fault: f, method: method, left: n})
}

// Heal takes back all faults that are planned.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
	s.hook.deaf = 0
}

// strike does the fault.
func (f Fault) strike(ctx context.Context, w http.ResponseWriter, r *http.Request) {
	if f.hang {
		timer := time.NewTimer(hangs)
		defer timer.Stop()
		select {
		case <-ctx.Done():
		case <-r.Context().Done():
		case <-timer.C:
		}
	}
	if f.cut {
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
