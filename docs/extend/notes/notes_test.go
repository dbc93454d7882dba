package notes_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"patchbay/channels"
	"patchbay/channels/channeltest"
	"patchbay/models"

	"example.com/extend/notes"
)

const (
	token   = "t0ken-that-we-show"
	newCall = "t0ken-that-the-service-shows"
	oldCall = "t0ken-that-it-showed-before"
)

// section returns a section for the service at url.
func section(url string) *notes.Config {
	return &notes.Config{URL: url, Token: models.NewSecret(token), CallToken: models.Secrets{models.NewSecret(newCall), models.NewSecret(oldCall)}}
}

// harness translates between the suite and the notes service.
func harness() channeltest.Harness {
	return channeltest.Harness{
		New: func(url string, deps channels.Deps) (channels.Adapter, error) {
			return notes.New(section(url+"/v1/"), deps)
		},
		Address: func(chat int) string { return "b" + strconv.Itoa(chat) },
		Answer:  answer,
		Decode:  decode,
		Kinds: []channels.ErrorKind{
			channels.Temporary, channels.RateLimited, channels.Unreachable, channels.Rejected, channels.Forbidden,
		},
		Secrets: []string{token, newCall, oldCall},
		Body:    written,
		Unknown: []byte(`{"event":"board.painted","board":"b7","colour":"blue"}`),
		Sign:    func(body []byte) *http.Request { return call(newCall, string(body)) },
	}
}

// answer answers a note of ours as the service does.
func answer(w http.ResponseWriter, _ channeltest.Call, o channeltest.Outcome) {
	switch o.Kind {
	case channels.Temporary:
		w.WriteHeader(http.StatusServiceUnavailable)
	case channels.RateLimited:
		w.Header().Set("Retry-After", strconv.Itoa(int(o.RetryAfter.Seconds())))
		w.WriteHeader(http.StatusTooManyRequests)
	case channels.Unreachable:
		w.WriteHeader(http.StatusGone)
	case channels.Rejected:
		w.WriteHeader(http.StatusUnprocessableEntity)
	case channels.Forbidden:
		w.WriteHeader(http.StatusUnauthorized)
	default:
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprintf(w, `{"id":"n%d"}`, o.ID)
	}
}

// decode returns what the board shows after a call of ours.
func decode(c channeltest.Call) (channeltest.Seen, error) {
	if got := c.Method + " " + c.URL.Path; got != "POST /v1/notes" {
		return channeltest.Seen{}, fmt.Errorf("called %q, want the path of notes", got)
	}
	if got := c.Header.Get("Authorization"); got != "Bearer "+token {
		return channeltest.Seen{}, fmt.Errorf("showed %q, want the token", got)
	}
	var n struct{ Key, Board, Author, Text string }
	if err := json.Unmarshal(c.Raw, &n); err != nil {
		return channeltest.Seen{}, err
	}
	if n.Key != "out-1" || n.Author != "Ann" {
		return channeltest.Seen{}, fmt.Errorf("key %q and author %q, want the message's id and Ann", n.Key, n.Author)
	}
	return channeltest.Seen{Address: n.Board, Text: n.Text}, nil
}

// written is the service's body about a note.
func written(messages ...channeltest.Wrote) []byte {
	m := messages[0]
	body, err := json.Marshal(map[string]any{"event": "note.written", "note": map[string]any{
		"id": "n" + strconv.Itoa(m.Message), "board": "b" + strconv.Itoa(m.Chat), "author": m.Name, "text": m.Text, "written": m.At,
	}})
	if err != nil {
		panic(err) // strings and a time cannot fail
	}
	return body
}

// call is a call of the service's that shows a token.
func call(token, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/channels/notes/team", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	return r
}

func TestConformance(t *testing.T) { channeltest.Run(t, harness()) }

func FuzzReceive(f *testing.F) {
	f.Add(written(channeltest.Wrote{Chat: 7, Message: 1, Name: "Ann", Text: "Hello", At: channeltest.Now()}))
	f.Add([]byte(`{"event":"note.written","note":{"id":"\u0000","board":" ","text":"","written":"2026-11-22T12:00:00+02:00"}}`))
	channeltest.FuzzReceive(f, harness())
}

const hello = `{"event":"note.written","note":{"id":"n1","board":"b7","author":"Ann","text":"Hello","written":"2026-11-22T14:00:00+02:00"}}`

// receive gives a call to the channel.
func receive(t *testing.T, r *http.Request) (channels.Update, error) {
	t.Helper()
	a, err := notes.New(section("http://notes.example.com"), channels.Deps{HTTP: &http.Client{}, Now: channeltest.Now})
	if err != nil {
		t.Fatalf("New error = %v", err)
	}
	return a.(channels.Receiver).Receive(r)
}

// Ensure that an event with a fault is refused, and that the refusal names the field and not what the customer wrote.
func TestReceiveFaults(t *testing.T) {
	long := strings.Repeat("x", 201)
	for _, tt := range []struct{ name, old, new, want string }{
		{"no event", `"note.written"`, `""`, "event: missing"},
		{"no id", `"n1"`, `""`, "note.id: missing, longer than 200 bytes, or not printable"},
		{"long id", `"n1"`, `"` + long + `"`, "note.id: missing, longer than 200 bytes, or not printable"},
		{"NUL in an id", `"n1"`, `"n\u00001"`, "note.id: missing, longer than 200 bytes, or not printable"},
		{"no board", `"b7"`, `""`, "note.board: missing, longer than 200 bytes, or not printable"},
		{"no text", `"Hello"`, `""`, "note.text: missing"},
		{"no time", `,"written":"2026-11-22T14:00:00+02:00"`, ``, "note.written: missing"},
		{"a time that is none", `"2026-11-22T14:00:00+02:00"`, `"Hello"`, "the body is no event"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			u, err := receive(t, call(newCall, strings.Replace(hello, tt.old, tt.new, 1)))
			if err == nil || err.Error() != tt.want || channels.KindOf(err) != channels.Rejected {
				t.Errorf("Receive error = %v, want %q", err, tt.want)
			}
			if len(u.Inbound) != 0 {
				t.Errorf("Receive = %d messages, want none", len(u.Inbound))
			}
		})
	}
}

// Ensure that the new token, the old one and no other is taken, whatever the case of the scheme.
func TestReceiveTokens(t *testing.T) {
	for _, tt := range []struct {
		name, authorization string
		ok                  bool
	}{
		{"new", "Bearer " + newCall, true},
		{"old", "Bearer " + oldCall, true},
		{"lower case", "bearer " + newCall, true},
		{"the token that we show", "Bearer " + token, false},
		{"empty token", "Bearer ", false},
		{"no scheme", newCall, false},
		{"other scheme", "Basic " + newCall, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := call("", hello)
			r.Header.Set("Authorization", tt.authorization)
			u, err := receive(t, r)
			if ok := err == nil && len(u.Inbound) == 1; ok != tt.ok {
				t.Errorf("Receive = %d messages, %v, want them: %v", len(u.Inbound), err, tt.ok)
			}
			if !tt.ok && channels.KindOf(err) != channels.Forbidden {
				t.Errorf("Receive error = %v, want Forbidden", err)
			}
		})
	}
}

// Ensure that an address where there is no notes service is the operator's to mend, not a fault of the note.
func TestSendToTheWrongAddress(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	a, err := notes.New(section(server.URL), channels.Deps{HTTP: server.Client(), Now: channeltest.Now})
	if err != nil {
		t.Fatalf("New error = %v", err)
	}
	if _, err = a.Send(t.Context(), channels.Outbound{ID: "o1", Address: "b7", Text: "Hello"}); channels.KindOf(err) != channels.Forbidden {
		t.Errorf("Send error = %v, want Forbidden", err)
	}
}
