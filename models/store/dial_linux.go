package store

import (
	"syscall"
	"time"
)

// tcpUserTimeout is TCP_USER_TIMEOUT: https://man7.org/linux/man-pages/man7/tcp.7.html
const tcpUserTimeout = 18

// patience returns what limits how long a connection's other side may acknowledge nothing.
func patience(d time.Duration) func(network, address string, c syscall.RawConn) error {
	return func(network, _ string, c syscall.RawConn) error {
		if network == "unix" {
			return nil
		}
		var set error
		err := c.Control(func(fd uintptr) {
			set = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(d.Milliseconds())) // #nosec G115 -- a file descriptor
		})
		if err != nil {
			return err
		}
		return set
	}
}
