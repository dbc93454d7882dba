package webhook_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/channels/channeltest"
	"patchbay/channels/webhook"
	"patchbay/models"
)

const pathToken = "t0ken-in-the-path"

// harness translates between the suite and the protocol.
func harness() channeltest.Harness {
	return channeltest.Harness{
		New: func(url string, deps channels.Deps) (channels.Adapter, error) {
			return webhook.New(&webhook.Config{Secret: secrets(newSecret, oldSecret), SendURL: url + "/" + pathToken}, deps)
		},
		Address: func(chat int) string { return "c" + strconv.Itoa(chat) },
		Answer:  answerCall,
		Decode:  decodeCall,
		Marks:   marksOfCall,
		Attachments: []models.Attachment{
			{Kind: models.Image, URL: "https://shop.example.com/photo.jpg", Name: "photo.jpg", MIME: "image/jpeg", Size: 82_000},
		},
		Secrets: []string{pathToken, newSecret[6:], oldSecret[6:]},
		Body:    bodyOf,
		Unknown: []byte(`{"type":"hologram","id":"h1","chat":{"id":"c7"},"depth":3}`),
		Sign:    func(body []byte) *http.Request { return call(string(body)) },
		Signed:  true,
	}
}

func answerCall(w http.ResponseWriter, _ channeltest.Call, o channeltest.Outcome) {
	switch o.Kind {
	case channels.Temporary:
		w.WriteHeader(http.StatusServiceUnavailable)
	case channels.RateLimited:
		w.Header().Set("Retry-After", strconv.Itoa(int(o.RetryAfter.Seconds())))
		w.WriteHeader(http.StatusTooManyRequests)
	case channels.Unreachable:
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = w.Write([]byte(`{"error":{"kind":"unreachable"}}`))
	case channels.WindowClosed:
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = w.Write([]byte(`{"error":{"kind":"window_closed"}}`))
	case channels.Rejected:
		w.WriteHeader(http.StatusBadRequest)
	case channels.Forbidden:
		w.WriteHeader(http.StatusUnauthorized)
	default:
		_, _ = fmt.Fprintf(w, `{"id":"their-%d"}`, o.ID)
	}
}

func decodeCall(call channeltest.Call) (channeltest.Seen, error) {
	var p struct {
		Type string
		ID   string
		Chat struct{ ID string }
		Text string

		ReplyTo     string `json:"reply_to"`
		Emoji       string
		Attachments []struct{ URL string }
		Buttons     []struct{ Title string }
	}
	if err := json.Unmarshal(call.Raw, &p); err != nil {
		return channeltest.Seen{}, err
	}
	seen := channeltest.Seen{Address: p.Chat.ID, Text: p.Text, Attachments: len(p.Attachments), Answers: p.ReplyTo}
	for _, b := range p.Buttons {
		seen.Buttons = append(seen.Buttons, b.Title)
	}
	switch p.Type {
	case "edit":
		seen.Edited = p.ID
	case "delete":
		seen.Deleted = p.ID
	case "reaction":
		seen.Reacts, seen.Emoji = p.ID, p.Emoji
	}
	return seen, nil
}

// marksOfCall reads the marks of a post: they count code points.
func marksOfCall(call channeltest.Call) (models.Rich, error) {
	var p struct {
		Text  string
		Spans []struct {
			Type           models.SpanKind
			Offset, Length int
		}
	}
	if err := json.Unmarshal(call.Raw, &p); err != nil {
		return models.Rich{}, err
	}
	r, points := models.Rich{Text: p.Text}, []rune(p.Text)
	for _, s := range p.Spans {
		if s.Offset < 0 || s.Length <= 0 || s.Offset+s.Length > len(points) {
			return r, fmt.Errorf("%+v is not of %q", s, p.Text)
		}
		from := len(string(points[:s.Offset]))
		r.Spans = append(r.Spans, models.TextSpan{Kind: s.Type, From: from, To: from + len(string(points[s.Offset:s.Offset+s.Length]))})
	}
	return r, nil
}

func bodyOf(messages ...channeltest.Wrote) []byte {
	m := messages[0]
	body, err := json.Marshal(map[string]any{
		"type": "message", "id": "m" + strconv.Itoa(m.Message), "timestamp": m.At.Format(time.RFC3339),
		"chat": map[string]any{"id": "c" + strconv.Itoa(m.Chat)}, "sender": map[string]any{"id": "u1", "name": m.Name}, "text": m.Text,
	})
	if err != nil {
		panic(err) // strings cannot fail
	}
	return body
}

func TestConformance(t *testing.T) { channeltest.Run(t, harness()) }

func FuzzReceive(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "events", "*.json"))
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, name := range files {
		body, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Add([]byte(`{"type":"reaction","id":"m1","chat":{"id":"c9"},"emoji":"👍  ❤️\t:acme:"}`))
	channeltest.FuzzReceive(f, harness())
}
