package embed_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"patchbay/gateway/app"
	"patchbay/gateway/standard"
	"patchbay/handover/slackdesk/slacktest"

	"example.com/extend/embed"
	"example.com/extend/notes"
)

// note is a note that the gateway wrote.
type note struct{ Board, Author, Text string }

// board starts a notes service, and returns its address and what is written there.
func board(t *testing.T) (url string, written <-chan note) {
	t.Helper()
	all := make(chan note, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n note
		if err := json.NewDecoder(r.Body).Decode(&n); err != nil || r.Header.Get("Authorization") != "Bearer ours" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprintf(w, `{"id":"n%d"}`, 100+len(all))
		all <- n
	}))
	t.Cleanup(server.Close)
	return server.URL, all
}

// next waits for the next note.
func next(ctx context.Context, t *testing.T, written <-chan note) note {
	t.Helper()
	select {
	case n := <-written:
		return n
	case <-ctx.Done():
		t.Fatal("no note was written in time")
		return note{}
	}
}

// ask makes a call and returns the status and body of its answer.
func ask(ctx context.Context, t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer theirs")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("%s error = %v", method, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(answer)
}

// shop is somebody's own server with a gateway in it.
type shop struct {
	url   string
	slack *slacktest.Server
	stop  context.CancelFunc
	ended <-chan error
}

// open opens a shop whose customers write at the notes service at url.
func open(t *testing.T, url string) shop {
	t.Helper()
	slack, err := slacktest.New(slacktest.Options{Unpaced: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = slack.Close() })
	questions, err := filepath.Abs("../faq.md")
	if err != nil {
		t.Fatal(err)
	}
	kit := standard.Kit()
	kit.Channels = append(kit.Channels, app.Channel("notes", notes.New))
	conf, err := app.Parse("shop.toml", fmt.Appendf(nil, `
[store]
url = "sqlite://%s"
[bot]
kind = "faq"
file = %q
[slack]
bot_token = %q
signing_secret = %q
channel = %q
api_url = %q
rate = 1000
chat_rate = 1000
[channels.notes.team]
url = %q
token = "ours"
call_token = "theirs"
`, filepath.ToSlash(filepath.Join(t.TempDir(), "shop.db")), questions,
		slacktest.BotToken, slacktest.SigningSecret, slacktest.Support, slack.APIURL(), url), kit)
	if err != nil {
		t.Fatalf("Parse error = %v", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /orders", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "no orders") })
	ctx, stop := context.WithCancel(context.Background())
	ended, over := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(over)
		ended <- embed.Serve(ctx, l, mux, conf, kit, slog.New(slog.DiscardHandler))
	}()
	t.Cleanup(func() { stop(); <-over })
	s := shop{url: "http://" + l.Addr().String(), slack: slack, stop: stop, ended: ended}
	slack.Deliver(s.url+"/slack/events", s.url+"/slack/actions", s.url+"/slack/commands")
	return s
}

// Ensure that a gateway in somebody else's server brings a customer to the bot and to a person, beside that server's own
// routes, and stops with it.
func TestServe(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	url, written := board(t)
	s := open(t, url)
	write := func(id, text string) {
		t.Helper()
		body := fmt.Sprintf(`{"event":"note.written","note":{"id":%q,"board":"b7","author":"Ann","text":%q,"written":"2026-11-22T12:00:00Z"}}`, id, text)
		if status, answer := ask(ctx, t, http.MethodPost, s.url+"/channels/notes/team", body); status != http.StatusOK {
			t.Fatalf("POST of a note = %d %q, want 200", status, answer)
		}
	}

	write("n1", "When are you open?")
	if n := next(ctx, t, written); n.Board != "b7" || n.Text != "We are open Monday to Friday from 9:00 to 18:00." {
		t.Errorf("the bot wrote %+v, want the opening hours on b7", n)
	}
	if status, answer := ask(ctx, t, http.MethodGet, s.url+"/orders", ""); status != http.StatusOK || answer != "no orders" {
		t.Errorf("GET /orders = %d %q, want the server's own route", status, answer)
	}
	if status, answer := ask(ctx, t, http.MethodGet, s.url+"/readyz", ""); status != http.StatusOK {
		t.Errorf("GET /readyz = %d %q, want 200", status, answer)
	}

	write("n1", "When are you open?") // the service posts it again: it is known
	write("n2", "I want to talk to a person")
	if n := next(ctx, t, written); !strings.Contains(n.Text, "colleague") {
		t.Errorf("after a request for a person the customer reads %+v, want that one comes", n)
	}
	threads, err := s.slack.WaitThreads(ctx, slacktest.Support, 1)
	if err != nil {
		t.Fatalf("no thread: %v", err)
	}
	if card := threads[0].Root.Plain(); !strings.Contains(card, "Ann") || !strings.Contains(card, "Notes") {
		t.Errorf("the card does not say who writes from where:\n%s", card)
	}
	if _, err := s.slack.Agent(slacktest.Ana).Reply(ctx, threads[0].ID, "Hi Ann, how can I help?"); err != nil {
		t.Fatalf("reply: %v", err)
	}
	for n := (note{}); n.Text != "Hi Ann, how can I help?"; {
		if n = next(ctx, t, written); n.Text == "Hi Ann, how can I help?" && n.Author != "Ana" {
			t.Errorf("the agent's note is by %q, want Ana", n.Author)
		}
	}

	s.stop()
	select {
	case err := <-s.ended:
		if err != nil {
			t.Errorf("Serve error = %v, want none", err)
		}
	case <-ctx.Done():
		t.Fatal("Serve does not end")
	}
	if c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://")); err == nil {
		_ = c.Close()
		t.Error("the server listens after Serve has ended")
	}
}
