package whatsapp_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/models"
)

func TestVerification(t *testing.T) {
	tests := []struct {
		name, mode, token, challenge string
		ok                           bool
	}{
		{name: "old token", mode: "subscribe", token: verifyToken, challenge: "1158201444", ok: true},
		{name: "new token", mode: "subscribe", token: "new-verify", challenge: "<b>&%00", ok: true},
		{name: "wrong token", mode: "subscribe", token: "wrong", challenge: "1"},
		{name: "part of the token", mode: "subscribe", token: verifyToken[:5], challenge: "1"},
		{name: "no token", mode: "subscribe", challenge: "1"},
		{name: "another mode", mode: "unsubscribe", token: verifyToken, challenge: "1"},
		{name: "no mode", token: verifyToken, challenge: "1"},
	}
	a := open(t, config(""), quiet())
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := url.Values{"hub.mode": {tt.mode}, "hub.verify_token": {tt.token}, "hub.challenge": {tt.challenge}}
			u, err := a.Receive(httptest.NewRequest(http.MethodGet, "/channels/whatsapp/main?"+q.Encode(), nil))
			if len(u.Inbound) != 0 {
				t.Errorf("Receive() = %+v, want nothing inbound", u)
			}
			if tt.ok {
				want := channels.Response{Status: 200, Type: "text/plain", Body: []byte(tt.challenge)}
				if err != nil || !reflect.DeepEqual(u.Response, want) {
					t.Errorf("Receive() = %+v, %v, want the challenge", u, err)
				}
				return
			}
			if err == nil || channels.KindOf(err) != channels.Forbidden || u.Response.Status != http.StatusForbidden || u.Response.Body != nil {
				t.Errorf("Receive() = %+v, %v, want Forbidden and 403", u, err)
			}
			safe(t, err, "verify token")
		})
	}
}

func TestForgedSignatures(t *testing.T) {
	body := sample(t, "01_text.json")
	right := sign(appSecret, body)
	tests := []struct {
		name, header string
		body         []byte
	}{
		{"none", "", body},
		{"empty", "sha256=", body},
		{"no scheme", strings.TrimPrefix(right, "sha256="), body},
		{"another scheme", "sha1=" + strings.TrimPrefix(right, "sha256="), body},
		{"not hex", "sha256=" + strings.Repeat("zz", 32), body},
		{"half", right[:len(right)/2+1], body},
		{"with more behind", right + "00", body},
		{"another secret", sign("another", body), body},
		{"empty secret", sign("", body), body},
		{"another body", right, bytes.Replace(body, []byte("Hola"), []byte("Halo"), 1)},
		{"no body", right, nil},
		{"one more byte", right, append(slices.Clone(body), '\n')},
		{"the same JSON in other bytes", right, bytes.ReplaceAll(body, []byte("é"), []byte(`\u00e9`))},
	}
	a := open(t, config(""), quiet())
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(tt.body))
			if tt.header != "" {
				r.Header.Set("X-Hub-Signature-256", tt.header)
			}
			u, err := a.Receive(r)
			if err == nil || channels.KindOf(err) != channels.Forbidden || len(u.Inbound) != 0 || u.Response.Status != 0 {
				t.Errorf("Receive() = %+v, %v, want Forbidden", u, err)
			}
		})
	}
	for _, secret := range []string{appSecret, "fedcba9876543210fedcba9876543210"} {
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		r.Header.Set("X-Hub-Signature-256", sign(secret, body))
		if u, err := a.Receive(r); err != nil || len(u.Inbound) != 1 {
			t.Errorf("Receive() with a valid secret = %+v, %v, want a message", u, err)
		}
	}
}

func TestRefusedCalls(t *testing.T) {
	a := open(t, config(""), quiet())
	tests := []struct {
		name string
		r    *http.Request
		want error
	}{
		{"another method", httptest.NewRequest(http.MethodPut, "/", nil), nil},
		{"no JSON", signed([]byte("hello")), nil},
		{"empty", signed(nil), nil},
		{"a list", signed([]byte("[]")), nil},
		{"messages are no list", signed([]byte(`{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"messages":"x"}}]}]}`)), nil},
		{"too large", signed(bytes.Repeat([]byte(" "), channels.MaxBody+1)), channels.ErrTooLarge},
		{"too large, length unknown", func() *http.Request {
			r := httptest.NewRequest(http.MethodPost, "/", io.MultiReader(bytes.NewReader(make([]byte, channels.MaxBody)), strings.NewReader("xx")))
			r.ContentLength = -1
			return r
		}(), channels.ErrTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			u, err := a.Receive(tt.r)
			if err == nil || channels.KindOf(err) != channels.Rejected || len(u.Inbound) != 0 {
				t.Errorf("Receive() = %+v, %v, want Rejected", u, err)
			}
			if tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("Receive() = %v, want %v", err, tt.want)
			}
		})
	}
}

// value wraps the inside of a value in a body.
func value(inside string) []byte {
	return []byte(`{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":` +
		`{"messaging_product":"whatsapp","metadata":{"phone_number_id":"77"},` + inside + `}}]}]}`)
}

// messages wraps messages of Luis, from one who is known by number and id.
func messages(inside string) []byte {
	return value(`"contacts":[{"profile":{"name":"Zoe"},"wa_id":"999","user_id":"FR.9"},{"profile":{"name":"Luis Pérez"},"wa_id":"5215550001111","user_id":"MX.7301928374650912"}],"messages":[` + inside + `]`)
}

func TestContents(t *testing.T) {
	tests := []struct {
		name, message string
		kind          channels.Kind
		want          models.Content
	}{
		{"welcome", `"type":"request_welcome"`, channels.Message, models.Content{Lines: []string{"[opened the chat]"}}},
		{"new type", `"type":"hologram","hologram":{"id":"1"}`, channels.Message, models.Content{Lines: []string{"[unsupported message: hologram]"}}},
		{"no type", `"text":{"body":"x"}`, channels.Message, models.Content{Lines: []string{"[unsupported message]"}}},
		{"type that would break the line", `"type":"a]\n[b"`, channels.Message, models.Content{Lines: []string{"[unsupported message: a b]"}}},
		{"unsupported, old code", `"type":"unsupported","errors":[{"code":501,"title":"Unsupported message type"}]`, channels.Message, models.Content{Lines: []string{"[unsupported message]"}}},
		{"text in another form", `"type":"text","text":"hello"`, channels.Message, models.Content{Lines: []string{"[unsupported message: text]"}}},
		{"empty text", `"type":"text","text":{"body":""}`, channels.Message, models.Content{Lines: []string{"[unsupported message: text]"}}},
		{"audio file", `"type":"audio","audio":{"id":"9","mime_type":"audio/mpeg","voice":false}`, channels.Message, models.Content{Attachments: file(models.Audio, "9", "audio/mpeg", "")}},
		{"photo that did not load", `"type":"image","errors":[{"code":131052,"title":"Media download error"}]`, channels.Message, models.Content{Lines: []string{"[photo that WhatsApp could not hand over (131052)]"}}},
		{"photo without id", `"type":"image","image":{"caption":"look"}`, channels.Message, models.Content{Text: "look", Lines: []string{"[photo that WhatsApp could not hand over]"}}},
		{"press without an object", `"type":"interactive"`, channels.Message, models.Content{Lines: []string{"[chose something, but WhatsApp did not say what]"}}},
		{"press of nothing", `"type":"interactive","interactive":{"type":"button_reply"}`, channels.Message, models.Content{Lines: []string{"[chose something, but WhatsApp did not say what]"}}},
		{"press with a suffix of ours", `"type":"interactive","interactive":{"type":"button_reply","button_reply":{"id":"/agent~~2","title":"A person"}}`, channels.Pressed, models.Content{Text: "A person", Payload: "/agent"}},
		{"form", `"type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"name":"flow","body":"Sent","response_json":"{\"flow_token\":\"t\",\"size\":\"L\",\"count\":3,\"extras\":[\"a\"]}"}}`, channels.Message, models.Content{Lines: []string{`[form flow sent: count 3, extras "a" , size L]`}}},
		{"form that is no JSON", `"type":"interactive","interactive":{"nfm_reply":{"name":"flow","response_json":"<"}}`, channels.Message, models.Content{Lines: []string{"[form flow sent, but its answers cannot be read]"}}},
		{"place without name", `"type":"location","location":{"latitude":-33.5,"longitude":"151.25"}`, channels.Message, models.Content{Location: &models.Location{Latitude: -33.5, Longitude: 151.25}}},
		{"place nowhere", `"type":"location","location":{"latitude":133.5,"longitude":1,"name":"X"}`, channels.Message, models.Content{Lines: []string{"[location 133.5,1: X]"}}},
		{"marks", `"type":"text","text":{"body":"*a* and _b_"}`, channels.Message, models.Content{Text: "a and b", Spans: []models.TextSpan{{Kind: models.Bold, From: 0, To: 1}, {Kind: models.Italic, From: 6, To: 7}}}},
		{"cards", `"type":"contacts","contacts":[{"name":{"formatted_name":"Ann"},"org":{"company":"Acme"},"emails":[{"email":"a@b.c"}],"phones":[{"wa_id":"49"}]},{}]`, channels.Message, models.Content{Cards: []models.Card{{Name: "Ann", Org: "Acme", Phones: []string{"49"}, Emails: []string{"a@b.c"}}, {}}}},
		{"order with words", `"type":"order","order":{"text":"please soon","product_items":[{"product_retailer_id":"a","quantity":"1","item_price":2},{"product_retailer_id":"b","quantity":2,"item_price":3.5,"currency":"EUR"}]}`, channels.Message, models.Content{Text: "please soon", Lines: []string{"[order: 1 × a at 2]", "[order: 2 × b at 3.5 EUR]"}}},
		{"empty order", `"type":"order","order":{}`, channels.Message, models.Content{Lines: []string{"[order without products]"}}},
		{"from an ad", `"type":"text","text":{"body":"hi"},"referral":{"source_type":"ad","source_url":"https://fb.me/1","headline":"Shoes","body":"Now\n[cheap]"}`, channels.Message, models.Content{Text: "hi", Lines: []string{"[came from the ad: Shoes, Now cheap] https://fb.me/1"}}},
		{"from a link", `"type":"text","text":{"body":"hi"},"referral":{}`, channels.Message, models.Content{Text: "hi", Lines: []string{"[came from the link]"}}},
		{"about a product", `"type":"text","text":{"body":"hi"},"context":{"id":"wamid.c","referred_product":{"catalog_id":"1","product_retailer_id":"sku-9"}}`, channels.Message, models.Content{Text: "hi", ReplyTo: "wamid.c", Lines: []string{"[asks about the product sku-9]"}}},
		{"forwarded often", `"type":"text","text":{"body":"hi"},"context":{"frequently_forwarded":true}`, channels.Message, models.Content{Text: "hi", Forwarded: &models.Forward{Many: true}}},
		{"reaction without an object", `"type":"reaction"`, channels.Message, models.Content{Lines: []string{"[unsupported message: reaction]"}}},
		{"edited caption", `"type":"edit","edit":{"original_message_id":"wamid.o","message":{"type":"image","image":{"id":"7","caption":"new"},"context":{"id":"wamid.q"}}}`, channels.Edited, models.Content{Text: "new", ReplyTo: "wamid.q", Attachments: file(models.Image, "7", "", "")}},
	}
	a := open(t, config(""), quiet())
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			u, err := a.Receive(signed(messages(`{"from":"5215550001111","id":"wamid.1","timestamp":1793900000,` + tt.message + `}`)))
			if err != nil || len(u.Inbound) != 1 {
				t.Fatalf("Receive() = %+v, %v, want one Inbound", u, err)
			}
			in := u.Inbound[0]
			if in.Kind != tt.kind || !reflect.DeepEqual(in.Content, tt.want) {
				t.Errorf("Receive() = %s %+v, want %s %+v", in.Kind, in.Content, tt.kind, tt.want)
			}
			if in.Key != "message:wamid.1" || in.Account != "77" || in.At.Unix() != 1793900000 || in.Contact.Name != "Luis Pérez" ||
				!slices.Equal(in.Addresses, []string{luisPhone, luisUser}) {
				t.Errorf("Receive() = %+v, want the sender of the message", in)
			}
		})
	}
}

func TestLongListsAreCountedOut(t *testing.T) {
	card := `{"name":{"formatted_name":"` + strings.Repeat("é", 2000) + `"}}`
	u, err := open(t, config(""), quiet()).Receive(signed(messages(
		`{"from":"5215550001111","id":"wamid.1","type":"contacts","contacts":[` + strings.Repeat(card+",", 256) + card + `]}`)))
	if err != nil || len(u.Inbound) != 1 {
		t.Fatalf("Receive() = %v, want one Inbound", err)
	}
	c := u.Inbound[0].Content
	if len(c.Cards) != 30 || !slices.Equal(c.Lines, []string{"[and 227 more contacts]"}) {
		t.Errorf("%d cards and the lines %q, want 30 and one that counts the rest", len(c.Cards), c.Lines)
	}
	if name := c.Cards[0].Name; len([]rune(name)) > 1010 || !strings.HasSuffix(name, "…") {
		t.Errorf("the name has %d runes, want it cut", len([]rune(name)))
	}
}

func TestSenders(t *testing.T) {
	tests := []struct {
		name, inside string
		addresses    []string
		contact      models.Contact
	}{
		{"by number", `"contacts":[{"profile":{"name":"Ann"},"wa_id":"1","user_id":"US.1"}],"messages":[{"from":"1"`, []string{"phone:1", "user:US.1"}, models.Contact{ID: "1", Name: "Ann"}},
		{"by id", `"contacts":[{"profile":{"name":"Ann"},"wa_id":"1","user_id":"US.1"}],"messages":[{"from_user_id":"US.1"`, []string{"phone:1", "user:US.1"}, models.Contact{ID: "1", Name: "Ann"}},
		{"both in the message", `"messages":[{"from":"+1","from_user_id":"US.1"`, []string{"phone:1", "user:US.1"}, models.Contact{ID: "1"}},
		{"contact of somebody else", `"contacts":[{"profile":{"name":"Bob"},"wa_id":"2","user_id":"US.2"}],"messages":[{"from":"1"`, []string{"phone:1"}, models.Contact{ID: "1"}},
		{"only a contact", `"contacts":[{"profile":{"username":"ann.b"},"user_id":"US.1"}],"messages":[{"x":"1"`, []string{"user:US.1"}, models.Contact{ID: "US.1", Name: "ann.b", Fields: map[string]string{"username": "ann.b"}}},
		{"contact in another form", `"contacts":[7,{"profile":{"name":"Ann"},"wa_id":"1"}],"messages":[{"from":"1"`, []string{"phone:1"}, models.Contact{ID: "1", Name: "Ann"}},
	}
	a := open(t, config(""), quiet())
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			u, err := a.Receive(signed(value(tt.inside + `,"id":"wamid.1","type":"text","text":{"body":"hi"}}]`)))
			if err != nil || len(u.Inbound) != 1 {
				t.Fatalf("Receive() = %+v, %v, want one Inbound", u, err)
			}
			in := u.Inbound[0]
			if !slices.Equal(in.Addresses, tt.addresses) || !reflect.DeepEqual(in.Contact, tt.contact) {
				t.Errorf("Receive() = %q %+v, want %q %+v", in.Addresses, in.Contact, tt.addresses, tt.contact)
			}
			if !in.At.IsZero() {
				t.Errorf("At = %v, want none", in.At)
			}
		})
	}
}

func TestMoves(t *testing.T) {
	tests := []struct {
		name, inside string
		want         []string // nil: no chat moved
		contact      string
	}{
		{"number", `"messages":[{"from":"1","id":"w","type":"system","system":{"type":"user_changed_number","wa_id":"2"}}]`, []string{"phone:2", "phone:1"}, "2"},
		{"number, as older versions name it", `"messages":[{"from":"1","id":"w","type":"system","system":{"type":"customer_changed_number","new_wa_id":"2"}}]`, []string{"phone:2", "phone:1"}, "2"},
		{"number and id", `"messages":[{"from":"1","from_user_id":"US.1","id":"w","type":"system","system":{"type":"user_changed_number","wa_id":"2","user_id":"US.2"}}]`, []string{"phone:2", "user:US.2", "phone:1", "user:US.1"}, "2"},
		{"id, the number stays", `"messages":[{"from":"1","id":"w","type":"system","system":{"type":"user_changed_user_id","body":"User A changed from B changed from US.1 to US.2","wa_id":"1","user_id":"US.2"}}]`, []string{"user:US.2", "phone:1", "user:US.1"}, "1"},
		{"id, no number", `"messages":[{"id":"w","type":"system","system":{"type":"user_changed_user_id","body":"User A changed from US.1 to US.2","user_id":"US.2"}}]`, []string{"user:US.2", "user:US.1"}, "US.2"},
		{"id, the old one told", `"messages":[{"id":"w","type":"system","system":{"type":"user_changed_user_id","previous_user_id":"US.1","user_id":"US.2"}}]`, []string{"user:US.2", "user:US.1"}, "US.2"},
		{"id, the old one is the sender", `"messages":[{"from_user_id":"US.1","id":"w","type":"system","system":{"type":"user_changed_user_id","user_id":"US.2"}}]`, []string{"user:US.2", "user:US.1"}, "US.2"},
		{"nothing new", `"messages":[{"from":"1","id":"w","type":"system","system":{"type":"user_changed_number","wa_id":"1"}}]`, nil, ""},
		{"nothing old", `"messages":[{"id":"w","type":"system","system":{"type":"user_changed_user_id","body":"User A changed","user_id":"US.2"}}]`, nil, ""},
		{"new key", `"messages":[{"from":"1","id":"w","type":"system","system":{"type":"customer_identity_changed","body":"x"}}]`, nil, ""},
		{"no object", `"messages":[{"from":"1","id":"w","type":"system"}]`, nil, ""},
		{"field of its own", `"user_id_update":[{"wa_id":"1","user_id":{"previous":"US.1","current":"US.2"},"timestamp":"1793900000"}]`, []string{"user:US.2", "phone:1", "user:US.1"}, "1"},
		{"field of its own, empty", `"user_id_update":[{},7]`, nil, ""},
	}
	a := open(t, config(""), quiet())
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body := value(tt.inside)
			if strings.Contains(tt.inside, "user_id_update") {
				body = bytes.Replace(body, []byte(`"field":"messages"`), []byte(`"field":"user_id_update"`), 1)
			}
			u, err := a.Receive(signed(body))
			if err != nil {
				t.Fatalf("Receive() = %v", err)
			}
			if tt.want == nil {
				if len(u.Inbound) != 0 {
					t.Errorf("Receive() = %+v, want nothing", u.Inbound)
				}
				return
			}
			if len(u.Inbound) != 1 {
				t.Fatalf("Receive() = %+v, want one Inbound", u.Inbound)
			}
			in := u.Inbound[0]
			if in.Kind != channels.Moved || in.Key == "" || !slices.Equal(in.Addresses, tt.want) || in.Contact.ID != tt.contact {
				t.Errorf("Receive() = %+v, want %q moved, contact %q", in, tt.want, tt.contact)
			}
		})
	}
}

func TestOddElementsCostNobodyElse(t *testing.T) {
	var log bytes.Buffer
	a := open(t, config(""), slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	body := value(`"messages":[7,{"id":"wamid.nobody","type":"text","text":{"body":"lost words"}},` +
		`{"from":"491700000001","type":"text","text":{"body":"no id"}},` +
		`{"from":"491700000001","id":"wamid.g","group_id":"G1","type":"text","text":{"body":"in a group"}},` +
		`{"from":"491700000001","id":"wamid.1","type":"text","text":{"body":"private words"}}],` +
		`"statuses":["x",{"status":"read"},{"id":"wamid.2","status":"warmed"},{"id":"wamid.3","status":"played","recipient_id":"G1"}],` +
		`"errors":["x",{"code":130429,"title":"491700000001"}]`)
	u, err := a.Receive(signed(body))
	if err != nil || len(u.Inbound) != 4 {
		t.Fatalf("Receive() = %+v, %v, want four Inbound", u, err)
	}
	noID, group, text, played := u.Inbound[0], u.Inbound[1], u.Inbound[2], u.Inbound[3]
	if again, err := a.Receive(signed(body)); err != nil || again.Inbound[0].Key != noID.Key || noID.Key == "" || noID.Content.Text != "no id" {
		t.Errorf("message without id = %+v, %v, want the same key twice", noID, err)
	}
	if group.Kind != channels.Elsewhere || !slices.Equal(group.Addresses, []string{"group:G1"}) || !group.Content.Empty() {
		t.Errorf("message in a group = %+v, want Elsewhere", group)
	}
	if text.Content.Text != "private words" {
		t.Errorf("message = %+v, want its text", text)
	}
	if played.Delivery != models.Read || played.Key != "status:played:wamid.3" || !slices.Equal(played.Addresses, []string{"group:G1"}) {
		t.Errorf("played = %+v, want Read", played)
	}
	if got := log.String(); !strings.Contains(got, "130429") || !strings.Contains(got, "WARN") {
		t.Errorf("log = %s, want the code of the value's error", got)
	}
	for _, word := range []string{"words", "491700000001", "in a group", "no id"} {
		if strings.Contains(log.String(), word) {
			t.Errorf("log has %q: %s", word, log.String())
		}
	}
}

func TestIgnoredCallsAreLogged(t *testing.T) {
	for _, tt := range []struct{ body, want string }{
		{`{"object":"page","entry":[{"changes":[{"field":"messages","value":{"messages":[{"from":"1","id":"w","type":"text","text":{"body":"x"}}]}}]}]}`, "page"},
		{`{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"smb_message_echoes","value":7}]}]}`, "smb_message_echoes"},
		{`{"object":"whatsapp_business_account","entry":[]}`, ""},
		{`{}`, ""},
	} {
		var log bytes.Buffer
		u, err := open(t, config(""), slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))).Receive(signed([]byte(tt.body)))
		if err != nil || len(u.Inbound) != 0 || u.Response.Status != 0 {
			t.Errorf("Receive(%s) = %+v, %v, want nothing", tt.body, u, err)
		}
		if !strings.Contains(log.String(), tt.want) || strings.Contains(log.String(), "WARN") {
			t.Errorf("log of %s = %s, want %q below Warn", tt.body, log.String(), tt.want)
		}
	}
}

func TestDuplicatesHaveEqualKeys(t *testing.T) {
	a := open(t, config(""), quiet())
	first, err := a.Receive(signed(sample(t, "01_text.json")))
	if err != nil {
		t.Fatal(err)
	}
	second, err := a.Receive(signed(sample(t, "23_duplicate_of_01.json")))
	if err != nil || !reflect.DeepEqual(first, second) || first.Inbound[0].Key == "" {
		t.Errorf("Receive() = %+v, then %+v, %v, want equal values", first, second, err)
	}
	keys := map[string]bool{}
	for name, want := range webhooks() {
		for _, in := range want {
			if name == "23_duplicate_of_01.json" || name == "signed_body.min.json" || name == "24_two_entries_mixed.json" {
				continue // these tell of what other samples tell of
			}
			if keys[in.Key] {
				t.Errorf("%s: key %q is another event's too", name, in.Key)
			}
			keys[in.Key] = true
		}
	}
}

func TestTimesOutOfRange(t *testing.T) {
	a := open(t, config(""), quiet())
	for _, stamp := range []string{`"x"`, `""`, `null`, `-1`, `"99999999999999999999"`, `999999999999999`, `[]`} {
		u, err := a.Receive(signed(messages(`{"from":"1","id":"w","timestamp":` + stamp + `,"type":"text","text":{"body":"hi"}}`)))
		if err != nil || len(u.Inbound) != 1 || u.Inbound[0].At != (time.Time{}) || u.Inbound[0].Content.Text != "hi" {
			t.Errorf("Receive(timestamp %s) = %+v, %v, want the text without a time", stamp, u, err)
		}
	}
}
