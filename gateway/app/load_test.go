package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/channels/telegram"
	"patchbay/channels/webhook"
	"patchbay/gateway/app"
	"patchbay/gateway/bots/faq"
	"patchbay/gateway/bots/httpbot"
	"patchbay/gateway/standard"
	"patchbay/handover/slackdesk"
	"patchbay/handover/texts"
)

func load(t *testing.T, files map[string]string) *app.Config {
	t.Helper()
	conf, err := app.Load(write(t, files), standard.Kit())
	if err != nil {
		t.Fatalf("Load(…) = %v, want no error", err)
	}
	return conf
}

// Ensure that a config says what it says, by way of files and the environment too.
func TestLoad(t *testing.T) {
	t.Setenv("APP_TEST_TOKEN", "123456789:hush-hush-hush-hush-hush-hush-hush\n")
	t.Setenv("APP_TEST_WAIT", "7s")
	t.Setenv("APP_TEST_ID", "42")
	conf := load(t, map[string]string{
		"config.toml": "\ufeff" + `
[bot]
kind = "http"
url = "https://bot.example.com/answer"
headers = { Authorization = "env:APP_TEST_TOKEN", X-Team = "file:secrets/team" }
timeout = "env:APP_TEST_WAIT"
[bots.shop]
kind = "faq"
file = "faq.md"
[slack]
bot_token = "xoxb-1"
signing_secret = ["file:secrets/new", "old"]
channel = "C0123456789"
[desks.billing]
kind = "slack"
bot_token = "xoxb-2"
app_token = "xapp-2"
channel = "C0123456780"
agent_name = "team"
[desks.sales]
bot_token = "xoxb-3"
app_token = "xapp-3"
channel = "C0123456781"
[handover]
texts = "texts.toml"
language = "pt-BR"
[channels.telegram.support]
token = "env:APP_TEST_TOKEN"
only_from = ["env:APP_TEST_ID", "43"]
rate = 5
chat_rate = 0.5
bot = "shop"
desk = "billing"
[channels.webhook]
shop = { secret = "file:secrets/key", send_url = "http://127.0.0.1:1/", enabled = false }
` + "\r\n",
		"secrets/team": "blue\r\n", "secrets/new": "new\n", "secrets/key": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n",
		"faq.md":     "## Open?\n\nAlways.\n",
		"texts.toml": "[texts.en]\njoined = \"{{agent}} it is.\"\n",
	})
	if conf.Server.Listen != "127.0.0.1:8080" || conf.Server.Admin != "127.0.0.1:9090" || conf.Store.URL.Reveal() != "sqlite://patchbay.db" ||
		conf.Store.Keep.Duration != 90*24*time.Hour || conf.Handover.BreakAfter != 1 || conf.Handover.MinConfidence != 0.4 ||
		!conf.Handover.DetectBreaks || conf.Handover.Reopen.Duration != 24*time.Hour || conf.Handover.GiveUp.Duration != 10*time.Minute {
		t.Errorf("the defaults are %+v %+v %+v", conf.Server, conf.Store, conf.Handover)
	}
	bot, ok := conf.BotFor("")
	h, _ := bot.Config.(*httpbot.Config)
	if !ok || h == nil || h.Timeout.Duration != 7*time.Second || h.Headers["X-Team"].Reveal() != "blue" ||
		h.Headers["Authorization"].Reveal() != "123456789:hush-hush-hush-hush-hush-hush-hush" {
		t.Errorf("[bot] is %+v", bot.Config)
	}
	bot, ok = conf.BotFor("shop")
	f, _ := bot.Config.(*faq.Config)
	if want := filepath.Join(filepath.Dir(conf.File), "faq.md"); !ok || f == nil || f.File != want {
		t.Errorf("[bots.shop] is %+v, want the file %s", bot.Config, want)
	}
	for name, want := range map[string]string{"": "xoxb-1", "slack": "xoxb-1", "billing": "xoxb-2", "sales": "xoxb-3"} {
		desk, ok := conf.DeskFor(name)
		c, _ := desk.Config.(slackdesk.Config)
		if !ok || c.BotToken.Reveal() != want {
			t.Errorf("DeskFor(%q) = %+v, %t; want the token %s", name, c, ok, want)
		}
	}
	if d, _ := conf.DeskFor(""); !slices.Equal(d.Config.(slackdesk.Config).SigningSecret.Reveal(), []string{"new", "old"}) {
		t.Errorf("signing_secret = %q, want new and old", d.Config.(slackdesk.Config).SigningSecret.Reveal())
	}
	ch, ok := conf.ChannelNamed("telegram/support")
	tg, _ := ch.Config.(*telegram.Config)
	if !ok || tg == nil || tg.Account("support") != "123456789" || !slices.Equal(tg.OnlyFrom, []string{"42", "43"}) || tg.Rate != 5 || tg.ChatRate != 0.5 || !tg.On() {
		t.Errorf("channels.telegram.support is %+v", ch.Config)
	}
	ch, ok = conf.ChannelNamed("webhook/shop")
	wh, _ := ch.Config.(*webhook.Config)
	if !ok || wh == nil || wh.On() || !strings.HasPrefix(wh.Secret.Reveal()[0], "whsec_") {
		t.Errorf("channels.webhook.shop is %+v", ch.Config)
	}
	if got := conf.Texts.Say(texts.Joined, []string{"en"}, map[string]string{"agent": "Ana"}); got != "Ana it is." {
		t.Errorf("the text joined is %q", got)
	}
	if _, ok := conf.BotFor("nobody"); ok {
		t.Error("BotFor finds a bot that is not there")
	}
	if _, ok := conf.DeskFor("nobody"); ok {
		t.Error("DeskFor finds a desk that is not there")
	}
	if strings.Contains(fmt.Sprintf("%v %+v %#v", conf, *conf, *conf), hush) {
		t.Error("printing the config prints a secret")
	}
}

// Ensure that what may be right all the same is a warning, and that the config is taken.
func TestLoadWarnings(t *testing.T) {
	tests := []struct {
		name, toml string
		want       []string
	}{
		{"none", rest + oneChannel, []string{}},
		{"no channels", rest, []string{"config.toml: channels: no channel is set up, so nobody can write"}},
		{"http", "[server]\npublic_url = \"http://chat.example.com/\"\n" + rest + oneChannel, []string{
			"config.toml:2: server.public_url: is not https: no platform calls it",
		}},
		{"forms", `
[bot]
kind = "http"
url = "http://127.0.0.1/"
[slack]
bot_token = "hush"
app_token = "hush"
channel = "#support"
ops_channel = "ops"
[channels.telegram.support]
token = "hush"
[channels.whatsapp.main]
phone_number_id = "+1 555 0100"
access_token = "hush"
app_secret = "hush"
verify_token = "hush"
`, []string{
			"config.toml: server.public_url: is not set, and the platform of channels.whatsapp.main has to call us: its address belongs here",
			"config.toml:6: slack.bot_token: does not look like a bot token (xoxb-…)",
			"config.toml:7: slack.app_token: does not look like an app-level token (xapp-…)",
			"config.toml:8: slack.channel: does not look like a channel id (C0123456789); a channel's name does not work",
			"config.toml:9: slack.ops_channel: does not look like a channel id (C0123456789); a channel's name does not work",
			"config.toml:11: channels.telegram.support.token: does not look like a bot token (123456789:ABC…)",
			"config.toml:13: channels.whatsapp.main.phone_number_id: does not look like a phone number id: it has digits only, and is not the phone number (WhatsApp > API Setup in the Meta app shows it)",
		}},
		{"nobody can call us", "[bot]\nkind = \"none\"\n[slack]\nbot_token = \"xoxb-1\"\nsigning_secret = \"00000000000000000000000000000000\"\nchannel = \"C0123456789\"\n" +
			"[channels.telegram.a]\ntoken = \"123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"\nmode = \"webhook\"\nsecret_token = \"s\"\n" +
			"[channels.telegram.b]\ntoken = \"123456780:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"\n" +
			"[channels.telegram.c]\ntoken = \"123456781:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"\nmode = \"webhook\"\nsecret_token = \"s\"\nenabled = false\n", []string{
			"config.toml: server.public_url: is not set, and the platform of channels.telegram.a, slack has to call us: its address belongs here",
		}},
		{"an open admin listener", "[server]\nadmin = \":9090\"\n" + rest + oneChannel, []string{
			"config.toml:2: server.admin: can be reached from other machines, and asks for no password: keep it on 127.0.0.1, or behind a firewall",
		}},
		{"closed admin listeners", "[server]\nadmin = \"[::1]:9090\"\n" + rest + oneChannel, []string{}},
		{"languages", "[handover]\nlanguage = \"de_AT\"\n" + rest + oneChannel + "language = \"tlh\"\n", []string{
			`config.toml:14: channels.telegram.support.language: there are no texts in "tlh", so customers read English; texts = "FILE" in [handover] can add them`,
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			conf := load(t, map[string]string{"config.toml": test.toml})
			if got := told(conf.Warnings, filepath.Dir(conf.File)); !slices.Equal(got, test.want) {
				t.Errorf("warnings =\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(test.want, "\n  "))
			}
		})
	}
}

// Ensure that a file that cannot be one is refused before it is read to its end.
func TestLoadNoFile(t *testing.T) {
	dir := t.TempDir()
	large := filepath.Join(dir, "large.toml")
	if err := os.WriteFile(large, make([]byte, 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		filepath.Join(dir, "missing.toml"): "no such file or directory",
		dir:                                "is a directory",
		large:                              "is over 1 MiB",
	} {
		_, err := app.Load(file, standard.Kit())
		if got := app.Faults(err); len(got) != 1 || got[0].Error() != file+": "+want {
			t.Errorf("Load(%s) = %v, want %q", file, err, want)
		}
	}
}

// odd is a section with whatever Go has, as somebody else's channel may.
type odd struct {
	channels.Common
	Small   int8               `toml:"small"`
	Port    uint16             `toml:"port"`
	Deep    struct{ A *int64 } `toml:"deep"`
	Any     any                `toml:"any"`
	When    time.Time          `toml:"when"`
	Plain   string
	Named   map[string][]string `toml:"named"`
	Skipped string              `toml:"-"`
	hidden  string
}

func (*odd) Account(string) string        { return "" }
func (*odd) Validate() []channels.Problem { return nil }

func oddKit() app.Kit {
	kit := standard.Kit()
	kit.Channels = []app.ChannelKind{app.Channel("odd", func(*odd, channels.Deps) (channels.Adapter, error) { return nil, nil })}
	return kit
}

// Ensure that a section may have any of Go's plain types.
func TestLoadTypes(t *testing.T) {
	t.Setenv("APP_TEST_TOKEN", "resolved")
	conf, err := app.Parse("config.toml", []byte(rest+`
[channels.odd.one]
small = -128
port = 65535
deep = { a = 5 }
any = { list = ["env:APP_TEST_TOKEN", 1, [true]], word = "x" }
when = 2026-11-22T10:00:00Z
plain = "p"
named = { a = ["env:APP_TEST_TOKEN"], "b c" = [] }
`), oddKit())
	if err != nil {
		t.Fatalf("Parse(…) = %v", err)
	}
	c := conf.Channels[0].Config.(*odd)
	if c.Small != -128 || c.Port != 65535 || c.Deep.A == nil || *c.Deep.A != 5 || c.Plain != "p" || !c.When.Equal(time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)) ||
		fmt.Sprint(c.Any) != "map[list:[resolved 1 [true]] word:x]" || fmt.Sprint(c.Named) != "map[a:[resolved] b c:[]]" || c.hidden != "" {
		t.Errorf("decoded %+v", c)
	}
	_, err = app.Parse("config.toml", []byte(rest+`
[channels.odd.one]
small = 128
port = -1
deep = 5
when = "now"
named = { a = "b" }
skipped = "x"
hidden = "x"
`), oddKit())
	want := []string{
		"config.toml:11: channels.odd.one.small: must be a whole number from -128 to 127",
		"config.toml:12: channels.odd.one.port: must be a whole number from 0 to 65535",
		"config.toml:13: channels.odd.one.deep: must be a table, not a whole number",
		"config.toml:14: channels.odd.one.when: must be a date and time",
		"config.toml:15: channels.odd.one.named.a: must be a list, not a text",
		"config.toml:16: channels.odd.one.skipped: unknown key",
		"config.toml:17: channels.odd.one.hidden: unknown key",
	}
	if got := told(app.Faults(err), ""); !slices.Equal(got, want) {
		t.Errorf("Parse(…) =\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// Ensure that a Kit that a config cannot tell apart is refused.
func TestKit(t *testing.T) {
	kit := standard.Kit()
	kit.Channels = append(kit.Channels, app.Channel("telegram", telegram.New))
	kit.Bots = append(kit.Bots, app.Bot("My bot", httpbot.New))
	_, err := app.Parse("config.toml", []byte(rest+oneChannel), kit)
	for _, want := range []string{`there are two kinds of channel named "telegram"`, `"My bot" is no name for a kind of bot`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(…) = %v, want %q", err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", rest, oneChannel, rest + oneChannel, "[bot]\nkind = \"faq\"\nfile = \"\"\n", "[bots.a]\n[desks.b]\n[channels.telegram.c]\n",
		"a.b.c = 1\n[a]\nb = {c = [1, {d = 2}]}\n", "[[channels.telegram]]\n[[channels.telegram]]\n", "x = [\n", "\"\" = 1\n[\"\".\"\"]\n'\"' = 2\n",
		"[handover]\nmin_confidence = -inf\nreopen = \"9999999w\"\n", "[slack]\nbot_token = \"\"\"\nx\n\"\"\"\n", "[server]\nlisten = \"[::1]:0\"\r\n",
	} {
		f.Add([]byte(seed))
	}
	kit := standard.Kit()
	f.Fuzz(func(t *testing.T, content []byte) {
		if strings.Contains(string(content), "file") || strings.Contains(string(content), "texts") {
			t.Skip("reads files")
		}
		conf, err := app.Parse("config.toml", content, kit)
		if (conf == nil) == (err == nil) {
			t.Fatalf("Parse(…) = %v, %v", conf, err)
		}
		rows := strings.Count(string(content), "\n") + 1
		for _, fault := range app.Faults(err) {
			if fault.Text == "" || fault.Line < 0 || fault.Line > rows {
				t.Errorf("fault %+v in a file of %d lines", fault, rows)
			}
		}
		if err != nil && len(app.Faults(err)) == 0 {
			t.Errorf("Parse(…) = %v, which has no faults", err)
		}
	})
}
