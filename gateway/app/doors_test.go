package app_test

import (
	"database/sql"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"patchbay/channels/standardwebhooks"
	"patchbay/gateway/app"
	"patchbay/gateway/sandbox"
	"patchbay/gateway/standard"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models"
)

// doors serves the handler of a gateway in a world, which is not run: what is stored waits.
func doors(t *testing.T, o sandbox.Options) (*sandbox.World, string, *journal) {
	t.Helper()
	o.Unpaced, o.Store = true, "sqlite://"+filepath.Join(t.TempDir(), "patchbay.db")
	w := must[*sandbox.World](t)(sandbox.Start(o))
	t.Cleanup(func() { ok(t, w.Close()) })
	log := newJournal()
	conf := must[*app.Config](t)(app.Parse("config.toml", []byte(w.Config("http://127.0.0.1:1")), standard.Kit()))
	g := must[*app.Gateway](t)(app.New(t.Context(), conf, standard.Kit(),
		app.WithLogger(slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))))
	t.Cleanup(func() { ok(t, g.Close()) })
	s := httptest.NewServer(g.Handler())
	t.Cleanup(s.Close)
	return w, s.URL, log
}

// Ensure that each platform is answered with the status that it expects, and that the log repeats no call.
func TestDoors(t *testing.T) {
	t.Parallel()
	w, url, log := doors(t, sandbox.Options{Webhooks: true})
	const update = `{"update_id":1,"message":{"message_id":7,"date":1790000000,"chat":{"id":5,"type":"private"},"from":{"id":5,"is_bot":false,"first_name":"hush-name"},"text":"hush-text"}}`
	shop := func(body string, forged bool) http.Header {
		keys := must[*standardwebhooks.Keys](t)(standardwebhooks.Parse(models.Secrets{models.NewSecret(w.Shop.Secret())}))
		h := http.Header{}
		if forged {
			keys.Sign(h, "msg_1", time.Now(), []byte(body+" "))
		} else {
			keys.Sign(h, "msg_1", time.Now(), []byte(body))
		}
		return h
	}
	telegram := func(secret string) http.Header { return http.Header{"X-Telegram-Bot-Api-Secret-Token": {secret}} }
	const right = "sandbox-secret-token"
	message := `{"type":"message","id":"m1","chat":{"id":"c1"},"text":"hush-text"}`
	huge := `{"text":"` + strings.Repeat("hush", 1<<20+10) + `"}`
	tests := []struct {
		name, method, path, body string
		header                   http.Header
		want                     int
	}{
		{"no such kind", "POST", "/channels/fax/main", update, nil, 404},
		{"no such name", "POST", "/channels/telegram/sales", update, telegram(right), 404},
		{"Telegram", "POST", "/channels/telegram/support", update, telegram(right), 200},
		{"Telegram, again", "POST", "/channels/telegram/support", update, telegram(right), 200},
		{"Telegram, forged", "POST", "/channels/telegram/support", update, telegram("hush-secret"), 401},
		{"Telegram, without a secret", "POST", "/channels/telegram/support", update, nil, 401},
		{"Telegram, half", "POST", "/channels/telegram/support", update[:40], telegram(right), 400},
		{"Telegram, huge", "POST", "/channels/telegram/support", huge, telegram(right), 413},
		{"Telegram, huge and forged", "POST", "/channels/telegram/support", huge, telegram("hush-secret"), 401},
		{"WhatsApp, verified", "GET", "/channels/whatsapp/main?hub.mode=subscribe&hub.challenge=77&hub.verify_token=" + w.WhatsApp.Options().VerifyToken, "", nil, 200},
		{"WhatsApp, not verified", "GET", "/channels/whatsapp/main?hub.mode=subscribe&hub.challenge=77&hub.verify_token=hush-token", "", nil, 403},
		{"WhatsApp, forged", "POST", "/channels/whatsapp/main", `{"object":"whatsapp_business_account"}`, http.Header{"X-Hub-Signature-256": {"sha256=00"}}, 401},
		{"webhook", "POST", "/channels/webhook/shop", message, shop(message, false), 202},
		{"webhook, forged", "POST", "/channels/webhook/shop", message, shop(message, true), 401},
		{"webhook, unsigned", "POST", "/channels/webhook/shop", message, nil, 401},
		{"webhook, half", "POST", "/channels/webhook/shop", message[:20], shop(message[:20], false), 400},
		{"webhook, huge", "POST", "/channels/webhook/shop", huge, shop(huge, false), 413},
		{"Slack, forged", "POST", "/slack/events", `{"type":"event_callback","text":"hush-text"}`, http.Header{"X-Slack-Signature": {"v0=00"}, "X-Slack-Request-Timestamp": {"1"}}, 401},
		{"Slack, unsigned", "POST", "/slack/actions", "payload=hush-text", nil, 401},
		{"Slack, verified", "POST", "/slack/events", `{"type":"url_verification","challenge":"c77"}`, w.Slack.Sign([]byte(`{"type":"url_verification","challenge":"c77"}`)), 200},
		{"Slack, half", "POST", "/slack/events", `{"type":`, w.Slack.Sign([]byte(`{"type":`)), 400},
		{"Slack, huge", "POST", "/slack/events", huge, w.Slack.Sign([]byte(huge)), 413},
		{"no such desk", "POST", "/slack/billing/events", "{}", w.Slack.Sign([]byte("{}")), 404},
		{"no such endpoint", "POST", "/slack/options", "{}", w.Slack.Sign([]byte("{}")), 404},
	}
	for _, test := range tests {
		r := must[*http.Request](t)(http.NewRequestWithContext(within(t), test.method, url+test.path, strings.NewReader(test.body)))
		maps.Copy(r.Header, test.header)
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		_ = resp.Body.Close()
		if resp.StatusCode != test.want {
			t.Errorf("%s: %s %s = %d, want %d", test.name, test.method, test.path, resp.StatusCode, test.want)
		}
	}
	for _, secret := range []string{hush, right, w.Telegram.Token(), slacktest.BotToken, slacktest.SigningSecret, w.Shop.Secret(), w.WhatsApp.Options().VerifyToken, w.WhatsApp.Options().AppSecret} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log has %q:\n%s", secret, log)
		}
	}
	if n := log.count("call refused"); n < 10 {
		t.Errorf("the log tells of %d refused calls, want all of them:\n%s", n, log)
	}
}

// Ensure that a channel that polls and a desk that listens have no address: 404, as if they were not there.
func TestDoorsOfPolling(t *testing.T) {
	t.Parallel()
	w, url, _ := doors(t, sandbox.Options{})
	for _, path := range []string{"/channels/telegram/support", "/slack/events", "/slack/actions", "/slack/commands", "/slack/slack/events"} {
		r := must[*http.Request](t)(http.NewRequestWithContext(within(t), "POST", url+path, strings.NewReader("{}")))
		maps.Copy(r.Header, w.Slack.Sign([]byte("{}")))
		resp := must[*http.Response](t)(http.DefaultTransport.RoundTrip(r))
		_ = resp.Body.Close()
		if resp.StatusCode != 404 {
			t.Errorf("POST %s = %d, want 404", path, resp.StatusCode)
		}
	}
}

// Ensure that two desks have an address each.
func TestDoorsOfDesks(t *testing.T) {
	t.Parallel()
	w, url, _ := doors(t, sandbox.Options{Webhooks: true, Extra: "\n[desks.billing]\nbot_token = \"xoxb-billing\"\nsigning_secret = \"hush-billing\"\nchannel = \"C0BILLING00\"\n"})
	body := `{"type":"url_verification","challenge":"c77"}`
	for path, want := range map[string]int{"/slack/events": 200, "/slack/slack/events": 200, "/slack/billing/events": 401, "/slack/sales/events": 404} {
		r := must[*http.Request](t)(http.NewRequestWithContext(within(t), "POST", url+path, strings.NewReader(body)))
		maps.Copy(r.Header, w.Slack.Sign([]byte(body)))
		resp := must[*http.Response](t)(http.DefaultTransport.RoundTrip(r))
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("POST %s with the first desk's signature = %d, want %d", path, resp.StatusCode, want)
		}
	}
}

// Ensure that the database's fault is a 503 for the platform, which brings it again, and for the load balancer.
func TestDoorsWithoutDatabase(t *testing.T) {
	t.Parallel()
	l := serve(t, sandbox.Options{})
	must[string](t)(anybody(l, sandbox.Shop, "c1").Write(within(t), "hello"))
	ok(t, l.Shop.WaitFor(within(t), "c1", "You wrote: hello"))
	unlock := lockDatabase(t, filepath.Join(filepath.Dir(l.file), "patchbay.db"))
	began := time.Now()
	if status, body := l.call(t, "GET", "/readyz", ""); status != 503 || body != "not ready: the database does not answer\n" {
		t.Errorf("GET /readyz = %d %q, want 503", status, body)
	}
	hasty := anybody(l, sandbox.Shop, "c2")
	hasty.Patient = false
	if _, err := hasty.Write(within(t), "are you there?"); err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("Write = %v, want a 503", err)
	}
	// The database would be waited for five seconds, by each of them.
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("two answers took %v, want about a second each", took)
	}
	if status, _ := l.call(t, "GET", "/healthz", ""); status != 200 {
		t.Errorf("GET /healthz = %d, want 200", status)
	}
	unlock()
	must[string](t)(anybody(l, sandbox.Shop, "c1").Write(within(t), "and now?"))
	ok(t, l.Shop.WaitFor(within(t), "c1", "You wrote: and now?"))
}

// lockDatabase lets no other write until unlock is called: what a full disk does, and can be taken back.
func lockDatabase(t *testing.T, path string) (unlock func()) {
	t.Helper()
	db := must[*sql.DB](t)(sql.Open("sqlite", path))
	t.Cleanup(func() { _ = db.Close() })
	conn := must[*sql.Conn](t)(db.Conn(t.Context()))
	must[sql.Result](t)(conn.ExecContext(t.Context(), "PRAGMA busy_timeout = 10000"))
	must[sql.Result](t)(conn.ExecContext(t.Context(), "BEGIN IMMEDIATE"))
	return func() {
		t.Helper()
		must[sql.Result](t)(conn.ExecContext(t.Context(), "ROLLBACK"))
	}
}
