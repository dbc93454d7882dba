package telegram_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"patchbay/channels"
	"patchbay/channels/telegram/telegramtest"
)

// Ensure every way to fail has its kind, one attempt, and no secret in its words.
func TestSendFails(t *testing.T) {
	tests := []struct {
		name  string
		fault telegramtest.Fault
		want  channels.ErrorKind
		wait  time.Duration
	}{
		{"too fast", telegramtest.RateLimit(7), channels.RateLimited, 7 * time.Second},
		{"too fast without JSON", telegramtest.HTML(429), channels.RateLimited, 0},
		{"unauthorized", telegramtest.Refuse(401, "Unauthorized"), channels.Forbidden, 0},
		{"unknown method", telegramtest.Refuse(404, "Not Found"), channels.Forbidden, 0},
		{"blocked", telegramtest.Refuse(403, "Forbidden: bot was blocked by the user"), channels.Unreachable, 0},
		{"deactivated", telegramtest.Refuse(403, "Forbidden: user is deactivated"), channels.Unreachable, 0},
		{"kicked", telegramtest.Refuse(403, "Forbidden: bot was kicked from the group chat"), channels.Unreachable, 0},
		{"never started", telegramtest.Refuse(403, "Forbidden: bot can't initiate conversation with a user"), channels.Unreachable, 0},
		{"gone by code", telegramtest.Refuse(400, "Bad Request: PEER_ID_INVALID"), channels.Unreachable, 0},
		{"bad request", telegramtest.Refuse(400, "Bad Request: message thread not found"), channels.Rejected, 0},
		{"no reason", telegramtest.Refuse(400, ""), channels.Rejected, 0},
		{"too large", telegramtest.Refuse(413, "Request Entity Too Large"), channels.Rejected, 0},
		{"down", telegramtest.Refuse(500, "Internal Server Error: restart"), channels.Temporary, 0},
		{"gateway", telegramtest.HTML(502), channels.Temporary, 0},
		{"page", telegramtest.HTML(200), channels.Temporary, 0},
		{"firewall", telegramtest.HTML(403), channels.Forbidden, 0},
		{"another server", telegramtest.HTML(404), channels.Forbidden, 0},
		{"half", telegramtest.Half(), channels.Temporary, 0},
		{"cut", telegramtest.Cut(), channels.Temporary, 0},
		{"redirect", telegramtest.Redirect("http://127.0.0.1:1/"), channels.Forbidden, 0},
		{"empty", telegramtest.Raw(200, ""), channels.Temporary, 0},
		{"null", telegramtest.Raw(200, "null"), channels.Temporary, 0},
		{"other JSON", telegramtest.Raw(200, `{"status":"up"}`), channels.Temporary, 0},
		{"ok without result", telegramtest.Raw(200, `{"ok":true}`), channels.Temporary, 0},
		{"ok without id", telegramtest.Raw(200, `{"ok":true,"result":{}}`), channels.Temporary, 0},
		{"ok with a list", telegramtest.Raw(200, `{"ok":true,"result":[]}`), channels.Temporary, 0},
		{"ok and broken", telegramtest.Raw(200, `{"ok":true,"result":{"message_id":1}`), channels.Temporary, 0},
		{"ok but failed", telegramtest.Raw(500, `{"ok":true,"result":{"message_id":1}}`), channels.Temporary, 0},
		{"token in the reason", telegramtest.Refuse(400, "Bad Request: bad "+telegramtest.DefaultToken), channels.Rejected, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, a, _ := wrote(t)
			s.Fail("sendMessage", -1, test.fault)
			_, err := a.Send(t.Context(), channels.Outbound{Address: annas, Text: "hello"})
			if _, ok := errors.AsType[*channels.Error](err); !ok || channels.KindOf(err) != test.want || channels.RetryAfter(err) != test.wait {
				t.Errorf("Send = %v (%v, wait %v), want %v, wait %v", err, channels.KindOf(err), channels.RetryAfter(err), test.want, test.wait)
			}
			if err != nil && (strings.Contains(err.Error(), token()) || strings.Contains(err.Error(), s.URL())) {
				t.Errorf("Send = %v, which tells the token or the address", err)
			}
			if n := len(s.Calls("sendMessage")); n != 1 {
				t.Errorf("%d attempts, want 1", n)
			}
		})
	}
}

// Ensure a call ends with its context, and that nobody listening is Temporary without the address in it.
func TestSendCanceled(t *testing.T) {
	s, a, _ := wrote(t)
	s.Fail("sendMessage", -1, telegramtest.Hang())
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = s.Wait(ctx, func() bool { return len(s.Calls("sendMessage")) == 1 })
		cancel()
	})
	_, err := a.Send(ctx, channels.Outbound{Address: annas, Text: "hello"})
	wg.Wait()
	if channels.KindOf(err) != channels.Temporary || !errors.Is(err, context.Canceled) {
		t.Errorf("Send = %v, want context.Canceled", err)
	}

	gone := makeKit(t, "http://127.0.0.1:1", "", nil)
	_, err = gone.Send(t.Context(), channels.Outbound{Address: annas, Text: "hello"})
	if channels.KindOf(err) != channels.Temporary || err == nil || strings.Contains(err.Error(), token()) {
		t.Errorf("Send to nobody = %v, want Temporary without the token", err)
	}
}

// Ensure a server that does not answer is given up.
func TestSendTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := makeKit(t, "http://telegram.invalid", "", roundTrip(func(string, map[string]string) (int, string) { return 0, "" }))
		began := time.Now()
		_, err := a.Send(t.Context(), channels.Outbound{Address: annas, Text: "hello"})
		if channels.KindOf(err) != channels.Temporary || time.Since(began) > time.Minute {
			t.Errorf("Send = %v after %v", err, time.Since(began))
		}
	})
}
