package rasa_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"patchbay/gateway/bots"
	"patchbay/gateway/bots/rasa"
	"patchbay/models"
)

func sample(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// server answers each path with one body, and keeps the bodies that came.
func server(t *testing.T, answers map[string]string) (address string, came map[string]string) {
	t.Helper()
	came = map[string]string{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("read: %v", err)
		}
		came[r.URL.Path] = string(body)
		if answer, ok := answers[r.URL.Path]; ok {
			_, _ = io.WriteString(w, answer)
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL, came
}

const (
	webhook = "/webhooks/rest/webhook"
	parse   = "/model/parse"
)

// Every file of testdata, with what the bot makes of it.
func TestSamples(t *testing.T) {
	question := bots.Question{
		Text: "where is my parcel", Conversation: bots.Conversation{Channel: "whatsapp", Locale: "es", Contact: models.Contact{ID: "c_42"}},
	}
	nonsense := bots.Question{ID: "m_78", Text: "asdf qwerty", Conversation: question.Conversation}
	tests := []struct {
		file string
		c    rasa.Config
		q    bots.Question
		path string // the file is the body that goes there; "" when it is an answer
		from string // the file is the answer from there
		want bots.Answer
	}{
		{file: "webhook_request.json", c: rasa.Config{InputChannel: "desk"}, q: question, path: webhook},
		{file: "model_parse_request.json", c: rasa.Config{Parse: true}, q: nonsense, path: parse},
		{file: "model_parse_response_fallback.json", c: rasa.Config{Parse: true}, q: nonsense, from: parse, want: bots.Answer{Fallback: true}},
		{file: "webhook_response_empty.json", q: question, from: webhook, want: bots.Answer{}},
		{file: "webhook_response_handoff_custom.json", q: question, from: webhook, want: bots.Answer{
			Messages: []models.Content{{Text: "I will get a colleague."}},
			Handover: &models.HandoverWish{Requested: true, Reason: "nlu_fallback"},
		}},
		{file: "webhook_response_text_buttons.json", q: question, from: webhook, want: bots.Answer{Messages: []models.Content{
			{Text: "Which order?", Buttons: []models.Button{
				{Title: "A-17", Payload: `/choose_order{"id":"A-17"}`}, {Title: "A-18", Payload: `/choose_order{"id":"A-18"}`},
			}},
			{Attachments: []models.Attachment{{Kind: models.Image, URL: "https://cdn.example/order.png"}}},
		}}},
	}
	named := map[string]bool{}
	for _, tt := range tests {
		named[tt.file] = true
		t.Run(tt.file, func(t *testing.T) {
			text := sample(t, tt.file)
			answers := map[string]string{webhook: "[]", parse: `{"intent":{"name":"greet"}}`}
			if tt.from != "" {
				answers[tt.from] = text
			}
			address, came := server(t, answers)
			tt.c.URL = address
			got, err := newBot(t, tt.c).Answer(t.Context(), tt.q)
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("Answer = %+v, %v; want %+v", got, err, tt.want)
			}
			if tt.path != "" && !sameJSON(t, came[tt.path], text) {
				t.Errorf("body = %s, want %s", came[tt.path], text)
			}
		})
	}
	files, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !f.IsDir() && !named[f.Name()] {
			t.Errorf("testdata/%s is in no test", f.Name())
		}
	}
}

func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var x, y any
	if err := json.NewDecoder(strings.NewReader(a)).Decode(&x); err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(strings.NewReader(b)).Decode(&y); err != nil {
		t.Fatal(err)
	}
	return reflect.DeepEqual(x, y)
}
