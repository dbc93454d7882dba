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
	w.slack.Disconnect("refresh_requested")
	if at := next(); !at.IsZero() {
		t.Errorf("the connection that replaced another says %v, want that nothing was missed", at)
	}
	cut := time.Now()
	w.slack.DropSockets()
	if at := next(); at.IsZero() || at.After(time.Now()) || at.Before(begin) || at.Sub(cut) > time.Second {
		t.Errorf("the connection behind a cut one says %v, want about %v", at, cut)
	}
}
