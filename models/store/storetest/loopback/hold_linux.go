package loopback

import (
	"fmt"
	"syscall"
)

// Hold keeps a free port until Close.
//
// It binds a socket that never listens. Linux gives a port that is bound to nobody who leaves the choice to it, but allows
// sockets that name it, as long as all of them have SO_REUSEADDR and at most one listens: https://man7.org/linux/man-pages/man7/socket.7.html
func Hold() (p *Port, err error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("hold a port: %w", err)
	}
	defer func() {
		if err != nil {
			_ = syscall.Close(fd)
		}
	}()
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return nil, fmt.Errorf("hold a port: %w", err)
	}
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return nil, fmt.Errorf("hold a port: %w", err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		return nil, fmt.Errorf("hold a port: %w", err)
	}
	at, ok := name.(*syscall.SockaddrInet4)
	if !ok {
		return nil, fmt.Errorf("hold a port: bound to a %T", name)
	}
	return &Port{number: at.Port, held: fd}, nil
}

// Close gives the port back. Whoever listens on it goes on.
func (p *Port) Close() {
	if p.held >= 0 {
		_ = syscall.Close(p.held)
		p.held = -1
	}
}
