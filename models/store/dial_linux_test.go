package store_test

import (
	"net"
	"syscall"
	"testing"

	"patchbay/models/store"
)

// Ensure that connections to PostgreSQL notice a machine that is gone, waiting or idle.
func TestDial_Patience(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	conn, err := store.Dial(t.Context(), "postgres://u@h/d", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	rc, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	for _, option := range []struct {
		name               string
		level, opt, lo, hi int
	}{
		{"TCP_USER_TIMEOUT", syscall.IPPROTO_TCP, 18, 5_000, 15_000},
		{"SO_KEEPALIVE", syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, 1, 1},
		{"TCP_KEEPIDLE", syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE, 1, 10},
		{"TCP_KEEPINTVL", syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL, 1, 5},
		{"TCP_KEEPCNT", syscall.IPPROTO_TCP, syscall.TCP_KEEPCNT, 1, 5},
	} {
		var value int
		var get error
		if err := rc.Control(func(fd uintptr) { value, get = syscall.GetsockoptInt(int(fd), option.level, option.opt) }); err != nil || get != nil {
			t.Fatalf("%s: %v, %v", option.name, err, get)
		}
		if value < option.lo || value > option.hi {
			t.Errorf("%s = %d, want %d to %d", option.name, value, option.lo, option.hi)
		}
	}
}
