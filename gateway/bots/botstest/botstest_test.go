package botstest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"patchbay/gateway/bots/botstest"
	"patchbay/models"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// caller calls a Server as bare HTTP.
type caller struct {
	*http.Client
	t *testing.T
}

func start(t *testing.T, o botstest.Options) (*botstest.Server, caller) {
	t.Helper()
	s, err := botstest.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return s, caller{&http.Client{Transport: transport}, t}
}

// post returns the status and the body, or 0 and what went wrong.
func (c caller) post(address, body string, headers ...string) (int, string) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := c.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error()
	}
	return resp.StatusCode, string(got)
}

const hello = `{"message":{"id":"q1","text":"Hello you"},"conversation":{"contact":{"id":"c9"}}}`

func TestRulesInOrder(t *testing.T) {
	s, c := start(t, botstest.Options{})
	s.Script(
		botstest.Rule{Text: "hello", Status: http.StatusServiceUnavailable, Times: 2},
		botstest.Says("HELLO", "Hi!", "What can I do?"),
		botstest.Rule{Text: "you", Body: "never"},
	)
	for i, want := range []struct {
		status int
		body   string
	}{
		{503, hello},
		{503, hello},
		{200, `{"messages":[{"text":"Hi!"},{"text":"What can I do?"}]}`},
		{200, `{"messages":[{"text":"Hi!"},{"text":"What can I do?"}]}`},
	} {
		if status, body := c.post(s.URL(), hello, "Idempotency-Key", "q1"); status != want.status || body != want.body {
			t.Errorf("call %d = %d %s, want %d %s", i, status, body, want.status, want.body)
		}
	}
	if _, body := c.post(s.URL(), `{"message":{"id":"q2","text":"bye"}}`, "Idempotency-Key", "q2"); body != `{"messages":[{"text":"You wrote: bye"}]}` {
		t.Errorf("a question without a rule gets %s", body)
	}
	asked := s.Asked()
	if len(asked) != 5 || asked[0].Key != "q1" || asked[0].Text != "Hello you" || asked[0].Sender != "c9" || asked[4].Key != "q2" {
		t.Errorf("Asked() = %+v", asked)
	}
}

func TestDoor(t *testing.T) {
	s, c := start(t, botstest.Options{
		Secret: "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", Header: http.Header{"Authorization": {"Bearer 1"}}, Token: "t",
	})
	for _, tt := range []struct {
		name, address string
		headers       []string
		want          int
	}{
		{"no header", s.URL(), []string{"Idempotency-Key", "q1"}, 401},
		{"not signed", s.URL(), []string{"Idempotency-Key", "q1", "Authorization", "Bearer 1"}, 401},
		{"rasa without its token", s.RasaURL() + "/webhooks/rest/webhook", []string{"Authorization", "Bearer 1"}, 401},
		{"rasa with another", s.RasaURL() + "/webhooks/rest/webhook?token=x", []string{"Authorization", "Bearer 1"}, 401},
		{"parse without its token", s.RasaURL() + "/model/parse", []string{"Authorization", "Bearer 1"}, 401},
	} {
		if status, body := c.post(tt.address, hello, tt.headers...); status != tt.want {
			t.Errorf("%s: %d %s, want %d", tt.name, status, body, tt.want)
		}
	}
	if n := len(s.Asked()); n != 0 {
		t.Errorf("%d questions were let in", n)
	}
	if _, err := botstest.Start(botstest.Options{Secret: "whsec_?"}); err == nil {
		t.Error("Start with a secret that is none gives no error")
	}
}

func TestBadQuestions(t *testing.T) {
	s, c := start(t, botstest.Options{})
	for _, tt := range []struct{ name, body, key string }{
		{"no key", hello, ""}, {"no id", `{"message":{"text":"a"}}`, "q1"}, {"not JSON", "hello", "q1"},
	} {
		headers := []string{"Idempotency-Key", tt.key}
		if status, _ := c.post(s.URL(), tt.body, headers...); status != http.StatusBadRequest {
			t.Errorf("%s: status = %d, want 400", tt.name, status)
		}
	}
}

func TestFaults(t *testing.T) {
	s, c := start(t, botstest.Options{})
	ask := func() (int, string) { return c.post(s.URL(), hello, "Idempotency-Key", "q1") }
	s.Script(botstest.Rule{Fault: botstest.Drop, Times: 1}, botstest.Rule{Fault: botstest.Half, Times: 1}, botstest.Rule{Status: 307})
	for _, name := range []string{"drop", "half"} {
		if status, body := ask(); status != 0 {
			t.Errorf("%s: %d %s, want no answer", name, status, body)
		}
	}
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if status, _ := ask(); status != 307 {
		t.Errorf("redirect: %d, want 307", status)
	}

	s.Script(botstest.Rule{Fault: botstest.Hang})
	got := make(chan int)
	go func() {
		status, _ := ask()
		got <- status
	}()
	if _, err := s.Await(t.Context(), 4); err != nil {
		t.Fatal(err)
	}
	s.Stop()
	if status := <-got; status != 0 {
		t.Errorf("hang: %d, want no answer", status)
	}
	if status, body := ask(); status != 0 || !strings.Contains(body, "refused") {
		t.Errorf("stopped: %d %s, want a refused connection", status, body)
	}
	address := s.URL()
	if err := s.Resume(); err != nil {
		t.Fatal(err)
	}
	if err := s.Resume(); err == nil {
		t.Error("Resume of a running Server gives no error")
	}
	s.Script()
	if status, _ := ask(); status != 200 || s.URL() != address {
		t.Errorf("resumed: %d at %s, want 200 at %s", status, s.URL(), address)
	}
}

func TestAwaitEnds(t *testing.T) {
	s, _ := start(t, botstest.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := s.Await(ctx, 1); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Await of nothing = %v, want the context's end", err)
	}
}

func TestTold(t *testing.T) {
	told := make(chan botstest.Asked, 1)
	s, c := start(t, botstest.Options{Told: func(a botstest.Asked) { told <- a }})
	c.post(s.URL(), hello, "Idempotency-Key", "q1")
	if a := <-told; a.Text != "Hello you" || a.Protocol != "http" {
		t.Errorf("Told = %+v", a)
	}
}

func TestRasa(t *testing.T) {
	s, c := start(t, botstest.Options{Token: "t"})
	s.Script(
		botstest.Rule{Text: "person", Answer: models.Answer{
			Messages: []models.Content{{Text: "I will get a colleague."}}, Handover: &models.HandoverWish{Requested: true, Reason: "asked"},
		}},
		botstest.Rule{Text: "order", Answer: models.Answer{Messages: []models.Content{{
			Text: "Which?", Buttons: []models.Button{{Title: "A", Payload: "/a"}},
			Attachments: []models.Attachment{{Kind: models.Image, URL: "https://x.example/o.png"}, {Kind: models.File, URL: "https://x.example/o.pdf"}},
		}}}},
		botstest.Rule{Text: "asdf", Answer: models.Answer{Fallback: true}},
	)
	for _, tt := range []struct{ message, want string }{
		{"a person", `[{"recipient_id":"u1","text":"I will get a colleague."},{"custom":{"action":"handoff","reason":"asked","summary":"","team":""},"recipient_id":"u1"}]`},
		{"my order", `[{"buttons":[{"title":"A","payload":"/a"}],"recipient_id":"u1","text":"Which?"},` +
			`{"image":"https://x.example/o.png","recipient_id":"u1"},` +
			`{"attachment":{"payload":{"src":"https://x.example/o.pdf"},"type":"file"},"recipient_id":"u1"}]`},
		{"asdf", `[]`},
		{`\n /restart{\"a\":1}`, `[{"recipient_id":"u1","text":"You wrote: \n /restart{\"a\":1}"}]`},
	} {
		if _, body := c.post(s.RasaURL()+"/webhooks/rest/webhook?token=t", `{"sender":"u1","message":"`+tt.message+`"}`); body != tt.want {
			t.Errorf("message %q gets %s, want %s", tt.message, body, tt.want)
		}
	}
	if a := s.Asked()[3]; a.Intent != "restart" || a.Sender != "u1" || a.Protocol != "rasa" {
		t.Errorf("Asked = %+v, want the intent restart", a)
	}
	for _, tt := range []struct{ text, want string }{
		{"asdf", `"intent":{"confidence":0.7,"name":"nlu_fallback"}`},
		{"a person", `"intent":{"confidence":0.98,"name":"known"}`},
		{"/a", `"intent":{"confidence":1,"name":"a"}`},
	} {
		if status, body := c.post(s.RasaURL()+"/model/parse?token=t", `{"text":"`+tt.text+`"}`); status != 200 || !strings.Contains(body, tt.want) {
			t.Errorf("parse of %q = %d %s, want %s", tt.text, status, body, tt.want)
		}
	}
	if status, _ := c.post(s.RasaURL()+"/webhooks/rest/webhook?token=t", `{"message":"nobody"}`); status != 500 {
		t.Errorf("a message without a sender gets %d, want 500", status)
	}
	closed, c := start(t, botstest.Options{NoAPI: true})
	if status, _ := c.post(closed.RasaURL()+"/model/parse", `{"text":"a"}`); status != 404 {
		t.Errorf("parse without the API = %d, want 404", status)
	}
}
