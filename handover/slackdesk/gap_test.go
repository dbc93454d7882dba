package slackdesk_test

import (
	"context"
	"testing"
	"time"

	"patchbay/handover"
	"patchbay/handover/slackdesk/slacktest"
)

// Ensure that a connection that opens says since when there was none: since the desk was made, since the one before was
// cut, and nothing when Slack replaced one that still held.
func TestListenMissed(t *testing.T) {
	begin := time.Now()
	w := start(t, slacktest.Options{Socket: true}, nil)
	ctx := soon(t)
	listening, cancel := context.WithCancel(ctx)
	missed, ended := make(chan time.Time, 10), make(chan error, 1)
	go func() {
		ended <- w.desk.Listen(listening, func(_ context.Context, u handover.Update) error {
			missed <- u.Missed
			return nil
		})
	}()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Listen() = %v", err)
		}
	}()
	next := func() (at time.Time) {
		t.Helper()
		select {
		case at = <-missed:
		case <-ctx.Done():
			t.Fatal("no connection opened in time")
		}
		return at
	}
	if at := next(); at.Before(begin) || at.After(time.Now()) {
		t.Errorf("the first connection says %v, want since the desk was made", at)
	}
	held := time.Now()
	w.slack.Disconnect("refresh_requested")
	if at := next(); !at.IsZero() {
		t.Errorf("the connection that replaced another says %v, want that nothing was missed", at)
	}
	// The first try to open another fails, so that the cut and the connection behind it lie apart.
	w.slack.Break(slacktest.Fault{Method: "apps.connections.open", Status: 500})
	tries := w.slack.Calls("apps.connections.open")
	w.slack.DropSockets()
	if err := w.slack.Wait(ctx, func() bool { return w.slack.Calls("apps.connections.open") > tries }); err != nil {
		t.Fatalf("nobody tries to connect again: %v", err)
	}
	tried := time.Now()
	if at := next(); at.Before(held) || at.After(tried) {
		t.Errorf("the connection behind a cut one says %v, want it between %v, when one held, and %v, when the first try failed", at, held, tried)
	}
}
