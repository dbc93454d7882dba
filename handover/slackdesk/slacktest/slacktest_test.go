package slacktest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"patchbay/handover/slackdesk/slacktest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

func start(t *testing.T, opts slacktest.Options) *slacktest.Server {
	t.Helper()
	s, err := slacktest.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
	})
	return s
}

func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// answer is what is read of the Web API's answers.
type answer struct {
	OK       bool
	Error    string
	Needed   string
	TS       string
	Messages []map[string]any
	Message  map[string]any
	status   int
	header   http.Header
}

// call calls a method of the Web API with the bot's token.
func call(t *testing.T, s *slacktest.Server, method string, args ...string) answer {
	t.Helper()
	a, err := try(t, s, slacktest.BotToken, method, args...)
	if err != nil {
		t.Fatalf("%s = %v", method, err)
	}
	return a
}

func try(t *testing.T, s *slacktest.Server, token, method string, args ...string) (answer, error) {
	t.Helper()
	form := url.Values{}
	if token != "" {
		form.Set("token", token)
	}
	for i := 0; i < len(args); i += 2 {
		form.Set(args[i], args[i+1])
	}
	req, err := http.NewRequestWithContext(soon(t), http.MethodPost, s.APIURL()+method, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	a := answer{status: resp.StatusCode, header: resp.Header}
	return a, json.NewDecoder(resp.Body).Decode(&a)
}

func TestAnswers(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	section := func(text string) string {
		raw, _ := json.Marshal([]any{map[string]any{"type": "section", "text": map[string]any{"type": "mrkdwn", "text": text}}})
		return string(raw)
	}
	many := "[" + strings.TrimSuffix(strings.Repeat(`{"type":"divider"},`, 51), ",") + "]"
	tests := []struct {
		name   string
		method string
		args   []string
		want   string // the error
	}{
		{"post", "chat.postMessage", []string{"channel", slacktest.Support, "text", "a"}, ""},
		{"no text", "chat.postMessage", []string{"channel", slacktest.Support}, "no_text"},
		{"no blocks", "chat.postMessage", []string{"channel", slacktest.Support, "blocks", "[]"}, "no_text"},
		{"full section", "chat.postMessage", []string{"channel", slacktest.Support, "blocks", section(long(3000))}, ""},
		{"section too long", "chat.postMessage", []string{"channel", slacktest.Support, "blocks", section(long(3001))}, "invalid_blocks"},
		{"section without text", "chat.postMessage", []string{"channel", slacktest.Support, "blocks", section("")}, "invalid_blocks"},
		{"too many blocks", "chat.postMessage", []string{"channel", slacktest.Support, "blocks", many}, "invalid_blocks"},
		{"blocks are no JSON", "chat.postMessage", []string{"channel", slacktest.Support, "blocks", "{"}, "invalid_blocks_format"},
		{"unknown block", "chat.postMessage", []string{"channel", slacktest.Support, "blocks", `[{"type":"new"}]`}, "invalid_blocks"},
		{"button too long", "chat.postMessage", []string{"channel", slacktest.Support, "blocks", `[{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"` + long(76) + `"}}]}]`}, "invalid_blocks"},
		{"button with a long value", "chat.postMessage", []string{"channel", slacktest.Support, "blocks", `[{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"a"},"value":"` + long(2001) + `"}]}]`}, "invalid_blocks"},
		{"two blocks with one id", "chat.postMessage", []string{"channel", slacktest.Support, "blocks", `[{"type":"divider","block_id":"a"},{"type":"divider","block_id":"a"}]`}, "invalid_blocks"},
		{"metadata without a type", "chat.postMessage", []string{"channel", slacktest.Support, "text", "a", "metadata", `{"event_payload":{}}`}, "invalid_metadata_format"},
		{"unknown channel", "chat.postMessage", []string{"channel", "C0NOWHERE1", "text", "a"}, "channel_not_found"},
		{"not a member", "chat.postMessage", []string{"channel", "C0OUTSIDE1", "text", "a"}, "not_in_channel"},
		{"private and not a member", "chat.postMessage", []string{"channel", "C0PRIVATE1", "text", "a"}, "channel_not_found"},
		{"archived", "chat.postMessage", []string{"channel", "C0ARCHIVE1", "text", "a"}, "is_archived"},
		{"read only", "chat.postMessage", []string{"channel", "C0READONLY", "text", "a"}, "restricted_action"},
		{"unknown thread", "chat.postMessage", []string{"channel", slacktest.Support, "text", "a", "thread_ts", "1.000001"}, "thread_not_found"},
		{"update nothing", "chat.update", []string{"channel", slacktest.Support, "text", "a", "ts", "1.000001"}, "message_not_found"},
		{"delete nothing", "chat.delete", []string{"channel", slacktest.Support, "ts", "1.000001"}, "message_not_found"},
		{"whisper to nobody", "chat.postEphemeral", []string{"channel", slacktest.Support, "text", "a", "user", "U0"}, "user_not_in_channel"},
		{"unknown user", "users.info", []string{"user", "U0"}, "user_not_found"},
		{"user", "users.info", []string{"user", slacktest.Ana}, ""},
		{"channel", "conversations.info", []string{"channel", slacktest.Support}, ""},
		{"members", "conversations.members", []string{"channel", slacktest.Support}, ""},
		{"history", "conversations.history", []string{"channel", slacktest.Support}, ""},
		{"view without a trigger", "views.open", []string{"view", "{}"}, "invalid_trigger_id"},
		{"change of no view", "views.update", []string{"view", "{}", "view_id", "V1"}, "not_found"},
		{"home that is none", "views.publish", []string{"user_id", slacktest.Ana, "view", "{}"}, "invalid_arguments"},
		{"home of nobody", "views.publish", []string{"user_id", "U0", "view", `{"type":"home","blocks":[]}`}, "user_not_found"},
		{"home", "views.publish", []string{"user_id", slacktest.Ana, "view", `{"type":"home","blocks":[]}`}, ""},
		{"app-level method", "apps.connections.open", nil, "not_allowed_token_type"},
		{"unknown method", "chat.shout", nil, "unknown_method"},
	}
	s := start(t, slacktest.Options{Unpaced: true})
	s.AddChannel(slacktest.Channel{ID: "C0OUTSIDE1", Outside: true})
	s.AddChannel(slacktest.Channel{ID: "C0PRIVATE1", Outside: true, Private: true})
	s.AddChannel(slacktest.Channel{ID: "C0ARCHIVE1", Archived: true})
	s.AddChannel(slacktest.Channel{ID: "C0READONLY", ReadOnly: true})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := call(t, s, test.method, test.args...); got.Error != test.want || got.OK != (test.want == "") {
				t.Errorf("%s = %+v, want %q", test.method, got, test.want)
			}
		})
	}
}

func TestTokens(t *testing.T) {
	s := start(t, slacktest.Options{Scopes: []string{"users:read"}})
	if a, err := try(t, s, "", "auth.test"); err != nil || a.Error != "not_authed" {
		t.Errorf("without a token: %+v, %v", a, err)
	}
	if a, err := try(t, s, "xoxb-other", "auth.test"); err != nil || a.Error != "invalid_auth" {
		t.Errorf("with another token: %+v, %v", a, err)
	}
	a := call(t, s, "chat.postMessage", "channel", slacktest.Support, "text", "a")
	if a.Error != "missing_scope" || a.Needed != "chat:write" {
		t.Errorf("without chat:write: %+v", a)
	}
	if got := call(t, s, "auth.test").header.Get("X-OAuth-Scopes"); got != "users:read" {
		t.Errorf("X-OAuth-Scopes = %q, want users:read", got)
	}
	s.HideScopes()
	if got := call(t, s, "auth.test").header.Values("X-OAuth-Scopes"); got != nil {
		t.Errorf("X-OAuth-Scopes = %q, want none", got)
	}
}

func TestUpdateLimit(t *testing.T) {
	s := start(t, slacktest.Options{Unpaced: true})
	ts := call(t, s, "chat.postMessage", "channel", slacktest.Support, "text", strings.Repeat("é", 5000)).TS
	if a := call(t, s, "chat.update", "channel", slacktest.Support, "ts", ts, "text", strings.Repeat("é", 4001)); a.Error != "msg_too_long" {
		t.Errorf("an update of 4001 characters: %+v", a)
	}
	if a := call(t, s, "chat.update", "channel", slacktest.Support, "ts", ts, "text", strings.Repeat("é", 4000)); !a.OK {
		t.Errorf("an update of 4000 characters: %+v", a)
	}
	other, err := s.Agent(slacktest.Ana).PostTop(t.Context(), slacktest.Support, "mine")
	if err != nil {
		t.Fatal(err)
	}
	_, theirs, _ := strings.Cut(other, "/")
	if a := call(t, s, "chat.update", "channel", slacktest.Support, "ts", theirs, "text", "a"); a.Error != "cant_update_message" {
		t.Errorf("an update of somebody's post: %+v", a)
	}
}

func TestRates(t *testing.T) {
	now := time.Unix(1793900000, 0)
	var mu sync.Mutex
	s := start(t, slacktest.Options{Now: func() time.Time { mu.Lock(); defer mu.Unlock(); return now }})
	s.AddChannel(slacktest.Channel{ID: "C0OTHER001"})
	post := func(channel string) answer { return call(t, s, "chat.postMessage", "channel", channel, "text", "a") }
	for i := range 4 {
		if a := post(slacktest.Support); !a.OK {
			t.Fatalf("post %d: %+v", i, a)
		}
	}
	a := post(slacktest.Support)
	if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") != "1" || a.Error != "ratelimited" {
		t.Errorf("the fifth post at once: %+v, want 429 with Retry-After 1", a)
	}
	if a := post("C0OTHER001"); !a.OK {
		t.Errorf("a post in another channel: %+v", a)
	}
	mu.Lock()
	now = now.Add(time.Second)
	mu.Unlock()
	if a := post(slacktest.Support); !a.OK {
		t.Errorf("a post a second later: %+v", a)
	}
	for i := range 60 {
		a := call(t, s, "chat.update", "channel", slacktest.Support, "ts", "1.1", "text", "a")
		if limited := a.status == http.StatusTooManyRequests; limited != (i >= 50) {
			t.Fatalf("update %d: %+v, want 50 a minute", i, a)
		}
	}
}

func TestFaults(t *testing.T) {
	s := start(t, slacktest.Options{Unpaced: true})
	post := func() (answer, error) {
		return try(t, s, slacktest.BotToken, "chat.postMessage", "channel", slacktest.Support, "text", "a")
	}
	s.Break(slacktest.Fault{Method: "chat.postMessage", Error: "fatal_error", Times: 2})
	for range 2 {
		if a, err := post(); err != nil || a.Error != "fatal_error" {
			t.Errorf("post = %+v, %v, want fatal_error", a, err)
		}
	}
	if a, err := post(); err != nil || !a.OK {
		t.Errorf("post after the fault = %+v, %v", a, err)
	}
	for _, f := range []slacktest.Fault{{Cut: true}, {Half: true}, {HTML: true}, {Status: 500}} {
		s.Break(f)
		if a, err := post(); err == nil {
			t.Errorf("post with fault %+v = %+v, want no answer", f, a)
		}
	}
	before := len(s.Top(slacktest.Support))
	s.Break(slacktest.Fault{Cut: true, After: true})
	if _, err := post(); err == nil || len(s.Top(slacktest.Support)) != before+1 {
		t.Errorf("a post that is taken and cut: %v with %d posts more, want an error and one", err, len(s.Top(slacktest.Support))-before)
	}
	s.Outage(true)
	if a, err := post(); err == nil || a.status != http.StatusServiceUnavailable {
		t.Errorf("post in an outage = %+v, %v", a, err)
	}
	s.Mend()
	if a, err := post(); err != nil || !a.OK {
		t.Errorf("post after the outage = %+v, %v", a, err)
	}
	if n := s.Calls("chat.postMessage"); n != 10 {
		t.Errorf("%d calls, want 10", n)
	}
}

func TestThreads(t *testing.T) {
	s := start(t, slacktest.Options{Unpaced: true})
	ctx := soon(t)
	root := call(t, s, "chat.postMessage", "channel", slacktest.Support, "text", "card", "metadata", `{"event_type":"x","event_payload":{"a":1}}`).TS
	call(t, s, "chat.postMessage", "channel", slacktest.Support, "text", "one", "thread_ts", root)
	call(t, s, "reactions.add", "channel", slacktest.Support, "timestamp", root, "name", "eyes")
	if a := call(t, s, "reactions.add", "channel", slacktest.Support, "timestamp", root, "name", "eyes"); a.Error != "already_reacted" {
		t.Errorf("a second reaction: %+v", a)
	}
	id, err := s.Agent(slacktest.Ana).Reply(ctx, "C0SUPPORT1/"+root, "two 👍")
	if err != nil {
		t.Fatal(err)
	}
	a := call(t, s, "conversations.replies", "channel", slacktest.Support, "ts", root, "include_all_metadata", "true")
	if len(a.Messages) != 3 || a.Messages[0]["metadata"] == nil || a.Messages[2]["text"] != "two :+1:" || a.Messages[2]["parent_user_id"] != slacktest.BotUser {
		t.Errorf("conversations.replies = %v", a.Messages)
	}
	if a := call(t, s, "conversations.history", "channel", slacktest.Support); len(a.Messages) != 1 || a.Messages[0]["reply_count"] != 2.0 || a.Messages[0]["metadata"] != nil {
		t.Errorf("conversations.history = %v", a.Messages)
	}
	threads := s.Threads(slacktest.Support)
	if len(threads) != 1 || len(threads[0].Posts()) != 2 || threads[0].Posts()[1].ID != id || len(threads[0].Root.Reactions) != 1 {
		t.Errorf("Threads() = %+v", threads)
	}
	if err := s.Agent(slacktest.Ben).Delete(ctx, "C0SUPPORT1/"+root); err != nil {
		t.Fatal(err)
	}
	if a := call(t, s, "conversations.replies", "channel", slacktest.Support, "ts", root); a.Messages[0]["subtype"] != "tombstone" {
		t.Errorf("a deleted root = %v, want a tombstone", a.Messages[0])
	}
}

func TestWaitEnds(t *testing.T) {
	s := start(t, slacktest.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.WaitThreads(ctx, slacktest.Support, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("WaitThreads() = %v, want canceled", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Wait(t.Context(), func() bool { return false }); err == nil {
		t.Error("Wait() of a closed server worked")
	}
}

func TestPlain(t *testing.T) {
	s := start(t, slacktest.Options{Unpaced: true})
	ts := call(t, s, "chat.postMessage", "channel", slacktest.Support, "text",
		"<@U0AGENT0001> <@U0NOBODY01> *bold* _it_ ~s~ 2*3 &lt;b&gt; <https://a.example|page> <!date^1^{time}|10:00>").TS
	got, _ := s.Thread("C0SUPPORT1/" + ts)
	if want := "@Ana @U0NOBODY01 bold it s 2*3 <b> page 10:00"; got.Root.Plain() != want {
		t.Errorf("Plain() = %q, want %q", got.Root.Plain(), want)
	}
}
