//go:build !linux

package loopback

import (
	"fmt"
	"net"
)

// Hold chooses a port that is free.
func Hold() (*Port, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("hold a port: %w", err)
	}
	defer func() { _ = l.Close() }()
	return &Port{number: l.Addr().(*net.TCPAddr).Port, held: -1}, nil
}

// Close gives the port back. Whoever listens on it goes on.
func (p *Port) Close() {}
