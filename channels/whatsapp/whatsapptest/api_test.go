package whatsapptest_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"patchbay/channels/whatsapp/whatsapptest"
)

func TestAccess(t *testing.T) {
	s := start(t, whatsapptest.Options{})
	message := `{"messaging_product":"whatsapp","to":"1","type":"text","text":{"body":"hi"}}`
	tests := []struct {
		name, path, token     string
		status, code, subcode int
	}{
		{"no token", "/v25.0/440000000000002/messages", "", 401, 190, 0},
		{"another token", "/v25.0/440000000000002/messages", "Bearer EAAother", 401, 190, 0},
		{"not a bearer", "/v25.0/440000000000002/messages", "EAAfake", 401, 190, 0},
		{"another number", "/v25.0/999/messages", "Bearer EAAfake", 400, 100, 33},
		{"another edge", "/v25.0/440000000000002/letters", "Bearer EAAfake", 400, 100, 33},
		{"no version", "/440000000000002/messages", "Bearer EAAfake", 400, 2500, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := call(t, s, tt.path, tt.token, message)
			if got.status != tt.status || got.Error.Code != tt.code || got.Error.Subcode != tt.subcode || got.Error.Message == "" {
				t.Errorf("POST %s = %+v, want %d with %d", tt.path, got, tt.status, tt.code)
			}
		})
	}
	if n := len(s.Calls()); n != len(tests) {
		t.Errorf("Calls() = %d, want %d", n, len(tests))
	}
}

func TestOtherVersionsWorkToo(t *testing.T) {
	s := start(t, whatsapptest.Options{})
	listen(t, s)
	s.User("491700000001", "Ann").Say("hello")
	got := call(t, s, "/v23.0/440000000000002/messages", "Bearer EAAfake",
		`{"messaging_product":"whatsapp","to":"+491700000001","type":"text","text":{"body":"hi"}}`)
	if got.status != 200 {
		t.Errorf("POST to v23.0 = %+v, want 200", got)
	}
}

// replies makes n reply buttons with titles and ids of so many characters.
func replies(n, title, id int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"type":"reply","reply":{"id":"%d%s","title":"%d%s"}}`,
			i, strings.Repeat("i", id-1), i, strings.Repeat("é", title-1)))
	}
	return `"interactive":{"type":"button","body":{"text":"?"},"action":{"buttons":[` + strings.Join(list, ",") + `]}}`
}

// rows makes a list.
func rows(n, title, id int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"id":"%02d%s","title":"%02d%s"}`, i, strings.Repeat("i", id-2), i, strings.Repeat("é", title-2)))
	}
	return `"interactive":{"type":"list","body":{"text":"?"},"action":{"button":"Choose","sections":[{"rows":[` + strings.Join(list, ",") + `]}]}}`
}

func TestMessagesAreChecked(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	to := `"to":"491700000001",`
	tests := []struct {
		name, body string
		code       int // 0: taken
	}{
		{"text", to + `"type":"text","text":{"body":"hi"}`, 0},
		{"longest text", to + `"type":"text","text":{"body":"` + long(4096) + `"}`, 0},
		{"text too long", to + `"type":"text","text":{"body":"` + long(4097) + `"}`, 100},
		{"emoji too long", to + `"type":"text","text":{"body":"` + strings.Repeat("😀", 2049) + `"}`, 100},
		{"empty text", to + `"type":"text","text":{"body":" "}`, 131008},
		{"no text", to + `"type":"text"`, 131008},
		{"nobody", `"type":"text","text":{"body":"hi"}`, 131008},
		{"no number", `"to":"ann","type":"text","text":{"body":"hi"}`, 131009},
		{"to itself", `"to":"15550100200","type":"text","text":{"body":"hi"}`, 131021},
		{"type", to + `"type":"hologram"`, 131051},
		{"recipient type", to + `"recipient_type":"crowd","type":"text","text":{"body":"hi"}`, 131009},
		{"our id too long", to + `"type":"text","text":{"body":"hi"},"biz_opaque_callback_data":"` + long(513) + `"`, 131009},
		{"empty context", to + `"type":"text","text":{"body":"hi"},"context":{}`, 131009},
		{"three replies", to + `"type":"interactive",` + replies(3, 20, 256), 0},
		{"four replies", to + `"type":"interactive",` + replies(4, 5, 5), 131009},
		{"no replies", to + `"type":"interactive",` + replies(0, 5, 5), 131009},
		{"reply title", to + `"type":"interactive",` + replies(1, 21, 5), 131009},
		{"reply id", to + `"type":"interactive",` + replies(1, 5, 257), 131009},
		{"reply titles alike", to + `"type":"interactive","interactive":{"type":"button","body":{"text":"?"},"action":{"buttons":[{"type":"reply","reply":{"id":"1","title":"a"}},{"type":"reply","reply":{"id":"2","title":"a"}}]}}`, 131009},
		{"reply ids alike", to + `"type":"interactive","interactive":{"type":"button","body":{"text":"?"},"action":{"buttons":[{"type":"reply","reply":{"id":"1","title":"a"}},{"type":"reply","reply":{"id":"1","title":"b"}}]}}`, 131009},
		{"reply of another type", to + `"type":"interactive","interactive":{"type":"button","body":{"text":"?"},"action":{"buttons":[{"type":"url","reply":{"id":"1","title":"a"}}]}}`, 131009},
		{"ten rows", to + `"type":"interactive",` + rows(10, 24, 200), 0},
		{"eleven rows", to + `"type":"interactive",` + rows(11, 24, 200), 131009},
		{"row title", to + `"type":"interactive",` + rows(1, 25, 5), 131009},
		{"row id", to + `"type":"interactive",` + rows(1, 5, 201), 131009},
		{"list without button", to + `"type":"interactive",` + strings.Replace(rows(1, 5, 5), "Choose", "", 1), 131009},
		{"list without sections", to + `"type":"interactive","interactive":{"type":"list","body":{"text":"?"},"action":{"button":"x"}}`, 131009},
		{"sections without titles", to + `"type":"interactive","interactive":{"type":"list","body":{"text":"?"},"action":{"button":"x","sections":[{"rows":[]},{"rows":[]}]}}`, 131009},
		{"no body", to + `"type":"interactive","interactive":{"type":"list"}`, 131008},
		{"body too long", to + `"type":"interactive",` + strings.Replace(rows(1, 5, 5), `"?"`, `"`+long(1025)+`"`, 1), 131009},
		{"header too long", to + `"type":"interactive",` + strings.Replace(rows(1, 5, 5), `"body"`, `"header":{"text":"`+long(61)+`"},"body"`, 1), 131009},
		{"footer too long", to + `"type":"interactive",` + strings.Replace(rows(1, 5, 5), `"body"`, `"footer":{"text":"`+long(61)+`"},"body"`, 1), 131009},
		{"another interactive", to + `"type":"interactive","interactive":{"type":"flow","body":{"text":"?"}}`, 131009},
		{"no interactive", to + `"type":"interactive"`, 131008},
		{"photo", to + `"type":"image","image":{"link":"https://example.com/a.jpg","caption":"` + long(1024) + `"}`, 0},
		{"photo caption", to + `"type":"image","image":{"id":"1","caption":"` + long(1025) + `"}`, 131009},
		{"audio caption", to + `"type":"audio","audio":{"id":"1","caption":"x"}`, 100},
		{"no file", to + `"type":"document","document":{}`, 131008},
		{"reaction", to + `"type":"reaction","reaction":{"message_id":"wamid.1","emoji":""}`, 0},
		{"no reaction", to + `"type":"reaction","reaction":{"message_id":"wamid.1"}`, 131008},
		{"place", to + `"type":"location","location":{"latitude":1,"longitude":2}`, 0},
		{"no place", to + `"type":"location"`, 131008},
		{"cards", to + `"type":"contacts","contacts":[]`, 0},
		{"no cards", to + `"type":"contacts"`, 131008},
		{"template", to + sent("hello", "en", "Ann"), 0},
		{"template in another language", to + sent("hello", "de", "Ann"), 132001},
		{"unknown template", to + sent("bye", "en", "Ann"), 132001},
		{"template not approved yet", to + sent("pending", "en"), 132001},
		{"paused template", to + sent("paused", "en"), 132015},
		{"disabled template", to + sent("disabled", "en"), 132016},
		{"template without its value", to + sent("hello", "en"), 132000},
		{"template with a value too many", to + sent("hello", "en", "Ann", "Lee"), 132000},
		{"template with an empty value", to + sent("hello", "en", ""), 131008},
		{"template with a value of two lines", to + sent("hello", "en", `a\nb`), 132018},
		{"template filled with a number", to + strings.Replace(sent("hello", "en", "Ann"), `"text","text"`, `"currency","text"`, 1), 132012},
		{"template with a header's value", to + strings.Replace(sent("hello", "en", "Ann"), `"body"`, `"header"`, 1), 132012},
		{"template with a value too long", to + sent("hello", "en", long(1024)), 132005},
		{"no template", to + `"type":"template","template":{"name":"x"}`, 131008},
		{"mark of an unknown message", `"status":"read","message_id":"wamid.1"`, 131009},
		{"another mark", `"status":"delivered","message_id":"wamid.1"`, 131009},
	}
	s := start(t, whatsapptest.Options{PairBurst: 1000, Throughput: 1000})
	for name, status := range map[string]string{"hello": "", "pending": "PENDING", "paused": "PAUSED", "disabled": "DISABLED"} {
		text := "Hello."
		if status == "" {
			text = "Hello {{1}}."
		}
		s.SetTemplate(whatsapptest.Template{Name: name, Language: "en", Text: text, Status: status})
	}
	listen(t, s)
	s.User("491700000001", "Ann").Say("hello")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := post(t, s, tt.body)
			if got.Error.Code != tt.code || (tt.code == 0) != (len(got.Messages) == 1) {
				t.Errorf("POST = %+v, want %d", got, tt.code)
			}
		})
	}
	for _, body := range []string{`{"to":"1"}`, `{`, `[]`} {
		if got := call(t, s, "/v25.0/440000000000002/messages", "Bearer EAAfake", body); got.Error.Code != 100 {
			t.Errorf("POST %s = %+v, want 100", body, got)
		}
	}
}

func TestFaults(t *testing.T) {
	s := start(t, whatsapptest.Options{Statuses: []string{"sent"}})
	h := listen(t, s)
	ann, bob := s.User("491700000001", "Ann"), s.User("491700000002", "Bob")
	for _, u := range []*whatsapptest.User{ann, bob} {
		if _, err := u.Write(soon(t), "hello"); err != nil {
			t.Fatal(err)
		}
	}
	s.Fault(whatsapptest.Fault{Code: 131000, Times: 2, To: ann.Phone()})
	s.Fault(whatsapptest.Fault{Code: 131049, Later: true})
	if got := text(t, s, bob.Phone(), "x"); got.status != 200 {
		t.Errorf("message to Bob = %+v, want it taken", got) // and failed later
	}
	for range 2 {
		if got := text(t, s, ann.Phone(), "x"); got.Error.Code != 131000 || got.status != 500 {
			t.Errorf("message to Ann = %+v, want 131000", got)
		}
	}
	if got := text(t, s, ann.Phone(), "x"); got.status != 200 {
		t.Errorf("third message to Ann = %+v, want it taken", got)
	}
	if err := s.Idle(soon(t)); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(h.got(), "\n"); !strings.Contains(got, `"code":131049`) || len(bob.Seen()) != 0 || len(ann.Seen()) != 1 {
		t.Errorf("webhook had %s, want the later failure; Bob saw %v, Ann %v", got, bob.Seen(), ann.Seen())
	}
	s.Fault(whatsapptest.Fault{Code: 4, Times: -1})
	for range 3 {
		if got := text(t, s, ann.Phone(), "x"); got.Error.Code != 4 {
			t.Errorf("message = %+v, want 4 each time", got)
		}
	}
	s.ClearFaults()
	if got := text(t, s, ann.Phone(), "x"); got.status != 200 {
		t.Errorf("message after ClearFaults = %+v, want it taken", got)
	}
}

func TestManyUsersAtOnce(t *testing.T) {
	s := start(t, whatsapptest.Options{Redeliver: func(int) time.Duration { return time.Millisecond }})
	h := listen(t, s)
	h.refuse(50)
	for i := range 20 {
		u := s.User(fmt.Sprint(491700000000+i), "U")
		for n := range 10 {
			u.Say(fmt.Sprintf("word %d of %s", n, u.Phone()))
		}
	}
	if err := s.Idle(soon(t)); err != nil {
		t.Fatal(err)
	}
	last := map[string]int{}
	for _, body := range h.got() {
		_, words, _ := strings.Cut(body, `"body":"word `)
		var n int
		var who string
		if _, err := fmt.Sscanf(words, "%d of %12s", &n, &who); err != nil {
			t.Fatalf("body %s: %v", body, err)
		}
		if n != last[who] {
			t.Errorf("%s: word %d, want %d", who, n, last[who])
		}
		last[who] = n + 1
	}
	if len(last) != 20 {
		t.Errorf("%d users, want 20", len(last))
	}
}

func TestFilesAreServedToTheTokenOnly(t *testing.T) {
	s := start(t, whatsapptest.Options{})
	h := listen(t, s)
	if _, err := s.User("491700000001", "Ann").SendFile(soon(t), "document", "the bill", whatsapptest.Media{MIME: "text/plain", Name: "bill.txt", Data: []byte("17 EUR")}); err != nil {
		t.Fatal(err)
	}
	body := strings.ReplaceAll(h.got()[0], `\/`, "/")
	_, rest, _ := strings.Cut(body, `"url":"`)
	address, _, _ := strings.Cut(rest, `"`)
	if !strings.Contains(body, `"filename":"bill.txt"`) || !strings.Contains(body, `"caption":"the bill"`) {
		t.Errorf("body = %s, want name and caption", body)
	}
	for token, want := range map[string]string{"Bearer EAAfake": "200 17 EUR", "": "404 404 page not found\n"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", token)
		resp, err := client(t).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if got := fmt.Sprintf("%d %s", resp.StatusCode, data); err != nil || got != want {
			t.Errorf("GET with %q = %q, %v, want %q", token, got, err, want)
		}
	}
}

// sent is a template message with values in its body.
func sent(name, language string, values ...string) string {
	var parameters []string
	for _, v := range values {
		parameters = append(parameters, `{"type":"text","text":"`+v+`"}`)
	}
	return `"type":"template","template":{"name":"` + name + `","language":{"code":"` + language + `"},"components":[{"type":"body","parameters":[` +
		strings.Join(parameters, ",") + `]}]}`
}
