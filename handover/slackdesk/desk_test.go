package slackdesk_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"patchbay/handover"
	"patchbay/handover/slackdesk"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			println(err.Error())
			code = 1
		}
	}
	os.Exit(code)
}

// world is a Slack and a desk in it that is set up.
type world struct {
	slack *slacktest.Server
	desk  *slackdesk.Desk
	conf  slackdesk.Config
	deps  slackdesk.Deps
	asked chan handover.FormAsk // forms that agents asked for

	commanded chan handover.Command // commands that were used

	transport *http.Transport
}

// start starts a Slack and a desk. change may be nil.
func start(t *testing.T, opts slacktest.Options, change func(*slackdesk.Config, *slackdesk.Deps)) *world {
	t.Helper()
	s, err := slacktest.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := s.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
	})
	w := &world{slack: s, transport: transport, asked: make(chan handover.FormAsk, 100), commanded: make(chan handover.Command, 1000)}
	w.conf = slackdesk.Config{
		BotToken:      models.NewSecret(slacktest.BotToken),
		SigningSecret: models.Secrets{models.NewSecret(slacktest.SigningSecret)},
		Channel:       slacktest.Support,
		APIURL:        s.APIURL(),
	}
	if opts.Socket {
		w.conf.AppToken = models.NewSecret(slacktest.AppToken)
	}
	w.deps = slackdesk.Deps{
		Name: "slack", Install: "pb1", HTTP: &http.Client{Transport: transport, Timeout: 10 * time.Second},
	}
	if change != nil {
		change(&w.conf, &w.deps)
	}
	if w.desk, err = slackdesk.New(w.conf, w.deps); err != nil {
		t.Fatal(err)
	}
	if err := w.desk.Setup(t.Context()); err != nil {
		t.Fatalf("Setup() = %v", err)
	}
	return w
}

// open opens a thread.
func (w *world) open(t *testing.T) string {
	t.Helper()
	thread, err := w.desk.Open(t.Context(), luis())
	if err != nil {
		t.Fatalf("Open() = %v", err)
	}
	return thread
}

// soon returns a context for what has to happen at once.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func luis() handover.Card {
	return handover.Card{
		Handover: "h1", Channel: "telegram/support", Platform: "Telegram", Language: "es",
		Contact: models.Contact{ID: "42", Name: "Luis Pérez"},
		Reason:  models.Reason{Cause: models.CauseAsked, Asked: "quiero hablar con una persona"},
		Since:   time.Unix(1793900000, 0), State: models.HandoverWaiting,
	}
}

func said(text string) handover.Post {
	return handover.Post{Lane: "7", From: 1, To: 1, Lines: []handover.PostLine{{
		Message: "m1", Author: models.ByCustomer, Kind: models.Said, Name: "Luis Pérez", Text: text,
	}}}
}

// kindOf returns the kind of a desk's failure, 0 for none.
func kindOf(t *testing.T, err error) handover.DeskErrorKind {
	t.Helper()
	if err == nil {
		return 0
	}
	e, ok := errors.AsType[*handover.DeskError](err)
	if !ok {
		t.Fatalf("error %v (%T) is no *handover.DeskError", err, err)
	}
	return e.Kind
}

func TestThread(t *testing.T) {
	w := start(t, slacktest.Options{}, nil)
	ctx := soon(t)

	thread := w.open(t)
	threads := w.slack.Threads(slacktest.Support)
	if len(threads) != 1 || threads[0].ID != thread {
		t.Fatalf("Threads() = %v, want the one that Open returned, %s", threads, thread)
	}
	root := threads[0].Root
	if got := root.Metadata["event_payload"].(map[string]any); got["install"] != "pb1" || got["handover"] != "h1" {
		t.Errorf("metadata of the card = %v, want install pb1 and handover h1", got)
	}
	if len(root.Buttons) < 2 || root.Buttons[0].Title != "Take it" || root.Buttons[1].Title != "Resolve" {
		t.Errorf("buttons of the card = %v, want Take it and Resolve first", root.Buttons)
	}

	post, err := w.desk.Post(ctx, thread, said("hola"))
	if err != nil {
		t.Fatalf("Post() = %v", err)
	}
	got, err := w.slack.WaitPost(ctx, thread, "hola")
	if err != nil || got.ID != post || got.Text != "Luis Pérez: hola" {
		t.Errorf("post = %+v, %v, want %s with the text %q", got, err, post, "Luis Pérez: hola")
	}
	changed := said("hola, soy Luis")
	changed.Lines[0].Edited = true
	if err := w.desk.Edit(ctx, thread, post, changed); err != nil {
		t.Fatalf("Edit() = %v", err)
	}
	if got, err := w.slack.WaitPost(ctx, thread, "soy Luis (edited)"); err != nil || got.ID != post {
		t.Errorf("edited post = %+v, %v", got, err)
	}

	card := luis()
	card.State, card.Agent, card.Ended = models.HandoverResolved, models.Person{ID: slacktest.Ana, Name: "Ana"}, time.Unix(1793900900, 0)
	if err := w.desk.Show(ctx, thread, card); err != nil {
		t.Fatalf("Show() = %v", err)
	}
	root, err = w.slack.WaitCard(ctx, thread, "Resolved by Ana")
	if err != nil || len(root.Buttons) != 1 || root.Buttons[0].Title != "Block the customer" {
		t.Errorf("resolved card = %+v, %v, want nothing but the menu", root, err)
	}
}

func TestNotSetUp(t *testing.T) {
	w := start(t, slacktest.Options{}, nil)
	desk, err := slackdesk.New(w.conf, w.deps)
	if err != nil {
		t.Fatal(err)
	}
	calls := map[string]func(context.Context) error{
		"Open":     func(ctx context.Context) error { _, err := desk.Open(ctx, luis()); return err },
		"Post":     func(ctx context.Context) error { _, err := desk.Post(ctx, "C0SUPPORT1/1.1", said("a")); return err },
		"Edit":     func(ctx context.Context) error { return desk.Edit(ctx, "C0SUPPORT1/1.1", "C0SUPPORT1/1.2", said("a")) },
		"Show":     func(ctx context.Context) error { return desk.Show(ctx, "C0SUPPORT1/1.1", luis()) },
		"Whisper":  func(ctx context.Context) error { return desk.Whisper(ctx, "C0SUPPORT1/1.1", "U1", handover.Notice{}) },
		"Announce": func(ctx context.Context) error { return desk.Announce(ctx, "", "a") },
	}
	for name, call := range calls {
		if got := kindOf(t, call(t.Context())); got != handover.DeskTemporary {
			t.Errorf("%s() before Setup: kind %v, want temporary", name, got)
		}
	}
	if n := w.slack.Calls("chat.postMessage"); n != 0 {
		t.Errorf("%d calls of chat.postMessage before Setup, want none", n)
	}
}
