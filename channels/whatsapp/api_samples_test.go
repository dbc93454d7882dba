package whatsapp_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/channels/whatsapp/whatsapptest"
	"patchbay/models"
)

// checks are the files that are no webhook bodies, and what is to be seen of them.
func checks() map[string]func(t *testing.T, body []byte) {
	refused := func(status int, kind channels.ErrorKind, after time.Duration) func(*testing.T, []byte) {
		return func(t *testing.T, body []byte) { sendRefused(t, status, body, kind, after) }
	}
	return map[string]func(t *testing.T, body []byte){
		"api_error_130429_http400.json":           refused(400, channels.RateLimited, 0),
		"api_error_131047_http400.json":           refused(400, channels.WindowClosed, 0),
		"api_error_131056_pair_rate_http400.json": refused(400, channels.RateLimited, 6*time.Second),
		"api_error_190_http401.json":              refused(401, channels.Forbidden, 0),
		"api_send_text_response.json":             sendTaken("wamid.HBgNOUT79FAA="),
		"api_send_to_bsuid_response.json":         sendTaken("wamid.HBgNOUT90FAA="),
		"api_mark_read_response.json":             markTaken,
		"api_send_text_request.json": sends(nil, channels.Outbound{
			ID: "msg_01J9Z7", Address: luisPhone, Text: "Hello from *Ana*", ReplyTo: "wamid.HBgNIN01FAA="}),
		// preview_url is false if it is left out.
		"api_send_to_bsuid_request.json": sends(func(want map[string]any) {
			want["text"].(map[string]any)["preview_url"] = false
		}, channels.Outbound{Address: miaUser, Text: "Hello"}),
		// We send no footer.
		"api_send_buttons_request.json": sends(func(want map[string]any) {
			delete(want["interactive"].(map[string]any), "footer")
		}, channels.Outbound{Address: luisPhone, Text: "How did we do?", Buttons: []models.Button{
			{Title: "Great", Payload: "csat:9f3a:5"}, {Title: "OK", Payload: "csat:9f3a:3"}, {Title: "Bad", Payload: "csat:9f3a:1"}}}),
		"api_mark_read_typing_request.json": typingSends,
		// These are not sent by the adapter; the fake takes them, as the platform does.
		"api_send_list_request.json":     fakeTakes,
		"api_send_image_request.json":    fakeTakes,
		"api_send_template_request.json": templateSends,
		"api_media_upload_response.json": fakeUpload,
		"api_media_get_response.json":    fakeMedia,
		"signed_body.headers.txt":        signature,
		"webhook_verify_get.txt":         verification,
	}
}

func TestSamplesOfTheAPI(t *testing.T) {
	for name, check := range checks() {
		t.Run(name, func(t *testing.T) { check(t, sample(t, name)) })
	}
}

// platform answers every call with status and body, and keeps the last one.
func platform(t *testing.T, status int, body []byte, last *[]byte) whole {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil || r.Header.Get("Authorization") != "Bearer "+accessToken || r.URL.Path != "/v25.0/"+number+"/messages" {
			t.Errorf("call of %s with %q (%v)", r.URL.Path, r.Header.Get("Authorization"), err)
		}
		if last != nil {
			*last = raw
		}
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}))
	t.Cleanup(s.Close)
	return open(t, config(s.URL+"/v25.0"), quiet())
}

func sendRefused(t *testing.T, status int, body []byte, kind channels.ErrorKind, after time.Duration) {
	t.Helper()
	id, err := platform(t, status, body, nil).Send(t.Context(), channels.Outbound{ID: "m1", Address: luisPhone, Text: "hi"})
	if got := channels.KindOf(err); err == nil || id != "" || got != kind {
		t.Errorf("Send() = %q, %v (%v), want %v", id, err, got, kind)
	}
	if got := channels.RetryAfter(err); got != after {
		t.Errorf("RetryAfter = %v, want %v", got, after)
	}
}

func sendTaken(want string) func(*testing.T, []byte) {
	return func(t *testing.T, body []byte) {
		id, err := platform(t, 200, body, nil).Send(t.Context(), channels.Outbound{ID: "m1", Address: luisPhone, Text: "hi"})
		if err != nil || id != want {
			t.Errorf("Send() = %q, %v, want %q", id, err, want)
		}
	}
}

func markTaken(t *testing.T, body []byte) {
	a := platform(t, 200, body, nil)
	if err := a.Read(t.Context(), luisPhone, "wamid.HBgNIN01FAA="); err != nil {
		t.Errorf("Read() = %v", err)
	}
}

// sends compares what is sent for m with a sample, which alter may make alike where they may differ.
func sends(alter func(map[string]any), m channels.Outbound) func(*testing.T, []byte) {
	return func(t *testing.T, body []byte) {
		var got []byte
		a := platform(t, 200, sample(t, "api_send_text_response.json"), &got)
		if _, err := a.Send(t.Context(), m); err != nil {
			t.Fatalf("Send() = %v", err)
		}
		same(t, got, body, alter)
	}
}

func typingSends(t *testing.T, body []byte) {
	var got []byte
	a := platform(t, 200, sample(t, "api_mark_read_response.json"), &got)
	if err := a.Typing(t.Context(), luisPhone, "wamid.HBgNIN01FAA="); err != nil {
		t.Fatalf("Typing() = %v", err)
	}
	same(t, got, body, nil)
}

func same(t *testing.T, got, want []byte, alter func(map[string]any)) {
	t.Helper()
	var g, w map[string]any
	if err := json.Unmarshal(got, &g); err != nil {
		t.Fatalf("sent %q: %v", got, err)
	}
	if err := json.Unmarshal(want, &w); err != nil {
		t.Fatal(err)
	}
	if alter != nil {
		alter(w)
	}
	if !reflect.DeepEqual(g, w) {
		t.Errorf("sent %v\nwant %v", g, w)
	}
}

// fakeCall calls the fake as a program of the customer's might, and returns the answer.
func fakeCall(t *testing.T, s *whatsapptest.Server, path, contentType string, body []byte) map[string]any {
	t.Helper()
	method := http.MethodPost
	if body == nil {
		method = http.MethodGet
	}
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL()+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+accessToken)
	r.Header.Set("Content-Type", contentType)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var answer map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %s = %d %v", method, path, resp.StatusCode, answer)
	}
	return answer
}

func fakeTakes(t *testing.T, body []byte) {
	s := fake(t, whatsapptest.Options{})
	u := s.User("5215550001111", "Luis Pérez")
	s.SetCallback("http://127.0.0.1:1/")
	u.Say("hola") // opens the window
	fakeCall(t, s, "/"+number+"/messages", "application/json", body)
	if seen := u.Seen(); len(seen) != 1 {
		t.Errorf("Seen() = %v, want one message", seen)
	}
}

func fakeUpload(t *testing.T, body []byte) {
	s := fake(t, whatsapptest.Options{})
	form, contentType := upload(t)
	sameKeys(t, fakeCall(t, s, "/"+number+"/media", contentType, form), body)
}

func fakeMedia(t *testing.T, body []byte) {
	s := fake(t, whatsapptest.Options{})
	form, contentType := upload(t)
	id, _ := fakeCall(t, s, "/"+number+"/media", contentType, form)["id"].(string)
	sameKeys(t, fakeCall(t, s, "/"+id, "", nil), body)
}

// sameKeys checks that the fake answers with the keys of the platform.
func sameKeys(t *testing.T, got map[string]any, want []byte) {
	t.Helper()
	var w map[string]any
	if err := json.Unmarshal(want, &w); err != nil {
		t.Fatal(err)
	}
	for key := range w {
		if _, ok := got[key]; !ok || len(got) != len(w) {
			t.Errorf("answer %v, want the keys of %v", got, w)
		}
	}
}

// signature checks the vector of signed_body: its bytes, its secret and its header belong together.
func signature(t *testing.T, text []byte) {
	body := sample(t, "signed_body.min.json")
	_, header, _ := strings.Cut(string(text), "X-Hub-Signature-256: ")
	header, _, _ = strings.Cut(header, "\n")
	r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
	r.Header.Set("X-Hub-Signature-256", header)
	u, err := open(t, config(""), quiet()).Receive(r)
	if err != nil || len(u.Inbound) != 1 {
		t.Errorf("Receive() = %v, %v, want one message", u, err)
	}
}

// verification makes the request of the sample.
func verification(t *testing.T, text []byte) {
	target, _, _ := strings.Cut(strings.TrimPrefix(string(text), "GET "), " ")
	u, err := open(t, config(""), quiet()).Receive(httptest.NewRequest(http.MethodGet, target, nil))
	if err != nil || string(u.Response.Body) != "1158201444" || u.Response.Type != "text/plain" {
		t.Errorf("Receive(%s) = %+v, %v, want the challenge", target, u, err)
	}
}

// upload is the form for a file.
func upload(t *testing.T) (body []byte, contentType string) {
	t.Helper()
	return multipartForm(t, map[string]string{"messaging_product": "whatsapp", "type": "image/jpeg"}, "label.jpg", "JPEG")
}
