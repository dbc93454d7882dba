package slackdesk_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"patchbay/handover"
	"patchbay/handover/slackdesk"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models"
)

// lines is a post of messages that stands for entries of a lane.
func lines(lane string, from, to int64) handover.Post {
	p := handover.Post{Handover: "h1", Lane: lane, From: from, To: to}
	for n := from; n <= to; n++ {
		p.Lines = append(p.Lines, handover.PostLine{
			Message: fmt.Sprintf("m%d", n), Author: models.ByCustomer, Kind: models.Said, Name: "Luis", Text: fmt.Sprintf("line %d", n),
		})
	}
	return p
}

// Ensure that a post is found by any entry that it stands for, on whichever page of its thread, and that posts of other
// lanes, of other installations, and older ones are not.
func TestFindPost(t *testing.T) {
	w := start(t, slacktest.Options{Unpaced: true}, func(c *slackdesk.Config, _ *slackdesk.Deps) { c.ChatRate = 1000 })
	begin := time.Now()
	thread := w.open(t)
	ctx := t.Context()
	post, err := w.desk.Post(ctx, thread, lines("desk/1", 4, 6))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.desk.Post(ctx, thread, lines("desk/2", 7, 9)); err != nil {
		t.Fatal(err)
	}
	other, err := slackdesk.New(w.conf, slackdesk.Deps{Install: "elsewhere"})
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Setup(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Post(ctx, thread, lines("desk/1", 7, 9)); err != nil {
		t.Fatal(err)
	}
	for i := range 250 {
		if _, err := w.slack.Agent(slacktest.Ana).Reply(ctx, thread, fmt.Sprintf("reply %d", i)); err != nil {
			t.Fatal(err)
		}
	}
	late, err := w.desk.Post(ctx, thread, lines("desk/1", 10, 10))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		lane  string
		from  int64
		since time.Time
		want  handover.Found
	}{
		{"desk/1", 4, begin, handover.Found{Post: post, From: 4, To: 6, Last: "m6"}},
		{"desk/1", 6, begin, handover.Found{Post: post, From: 4, To: 6, Last: "m6"}},
		{"desk/1", 10, begin, handover.Found{Post: late, From: 10, To: 10, Last: "m10"}},
		{"desk/1", 3, begin, handover.Found{}},
		{"desk/1", 7, begin, handover.Found{}},
		{"desk/3", 4, begin, handover.Found{}},
		{"desk/1", 4, begin.Add(time.Hour), handover.Found{}},
	}
	for _, tt := range tests {
		got, ok, err := w.desk.FindPost(ctx, thread, handover.Post{Lane: tt.lane, From: tt.from}, tt.since)
		if err != nil || ok != (tt.want.Post != "") || got != tt.want {
			t.Errorf("FindPost(%s, %d) = %+v, %v, %v, want %+v", tt.lane, tt.from, got, ok, err, tt.want)
		}
	}
}

// Ensure that a card is found by its handover, in its channel, and not once it was deleted.
func TestFindThread(t *testing.T) {
	w := start(t, slacktest.Options{Unpaced: true}, nil)
	ctx := t.Context()
	begin := time.Now()
	threads := map[string]string{}
	for _, id := range []string{"h1", "h2"} {
		c := luis()
		c.Handover = id
		thread, err := w.desk.Open(ctx, c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.desk.Post(ctx, thread, lines("desk/1", 1, 2)); err != nil {
			t.Fatal(err)
		}
		threads[id] = thread
	}
	if err := w.slack.Agent(slacktest.Ana).Delete(ctx, threads["h2"]); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{"h1": threads["h1"], "h2": "", "h3": ""} {
		c := luis()
		c.Handover = id
		if got, err := w.desk.FindThread(ctx, c, begin); got != want || err != nil {
			t.Errorf("FindThread(%s) = %q, %v, want %q", id, got, err, want)
		}
	}
}

// Ensure that looking keeps to what Slack allows: without a call where its answer would be a refusal, and slowly after one.
func TestFindPaced(t *testing.T) {
	clock := time.Now()
	now := func() time.Time { return clock }
	for _, tt := range []struct {
		name     string
		outsider bool
		want     int // looks in the first minute
	}{{"tier 3", false, 45}, {"outsider", true, 1}} {
		t.Run(tt.name, func(t *testing.T) {
			w := start(t, slacktest.Options{Outsider: tt.outsider, Now: now}, func(_ *slackdesk.Config, d *slackdesk.Deps) { d.Now = now })
			thread := w.open(t)
			if _, err := w.desk.Post(t.Context(), thread, lines("desk/1", 1, 1)); err != nil {
				t.Fatal(err)
			}
			look := func() bool {
				_, ok, err := w.desk.FindPost(t.Context(), thread, handover.Post{Lane: "desk/1", From: 1}, clock)
				if e, limited := errors.AsType[*handover.DeskError](err); limited && (e.Kind != handover.DeskRateLimited || e.RetryAfter <= 0) {
					t.Fatalf("FindPost() = %v, want RateLimited and for how long", err)
				}
				return ok
			}
			found := 0
			for range 600 {
				if look() {
					found++
				}
				clock = clock.Add(time.Second / 10)
			}
			if found < tt.want-1 || found > tt.want {
				t.Errorf("%d looks in a minute, want %d", found, tt.want)
			}
			if refused := w.slack.Calls("conversations.replies") - found; refused > 1 {
				t.Errorf("%d calls were refused, want one at most", refused)
			}
			clock = clock.Add(2 * time.Minute)
			if !look() {
				t.Error("nothing is found two minutes later")
			}
		})
	}
}

// Ensure that an error says whether Slack may have taken the post all the same.
func TestUnsure(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault slacktest.Fault
		want  bool
	}{
		{"cut", slacktest.Fault{Cut: true}, true},
		{"cut behind it", slacktest.Fault{Cut: true, After: true}, true},
		{"half", slacktest.Fault{Half: true}, true},
		{"500", slacktest.Fault{Status: 500}, true},
		{"page", slacktest.Fault{HTML: true}, true},
		{"internal", slacktest.Fault{Error: "internal_error"}, true},
		{"too fast", slacktest.Fault{RetryAfter: 5}, false},
		{"token", slacktest.Fault{Error: "token_revoked"}, false},
		{"blocks", slacktest.Fault{Error: "invalid_blocks"}, false},
		{"root gone", slacktest.Fault{Error: "thread_not_found"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := start(t, slacktest.Options{}, nil)
			thread := w.open(t)
			tt.fault.Method = "chat.postMessage"
			w.slack.Break(tt.fault)
			_, err := w.desk.Post(t.Context(), thread, lines("desk/1", 1, 1))
			if err == nil || handover.Unsure(err) != tt.want {
				t.Errorf("Post() = %v, unsure %v, want %v", err, handover.Unsure(err), tt.want)
			}
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		w := start(t, slacktest.Options{}, nil)
		thread := w.open(t)
		if err := w.slack.Close(); err != nil {
			t.Fatal(err)
		}
		w.transport.CloseIdleConnections()
		if _, err := w.desk.Post(t.Context(), thread, lines("desk/1", 1, 1)); err == nil || handover.Unsure(err) {
			t.Errorf("Post() = %v, want an error that is sure", err)
		}
	})
}
