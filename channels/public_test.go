package channels_test

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"patchbay/channels"
)

func TestPublic(t *testing.T) {
	tests := []struct {
		addr string
		want bool
	}{
		{"1.1.1.1", true},
		{"93.184.216.34", true},
		{"100.63.255.255", true},
		{"100.128.0.0", true},
		{"172.15.255.255", true},
		{"172.32.0.1", true},
		{"223.255.255.255", true},
		{"2606:4700:4700::1111", true},
		{"2a00:1450:4001::200e", true},
		{"::ffff:1.1.1.1", true},

		{"0.0.0.0", false},
		{"0.1.2.3", false},
		{"10.0.0.1", false},
		{"100.64.0.1", false}, // carrier NAT
		{"127.0.0.1", false},
		{"127.255.255.254", false},
		{"169.254.169.254", false}, // the clouds' metadata
		{"172.16.0.1", false},
		{"172.31.255.255", false},
		{"192.0.0.1", false},
		{"192.168.1.1", false},
		{"198.18.0.1", false},
		{"224.0.0.1", false},
		{"255.255.255.255", false},
		{"::", false},
		{"::1", false},
		{"::127.0.0.1", false},
		{"::ffff:127.0.0.1", false},
		{"::ffff:10.0.0.1", false},
		{"64:ff9b::7f00:1", false},   // NAT64
		{"64:ff9b:1::7f00:1", false}, // NAT64 for local use
		{"2002:7f00:1::", false},     // 6to4
		{"2001::7f00:1", false},      // Teredo
		{"2001:db8::1", false},
		{"100::1", false},
		{"fc00::1", false},
		{"fd12:3456::1", false},
		{"fe80::1", false},
		{"fe80::1%eth0", false},
		{"2606:4700::1%eth0", false},
		{"fec0::1", false},
		{"ff02::1", false},
	}
	for _, tt := range tests {
		if got := channels.Public(netip.MustParseAddr(tt.addr)); got != tt.want {
			t.Errorf("Public(%s) = %v, want %v", tt.addr, got, tt.want)
		}
	}
	if channels.Public(netip.Addr{}) {
		t.Error("Public(no address) = true, want false")
	}
}

// TestPublicClient has a server on loopback, and the names by which it could be reached.
func TestPublicClient(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the server was reached")
	}))
	defer server.Close()
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	client := channels.PublicClient(5 * time.Second)
	defer client.CloseIdleConnections()
	for _, host := range []string{"127.0.0.1", "localhost", "::ffff:127.0.0.1", "0.0.0.0", "::1"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		if !errors.Is(err, channels.ErrPrivate) {
			t.Errorf("Do(%s) error = %v, want ErrPrivate", host, err)
		}
	}
}

// TestPublicClientIgnoresProxy proves that a proxy in the environment is no way around the filter.
func TestPublicClientIgnoresProxy(t *testing.T) {
	transport, ok := channels.PublicClient(0).Transport.(*http.Transport)
	if !ok || transport.Proxy != nil {
		t.Errorf("PublicClient uses a proxy")
	}
}

// TestPublicClientRedirects proves that a chain of redirects ends.
func TestPublicClientRedirects(t *testing.T) {
	check := channels.PublicClient(0).CheckRedirect
	for n, ok := range map[int]bool{0: true, 4: true, 5: false} {
		if err := check(nil, make([]*http.Request, n)); (err == nil) != ok {
			t.Errorf("after %d redirects error = %v, want one: %v", n, err, !ok)
		}
	}
}
