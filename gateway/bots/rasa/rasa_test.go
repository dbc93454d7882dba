package rasa_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"
	"go.uber.org/goleak"

	"patchbay/gateway/bots"
	"patchbay/gateway/bots/botstest"
	"patchbay/gateway/bots/rasa"
	"patchbay/models"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const words = "my card number is 4111"

func start(t *testing.T, o botstest.Options) *botstest.Server {
	t.Helper()
	s, err := botstest.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func newBot(t *testing.T, c rasa.Config) bots.Bot { return logging(t, c, nil) }

func logging(t *testing.T, c rasa.Config, log *slog.Logger) bots.Bot {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	b, err := rasa.New(&c, bots.Deps{HTTP: &http.Client{Transport: transport}, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func asking(text string) bots.Question {
	return bots.Question{ID: "q1", Text: text, Conversation: bots.Conversation{ID: "7", Contact: models.Contact{ID: "42"}}}
}

func TestAnswer(t *testing.T) {
	s := start(t, botstest.Options{Token: "t&=?", Header: http.Header{"X-Gate": {"open"}}})
	want := bots.Answer{
		Messages: []models.Content{
			{Text: "Which one?", Buttons: []models.Button{{Title: "A", Payload: `/pick{"id":"A"}`}}},
			{Attachments: []models.Attachment{{Kind: models.Image, URL: "https://x.example/a.png"}}},
			{Attachments: []models.Attachment{{Kind: models.File, URL: "https://x.example/a.pdf"}}},
		},
		Handover: &models.HandoverWish{Requested: true, Reason: "angry", Team: "billing", Summary: "wants money back"},
	}
	s.Script(botstest.Rule{Answer: want})
	b := newBot(t, rasa.Config{
		URL: s.RasaURL() + "/", Token: models.NewSecret("t&=?"), Headers: map[string]models.Secret{"X-Gate": models.NewSecret("open")},
	})
	got, err := b.Answer(t.Context(), asking("hello"))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Answer = %+v, %v; want %+v", got, err, want)
	}
	if asked := s.Asked(); len(asked) != 1 || asked[0].Sender != "42" || asked[0].Text != "hello" {
		t.Errorf("asked = %+v, want one message of 42", asked)
	}
}

// What a customer types is never a command to the dialogue; what a button carries is.
func TestTypedCommandsAreHarmless(t *testing.T) {
	for _, tt := range []struct {
		name    string
		q       bots.Question
		message string
		intent  string
	}{
		{"words", asking("hello"), "hello", ""},
		{"start", asking("/start ref_17"), "∕start ref_17", ""},
		{"restart", asking("/restart"), "∕restart", ""},
		{"after white space", asking(" \n\u00a0\u2003/restart"), "∕restart", ""},
		{"after a separator", asking("\x1c\x1f/restart"), "∕restart", ""},
		{"filling a slot", asking(`/inform{"is_admin":"yes"}`), `∕inform{"is_admin":"yes"}`, ""},
		{"two slashes", asking("//restart"), "∕/restart", ""},
		{"a slash alone", asking("/"), "∕", ""},
		{"a slash inside", asking("km/h\n/restart"), "km/h\n/restart", ""},
		{"a button", bots.Question{Text: "A-17", Payload: `/pick{"id":"A-17"}`, Conversation: bots.Conversation{ID: "7"}}, `/pick{"id":"A-17"}`, "pick"},
		{"a file", bots.Question{Attachments: []models.Attachment{{Kind: models.Image, Size: 82000}}, Conversation: bots.Conversation{ID: "7"}}, "[photo, 82 kB]", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, botstest.Options{})
			if _, err := newBot(t, rasa.Config{URL: s.RasaURL()}).Answer(t.Context(), tt.q); err != nil {
				t.Fatal(err)
			}
			if a := s.Asked()[0]; a.Text != tt.message || a.Intent != tt.intent {
				t.Errorf("message = %q, intent %q; want %q, intent %q", a.Text, a.Intent, tt.message, tt.intent)
			}
		})
	}
}

func TestMetadata(t *testing.T) {
	s := start(t, botstest.Options{})
	q := bots.Question{
		ID: "q1", Text: "hi", Attachments: []models.Attachment{{Kind: models.Image, Ref: "r", URL: "https://x.example/a", Name: "a.png", MIME: "image/png", Size: 9}},
		Conversation: bots.Conversation{ID: "7", Channel: "telegram/support", Locale: "pt-BR", Contact: models.Contact{ID: "42", Name: "Ann"}},
		Returned:     &bots.Returned{Ended: "resolved", Agent: "Bo", Messages: []bots.Turn{{Author: models.ByAgent, Name: "Bo", Text: "Done."}}},
	}
	if _, err := newBot(t, rasa.Config{URL: s.RasaURL()}).Answer(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	asked := s.Asked()
	if len(asked) != 1 {
		t.Fatalf("asked %d times, want once: no returned_intent is configured", len(asked))
	}
	want := `{"sender":"42","message":"hi","metadata":{"channel":"telegram/support","locale":"pt-BR","name":"Ann","conversation":"7","question":"q1",` +
		`"attachments":[{"type":"image","url":"https://x.example/a","name":"a.png","mime":"image/png","size":9}],` +
		`"returned":{"ended":"resolved","agent":"Bo","messages":[{"author":"agent","name":"Bo","text":"Done."}]}}}`
	if string(asked[0].Body) != want {
		t.Errorf("body = %s\nwant %s", asked[0].Body, want)
	}
}

func TestReturned(t *testing.T) {
	q := asking("where is my order?")
	q.Returned = &bots.Returned{Ended: "resolved", Agent: `Bo "B" {x}`}
	for _, tt := range []struct {
		name  string
		rules []botstest.Rule
		want  string
	}{
		{"its answer is for nobody", []botstest.Rule{botstest.Says("/returned", "Welcome back!"), botstest.Says("order", "Near you.")}, "Near you."},
		{"it fails", []botstest.Rule{{Text: "/returned", Status: 500}, botstest.Says("order", "Near you.")}, "Near you."},
		{"it hangs", []botstest.Rule{{Text: "/returned", Fault: botstest.Hang}, botstest.Says("order", "Near you.")}, "Near you."},
		{"it asks for a person", []botstest.Rule{{Text: "/returned", Answer: bots.Answer{Handover: &models.HandoverWish{Requested: true}}}, botstest.Says("order", "Near you.")}, "Near you."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, botstest.Options{})
			s.Script(tt.rules...)
			b := newBot(t, rasa.Config{URL: s.RasaURL(), ReturnedIntent: "returned", Common: bots.Common{Timeout: models.Duration{Duration: 20 * time.Second}}})
			a, err := b.Answer(t.Context(), q)
			if err != nil || len(a.Messages) != 1 || a.Messages[0].Text != tt.want || a.Handover != nil {
				t.Errorf("Answer = %+v, %v; want %q alone", a, err, tt.want)
			}
			asked := s.Asked()
			if len(asked) != 2 || asked[0].Intent != "returned" || asked[0].Sender != "42" || asked[1].Text != q.Text {
				t.Fatalf("asked = %+v, want the intent and then the question", asked)
			}
			var entities map[string]string
			if err := json.Unmarshal([]byte(strings.TrimPrefix(asked[0].Text, "/returned")), &entities); err != nil || entities["agent"] != q.Returned.Agent || entities["ended"] != "resolved" {
				t.Errorf("entities of %q = %v, %v", asked[0].Text, entities, err)
			}
		})
	}
}

func TestFallback(t *testing.T) {
	s := start(t, botstest.Options{})
	s.Script(
		botstest.Rule{Text: "asdf", Answer: bots.Answer{Fallback: true, Messages: []models.Content{{Text: "Say that again?"}}}},
		botstest.Says("default", "Sorry,  I did NOT\nget that"),
		botstest.Says("", "Fine."),
	)
	texts := []string{"Sorry, I did not get that!"}
	pressed := asking("asdf")
	pressed.Payload = "/asdf"
	for _, tt := range []struct {
		name string
		c    rasa.Config
		q    bots.Question
		want bool
	}{
		{"by text", rasa.Config{FallbackTexts: texts}, asking("default"), true},
		{"other text", rasa.Config{FallbackTexts: texts}, asking("hello"), false},
		{"not configured", rasa.Config{}, asking("default"), false},
		{"by intent", rasa.Config{Parse: true}, asking("asdf"), true},
		{"other intent", rasa.Config{Parse: true}, asking("hello"), false},
		{"own intent", rasa.Config{Parse: true, FallbackIntent: "known"}, asking("hello"), true},
		{"by intent, not asked for", rasa.Config{}, asking("asdf"), false},
		{"a button has no text to judge", rasa.Config{Parse: true}, pressed, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.c.URL = s.RasaURL()
			a, err := newBot(t, tt.c).Answer(t.Context(), tt.q)
			if err != nil || a.Fallback != tt.want || len(a.Messages) != 1 {
				t.Errorf("Answer = %+v, %v; want fallback: %t, with its words", a, err, tt.want)
			}
		})
	}
}

// An answer does not get lost because the intent could not be asked for.
func TestParseIsOff(t *testing.T) {
	s := start(t, botstest.Options{NoAPI: true})
	var logged bytes.Buffer
	b := logging(t, rasa.Config{URL: s.RasaURL(), Parse: true, Token: models.NewSecret("sk-very-secret")}, slog.New(slog.NewTextHandler(&logged, nil)))
	a, err := b.Answer(t.Context(), asking(words))
	if err != nil || a.Fallback || len(a.Messages) != 1 {
		t.Errorf("Answer = %+v, %v; want the bot's answer", a, err)
	}
	if !strings.Contains(logged.String(), "404") || strings.Contains(logged.String(), "4111") || strings.Contains(logged.String(), "sk-very") {
		t.Errorf("log = %s, want the status and neither words nor token", &logged)
	}
}

func TestConfigDecodes(t *testing.T) {
	var c rasa.Config
	d := toml.NewDecoder(strings.NewReader(`
kind = "rasa"
url = "http://localhost:5005"
token = "t"
headers = { X-Gate = "open" }
input_channel = "desk"
handoff_actions = ["escalate"]
fallback_texts = ["Sorry?"]
parse = true
fallback_intent = "out_of_scope"
returned_intent = "returned"
`))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		t.Fatal(err)
	}
	if problems := c.Validate(); len(problems) != 0 {
		t.Errorf("Validate() = %v, want nothing", problems)
	}
	if c.Token.Reveal() != "t" || c.HandoffActions[0] != "escalate" || !c.Parse {
		t.Errorf("Config = %+v", c)
	}
}

func TestValidate(t *testing.T) {
	for _, tt := range []struct {
		name    string
		c       rasa.Config
		key     string
		warning bool
	}{
		{"no url", rasa.Config{}, "url", false},
		{"token in the url", rasa.Config{URL: "http://x:5005/?token=t"}, "url", false},
		{"address of the channel", rasa.Config{URL: "http://x:5005/webhooks/rest/webhook"}, "url", false},
		{"no intent", rasa.Config{URL: "http://x", ReturnedIntent: "/returned"}, "returned_intent", false},
		{"intent without parse", rasa.Config{URL: "http://x", FallbackIntent: "nlu_fallback"}, "fallback_intent", true},
		{"header", rasa.Config{URL: "http://x", Headers: map[string]models.Secret{"": {}}}, "headers.", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			problems := tt.c.Validate()
			if len(problems) != 1 || problems[0].Key != tt.key || problems[0].Warning != tt.warning {
				t.Errorf("Validate() = %v, want one about %s, warning %t", problems, tt.key, tt.warning)
			}
			if _, err := rasa.New(&tt.c, bots.Deps{}); (err == nil) != tt.warning {
				t.Errorf("New error = %v, want one: %t", err, !tt.warning)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	ok := map[string]string{"/webhooks/rest/": `{"status":"ok"}`}
	for _, tt := range []struct {
		name    string
		answers map[string]string
		parse   bool
		says    string // "" is no error
	}{
		{"there", ok, false, ""},
		{"channel off", nil, false, "credentials.yml"},
		{"something else", map[string]string{"/webhooks/rest/": "<html>"}, false, "something else"},
		{"no API", ok, true, "--enable-api"},
		{"with the API", map[string]string{"/webhooks/rest/": `{"status":"ok"}`, parse: `{}`}, true, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			address, _ := server(t, tt.answers)
			err := newBot(t, rasa.Config{URL: address, Parse: tt.parse}).(bots.Checker).Check(t.Context())
			if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("Check = %v, want %q in it", err, tt.says)
			}
		})
	}
	s := start(t, botstest.Options{Token: "t"})
	b := newBot(t, rasa.Config{URL: s.RasaURL(), Parse: true, Token: models.NewSecret("sk-very-secret")}).(bots.Checker)
	if err := b.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "correct token") || strings.Contains(err.Error(), "sk-very") {
		t.Errorf("Check with a wrong token = %v", err)
	}
	s.Stop()
	if err := b.Check(t.Context()); !errors.Is(err, bots.ErrUnavailable) {
		t.Errorf("Check of a stopped server = %v, want ErrUnavailable", err)
	}
}

func TestAnswerFails(t *testing.T) {
	for _, tt := range []struct {
		name  string
		rule  botstest.Rule
		stop  bool
		limit time.Duration
		again bool
		is    error
		says  string
	}{
		{name: "refused", stop: true, again: true},
		{name: "500", rule: botstest.Rule{Status: 500}, again: true, says: "500"},
		{name: "401", rule: botstest.Rule{Status: 401}, says: "401"},
		{name: "302", rule: botstest.Rule{Status: 302}, says: "redirects"},
		// Rasa cannot tell a question that it has had from a new one.
		{name: "dropped after the question", rule: botstest.Rule{Fault: botstest.Drop}, says: "connection broke"},
		{name: "half", rule: botstest.Rule{Fault: botstest.Half}, says: "connection broke"},
		{name: "hangs", rule: botstest.Rule{Fault: botstest.Hang}, limit: 100 * time.Millisecond, is: context.DeadlineExceeded},
		{name: "not JSON", rule: botstest.Rule{Body: words}, says: "not a JSON array"},
		{name: "an object", rule: botstest.Rule{Body: `{"text":"` + words + `"}`}, says: "not a JSON array"},
		{name: "wrong type", rule: botstest.Rule{Body: `[{"text":4111}]`}, says: "text has the wrong type"},
		{name: "image of the machine", rule: botstest.Rule{Body: `[{"text":"a"},{"image":"file:///4111"}]`}, says: "[1].image"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, botstest.Options{})
			s.Script(tt.rule)
			b := newBot(t, rasa.Config{URL: s.RasaURL(), Token: models.NewSecret("sk-very-secret"), Common: bots.Common{Timeout: models.Duration{Duration: tt.limit}}})
			if tt.stop {
				s.Stop()
			}
			a, err := b.Answer(t.Context(), asking(words))
			if err == nil {
				t.Fatalf("Answer = %+v, want an error", a)
			}
			if errors.Is(err, bots.ErrUnavailable) != tt.again || tt.is != nil && !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("Answer error = %q, want again: %t, %v, %q", err, tt.again, tt.is, tt.says)
			}
			for _, bad := range []string{"4111", "sk-very", "token", "/webhooks"} {
				if strings.Contains(err.Error(), bad) {
					t.Errorf("Answer error %q tells %q", err, bad)
				}
			}
			if n := len(s.Asked()); n > 1 {
				t.Errorf("asked %d times, want at most once", n)
			}
		})
	}
}

func TestAnswerIsCanceled(t *testing.T) {
	s := start(t, botstest.Options{})
	s.Script(botstest.Rule{Fault: botstest.Hang})
	b := newBot(t, rasa.Config{URL: s.RasaURL()})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer cancel()
		_, _ = s.Await(t.Context(), 1)
	}()
	if _, err := b.Answer(ctx, asking("hello")); !errors.Is(err, context.Canceled) {
		t.Errorf("Answer of a canceled call: error = %v, want context.Canceled", err)
	}
}
