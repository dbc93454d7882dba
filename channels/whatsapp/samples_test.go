package whatsapp_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/channels/whatsapp/whatsapptest"
	"patchbay/models"
)

const (
	luisPhone = "phone:5215550001111"
	luisUser  = "user:MX.7301928374650912"
	miaUser   = "user:DE.8120044556677889"
)

// luis returns what Luis did, as the samples tell it.
func luis(kind channels.Kind, message, id string, at int64, content models.Content) channels.Inbound {
	return channels.Inbound{
		Key:       "message:" + message,
		Account:   number,
		Addresses: []string{luisPhone, luisUser},
		Kind:      kind,
		ID:        id,
		At:        time.Unix(at, 0).UTC(),
		Contact:   models.Contact{ID: "5215550001111", Name: "Luis Pérez"},
		Content:   content,
	}
}

// wrote is a message of Luis.
func wrote(id string, at int64, content models.Content) channels.Inbound {
	return luis(channels.Message, id, id, at, content)
}

// receipt is a status of a message to Luis.
func receipt(id, status string, delivery models.Delivery, at int64, ours string) channels.Inbound {
	return channels.Inbound{
		Key:       "status:" + status + ":" + id,
		Account:   number,
		Addresses: []string{luisPhone},
		Kind:      channels.Receipt,
		ID:        id,
		At:        time.Unix(at, 0).UTC(),
		Delivery:  delivery,
		Ours:      ours,
	}
}

// file is an attachment.
func file(kind models.AttachmentKind, ref, mime, name string) []models.Attachment {
	return []models.Attachment{{Kind: kind, Ref: ref, MIME: mime, Name: name}}
}

// failed is an Inbound's error without its text, which is for people.
func failed(in channels.Inbound, kind channels.ErrorKind) channels.Inbound {
	in.Error = &channels.Error{Kind: kind}
	return in
}

// webhooks are the bodies of the platform's calls, and what they bring.
func webhooks() map[string][]channels.Inbound {
	mia := channels.Inbound{
		Key: "message:wamid.HBgNIN21FAA=", Account: number, Addresses: []string{miaUser}, Kind: channels.Message,
		ID: "wamid.HBgNIN21FAA=", At: time.Unix(1793900090, 0).UTC(),
		Contact: models.Contact{ID: "DE.8120044556677889", Name: "Mia", Fields: map[string]string{"username": "mia.runs"}},
		Content: models.Content{Text: "hi, it's Mia"},
	}
	miaPhone := mia
	miaPhone.Key, miaPhone.ID, miaPhone.At = "message:wamid.HBgNIN24FAA=", "wamid.HBgNIN24FAA=", time.Unix(1793900101, 0).UTC()
	miaPhone.Addresses = []string{"phone:4915550002222", miaUser}
	miaPhone.Contact.ID = "4915550002222"
	miaPhone.Content = models.Content{Text: "three, other user"}

	changed := luis(channels.Moved, "wamid.HBgNIN18FAA=", "", 1793900070, models.Content{})
	changed.Addresses = []string{"phone:5215550009999", luisPhone}
	changed.Contact = models.Contact{ID: "5215550009999"}

	hello := wrote("wamid.HBgNIN01FAA=", 1793900000, models.Content{Text: "Hola, ¿dónde está mi pedido?"})
	return map[string][]channels.Inbound{
		"01_text.json": {hello},
		"02_image_caption.json": {wrote("wamid.HBgNIN02FAA=", 1793900005, models.Content{
			Text: "Se rompió", Attachments: file(models.Image, "910000000000002", "image/jpeg", "")})},
		"03_voice_note.json": {wrote("wamid.HBgNIN03FAA=", 1793900009, models.Content{
			Attachments: file(models.Voice, "910000000000003", "audio/ogg; codecs=opus", "")})},
		"04_video.json": {wrote("wamid.HBgNIN04FAA=", 1793900012, models.Content{
			Attachments: file(models.Video, "910000000000004", "video/mp4", "")})},
		"05_document.json": {wrote("wamid.HBgNIN05FAA=", 1793900015, models.Content{
			Text: "Factura", Attachments: file(models.File, "910000000000005", "application/pdf", "factura 17.pdf")})},
		"06_sticker.json": {wrote("wamid.HBgNIN06FAA=", 1793900018, models.Content{
			Attachments: file(models.Sticker, "910000000000006", "image/webp", "")})},
		"07_location.json": {wrote("wamid.HBgNIN07FAA=", 1793900020, models.Content{
			Lines: []string{"[location 19.4326,-99.1332: Zócalo, Plaza de la Constitución S/N]"}})},
		"08_contacts.json": {wrote("wamid.HBgNIN08FAA=", 1793900025, models.Content{
			Lines: []string{"[contact Rosa Díaz, +52 1 555 000 3333]"}})},
		"09_reply_context.json": {wrote("wamid.HBgNIN09FAA=", 1793900030, models.Content{
			Text: "Este", ReplyTo: "wamid.HBgNOUT77FAA="})},
		"10_forwarded.json": {wrote("wamid.HBgNIN10FAA=", 1793900033, models.Content{
			Text: "(reenviado) Aviso", Lines: []string{"[forwarded]"}})},
		"11_template_button.json": {luis(channels.Pressed, "wamid.HBgNIN11FAA=", "wamid.HBgNIN11FAA=", 1793900035, models.Content{
			Text: "Continue", Payload: "RESUME_CHAT", ReplyTo: "wamid.HBgNOUT78FAA="})},
		"12_interactive_button_reply.json": {luis(channels.Pressed, "wamid.HBgNIN12FAA=", "wamid.HBgNIN12FAA=", 1793900040, models.Content{
			Text: "Great", Payload: "csat:9f3a:5", ReplyTo: "wamid.HBgNOUT79FAA="})},
		"13_interactive_list_reply.json": {luis(channels.Pressed, "wamid.HBgNIN13FAA=", "wamid.HBgNIN13FAA=", 1793900044, models.Content{
			Text: "Billing", Payload: "dept:billing", ReplyTo: "wamid.HBgNOUT80FAA="})},
		"14_reaction_added.json":   {luis(channels.Reacted, "wamid.HBgNIN14FAA=", "wamid.HBgNOUT79FAA=", 1793900050, models.Content{Text: "👍"})},
		"15_reaction_removed.json": {luis(channels.Reacted, "wamid.HBgNIN15FAA=", "wamid.HBgNOUT79FAA=", 1793900055, models.Content{})},
		"16_order.json": {wrote("wamid.HBgNIN16FAA=", 1793900060, models.Content{
			Lines: []string{"[order: 2 × sku-1 at 15.5 MXN]"}})},
		"17_unsupported.json": {wrote("wamid.HBgNIN17FAA=", 1793900062, models.Content{
			Lines: []string{"[unsupported message: poll]"}})},
		"18_system_number_changed.json": {changed},
		"19_edit.json": {luis(channels.Edited, "wamid.HBgNIN19FAA=", "wamid.HBgNIN01FAA=", 1793900075, models.Content{
			Text: "Hola, ¿dónde está mi pedido 17?"})},
		"20_revoke.json":                      {luis(channels.Deleted, "wamid.HBgNIN20FAA=", "wamid.HBgNIN02FAA=", 1793900080, models.Content{})},
		"21_username_user_without_phone.json": {mia},
		"22_batch_3msgs_2users.json": {
			wrote("wamid.HBgNIN22FAA=", 1793900100, models.Content{Text: "uno"}),
			wrote("wamid.HBgNIN23FAA=", 1793900101, models.Content{Text: "dos"}),
			miaPhone,
		},
		"23_duplicate_of_01.json": {hello},
		"24_two_entries_mixed.json": {
			wrote("wamid.HBgNIN25FAA=", 1793900110, models.Content{Text: "entry one"}),
			receipt("wamid.HBgNOUT79FAA=", "read", models.Read, 1793900111, ""),
		},
		"30_status_sent.json":      {receipt("wamid.HBgNOUT79FAA=", "sent", models.Sent, 1793900120, "msg_01J9Z7")},
		"31_status_delivered.json": {receipt("wamid.HBgNOUT79FAA=", "delivered", models.Delivered, 1793900122, "msg_01J9Z7")},
		"32_status_read.json":      {receipt("wamid.HBgNOUT79FAA=", "read", models.Read, 1793900140, "msg_01J9Z7")},
		"33_status_failed_131047_window.json": {
			failed(receipt("wamid.HBgNOUT81FAA=", "failed", models.Failed, 1793900150, ""), channels.WindowClosed)},
		"34_status_failed_131026_undeliverable.json": {
			failed(receipt("wamid.HBgNOUT82FAA=", "failed", models.Failed, 1793900151, ""), channels.Unreachable)},
		"35_statuses_out_of_order_batch.json": {
			receipt("wamid.HBgNOUT83FAA=", "read", models.Read, 1793900162, ""),
			receipt("wamid.HBgNOUT83FAA=", "delivered", models.Delivered, 1793900161, ""),
			receipt("wamid.HBgNOUT83FAA=", "sent", models.Sent, 1793900160, ""),
		},
		"36_value_level_errors.json":          {},
		"37_other_field_template_status.json": {},
		"signed_body.min.json":                {hello},
	}
}

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
		"api_send_template_request.json": fakeTakes,
		"api_media_upload_response.json": fakeUpload,
		"api_media_get_response.json":    fakeMedia,
		"signed_body.headers.txt":        signature,
		"webhook_verify_get.txt":         verification,
	}
}

func TestSamplesAreAllNamed(t *testing.T) {
	bodies, others := webhooks(), checks()
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	for _, e := range entries {
		if e.IsDir() {
			continue // a fuzz corpus
		}
		files++
		_, body := bodies[e.Name()]
		_, other := others[e.Name()]
		if !body && !other {
			t.Errorf("testdata/%s is in no table", e.Name())
		}
	}
	if want := len(bodies) + len(others); files != want {
		t.Errorf("testdata has %d files, want the %d of the tables", files, want)
	}
}

func TestSamplesReceived(t *testing.T) {
	a := open(t, config(""), quiet())
	for name, want := range webhooks() {
		t.Run(name, func(t *testing.T) {
			u, err := a.Receive(signed(sample(t, name)))
			if err != nil {
				t.Fatalf("Receive() = %v", err)
			}
			if u.Response.Status != 0 {
				t.Errorf("Receive() answers %d, want 200", u.Response.Status)
			}
			if len(u.Inbound) != len(want) {
				t.Fatalf("Receive() = %d Inbound, want %d: %+v", len(u.Inbound), len(want), u.Inbound)
			}
			for i, got := range u.Inbound {
				if got.Error != nil {
					if text := got.Error.Error(); text == "" || strings.Contains(text, "5215550001111") {
						t.Errorf("Error = %q, want words without the number", text)
					}
					got.Error = &channels.Error{Kind: got.Error.Kind}
				}
				if !reflect.DeepEqual(got, want[i]) {
					t.Errorf("Inbound[%d] = %+v\nwant %+v", i, got, want[i])
				}
			}
		})
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
