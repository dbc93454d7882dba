package httpbot_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"patchbay/gateway/bots"
	"patchbay/gateway/bots/botstest"
	"patchbay/gateway/bots/httpbot"
	"patchbay/models"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	secret   = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	otherKey = "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
	token    = "Bearer sk-very-secret"
	words    = "my card number is 4111"
	longest  = 10 * time.Second
)

func start(t *testing.T, o botstest.Options) *botstest.Server {
	t.Helper()
	s, err := botstest.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func newBot(t *testing.T, c httpbot.Config) bots.Bot {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	b, err := httpbot.New(&c, bots.Deps{HTTP: &http.Client{Transport: transport}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// full is a question with everything in it.
func full() bots.Question {
	q := bots.Question{
		ID: "q1", Text: "Where is my parcel?\nOrder 17", Payload: "track",
		Attachments: []models.Attachment{
			{Kind: models.Image, Ref: "file-id-of-the-adapter", Name: "box.jpg", MIME: "image/jpeg", Size: 82000},
			{Kind: models.File, URL: "https://shop.example.com/a.pdf"},
		},
		Conversation: bots.Conversation{
			ID: "42", Channel: "telegram/support", Locale: "pt-BR", Epoch: 3,
			Contact: models.Contact{ID: "c9", Name: "Ann <&> 'B'", Locale: "pt-BR", Fields: map[string]string{"plan": "gold"}},
		},
		History: []bots.Turn{{Author: models.ByCustomer, Name: "Ann", Text: "hi"}, {Author: models.ByBot, Text: "Hello!"}},
		Returned: &bots.Returned{
			Ended: "resolved", Agent: "Bo",
			Messages: []bots.Turn{{Author: models.ByAgent, Name: "Bo", Text: "It comes tomorrow."}},
		},
	}
	return q
}

func TestQuestionOnTheWire(t *testing.T) {
	long := bots.Question{ID: "q3", Text: "hi"}
	for i := range 25 {
		long.History = append(long.History, bots.Turn{Author: models.ByCustomer, Text: fmt.Sprint("turn ", i)})
	}
	for _, tt := range []struct {
		name string
		q    bots.Question
	}{
		{"full", full()},
		{"bare", bots.Question{ID: "q2"}},
		{"long_history", long},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, botstest.Options{})
			if _, err := newBot(t, httpbot.Config{URL: s.URL()}).Answer(t.Context(), tt.q); err != nil {
				t.Fatal(err)
			}
			asked := s.Asked()[0]
			if asked.Key != tt.q.ID {
				t.Errorf("Idempotency-Key = %q, want %q", asked.Key, tt.q.ID)
			}
			if got := asked.Header.Get("Content-Type"); got != "application/json" {
				t.Errorf("Content-Type = %q, want application/json", got)
			}
			var got bytes.Buffer
			if err := json.Indent(&got, asked.Body, "", "  "); err != nil {
				t.Fatal(err)
			}
			got.WriteByte('\n')
			golden := filepath.Join("testdata", "question_"+tt.name+".json")
			if *update {
				if err := os.WriteFile(golden, got.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != string(want) {
				t.Errorf("body = %s\nwant %s", got.String(), want)
			}
		})
	}
}

func TestAnswer(t *testing.T) {
	sure := 0.83
	want := bots.Answer{
		Messages: []models.Content{
			{Text: "Which order?", Buttons: []models.Button{{Title: "A-17", Payload: "order A-17"}, {Title: "A-18"}}},
			{Attachments: []models.Attachment{{Kind: models.Image, URL: "https://cdn.example.com/o.png", Name: "o.png", MIME: "image/png"}}},
		},
		Confidence: &sure,
		Handover:   &models.HandoverWish{Requested: true, Reason: "refund", Team: "billing", Summary: "wants money back"},
	}
	s := start(t, botstest.Options{Secret: secret, Header: http.Header{"Authorization": {token}}})
	s.Script(botstest.Rule{Text: "parcel", Answer: want}, botstest.Rule{Text: "nonsense", Answer: bots.Answer{Fallback: true}}, botstest.Rule{Text: "quiet", Body: "{}"})
	b := newBot(t, httpbot.Config{
		URL: s.URL(), Secret: models.NewSecret(secret), Headers: map[string]models.Secret{"authorization": models.NewSecret(token)},
	})
	got, err := b.Answer(t.Context(), full())
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Answer(parcel) = %+v, %v; want %+v", got, err, want)
	}
	if got, err := b.Answer(t.Context(), bots.Question{ID: "q2", Text: "nonsense"}); err != nil || !got.Fallback {
		t.Errorf("Answer(nonsense) = %+v, %v; want a fallback", got, err)
	}
	if got, err := b.Answer(t.Context(), bots.Question{ID: "q3", Text: "quiet"}); err != nil || !reflect.DeepEqual(got, bots.Answer{}) {
		t.Errorf("Answer(quiet) = %+v, %v; want an empty answer", got, err)
	}
}

func TestSigned(t *testing.T) {
	now := time.Date(2026, 11, 5, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	for _, tt := range []struct {
		name, secret string
		now          time.Time
		ok           bool
	}{
		{"signed", secret, now, true},
		{"other key", otherKey, now, false},
		{"not signed", "", now, false},
		{"clock off", secret, now.Add(-time.Hour), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, botstest.Options{Secret: secret, Now: clock})
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			b, err := httpbot.New(&httpbot.Config{URL: s.URL(), Secret: models.NewSecret(tt.secret)},
				bots.Deps{HTTP: &http.Client{Transport: transport}, Now: func() time.Time { return tt.now }})
			if err != nil {
				t.Fatal(err)
			}
			if _, err = b.Answer(t.Context(), full()); (err == nil) != tt.ok {
				t.Errorf("Answer error = %v, want accepted: %t", err, tt.ok)
			}
			if asked := s.Asked(); tt.ok && asked[0].Header.Get("Webhook-Id") != "q1" {
				t.Errorf("webhook-id = %q, want the question's id", asked[0].Header.Get("Webhook-Id"))
			}
		})
	}
}

// A question asked again carries the same key, so that the bot can tell.
func TestAskedAgain(t *testing.T) {
	s := start(t, botstest.Options{})
	s.Script(botstest.Rule{Status: http.StatusServiceUnavailable, Times: 1}, botstest.Says("", "here"))
	b := newBot(t, httpbot.Config{URL: s.URL()})
	if _, err := b.Answer(t.Context(), full()); !errors.Is(err, bots.ErrUnavailable) {
		t.Errorf("first Answer error = %v, want ErrUnavailable", err)
	}
	if a, err := b.Answer(t.Context(), full()); err != nil || a.Messages[0].Text != "here" {
		t.Errorf("second Answer = %+v, %v", a, err)
	}
	if asked := s.Asked(); len(asked) != 2 || asked[0].Key != asked[1].Key || !bytes.Equal(asked[0].Body, asked[1].Body) {
		t.Errorf("asked %d times, want twice with the same key and body", len(asked))
	}
}

func TestConcurrent(t *testing.T) {
	s := start(t, botstest.Options{})
	b := newBot(t, httpbot.Config{URL: s.URL()})
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			text := fmt.Sprint("question ", i)
			a, err := b.Answer(t.Context(), bots.Question{ID: fmt.Sprint(i), Text: text})
			if err != nil || !strings.HasSuffix(a.Messages[0].Text, text) {
				t.Errorf("Answer(%q) = %+v, %v; want its own answer", text, a, err)
			}
		})
	}
	wg.Wait()
}

func TestNewRefuses(t *testing.T) {
	good := "https://bot.example.com/answer"
	for _, tt := range []struct {
		name string
		c    httpbot.Config
		key  string
	}{
		{"no url", httpbot.Config{}, "url"},
		{"no scheme", httpbot.Config{URL: "bot.example.com"}, "url"},
		{"other scheme", httpbot.Config{URL: "ftp://bot.example.com"}, "url"},
		{"not a url", httpbot.Config{URL: "http://[::1"}, "url"},
		{"unknown mark-up", httpbot.Config{URL: good, Markup: "html"}, "markup"},
		{"bad secret", httpbot.Config{URL: good, Secret: models.NewSecret("whsec_***")}, "secret"},
		{"bad header", httpbot.Config{URL: good, Headers: map[string]models.Secret{"X Y": models.NewSecret("1")}}, "headers.X Y"},
		{"bad value", httpbot.Config{URL: good, Headers: map[string]models.Secret{"X": models.NewSecret("sk-very\nsecret")}}, "headers.X"},
		{"own header", httpbot.Config{URL: good, Headers: map[string]models.Secret{"idempotency-key": models.NewSecret("1")}}, "headers.idempotency-key"},
		{"bad timeout", httpbot.Config{URL: good, Common: bots.Common{Timeout: models.Duration{Duration: -1}}}, "timeout"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, err := httpbot.New(&tt.c, bots.Deps{})
			if err == nil || b != nil || !strings.Contains(err.Error(), tt.key+": ") {
				t.Fatalf("New = %v, %v; want an error about %s", b, err, tt.key)
			}
			if strings.Contains(err.Error(), "very") || strings.Contains(err.Error(), "***") {
				t.Errorf("New error %q shows a secret", err)
			}
		})
	}
}

func TestValidateWarns(t *testing.T) {
	c := httpbot.Config{URL: "http://localhost:1/", Secret: models.NewSecret("c2hvcnQ="), Headers: map[string]models.Secret{"X": {}}}
	warned := map[string]bool{}
	for _, p := range c.Validate() {
		if !p.Warning {
			t.Errorf("Validate: %s: %s is no warning", p.Key, p.Text)
		}
		warned[p.Key] = true
	}
	if !warned["secret"] || !warned["headers.X"] {
		t.Errorf("Validate warns of %v, want secret and headers.X", warned)
	}
}

// answerWithin asks and fails the test if it takes as long as no call may.
func answerWithin(ctx context.Context, t *testing.T, b bots.Bot, q bots.Question) (bots.Answer, error) {
	t.Helper()
	began := time.Now()
	a, err := b.Answer(ctx, q)
	if took := time.Since(began); took > longest {
		t.Errorf("Answer took %v", took)
	}
	return a, err
}
