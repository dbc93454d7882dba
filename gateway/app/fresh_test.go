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
	l := serve(t, sandbox.Options{})
	conn := must[net.Conn](t)(net.Dial("tcp", strings.TrimPrefix(l.public, "http://")))
	t.Cleanup(func() { _ = conn.Close() })
	// Behind it in the listener's queue, so the server has it once this is answered.
	resp := must[*http.Response](t)(http.Get(l.public + "/healthz"))
	ok(t, resp.Body.Close())
	begin := time.Now()
	l.stopNow(t)
	if took := time.Since(begin); took > 4*time.Second {
		t.Errorf("the end took %v with a connection that is open and silent", took)
	}
}
