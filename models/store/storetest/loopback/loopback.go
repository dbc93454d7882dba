// Package loopback hands out addresses of the loopback on which a process that is started later, and perhaps again, will
// listen.
package loopback

import "strconv"

// Port is a TCP port of 127.0.0.1 that is kept for somebody who is told its number. Until Close nobody gets it by chance:
// neither who listens on port 0 nor who dials. Who asks for it by its number may listen on it, any number of times one after
// the other, if he sets SO_REUSEADDR, as net.Listen and PostgreSQL do. As long as nobody does, whoever dials it is refused.
//
// Only Linux can keep a port in this way. Elsewhere it was free when Hold returned, and mostly still is when it is used.
type Port struct {
	number int
	held   int // the file descriptor of a socket that is bound and does not listen; -1 for none
}

// Number returns the port's number.
func (p *Port) Number() int { return p.number }

// Address returns the port as "127.0.0.1:number".
func (p *Port) Address() string { return "127.0.0.1:" + strconv.Itoa(p.number) }

// test is what Address needs of a testing.TB. Programs hold ports too, and are not to have the package testing in them.
type test interface {
	Helper()
	Fatalf(format string, args ...any)
	Cleanup(do func())
}

// Address keeps a port until the end of a test and returns its address.
func Address(t test) string {
	t.Helper()
	p, err := Hold()
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(p.Close)
	return p.Address()
}
