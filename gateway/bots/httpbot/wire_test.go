package httpbot_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"patchbay/gateway/bots"
	"patchbay/models"
)

// says returns a bot that answers with body.
func says(tb testing.TB, body string) bots.Bot {
	return roundTrip(tb, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }))
}

func TestAnswersAreReadLeniently(t *testing.T) {
	confidence := func(c float64) *float64 { return &c }
	text := func(s string) []models.Content { return []models.Content{{Text: s}} }
	file := func(a models.Attachment) []models.Content {
		return []models.Content{{Attachments: []models.Attachment{a}}}
	}
	for _, tt := range []struct {
		name, body string
		want       bots.Answer
	}{
		{"nothing", ``, bots.Answer{}},
		{"null", `null`, bots.Answer{}},
		{"empty", ` {} `, bots.Answer{}},
		{"nulls", `{"messages":null,"confidence":null,"fallback":null,"handover":null}`, bots.Answer{}},
		{"no messages", `{"messages":[]}`, bots.Answer{}},
		{"messages that say nothing", `{"messages":[{},null,{"text":" \n"},{"buttons":[{}]}]}`, bots.Answer{}},
		{"unknown keys", `{"messages":[{"text":"a","style":"bold"}],"model":{"x":[1]}}`, bots.Answer{Messages: text("a")}},
		{"fields", `{"fields":{"order":"17","vip":true,"left":2.5,"gone":null}}`, bots.Answer{Fields: map[string]string{"order": "17", "vip": "true", "left": "2.5", "gone": ""}}},
		{"confidence 0", `{"confidence":0}`, bots.Answer{Confidence: confidence(0)}},
		{"confidence 1", `{"confidence":1}`, bots.Answer{Confidence: confidence(1)}},
		{"rounded similarity", `{"confidence":1.0000001}`, bots.Answer{Confidence: confidence(1)}},
		{"no handover", `{"handover":{"requested":false,"reason":"x"}}`, bots.Answer{}},
		{"bare handover", `{"handover":{"requested":true}}`, bots.Answer{Handover: &models.HandoverWish{Requested: true}}},
		{"line breaks", `{"messages":[{"text":"a\r\nb\rc\u0000d"}]}`, bots.Answer{Messages: text("a\nb\ncd")}},
		{"white space is kept", `{"messages":[{"text":"  a\n"}]}`, bots.Answer{Messages: text("  a\n")}},
		{"half a pair", `{"messages":[{"text":"a\ud83d"}]}`, bots.Answer{Messages: text("a\ufffd")}},
		{"CommonMark", `{"messages":[{"text":"It is **late**: [why](https://shop.example/w)"}]}`, bots.Answer{Messages: []models.Content{{
			Text: "It is late: why", Spans: []models.TextSpan{{Kind: models.Bold, From: 6, To: 10}, {Kind: models.Link, From: 12, To: 15, URL: "https://shop.example/w"}},
		}}}},
		{"button without a title", `{"messages":[{"buttons":[{"payload":"yes"}]}]}`,
			bots.Answer{Messages: []models.Content{{Buttons: []models.Button{{Title: "yes", Payload: "yes"}}}}}},
		{"file of a known kind", `{"messages":[{"attachments":[{"type":"voice","url":"https://x.example/v","mime":"audio/ogg","size":9}]}]}`,
			bots.Answer{Messages: file(models.Attachment{Kind: models.Voice, URL: "https://x.example/v", MIME: "audio/ogg", Size: 9})}},
		{"kind from the media type", `{"messages":[{"attachments":[{"type":"picture","url":"http://x.example/v","mime":"Image/PNG"}]}]}`,
			bots.Answer{Messages: file(models.Attachment{Kind: models.Image, URL: "http://x.example/v", MIME: "Image/PNG"})}},
		{"no kind", `{"messages":[{"attachments":[{"url":"https://x.example/v"}]}]}`,
			bots.Answer{Messages: file(models.Attachment{Kind: models.File, URL: "https://x.example/v"})}},
		{"a bot names no reference", `{"messages":[{"attachments":[{"url":"https://x.example/v","ref":"secret"}]}]}`,
			bots.Answer{Messages: file(models.Attachment{Kind: models.File, URL: "https://x.example/v"})}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := says(t, tt.body).Answer(t.Context(), bots.Question{ID: "q"})
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("Answer of %s = %+v, %v; want %+v", tt.body, got, err, tt.want)
			}
		})
	}
}

func TestAnswersOfWrongTypes(t *testing.T) {
	for _, tt := range []struct{ name, body, want string }{
		{"text", `hello`, "bot's answer: not JSON at byte 1"},
		{"half", `{"messages":`, "bot's answer: not JSON"},
		{"two", `{}{}`, "bot's answer: not JSON"},
		{"list", `[]`, "bot's answer: not a JSON object"},
		{"string", `"4111"`, "bot's answer: not a JSON object"},
		{"messages", `{"messages":"4111"}`, "bot's answer: messages: not of type array"},
		{"text of a message", `{"messages":[{"text":4111}]}`, "bot's answer: messages.text: not of type string"},
		{"buttons", `{"messages":[{"buttons":["4111"]}]}`, "bot's answer: messages.buttons: not of type object"},
		{"confidence in words", `{"confidence":"4111"}`, "bot's answer: confidence: not of type number"},
		{"confidence in percent", `{"confidence":83}`, "bot's answer: confidence: not between 0 and 1"},
		{"negative confidence", `{"confidence":-0.5}`, "bot's answer: confidence: not between 0 and 1"},
		{"huge confidence", `{"confidence":4111e999}`, "bot's answer: confidence: not of type number"},
		{"fallback", `{"fallback":1}`, "bot's answer: fallback: not of type boolean"},
		{"handover", `{"handover":true}`, "bot's answer: handover: not of type object"},
		{"file without an address", `{"messages":[{"text":"a"},{"attachments":[{"type":"image"}]}]}`,
			"bot's answer: messages[1].attachments[0]: url is not an http or https address"},
		{"file of the machine", `{"messages":[{"attachments":[{"url":"file:///etc/4111"}]}]}`,
			"bot's answer: messages[0].attachments[0]: url is not an http or https address"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := says(t, tt.body).Answer(t.Context(), bots.Question{ID: "q"})
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Fatalf("Answer of %s = %+v, %v; want %q", tt.body, got, err, tt.want)
			}
			if strings.Contains(err.Error(), "4111") {
				t.Errorf("Answer error = %q quotes the answer", err)
			}
		})
	}
}

func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"messages":[{"text":"a","buttons":[{"title":"b","payload":"c"}],"attachments":[{"type":"image","url":"https://x.example/"}]}],"confidence":0.5,"fallback":true,"handover":{"requested":true,"reason":"r"}}`,
		`{"MESSAGES":[{"Text":"a"}]}`, `{"confidence":1e-9}`, `[]`, `null`, "\xff", `{"messages":[{"text":"\u0000"}]}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		a, err := says(t, body).Answer(t.Context(), bots.Question{ID: "q"})
		if err != nil {
			if !reflect.DeepEqual(a, bots.Answer{}) {
				t.Errorf("Answer of %q = %+v and %v", body, a, err)
			}
			return
		}
		if c := a.Confidence; c != nil && (*c < 0 || *c > 1) {
			t.Errorf("Answer of %q has confidence %v", body, *c)
		}
		for _, m := range a.Messages {
			if m.Empty() || strings.ContainsAny(m.Plain(), "\x00\r") {
				t.Errorf("Answer of %q has the message %+v", body, m)
			}
		}
	})
}
