package telegramtest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"patchbay/channels/telegram/telegramtest"
)

// reply is an answer of the Bot API.
type reply struct {
	Status      int             `json:"-"`
	Wait        string          `json:"-"` // Retry-After
	OK          bool            `json:"ok"`
	Result      json.RawMessage `json:"result"`
	Code        int             `json:"error_code"`
	Description string          `json:"description"`
	Parameters  struct {
		RetryAfter int `json:"retry_after"`
	} `json:"parameters"`
}

// form makes parameters of pairs.
func form(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

// call calls a method with a form.
func call(t *testing.T, s *telegramtest.Server, method string, pairs ...string) reply {
	t.Helper()
	return post(t, s.URL()+"/bot"+s.Token()+"/"+method, "application/x-www-form-urlencoded", form(pairs...).Encode())
}

func post(t *testing.T, address, kind, body string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	r := reply{Status: resp.StatusCode, Wait: resp.Header.Get("Retry-After")}
	if err := json.NewDecoder(resp.Body).Decode(&r); err != nil {
		t.Fatal(err)
	}
	return r
}

// clock is a clock that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func start(t *testing.T, c telegramtest.Config) *telegramtest.Server {
	t.Helper()
	s, err := telegramtest.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		if err := s.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	})
	return s
}

// loose is a stand-in without rates.
func loose() telegramtest.Config {
	return telegramtest.Config{Rate: -1, ChatRate: -1, Redeliver: time.Millisecond}
}

// write has the person write, and gives the message's id.
func write(t *testing.T, u *telegramtest.User, text string) int {
	t.Helper()
	id, err := u.Write(t.Context(), text)
	if err != nil {
		t.Fatalf("Write(%q) = %v", text, err)
	}
	return id
}

func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// Ensure calls are refused as the platform refuses them.
func TestRefusals(t *testing.T) {
	s := start(t, loose())
	ann := s.User(5, "Ann", "en")
	first := strconv.Itoa(write(t, ann, "hello"))
	s.User(6, "Silent", "")
	angry := s.User(7, "Angry", "")
	write(t, angry, "hello")
	if err := angry.Block(t.Context()); err != nil {
		t.Fatal(err)
	}
	group := s.Group(-8, "Club")
	if err := group.Kick(t.Context(), ann); err != nil {
		t.Fatal(err)
	}
	sent := call(t, s, "sendMessage", "chat_id", "5", "text", "same")
	var m struct {
		ID int `json:"message_id"`
	}
	if err := json.Unmarshal(sent.Result, &m); err != nil || !sent.OK {
		t.Fatalf("sendMessage = %+v", sent)
	}
	same := strconv.Itoa(m.ID)
	button := func(text, data string) string {
		raw, _ := json.Marshal(map[string]any{"inline_keyboard": [][]map[string]string{{{"text": text, "callback_data": data}}}})
		return string(raw)
	}
	tests := []struct {
		method, params string
		code           int // 0 is taken
		description    string
	}{
		{"SENDMESSAGE", "chat_id=5&text=hi", 0, ""},
		{"noSuchMethod", "", 404, "method not found"},
		{"sendMessage", "text=hi", 400, "chat_id is empty"},
		{"sendMessage", "chat_id=99&text=hi", 400, "chat not found"},
		{"sendMessage", "chat_id=6&text=hi", 403, "can't initiate conversation"},
		{"sendMessage", "chat_id=7&text=hi", 403, "blocked by the user"},
		{"sendMessage", "chat_id=-8&text=hi", 403, "kicked from the group"},
		{"sendMessage", "chat_id=5&text=+%0A", 400, "text is empty"},
		{"sendMessage", "chat_id=5&text=%FF", 400, "UTF-8"},
		{"sendMessage", "chat_id=5&text=" + strings.Repeat("a", 4096), 0, ""},
		{"sendMessage", "chat_id=5&text=" + strings.Repeat("a", 4097), 400, "too long"},
		{"sendMessage", "chat_id=5&text=" + url.QueryEscape(strings.Repeat("😀", 2049)), 400, "too long"},
		{"sendMessage", "chat_id=5&text=hi&parse_mode=HTML", 400, "parse_mode"},
		{"sendMessage", `chat_id=5&text=hi&entities=[{"type":"bold","offset":0,"length":2}]`, 0, ""},
		{"sendMessage", `chat_id=5&text=hi&entities=[{"type":"bold","offset":1,"length":2}]`, 400, "entity beginning at UTF-16 offset 1"},
		{"sendMessage", `chat_id=5&text=` + url.QueryEscape("😀") + `&entities=[{"type":"bold","offset":1,"length":1}]`, 400, "entity beginning"},
		{"sendMessage", `chat_id=5&text=hi&entities=[{"type":"bold","offset":-1,"length":2}]`, 400, "non-negative"},
		{"sendMessage", `chat_id=5&text=hi&entities=[{"offset":0,"length":2}]`, 400, "MessageEntity"},
		{"sendMessage", `chat_id=5&text=hi&entities=x`, 400, "entities JSON"},
		{"sendMessage", "chat_id=5&text=hi&reply_markup=" + url.QueryEscape(button("yes", strings.Repeat("a", 64))), 0, ""},
		{"sendMessage", "chat_id=5&text=hi&reply_markup=" + url.QueryEscape(button("yes", strings.Repeat("a", 65))), 400, "BUTTON_DATA_INVALID"},
		{"sendMessage", "chat_id=5&text=hi&reply_markup=" + url.QueryEscape(button("", "a")), 400, "text must be non-empty"},
		{"sendMessage", "chat_id=5&text=hi&reply_markup=" + url.QueryEscape(button("yes", "")), 400, "unallowed"},
		{"sendMessage", "chat_id=5&text=hi&reply_markup=x", 400, "reply keyboard"},
		{"sendMessage", `chat_id=5&text=hi&reply_parameters={"message_id":` + first + `}`, 0, ""},
		{"sendMessage", `chat_id=5&text=hi&reply_parameters={"message_id":999}`, 400, "message to be replied not found"},
		{"sendMessage", `chat_id=5&text=hi&reply_parameters={"message_id":999,"allow_sending_without_reply":true}`, 0, ""},
		{"editMessageText", "chat_id=5&message_id=" + same + "&text=same", 400, "message is not modified"},
		{"editMessageText", "chat_id=5&message_id=" + same + "&text=other", 0, ""},
		{"editMessageText", "chat_id=5&message_id=999&text=other", 400, "message to edit not found"},
		{"editMessageText", "chat_id=5&message_id=" + first + "&text=other", 400, "can't be edited"},
		{"deleteMessage", "chat_id=5&message_id=" + same, 0, ""},
		{"deleteMessage", "chat_id=5&message_id=" + same, 400, "message to delete not found"},
		{"sendChatAction", "chat_id=5&action=typing", 0, ""},
		{"sendChatAction", "chat_id=5&action=sleeping", 400, "action"},
		{"sendChatAction", "chat_id=7&action=typing", 403, "blocked"},
		{"answerCallbackQuery", "callback_query_id=1", 400, "query is too old"},
		{"setMyCommands", `commands=[{"command":"agent","description":"x"}]`, 0, ""},
		{"setMyCommands", `commands=[{"command":"/agent","description":"x"}]`, 400, "BOT_COMMAND_INVALID"},
		{"setMyCommands", `commands=[{"command":"agent","description":""}]`, 400, "DESCRIPTION"},
		{"setMyCommands", `commands=[]&language_code=english`, 400, "language code"},
		{"getFile", "file_id=x", 400, "wrong file_id"},
		{"setWebhook", "url=ftp://x", 400, "bad webhook"},
		{"setWebhook", "url=http://x&secret_token=a+b", 400, "unallowed characters"},
	}
	for _, test := range tests {
		r := post(t, s.URL()+"/bot"+s.Token()+"/"+test.method, "application/x-www-form-urlencoded", test.params)
		switch {
		case test.code == 0 && (!r.OK || r.Status != 200):
			t.Errorf("%s %.80s = %+v, want ok", test.method, test.params, r)
		case test.code != 0 && (r.OK || r.Status != test.code || r.Code != test.code || !strings.Contains(r.Description, test.description)):
			t.Errorf("%s %.80s = %+v, want %d %q", test.method, test.params, r, test.code, test.description)
		}
	}
	if r := post(t, s.URL()+"/bot123:abc/getMe", "", ""); r.Status != 401 || r.Description != "Unauthorized" {
		t.Errorf("wrong token = %+v", r)
	}
	if r := post(t, s.URL()+"/elsewhere", "", ""); r.Status != 404 {
		t.Errorf("wrong path = %+v", r)
	}
}

// Ensure arguments are read in every form that the platform takes.
func TestEncodings(t *testing.T) {
	s := start(t, loose())
	u := s.User(5, "Ann", "")
	write(t, u, "/start")
	address := s.URL() + "/bot" + s.Token() + "/sendMessage"
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for key, value := range map[string]string{"chat_id": "5", "text": "multipart"} {
		if err := m.WriteField(key, value); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	post(t, address, "application/json", `{"chat_id":5,"text":"json","entities":[{"type":"bold","offset":0,"length":4}],"reply_markup":null}`)
	post(t, address, "application/x-www-form-urlencoded", "chat_id=5&text=form")
	post(t, address, m.FormDataContentType(), b.String())
	post(t, address+"?chat_id=5&text=query", "", "")
	if got, want := u.Read(), []string{"json", "form", "multipart", "query"}; !slices.Equal(got, want) {
		t.Errorf("Read = %q, want %q", got, want)
	}
	if got := u.Seen()[1].Bold(); got != "json" {
		t.Errorf("Bold = %q, want json", got)
	}
	if r := post(t, address, "application/json", "{"); r.Status != 400 {
		t.Errorf("broken JSON = %+v", r)
	}
}

// Ensure the rates hold, one a chat and one for the bot, and that a call that is refused does not count.
func TestRates(t *testing.T) {
	c := newClock()
	s := start(t, telegramtest.Config{Now: c.Now})
	for id := range int64(10) {
		write(t, s.User(id+1, "Ann", ""), "/start")
	}
	send := func(chat int) reply { return call(t, s, "sendMessage", "chat_id", strconv.Itoa(chat), "text", "hi") }
	for range 5 {
		if r := send(1); !r.OK {
			t.Fatalf("send in a burst = %+v", r)
		}
	}
	for range 3 {
		if r := send(1); r.Status != 429 || r.Parameters.RetryAfter != 1 || r.Wait != "1" || r.Description != "Too Many Requests: retry after 1" {
			t.Fatalf("send beyond a burst = %+v, want 429", r)
		}
	}
	c.Add(time.Second)
	if r := send(1); !r.OK {
		t.Errorf("send a second later = %+v", r)
	}
	c.Add(time.Minute)
	for i := range 30 {
		if r := send(i%10 + 1); !r.OK {
			t.Fatalf("send %d over all chats = %+v", i, r)
		}
	}
	if r := send(1); r.Status != 429 {
		t.Errorf("the 31st send in a second = %+v, want 429", r)
	}
	if r := call(t, s, "sendChatAction", "chat_id", "1", "action", "typing"); !r.OK {
		t.Errorf("sendChatAction = %+v, want ok: only messages count", r)
	}
}
