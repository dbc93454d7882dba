package telegram_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/channels/telegram"
	"patchbay/channels/telegram/telegramtest"
	"patchbay/models"
)

const secret = "hook_Secret-1"

// whole is all that the adapter can do.
type whole interface {
	channels.Adapter
	channels.Receiver
	channels.Poller
	channels.Editor
	channels.Deleter
	channels.Typer
	channels.Setupper
	channels.Checker
}

// logs is a log that tests may read while it is written.
type logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// kit is what a test of the adapter needs.
type kit struct {
	whole
	log *logs
}

// makeKit returns an adapter for the server at url. transport may be nil.
func makeKit(t *testing.T, url, mode string, transport http.RoundTripper) kit {
	t.Helper()
	conf := &telegram.Config{
		Mode: mode, Token: models.NewSecret(telegramtest.DefaultToken), APIURL: url,
		SecretToken: models.Secrets{models.NewSecret(secret), models.NewSecret("old_Secret-0")},
	}
	if transport == nil {
		own := &http.Transport{}
		t.Cleanup(own.CloseIdleConnections)
		transport = own
	}
	log := &logs{}
	a, err := telegram.New(conf, channels.Deps{
		Name: "support",
		HTTP: &http.Client{
			Timeout: 30 * time.Second, Transport: transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if got := log.String(); strings.Contains(got, token()) || strings.Contains(got, secret) {
			t.Errorf("log has a secret: %s", got)
		}
	})
	return kit{whole: a.(whole), log: log}
}

// token returns the part of the bot's token that is secret.
func token() string {
	_, key, _ := strings.Cut(telegramtest.DefaultToken, ":")
	return key
}

// startFake starts a stand-in for Telegram without rates.
func startFake(t *testing.T) *telegramtest.Server {
	t.Helper()
	return startFakeWith(t, telegramtest.Config{Rate: -1, ChatRate: -1, Redeliver: time.Millisecond})
}

func startFakeWith(t *testing.T, c telegramtest.Config) *telegramtest.Server {
	t.Helper()
	s, err := telegramtest.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// answering starts a server that answers every call with the same.
func answering(t *testing.T, status int, body string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(s.Close)
	return s
}

// call returns a call of the webhook with the secret.
func call(t *testing.T, body string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/channels/telegram/support", strings.NewReader(body))
	r.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
	return r
}

// short is a context that ends a test which waits in vain.
func short(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func oneButton() []models.Button { return []models.Button{{Title: "yes"}} }

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// clock returns a clock that is two seconds later each time it is looked at.
func clock() func() time.Time {
	var mu sync.Mutex
	now := time.Now()
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(2 * time.Second)
		return now
	}
}
