package telegramtest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"patchbay/channels/telegram/telegramtest"
)

// door is a webhook that notes what came and answers as judge says.
type door struct {
	*httptest.Server

	mu    sync.Mutex
	came  []string // texts of messages, kinds of other updates
	heads []http.Header
}

func newDoor(t *testing.T, judge func(d *door, text string, w http.ResponseWriter)) *door {
	t.Helper()
	d := &door{}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		var u map[string]json.RawMessage
		if err := json.Unmarshal(body, &u); err != nil {
			t.Errorf("update = %s: %v", body, err)
		}
		text := ""
		for kind, raw := range u {
			var m struct{ Text string }
			if kind != "update_id" {
				text = kind
				if json.Unmarshal(raw, &m) == nil && m.Text != "" {
					text = m.Text
				}
			}
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		d.came = append(d.came, text)
		d.heads = append(d.heads, r.Header.Clone())
		if judge != nil {
			judge(d, text, w)
		}
	}))
	t.Cleanup(d.Close)
	return d
}

func (d *door) texts() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.came)
}

// Ensure updates are posted with the secret, each chat's in order, and repeated until they are taken; a chat whose
// updates fail holds up no other.
func TestWebhook(t *testing.T) {
	var open bool
	d := newDoor(t, func(_ *door, text string, w http.ResponseWriter) {
		if strings.HasPrefix(text, "bad") && !open {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	s := start(t, loose())
	ann, bob := s.User(5, "Ann", ""), s.User(6, "Bob", "")
	write(t, ann, "bad 0") // before the webhook is set
	if r := call(t, s, "setWebhook", "url", d.URL, "secret_token", "s3cret"); !r.OK {
		t.Fatalf("setWebhook = %+v", r)
	}
	write(t, ann, "bad 1")
	var want []string
	for i := range 10 {
		want = append(want, fmt.Sprint("good ", i))
		write(t, bob, want[i])
	}
	if err := s.Wait(deadline(t), func() bool { return s.Pending() == 2 }); err != nil {
		t.Fatalf("pending %d: %v", s.Pending(), err)
	}
	if got := slices.DeleteFunc(d.texts(), func(s string) bool { return strings.HasPrefix(s, "bad") }); !slices.Equal(got, want) {
		t.Errorf("Bob's = %q, want %q", got, want)
	}
	if slices.Contains(d.texts(), "bad 1") {
		t.Error("Ann's second update came before the first was taken")
	}
	var info struct {
		URL     string
		Pending int    `json:"pending_update_count"`
		Date    int    `json:"last_error_date"`
		Error   string `json:"last_error_message"`
		Conns   int    `json:"max_connections"`
	}
	var r reply
	var err error
	told := func() bool { // the first answer to Ann's update may not be read yet
		r = call(t, s, "getWebhookInfo")
		err = json.Unmarshal(r.Result, &info)
		return err != nil || info.Date != 0
	}
	if waited := s.Wait(deadline(t), told); waited != nil {
		t.Fatalf("no error is told: %v", waited)
	}
	if err != nil || info.URL != d.URL || info.Pending != 2 || info.Conns != 40 ||
		info.Error != "Wrong response from the webhook: 503 Service Unavailable" {
		t.Errorf("getWebhookInfo = %+v, %v", info, err)
	}
	d.mu.Lock()
	open = true
	d.mu.Unlock()
	if err := s.Wait(deadline(t), func() bool { return s.Pending() == 0 }); err != nil {
		t.Fatal(err)
	}
	got := slices.DeleteFunc(d.texts(), func(s string) bool { return strings.HasPrefix(s, "good") })
	if got = slices.Compact(got); !slices.Equal(got, []string{"bad 0", "bad 1"}) {
		t.Errorf("Ann's = %q, want both in order", got)
	}
	for _, h := range d.heads {
		if h.Get("X-Telegram-Bot-Api-Secret-Token") != "s3cret" || h.Get("Content-Type") != "application/json" {
			t.Errorf("header = %v", h)
		}
	}
}

// Ensure an answer that gets lost brings the update again, and Retry-After is waited for.
func TestWebhookAgain(t *testing.T) {
	var first time.Time
	d := newDoor(t, func(d *door, text string, w http.ResponseWriter) {
		if text == "later" && slices.Index(d.came, "later") == len(d.came)-1 {
			first = time.Now()
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	s := start(t, loose())
	call(t, s, "setWebhook", "url", d.URL)
	u := s.User(5, "Ann", "")
	s.LoseAnswers(1)
	write(t, u, "twice")
	write(t, u, "once")
	write(t, u, "later")
	if err := s.Wait(deadline(t), func() bool { return s.Pending() == 0 }); err != nil {
		t.Fatal(err)
	}
	if got, want := d.texts(), []string{"twice", "twice", "once", "later", "later"}; !slices.Equal(got, want) {
		t.Errorf("came %q, want %q", got, want)
	}
	if waited := time.Since(first); waited < time.Second {
		t.Errorf("came again after %v, want a second", waited)
	}
}

// Ensure a method in the webhook's answer is carried out, and those that answer something are not.
func TestWebhookMethod(t *testing.T) {
	d := newDoor(t, func(_ *door, text string, w http.ResponseWriter) {
		method := map[string]string{
			"hi": `{"method":"sendMessage","chat_id":5,"text":"hello back"}`, "bye": `{"method":"deleteWebhook"}`, "me": `{"method":"getMe"}`,
		}[text]
		_, _ = w.Write([]byte(method))
	})
	s := start(t, loose())
	call(t, s, "setWebhook", "url", d.URL)
	u := s.User(5, "Ann", "")
	for _, text := range []string{"hi", "bye", "me", "nothing"} {
		write(t, u, text)
	}
	if err := u.WaitFor(deadline(t), "hello back"); err != nil {
		t.Error(err)
	}
	if err := s.Wait(deadline(t), func() bool { return s.Pending() == 0 }); err != nil {
		t.Fatal(err)
	}
	if s.Webhook() == "" || len(s.Calls("getMe")) != 0 {
		t.Error("a method that is not allowed there was carried out")
	}
}

// Ensure a webhook is set once a second at most, and that one that is deleted gets nothing.
func TestSetWebhook(t *testing.T) {
	c := newClock()
	conf := loose()
	conf.Now = c.Now
	s := start(t, conf)
	d := newDoor(t, nil)
	if r := call(t, s, "setWebhook", "url", d.URL); !r.OK {
		t.Fatalf("setWebhook = %+v", r)
	}
	if r := call(t, s, "setWebhook", "url", d.URL); r.Status != 429 || r.Parameters.RetryAfter != 1 {
		t.Errorf("setWebhook at once = %+v, want 429", r)
	}
	c.Add(time.Second)
	if r := call(t, s, "setWebhook", "url", d.URL, "max_connections", "5"); !r.OK {
		t.Errorf("setWebhook a second later = %+v", r)
	}
	call(t, s, "deleteWebhook")
	u := s.User(5, "Ann", "")
	write(t, u, "hello")
	if r := call(t, s, "getUpdates"); !strings.Contains(string(r.Result), "hello") || len(d.texts()) != 0 {
		t.Errorf("getUpdates = %+v after %q", r, d.texts())
	}
}

// Ensure people can do what they do with the app, and only that.
func TestUser(t *testing.T) {
	s := start(t, loose())
	u := s.User(5, "Ann", "en")
	ctx := t.Context()
	first := write(t, u, "/start")
	call(t, s, "sendMessage", "chat_id", "5", "text", "Well?", "reply_markup", `{"inline_keyboard":[[{"text":"yes","callback_data":"y"}]]}`)
	sent := u.Seen()[1]
	if sent.Mine || len(sent.Buttons) != 1 || sent.Buttons[0] != (telegramtest.Button{Title: "yes", Data: "y"}) {
		t.Errorf("Seen = %+v", sent)
	}
	steps := []struct {
		name string
		err  error
		want error
	}{
		{"press", u.Press(ctx, "yes"), nil},
		{"press nothing", u.Press(ctx, "no"), telegramtest.ErrNoButton},
		{"edit", u.Edit(ctx, first, "/start now"), nil},
		{"edit the bot's", u.Edit(ctx, sent.ID, "x"), telegramtest.ErrNoMessage},
		{"unblock", u.Unblock(ctx), telegramtest.ErrNotBlocks},
		{"block", u.Block(ctx), nil},
		{"block twice", u.Block(ctx), telegramtest.ErrBlocked},
	}
	for _, step := range steps {
		if !errors.Is(step.err, step.want) {
			t.Errorf("%s = %v, want %v", step.name, step.err, step.want)
		}
	}
	if _, err := u.Write(ctx, "hello"); !errors.Is(err, telegramtest.ErrBlocked) {
		t.Errorf("Write = %v, want ErrBlocked", err)
	}
	if err := u.Unblock(ctx); err != nil {
		t.Errorf("Unblock = %v", err)
	}
	if _, err := u.Reply(ctx, sent.ID, "yes"); err != nil {
		t.Errorf("Reply = %v", err)
	}
	if _, err := u.Share(ctx, map[string]any{"photo": []any{map[string]any{"file_id": "p"}}, "caption": "look"}); err != nil {
		t.Errorf("Share = %v", err)
	}
	if u.Spinning() != 1 {
		t.Errorf("Spinning = %d, want 1", u.Spinning())
	}
	r := call(t, s, "getUpdates")
	var updates []map[string]json.RawMessage
	if err := json.Unmarshal(r.Result, &updates); err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, one := range updates {
		delete(one, "update_id")
		for kind := range one {
			kinds = append(kinds, kind)
		}
	}
	if want := []string{"message", "callback_query", "edited_message", "my_chat_member", "my_chat_member", "message", "message"}; !slices.Equal(kinds, want) {
		t.Errorf("kinds = %q, want %q", kinds, want)
	}
	var q struct{ ID, Data string }
	if err := json.Unmarshal(updates[1]["callback_query"], &q); err != nil || q.Data != "y" {
		t.Fatalf("callback_query = %s", updates[1]["callback_query"])
	}
	if r := call(t, s, "answerCallbackQuery", "callback_query_id", q.ID); !r.OK || u.Spinning() != 0 {
		t.Errorf("answerCallbackQuery = %+v, %d still wait", r, u.Spinning())
	}
	if reply := string(updates[5]["message"]); !strings.Contains(reply, `"reply_to_message"`) || !strings.Contains(reply, "Well?") {
		t.Errorf("reply = %s", reply)
	}
	if photo := string(updates[6]["message"]); !strings.Contains(photo, `"caption":"look"`) || strings.Contains(photo, `"text"`) {
		t.Errorf("photo = %s", photo)
	}
}

// Ensure a bot in a group hears what is meant for it, and nothing else.
func TestGroup(t *testing.T) {
	s := start(t, loose())
	u := s.User(5, "Ann", "")
	g := s.Group(-9, "Club")
	if err := g.Add(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"hello all", "/agent", "@acme_support_bot hi", "@Acme_Support_Bot", "bye"} {
		if _, err := g.Write(t.Context(), u, text); err != nil {
			t.Fatal(err)
		}
	}
	if s.Pending() != 4 || len(g.Seen()) != 5 {
		t.Errorf("%d updates of %d messages, want 4 of 5", s.Pending(), len(g.Seen()))
	}
	r := call(t, s, "getUpdates")
	if got := string(r.Result); strings.Count(got, `"bot_command"`) != 1 || strings.Count(got, `"mention"`) != 2 {
		t.Errorf("getUpdates = %s, want entities of a command and two mentions", got)
	}
	if r := call(t, s, "sendMessage", "chat_id", "-9", "text", "I work in private chats."); !r.OK || len(g.Read()) != 1 {
		t.Errorf("sendMessage = %+v, read %q", r, g.Read())
	}
}
