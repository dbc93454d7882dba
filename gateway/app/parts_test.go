package app_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"patchbay/channels"
	"patchbay/channels/webhook/webhooktest"
	"patchbay/gateway/app"
	"patchbay/gateway/bots"
	"patchbay/gateway/sandbox"
	"patchbay/gateway/standard"
	"patchbay/handover/slackdesk/slacktest"
)

// holding is a bot that holds something and has work before its first question.
type holding struct {
	bots.Common
	Word   string `toml:"word"`
	starts func(context.Context) error
	closed *atomic.Int32
}

func (h *holding) Validate() []bots.Problem { return nil }

type holder struct{ *holding }

func (h holder) Answer(context.Context, bots.Question) (bots.Answer, error) {
	return bots.Answer{}, errors.New("nothing to say")
}

func (h holder) Start(ctx context.Context) error {
	if h.starts == nil {
		return nil
	}
	return h.starts(ctx)
}

func (h holder) Close() error { h.closed.Add(1); return nil }

// with returns a Kit with a bot of kind "holding" that starts as it is told, and how many of them were closed.
func with(starts func(ctx context.Context, word string) error) (app.Kit, *atomic.Int32) {
	kit, closed := standard.Kit(), &atomic.Int32{}
	kit.Bots = append(kit.Bots, app.Bot("holding", func(h *holding, _ bots.Deps) (bots.Bot, error) {
		if h.Word == "broken" {
			return nil, errors.New("word: cannot be held")
		}
		return holder{&holding{closed: closed, starts: func(ctx context.Context) error { return starts(ctx, h.Word) }}}, nil
	}))
	return kit, closed
}

// embedded is a gateway that another program runs.
type embedded struct {
	*app.Gateway
	w    *sandbox.World
	kit  app.Kit
	text string
	url  string
	end  func()
}

func embed(t *testing.T, kit app.Kit, bot string) *embedded {
	t.Helper()
	w, err := sandbox.Start(sandbox.Options{Unpaced: true, BotLines: bot, Store: "sqlite://" + filepath.Join(t.TempDir(), "patchbay.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ok(t, w.Close()) })
	e := &embedded{w: w, kit: kit, text: w.Config("http://127.0.0.1:1")}
	e.Gateway = must[*app.Gateway](t)(app.New(t.Context(), e.parse(t, e.text), kit))
	s := httptest.NewServer(e.Handler())
	e.url = s.URL
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	ended := false
	e.end = func() {
		if !ended {
			ended = true
			stop()
			if err := <-done; err != nil {
				t.Errorf("Run: %v", err)
			}
		}
	}
	t.Cleanup(func() { e.end(); s.Close() })
	return e
}

func (e *embedded) parse(t *testing.T, text string) *app.Config {
	t.Helper()
	return must[*app.Config](t)(app.Parse("config.toml", []byte(text), e.kit))
}

// Ensure that a platform's calls are taken while a reload waits for a bot, and that a bot that does not start leaves
// everything as it was.
func TestReloadHoldsUpNothing(t *testing.T) {
	t.Parallel()
	entered, let := make(chan struct{}), make(chan error)
	kit, closed := with(func(ctx context.Context, word string) error {
		if word != "slow" {
			return nil
		}
		close(entered)
		select {
		case err := <-let:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	e := embed(t, kit, "kind = \"holding\"\nword = \"quick\"\n")
	reloaded := make(chan error, 1)
	text := strings.Replace(e.text, "quick", "slow", 1)
	text = strings.Replace(text, "channels.webhook.shop", "channels.webhook.store", 1)
	conf := e.parse(t, text)
	go func() { reloaded <- e.Reload(t.Context(), conf) }()
	<-entered
	began := time.Now()
	ann := e.w.Shop.Customer(e.url+"/channels/webhook/shop", "c1", webhooktest.Person{ID: "u1", Name: "Ann"})
	ann.Patient = true
	must[string](t)(ann.Write(within(t), "hello"))
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("a call took %v while a reload was under way", took)
	}
	let <- errors.New("no index")
	if err := <-reloaded; err == nil || !strings.Contains(err.Error(), "bot: no index") {
		t.Errorf("Reload = %v, want that the bot has no index", err)
	}
	must[string](t)(ann.Write(within(t), "hello again"))
	if n := closed.Load(); n != 1 {
		t.Errorf("%d bots closed, want the one that did not start", n)
	}
}

// Ensure that nothing changes when one part cannot be made, and that what was made for nothing is closed.
func TestReloadAllOrNothing(t *testing.T) {
	t.Parallel()
	kit, closed := with(func(context.Context, string) error { return nil })
	e := embed(t, kit, "kind = \"holding\"\nword = \"one\"\n")
	text := strings.Replace(e.text, `"one"`, `"two"`, 1) + "\n[bots.other]\nkind = \"holding\"\nword = \"broken\"\n"
	text = strings.Replace(text, "channels.webhook.shop", "channels.webhook.store", 1)
	err := e.Reload(t.Context(), e.parse(t, text))
	if err == nil || err.Error() != "bots.other: word: cannot be held" {
		t.Errorf("Reload = %v, want that bots.other cannot be held", err)
	}
	if status, _ := request(t, "POST", e.url+"/channels/webhook/store", "{}"); status != 404 {
		t.Errorf("POST to the channel that was not taken = %d, want 404", status)
	}
	if status, _ := request(t, "POST", e.url+"/channels/webhook/shop", "{}"); status != 401 {
		t.Errorf("POST to the channel that stays = %d, want 401", status)
	}
	if n := closed.Load(); n != 1 {
		t.Errorf("%d bots closed, want the one that was made for nothing", n)
	}
	ok(t, e.Reload(t.Context(), e.parse(t, strings.Replace(e.text, `"one"`, `"two"`, 1))))
	e.end()
	if n := closed.Load(); n != 3 {
		t.Errorf("%d bots closed at the end, want 3: each once", n)
	}
}

// Ensure that a gateway that another program embeds says whether it takes work, at each point of its life.
func TestReady(t *testing.T) {
	t.Parallel()
	w := must[*sandbox.World](t)(sandbox.Start(sandbox.Options{Unpaced: true, Store: "sqlite://" + filepath.Join(t.TempDir(), "patchbay.db")}))
	t.Cleanup(func() { ok(t, w.Close()) })
	conf := must[*app.Config](t)(app.Parse("config.toml", []byte(w.Config("http://127.0.0.1:1")), standard.Kit()))
	g := must[*app.Gateway](t)(app.New(t.Context(), conf, standard.Kit()))
	s := httptest.NewServer(g.Handler())
	defer s.Close()
	ready := func(want int, text string) {
		t.Helper()
		if status, body := request(t, "GET", s.URL+"/readyz", ""); status != want || body != text {
			t.Errorf("GET /readyz = %d %q, want %d %q", status, body, want, text)
		}
		if status, _ := request(t, "GET", s.URL+"/healthz", ""); status != 200 {
			t.Errorf("GET /healthz = %d, want 200", status)
		}
	}
	ready(503, "not ready: lanes are not running\n")
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- g.Run(ctx) }()
	ok(t, w.Telegram.Wait(within(t), func() bool { return len(w.Telegram.Calls("getMe")) > 0 }))
	ready(200, "ready\n")
	g.Stopping()
	ready(503, "not ready: stopping\n")
	stop()
	ok(t, <-done)
	ready(503, "not ready: stopping\n")
	ann := w.Shop.Customer(s.URL+"/channels/webhook/shop", "c1", webhooktest.Person{ID: "u1", Name: "Ann"})
	if _, err := ann.Write(within(t), "too late"); err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("Write to a gateway that has stopped = %v, want a 503: the platform keeps it", err)
	}
}

// Ensure that a channel whose platform says that it is gone for good is stopped until the next reload, and that the
// operator is told.
func TestGone(t *testing.T) {
	t.Parallel()
	l := serve(t, sandbox.Options{})
	l.Shop.Fail("", -1, webhooktest.Gone())
	must[string](t)(anybody(l, sandbox.Shop, "c1").Write(within(t), "hello"))
	l.ops.wait(t, 1, "webhook/shop")
	l.log.wait(t, 1, "channel stopped")
	if status, _ := l.call(t, "POST", "/channels/webhook/shop", "{}"); status != 404 {
		t.Errorf("POST to a channel that is gone = %d, want 404", status)
	}
	l.Shop.Heal()
	l.change(t, "[handover]", "[handover] # again")
	must[string](t)(anybody(l, sandbox.Shop, "c2").Write(within(t), "hello"))
	ok(t, l.Shop.WaitFor(within(t), "c2", "You wrote: hello"))
	l.ops.wait(t, 1, "Over: ", "webhook/shop")
}

// Ensure that the admin handler tells what the lanes do, and that pprof is there.
func TestAdmin(t *testing.T) {
	t.Parallel()
	e := embed(t, standard.Kit(), "kind = \"none\"\n")
	ann := e.w.Shop.Customer(e.url+"/channels/webhook/shop", "c1", webhooktest.Person{ID: "u1", Name: "Ann"})
	ann.Patient = true
	must[string](t)(ann.Write(within(t), "hello"))
	must[[]slacktest.Thread](t)(e.w.Slack.WaitThreads(within(t), slacktest.Support, 1))
	s := httptest.NewServer(e.AdminHandler())
	defer s.Close()
	status, metrics := request(t, "GET", s.URL+"/metrics", "")
	for _, want := range []string{
		`patchbay_inbound_total{channel="webhook/shop",outcome="accepted"} 1`, `patchbay_handovers_total{channel="webhook/shop",reason="no_bot"} 1`,
		"patchbay_faults ", "go_goroutines ", "process_open_fds ",
	} {
		if status != 200 || !strings.Contains(metrics, want) {
			t.Errorf("GET /metrics = %d without %q:\n%s", status, want, metrics)
		}
	}
	for path, want := range map[string]int{"/debug/pprof/": 200, "/debug/pprof/goroutine?debug=1": 200, "/debug/pprof/cmdline": 200, "/": 404, "/healthz": 404} {
		if status, _ := request(t, "GET", s.URL+path, ""); status != want {
			t.Errorf("GET %s = %d, want %d", path, status, want)
		}
	}
}

// panicking is a channel whose adapter panics when it fetches.
type panicking struct {
	channels.Common
	polls *atomic.Int32
}

func (*panicking) Account(string) string                                   { return "" }
func (*panicking) Validate() []channels.Problem                            { return nil }
func (*panicking) Limits() channels.Limits                                 { return channels.Limits{} }
func (*panicking) Send(context.Context, channels.Outbound) (string, error) { return "", nil }
func (p *panicking) Poll(context.Context, func(context.Context, channels.Update) error) error {
	p.polls.Add(1)
	panic("what he wrote: " + hush)
}

// Ensure that an adapter that panics ends nothing but its own try, is tried again, and that its words are not logged.
func TestPanickingAdapter(t *testing.T) {
	t.Parallel()
	var polls atomic.Int32
	kit := standard.Kit()
	kit.Channels = append(kit.Channels, app.Channel("panicking", func(*panicking, channels.Deps) (channels.Adapter, error) {
		return &panicking{polls: &polls}, nil
	}))
	w := must[*sandbox.World](t)(sandbox.Start(sandbox.Options{
		Unpaced: true, Extra: "\n[channels.panicking.one]\n", Store: "sqlite://" + filepath.Join(t.TempDir(), "patchbay.db"),
	}))
	t.Cleanup(func() { ok(t, w.Close()) })
	log := newJournal()
	conf := must[*app.Config](t)(app.Parse("config.toml", []byte(w.Config("http://127.0.0.1:1")), kit))
	g := must[*app.Gateway](t)(app.New(t.Context(), conf, kit, app.WithLogger(slog.New(slog.NewJSONHandler(log, nil)))))
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- g.Run(ctx) }()
	log.wait(t, 2, "a part panicked", "parts_test.go")
	anna := w.Telegram.User(5100200300, "Anna", "en")
	must[int](t)(anna.Write(within(t), "hello"))
	ok(t, anna.WaitFor(within(t), "You wrote: hello"))
	stop()
	ok(t, <-done)
	if strings.Contains(log.String(), hush) {
		t.Errorf("the log repeats the panic:\n%s", log)
	}
}

// Ensure that nothing of a gateway runs on when Run is over. It counts goroutines, so it runs beside no other test.
func TestNothingIsLeft(t *testing.T) {
	before := goleak.IgnoreCurrent()
	w := must[*sandbox.World](t)(sandbox.Start(sandbox.Options{Unpaced: true, Store: "sqlite://" + filepath.Join(t.TempDir(), "patchbay.db")}))
	conf := must[*app.Config](t)(app.Parse("config.toml", []byte(w.Config("http://127.0.0.1:1")), standard.Kit()))
	g := must[*app.Gateway](t)(app.New(t.Context(), conf, standard.Kit()))
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- g.Run(ctx) }()
	anna := w.Telegram.User(5100200300, "Anna", "en")
	must[int](t)(anna.Write(within(t), "hello"))
	ok(t, anna.WaitFor(within(t), "You wrote: hello"))
	must[int](t)(anna.Write(within(t), "I want to talk to a person"))
	must[[]slacktest.Thread](t)(w.Slack.WaitThreads(within(t), slacktest.Support, 1))
	ok(t, g.Reload(t.Context(), must[*app.Config](t)(app.Parse("config.toml", []byte(strings.Replace(w.Config("http://127.0.0.1:1"), "channels.webhook.shop", "channels.webhook.store", 1)), standard.Kit()))))
	stop()
	ok(t, <-done)
	err := w.Close()
	ok(t, err)
	for range 10 { // on a busy machine what is over may take its time to come to its end
		if err = goleak.Find(before); err == nil {
			return
		}
	}
	t.Error(err)
}
