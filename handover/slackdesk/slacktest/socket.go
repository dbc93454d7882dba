package slacktest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// socketsMax is how many connections an app may have: https://docs.slack.dev/apis/events-api/using-socket-mode
const socketsMax = 10

// socket is one connection of Socket Mode.
type socket struct {
	conn *websocket.Conn
	mu   sync.Mutex // of writing
	left bool       // was told to go: gets nothing more
}

func (c *socket) write(v any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.send(v)
}

// send writes. The caller holds mu.
func (c *socket) send(v any) error {
	_ = c.conn.SetWriteDeadline(time.Now().Add(5 * time.Second))
	return c.conn.WriteJSON(v)
}

func (s *Server) openConnection(call) (map[string]any, *failure) {
	if !s.opts.Socket {
		return nil, &failure{code: "socket_mode_not_enabled"}
	}
	ticket := fmt.Sprintf("ticket-%d", s.next())
	s.tickets[ticket] = true
	return map[string]any{"url": strings.Replace(s.url, "http:", "ws:", 1) + "/link?ticket=" + ticket}, nil
}

// serveSocket holds one connection: says hello, pings, and reads acks until it ends.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	ticket := r.URL.Query().Get("ticket")
	s.mu.Lock()
	ok := s.tickets[ticket] && !s.outage
	delete(s.tickets, ticket)
	n := len(s.sockets)
	s.mu.Unlock()
	if !ok {
		http.Error(w, "no such ticket", http.StatusNotFound)
		return
	}
	upgrader := websocket.Upgrader{HandshakeTimeout: 5 * time.Second}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(s.ctx, func() { _ = conn.Close() })
	defer stop()
	c := &socket{conn: conn}
	if n >= socketsMax {
		_ = c.write(map[string]any{"type": "disconnect", "reason": "too_many_websockets"})
		return
	}
	// Who heard the hello finds the connection in the list; who finds it there writes behind the hello.
	c.mu.Lock()
	s.mu.Lock()
	s.sockets = append(s.sockets, c)
	s.touch()
	s.mu.Unlock()
	err = c.send(map[string]any{
		"type": "hello", "num_connections": n + 1, "connection_info": map[string]any{"app_id": App},
		"debug_info": map[string]any{"host": "applink-0", "build_number": 118, "approximate_connection_time": 18060},
	})
	c.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.sockets = slices.DeleteFunc(s.sockets, func(other *socket) bool { return other == c })
		s.touch()
		s.mu.Unlock()
	}()
	if err != nil {
		return
	}
	done := make(chan struct{})
	s.wg.Go(func() { s.ping(c, done) })
	s.read(c)
	close(done)
}

func (s *Server) ping(c *socket, done chan struct{}) {
	t := time.NewTicker(s.opts.Ping)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			_ = c.conn.WriteControl(websocket.PingMessage, []byte("ping"), time.Now().Add(time.Second))
		case <-done:
			return
		}
	}
}

// read takes acks until the connection ends.
func (s *Server) read(c *socket) {
	for {
		_, frame, err := c.conn.ReadMessage()
		if err != nil {
			return
		}
		var ack struct {
			EnvelopeID string          `json:"envelope_id"`
			Payload    json.RawMessage `json:"payload"`
		}
		// Slack drops a frame of 20 kB and more without a word.
		if json.Unmarshal(frame, &ack) != nil || len(frame) >= 20_000 {
			continue
		}
		s.mu.Lock()
		if wait, ok := s.waiting[ack.EnvelopeID]; ok {
			delete(s.waiting, ack.EnvelopeID)
			wait <- ack.Payload
			s.acks = append(s.acks, ack.EnvelopeID)
		}
		s.touch()
		s.mu.Unlock()
	}
}

// Sockets returns how many connections are open and were not told to go.
func (s *Server) Sockets() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, c := range s.sockets {
		if !c.left {
			n++
		}
	}
	return n
}

// Connections returns how many connections are open, also those that were told to go.
func (s *Server) Connections() int { return len(s.open()) }

// Acks returns how many envelopes were acknowledged.
func (s *Server) Acks() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.acks)
}

// Disconnect tells every connection to go, for a reason of Slack's: warning, refresh_requested, link_disabled. It stays
// open until the app closes it, as Slack leaves some seconds, and gets nothing more.
func (s *Server) Disconnect(reason string) {
	for _, c := range s.open() {
		s.mu.Lock()
		c.left = true
		s.touch()
		s.mu.Unlock()
		_ = c.write(map[string]any{"type": "disconnect", "reason": reason, "debug_info": map[string]any{"host": "applink-0"}})
	}
}

// DropSockets cuts every connection.
func (s *Server) DropSockets() {
	for _, c := range s.open() {
		_ = c.conn.Close()
	}
}

// Frame sends a frame of any shape to every connection.
func (s *Server) Frame(v any) {
	for _, c := range s.open() {
		_ = c.write(v)
	}
}

func (s *Server) open() []*socket {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sockets)
}

// pick returns the connection that an envelope goes to: the last of those that stay. The lock is held.
func (s *Server) pick() *socket {
	for _, c := range slices.Backward(s.sockets) {
		if !c.left {
			return c
		}
	}
	return nil
}

// sendEnvelope sends an event to one of the connections, and judges it when the ack came or did not come in time.
func (s *Server) sendEnvelope(d delivery) {
	ack, err := s.envelope("events_api", d.payload, d.attempt, false)
	if err != nil {
		s.judgeDelivery(d, err)
		return
	}
	s.wg.Go(func() {
		_, err := s.acked(s.ctx, ack)
		s.judgeDelivery(d, err)
	})
}

// askSocket sends an envelope and returns the payload of its ack.
func (s *Server) askSocket(ctx context.Context, kind string, payload map[string]any, answers bool) ([]byte, error) {
	ack, err := s.envelope(kind, payload, 0, answers)
	if err != nil {
		return nil, err
	}
	return s.acked(ctx, ack)
}

func (s *Server) envelope(kind string, payload map[string]any, attempt int, answers bool) (chan []byte, error) {
	ack := make(chan []byte, 1)
	s.mu.Lock()
	c := s.pick()
	if c == nil {
		s.mu.Unlock()
		return nil, errors.New("slacktest: the app is not connected")
	}
	id := fmt.Sprintf("5a7c2b0c-0000-4000-8000-%012d", s.next())
	s.waiting[id] = ack
	s.mu.Unlock()
	frame := map[string]any{"envelope_id": id, "type": kind, "payload": payload, "accepts_response_payload": answers}
	if kind == "events_api" {
		frame["retry_attempt"], frame["retry_reason"] = attempt, ""
		if attempt > 0 {
			frame["retry_reason"] = "timeout"
		}
	}
	return ack, c.write(frame)
}

// acked waits for an ack as long as Slack does.
func (s *Server) acked(ctx context.Context, ack chan []byte) ([]byte, error) {
	t := time.NewTimer(s.opts.Ack)
	defer t.Stop()
	select {
	case payload := <-ack:
		return payload, nil
	case <-t.C:
		return nil, errors.New("slacktest: no ack in time")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
