package slackdesk_test

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"testing"
	"time"

	"patchbay/handover"
	"patchbay/handover/slackdesk"
	"patchbay/handover/slackdesk/slacktest"
)

// Ensure that the one reaction which means something is the check mark that a member puts on a message of his own.
func TestReceiveReactions(t *testing.T) {
	event := func(fields map[string]any) map[string]any {
		e := map[string]any{
			"type": "reaction_added", "user": slacktest.Ana, "reaction": "white_check_mark", "item_user": slacktest.Ana,
			"event_ts": "1793900220.001000",
			"item":     map[string]any{"type": "message", "channel": slacktest.Support, "ts": "1793900060.000200"},
		}
		maps.Copy(e, fields)
		return e
	}
	const confirmed = "confirmed T0ACME0001/C0SUPPORT1:1793900060.000200:sent.1793900220.001000 post C0SUPPORT1/1793900060.000200 by U0AGENT0001 (Ana)"
	tests := []struct {
		name   string
		fields map[string]any
		want   string
	}{
		{"his own", nil, confirmed},
		{"another emoji", map[string]any{"reaction": "heavy_check_mark"}, ""},
		{"a colleague's", map[string]any{"user": slacktest.Ben}, ""},
		{"of nobody's message", map[string]any{"item_user": ""}, ""},
		{"ours", map[string]any{"user": slacktest.BotUser, "item_user": slacktest.BotUser}, ""},
		{"a file", map[string]any{"item": map[string]any{"type": "file", "file": "F1"}}, ""},
		{"no place", map[string]any{"item": map[string]any{"type": "message"}}, ""},
		{"taken off", map[string]any{"type": "reaction_removed"}, ""},
		{"of another shape", map[string]any{"item": "message"}, ""},
		{"a guest's", map[string]any{"user": "U0GUEST0001", "item_user": "U0GUEST0001"}, ""},
	}
	w := start(t, slacktest.Options{}, nil)
	w.slack.AddMember(slacktest.Member{ID: "U0GUEST0001", Name: "gus", RealName: "Gus", Guest: true})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			update, err := w.event(t, event(tt.fields))
			if got := told(update.Actions); err != nil || got != tt.want {
				t.Errorf("Receive() = %q, %v; want %q", got, err, tt.want)
			}
		})
	}
	t.Run("as slack sends it", func(t *testing.T) {
		body, err := os.ReadFile("testdata/samples/11_reaction_added.json")
		if err != nil {
			t.Fatal(err)
		}
		update, err := w.desk.Receive(w.signed(t, body), "events")
		if err != nil || len(update.Actions) != 0 {
			t.Errorf("a check mark on a post of ours is %q, %v", told(update.Actions), err)
		}
	})
}

// Ensure that a check mark reaches the desk as Slack delivers it, over HTTP as by Socket Mode, and with no scope not at all.
func TestReactionsAreDelivered(t *testing.T) {
	w := start(t, slacktest.Options{Socket: true}, nil)
	thread := w.open(t)
	ctx, stop := context.WithCancel(soon(t))
	got := make(chan handover.Action, 10)
	ended := make(chan error, 1)
	go func() {
		ended <- w.desk.Listen(ctx, func(_ context.Context, u handover.Update) error {
			for _, a := range u.Actions {
				got <- a
			}
			return nil
		})
	}()
	ana := w.slack.Agent(slacktest.Ana)
	post, err := ana.Reply(ctx, thread, "hello")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"eyes", "white_check_mark"} {
		if err := ana.React(ctx, post, name); err != nil {
			t.Fatal(err)
		}
	}
	if err := ana.Unreact(ctx, post, "white_check_mark"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []handover.ActionKind{handover.Replied, handover.Confirmed} {
		select {
		case a := <-got:
			if a.Kind != want || a.Post != post {
				t.Errorf("the desk hears %+v, want %s of %s", a, want, post)
			}
		case <-ctx.Done():
			t.Fatalf("the desk does not hear that Ana %s", want)
		}
	}
	if err := w.slack.Delivered(ctx); err != nil {
		t.Error(err)
	}
	if len(got) != 0 {
		t.Errorf("the desk hears %+v too", <-got)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("Listen() = %v", err)
	}
}

// Ensure that every notice with buttons is a whisper that Slack takes, whose buttons come back as what they say.
func TestNoticeButtons(t *testing.T) {
	w := start(t, slacktest.Options{}, nil)
	thread := w.open(t)
	post, err := w.slack.Agent(slacktest.Ana).Reply(t.Context(), thread, "hello")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []handover.NoticeKey{
		handover.NoticeConfirm, handover.NoticeMention, handover.NoticeUndo, handover.NoticeCanceled, handover.NoticeTakenBack,
		handover.NoticeOnItsWay, handover.NoticeFailed, handover.NoticeFailedText, handover.NoticeNoEdit, handover.NoticeNoDelete,
	} {
		n := handover.NoticeFor(key)
		n.Handover, n.Post = "h1", post
		if err := w.desk.Whisper(soon(t), thread, slacktest.Ana, n); err != nil {
			t.Fatalf("Whisper(%s) = %v", key, err)
		}
		all := w.slack.Agent(slacktest.Ana).Whispers()
		last := all[len(all)-1]
		if len(last.Buttons) != len(n.Choices) || last.Text == "" {
			t.Fatalf("the whisper of %s is %+v", key, last)
		}
		for i, b := range last.Buttons {
			body, err := json.Marshal(map[string]any{
				"type": "block_actions", "user": map[string]any{"id": slacktest.Ana, "team_id": slacktest.Team},
				"container": map[string]any{"channel_id": slacktest.Support, "is_ephemeral": true},
				"actions":   []any{map[string]any{"action_id": b.Action, "value": b.Value, "action_ts": "1793900300.000100"}},
			})
			if err != nil {
				t.Fatal(err)
			}
			update, err := w.desk.Receive(w.signed(t, form("payload", string(body))), "actions")
			if err != nil || len(update.Actions) != 1 {
				t.Fatalf("a click on %q of %s is %q, %v", b.Title, key, told(update.Actions), err)
			}
			if a := update.Actions[0]; a.Kind != n.Choices[i].Kind || a.Post != post || a.Handover != "h1" || a.At.IsZero() {
				t.Errorf("a click on %q of %s is %+v", b.Title, key, a)
			}
		}
	}
}

// Ensure that a check mark is found where threads are read, if replies wait for it.
func TestRepliesWithConsent(t *testing.T) {
	for reply, want := range map[string]bool{"confirm": true, "direct": false} {
		w := start(t, slacktest.Options{Unpaced: true}, func(c *slackdesk.Config, _ *slackdesk.Deps) { c.Reply = reply })
		thread := w.open(t)
		ana := w.slack.Agent(slacktest.Ana)
		post, err := ana.Reply(t.Context(), thread, "hello")
		if err != nil {
			t.Fatal(err)
		}
		other, err := ana.Reply(t.Context(), thread, "not yet")
		if err != nil {
			t.Fatal(err)
		}
		if err := ana.React(t.Context(), post, "white_check_mark"); err != nil {
			t.Fatal(err)
		}
		if err := w.slack.Agent(slacktest.Ben).React(t.Context(), other, "white_check_mark"); err != nil {
			t.Fatal(err)
		}
		r, err := w.desk.Replies(soon(t), thread, time.Time{}, "")
		if err != nil || len(r.Written) != 2 {
			t.Fatalf("Replies() = %+v, %v; want two", r, err)
		}
		if got := r.Written[0].Consent; (got != nil) != want || want && (got.Kind != handover.Confirmed || got.Post != post || got.Text != "") {
			t.Errorf("%s: the consent to the first is %+v", reply, got)
		}
		if got := r.Written[1].Consent; got != nil {
			t.Errorf("%s: the consent to the second is %+v", reply, got)
		}
	}
}
