package slackdesk_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"patchbay/handover"
	"patchbay/handover/slackdesk"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models"
)

func TestOpenPlace(t *testing.T) {
	w := start(t, slacktest.Options{}, nil)
	w.slack.AddChannel(slacktest.Channel{ID: "C0BILLING1", Name: "billing"})
	c := luis()
	c.Place = "C0BILLING1"
	thread, err := w.desk.Open(t.Context(), c)
	if err != nil || !strings.HasPrefix(thread, "C0BILLING1/") {
		t.Errorf("Open() = %q, %v, want a thread in C0BILLING1", thread, err)
	}
	if n := len(w.slack.Threads(slacktest.Support)); n != 0 {
		t.Errorf("%d threads in the desk's channel, want none", n)
	}
}

// TestSlackIsToldNotToLook checks what every post asks for: no previews, and no names or links made of words.
func TestSlackIsToldNotToLook(t *testing.T) {
	w := start(t, slacktest.Options{}, nil)
	thread := w.open(t)
	calls := []struct {
		method string
		call   func(context.Context) error
		new    bool
	}{
		{"chat.postMessage", func(context.Context) error { return nil }, true}, // Open
		{"chat.postMessage", func(ctx context.Context) error { _, err := w.desk.Post(ctx, thread, said("a")); return err }, true},
		{"chat.postMessage", func(ctx context.Context) error { return w.desk.Announce(ctx, "", "a") }, true},
		{"chat.update", func(ctx context.Context) error { return w.desk.Show(ctx, thread, luis()) }, false},
		{"chat.postEphemeral", func(ctx context.Context) error {
			return w.desk.Whisper(ctx, thread, slacktest.Ana, handover.Notice{Text: "a"})
		}, false},
	}
	for i, c := range calls {
		if err := c.call(t.Context()); err != nil {
			t.Fatal(err)
		}
		args := w.slack.Args(c.method)
		if args.Get("parse") != "none" || args.Get("link_names") != "false" {
			t.Errorf("call %d of %s: parse %q, link_names %q", i, c.method, args.Get("parse"), args.Get("link_names"))
		}
		if c.new && (args.Get("unfurl_links") != "false" || args.Get("unfurl_media") != "false") {
			t.Errorf("call %d of %s: unfurl_links %q, unfurl_media %q", i, c.method, args.Get("unfurl_links"), args.Get("unfurl_media"))
		}
		if args.Get("attachments") != "" {
			t.Errorf("call %d of %s has attachments", i, c.method)
		}
	}
}

func TestPostBroadcast(t *testing.T) {
	w := start(t, slacktest.Options{}, nil)
	thread := w.open(t)
	p := said("opened again")
	p.Broadcast = true
	if _, err := w.desk.Post(t.Context(), thread, p); err != nil {
		t.Fatal(err)
	}
	top := w.slack.Top(slacktest.Support)
	if len(top) != 2 || !top[1].Broadcast {
		t.Errorf("the channel shows %d posts, want the card and the line", len(top))
	}
}

func TestPostRefuses(t *testing.T) {
	w := start(t, slacktest.Options{}, nil)
	thread := w.open(t)
	tests := map[string]func(context.Context) error{
		"nothing":       func(ctx context.Context) error { _, err := w.desk.Post(ctx, thread, handover.Post{}); return err },
		"no thread":     func(ctx context.Context) error { _, err := w.desk.Post(ctx, "", said("a")); return err },
		"a channel":     func(ctx context.Context) error { _, err := w.desk.Post(ctx, "C0SUPPORT1", said("a")); return err },
		"no timestamp":  func(ctx context.Context) error { _, err := w.desk.Post(ctx, "C0SUPPORT1/x", said("a")); return err },
		"edit no post":  func(ctx context.Context) error { return w.desk.Edit(ctx, thread, "", said("a")) },
		"show a place":  func(ctx context.Context) error { return w.desk.Show(ctx, "C0SUPPORT1", luis()) },
		"whisper place": func(ctx context.Context) error { return w.desk.Whisper(ctx, "/1.1", slacktest.Ana, handover.Notice{}) },
		"unknown choice": func(ctx context.Context) error {
			return w.desk.Whisper(ctx, thread, slacktest.Ana, handover.Notice{Text: "a", Choices: []handover.Choice{{Kind: "new"}}})
		},
		"endless ids": func(ctx context.Context) error {
			return w.desk.Whisper(ctx, thread, slacktest.Ana, handover.Notice{
				Text: "a", Handover: strings.Repeat("h", 3000), Choices: []handover.Choice{{Title: "Leave it", Kind: handover.Left}},
			})
		},
	}
	calls := func() int {
		return w.slack.Calls("chat.postMessage") + w.slack.Calls("chat.update") + w.slack.Calls("chat.postEphemeral")
	}
	before := calls()
	for name, call := range tests {
		if err := call(t.Context()); kindOf(t, err) != handover.DeskRejected {
			t.Errorf("%s: %v, want rejected", name, err)
		}
	}
	if n := calls() - before; n != 0 {
		t.Errorf("%d calls, want none", n)
	}
}

func TestThreadGone(t *testing.T) {
	for _, unthread := range []bool{false, true} {
		t.Run(fmt.Sprintf("unthread %v", unthread), func(t *testing.T) {
			w := start(t, slacktest.Options{Unthread: unthread}, nil)
			ctx := soon(t)
			thread := w.open(t)
			post, err := w.desk.Post(ctx, thread, said("first"))
			if err != nil {
				t.Fatal(err)
			}
			if err := w.slack.Agent(slacktest.Ana).Delete(ctx, thread); err != nil {
				t.Fatal(err)
			}
			if _, err := w.desk.Post(ctx, thread, said("hello")); kindOf(t, err) != handover.DeskGone {
				t.Errorf("Post() under a deleted root = %v, want gone", err)
			}
			for _, p := range w.slack.Top(slacktest.Support) {
				if strings.Contains(p.Text, "hello") {
					t.Errorf("the post stands at the top of the channel: %q", p.Text)
				}
			}
			if err := w.desk.Show(ctx, thread, luis()); kindOf(t, err) != handover.DeskGone {
				t.Errorf("Show() of a deleted card = %v, want gone", err)
			}
			if err := w.desk.Edit(ctx, thread, post, said("first!")); err != nil {
				t.Errorf("Edit() of a post that is still there = %v", err)
			}
			if err := w.slack.Agent(slacktest.Ana).Delete(ctx, post); err != nil {
				t.Fatal(err)
			}
			if err := w.desk.Edit(ctx, thread, post, said("first?")); kindOf(t, err) != handover.DeskRejected {
				t.Errorf("Edit() of a deleted post = %v, want rejected: the thread is another matter", err)
			}
		})
	}
}

// TestPostIntoAThreadThatSlackDoesNotName posts to a Slack whose answer leaves out the thread: that alone is no reason
// to take the post back.
func TestPostIntoAThreadThatSlackDoesNotName(t *testing.T) {
	s := script(t)
	s.post = func(w http.ResponseWriter) {
		_, _ = w.Write([]byte(`{"ok":true,"channel":"C0SUPPORT1","ts":"2.000001","message":{"ts":"2.000001","text":"a"}}`))
	}
	desk := s.desk(t)
	if err := desk.Setup(soon(t)); err != nil {
		t.Fatal(err)
	}
	if id, err := desk.Post(soon(t), "C0SUPPORT1/1.000001", said("a")); err != nil || id != "C0SUPPORT1/2.000001" {
		t.Errorf("Post() = %q, %v, want C0SUPPORT1/2.000001", id, err)
	}
}

func TestErrors(t *testing.T) {
	tests := []struct {
		name  string
		fault slacktest.Fault
		want  handover.DeskErrorKind
		after time.Duration
		words string
	}{
		{"rate", slacktest.Fault{RetryAfter: 7}, handover.DeskRateLimited, 7 * time.Second, ""},
		{"429 without a word", slacktest.Fault{Status: 429}, handover.DeskRateLimited, 0, ""},
		{"ratelimited", slacktest.Fault{Error: "ratelimited"}, handover.DeskRateLimited, 0, ""},
		{"500", slacktest.Fault{Status: 500}, handover.DeskTemporary, 0, "500"},
		{"503", slacktest.Fault{Status: 503}, handover.DeskTemporary, 0, ""},
		{"404", slacktest.Fault{Status: 404}, handover.DeskTemporary, 0, ""},
		{"redirect", slacktest.Fault{Status: 302}, handover.DeskTemporary, 0, ""},
		{"413", slacktest.Fault{Status: 413}, handover.DeskRejected, 0, ""},
		{"HTML", slacktest.Fault{HTML: true}, handover.DeskTemporary, 0, "not whole"},
		{"half", slacktest.Fault{Half: true}, handover.DeskTemporary, 0, ""},
		{"cut", slacktest.Fault{Cut: true}, handover.DeskTemporary, 0, ""},
		{"cut after it was done", slacktest.Fault{Cut: true, After: true}, handover.DeskTemporary, 0, ""},
		{"internal_error", slacktest.Fault{Error: "internal_error"}, handover.DeskTemporary, 0, ""},
		{"fatal_error", slacktest.Fault{Error: "fatal_error"}, handover.DeskTemporary, 0, ""},
		{"service_unavailable", slacktest.Fault{Error: "service_unavailable"}, handover.DeskTemporary, 0, ""},
		{"request_timeout", slacktest.Fault{Error: "request_timeout"}, handover.DeskTemporary, 0, ""},
		{"unknown", slacktest.Fault{Error: "new_error"}, handover.DeskTemporary, 0, "new_error"},
		{"invalid_auth", slacktest.Fault{Error: "invalid_auth"}, handover.DeskForbidden, 0, "install the app again"},
		{"account_inactive", slacktest.Fault{Error: "account_inactive"}, handover.DeskForbidden, 0, "install the app again"},
		{"token_revoked", slacktest.Fault{Error: "token_revoked"}, handover.DeskForbidden, 0, "bot_token"},
		{"token_expired", slacktest.Fault{Error: "token_expired"}, handover.DeskForbidden, 0, "bot_token"},
		{"missing_scope", slacktest.Fault{Error: "missing_scope", Needed: "chat:write"}, handover.DeskForbidden, 0, "chat:write"},
		{"not_in_channel", slacktest.Fault{Error: "not_in_channel"}, handover.DeskForbidden, 0, "/invite @patchbay in channel C0SUPPORT1"},
		{"channel_not_found", slacktest.Fault{Error: "channel_not_found"}, handover.DeskForbidden, 0, "C0SUPPORT1"},
		{"is_archived", slacktest.Fault{Error: "is_archived"}, handover.DeskForbidden, 0, "unarchive"},
		{"restricted_action", slacktest.Fault{Error: "restricted_action"}, handover.DeskForbidden, 0, "permissions"},
		{"msg_too_long", slacktest.Fault{Error: "msg_too_long"}, handover.DeskRejected, 0, ""},
		{"msg_blocks_too_long", slacktest.Fault{Error: "msg_blocks_too_long"}, handover.DeskRejected, 0, ""},
		{"invalid_blocks", slacktest.Fault{Error: "invalid_blocks", Messages: []string{"must be less than 3001 characters"}}, handover.DeskRejected, 0, "3001"},
		{"no_text", slacktest.Fault{Error: "no_text"}, handover.DeskRejected, 0, ""},
		{"metadata_too_large", slacktest.Fault{Error: "metadata_too_large"}, handover.DeskRejected, 0, ""},
		{"thread_not_found", slacktest.Fault{Error: "thread_not_found"}, handover.DeskGone, 0, ""},
		{"cannot_reply_to_message", slacktest.Fault{Error: "cannot_reply_to_message"}, handover.DeskGone, 0, ""},
	}
	const customers = "my secret words"
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := start(t, slacktest.Options{}, nil)
			thread := w.open(t)
			before := w.slack.Calls("chat.postMessage")
			test.fault.Method = "chat.postMessage"
			w.slack.Break(test.fault)
			_, err := w.desk.Post(soon(t), thread, said(customers))
			e, ok := errors.AsType[*handover.DeskError](err)
			if !ok || e.Kind != test.want || e.RetryAfter != test.after {
				t.Fatalf("Post() = %v, %+v, want kind %v after %v", err, e, test.want, test.after)
			}
			if !strings.Contains(err.Error(), test.words) {
				t.Errorf("error %q, want %q in it", err, test.words)
			}
			for _, secret := range []string{slacktest.BotToken, "xoxb", customers, "token="} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("error %q has %q", err, secret)
				}
			}
			if n := w.slack.Calls("chat.postMessage") - before; n != 1 {
				t.Errorf("%d calls, want one: nothing is tried again here", n)
			}
		})
	}
}

func TestErrorsWithoutSlack(t *testing.T) {
	w := start(t, slacktest.Options{}, nil)
	thread := w.open(t)
	w.slack.Break(slacktest.Fault{Method: "chat.postMessage", Hang: true})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := w.desk.Post(ctx, thread, said("a")); kindOf(t, err) != handover.DeskTemporary {
		t.Errorf("Post() that hangs = %v, want temporary", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("Post() ended %v after its context, want at once", took)
	}
	if err := w.slack.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := w.desk.Post(soon(t), thread, said("a"))
	if kindOf(t, err) != handover.DeskTemporary || strings.Contains(err.Error(), "/api/") {
		t.Errorf("Post() without a Slack = %v, want temporary and no address", err)
	}
}

// TestAnswersOfOtherShapes posts to a Slack whose answers are not what they should be.
func TestAnswersOfOtherShapes(t *testing.T) {
	tests := []struct {
		answer string
		want   handover.DeskErrorKind
	}{
		{`{"ok":true,"channel":"C0SUPPORT1","ts":"1.000001","message":{"ts":"1.000001","blocks":[{"type":"new","x":1}],"user":{"a":1}}}`, 0},
		{`{"ok":true,"channel":"C0SUPPORT1","ts":"1.000001"}`, 0},
		{`{"ok":true,"ts":"1.000001"}`, 0},
		{`{"ok":true}`, handover.DeskTemporary},
		{`{"ok":false}`, handover.DeskTemporary},
		{`{}`, handover.DeskTemporary},
		{`[]`, handover.DeskTemporary},
		{`ok`, handover.DeskTemporary},
		{``, handover.DeskTemporary},
		{`{"ok":false,"error":"invalid_blocks","errors":[{"new":"shape"}]}`, handover.DeskRejected},
	}
	for _, test := range tests {
		s := script(t)
		s.post = func(w http.ResponseWriter) { _, _ = w.Write([]byte(test.answer)) }
		desk := s.desk(t)
		if err := desk.Setup(soon(t)); err != nil {
			t.Fatal(err)
		}
		id, err := desk.Open(soon(t), luis())
		if got := kindOf(t, err); got != test.want {
			t.Errorf("Open() answered with %s = %q, %v, want kind %v", test.answer, id, err, test.want)
		}
	}
}

func TestSetup(t *testing.T) {
	w := start(t, slacktest.Options{}, nil)
	w.slack.Break(slacktest.Fault{Method: "auth.test", Status: 500})
	if err := w.desk.Setup(t.Context()); kindOf(t, err) != handover.DeskTemporary {
		t.Errorf("Setup() = %v, want temporary", err)
	}
	if err := w.desk.Setup(t.Context()); err != nil {
		t.Errorf("Setup() again = %v", err)
	}
	w.slack.Break(slacktest.Fault{Method: "auth.test", Error: "invalid_auth"})
	if err := w.desk.Setup(t.Context()); kindOf(t, err) != handover.DeskForbidden {
		t.Errorf("Setup() with a dead token = %v, want forbidden", err)
	}
}

func TestRates(t *testing.T) {
	w := start(t, slacktest.Options{}, nil)
	if workspace, channel := w.desk.Rates(); workspace <= 0 || channel != 1 {
		t.Errorf("Rates() = %v, %v, want Slack's: one a second in a channel", workspace, channel)
	}
	w = start(t, slacktest.Options{}, func(c *slackdesk.Config, _ *slackdesk.Deps) { c.Rate, c.ChatRate = 20, 3 })
	if workspace, channel := w.desk.Rates(); workspace != 20 || channel != 3 {
		t.Errorf("Rates() = %v, %v, want the config's 20 and 3", workspace, channel)
	}
}

func TestAnnounce(t *testing.T) {
	w := start(t, slacktest.Options{}, func(c *slackdesk.Config, _ *slackdesk.Deps) { c.OpsChannel = "C0OPS00001" })
	w.slack.AddChannel(slacktest.Channel{ID: "C0OPS00001", Name: "ops"})
	if err := w.desk.Announce(t.Context(), "", "telegram/support: <token> refused"); err != nil {
		t.Fatal(err)
	}
	if err := w.desk.Announce(t.Context(), slacktest.Support, strings.Repeat("x", 5000)); err != nil {
		t.Fatal(err)
	}
	if top := w.slack.Top("C0OPS00001"); len(top) != 1 || top[0].Plain() != "telegram/support: <token> refused" {
		t.Errorf("ops channel = %+v", top)
	}
	if top := w.slack.Top(slacktest.Support); len(top) != 1 {
		t.Errorf("%d posts in the named place, want one", len(top))
	}
}

func TestFit(t *testing.T) {
	w := start(t, slacktest.Options{Unpaced: true}, nil)
	thread := w.open(t)
	line := func(text string) handover.PostLine {
		return handover.PostLine{Author: models.ByCustomer, Kind: models.Said, Name: "Luis", Text: text, At: time.Unix(1793900000, 0)}
	}
	many := func(n int, text string) []handover.PostLine {
		var all []handover.PostLine
		for range n {
			all = append(all, line(text))
		}
		return all
	}
	tests := []struct {
		name  string
		lines []handover.PostLine
		least int
		most  int
	}{
		{"none", nil, 0, 0},
		{"one", many(1, "a"), 1, 1},
		{"one too long", many(2, strings.Repeat("a", 5000)), 1, 1},
		{"all", many(20, "hello there"), 20, 20},
		{"a backlog", many(500, "hello there"), 100, 250},
		{"ampersands", many(500, "&&&&&"), 40, 110},
		{"a long one behind", append(many(3, "a"), line(strings.Repeat("a", 2900))), 3, 3},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			n := w.desk.Fit(test.lines)
			if n < test.least || n > test.most {
				t.Fatalf("Fit() = %d, want %d to %d", n, test.least, test.most)
			}
			if n < 2 {
				return
			}
			id, err := w.desk.Post(t.Context(), thread, handover.Post{Lines: test.lines[:n]})
			if err != nil {
				t.Fatal(err)
			}
			p := w.look(t, thread, id)
			if got := len(utf16.Encode([]rune(p.Shown()))); got > 3000 {
				t.Errorf("%d lines are %d characters, want 3000 at most", n, got)
			}
			if got := len(utf16.Encode([]rune(p.Text))); got > 4000 {
				t.Errorf("the text has %d characters, want 4000 at most, so that it can be edited", got)
			}
		})
	}
}
