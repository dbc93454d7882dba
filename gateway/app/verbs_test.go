package app_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"patchbay/channels/telegram/telegramtest"
	"patchbay/channels/webhook/webhooktest"
	"patchbay/channels/whatsapp/whatsapptest"
	"patchbay/gateway/app"
	"patchbay/gateway/bots/botstest"
	"patchbay/gateway/sandbox"
	"patchbay/gateway/standard"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models/store/storetest/loopback"
)

// slowBot is a bot that does not answer while a test lasts.
var slowBot = botstest.Rule{Fault: botstest.Hang}

func itoa(n int) string { return strconv.Itoa(n) }

// freeListener returns an address that is taken until the end of the test.
func freeListener(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ok(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}

// Ensure that a wrong call ends with 2, says what is wrong, and prints nothing on stdout.
func TestUsage(t *testing.T) {
	tests := []struct {
		args []string
		want string
	}{
		{nil, "say what to do: backup, bench, check, copy, demo, eval, manifest, send, serve"},
		{[]string{"sreve"}, `unknown command "sreve"`},
		{[]string{"--verbose"}, "unknown flag: --verbose"},
		{[]string{"serve", "--confg", "x"}, "unknown flag: --confg"},
		{[]string{"serve", "config.toml"}, `"config.toml"`},
		{[]string{"serve", "--config"}, "flag needs an argument: --config"},
		{[]string{"check", "--online=maybe"}, "invalid argument"},
		{[]string{"eval"}, "eval takes requests or breaks, and a file"},
		{[]string{"eval", "requests"}, "eval takes requests or breaks, and a file"},
		{[]string{"eval", "handovers", "x.tsv"}, "eval takes requests or breaks, and a file"},
		{[]string{"send", "webhook/shop"}, "accepts 2 arg(s)"},
		{[]string{"send", "webhook/shop", "x", "--wait", "5"}, "invalid argument"},
		{[]string{"manifest", "slack"}, `"slack"`},
		{[]string{"demo", "--keep", "3"}, `"3"`},
		{[]string{"backup"}, "accepts 1 arg(s)"},
		{[]string{"copy", "--from", "sqlite://x"}, "copy takes --from and --to"},
	}
	for _, test := range tests {
		code, out, errs := run(t, test.args...)
		if code != 2 || out != "" || !strings.Contains(errs, test.want) || !strings.Contains(errs, "--help") {
			t.Errorf("patchbay %q = %d, %q, %q; want 2, %q and a word about --help", test.args, code, out, errs, test.want)
		}
	}
}

// Ensure that every verb explains itself, with examples that work as they stand.
func TestHelp(t *testing.T) {
	code, out, errs := run(t, "--help")
	if code != 0 || errs != "" {
		t.Errorf("patchbay --help = %d, %q; want 0", code, errs)
	}
	for _, verb := range []string{"serve", "check", "demo", "eval", "send", "manifest", "backup", "copy", "bench"} {
		if !strings.Contains(out, "\n  "+verb+" ") {
			t.Errorf("patchbay --help does not name %s:\n%s", verb, out)
		}
		code, help, errs := run(t, verb, "--help")
		_, examples, found := strings.Cut(help, "Examples:\n")
		if code != 0 || errs != "" || !found || !strings.Contains(examples, "patchbay "+verb) {
			t.Errorf("patchbay %s --help = %d, %q, %q; want examples", verb, code, help, errs)
		}
		for line := range strings.SplitSeq(help, "\n") {
			if len([]rune(line)) > 120 {
				t.Errorf("patchbay %s --help has a line of %d characters: %s", verb, len([]rune(line)), line)
			}
		}
	}
}

// Ensure that check prints every fault and warning on stdout, and ends with 1 for a fault only.
// Ensure that check says where a promise can come too late for the platform, and only there.
func TestCheckPromises(t *testing.T) {
	const whatsapp = `
[channels.whatsapp.main]
phone_number_id = "106540352242922"
access_token = "EAA-hush-3"
app_secret = "0123456789abcdef0123456789abcdef"
verify_token = "hush-4"
`
	const week = `
[slack.hours]
timezone = "UTC"
mon = "09:00-18:00"
tue = "09:00-18:00"
wed = "09:00-18:00"
thu = "09:00-18:00"
fri = "09:00-18:00"
sat = "%s"
sun = "%s"
`
	const template = "[[channels.whatsapp.main.templates]]\nname = \"ready\"\nlanguage = \"en\"\ntext = \"It is here.\"\n"
	const lacks = `channels.whatsapp.main.templates: none is for = "promise": the ladder of slack promises answers`
	nights := fmt.Sprintf(week, "10:00-12:00", "10:00-12:00")
	tests := []struct{ name, text, want, template string }{
		{"no hours", "", "slack.hours: not set: whatsapp/main takes free words for 24 h after", lacks},
		{"closed on weekends", fmt.Sprintf(week, "", ""), "slack.hours: closed for 63 h at a time: whatsapp/main takes free words for 24 h after", lacks},
		{"closed at night", nights, "", lacks},
		{"another template", nights + template, "", lacks},
		{"closed at night, a template", nights + template + "for = \"promise\"\n", "", ""},
		{"closed on weekends, a template", fmt.Sprintf(week, "", "") + template + "for = \"promise\"\n", "", ""},
		{"no hours, a template", template + "for = \"promise\"\n", "slack.hours: not set: whatsapp/main takes free words for 24 h after", ""},
		{"no promise", "[[slack.ladder]]\nafter = \"5m\"\ndo = \"remind\"\n", "", ""},
	}
	for _, tt := range tests {
		text := "[server]\npublic_url = \"https://chat.example.com\"\n" + rest + whatsapp + oneChannel + tt.text
		file := write(t, map[string]string{"config.toml": text})
		code, out, _ := run(t, "check", "--config", file)
		if code != 0 || !strings.Contains(out, "ok       ") || strings.Contains(out, "free words") != (tt.want != "") || !strings.Contains(out, tt.want) {
			t.Errorf("%s: check = %d, %q; want %q", tt.name, code, out, tt.want)
		}
		if strings.Contains(out, "none is for") != (tt.template != "") || !strings.Contains(out, tt.template) {
			t.Errorf("%s: check says %q; want %q", tt.name, out, tt.template)
		}
		if strings.Contains(out, hush) {
			t.Errorf("%s: check tells a secret: %q", tt.name, out)
		}
	}
}

func TestCheck(t *testing.T) {
	tests := []struct {
		name, text string
		code       int
		want       string
	}{
		{"right", rest + oneChannel, 0, "ok       config.toml: 1 channel on, 0 channels off, 1 bot, 1 desk\n"},
		{
			"warnings", "[server]\npublic_url = \"http://example.com\"\n" + rest + oneChannel + "enabled = false\n", 0,
			"warning  config.toml:2: server.public_url: is not https: no platform calls it\n" +
				"ok       config.toml: 0 channels on, 1 channel off, 1 bot, 1 desk\n",
		},
		{
			"faults", "[server]\npublic_url = \"http://example.com\"\nlisen = \"\"\n" + rest + oneChannel + "bot = \"b\"\n", 1,
			"fault    config.toml:3: server.lisen: unknown key; did you mean listen?\n" +
				"fault    config.toml:15: channels.telegram.support.bot: there is no [bots.b]\n" +
				"warning  config.toml:2: server.public_url: is not https: no platform calls it\n",
		},
		{"broken", "[server\n", 1, "fault    config.toml:1: expected ']' to close table name\n"},
	}
	for _, test := range tests {
		file := write(t, map[string]string{"config.toml": test.text})
		code, out, errs := run(t, "check", "--config", file)
		if got := strings.ReplaceAll(out, filepath.Dir(file)+"/", ""); code != test.code || got != test.want || errs != "" {
			t.Errorf("%s: check = %d, %q, %q; want %d and\n%s", test.name, code, got, errs, test.code, test.want)
		}
	}
	code, out, _ := run(t, "check", "--config", filepath.Join(t.TempDir(), "none.toml"))
	if code != 1 || !strings.Contains(out, "none.toml: no such file or directory\n") {
		t.Errorf("check of no file = %d, %q; want 1", code, out)
	}
}

// Ensure that check --online asks everybody and says in words what is wrong, with each thing broken in turn.
func TestCheckOnline(t *testing.T) {
	tests := []struct {
		name string
		o    sandbox.Options
		do   func(l *live)
		edit []string // of the config
		code int
		want []string
	}{
		{
			"all is well", sandbox.Options{}, func(*live) {}, nil, 0,
			[]string{
				"ok       telegram/support: the bot is @acme_support_bot", "ok       telegram/support: no webhook is set",
				"ok       whatsapp/main: ", "ok       webhook/shop: somebody answers at send_url", "ok       slack: auth.test: ",
				"ok       slack: scopes: all that are needed", "ok       slack: #support", "ok       slack: apps.connections.open: Socket Mode works",
				"ok       bot: the bot answers",
			},
		},
		{
			"Telegram refuses the token", sandbox.Options{}, func(l *live) { l.Telegram.Fail("getMe", 1, telegramtest.Refuse(401, "Unauthorized")) }, nil, 1,
			[]string{"fault    telegram/support: ", "token"},
		},
		{
			"another webhook", sandbox.Options{}, func(l *live) {
				l.Telegram.Fail("getWebhookInfo", -1, telegramtest.Raw(200, `{"ok":true,"result":{"url":"https://other.example.com/x?hush","has_custom_certificate":false,"pending_update_count":3}}`))
			}, nil, 1,
			[]string{"fault    telegram/support: a webhook at other.example.com gets this bot's messages: delete it"},
		},
		{
			"no public_url for webhooks", sandbox.Options{Webhooks: true}, func(*live) {}, []string{"public_url = ", "# public_url = "}, 1,
			[]string{"fault    whatsapp/main: [server] public_url is not set", "ok       telegram/support: the webhook is at ", "set by hand"},
		},
		{
			"WhatsApp's token expired", sandbox.Options{}, func(l *live) {
				l.WhatsApp.SetToken(whatsapptest.Token{Invalid: true})
			}, nil, 1,
			[]string{"fault    whatsapp/main: "},
		},
		{"not subscribed", sandbox.Options{}, func(l *live) { l.WhatsApp.Unsubscribe() }, nil, 1, []string{"fault    whatsapp/main: ", "subscribe"}},
		{"the shop is down", sandbox.Options{}, func(*live) {}, []string{"/messages", "/messages-elsewhere"}, 0, []string{"warning  webhook/shop: send_url answers 404"}},
		{"Slack refuses the token", sandbox.Options{}, func(*live) {}, []string{slacktest.BotToken, "xoxb-another"}, 1, []string{"fault    slack: ", "invalid_auth"}},
		{"a scope is missing", sandbox.Options{}, func(l *live) { l.Slack.SetScopes("chat:write", "users:read") }, nil, 1, []string{"fault    slack: scope channels:history is missing: "}},
		{"scopes are unknown", sandbox.Options{}, func(l *live) { l.Slack.HideScopes() }, nil, 0, []string{"warning  slack: scopes: "}},
		{"no such Slack channel", sandbox.Options{}, func(*live) {}, []string{slacktest.Support, "C0000000000"}, 1, []string{"fault    slack: channel C0000000000: "}},
		{
			"not in the Slack channel of one channel", sandbox.Options{}, func(l *live) {
				l.Slack.AddChannel(slacktest.Channel{ID: "C0BILLING00", Name: "billing", Outside: true})
			}, []string{"[channels.webhook.shop]", "[channels.webhook.shop]\nslack_channel = \"C0BILLING00\""}, 1,
			[]string{"fault    slack: #billing (C0BILLING00): the app is not in it: write /invite @"},
		},
		{
			"not in the channel of a team", sandbox.Options{}, func(l *live) {
				l.Slack.AddChannel(slacktest.Channel{ID: "C0BILLING00", Name: "billing", Outside: true})
			}, []string{"[slack]", "[slack]\nteams = { billing = \"C0BILLING00\" }"}, 1,
			[]string{"fault    slack: #billing (C0BILLING00): the app is not in it: write /invite @"},
		},
		{"the bot is down", sandbox.Options{}, func(l *live) { l.Bot.Stop() }, nil, 1, []string{"fault    bot: "}},
		{
			"what is off is not asked", sandbox.Options{}, func(l *live) { l.Telegram.Fail("", -1, telegramtest.Refuse(401, "Unauthorized")) },
			[]string{"[channels.telegram.support]", "[channels.telegram.support]\nenabled = false"}, 0, []string{"2 channels on, 1 channel off"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := serve(t, test.o)
			ok(t, l.Connect(within(t), l.public))
			ok(t, l.Telegram.Wait(within(t), func() bool { return len(l.Telegram.Calls("setMyCommands")) > 0 })) // set up
			test.do(l)
			file := filepath.Join(filepath.Dir(l.file), "check.toml")
			ok(t, os.WriteFile(file, []byte(strings.NewReplacer(test.edit...).Replace(l.text)), 0o600))
			code, out, errs := run(t, "check", "--online", "--config", file)
			if code != test.code {
				t.Errorf("check --online = %d, want %d:\n%s%s", code, test.code, out, errs)
			}
			for _, want := range test.want {
				if !strings.Contains(out, want) {
					t.Errorf("check --online does not say %q:\n%s", want, out)
				}
			}
			for _, secret := range []string{slacktest.BotToken, slacktest.AppToken, l.Telegram.Token(), l.Shop.Secret(), l.WhatsApp.Options().AccessToken, "xoxb-another", hush} {
				if strings.Contains(out+errs, secret) {
					t.Errorf("check --online prints the secret %s:\n%s%s", secret, out, errs)
				}
			}
		})
	}
}

// Ensure that eval measures, prints a line a language and one for all, and names what is wrong with a table.
func TestEval(t *testing.T) {
	file := filepath.Join(t.TempDir(), "texts.tsv")
	ok(t, os.WriteFile(file, []byte("label\tlang\tsource\ttext\n"+
		"1\ten\tmade\tI want to talk to a person\n0\ten\tmade\tWhere is my order?\n1\tde\tmade\tIch möchte mit einem Menschen sprechen\n"+
		"0\tde\tmade\tI want to talk to an agent please\na\ten\tmade\tagent?\n"), 0o600))
	code, out, errs := run(t, "eval", "requests", file)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != 0 || errs != "" || len(lines) != 3 || !strings.HasPrefix(lines[0], "de ") || !strings.HasPrefix(lines[1], "en ") || lines[2] != "all precision=0.667 recall=1.000 n=4" {
		t.Errorf("eval requests = %d, %q, %q", code, out, errs)
	}
	if _, out, _ := run(t, "eval", "requests", file, "--misses"); !strings.Contains(out, "I want to talk to an agent please") || strings.Contains(out, "Menschen") {
		t.Errorf("eval --misses = %q, want the one that was judged wrongly", out)
	}
	ok(t, os.WriteFile(file, []byte("label\tlang\tsource\ttext\n1\ten\tmade\tSorry, I didn't understand that.\n0\ten\tmade\tWe open at nine.\n"), 0o600))
	if code, out, _ := run(t, "eval", "breaks", file); code != 0 || !strings.HasSuffix(out, "all precision=1.000 recall=1.000 n=2\n") {
		t.Errorf("eval breaks = %d, %q", code, out)
	}
	for name, content := range map[string]string{"no header": "1\ten\tx\ty\n", "columns": "label\tlang\tsource\ttext\n1\ten\n", "label": "label\tlang\tsource\ttext\nyes\ten\tx\ty\n"} {
		ok(t, os.WriteFile(file, []byte(content), 0o600))
		if code, out, errs := run(t, "eval", "requests", file); code != 1 || out != "" || !strings.Contains(errs, "texts.tsv: ") {
			t.Errorf("%s: eval = %d, %q, %q; want 1 and the file", name, code, out, errs)
		}
	}
	if code, _, errs := run(t, "eval", "requests", filepath.Join(t.TempDir(), "none.tsv")); code != 1 || !strings.Contains(errs, "none.tsv: no such file or directory") {
		t.Errorf("eval of no file = %d, %q", code, errs)
	}
}

// Ensure that a manifest can be had before there are tokens, for each way and each desk.
func TestManifest(t *testing.T) {
	const base = "[slack]\nbot_token = \"env:APP_TEST_UNSET\"\nchannel = \"C0123456789\"\n"
	tests := []struct {
		name, text string
		args       []string
		want, not  []string
	}{
		{"Socket Mode", base + "app_token = \"env:APP_TEST_UNSET\"\n", nil, []string{"socket_mode_enabled: true", "chat:write # "}, []string{"request_url"}},
		{"HTTP", "[server]\npublic_url = \"https://chat.example.com\"\n" + base, nil, []string{"socket_mode_enabled: false", `"https://chat.example.com/slack/events"`}, nil},
		{"the default by its name", "[server]\npublic_url = \"https://chat.example.com\"\n" + base, []string{"--desk", "slack"}, []string{`"https://chat.example.com/slack/events"`}, nil},
		{
			"another desk", "[server]\npublic_url = \"https://chat.example.com\"\n" + base + "[desks.billing]\nchannel = \"C0123456780\"\n", []string{"--desk", "billing"},
			[]string{`"https://chat.example.com/slack/billing/events"`, `"Patchbay billing"`}, nil,
		},
	}
	for _, test := range tests {
		file := write(t, map[string]string{"config.toml": test.text})
		code, out, errs := run(t, append([]string{"manifest", "--config", file}, test.args...)...)
		if code != 0 || errs != "" {
			t.Errorf("%s: manifest = %d, %q; want 0", test.name, code, errs)
		}
		for _, want := range test.want {
			if !strings.Contains(out, want) {
				t.Errorf("%s: the manifest lacks %q:\n%s", test.name, want, out)
			}
		}
		for _, not := range append(test.not, "unresolved") {
			if strings.Contains(out, not) {
				t.Errorf("%s: the manifest has %q:\n%s", test.name, not, out)
			}
		}
	}
	file := write(t, map[string]string{"config.toml": base})
	if code, _, errs := run(t, "manifest", "--config", file, "--desk", "sales"); code != 1 || !strings.Contains(errs, "there is no [desks.sales]") {
		t.Errorf("manifest of no desk = %d, %q", code, errs)
	}
	file = write(t, map[string]string{"config.toml": oneChannel})
	if code, _, errs := run(t, "manifest", "--config", file); code != 1 || !strings.Contains(errs, "there is no [slack]") {
		t.Errorf("manifest without a desk = %d, %q", code, errs)
	}
	file = write(t, map[string]string{"config.toml": base + "chanel = 1\n"})
	if code, _, errs := run(t, "manifest", "--config", file); code != 1 || !strings.Contains(errs, "config.toml:4: slack.chanel: unknown key") {
		t.Errorf("manifest of a config with a fault = %d, %q", code, errs)
	}
}

// Ensure that send plays a customer and shows what comes back.
func TestSend(t *testing.T) {
	t.Parallel()
	l := enter(t, sandbox.Options{})
	l.text = strings.Replace(l.text, l.Shop.URL(), "http://"+loopback.Address(t)+"/messages", 1)
	l.write(t, l.text)
	l.start(t)
	code, out, errs := run(t, "send", "webhook/shop", "hello", "--config", l.file, "--wait", "3s", "--chat", "anna", "--at", strings.TrimPrefix(l.public, "http://"))
	if code != 0 || out != "anna: hello\nbot: You wrote: hello\n" || errs != "" {
		t.Errorf("send = %d, %q, %q", code, out, errs)
	}
	code, out, errs = run(t, "send", "webhook/shop", "I want a person", "--config", l.file, "--wait", "3s", "--chat", "anna")
	if code != 0 || !strings.Contains(out, "\nsystem: I'm getting a colleague for you. Keep writing here, they see everything. [Back to the bot]\n") {
		t.Errorf("send = %d, %q, %q", code, out, errs)
	}
	threads := must[[]slacktest.Thread](t)(l.Slack.WaitThreads(within(t), slacktest.Support, 1))
	sent := make(chan string, 1)
	go func() {
		var b strings.Builder
		app.Run(within(t), []string{"send", "webhook/shop", "are you there?", "--config", l.file, "--wait", "6s", "--chat", "anna"}, standard.Kit(), &b, &b)
		sent <- b.String()
	}()
	must[slacktest.Post](t)(l.Slack.WaitPost(within(t), threads[0].ID, "are you there?"))
	must[string](t)(l.Slack.Agent(slacktest.Ana).Reply(within(t), threads[0].ID, "Yes, I am."))
	if got := <-sent; !strings.Contains(got, "agent Ana: Yes, I am.\n") {
		t.Errorf("send shows %q, want the agent's words", got)
	}
	if code, out, errs := run(t, "send", "webhook/shop", "anybody?", "--config", l.file, "--wait", "1s", "--chat", "anna"); code != 1 || out != "anna: anybody?\n" || !strings.Contains(errs, "nothing came back within 1s") {
		t.Errorf("send without an answer = %d, %q, %q; want 1", code, out, errs)
	}
}

// Ensure that send says what to do when it cannot.
func TestSendFaults(t *testing.T) {
	t.Parallel()
	l := serve(t, sandbox.Options{})
	other := func(edit ...string) string {
		file := filepath.Join(filepath.Dir(l.file), "send-"+itoa(len(edit))+"-"+itoa(int(time.Now().UnixNano()))+".toml")
		ok(t, os.WriteFile(file, []byte(strings.NewReplacer(edit...).Replace(l.text)), 0o600))
		return file
	}
	free := "http://" + loopback.Address(t) + "/m"
	tests := []struct {
		name, channel, file string
		flags               []string
		want                string
	}{
		{"no such channel", "webhook/store", l.file, nil, `has no channel "webhook/store"`},
		{"another kind", "telegram/support", l.file, nil, "telegram/support: only the platform can write there; send works with channels of the kind webhook"},
		{"send_url is taken", "webhook/shop", l.file, nil, "does your own system run there?"},
		{"send_url is elsewhere", "webhook/shop", other(l.Shop.URL(), "http://192.0.2.1/m"), nil, "192.0.2.1 is another machine"},
		{"send_url by https", "webhook/shop", other(l.Shop.URL(), "https://127.0.0.1/m"), nil, "must begin with http://"},
		{"another secret", "webhook/shop", other(l.Shop.URL(), free, l.Shop.Secret(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), nil, "the gateway has another secret"},
		{"off there", "webhook/store", other(l.Shop.URL(), free, "channels.webhook.shop", "channels.webhook.store"), nil, "has no such channel, or it is off"},
		{"nobody there", "webhook/shop", other(l.Shop.URL(), free), []string{"--at", "http://" + loopback.Address(t)}, "nobody answers at http://"},
	}
	for _, test := range tests {
		code, _, errs := run(t, append([]string{"send", test.channel, "hello", "--config", test.file, "--wait", "1s"}, test.flags...)...)
		if code != 1 || !strings.Contains(errs, test.want) || strings.Contains(errs, l.Shop.Secret()) {
			t.Errorf("%s: send = %d, %q; want 1 and %q", test.name, code, errs, test.want)
		}
	}
	_ = webhooktest.DefaultSecret
}

// Ensure that demo plays what the Kit has, and that a program without one says so.
func TestDemo(t *testing.T) {
	kit := standard.Kit()
	var got app.DemoOptions
	kit.Demo = func(_ context.Context, o app.DemoOptions) error { got = o; return nil }
	if code, _, errs := runKit(t, kit, "demo", "--keep"); code != 0 || !got.Keep || len(got.Kit.Channels) != len(kit.Channels) {
		t.Errorf("demo --keep = %d, %q with %+v", code, errs, got)
	}
	kit.Demo = func(context.Context, app.DemoOptions) error { return errors.New("step 3 was not seen") }
	if code, _, errs := runKit(t, kit, "demo"); code != 1 || !strings.Contains(errs, "patchbay: step 3 was not seen") {
		t.Errorf("a demo that fails = %d, %q; want 1", code, errs)
	}
	kit.Demo = nil
	if code, _, errs := runKit(t, kit, "demo"); code != 1 || !strings.Contains(errs, "this program has no demo") {
		t.Errorf("no demo = %d, %q; want 1", code, errs)
	}
}
