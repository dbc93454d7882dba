package slacktest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"patchbay/handover/slackdesk/slacktest"
)

// app is an app at its HTTP addresses.
type app struct {
	mu     sync.Mutex
	status []int // of the answers to come; then 200
	quiet  bool  // X-Slack-No-Retry
	seen   []http.Header
	bodies []string
}

func (a *app) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seen = append(a.seen, r.Header)
	a.bodies = append(a.bodies, string(body))
	if a.quiet {
		w.Header().Set("X-Slack-No-Retry", "1")
	}
	if len(a.status) > 0 {
		w.WriteHeader(a.status[0])
		a.status = a.status[1:]
	}
}

func TestRedelivery(t *testing.T) {
	tests := []struct {
		name    string
		status  []int
		quiet   bool
		retries string // X-Slack-Retry-Num of each delivery
	}{
		{"taken", nil, false, "-"},
		{"taken at the second time", []int{503}, false, "- 1"},
		{"given up", []int{503, 500, 404, 503, 200}, false, "- 1 2 3"},
		{"no retry wanted", []int{503}, true, "-"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := start(t, slacktest.Options{Retries: []time.Duration{0, time.Millisecond, time.Millisecond}})
			a := &app{status: test.status, quiet: test.quiet}
			door := httptest.NewServer(a)
			defer door.Close()
			s.Deliver(door.URL, door.URL, door.URL)
			ctx := soon(t)
			if _, err := s.Agent(slacktest.Ana).PostTop(ctx, slacktest.Support, "hello"); err != nil {
				t.Fatal(err)
			}
			if err := s.Delivered(ctx); err != nil {
				t.Fatal(err)
			}
			a.mu.Lock()
			defer a.mu.Unlock()
			var got []string
			for i, h := range a.seen {
				n := h.Get("X-Slack-Retry-Num")
				if n == "" {
					n = "-"
				}
				got = append(got, n)
				if a.bodies[i] != a.bodies[0] {
					t.Errorf("delivery %d is another event", i)
				}
				if h.Get("X-Slack-Signature") == "" {
					t.Errorf("delivery %d is not signed", i)
				}
			}
			if strings.Join(got, " ") != test.retries {
				t.Errorf("deliveries %v, want %s", got, test.retries)
			}
		})
	}
}

func TestClickFails(t *testing.T) {
	s := start(t, slacktest.Options{Unpaced: true})
	a := &app{status: []int{503}}
	door := httptest.NewServer(a)
	defer door.Close()
	ctx := soon(t)
	ts := call(t, s, "chat.postMessage", "channel", slacktest.Support, "blocks",
		`[{"type":"actions","elements":[{"type":"button","action_id":"go","text":{"type":"plain_text","text":"Go"},"value":"v"}]}]`).TS
	ana := s.Agent(slacktest.Ana)
	if err := ana.Click(ctx, "C0SUPPORT1/"+ts, "Go"); err == nil {
		t.Error("Click() without an address worked")
	}
	s.Deliver(door.URL, door.URL, door.URL)
	if err := ana.Click(ctx, "C0SUPPORT1/"+ts, "Go"); err == nil {
		t.Error("Click() that was answered 503 worked")
	}
	if err := ana.Click(ctx, "C0SUPPORT1/"+ts, "go"); err != nil {
		t.Errorf("Click() = %v", err)
	}
	if err := ana.Click(ctx, "C0SUPPORT1/"+ts, "Stop"); err == nil {
		t.Error("Click() on no button worked")
	}
}
