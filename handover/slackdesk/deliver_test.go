package slackdesk_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"path"
	"testing"

	"patchbay/handover"
	"patchbay/handover/slackdesk/slacktest"
)

// acts is what agents did, in the order in which the desk told.
type acts chan handover.Action

// next returns the next thing that an agent did.
func (a acts) next(ctx context.Context, t *testing.T) handover.Action {
	t.Helper()
	select {
	case one := <-a:
		return one
	case <-ctx.Done():
		t.Fatal("no action came")
		return handover.Action{}
	}
}

// deliver brings what agents do to the desk, over HTTP or its socket.
func (w *world) deliver(ctx context.Context, t *testing.T) acts {
	t.Helper()
	a := make(acts, 1000)
	take := func(u handover.Update) error {
		for _, one := range u.Actions {
			a <- one
		}
		for _, one := range u.Asked {
			w.asked <- one
		}
		if u.Command != nil {
			w.commanded <- *u.Command
		}
		return nil
	}
	if w.desk.Socket() {
		listen(ctx, t, w.desk, take)
		connected(ctx, t, w.slack, 1)
		return a
	}
	door := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		update, err := w.desk.Receive(r, path.Base(r.URL.Path))
		if e, ok := errors.AsType[*handover.DeskError](err); ok {
			status := map[handover.DeskErrorKind]int{
				handover.DeskForbidden: http.StatusUnauthorized, handover.DeskRejected: http.StatusBadRequest,
			}[e.Kind]
			if status == 0 {
				status = http.StatusServiceUnavailable
			}
			rw.WriteHeader(status)
			return
		}
		_ = take(update)
		if update.Response.Type != "" {
			rw.Header().Set("Content-Type", update.Response.Type)
		}
		_, _ = rw.Write(update.Response.Body)
	}))
	t.Cleanup(door.Close)
	w.slack.Deliver(door.URL+"/slack/events", door.URL+"/slack/actions", door.URL+"/slack/commands")
	return a
}

// TestChat is a whole chat in Slack, over HTTP and over the socket, with everything that an agent does in it.
func TestChat(t *testing.T) {
	for _, opts := range []slacktest.Options{{}, {Socket: true}} {
		w := start(t, opts, nil)
		ctx := soon(t)
		acts := w.deliver(ctx, t)
		ana := w.slack.Agent(slacktest.Ana)
		thread := w.open(t)

		post, err := ana.Reply(ctx, thread, "Hi 👋, see https://a.example/x")
		if err != nil {
			t.Fatal(err)
		}
		if a := acts.next(ctx, t); a.Kind != handover.Replied || a.Thread != thread || !a.Own || a.Post != post || a.Text != "Hi 👋, see https://a.example/x" {
			t.Errorf("the reply is %s", told([]handover.Action{a}))
		}
		if err := ana.Unfurl(ctx, post); err != nil {
			t.Fatal(err)
		}
		if err := ana.Edit(ctx, post, "Hi Luis 👋"); err != nil {
			t.Fatal(err)
		}
		if a := acts.next(ctx, t); a.Kind != handover.Edited || a.Post != post || a.Text != "Hi Luis 👋" {
			t.Errorf("the edit is %s", told([]handover.Action{a}))
		}
		if _, err := ana.Reply(ctx, thread, "<@U0AGENT0002> do you know?"); err != nil {
			t.Fatal(err)
		}
		if a := acts.next(ctx, t); !a.Note || a.Text != "@Ben do you know?" {
			t.Errorf("the question to Ben is %s", told([]handover.Action{a}))
		}
		if err := ana.Delete(ctx, post); err != nil {
			t.Fatal(err)
		}
		if a := acts.next(ctx, t); a.Kind != handover.Deleted || a.Post != post || a.Thread != thread {
			t.Errorf("the deletion is %s", told([]handover.Action{a}))
		}
		m := slacktest.Typed("for the channel too")
		m.Broadcast = true
		if _, err := ana.Send(ctx, thread, m); err != nil {
			t.Fatal(err)
		}
		if a := acts.next(ctx, t); a.Kind != handover.Replied || !a.Own || a.Text != "for the channel too" {
			t.Errorf("the reply to the channel too is %s", told([]handover.Action{a}))
		}
		if _, err := ana.PostTop(ctx, slacktest.Support, "hello team"); err != nil {
			t.Fatal(err)
		}
		if a := acts.next(ctx, t); a.Kind != handover.Strayed || a.Thread != slacktest.Support {
			t.Errorf("the post at the top is %s", told([]handover.Action{a}))
		}
		if err := w.slack.Delivered(ctx); err != nil {
			t.Fatal(err)
		}
		select {
		case a := <-acts:
			t.Errorf("and then came %s, want nothing", told([]handover.Action{a}))
		default:
		}
	}
}
