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
	s.SetTemplate(whatsapptest.Template{Name: "resume", Language: "en", Text: "Shall we go on?"})
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
