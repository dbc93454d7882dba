package channels

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// ErrPrivate is wrapped by the error of a PublicDialer for an address that is not on the public internet.
var ErrPrivate = errors.New("address is not public")

// PublicDialer returns a dialer for addresses that a customer or a platform named. It connects to public unicast
// addresses only: what a name resolves to is looked at when it is dialled, so a name that resolves differently the next
// time is no way around. Addresses in the config are trusted and need none of this.
func PublicDialer() *net.Dialer {
	return &net.Dialer{
		Timeout: 10 * time.Second,
		ControlContext: func(_ context.Context, network, address string, _ syscall.RawConn) error {
			to, err := netip.ParseAddrPort(address)
			if err != nil || (network != "tcp4" && network != "tcp6") || !Public(to.Addr()) {
				return fmt.Errorf("dial: %w", ErrPrivate)
			}
			return nil
		},
	}
}

// PublicClient returns a client whose every connection, also after a redirect, is made by a PublicDialer. It uses no
// proxy, which would dial past the filter. timeout bounds a call with the reading of its body; 0 leaves that to the
// request's context. The caller closes its idle connections.
func PublicClient(timeout time.Duration) *http.Client {
	return &http.Client{
		Timeout: timeout,
		Transport: &http.Transport{
			DialContext:           PublicDialer().DialContext,
			ForceAttemptHTTP2:     true,
			TLSHandshakeTimeout:   10 * time.Second,
			ResponseHeaderTimeout: 30 * time.Second,
			IdleConnTimeout:       30 * time.Second,
			MaxIdleConns:          16,
		},
		CheckRedirect: func(_ *http.Request, via []*http.Request) error {
			if len(via) >= 5 {
				return errors.New("too many redirects")
			}
			return nil
		},
	}
}

// special4 and special6 are the prefixes that are not for the public internet, or that carry another address in them:
// https://www.iana.org/assignments/iana-ipv4-special-registry and …/iana-ipv6-special-registry. Of IPv6 only 2000::/3
// is given out to the public at all, so special6 names what is special within it.
var (
	special4 = prefixes(
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
		"192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
		"224.0.0.0/4", "240.0.0.0/4",
	)
	special6 = prefixes("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
	public6  = netip.MustParsePrefix("2000::/3")
)

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}

// Public reports whether a is an address of the public internet. An IPv4 address mapped into IPv6 is judged as IPv4;
// other translations of IPv4 (NAT64, 6to4, Teredo) are not public, as they may lead to a private one.
func Public(a netip.Addr) bool {
	a = a.Unmap()
	special := special4
	if a.Is6() {
		if a.Zone() != "" || !public6.Contains(a) {
			return false
		}
		special = special6
	}
	for _, prefix := range special {
		if prefix.Contains(a) {
			return false
		}
	}
	return a.IsValid()
}
