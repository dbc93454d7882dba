package telegram_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"patchbay/channels"
	"patchbay/channels/telegram/telegramtest"
)

// post calls a method of the stand-in as somebody else with the same token does.
func post(t *testing.T, s *telegramtest.Server, method string, params url.Values) {
	t.Helper()
	resp, err := http.PostForm(s.URL()+"/bot"+s.Token()+"/"+method, params)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s = %s", method, resp.Status)
	}
}

// Ensure the webhook is set in webhook mode with a public URL, and nowhere else.
func TestSetupWebhook(t *testing.T) {
	tests := []struct{ mode, endpoint, want string }{
		{"webhook", "https://chat.example.com/channels/telegram/support", "https://chat.example.com/channels/telegram/support"},
		{"webhook", "", ""},
		{"polling", "https://chat.example.com/channels/telegram/support", ""},
		{"polling", "", ""},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.mode, " ", test.endpoint), func(t *testing.T) {
			s := startFake(t)
			a := makeKit(t, s.URL(), test.mode, nil)
			if err := a.Setup(t.Context(), test.endpoint); err != nil {
				t.Fatal(err)
			}
			if got := s.Webhook(); got != test.want {
				t.Errorf("webhook = %q, want %q", got, test.want)
			}
			for _, c := range s.Calls("setWebhook") {
				if c.Params["secret_token"] != secret || !strings.Contains(c.Params["allowed_updates"], `"my_chat_member"`) {
					t.Errorf("setWebhook with %v", c.Params)
				}
			}
			if n := len(s.Calls("deleteWebhook")); n != 0 {
				t.Errorf("deleteWebhook called %d times", n)
			}
		})
	}
}

// Ensure taking over a webhook is told to the operator by host, not by path.
func TestSetupTakesOver(t *testing.T) {
	s := startFakeWith(t, telegramtest.Config{Now: clock()})
	post(t, s, "setWebhook", url.Values{"url": {"https://old.example/path-7f2c"}})
	a := makeKit(t, s.URL(), "webhook", nil)
	if err := a.Setup(t.Context(), "https://chat.example.com/t"); err != nil {
		t.Fatal(err)
	}
	if got := a.log.String(); !strings.Contains(got, "old.example") || strings.Contains(got, "7f2c") {
		t.Errorf("log = %q, want the host of the webhook before", got)
	}
}

// Ensure the commands are there in every language, beside the operator's own, and that a second time changes nothing.
func TestSetupCommands(t *testing.T) {
	s := startFake(t)
	post(t, s, "setMyCommands", url.Values{"commands": {`[{"command":"order","description":"My order"},{"command":"bot","description":"old words"}]`}})
	post(t, s, "setMyCommands", url.Values{"language_code": {"de"}, "commands": {`[{"command":"bestellung","description":"Meine Bestellung"}]`}})
	a := makeKit(t, s.URL(), "", nil)
	if err := a.Setup(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	names := func(language string) string {
		var b strings.Builder
		for _, c := range s.Commands(language) {
			b.WriteString("/" + c.Command)
		}
		return b.String()
	}
	seen := map[string]bool{}
	for _, language := range []string{"", "es", "pt", "de", "fr", "it", "hi", "ar", "tr", "id", "ru", "zh", "ja", "pl", "vi"} {
		want := "/order/bot/agent"
		if language == "de" {
			want = "/bestellung/agent/bot"
		}
		if got := names(language); got != want {
			t.Errorf("commands in %q = %s, want %s", language, got, want)
		}
		for _, c := range s.Commands(language) {
			if c.Command == "agent" {
				if seen[c.Description] || c.Description == "" {
					t.Errorf("/agent in %q is %q, which another language says too", language, c.Description)
				}
				seen[c.Description] = true
			}
		}
	}
	before := len(s.Calls("setMyCommands"))
	if err := a.Setup(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if n := len(s.Calls("setMyCommands")) - before; n != 0 {
		t.Errorf("the second Setup set commands %d times, want none", n)
	}
}

// Ensure a failure has its kind and says what was being done.
func TestSetupFails(t *testing.T) {
	tests := []struct {
		method string
		fault  telegramtest.Fault
		want   channels.ErrorKind
		words  string
	}{
		{"getMe", telegramtest.Refuse(401, "Unauthorized"), channels.Forbidden, "look up the bot"},
		{"getMe", telegramtest.HTML(502), channels.Temporary, "look up the bot"},
		{"getWebhookInfo", telegramtest.HTML(502), channels.Temporary, "set the webhook"},
		{"setWebhook", telegramtest.Refuse(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"), channels.Forbidden, "HTTPS URL"},
		{"setWebhook", telegramtest.RateLimit(1), channels.RateLimited, "set the webhook"},
		{"getMyCommands", telegramtest.Half(), channels.Temporary, "register the commands"},
		{"setMyCommands", telegramtest.Refuse(400, "Bad Request: BOT_COMMAND_INVALID"), channels.Forbidden, "BOT_COMMAND_INVALID"},
	}
	for _, test := range tests {
		t.Run(test.method+" "+test.want.String(), func(t *testing.T) {
			s := startFake(t)
			s.Fail(test.method, 1, test.fault)
			a := makeKit(t, s.URL(), "webhook", nil)
			err := a.Setup(t.Context(), "https://chat.example.com/t")
			if err == nil || channels.KindOf(err) != test.want || !strings.Contains(err.Error(), test.words) {
				t.Errorf("Setup = %v (%v), want %v with %q", err, channels.KindOf(err), test.want, test.words)
			}
		})
	}
}

// Ensure Check changes nothing, tells whose the webhook is, and what to do.
func TestCheck(t *testing.T) {
	const ours = "https://chat.example.com/channels/telegram/support"
	tests := []struct {
		name, mode, endpoint, hook, allowed string
		fault                               bool     // at least one finding that keeps it from working
		want                                []string // in this order
	}{
		{"polling", "polling", "", "", "", false, []string{`^the bot is @acme_support_bot`, `^no webhook is set`}},
		{"polling with a webhook", "polling", "", "https://other.example/7f2c", "", true, []string{`webhook at other\.example gets.*deletewebhook.*mode = "webhook"`}},
		{"webhook not set", "webhook", ours, "", "", false, []string{`serve sets it when it starts`}},
		{"webhook without public_url", "webhook", "", "", "", true, []string{`public_url`}},
		{"webhook by hand", "webhook", "", ours, "", false, []string{`at chat\.example\.com, set by hand`}},
		{"webhook is ours", "webhook", ours, ours, "", false, []string{`^the webhook is at chat\.example\.com$`}},
		{"webhook elsewhere", "webhook", ours, "https://other.example/7f2c", "", false, []string{`at other\.example, not at chat\.example\.com`}},
		{"webhook on another path", "webhook", ours, "https://chat.example.com/7f2c", "", false, []string{`another path of chat\.example\.com`}},
		{"kinds left out", "webhook", ours, ours, `["message","my_chat_member"]`, false, []string{`does not get edited_message, callback_query`}},
		{"http", "webhook", "http://chat.example.com/x", "", "", false, []string{`https only`}},
		{"port", "webhook", "https://chat.example.com:9443/x", "", "", false, []string{`not 9443`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := startFake(t)
			if test.hook != "" {
				params := url.Values{"url": {test.hook}}
				if test.allowed != "" {
					params.Set("allowed_updates", test.allowed)
				}
				post(t, s, "setWebhook", params)
			}
			before := len(s.Calls("setWebhook"))
			a := makeKit(t, s.URL(), test.mode, nil)
			findings := a.Check(t.Context(), test.endpoint)
			var lines []string
			fault := false
			for _, f := range findings {
				fault = fault || !f.OK && !f.Warning
				lines = append(lines, f.Text)
			}
			all := strings.Join(lines, "\n")
			if fault != test.fault {
				t.Errorf("Check = %+v, want a fault: %v", findings, test.fault)
			}
			for _, want := range test.want {
				if !regexp.MustCompile("(?m)" + want).MatchString(all) {
					t.Errorf("Check =\n%s\nwant %s", all, want)
				}
			}
			if strings.Contains(all, "7f2c") || strings.Contains(all, token()) {
				t.Errorf("Check =\n%s\nwhich tells too much", all)
			}
			if len(s.Calls("setWebhook")) != before || len(s.Calls("deleteWebhook")) != 0 || len(s.Calls("setMyCommands")) != 0 {
				t.Error("Check changed something")
			}
		})
	}
}

// Ensure Check tells of calls that failed and of what waits.
func TestCheckTrouble(t *testing.T) {
	door := answering(t, http.StatusNotFound, "")
	s := startFake(t)
	post(t, s, "setWebhook", url.Values{"url": {door.URL}})
	if _, err := s.User(5, "Ann", "").Write(t.Context(), "hello"); err != nil {
		t.Fatal(err)
	}
	a := makeKit(t, s.URL(), "webhook", nil)
	matches := func() bool {
		var all strings.Builder
		for _, f := range a.Check(t.Context(), "") {
			all.WriteString(f.Text + "\n")
		}
		return regexp.MustCompile(`last failed call was at .* UTC: Wrong response from the webhook: 404 Not Found`).MatchString(all.String()) &&
			strings.Contains(all.String(), "wait at Telegram: 1;")
	}
	if err := s.Wait(short(t), matches); err != nil {
		t.Errorf("Check = %+v", a.Check(t.Context(), ""))
	}
}

// Ensure a server that cannot be reached and a token that is refused are told apart.
func TestCheckUnanswered(t *testing.T) {
	for words, url := range map[string]string{
		"reachable":  "http://127.0.0.1:1",
		"@BotFather": answering(t, 401, `{"ok":false,"error_code":401,"description":"Unauthorized"}`).URL,
	} {
		findings := makeKit(t, url, "", nil).Check(t.Context(), "")
		if len(findings) != 1 || findings[0].OK || findings[0].Warning || !strings.Contains(findings[0].Text, words) {
			t.Errorf("Check(%s) = %+v, want one fault with %q", url, findings, words)
		}
	}
}
