package telegram_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"patchbay/channels"
	"patchbay/channels/telegram/telegramtest"
)

// run polls in the background until the test or stop ends it, and gives the error.
func run(t *testing.T, a channels.Poller, handle func(context.Context, channels.Update) error) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Poll(ctx, handle) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() { _ = stop() })
	return stop
}

// box collects what was stored.
type box struct {
	mu   sync.Mutex
	keys []string
}

func (b *box) store(_ context.Context, u channels.Update) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, in := range u.Inbound {
		b.keys = append(b.keys, in.Key)
	}
	return nil
}

func (b *box) stored() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.keys)
}

// Ensure updates come in order and are confirmed once they are stored.
func TestPoll(t *testing.T) {
	s, a, u := wrote(t)
	var b box
	stop := run(t, a, b.store)
	for i := range 150 {
		if _, err := u.Write(t.Context(), strconv.Itoa(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Wait(short(t), func() bool { return s.Pending() == 0 }); err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil {
		t.Errorf("Poll = %v, want nil", err)
	}
	keys := b.stored()
	for i, key := range keys {
		if want := fmt.Sprintf("message:5100200300:%d", i+1); key != want {
			t.Fatalf("message %d is %s, want %s", i, key, want)
		}
	}
	if len(keys) != 151 {
		t.Errorf("%d messages, want 151", len(keys))
	}
	for _, c := range s.Calls("getUpdates") {
		if c.Params["timeout"] != "50" || !strings.Contains(c.Params["allowed_updates"], `"callback_query"`) {
			t.Errorf("getUpdates with %v", c.Params)
		}
	}
}

// Ensure the offset moves only after storing: what handle did not store comes again, and nothing behind it is lost.
func TestPollStoreFails(t *testing.T) {
	s, a, u := wrote(t)
	var b box
	var fails int
	var mu sync.Mutex
	stop := run(t, a, func(ctx context.Context, update channels.Update) error {
		mu.Lock()
		defer mu.Unlock()
		if fails < 1 {
			fails++
			return errors.New("disk full")
		}
		return b.store(ctx, update)
	})
	if _, err := u.Write(t.Context(), "again"); err != nil {
		t.Fatal(err)
	}
	if err := s.Wait(short(t), func() bool { return s.Pending() == 0 }); err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil {
		t.Errorf("Poll = %v", err)
	}
	if got, want := b.stored(), []string{"message:5100200300:1", "message:5100200300:2"}; !slices.Equal(got, want) {
		t.Errorf("stored %q, want %q", got, want)
	}
	for _, c := range s.Calls("getUpdates")[:2] {
		if c.Params["offset"] != "" {
			t.Errorf("offset = %s before anything was stored", c.Params["offset"])
		}
	}
}

// Ensure the end of ctx ends a poll that waits, and not only when the poll is over, after 50 seconds.
func TestPollCanceled(t *testing.T) {
	s := startFake(t)
	a := makeKit(t, s.URL(), "polling", nil)
	stop := run(t, a, func(context.Context, channels.Update) error { return nil })
	if err := s.Wait(short(t), func() bool { return len(s.Calls("getUpdates")) == 1 }); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := stop(); err != nil || time.Since(began) > 20*time.Second {
		t.Errorf("Poll = %v after %v, want nil at once", err, time.Since(began))
	}
}

// Ensure polling leaves a webhook alone and says whose it is, at the start and in the middle.
func TestPollWebhook(t *testing.T) {
	hook := func(t *testing.T, s *telegramtest.Server) {
		t.Helper()
		resp, err := http.Get(s.URL() + "/bot" + s.Token() + "/setWebhook?url=https://other.example/telegram/7f2c")
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	for _, middle := range []bool{false, true} {
		t.Run(fmt.Sprint("middle=", middle), func(t *testing.T) {
			s := startFake(t)
			a := makeKit(t, s.URL(), "polling", nil)
			if !middle {
				hook(t, s)
			}
			done := make(chan error, 1)
			go func() {
				done <- a.Poll(t.Context(), func(context.Context, channels.Update) error { return nil })
			}()
			if middle {
				if err := s.Wait(short(t), func() bool { return len(s.Calls("getUpdates")) == 1 }); err != nil {
					t.Fatal(err)
				}
				hook(t, s)
			}
			err := <-done
			if channels.KindOf(err) != channels.Forbidden || err == nil {
				t.Fatalf("Poll = %v, want Forbidden", err)
			}
			for _, words := range []string{"other.example", "deletewebhook", `mode = "webhook"`} {
				if !strings.Contains(err.Error(), words) {
					t.Errorf("Poll = %v, want %q in it", err, words)
				}
			}
			if strings.Contains(err.Error(), "7f2c") {
				t.Errorf("Poll = %v, which tells the webhook's path", err)
			}
			if len(s.Calls("deleteWebhook")) != 0 || s.Webhook() == "" {
				t.Error("the webhook was deleted")
			}
		})
	}
}

// Ensure Poll in webhook mode waits and calls nobody.
func TestPollInWebhookMode(t *testing.T) {
	s := startFake(t)
	a := makeKit(t, s.URL(), "webhook", nil)
	stop := run(t, a, func(context.Context, channels.Update) error { return nil })
	if err := stop(); err != nil || len(s.Calls("")) != 0 {
		t.Errorf("Poll = %v after %d calls", err, len(s.Calls("")))
	}
}

// Ensure an update that cannot be read becomes a line where its chat is known, and stops nothing.
func TestPollUnreadable(t *testing.T) {
	body := `{"ok":true,"result":[
		{"update_id":1,"message":{"message_id":1,"date":100,"chat":{"id":5,"type":"private","first_name":"Ann"},"text":{"rich":true}}},
		{"update_id":2,"message":{"message_id":2,"date":100,"text":"no chat"}},
		{"update_id":3,"callback_query":{"id":"9","from":[],"message":{"message_id":3,"chat":{"id":5,"type":"private"}}}},
		{"update_id":4,"shiny_new_thing":{"chat":{"id":5}}},
		"what",
		{"update_id":5,"message":{"message_id":5,"date":100,"chat":{"id":5,"type":"private"},"from":{"id":5,"first_name":"Ann"},"text":"hello"}}]}`
	synctest.Test(t, func(t *testing.T) {
		var calls []map[string]string
		a := makeKit(t, "http://telegram.invalid", "", script(&calls, gives(200, body), gives(0, "")))
		var got []string
		stop := run(t, a, func(_ context.Context, u channels.Update) error {
			for _, in := range u.Inbound {
				got = append(got, in.Key+" "+in.Content.Plain())
			}
			return nil
		})
		synctest.Wait()
		if err := stop(); err != nil {
			t.Fatalf("Poll = %v", err)
		}
		want := []string{"update:5:1:1 [unsupported message]", "update:5:3:3 [unsupported message]", "message:5:5 hello"}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if len(calls) != 2 || calls[1]["offset"] != "6" {
			t.Errorf("polls = %v, want a second one with offset 6", calls)
		}
	})
}

// Ensure a long poll outlives the timeouts of the client that the adapter was given.
func TestPollPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls []map[string]string
		a := makeKit(t, "http://telegram.invalid", "", script(&calls, func() (int, string) {
			time.Sleep(50 * time.Second)
			return 200, oneHello
		}, gives(0, "")))
		var b box
		stop := run(t, a, b.store)
		time.Sleep(time.Minute)
		if err := stop(); err != nil || len(b.stored()) != 1 {
			t.Errorf("Poll = %v with %q, want one message after 50 s", err, b.stored())
		}
	})
	// A transport that wants its headers sooner is not kept to it, and leaves no connection behind.
	s := startFake(t)
	own := &http.Transport{ResponseHeaderTimeout: 50 * time.Millisecond}
	t.Cleanup(own.CloseIdleConnections)
	a := makeKit(t, s.URL(), "", own)
	var b box
	stop := run(t, a, b.store)
	if err := s.Wait(short(t), func() bool { return len(s.Calls("getUpdates")) == 1 }); err != nil {
		t.Fatal(err)
	}
	timer := time.NewTimer(150 * time.Millisecond) // the server says nothing for longer than the transport's patience
	<-timer.C
	if _, err := s.User(5, "Ann", "").Write(t.Context(), "hello"); err != nil {
		t.Fatal(err)
	}
	if err := s.Wait(short(t), func() bool { return s.Pending() == 0 }); err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil || len(b.stored()) != 1 || len(s.Calls("getUpdates")) != 2 {
		t.Errorf("Poll = %v with %q after %d polls, want one message after 2", err, b.stored(), len(s.Calls("getUpdates")))
	}
}

// Ensure a press is answered only after it is stored, and that Telegram's refusal of a late answer stops nothing.
func TestPollAnswersLate(t *testing.T) {
	s := startFakeWith(t, telegramtest.Config{Rate: -1, ChatRate: -1, Expire: time.Nanosecond})
	u := s.User(5, "Ann", "")
	if _, err := u.Write(t.Context(), "/start"); err != nil {
		t.Fatal(err)
	}
	a := makeKit(t, s.URL(), "", nil)
	if _, err := a.Send(t.Context(), channels.Outbound{Address: "5", Text: "?", Buttons: oneButton()}); err != nil {
		t.Fatal(err)
	}
	if err := u.Press(t.Context(), "yes"); err != nil {
		t.Fatal(err)
	}
	var b box
	var early bool
	stop := run(t, a, func(ctx context.Context, update channels.Update) error {
		for _, in := range update.Inbound {
			early = early || in.Kind == channels.Pressed && len(s.Calls("answerCallbackQuery")) > 0
		}
		return b.store(ctx, update)
	})
	if err := s.Wait(short(t), func() bool { return len(s.Calls("answerCallbackQuery")) == 1 && s.Pending() == 0 }); err != nil {
		t.Fatal(err)
	}
	if _, err := u.Write(t.Context(), "still there?"); err != nil {
		t.Fatal(err)
	}
	if err := s.Wait(short(t), func() bool { return s.Pending() == 0 }); err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil || early || len(b.stored()) != 3 {
		t.Errorf("Poll = %v, stored %q, answered before storing: %v", err, b.stored(), early)
	}
}
