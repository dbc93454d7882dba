package telegram_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/channels/telegram"
	"patchbay/channels/telegram/telegramtest"
	"patchbay/models"
)

const hello = `{"update_id":7,"message":{"message_id":1,"date":1,"chat":{"id":5,"type":"private"},"from":{"id":5,"first_name":"A"},"text":"hello"}}`

// unread is a body that must not be read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read before the call was authentic")
	return 0, io.EOF
}

// Ensure only Telegram's calls are read: each of the listed secrets opens the door, nothing else does.
func TestReceiveForged(t *testing.T) {
	a := makeKit(t, "http://127.0.0.1:1", "webhook", nil)
	for _, header := range []string{"", "wrong", "hook_Secret", secret + "x", strings.ToUpper(secret), " "} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", unread{t})
		r.Header.Set("X-Telegram-Bot-Api-Secret-Token", header)
		if u, err := a.Receive(r); channels.KindOf(err) != channels.Forbidden || len(u.Inbound) != 0 || u.Response.Body != nil {
			t.Errorf("Receive(%q) = %+v, %v, want Forbidden", header, u, err)
		}
	}
	for _, header := range []string{secret, "old_Secret-0"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(hello))
		r.Header.Set("X-Telegram-Bot-Api-Secret-Token", header)
		if u, err := a.Receive(r); err != nil || len(u.Inbound) != 1 {
			t.Errorf("Receive(%q) = %+v, %v, want one message", header, u, err)
		}
	}
}

// Ensure a section that polls has no address to call.
func TestReceiveWhenPolling(t *testing.T) {
	a := makeKit(t, "http://127.0.0.1:1", "polling", nil)
	_, err := a.Receive(call(t, hello))
	if !errors.Is(err, channels.ErrNoWebhook) || channels.KindOf(err) != channels.Forbidden {
		t.Errorf("Receive = %v, want ErrNoWebhook", err)
	}
}

// Ensure what is no update is refused, and what is an unknown one is taken.
func TestReceiveBodies(t *testing.T) {
	tests := []struct {
		name, body string
		want       channels.ErrorKind // 0 is none
	}{
		{"empty", "", channels.Rejected},
		{"broken", `{"update_id":1,`, channels.Rejected},
		{"two", hello + hello, channels.Rejected},
		{"list", `[]`, channels.Rejected},
		{"string", `"hello"`, channels.Rejected},
		{"null", `null`, channels.Rejected},
		{"not JSON", "hello", channels.Rejected},
		{"too large", `{"update_id":1,"x":"` + strings.Repeat("a", channels.MaxBody) + `"}`, channels.Rejected},
		{"nothing in it", `{}`, 0},
		{"only a number", `{"update_id":1}`, 0},
		{"null message", `{"update_id":1,"message":null}`, 0},
		{"unknown kind", `{"update_id":1,"guest_message":{"message_id":1}}`, 0},
		{"business", `{"update_id":1,"business_message":{"message_id":1,"business_connection_id":"b","chat":{"id":5,"type":"private"},"text":"x"}}`, 0},
		{"business as a message", `{"update_id":1,"message":{"message_id":1,"business_connection_id":"b","chat":{"id":5,"type":"private"},"text":"x"}}`, 0},
		{"channel post", `{"update_id":1,"channel_post":{"message_id":1,"chat":{"id":-5,"type":"channel"},"text":"x"}}`, 0},
		{"from a bot", `{"update_id":1,"message":{"message_id":1,"chat":{"id":5,"type":"private"},"from":{"id":5,"is_bot":true},"text":"x"}}`, 0},
		{"no chat", `{"update_id":1,"message":{"message_id":1,"text":"x"}}`, 0},
		{"inline button", `{"update_id":1,"callback_query":{"id":"9","from":{"id":5},"inline_message_id":"x","data":"y"}}`, 0},
		{"game", `{"update_id":1,"callback_query":{"id":"9","from":{"id":5},"message":{"message_id":1,"chat":{"id":5,"type":"private"}},"game_short_name":"y"}}`, 0},
	}
	a := makeKit(t, "http://127.0.0.1:1", "webhook", nil)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			u, err := a.Receive(call(t, test.body))
			if len(u.Inbound) != 0 {
				t.Errorf("Receive = %+v, want no messages", u.Inbound)
			}
			if test.want == 0 && err != nil || test.want != 0 && (err == nil || channels.KindOf(err) != test.want) {
				t.Errorf("Receive = %v, want kind %v", err, test.want)
			}
			if strings.Contains(test.body, "callback_query") && !strings.Contains(string(u.Response.Body), `"callback_query_id":"9"`) {
				t.Errorf("Response = %s, want an answer to the callback query", u.Response.Body)
			}
		})
	}
	_, err := a.Receive(call(t, strings.Repeat(" ", channels.MaxBody+1)))
	if !errors.Is(err, channels.ErrTooLarge) {
		t.Errorf("Receive(too large) = %v, want ErrTooLarge", err)
	}
}

// Ensure a Telegram Business chat, which is not served, is not dropped in silence.
func TestReceiveBusinessIsLogged(t *testing.T) {
	a := makeKit(t, "http://127.0.0.1:1", "webhook", nil)
	body := `{"update_id":1,"message":{"message_id":1,"business_connection_id":"b","chat":{"id":5,"type":"private"},"text":"my words"}}`
	if _, err := a.Receive(call(t, body)); err != nil {
		t.Fatal(err)
	}
	if got := a.log.String(); !strings.Contains(got, "level=WARN") || !strings.Contains(got, "Telegram Business") || strings.Contains(got, "my words") {
		t.Errorf("log = %q, want a warning without the customer's words", got)
	}
}

// Ensure the same call gives the same values, so that the second delivery is known as such.
func TestReceiveTwice(t *testing.T) {
	a := makeKit(t, "http://127.0.0.1:1", "webhook", nil)
	for _, path := range samples(t) {
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		first, err1 := a.Receive(call(t, string(body)))
		second, err2 := a.Receive(call(t, string(body)))
		if !reflect.DeepEqual(first, second) || err1 != nil || err2 != nil {
			t.Errorf("Receive(%s) = %+v, %v, then %+v, %v", path, first, err1, second, err2)
		}
	}
}

func samples(t testing.TB) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/[0-9]*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("Glob = %q, %v", paths, err)
	}
	return paths
}

// Ensure the whole way by webhook: set, called, pressed, answered; and that a call that was not taken is repeated in its
// order.
func TestReceiveFromTelegram(t *testing.T) {
	s := startFake(t)
	a := makeKit(t, s.URL(), "webhook", nil)
	var mu sync.Mutex
	var texts []string
	refuse := 2
	door := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u, err := a.Receive(r)
		mu.Lock()
		defer mu.Unlock()
		switch {
		case err != nil:
			t.Errorf("Receive = %v", err)
			w.WriteHeader(http.StatusBadRequest)
			return
		case refuse > 0:
			refuse--
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		for _, in := range u.Inbound {
			texts = append(texts, in.Content.Text)
		}
		w.Header().Set("Content-Type", u.Response.Type)
		_, _ = w.Write(u.Response.Body)
	}))
	t.Cleanup(door.Close)
	u := s.User(5, "Ann", "")
	if err := a.Setup(t.Context(), door.URL+"/channels/telegram/support"); err != nil {
		t.Fatal(err)
	}
	var want []string
	for i := range 20 {
		text := fmt.Sprint("message ", i)
		want = append(want, text)
		if _, err := u.Write(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Wait(short(t), func() bool { return s.Pending() == 0 }); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	if !slices.Equal(texts, want) {
		t.Errorf("got %q, want %q", texts, want)
	}
	mu.Unlock()
	if _, err := a.Send(t.Context(), channels.Outbound{Address: "5", Text: "?", Buttons: oneButton()}); err != nil {
		t.Fatal(err)
	}
	if err := u.Press(t.Context(), "yes"); err != nil {
		t.Fatal(err)
	}
	if err := s.Wait(short(t), func() bool { return u.Spinning() == 0 }); err != nil {
		t.Errorf("the button still waits: %v", err)
	}
}

// Ensure no body makes Receive panic, hang, or answer with more than one of its kinds of error.
func FuzzReceive(f *testing.F) {
	paths, err := filepath.Glob("testdata/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		body, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Add([]byte(`{"update_id":1,"message":{"message_id":1,"chat":{"id":5,"type":"group"},"text":"/a@b","entities":[{"type":"bot_command","offset":-1,"length":99}]}}`))
	f.Add([]byte(`{"update_id":2,"message_reaction":{"chat":{"id":5,"type":"private"},"message_id":3,"user":{"id":5},"date":1,"old_reaction":[],` +
		`"new_reaction":[{"type":"emoji","emoji":"👍"},{"type":"custom_emoji","custom_emoji_id":"7"},{"type":"paid"},{}]}}`))
	f.Add([]byte(`{"message":{"chat":{"id":5,"type":"private"},"text":"/","entities":[{"type":"text_link","offset":0,"length":9,"url":"x"}]}}`))
	conf := &telegram.Config{Mode: "webhook", Token: models.NewSecret(telegramtest.DefaultToken), SecretToken: models.Secrets{models.NewSecret(secret)}}
	made, err := telegram.New(conf, channels.Deps{Log: discard(), Now: time.Now})
	if err != nil {
		f.Fatal(err)
	}
	a := made.(whole)
	f.Fuzz(func(t *testing.T, body []byte) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(string(body)))
		r.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
		u, err := a.Receive(r)
		if err != nil {
			if e, ok := errors.AsType[*channels.Error](err); !ok || e.Kind != channels.Rejected || len(u.Inbound) != 0 {
				t.Errorf("Receive(%q) = %+v, %v, want Rejected without messages", body, u, err)
			}
			return
		}
		for _, in := range u.Inbound {
			if in.Key == "" || len(in.Addresses) == 0 || in.Kind == "" {
				t.Errorf("Receive(%q) = %+v, want key, address and kind", body, in)
			}
			if in.Kind == channels.Message && in.Content.Empty() {
				t.Errorf("Receive(%q) gives a message that says nothing", body)
			}
			for _, line := range in.Content.Lines {
				if strings.ContainsAny(line, "\r\n") || !strings.HasPrefix(line, "[") || !strings.HasSuffix(line, "]") {
					t.Errorf("Receive(%q) gives the line %q", body, line)
				}
			}
		}
	})
}
