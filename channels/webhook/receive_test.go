package webhook_test

import (
	"encoding/json"
	"errors"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/channels/channeltest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestReceiveEvents compares what each event of testdata gives with its golden file.
func TestReceiveEvents(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "events", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no events: %v", err)
	}
	r := receiver(t)
	keys := map[string]string{}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			u, err := r.Receive(call(string(body)))
			if err != nil || len(u.Inbound) != 1 {
				t.Fatalf("Receive = %d things, %v, want 1", len(u.Inbound), err)
			}
			if u.Response.Status != http.StatusAccepted || string(u.Response.Body) != "{\"accepted\":true}\n" {
				t.Errorf("Response = %d %s, want 202", u.Response.Status, u.Response.Body)
			}
			in := u.Inbound[0]
			if other := keys[in.Key]; other != "" && !strings.HasPrefix(filepath.Base(file), "reaction") && in.Kind != channels.Receipt {
				t.Errorf("Key %q is that of %s too", in.Key, other)
			}
			keys[in.Key] = file
			compare(t, strings.TrimSuffix(file, ".json")+".golden", in)
		})
	}
}

// compare compares in with a golden file.
func compare(t *testing.T, golden string, in channels.Inbound) {
	t.Helper()
	shown := struct {
		channels.Inbound

		Error string
		Cause string
	}{Inbound: in}
	if in.Error != nil {
		shown.Error, shown.Cause = in.Error.Kind.String(), in.Error.Error()
	}
	got, err := json.MarshalIndent(shown, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile(golden, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("Inbound = %s\nwant %s", got, want)
	}
}

// TestReceiveSamples: authentic calls of other systems' types are taken and ignored.
func TestReceiveSamples(t *testing.T) {
	for _, name := range []string{"standard_webhooks.body.json", "cloudevents_structured.json"} {
		t.Run(name, func(t *testing.T) {
			body, err := os.ReadFile(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			u, err := receiver(t).Receive(call(string(body)))
			if err != nil || len(u.Inbound) != 0 || u.Response.Status != http.StatusAccepted {
				t.Errorf("Receive = %d things, status %d, %v, want none, 202", len(u.Inbound), u.Response.Status, err)
			}
			if want := `"accepted":false`; !strings.Contains(string(u.Response.Body), want) {
				t.Errorf("Response = %s, want %s", u.Response.Body, want)
			}
		})
	}
}

// TestReceiveRefuses: what is wrong with an event is told with the field it is about.
func TestReceiveRefuses(t *testing.T) {
	long := strings.Repeat("x", 256)
	tests := []struct{ name, body, want string }{
		{"no object", `[1]`, "body: is of the wrong JSON type"},
		{"null", `null`, "type: missing"},
		{"no JSON", `{"type":"message",`, "body: is no JSON"},
		{"two values", `{"type":"message"}{}`, "body: is no JSON"},
		{"no type", `{"id":"m1"}`, "type: missing"},
		{"type is a number", `{"type":1}`, "type: is of the wrong JSON type"},
		{"no id", `{"type":"message","chat":{"id":"c9"},"text":"hi"}`, "id: missing"},
		{"id is a number", `{"type":"message","id":7}`, "id: is of the wrong JSON type"},
		{"long id", `{"type":"message","id":"` + long + `","chat":{"id":"c9"},"text":"hi"}`, "id: is longer than 255 bytes"},
		{"id with a line break", `{"type":"message","id":"a\nb","chat":{"id":"c9"},"text":"hi"}`, "id: holds characters that are not printable"},
		{"id with a zero byte", `{"type":"message","id":"a\u0000b","chat":{"id":"c9"},"text":"hi"}`, "id: holds characters that are not printable"},
		{"no chat", `{"type":"message","id":"m1","text":"hi"}`, "chat.id: missing"},
		{"chat is a string", `{"type":"message","id":"m1","chat":"c9"}`, "chat: is of the wrong JSON type"},
		{"chat id is a number", `{"type":"message","id":"m1","chat":{"id":9}}`, "chat.id: is of the wrong JSON type"},
		{"long sender", `{"type":"message","id":"m1","chat":{"id":"c9"},"sender":{"id":"` + long + `"},"text":"hi"}`, "sender.id: is longer than 255 bytes"},
		{"long reply_to", `{"type":"message","id":"m1","chat":{"id":"c9"},"reply_to":"` + long + `","text":"hi"}`, "reply_to: is longer than 255 bytes"},
		{"nothing said", `{"type":"message","id":"m1","chat":{"id":"c9"}}`, "text: missing, and there are no attachments"},
		{"place nowhere", `{"type":"message","id":"m1","chat":{"id":"c9"},"location":{"latitude":91,"longitude":0}}`, "location: is not on Earth"},
		{"too many contacts", `{"type":"message","id":"m1","chat":{"id":"c9"},"contacts":[{}` + strings.Repeat(",{}", 100) + `]}`, "contacts: are more than 100"},
		{"edit to nothing", `{"type":"edit","id":"m1","chat":{"id":"c9"},"text":""}`, "text: missing, and there are no attachments"},
		{"button without words", `{"type":"button","id":"p1","chat":{"id":"c9"}}`, "payload: missing, and there is no text"},
		{"delete without id", `{"type":"delete","chat":{"id":"c9"}}`, "id: missing"},
		{"blocked without chat", `{"type":"blocked"}`, "chat.id: missing"},
		{"receipt without status", `{"type":"receipt","id":"o1"}`, "status: is none of sent, delivered, read, failed"},
		{"receipt of a queue", `{"type":"receipt","id":"o1","status":"queued"}`, "status: is none of sent, delivered, read, failed"},
		{"timestamp in words", `{"type":"message","id":"m1","chat":{"id":"c9"},"text":"hi","timestamp":"today"}`, "timestamp: is not as in 2026-11-05T17:33:20Z"},
		{"timestamp as a number", `{"type":"message","id":"m1","chat":{"id":"c9"},"text":"hi","timestamp":1793900000}`, "timestamp: is of the wrong JSON type"},
		{
			"file without url", `{"type":"message","id":"m1","chat":{"id":"c9"},"attachments":[{"type":"image","url":"https://a.example/b"},{"type":"image"}]}`,
			"attachments[1].url: is no http or https address",
		},
		{
			"file on disk", `{"type":"message","id":"m1","chat":{"id":"c9"},"attachments":[{"type":"file","url":"file:///etc/passwd"}]}`,
			"attachments[0].url: is no http or https address",
		},
		{
			"negative size", `{"type":"message","id":"m1","chat":{"id":"c9"},"attachments":[{"type":"file","url":"https://a.example/b","size":-1}]}`,
			"attachments[0].size: is negative",
		},
	}
	r := receiver(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			u, err := r.Receive(call(tt.body))
			if err == nil || err.Error() != tt.want || channels.KindOf(err) != channels.Rejected {
				t.Errorf("Receive error = %v (%v), want %q", err, channels.KindOf(err), tt.want)
			}
			var said struct{ Reason string }
			if json.Unmarshal(u.Response.Body, &said) != nil || said.Reason != tt.want || u.Response.Status != http.StatusBadRequest {
				t.Errorf("Response = %d %s, want 400 with %q", u.Response.Status, u.Response.Body, tt.want)
			}
		})
	}
}

// TestReceiveSigned: who signs with the new or the old secret is heard, within five minutes.
func TestReceiveSigned(t *testing.T) {
	body := []byte(`{"type":"message","id":"m1","chat":{"id":"c9"},"text":"hi"}`)
	now := channeltest.Now()
	other := "whsec_" + strings.Repeat("A", 32)
	tests := []struct {
		name, secret, id string
		at               time.Time
		kind             channels.ErrorKind // 0 is taken
	}{
		{"new secret", newSecret, "evt-1", now, 0},
		{"old secret", oldSecret, "evt-1", now, 0},
		{"5 minutes old", newSecret, "evt-1", now.Add(-5 * time.Minute), 0},
		{"other secret", other, "evt-1", now, channels.Forbidden},
		{"too old", newSecret, "evt-1", now.Add(-5*time.Minute - time.Second), channels.Forbidden},
		{"too new", newSecret, "evt-1", now.Add(5*time.Minute + time.Second), channels.Forbidden},
		{"long id", newSecret, strings.Repeat("e", 256), now, channels.Rejected},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			u, err := receiver(t).Receive(signed(tt.secret, tt.id, tt.at, body))
			if tt.kind == 0 {
				if err != nil || len(u.Inbound) != 1 || !u.Inbound[0].At.Equal(tt.at) {
					t.Errorf("Receive = %+v, %v, want a message at the call's time", u, err)
				}
				return
			}
			if channels.KindOf(err) != tt.kind || err == nil || len(u.Inbound) != 0 {
				t.Errorf("Receive = %+v, %v, want %v", u, err, tt.kind)
			}
			if want := map[channels.ErrorKind]int{channels.Forbidden: 401, channels.Rejected: 400}[tt.kind]; u.Response.Status != want {
				t.Errorf("Response = %d, want %d", u.Response.Status, want)
			}
		})
	}
}

// TestReceiveKeys: what is the same thing has the same key, what is another has another.
func TestReceiveKeys(t *testing.T) {
	r := receiver(t)
	keyOf := func(webhookID, body string) string {
		t.Helper()
		u, err := r.Receive(signed(newSecret, webhookID, channeltest.Now(), []byte(body)))
		if err != nil || len(u.Inbound) != 1 {
			t.Fatalf("Receive(%s) = %+v, %v, want 1", body, u, err)
		}
		return u.Inbound[0].Key
	}
	const message = `{"type":"message","id":"m1","chat":{"id":"c9"},"text":"hi"}`
	const edit = `{"type":"edit","id":"m1","chat":{"id":"c9"},"text":"hi"}`
	tests := []struct {
		name           string
		idA, bodyA     string
		idB, bodyB     string
		theSameThing   bool
		whyItIsOrIsNot string
	}{
		{"message again", "e1", message, "e1", message, true, "a repeat"},
		{"message under a new webhook-id", "e1", message, "e2", message, true, "the sender makes a new one for each try"},
		{"same id in another chat", "e1", message, "e1", strings.Replace(message, "c9", "c8", 1), false, "ids are the chat's"},
		{"message and edit", "e1", message, "e1", edit, false, "two types"},
		{"edit again", "e1", edit, "e1", edit, true, "a repeat"},
		{"two edits to the same words", "e1", edit, "e2", edit, false, "there may have been another between them"},
		{"delete twice", "e1", `{"type":"delete","id":"m1","chat":{"id":"c9"}}`, "e2", `{"type":"delete","id":"m1","chat":{"id":"c9"}}`, true, "it happens once"},
		{
			"sent and read", "e1", `{"type":"receipt","id":"o1","status":"sent"}`, "e1", `{"type":"receipt","id":"o1","status":"read"}`, false,
			"two states",
		},
		{
			"slashes in ids", "e1", `{"type":"delete","id":"b/c","chat":{"id":"a"}}`, "e1", `{"type":"delete","id":"c","chat":{"id":"a/b"}}`, false,
			"two chats",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, b := keyOf(tt.idA, tt.bodyA), keyOf(tt.idB, tt.bodyB)
			if (a == b) != tt.theSameThing {
				t.Errorf("keys %q and %q, want the same: %v (%s)", a, b, tt.theSameThing, tt.whyItIsOrIsNot)
			}
		})
	}
}

func TestReceiveTooLarge(t *testing.T) {
	_, err := receiver(t).Receive(call(strings.Repeat(" ", channels.MaxBody+1)))
	if !errors.Is(err, channels.ErrTooLarge) {
		t.Errorf("Receive error = %v, want ErrTooLarge", err)
	}
}
