package app

import (
	"net"
	"net/http"
	"sync"
)

// fresh are the connections of a server on which nothing has come yet. Load balancers and browsers open some in advance,
// and a server that shuts down would wait five seconds for each of them:
// https://pkg.go.dev/net/http#Server.Shutdown
type fresh struct {
	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

// follow has f know the server's connections, and close the fresh ones when it shuts down.
func (f *fresh) follow(s *http.Server) {
	f.conns = map[net.Conn]struct{}{}
	s.ConnState = func(c net.Conn, state http.ConnState) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if state == http.StateNew {
			f.conns[c] = struct{}{}
		} else {
			delete(f.conns, c)
		}
	}
	s.RegisterOnShutdown(f.close)
}

func (f *fresh) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for c := range f.conns {
		_ = c.Close() // nothing was said on it
	}
}
