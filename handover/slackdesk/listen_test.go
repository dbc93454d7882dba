package slackdesk_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"patchbay/handover"
	"patchbay/handover/slackdesk"
	"patchbay/handover/slackdesk/slacktest"
)

func form(key, value string) []byte { return []byte(url.Values{key: {value}}.Encode()) }

// listening is a desk at its socket.
type listening struct {
	cancel context.CancelFunc
	err    chan error
	signs  chan struct{} // of life: one an open connection
}

// listen starts Listen. handle is called by one goroutine at a time.
func listen(ctx context.Context, t *testing.T, desk *slackdesk.Desk, handle func(handover.Update) error) *listening {
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	l := &listening{cancel: cancel, err: make(chan error, 1), signs: make(chan struct{}, 100)}
	go func() {
		l.err <- desk.Listen(ctx, func(_ context.Context, u handover.Update) error {
			if len(u.Actions)+len(u.Asked) == 0 && u.Command == nil {
				l.signs <- struct{}{}
				return nil
			}
			return handle(u)
		})
	}()
	t.Cleanup(cancel)
	return l
}

// Ensure that an open connection is told although nothing comes over it.
func TestListenSignOfLife(t *testing.T) {
	w := start(t, slacktest.Options{Socket: true}, nil)
	ctx := soon(t)
	l := listen(ctx, t, w.desk, func(handover.Update) error { return nil })
	wait(ctx, t, l.signs)
	l.stop(t)
}

// stop ends Listen, which waits for nothing then. On a busy machine that may take a while.
func (l *listening) stop(t *testing.T) {
	t.Helper()
	l.cancel()
	select {
	case err := <-l.err:
		if err != nil {
			t.Errorf("Listen() = %v, want nil after its context ended", err)
		}
	case <-time.After(20 * time.Second):
		t.Error("Listen() did not end with its context")
	}
}

func wait(ctx context.Context, t *testing.T, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-ctx.Done():
		t.Fatal("it did not happen in time")
	}
}

// sink keeps what Listen handled.
type sink struct {
	mu    sync.Mutex
	texts []string
	keys  []string
	more  chan struct{} // has room for what a test waits for
	fail  int           // so many times handle fails
}

func newSink() *sink { return &sink{more: make(chan struct{}, 1000)} }

func (s *sink) handle(u handover.Update) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { s.more <- struct{}{} }()
	if s.fail > 0 {
		s.fail--
		return errors.New("the disk is full")
	}
	for _, a := range u.Actions {
		s.texts = append(s.texts, a.Text)
		s.keys = append(s.keys, a.Key)
	}
	return nil
}

// got waits for n calls and returns the texts so far.
func (s *sink) got(ctx context.Context, t *testing.T, n int) string {
	t.Helper()
	for range n {
		wait(ctx, t, s.more)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.texts, " ")
}

func connected(ctx context.Context, t *testing.T, s *slacktest.Server, n int) {
	t.Helper()
	if err := s.Wait(ctx, func() bool { return s.Sockets() == n }); err != nil {
		t.Fatalf("%d sockets, want %d: %v", s.Sockets(), n, err)
	}
}

func acked(ctx context.Context, t *testing.T, s *slacktest.Server, n int) {
	t.Helper()
	if err := s.Wait(ctx, func() bool { return s.Acks() == n }); err != nil {
		t.Fatalf("%d acks, want %d: %v", s.Acks(), n, err)
	}
}

func write(ctx context.Context, t *testing.T, w *world, thread, text string) {
	t.Helper()
	if _, err := w.slack.Agent(slacktest.Ana).Reply(ctx, thread, text); err != nil {
		t.Fatal(err)
	}
}

func TestListen(t *testing.T) {
	w := start(t, slacktest.Options{Socket: true}, nil)
	ctx := soon(t)
	s := newSink()
	l := listen(ctx, t, w.desk, s.handle)
	connected(ctx, t, w.slack, 1)
	thread := w.open(t) // our own post comes back as an event, and is acknowledged
	write(ctx, t, w, thread, "one")
	write(ctx, t, w, thread, "two")
	if got := s.got(ctx, t, 2); got != "one two" {
		t.Errorf("handled %q, want one two", got)
	}
	if err := w.slack.Agent(slacktest.Ana).Click(ctx, thread, "Take it"); err != nil {
		t.Errorf("Click() = %v", err)
	}
	s.got(ctx, t, 1)
	acked(ctx, t, w.slack, 4)
	if answer, err := w.slack.Agent(slacktest.Ana).Command(ctx, slacktest.Support, "/desk", "find"); err != nil || len(answer) > 0 {
		t.Errorf("Command() = %s, %v, want nothing but that it was taken", answer, err)
	}
	l.stop(t)
	connected(ctx, t, w.slack, 0)
}

func TestListenAcknowledgesWhatIsStored(t *testing.T) {
	t.Parallel() // beside others, since it waits twice for as long as an acknowledgement may take on a busy machine
	w := start(t, slacktest.Options{Socket: true, Ack: 5 * time.Second, Retries: []time.Duration{0, 0, 0}}, nil)
	ctx := soon(t)
	s := newSink()
	s.fail = 2
	l := listen(ctx, t, w.desk, s.handle)
	connected(ctx, t, w.slack, 1)
	thread := w.open(t)
	write(ctx, t, w, thread, "once")
	if got := s.got(ctx, t, 3); got != "once" {
		t.Errorf("handled %q, want once, at the third delivery", got)
	}
	if err := w.slack.Delivered(ctx); err != nil {
		t.Fatal(err)
	}
	acked(ctx, t, w.slack, 2) // the card's event and the third delivery's
	l.stop(t)
}

func TestListenUnknownPersonComesAgain(t *testing.T) {
	w := start(t, slacktest.Options{Socket: true, Ack: 200 * time.Millisecond, Retries: []time.Duration{0, 0, 0}}, nil)
	ctx := soon(t)
	s := newSink()
	l := listen(ctx, t, w.desk, s.handle)
	connected(ctx, t, w.slack, 1)
	thread := w.open(t)
	w.slack.Break(slacktest.Fault{Method: "users.info", Status: 500, Times: 2})
	write(ctx, t, w, thread, "who am I")
	if got := s.got(ctx, t, 1); got != "who am I" || w.slack.Calls("users.info") != 3 {
		t.Errorf("handled %q after %d look-ups, want the reply after 3", got, w.slack.Calls("users.info"))
	}
	l.stop(t)
}

func TestListenRefresh(t *testing.T) {
	for _, reason := range []string{"warning", "refresh_requested", "link_disabled"} {
		t.Run(reason, func(t *testing.T) {
			w := start(t, slacktest.Options{Socket: true}, nil)
			ctx := soon(t)
			s := newSink()
			l := listen(ctx, t, w.desk, s.handle)
			connected(ctx, t, w.slack, 1)
			thread := w.open(t)
			w.slack.Disconnect(reason)
			write(ctx, t, w, thread, "on the new one")
			if got := s.got(ctx, t, 1); got != "on the new one" {
				t.Errorf("handled %q", got)
			}
			connected(ctx, t, w.slack, 1)
			if n := w.slack.Connections(); n != 2 {
				t.Errorf("%d connections are open, want the new one and the old, which still drains", n)
			}
			l.stop(t)
		})
	}
}

func TestListenDrainsTheOldConnection(t *testing.T) {
	w := start(t, slacktest.Options{Socket: true}, nil)
	ctx := soon(t)
	s := newSink()
	l := listen(ctx, t, w.desk, s.handle)
	connected(ctx, t, w.slack, 1)
	thread := w.open(t)
	w.slack.Disconnect("warning")
	w.slack.Frame(map[string]any{"envelope_id": "late", "type": "events_api", "payload": map[string]any{
		"type": "event_callback", "event": reply(map[string]any{"thread_ts": strings.TrimPrefix(thread, "C0SUPPORT1/"), "text": "on the old one"}),
	}})
	if got := s.got(ctx, t, 1); got != "on the old one" {
		t.Errorf("handled %q", got)
	}
	l.stop(t)
}

func TestListenReconnects(t *testing.T) {
	w := start(t, slacktest.Options{Socket: true}, nil)
	ctx := soon(t)
	s := newSink()
	l := listen(ctx, t, w.desk, s.handle)
	connected(ctx, t, w.slack, 1)
	thread := w.open(t)
	w.slack.Break(slacktest.Fault{Method: "apps.connections.open", Status: 500})
	w.slack.Break(slacktest.Fault{Method: "apps.connections.open", Error: "internal_error"})
	w.slack.DropSockets()
	connected(ctx, t, w.slack, 0)
	write(ctx, t, w, thread, "back")
	if got := s.got(ctx, t, 1); got != "back" {
		t.Errorf("handled %q, want what was written meanwhile", got)
	}
	if n := w.slack.Calls("apps.connections.open"); n != 4 {
		t.Errorf("apps.connections.open was called %d times, want 4", n)
	}
	l.stop(t)
}

func TestListenSilence(t *testing.T) {
	s := script(t)
	s.frames = [][]byte{sampleFile(t, "30_socket_hello.json")}
	s.mute = true
	desk := s.desk(t)
	slackdesk.Hurry(desk, 50*time.Millisecond)
	ctx := soon(t)
	l := listen(ctx, t, desk, func(handover.Update) error { return nil })
	for range 3 {
		wait(ctx, t, s.linked)
	}
	l.stop(t)
}

func TestListenRefused(t *testing.T) {
	tests := []struct {
		name  string
		fault slacktest.Fault
		want  string
	}{
		{"app token", slacktest.Fault{Method: "apps.connections.open", Error: "invalid_auth", Times: -1}, "app_token"},
		{"bot token", slacktest.Fault{Method: "auth.test", Error: "token_revoked", Times: -1}, "bot_token"},
		{"scope", slacktest.Fault{Method: "apps.connections.open", Error: "missing_scope", Needed: "connections:write", Times: -1}, "connections:write"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := start(t, slacktest.Options{Socket: true}, nil)
			desk, err := slackdesk.New(w.conf, w.deps) // is not set up: Listen does that too
			if err != nil {
				t.Fatal(err)
			}
			w.slack.Break(test.fault)
			ctx := soon(t)
			err = desk.Listen(ctx, func(context.Context, handover.Update) error { return nil })
			if ctx.Err() != nil || kindOf(t, err) != handover.DeskForbidden || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Listen() = %v, want forbidden, with %q", err, test.want)
			}
			if strings.Contains(err.Error(), slacktest.AppToken) || strings.Contains(err.Error(), slacktest.BotToken) {
				t.Errorf("error %q has a token", err)
			}
		})
	}
}

func TestListenWithoutAppToken(t *testing.T) {
	w := start(t, slacktest.Options{}, nil)
	err := w.desk.Listen(soon(t), func(context.Context, handover.Update) error { return nil })
	if kindOf(t, err) != handover.DeskForbidden {
		t.Errorf("Listen() = %v, want forbidden", err)
	}
}

func TestListenEndsWhileItConnects(t *testing.T) {
	w := start(t, slacktest.Options{Socket: true}, nil)
	w.slack.Break(slacktest.Fault{Method: "apps.connections.open", Hang: true, Times: -1})
	ctx := soon(t)
	l := listen(ctx, t, w.desk, func(handover.Update) error { return nil })
	if err := w.slack.Wait(ctx, func() bool { return w.slack.Calls("apps.connections.open") == 1 }); err != nil {
		t.Fatal(err)
	}
	l.stop(t)
}

func TestListenWaitsAsLongAsItIsTold(t *testing.T) {
	w := start(t, slacktest.Options{Socket: true}, nil)
	w.slack.Break(slacktest.Fault{Method: "apps.connections.open", RetryAfter: 1})
	ctx := soon(t)
	began := time.Now()
	l := listen(ctx, t, w.desk, func(handover.Update) error { return nil })
	connected(ctx, t, w.slack, 1)
	if took := time.Since(began); took < time.Second {
		t.Errorf("connected after %v, want the second that Slack asked for", took)
	}
	l.stop(t)
}

func TestListenEndsWhileItWaits(t *testing.T) {
	w := start(t, slacktest.Options{Socket: true}, nil)
	w.slack.Break(slacktest.Fault{Method: "apps.connections.open", RetryAfter: 600, Times: -1})
	ctx := soon(t)
	l := listen(ctx, t, w.desk, func(handover.Update) error { return nil })
	if err := w.slack.Wait(ctx, func() bool { return w.slack.Calls("apps.connections.open") == 1 }); err != nil {
		t.Fatal(err)
	}
	l.stop(t)
	if n := w.slack.Calls("apps.connections.open"); n != 1 {
		t.Errorf("apps.connections.open was called %d times within its Retry-After, want once", n)
	}
}
