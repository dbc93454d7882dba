package webhook_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/channels/channeltest"
	"patchbay/channels/standardwebhooks"
	"patchbay/channels/webhook"
	"patchbay/channels/webhook/webhooktest"
	"patchbay/models"
)

// TestSendWire: what is posted, to the byte, and how it is signed.
func TestSendWire(t *testing.T) {
	tests := []struct {
		name string
		out  channels.Outbound
		want string
	}{
		{
			"least", channels.Outbound{ID: "o1", Address: "c9", Author: models.ByBot, Text: "hi"},
			`{"type":"message","id":"o1","chat":{"id":"c9"},"author":{"kind":"bot"},"text":"hi"}`,
		},
		{
			"all", channels.Outbound{
				ID: "o2-1", Address: "c/9", Author: models.ByAgent, Name: "Zoë", Text: "a < b & c\n👍", ReplyTo: "m1",
				Attachments: []models.Attachment{{Kind: models.Image, URL: "https://a.example/b.jpg", Name: "b.jpg", MIME: "image/jpeg", Size: 9}},
				Buttons:     []models.Button{{Title: "Yes", Payload: "y"}, {Title: "No"}},
			},
			`{"type":"message","id":"o2-1","chat":{"id":"c/9"},"author":{"kind":"agent","name":"Zoë"},"text":"a < b & c\n👍",` +
				`"attachments":[{"type":"image","url":"https://a.example/b.jpg","name":"b.jpg","mime":"image/jpeg","size":9}],` +
				`"buttons":[{"title":"Yes","payload":"y"},{"title":"No","payload":"No"}],"reply_to":"m1"}`,
		},
		{
			"title", channels.Outbound{ID: "o3", Address: "c9", Author: models.BySystem, Title: "Ann", Text: "hi"},
			`{"type":"message","id":"o3","chat":{"id":"c9"},"author":{"kind":"system"},"text":"Ann\nhi"}`,
		},
		{
			"only a file", channels.Outbound{ID: "o4", Address: "c9", Author: models.ByBot, Attachments: []models.Attachment{{Kind: models.File, URL: "https://a.example/b"}}},
			`{"type":"message","id":"o4","chat":{"id":"c9"},"author":{"kind":"bot"},"attachments":[{"type":"file","url":"https://a.example/b"}]}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got string
			var header http.Header
			server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				got, header = string(body), r.Header
			}))
			defer server.Close()
			a := open(t, &webhook.Config{Secret: secrets(newSecret, oldSecret), SendURL: server.URL})
			id, err := a.Send(t.Context(), tt.out)
			if err != nil || id != tt.out.ID {
				t.Errorf("Send = %q, %v, want our own id", id, err)
			}
			if strings.TrimSpace(got) != tt.want {
				t.Errorf("Send posts %s\nwant %s", got, tt.want)
			}
			if header.Get("webhook-id") != tt.out.ID || header.Get("Content-Type") != "application/json" {
				t.Errorf("Send's header = %v, want webhook-id %q and JSON", header, tt.out.ID)
			}
			keys, err := standardwebhooks.Parse(secrets(newSecret))
			if err != nil {
				t.Fatal(err)
			}
			if err := keys.Verify(header, []byte(got), channeltest.Now()); err != nil {
				t.Errorf("Verify with the first secret error = %v", err)
			}
		})
	}
}

// TestSendAnswers: what the receiver's answer means.
func TestSendAnswers(t *testing.T) {
	tests := []struct {
		name  string
		fault webhooktest.Fault
		kind  channels.ErrorKind // 0 is delivered
		id    string
		wait  time.Duration
		says  string
	}{
		{"200 without a body", webhooktest.Refuse(200), 0, "o1", 0, ""},
		{"201 with an id", webhooktest.Raw(201, `{"id":"x-7","more":1}`), 0, "x-7", 0, ""},
		{"202 with a number", webhooktest.Raw(202, `{"id":12345678901234567890}`), 0, "12345678901234567890", 0, ""},
		{"204", webhooktest.Refuse(204), 0, "o1", 0, ""},
		{"id is an object", webhooktest.Raw(200, `{"id":{}}`), 0, "o1", 0, ""},
		{"id is null", webhooktest.Raw(200, `{"id":null}`), 0, "o1", 0, ""},
		{"id is too long", webhooktest.Raw(200, `{"id":"`+strings.Repeat("x", 256)+`"}`), 0, "o1", 0, ""},
		{"id with a line break", webhooktest.Raw(200, `{"id":"a\nb"}`), 0, "o1", 0, ""},
		{"a page", webhooktest.HTML(200), 0, "o1", 0, ""},
		{"half an answer", webhooktest.Half(), 0, "o1", 0, ""},
		{"line cut", webhooktest.Cut(), channels.Temporary, "", 0, "did not answer"},
		{"redirect", webhooktest.Redirect("/elsewhere"), channels.Forbidden, "", 0, "redirects are not followed"},
		{"301", webhooktest.Refuse(301), channels.Forbidden, "", 0, "redirects are not followed"},
		{"400", webhooktest.Refuse(400), channels.Rejected, "", 0, "400"},
		{"404", webhooktest.Refuse(404), channels.Rejected, "", 0, "404"},
		{"422 with a page", webhooktest.HTML(422), channels.Rejected, "", 0, "422"},
		{"422 unreachable", webhooktest.Unreachable(), channels.Unreachable, "", 0, "cannot be reached"},
		{"403 unreachable", webhooktest.Raw(403, `{"error":{"kind":"unreachable"}}`), channels.Forbidden, "", 0, "403"},
		{"422 window closed", webhooktest.Raw(422, `{"error":{"kind":"window_closed"}}`), channels.WindowClosed, "", 0, "too late"},
		{"422 of a kind that is not known", webhooktest.Raw(422, `{"error":{"kind":"moody","text":"Ann Quill wrote hi"}}`), channels.Rejected, "", 0, "422"},
		{"401", webhooktest.Refuse(401), channels.Forbidden, "", 0, "401"},
		{"403", webhooktest.Refuse(403), channels.Forbidden, "", 0, "403"},
		{"408", webhooktest.Refuse(408), channels.Temporary, "", 0, "408"},
		{"429", webhooktest.RateLimit(9), channels.RateLimited, "", 9 * time.Second, "429"},
		{"503", webhooktest.Busy(11), channels.Temporary, "", 11 * time.Second, "503"},
		{"502 with a page", webhooktest.HTML(502), channels.Temporary, "", 0, "502"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, a := system(t, webhooktest.Config{})
			s.Fail("", 1, tt.fault)
			id, err := a.Send(t.Context(), out("hi"))
			if tt.kind == 0 {
				if err != nil || id != tt.id {
					t.Errorf("Send = %q, %v, want %q", id, err, tt.id)
				}
			} else if err == nil || id != "" || channels.KindOf(err) != tt.kind || channels.RetryAfter(err) != tt.wait {
				t.Errorf("Send = %q, %v (%v, wait %v), want %v, wait %v", id, err, channels.KindOf(err), channels.RetryAfter(err), tt.kind, tt.wait)
			} else if text := err.Error(); !strings.Contains(text, tt.says) || strings.Contains(text, "Quill") || strings.Contains(text, "127.0.0.1") {
				t.Errorf("Send error = %q, want %q and no more", text, tt.says)
			}
			if s.Calls() != 1 {
				t.Errorf("Send made %d calls, want 1", s.Calls())
			}
			if errors.Is(err, channels.ErrGone) {
				t.Errorf("Send error = %v, want no ErrGone", err)
			}
		})
	}
}

func TestSendGone(t *testing.T) {
	s, a := system(t, webhooktest.Config{})
	s.Fail("", 1, webhooktest.Gone())
	_, err := a.Send(t.Context(), out("hi"))
	if channels.KindOf(err) != channels.Forbidden || !errors.Is(err, channels.ErrGone) {
		t.Errorf("Send error = %v (%v), want Forbidden with ErrGone", err, channels.KindOf(err))
	}
}

// TestSendFollowsNothing: also a client that would follow redirects must not take the message elsewhere.
func TestSendFollowsNothing(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the redirect was followed")
	}))
	defer elsewhere.Close()
	s, _ := system(t, webhooktest.Config{})
	s.Fail("", 1, webhooktest.Redirect(elsewhere.URL))
	client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	a, err := webhook.New(&webhook.Config{Secret: secrets(newSecret), SendURL: s.URL()}, channels.Deps{HTTP: client, Now: channeltest.Now})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Send(t.Context(), out("hi")); channels.KindOf(err) != channels.Forbidden || err == nil {
		t.Errorf("Send error = %v, want Forbidden", err)
	}
}

// TestSendRepeated: a message that goes again after its line was cut is shown once.
func TestSendRepeated(t *testing.T) {
	s, a := system(t, webhooktest.Config{})
	s.Fail("", 1, webhooktest.Cut())
	if _, err := a.Send(t.Context(), out("hi")); channels.KindOf(err) != channels.Temporary {
		t.Fatalf("Send error = %v, want Temporary", err)
	}
	id, err := a.Send(t.Context(), out("hi"))
	if err != nil || id != "their-1" {
		t.Errorf("Send again = %q, %v, want the id of the first", id, err)
	}
	if seen := s.Chat("c9"); len(seen) != 1 || s.Repeats() != 1 {
		t.Errorf("the customer sees %+v after %d repeats, want one message and one repeat", seen, s.Repeats())
	}
}

// TestEditDelete: edits to the same words and back are all told, and the message keeps its name.
func TestEditDelete(t *testing.T) {
	for _, noIDs := range []bool{false, true} {
		s, _ := system(t, webhooktest.Config{NoIDs: noIDs})
		clock := channeltest.Now()
		client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{}}
		defer client.CloseIdleConnections()
		a, err := webhook.New(&webhook.Config{Secret: secrets(newSecret), SendURL: s.URL()}, channels.Deps{HTTP: client, Now: func() time.Time { return clock }})
		if err != nil {
			t.Fatal(err)
		}
		id, err := a.Send(t.Context(), out("one"))
		if err != nil {
			t.Fatalf("Send error = %v", err)
		}
		editor, deleter := a.(channels.Editor), a.(channels.Deleter)
		for _, text := range []string{"two", "one", "two"} {
			clock = clock.Add(time.Second)
			if err := editor.Edit(t.Context(), id, out(text)); err != nil {
				t.Errorf("Edit(%q) error = %v", text, err)
			}
		}
		if err := editor.Edit(t.Context(), id, out("two")); err != nil { // the same edit again, at the same time
			t.Errorf("Edit again error = %v", err)
		}
		seen := s.Chat("c9")
		if len(seen) != 1 || seen[0].Text != "two" || !seen[0].Edited || s.Repeats() != 1 {
			t.Errorf("the customer sees %+v after %d repeats, want two", seen, s.Repeats())
		}
		for range 2 {
			if err := deleter.Delete(t.Context(), "c9", id); err != nil {
				t.Errorf("Delete error = %v", err)
			}
		}
		if seen := s.Chat("c9"); len(seen) != 1 || !seen[0].Deleted {
			t.Errorf("the customer sees %+v, want it deleted", seen)
		}
		if err := deleter.Delete(t.Context(), "c9", "unknown"); err != nil {
			t.Errorf("Delete(unknown) error = %v, want none", err)
		}
	}
}

// TestSendWebhookID: an id that the standard does not allow is replaced, the same each time.
func TestSendWebhookID(t *testing.T) {
	s, a := system(t, webhooktest.Config{})
	for _, id := range []string{"a.b", "a b", "ä", `{"`, strings.Repeat("x", 256), "a.b"} {
		m := out("hi")
		m.ID = id
		if _, err := a.Send(t.Context(), m); err != nil {
			t.Errorf("Send(%q) error = %v", id, err)
		}
	}
	ids := map[string]bool{}
	for _, p := range s.Posts() {
		if strings.ContainsAny(p.WebhookID, ". {") || len(p.WebhookID) > 255 {
			t.Errorf("webhook-id %q, want one that the standard allows", p.WebhookID)
		}
		ids[p.WebhookID] = true
	}
	if len(ids) != 5 || s.Repeats() != 1 {
		t.Errorf("%d webhook-ids and %d repeats, want 5 and 1", len(ids), s.Repeats())
	}
}

// TestSendRejects: what breaks the limits costs no call.
func TestSendRejects(t *testing.T) {
	long := strings.Repeat("x", 1001)
	with := func(change func(*channels.Outbound)) channels.Outbound {
		m := out("hi")
		change(&m)
		return m
	}
	tests := []struct {
		name string
		out  channels.Outbound
	}{
		{"no id", with(func(m *channels.Outbound) { m.ID = "" })},
		{"no chat", with(func(m *channels.Outbound) { m.Address = "" })},
		{"file without an address", with(func(m *channels.Outbound) { m.Attachments = []models.Attachment{{Kind: models.File, Ref: "x"}} })},
		{"long title", with(func(m *channels.Outbound) { m.Buttons = []models.Button{{Title: long[:101], Payload: "p"}} })},
		{"long payload", with(func(m *channels.Outbound) { m.Buttons = []models.Button{{Title: "t", Payload: long}} })},
		{"no title", with(func(m *channels.Outbound) { m.Buttons = []models.Button{{Payload: "p"}} })},
		{"title and text over the limit", with(func(m *channels.Outbound) { m.Title, m.Text = "Ann", strings.Repeat("x", 16_000-3) })},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, a := system(t, webhooktest.Config{})
			if _, err := a.Send(t.Context(), tt.out); channels.KindOf(err) != channels.Rejected || err == nil {
				t.Errorf("Send error = %v, want Rejected", err)
			}
			if s.Calls() != 0 {
				t.Errorf("Send made %d calls, want none", s.Calls())
			}
		})
	}
}

// TestSendTimeout: a receiver that says nothing is Temporary when the call's time is over.
func TestSendTimeout(t *testing.T) {
	s, a := system(t, webhooktest.Config{})
	s.Fail("", 1, webhooktest.Hang())
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := a.Send(ctx, out("hi"))
	if channels.KindOf(err) != channels.Temporary || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Send error = %v (%v), want Temporary by the deadline", err, channels.KindOf(err))
	}
}

func TestCheck(t *testing.T) {
	s, a := system(t, webhooktest.Config{})
	checker := func(a channels.Adapter) channels.Checker {
		c, ok := a.(channels.Checker)
		if !ok {
			t.Fatal("the adapter is no Checker")
		}
		return c
	}
	const endpoint = "https://chat.example.com/channels/webhook/shop"
	got := checker(a).Check(t.Context(), endpoint)
	want := []channels.Finding{{OK: true, Text: "events are posted to " + endpoint}, {OK: true, Text: "somebody answers at send_url"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Check = %+v, want %+v", got, want)
	}
	if len(s.Posts()) != 0 {
		t.Errorf("Check posted %d messages", len(s.Posts()))
	}
	wrong := open(t, &webhook.Config{Secret: secrets(newSecret), SendURL: s.URL() + "/nowhere"})
	if got := checker(wrong).Check(t.Context(), "")[1]; got.OK || !got.Warning || !strings.Contains(got.Text, "404") {
		t.Errorf("Check of a wrong path = %+v, want a warning", got)
	}
	gone := open(t, &webhook.Config{Secret: secrets(newSecret), SendURL: "http://127.0.0.1:1/t0ken"})
	if got := checker(gone).Check(t.Context(), "")[1]; got.OK || got.Warning || strings.Contains(got.Text, "t0ken") {
		t.Errorf("Check of nobody = %+v, want a fault without the address", got)
	}
}
