package app_test

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"patchbay/gateway/sandbox"
)

// Ensure that a connection on which nobody has said anything does not hold up the end, as net/http has it for five
// seconds.
func TestServeEndsWithFreshConnections(t *testing.T) {
	var took time.Duration
	for range 3 { // what counts is what is waited for, not what else the machine has to do
		if took = endWithFresh(t); took < 4*time.Second {
			return
		}
	}
	t.Errorf("the end took %v with a connection that is open and silent", took)
}

// endWithFresh returns how long a server takes to end that has a connection on which nobody has said anything.
func endWithFresh(t *testing.T) time.Duration {
	t.Helper()
	l := serve(t, sandbox.Options{})
	conn := must[net.Conn](t)(net.Dial("tcp", strings.TrimPrefix(l.public, "http://")))
	t.Cleanup(func() { _ = conn.Close() })
	// Behind it in the listener's queue, so the server has it once this is answered.
	resp := must[*http.Response](t)(http.Get(l.public + "/healthz"))
	ok(t, resp.Body.Close())
	begin := time.Now()
	l.stopNow(t)
	return time.Since(begin)
}
