package rasa_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"patchbay/gateway/bots"
	"patchbay/gateway/bots/rasa"
	"patchbay/models"
)

// says is a transport that answers everything with a body.
type says string

func (s says) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(string(s))), Header: http.Header{}, Request: r}, nil
}

func answering(tb testing.TB, c rasa.Config, body string, log *slog.Logger) bots.Bot {
	tb.Helper()
	c.URL = "http://rasa.example:5005"
	b, err := rasa.New(&c, bots.Deps{HTTP: &http.Client{Transport: says(body)}, Log: log})
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func TestResponses(t *testing.T) {
	text := func(texts ...string) (all []models.Content) {
		for _, s := range texts {
			all = append(all, models.Content{Text: s})
		}
		return all
	}
	file := func(kind models.AttachmentKind, name string) []models.Content {
		return []models.Content{{Attachments: []models.Attachment{{Kind: kind, URL: "https://x.example/f", Name: name}}}}
	}
	wish := &models.HandoverWish{Requested: true}
	for _, tt := range []struct {
		name, body string
		actions    []string
		want       bots.Answer
	}{
		{name: "nothing", body: ""},
		{name: "null", body: "null"},
		{name: "empty ones", body: `[{},{"recipient_id":"42"},{"text":" "},{"text":null,"custom":null,"attachment":null,"buttons":null}]`},
		{name: "several", body: `[{"text":"a"},{"text":"b\r\nc"}]`, want: bots.Answer{Messages: text("a", "b\nc")}},
		{name: "unknown keys", body: `[{"text":"a","elements":[1]}]`, want: bots.Answer{Messages: text("a")}},
		{name: "attachment is an address", body: `[{"attachment":"https://x.example/f"}]`, want: bots.Answer{Messages: file(models.File, "")}},
		{name: "attachment has a source", body: `[{"attachment":{"type":"video","payload":{"src":"https://x.example/f","title":"t"}}}]`, want: bots.Answer{Messages: file(models.Video, "")}},
		{name: "attachment has a url", body: `[{"attachment":{"type":"audio","name":"n","url":"https://x.example/f"}}]`, want: bots.Answer{Messages: file(models.Audio, "n")}},
		{name: "attachment of its own kind", body: `[{"attachment":{"id":7}}]`, want: bots.Answer{Messages: []models.Content{{Lines: []string{"[file]"}}}}},
		{name: "handoff", body: `[{"custom":{"action":"handoff"}}]`, want: bots.Answer{Handover: wish}},
		{name: "handover", body: `[{"custom":{"action":"Handover"}}]`, want: bots.Answer{Handover: wish}},
		{name: "human", body: `[{"custom":{"action":"human","reason":7}}]`, want: bots.Answer{Handover: wish}},
		{name: "own action", body: `[{"custom":{"action":"escalate_now"}}]`, actions: []string{"escalate-now"}, want: bots.Answer{Handover: wish}},
		{name: "own action only", body: `[{"text":"a","custom":{"action":"handoff"}}]`, actions: []string{"x"}, want: bots.Answer{Messages: text("a")}},
		{name: "no action", body: `[{"text":"a","custom":{"action":""}},{"custom":[1]},{"custom":"handoff"}]`, want: bots.Answer{Messages: text("a")}},
		{name: "words after the handoff", body: `[{"custom":{"action":"human"}},{"text":"Bye."},{"custom":{"x":1}}]`, want: bots.Answer{Messages: text("Bye."), Handover: wish}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := answering(t, rasa.Config{HandoffActions: tt.actions}, tt.body, nil).Answer(t.Context(), asking("hello"))
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("Answer of %s = %+v, %v; want %+v", tt.body, got, err, tt.want)
			}
		})
	}
}

// A payload that is not used is not passed over in silence.
func TestCustomPayloadIsTold(t *testing.T) {
	for body, want := range map[string]bool{
		`[{"custom":{"chart":"4111"}}]`:      true,
		`[{"custom":{"action":"handoff"}}]`:  false,
		`[{"text":"a"},{"custom":null},{}]`:  false,
		`[{"custom":{"action":"show_map"}}]`: true,
	} {
		var logged bytes.Buffer
		if _, err := answering(t, rasa.Config{}, body, slog.New(slog.NewTextHandler(&logged, nil))).Answer(t.Context(), asking("hello")); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(logged.String(), "custom payload"); got != want || strings.Contains(logged.String(), "4111") {
			t.Errorf("Answer of %s logs %q, want a line: %t", body, &logged, want)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`[{"recipient_id":"1","text":"a","buttons":[{"title":"b","payload":"/c"}],"image":"https://x.example/i","attachment":{"payload":{"src":"https://x.example/f"}},"custom":{"action":"handoff","reason":"r"}}]`,
		`[]`, `null`, `{}`, `[null]`, `[{"custom":{"action":["handoff"]}}]`, `[{"attachment":"x"}]`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		a, err := answering(t, rasa.Config{}, body, nil).Answer(t.Context(), asking("hello"))
		if err != nil {
			if !reflect.DeepEqual(a, bots.Answer{}) {
				t.Errorf("Answer of %q = %+v and %v", body, a, err)
			}
			return
		}
		for _, m := range a.Messages {
			if m.Empty() || strings.ContainsAny(m.Plain(), "\x00\r") {
				t.Errorf("Answer of %q has the message %+v", body, m)
			}
		}
	})
}
