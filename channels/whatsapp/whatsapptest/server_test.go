package whatsapptest_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"patchbay/channels/whatsapp/whatsapptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, o whatsapptest.Options) *whatsapptest.Server {
	t.Helper()
	s, err := whatsapptest.Start(o)
	if err != nil {
		t.Fatalf("Start() = %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
	})
	return s
}

func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// client has no connections left when the test ends.
func client(t *testing.T) *http.Client {
	c := &http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// answer is what the API answered.
type answer struct {
	status   int
	Messages []struct{ ID string }
	Contacts []struct {
		Input  string
		WaID   string `json:"wa_id"`
		UserID string `json:"user_id"`
	}
	Success bool
	Error   struct {
		Code    int
		Subcode int `json:"error_subcode"`
		Message string
	}
}

// call posts body to path of the API.
func call(t *testing.T, s *whatsapptest.Server, path, token, body string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, strings.TrimSuffix(s.URL(), "/v25.0")+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", token)
	resp, err := client(t).Do(r)
	if err != nil {
		t.Fatalf("POST %s = %v", path, err)
	}
	defer func() { _ = resp.Body.Close() }()
	a := answer{status: resp.StatusCode}
	if err := json.NewDecoder(resp.Body).Decode(&a); err != nil {
		t.Fatalf("POST %s: %v", path, err)
	}
	return a
}

// post posts a message to the account's first number.
func post(t *testing.T, s *whatsapptest.Server, body string) answer {
	t.Helper()
	return call(t, s, "/v25.0/440000000000002/messages", "Bearer EAAfake", `{"messaging_product":"whatsapp",`+body+`}`)
}

// text posts a text to a number.
func text(t *testing.T, s *whatsapptest.Server, to, words string) answer {
	t.Helper()
	return post(t, s, fmt.Sprintf(`"to":%q,"type":"text","text":{"body":%q},"biz_opaque_callback_data":"ours"`, to, words))
}

// hook is a webhook.
type hook struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
	fail   int // how many calls to refuse yet
	errs   []string
}

// listen starts a webhook that checks signatures.
func listen(t *testing.T, s *whatsapptest.Server) *hook {
	t.Helper()
	h := &hook{}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(w, r.URL.Query().Get("hub.challenge"))
			return
		}
		body, err := io.ReadAll(r.Body)
		mac := hmac.New(sha256.New, []byte(s.Options().AppSecret))
		mac.Write(body)
		h.mu.Lock()
		defer h.mu.Unlock()
		if want := "sha256=" + hex.EncodeToString(mac.Sum(nil)); err != nil || r.Header.Get("X-Hub-Signature-256") != want {
			h.errs = append(h.errs, "a call is not signed")
		}
		if h.fail > 0 {
			h.fail--
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		h.bodies = append(h.bodies, string(body))
	}))
	t.Cleanup(func() {
		h.Close()
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, e := range h.errs {
			t.Error(e)
		}
	})
	s.SetCallback(h.URL)
	return h
}

// got returns the bodies that were accepted.
func (h *hook) got() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.bodies)
}

func (h *hook) refuse(n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fail = n
}

func TestWindow(t *testing.T) {
	s := start(t, whatsapptest.Options{})
	h := listen(t, s)
	ann := s.User("491700000001", "Ann")
	if got := text(t, s, ann.Phone(), "first"); got.Error.Code != 131047 || got.status != 400 {
		t.Errorf("message to a user who never wrote = %+v, want 131047", got)
	}
	if _, err := ann.Write(soon(t), "hello"); err != nil {
		t.Fatalf("Write() = %v", err)
	}
	s.Advance(24*time.Hour - time.Second)
	if got := text(t, s, ann.Phone(), "in time"); len(got.Messages) != 1 || got.Contacts[0].WaID != ann.Phone() {
		t.Errorf("message in time = %+v, want an id", got)
	}
	s.Advance(time.Second)
	if got := text(t, s, ann.Phone(), "late"); got.Error.Code != 131047 {
		t.Errorf("message after a day = %+v, want 131047", got)
	}
	if got := post(t, s, `"to":"491700000001","type":"template","template":{"name":"resume","language":{"code":"en"}}`); len(got.Messages) != 1 {
		t.Errorf("template after a day = %+v, want an id", got)
	}
	if seen := ann.Seen(); len(seen) != 2 || seen[0].Text != "in time" || seen[0].Ours != "ours" {
		t.Errorf("Seen() = %+v, want two messages", seen)
	}
	if err := s.Idle(soon(t)); err != nil {
		t.Fatal(err)
	}
	if n := len(h.got()); n != 7 {
		t.Errorf("%d calls of the webhook, want a message and three statuses twice", n)
	}
}

func TestLateWindowAndNobody(t *testing.T) {
	s := start(t, whatsapptest.Options{LateWindow: true})
	h := listen(t, s)
	s.User("491700000001", "Ann")
	blocked := s.User("491700000002", "Bob")
	if _, err := blocked.Write(soon(t), "hello"); err != nil {
		t.Fatal(err)
	}
	blocked.Block()
	for to, code := range map[string]int{"491700000001": 131047, "491700000002": 131026, "491700000003": 131026} {
		before := len(h.got())
		got := text(t, s, to, "hi")
		if len(got.Messages) != 1 {
			t.Fatalf("message to %s = %+v, want an id", to, got)
		}
		if err := s.Idle(soon(t)); err != nil {
			t.Fatal(err)
		}
		bodies := h.got()[before:]
		if len(bodies) != 1 {
			t.Fatalf("message to %s: %d calls of the webhook, want one", to, len(bodies))
		}
		for _, want := range []string{`"status":"failed"`, fmt.Sprintf(`"code":%d`, code), `"biz_opaque_callback_data":"ours"`, got.Messages[0].ID, to} {
			if !strings.Contains(strings.ReplaceAll(bodies[0], `\/`, "/"), want) {
				t.Errorf("status of %s = %s, want %s in it", to, bodies[0], want)
			}
		}
		if strings.Contains(bodies[0], "contacts") {
			t.Errorf("status of %s = %s, want no contacts in a failure", to, bodies[0])
		}
	}
	blocked.Unblock()
	if text(t, s, "491700000002", "again"); len(blocked.Seen()) != 1 {
		t.Errorf("Seen() = %+v, want the message after Unblock", blocked.Seen())
	}
}

func TestPairRate(t *testing.T) {
	clock := time.Unix(1793900000, 0)
	s := start(t, whatsapptest.Options{Now: func() time.Time { return clock }})
	listen(t, s)
	ann, bob := s.User("491700000001", "Ann"), s.User("491700000002", "Bob")
	ann.Say("hello")
	bob.Say("hello")
	for i := range 45 {
		if got := text(t, s, ann.Phone(), "x"); got.status != 200 {
			t.Fatalf("message %d = %+v, want 200", i+1, got)
		}
	}
	if got := text(t, s, ann.Phone(), "x"); got.Error.Code != 131056 || got.status != 400 {
		t.Errorf("message 46 = %+v, want 131056", got)
	}
	if got := text(t, s, bob.Phone(), "x"); got.status != 200 {
		t.Errorf("message to another user = %+v, want 200", got)
	}
	s.Advance(6 * time.Second)
	if got := text(t, s, ann.Phone(), "x"); got.status != 200 {
		t.Errorf("message 6 s later = %+v, want 200", got)
	}
	if got := text(t, s, ann.Phone(), "x"); got.Error.Code != 131056 {
		t.Errorf("the next one = %+v, want 131056", got)
	}
}

func TestThroughput(t *testing.T) {
	clock := time.Unix(1793900000, 0)
	s := start(t, whatsapptest.Options{Throughput: 3, PairBurst: 100, Now: func() time.Time { return clock }})
	listen(t, s)
	ann := s.User("491700000001", "Ann")
	ann.Say("hello")
	for range 3 {
		if got := text(t, s, ann.Phone(), "x"); got.status != 200 {
			t.Fatalf("message = %+v, want 200", got)
		}
	}
	if got := text(t, s, ann.Phone(), "x"); got.Error.Code != 130429 {
		t.Errorf("fourth message in a second = %+v, want 130429", got)
	}
	s.Advance(time.Second)
	if got := text(t, s, ann.Phone(), "x"); got.status != 200 {
		t.Errorf("message a second later = %+v, want 200", got)
	}
}

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
	s := start(t, whatsapptest.Options{Redeliver: func(int) time.Duration { return time.Hour }})
	s.SetCallback("http://127.0.0.1:1/")
	ann := s.User("491700000001", "Ann")
	ann.Say("while nobody listens")
	h := listen(t, s)
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

func TestCloseEndsWhatIsUnderWay(t *testing.T) {
	s, err := whatsapptest.Start(whatsapptest.Options{Redeliver: func(int) time.Duration { return time.Hour }})
	if err != nil {
		t.Fatal(err)
	}
	s.SetCallback("http://127.0.0.1:1/")
	ann := s.User("491700000001", "Ann")
	ann.Say("never delivered")
	s.Fault(whatsapptest.Fault{Hang: true})
	hung := make(chan error, 1)
	go func() {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL()+"/debug_token", nil)
		if err == nil {
			var resp *http.Response
			if resp, err = client(t).Do(r); err == nil {
				err = resp.Body.Close()
			}
		}
		hung <- err
	}()
	if err := s.Wait(soon(t), func() bool { return len(s.Calls()) == 1 }); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close() = %v", err)
	}
	if err := <-hung; err == nil {
		t.Error("a hung call was answered")
	}
	if _, err := ann.Write(t.Context(), "after"); err == nil {
		t.Error("Write() after Close = no error")
	}
}
