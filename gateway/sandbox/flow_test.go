package sandbox_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"patchbay/channels/telegram/telegramtest"
	"patchbay/gateway/app"
	"patchbay/gateway/bots/botstest"
	"patchbay/gateway/sandbox"
	"patchbay/gateway/standard"
	"patchbay/handover/slackdesk/slacktest"
)

// running is a gateway in a world.
type running struct {
	*sandbox.World
	gateway *app.Gateway
	public  string
}

// run starts a world and a gateway in it, and ends both after the test.
func run(t *testing.T, o sandbox.Options) running {
	t.Helper()
	if o.Store == "" {
		o.Store = "sqlite://" + filepath.Join(t.TempDir(), "patchbay.db")
	}
	w, err := sandbox.Start(o)
	if err != nil {
		t.Fatalf("start world: %v", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	public := "http://" + l.Addr().String()
	conf, err := app.Parse("world.toml", []byte(w.Config(public)), standard.Kit())
	if err != nil {
		t.Fatalf("config: %v", err)
	}
	log := slog.New(slog.DiscardHandler)
	if os.Getenv("PATCHBAY_TEST_LOG") != "" {
		log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	g, err := app.New(t.Context(), conf, standard.Kit(), app.WithLogger(log))
	if err != nil {
		t.Fatalf("gateway: %v", err)
	}
	server := &http.Server{Handler: g.Handler(), ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(l) }()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- g.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		_ = server.Close()
		if err := w.Close(); err != nil {
			t.Errorf("close world: %v", err)
		}
	})
	if err := w.Connect(t.Context(), public); err != nil {
		t.Fatalf("connect: %v", err)
	}
	return running{World: w, gateway: g, public: public}
}

func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Ensure that a chat goes from the bot to an agent and back, by polling and Socket Mode, and by webhooks.
func TestHandoverByDesign(t *testing.T) {
	for name, webhooks := range map[string]bool{"polling and socket": false, "webhooks": true} {
		t.Run(name, func(t *testing.T) {
			r := run(t, sandbox.Options{Webhooks: webhooks, Unpaced: true, Bot: []botstest.Rule{botstest.Says("hours", "We are open from 9 to 5.")}})
			ctx := deadline(t)
			anna := r.Telegram.User(5100200300, "Anna", "en")

			must[int](t)(anna.Write(ctx, "What are your hours?"))
			ok(t, anna.WaitFor(ctx, "We are open from 9 to 5."))
			must[int](t)(anna.Write(ctx, "I want to talk to a person"))
			ok(t, anna.WaitFor(ctx, "I'm getting a colleague for you. Keep writing here, they see everything."))

			threads := must[[]slacktest.Thread](t)(r.Slack.WaitThreads(ctx, slacktest.Support, 1))
			thread := threads[0].ID
			if card := threads[0].Root.Plain(); !strings.Contains(card, "Anna") || !strings.Contains(card, "Telegram") {
				t.Errorf("the card does not say who writes from where:\n%s", card)
			}
			talk := must[slacktest.Post](t)(r.Slack.WaitPost(ctx, thread, "I want to talk to a person"))
			if !strings.Contains(talk.Plain(), "We are open from 9 to 5.") {
				t.Errorf("the talk so far lacks the bot's answer:\n%s", talk.Plain())
			}

			ana := r.Slack.Agent(slacktest.Ana)
			must[string](t)(ana.Reply(ctx, thread, "Hi Anna, how can I help?"))
			if err := anna.WaitFor(ctx, "Ana\nHi Anna, how can I help?"); err != nil {
				t.Fatalf("%v: %q", err, anna.Read())
			}
			must[int](t)(anna.Write(ctx, "My order 17 is late"))
			must[slacktest.Post](t)(r.Slack.WaitPost(ctx, thread, "My order 17 is late"))
			must[string](t)(ana.Reply(ctx, thread, "// she is angry"))
			must[string](t)(ana.Reply(ctx, thread, "It comes tomorrow."))
			ok(t, anna.WaitFor(ctx, "It comes tomorrow."))
			for _, text := range anna.Read() {
				if strings.Contains(text, "angry") {
					t.Errorf("the customer reads a note: %q", text)
				}
			}
			ok(t, ana.Click(ctx, thread, "patchbay_resolve"))
			ok(t, anna.WaitFor(ctx, "Ana closed this chat. Just write if there is more."))
			must[slacktest.Post](t)(r.Slack.WaitCard(ctx, thread, "esolved"))

			must[int](t)(anna.Write(ctx, "And your hours?"))
			ok(t, anna.Wait(ctx, func(seen []telegramtest.Message) bool {
				return seen[len(seen)-1].Text == "We are open from 9 to 5."
			}))
			asked := r.Bot.Asked()
			if last := string(asked[len(asked)-1].Body); !strings.Contains(last, "It comes tomorrow.") {
				t.Errorf("the bot was not told what was said meanwhile: %s", last)
			}
		})
	}
}

// Ensure that a bot that breaks hands over, and that its broken answer is evidence, not an answer.
func TestHandoverOnBotBreak(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true, Bot: []botstest.Rule{botstest.Says("warranty", "Sorry, I didn't understand that.")}})
	ctx := deadline(t)
	luis := r.WhatsApp.User("5215550001111", "Luis")
	must[string](t)(luis.Write(ctx, "What about the warranty?"))
	threads := must[[]slacktest.Thread](t)(r.Slack.WaitThreads(ctx, slacktest.Support, 1))
	card := threads[0].Root.Plain()
	for _, want := range []string{"Luis", "WhatsApp", "What about the warranty?", "Sorry, I didn't understand that."} {
		if !strings.Contains(card, want) {
			t.Errorf("the card lacks %q:\n%s", want, card)
		}
	}
	ben := r.Slack.Agent(slacktest.Ben)
	ok(t, ben.Click(ctx, threads[0].ID, "patchbay_take"))
	must[slacktest.Post](t)(r.Slack.WaitCard(ctx, threads[0].ID, "Ben"))
	must[string](t)(ben.Reply(ctx, threads[0].ID, "Two years."))
	for {
		seen := luis.Seen()
		if n := len(seen); n > 0 && strings.Contains(seen[n-1].Text, "Two years.") {
			break
		}
		must[any](t)(nil, ctx.Err())
		ok(t, r.WhatsApp.Wait(ctx, func() bool { s := luis.Seen(); return len(s) > 0 && strings.Contains(s[len(s)-1].Text, "Two years.") }))
	}
	for _, m := range luis.Seen() {
		if strings.Contains(m.Text, "understand") {
			t.Errorf("the customer reads the broken answer: %q", m.Text)
		}
	}
}
