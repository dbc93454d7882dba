package loopback_test

import (
	"net"
	"runtime"
	"testing"

	"patchbay/models/store/storetest/loopback"
)

// Ensure that whoever is told a port that is held can listen on it, and again after he has ended.
func TestHold(t *testing.T) {
	address := loopback.Address(t)
	for range 3 {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatalf("Listen(%q): %v", address, err)
		}
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatalf("Dial(%q): %v", address, err)
		}
		taken, err := l.Accept()
		if err != nil {
			t.Fatalf("Accept: %v", err)
		}
		// Closed here first, the connection would keep the port from whoever does not set SO_REUSEADDR.
		_ = taken.Close()
		_ = c.Close()
		_ = l.Close()
	}
	if c, err := net.Dial("tcp", address); err == nil {
		_ = c.Close()
		t.Errorf("Dial(%q) reaches somebody; want nobody there", address)
	}
}

// Ensure that a port that is held is given to nobody who takes any: neither to one who listens nor to one who dials. There
// are about 28,000 of them, so that without being held 200 would be hit some 20 times in 3,000 tries.
func TestHold_KeptFromOthers(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("skipped: only Linux keeps ports")
	}
	held := map[int]bool{}
	for range 200 {
		p, err := loopback.Hold()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Close)
		if held[p.Number()] {
			t.Fatalf("port %d is held twice", p.Number())
		}
		held[p.Number()] = true
	}
	for range 1500 {
		l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		c, err := net.DialTCP("tcp", nil, l.Addr().(*net.TCPAddr))
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range []net.Addr{l.Addr(), c.LocalAddr()} {
			if port := a.(*net.TCPAddr).Port; held[port] {
				t.Errorf("port %d is held and was given to somebody else", port)
			}
		}
		_ = c.SetLinger(0) // leaves nothing behind that would wait for its end
		_ = c.Close()
		_ = l.Close()
	}
}
