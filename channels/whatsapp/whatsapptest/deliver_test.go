package whatsapptest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"patchbay/channels/whatsapp/whatsapptest"
)

func TestStatuses(t *testing.T) {
	s := start(t, whatsapptest.Options{})
	h := listen(t, s)
	ann := s.User("DE.8120044556677889", "Ánn 👍")
	if _, err := ann.Write(soon(t), "¿hola/adiós?"); err != nil {
		t.Fatal(err)
	}
	if body := h.got()[0]; strings.ContainsFunc(body, func(r rune) bool { return r > 127 }) ||
		!strings.Contains(body, `\u00bfhola\/adi\u00f3s?`) || !strings.Contains(body, `\ud83d\udc4d`) || strings.Contains(body, `"wa_id"`) {
		t.Errorf("body = %s, want ASCII with escapes, and no number", body)
	}
	for _, want := range [][]string{{"sent", "delivered", "read"}, {"read", "delivered", "sent"}, {"delivered"}, nil} {
		s.SetStatuses(want...)
		before := len(h.got())
		got := post(t, s, `"recipient":"DE.8120044556677889","type":"text","text":{"body":"hi"}`)
		if len(got.Contacts) != 1 || got.Contacts[0].UserID != "DE.8120044556677889" || got.Contacts[0].WaID != "" {
			t.Errorf("answer = %+v, want the user id", got)
		}
		if err := s.Idle(soon(t)); err != nil {
			t.Fatal(err)
		}
		var statuses []string
		for _, body := range h.got()[before:] {
			_, rest, _ := strings.Cut(body, `"status":"`)
			status, _, _ := strings.Cut(rest, `"`)
			statuses = append(statuses, status)
			if !strings.Contains(body, `"recipient_user_id":"DE.8120044556677889"`) || strings.Contains(body, `"recipient_id"`) {
				t.Errorf("status = %s, want the user id and no number", body)
			}
		}
		if !slices.Equal(statuses, want) {
			t.Errorf("statuses = %q, want %q", statuses, want)
		}
	}
}

func TestEarlyStatus(t *testing.T) {
	s := start(t, whatsapptest.Options{Early: true, Statuses: []string{"sent", "delivered"}})
	h := listen(t, s)
	ann := s.User("491700000001", "Ann")
	if _, err := ann.Write(soon(t), "hello"); err != nil {
		t.Fatal(err)
	}
	id := text(t, s, ann.Phone(), "hi").Messages[0].ID
	bodies := h.got()
	if len(bodies) < 2 || !strings.Contains(bodies[1], strings.ReplaceAll(id, "/", `\/`)) || !strings.Contains(bodies[1], `"sent"`) {
		t.Errorf("webhook had %q when the call was answered, want the status sent", bodies)
	}
}

func TestRedeliversUntilAccepted(t *testing.T) {
	var pauses []int
	var mu sync.Mutex
	s := start(t, whatsapptest.Options{Redeliver: func(tries int) time.Duration {
		mu.Lock()
		defer mu.Unlock()
		pauses = append(pauses, tries)
		return time.Millisecond
	}})
	h := listen(t, s)
	h.refuse(3)
	ann := s.User("491700000001", "Ann")
	ann.Say("one")
	ann.Say("two")
	if _, err := ann.Write(soon(t), "three"); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"one", "two", "three"} {
		if !strings.Contains(h.got()[i], want) {
			t.Errorf("call %d = %s, want %s: a user's words keep their order", i, h.got()[i], want)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if list := s.Deliveries(); len(list) != 3 || list[0].Tries != 4 || !slices.Equal(pauses, []int{1, 2, 3}) {
		t.Errorf("Deliveries() = %d, first after %d tries, pauses %v, want 3 and 4", len(list), list[0].Tries, pauses)
	}
}

func TestOvertaking(t *testing.T) {
	s := start(t, whatsapptest.Options{Overtake: true, Redeliver: func(int) time.Duration { return time.Hour }})
	h := listen(t, s)
	h.refuse(1)
	ann := s.User("491700000001", "Ann")
	ann.Say("one")
	if err := s.Wait(soon(t), func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.fail == 0
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := ann.Write(soon(t), "two"); err != nil {
		t.Fatal(err)
	}
	if got := h.got(); len(got) != 1 || !strings.Contains(got[0], "two") {
		t.Errorf("webhook had %q, want two before one", got)
	}
}

func TestRedeliversAtOnceToANewCallback(t *testing.T) {
	t.Run("while the next try is far", func(t *testing.T) {
		far := make(chan struct{}, 1)
		s := start(t, whatsapptest.Options{Redeliver: func(int) time.Duration {
			far <- struct{}{}
			return time.Hour
		}})
		s.SetCallback("http://127.0.0.1:1/")
		s.User("491700000001", "Ann").Say("while nobody listens")
		select {
		case <-far:
		case <-soon(t).Done():
			t.Fatal("nothing was tried")
		}
		delivered(t, s, listen(t, s))
	})
	t.Run("while a try is under way", func(t *testing.T) {
		s := start(t, whatsapptest.Options{Redeliver: func(int) time.Duration { return time.Hour }})
		h := listen(t, s)
		old := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			s.SetCallback(h.URL)
			w.WriteHeader(http.StatusServiceUnavailable)
		}))
		t.Cleanup(old.Close)
		s.SetCallback(old.URL)
		s.User("491700000001", "Ann").Say("while the webhook moves")
		delivered(t, s, h)
	})
}

// delivered waits until nothing is left to deliver and fails t unless h had one call.
func delivered(t *testing.T, s *whatsapptest.Server, h *hook) {
	t.Helper()
	if err := s.Idle(soon(t)); err != nil {
		t.Fatal(err)
	}
	if got := h.got(); len(got) != 1 {
		t.Errorf("webhook had %q, want the message", got)
	}
}

func TestBatch(t *testing.T) {
	s := start(t, whatsapptest.Options{})
	h := listen(t, s)
	s.AddNumber("440000000000003", "15550100300")
	ann, bob := s.User("491700000001", "Ann"), s.User("491700000002", "Bob")
	there := s.UserOn("440000000000003", "491700000001", "Ann")
	s.Hold()
	ann.Say("one")
	bob.Say("two")
	there.Say("three")
	ann.Say("four")
	if err := s.Idle(soon(t)); err != nil {
		t.Fatal(err)
	}
	if n := len(h.got()); n != 0 {
		t.Fatalf("%d calls while held, want none", n)
	}
	if err := s.Release(soon(t)); err != nil {
		t.Fatal(err)
	}
	var body struct {
		Entry []struct {
			Changes []struct {
				Value struct {
					Metadata struct {
						ID string `json:"phone_number_id"`
					}
					Contacts []struct{ Profile struct{ Name string } }
					Messages []struct{ Text struct{ Body string } }
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(h.got()[0]), &body); err != nil || len(h.got()) != 1 || len(body.Entry) != 2 {
		t.Fatalf("webhook had %q, want one call with two entries (%v)", h.got(), err)
	}
	first, second := body.Entry[0].Changes[0].Value, body.Entry[1].Changes[0].Value
	if len(first.Messages) != 3 || first.Messages[2].Text.Body != "four" || len(first.Contacts) != 2 || first.Contacts[0].Profile.Name != "Bob" {
		t.Errorf("first entry = %+v, want three messages of two users, last come, first named", first)
	}
	if second.Metadata.ID != "440000000000003" || len(second.Messages) != 1 {
		t.Errorf("second entry = %+v, want the other number's", second)
	}
	if err := s.Release(soon(t)); err != nil {
		t.Errorf("Release() of nothing = %v", err)
	}
}

func TestRedeliver(t *testing.T) {
	s := start(t, whatsapptest.Options{})
	h := listen(t, s)
	id, err := s.User("491700000001", "Ann").Write(soon(t), "hello")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Redeliver(soon(t), id); err != nil {
		t.Errorf("Redeliver() = %v", err)
	}
	if got := h.got(); len(got) != 2 || got[0] != got[1] {
		t.Errorf("webhook had %q, want the same twice", got)
	}
	if err := s.Redeliver(soon(t), "wamid.unknown"); err == nil {
		t.Error("Redeliver() of an unknown id = no error")
	}
}

func TestSubscribe(t *testing.T) {
	s := start(t, whatsapptest.Options{VerifyToken: "t&?=1"})
	answers := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if q.Get("hub.verify_token") != "t&?=1" || q.Get("hub.mode") != "subscribe" || q.Get("x") != "1" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		_, _ = io.WriteString(w, q.Get("hub.challenge"))
	}))
	defer answers.Close()
	if err := s.Subscribe(soon(t), answers.URL+"/hook?x=1"); err != nil {
		t.Errorf("Subscribe() = %v", err)
	}
	for _, callback := range []string{answers.URL, "http://127.0.0.1:1/", "http://["} {
		if err := s.Subscribe(soon(t), callback); err == nil {
			t.Errorf("Subscribe(%q) = no error", callback)
		}
	}
}

func TestNobodySubscribed(t *testing.T) {
	s := start(t, whatsapptest.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.User("491700000001", "Ann").Write(ctx, "hello"); err == nil {
		t.Error("Write() without a webhook = no error")
	}
}
