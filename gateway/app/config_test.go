package app_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"patchbay/gateway/app"
	"patchbay/gateway/standard"
)

// rest is what a config needs beside a channel.
const rest = `
[bot]
kind = "http"
url = "http://127.0.0.1:7000/answer"
[slack]
bot_token = "xoxb-hush-1"
app_token = "xapp-hush-2"
channel = "C0123456789"
`

// oneChannel is a channel that works.
const oneChannel = `
[channels.telegram.support]
token = "123456789:hush-hush-hush-hush-hush-hush-hush"
`

// hush is a part of every secret in these configs: nothing may print it.
const hush = "hush"

// write writes the files of a config into a new folder and returns where config.toml would be.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "config.toml")
}

// told returns faults as lines without the folder.
func told(faults []app.Fault, dir string) []string {
	lines := []string{}
	for _, f := range faults {
		lines = append(lines, strings.ReplaceAll(f.Error(), dir+string(filepath.Separator), ""))
	}
	return lines
}

// Ensure that every fault is told, with the file, the line, the key, and nothing of a secret.
func TestLoadFaults(t *testing.T) {
	tests := []struct {
		name  string
		toml  string
		files map[string]string
		env   map[string]string
		want  []string
	}{
		{"nothing", "", nil, nil, []string{"config.toml: is empty"}},
		{"nothing but a comment", "# later\n\n", nil, nil, []string{"config.toml: is empty"}},
		{"unknown key", "[server]\nlisen = \"127.0.0.1:1\"" + rest + oneChannel, nil, nil, []string{
			"config.toml:2: server.lisen: unknown key; did you mean listen?",
		}},
		{"lists of tables", rest + oneChannel + "[desks.more]\nbot_token = \"xoxb-9\"\nsigning_secret = \"s\"\nchannel = \"C0123456789\"\n" +
			"[[desks.more.ladder]]\nafter = \"5m\"\ndo = \"remind\"\n\n[[desks.more.ladder]]\nafter = \"9m\"\ndoo = \"dm\"\n", nil, nil, []string{
			`config.toml:20: desks.more.ladder[1].do: is none of "remind", "group", "channel", "dm" and "promise"`,
			"config.toml:22: desks.more.ladder[1].doo: unknown key",
		}},
		{"templates", rest + oneChannel + "[channels.whatsapp.main]\nphone_number_id = \"1\"\naccess_token = \"hush\"\napp_secret = \"hush\"\nverify_token = \"hush\"\n" +
			"[[channels.whatsapp.main.templates]]\nname = \"a\"\nlanguage = \"en\"\ntext = \"A {{2}}\"\n\n" +
			"[[channels.whatsapp.main.templates]]\nname = \"b\"\nlanguage = \"en\"\ntext = \"B {{1}}\"\nfill = [\"customer.nam\"]\nlabel = 1\n", nil, nil, []string{
			"config.toml:20: channels.whatsapp.main.templates[0].text: has {{2}} and no {{1}}",
			`config.toml:26: channels.whatsapp.main.templates[1].fill[0]: is not known: "customer.name", "agent", or in your words what an agent is to fill in`,
			"config.toml:27: channels.whatsapp.main.templates[1].label: unknown key",
		}},
		{"tables in a list", rest + oneChannel + "[desks.more]\nbot_token = \"xoxb-9\"\nsigning_secret = \"s\"\nchannel = \"C0123456789\"\n" +
			"ladder = [\n  { after = \"5m\", do = \"remind\" },\n  { after = 9 },\n]\nteams = { it = 7 }\n", nil, nil, []string{
			`config.toml:18: desks.more.ladder[1].after: must be a duration in quotes, such as "20s", not a whole number`,
			`config.toml:18: desks.more.ladder[1].do: is none of "remind", "group", "channel", "dm" and "promise"`,
			"config.toml:20: desks.more.teams.it: must be a text in quotes, not a whole number",
		}},
		{"unknown key far from all", "[handover]\ncolour = 3" + rest + oneChannel, nil, nil, []string{"config.toml:2: handover.colour: unknown key"}},
		{"key in the wrong case", "[server]\nListen = \"127.0.0.1:1\"" + rest + oneChannel, nil, nil, []string{
			"config.toml:2: server.Listen: unknown key; did you mean listen?",
		}},
		{"section with a typo", rest + "[chanels.telegram.support]\ntoken = \"hush\"\n", nil, nil, []string{
			"config.toml:9: chanels: unknown key; did you mean channels?",
		}},
		{"unknown key in a channel", rest + oneChannel + "tokn = \"hush\"\n[channels.whatsapp.main]\nfoo = 1\n", nil, nil, []string{
			"config.toml:12: channels.telegram.support.tokn: unknown key; did you mean token?",
			"config.toml:13: channels.whatsapp.main.phone_number_id: missing",
			"config.toml:13: channels.whatsapp.main.access_token: missing",
			"config.toml:13: channels.whatsapp.main.app_secret: missing",
			"config.toml:13: channels.whatsapp.main.verify_token: missing",
			"config.toml:14: channels.whatsapp.main.foo: unknown key",
		}},
		{"unknown kind of channel", rest + oneChannel + "[channels.telegarm.a]\ntoken = \"hush\"\n[channels.fax.b]\nnumber = 1\n", nil, nil, []string{
			"config.toml:12: channels.telegarm: unknown kind of channel; did you mean telegram?",
			"config.toml:14: channels.fax: unknown kind of channel; the kinds are " + kinds(),
		}},
		{"channel without a name", rest + "[channels.telegram]\ntoken = \"hush\"\n", nil, nil, []string{
			"config.toml:10: channels.telegram.token: must be in a section [channels.telegram.<name>]",
		}},
		{"channels in double brackets", rest + "[[channels.telegram]]\ntoken = \"hush\"\n", nil, nil, []string{
			"config.toml:9: channels.telegram: must be a section [channels.telegram.<name>], not a list",
		}},
		{"section that is a key", "bot = \"http\"\nserver = 3\nslack = true\nbots = 1\ndesks = [1]\nchannels = 1.5\n", nil, nil, []string{
			"config.toml:1: bot: must be a section [bot], not a text",
			"config.toml:2: server: must be a section [server], not a whole number",
			"config.toml:3: slack: must be a section [slack], not true or false",
			"config.toml:4: bots: must be a section [bots.<name>], not a whole number",
			"config.toml:5: desks: must be a section [desks.<name>], not a list",
			"config.toml:6: channels: must be a section [channels.<kind>.<name>], not a number with a point",
		}},
		{"wrong types", `
[server]
listen = 8080
ops_webhook = ["hush"]
[store]
keep = 90
[handover]
break_after = "1"
min_confidence = nan
detect_breaks = 1
reopen = 1979-05-27
[slack]
bot_token = 5
signing_secret = 5
channel = true
rate = "1"
[bot]
kind = "http"
url = ["http://127.0.0.1"]
headers = "hush"
accepts = "text"
[channels.telegram.support]
token = { a = "hush" }
only_from = [1, "2", 3.5]
enabled = "yes"
secret_token = ["hush", 7]
`, nil, nil, []string{
			`config.toml:3: server.listen: must be a text in quotes, not a whole number`,
			`config.toml:4: server.ops_webhook: must be a text in quotes, not a list`,
			`config.toml:6: store.keep: must be a duration in quotes, such as "20s", not a whole number`,
			`config.toml:8: handover.break_after: must be a whole number, not a text`,
			`config.toml:9: handover.min_confidence: must be a number, not inf or nan`,
			`config.toml:10: handover.detect_breaks: must be true or false, not a whole number`,
			`config.toml:11: handover.reopen: must be a duration in quotes, such as "20s", not a date or time`,
			`config.toml:13: slack.bot_token: must be a text in quotes, not a whole number`,
			`config.toml:14: slack.signing_secret: must be a text in quotes, or a list of them, not a whole number`,
			`config.toml:15: slack.channel: must be a text in quotes, not true or false`,
			`config.toml:16: slack.rate: must be a number, not a text`,
			`config.toml:19: bot.url: must be a text in quotes, not a list`,
			`config.toml:20: bot.headers: must be a table, not a text`,
			`config.toml:21: bot.accepts: must be a list, not a text`,
			`config.toml:23: channels.telegram.support.token: must be a text in quotes, not a table`,
			`config.toml:24: channels.telegram.support.only_from[0]: must be a text in quotes, not a whole number`,
			`config.toml:24: channels.telegram.support.only_from[2]: must be a text in quotes, not a number with a point`,
			`config.toml:25: channels.telegram.support.enabled: must be true or false, not a text`,
			`config.toml:26: channels.telegram.support.secret_token[1]: must be a text in quotes, not a whole number`,
		}},
		{"not quoted", "[channels.telegram.support]\ntoken = 123456789:hush-hush\n", nil, nil, []string{
			"config.toml:2: channels.telegram.support.token: expected newline but got U+003A ':'",
		}},
		{"half a text", rest + "[channels.telegram.support]\ntoken = \"123456789:hush\n", nil, nil, []string{
			"config.toml:10: channels.telegram.support.token: basic strings cannot have new lines",
		}},
		{"half a table", rest + "[channels.telegr", nil, nil, []string{"config.toml:9: expected ']' to close table name"}},
		{"number out of range", "[handover]\nmin_confidence = 4e999\n", nil, nil, []string{
			"config.toml:2: handover.min_confidence: number is out of range",
		}},
		{"key twice", rest + oneChannel + "mode = \"polling\"\ntoken = \"123456789:hush-hush\"\n", nil, nil, []string{
			"config.toml:13: channels.telegram.support.token: stands at line 11 already",
		}},
		{"section twice", rest + oneChannel + "[slack]\nrate = 1\n", nil, nil, []string{"config.toml:12: slack: stands at line 5 already"}},
		{"bad durations", "[handover]\nreopen = \"1 day\"\ngive_up = \"-5m\"\n[store]\nkeep = \"-1h\"\n" + rest + "[bots.b]\nkind = \"http\"\nurl = \"http://127.0.0.1\"\ntimeout = \"20\"\n" + oneChannel, nil, nil, []string{
			`config.toml:2: handover.reopen: not a duration: write a number and a unit, such as "20s", "5m", "24h" or "90d"`,
			"config.toml:3: handover.give_up: is not above 0",
			"config.toml:5: store.keep: is negative",
			`config.toml:17: bots.b.timeout: not a duration: write a number and a unit, such as "20s", "5m", "24h" or "90d"`,
		}},
		{"environment and files that are not there", `
[server]
ops_webhook = "file:hook.txt"
[bot]
kind = "http"
url = "env:APP_TEST_UNSET_URL"
headers = { Authorization = "env:APP_TEST_UNSET_AUTH", X-Team = "file:folder" }
[slack]
bot_token = "env:APP_TEST_UNSET_TOKEN"
app_token = "env:APP_TEST_UNSET_APP"
channel = "C0123456789"
[channels.telegram.support]
token = "env:APP_TEST_UNSET_TG"
mode = "webhook"
secret_token = ["file:/nowhere/new", "env:APP_TEST_UNSET_OLD"]
`, map[string]string{"folder/x": ""}, nil, []string{
			"config.toml:3: server.ops_webhook: hook.txt: no such file or directory",
			"config.toml:6: bot.url: the environment variable APP_TEST_UNSET_URL is not set",
			"config.toml:7: bot.headers.Authorization: the environment variable APP_TEST_UNSET_AUTH is not set",
			"config.toml:7: bot.headers.X-Team: folder: is a directory",
			"config.toml:9: slack.bot_token: the environment variable APP_TEST_UNSET_TOKEN is not set",
			"config.toml:10: slack.app_token: the environment variable APP_TEST_UNSET_APP is not set",
			"config.toml:13: channels.telegram.support.token: the environment variable APP_TEST_UNSET_TG is not set",
			"config.toml:15: channels.telegram.support.secret_token[0]: /nowhere/new: no such file or directory",
			"config.toml:15: channels.telegram.support.secret_token[1]: the environment variable APP_TEST_UNSET_OLD is not set",
		}},
		{
			"an environment variable that is empty", rest + "[channels.telegram.support]\ntoken = \"env:APP_TEST_EMPTY\"\n",
			nil,
			map[string]string{"APP_TEST_EMPTY": ""},
			[]string{"config.toml:10: channels.telegram.support.token: missing: @BotFather gives it"},
		},
		{"names", rest + "[channels.telegram.Support]\ntoken = \"123456789:hush\"\n[channels.telegram.\"a.b\"]\ntoken = \"12345678:hush\"\n" +
			"[bots.\"\"]\nkind = \"http\"\nurl = \"http://127.0.0.1\"\n[desks.billing-and-all-that-comes-with-it]\nbot_token = \"xoxb-hush\"\napp_token = \"xapp-hush\"\nchannel = \"C0123456780\"\n", nil, nil, []string{
			`config.toml:9: channels.telegram.Support: the name "Support" is not of a-z, 0-9, _ and -, at most 32 characters`,
			`config.toml:11: channels.telegram."a.b": the name "a.b" is not of a-z, 0-9, _ and -, at most 32 characters`,
			`config.toml:13: bots."": the name "" is not of a-z, 0-9, _ and -, at most 32 characters`,
			`config.toml:16: desks.billing-and-all-that-comes-with-it: the name "billing-and-all-that-comes-with-it" is not of a-z, 0-9, _ and -, at most 32 characters`,
		}},
		{"the same account twice", rest + oneChannel + "[channels.telegram.sales]\nenabled = false\ntoken = \"123456789:hush-another\"\n", nil, nil, []string{
			"config.toml:10: channels.telegram.support: is the same account as channels.telegram.sales",
		}},
		{"the same desk twice", rest + oneChannel + "[desks.sales]\nbot_token = \"xoxb-hush-1\"\nsigning_secret = \"hush\"\nchannel = \"C0123456780\"\n", nil, nil, []string{
			"config.toml:12: desks.sales: is the same account as slack, and the platform tells only one of them what agents do",
		}},
		{"bots and desks that are not there", rest + oneChannel + "bot = \"sales\"\ndesk = \"billing\"\n", nil, nil, []string{
			"config.toml:12: channels.telegram.support.bot: there is no [bots.sales]",
			"config.toml:13: channels.telegram.support.desk: there is no [desks.billing]",
		}},
		{"no bot and no desk", oneChannel, nil, nil, []string{
			`config.toml:2: channels.telegram.support.bot: there is no [bot] to answer; kind = "none" gives every chat to agents`,
			"config.toml:2: channels.telegram.support.desk: there is no [slack] to hand over to",
		}},
		{"kinds of bots", rest + oneChannel + "bot = \"a\"\n[bots.a]\nurl = \"http://127.0.0.1\"\n[bots.b]\nkind = \"htp\"\n[bots.c]\nkind = 3\n[bots]\nd = 1\n", nil, nil, []string{
			"config.toml:13: bots.a.kind: missing; the kinds are " + botKinds(),
			"config.toml:16: bots.b.kind: unknown kind of bot; the kinds are " + botKinds(),
			"config.toml:18: bots.c.kind: must be one of " + botKinds() + ", in quotes",
			"config.toml:20: bots.d: must be in a section [bots.<name>]",
		}},
		{"kinds of desks", rest + oneChannel + "desk = \"a\"\n[desks.a]\nkind = \"teams\"\n[desks.slack]\nbot_token = \"xoxb-hush\"\napp_token = \"xapp-hush\"\nchannel = \"C0123456780\"\n[desks.b]\nkind = false\n", nil, nil, []string{
			"config.toml:14: desks.a.kind: unknown kind of desk; the kinds are slack",
			"config.toml:15: desks.slack: the name slack is that of the desk [slack]",
			"config.toml:20: desks.b.kind: must be one of slack, in quotes",
		}},
		{"server", "[server]\nlisten = \"8080\"\nadmin = \"127.0.0.1:99999\"\npublic_url = \"https://chat.example.com/bot\"\nops_webhook = \"hush\"\n[store]\nurl = \"mysql://u:hush@h/d\"\n" + rest + oneChannel, nil, nil, []string{
			"config.toml:2: server.listen: is not an address such as 127.0.0.1:8080",
			"config.toml:3: server.admin: is not an address such as 127.0.0.1:8080",
			"config.toml:4: server.public_url: has a path; the paths of the channels are fixed",
			"config.toml:5: server.ops_webhook: is not an http or https address",
			"config.toml:7: store.url: is neither sqlite://PATH nor postgres://USER:PASSWORD@HOST/DATABASE",
		}},
		{
			"a database without a folder", "[store]\nurl = \"sqlite:///nowhere/at/all.db\"\n" + rest + oneChannel, nil, nil,
			[]string{"config.toml:2: store.url: there is no folder /nowhere/at"},
		},
		{"a database that is a folder", "[store]\nurl = \"sqlite:///tmp\"\n" + rest + oneChannel, nil, nil, []string{"config.toml:2: store.url: /tmp is a folder"}},
		{"one address for two listeners", "[server]\nlisten = \"127.0.0.1:8080\"\nadmin = \"127.0.0.1:8080\"\n" + rest + oneChannel, nil, nil, []string{
			"config.toml:3: server.admin: is the same address as listen",
		}},
		{"handover", "[handover]\nbreak_after = 0\nmin_confidence = 1.1\nreopen = \"-1s\"\ngive_up = \"0\"\nlanguage = \"\"\n" + rest + oneChannel, nil, nil, []string{
			"config.toml:2: handover.break_after: is below 1",
			"config.toml:3: handover.min_confidence: is not between 0 and 1",
			"config.toml:4: handover.reopen: is negative",
			"config.toml:5: handover.give_up: is not above 0",
			"config.toml:6: handover.language: is empty",
		}},
		{"a breaker of less than nothing", "[handover]\nbreaker = -1\n" + rest + oneChannel, nil, nil, []string{
			"config.toml:2: handover.breaker: is negative; 0 is off",
		}},
		{"no breaker", "[handover]\nbreaker = 0\n" + rest + oneChannel, nil, nil, nil},
		{"rates", rest + oneChannel + "rate = -1\nchat_rate = -0.5\n", nil, nil, []string{
			"config.toml:12: channels.telegram.support.rate: is negative",
			"config.toml:13: channels.telegram.support.chat_rate: is negative",
		}},
		{"contradictions of a section", rest + "[channels.telegram.support]\nmode = \"webhook\"\ntoken = \"123456789:hush-hush-hush-hush-hush-hush-hush\"\n", nil, nil, []string{
			`config.toml:9: channels.telegram.support.secret_token: missing: mode = "webhook" needs it, to know Telegram's calls from others`,
		}},
		{"texts that are not there", "[handover]\ntexts = \"texts.toml\"\n" + rest + oneChannel, nil, nil, []string{
			"config.toml:2: handover.texts: texts.toml: no such file or directory",
		}},
		{
			"texts", "[handover]\ntexts = \"other/texts.toml\"\n" + rest + oneChannel,
			map[string]string{"other/texts.toml": "[texts.en]\njoind = \"x\"\njoined = \"{{customer}}\"\n[texts.de]\nhandover = 5\n"},
			nil,
			[]string{
				"other/texts.toml:2: texts.en.joind: unknown key",
				"other/texts.toml:3: texts.en.joined: " + "unknown placeholder {{customer}}: this text may have {{agent}}",
				"other/texts.toml:5: texts.de.handover: must be a text in quotes",
			},
		},
		{
			"canned replies", rest + "replies = \"replies\"\n" + oneChannel,
			map[string]string{
				"replies/a.md":        "---\ntitle: A\n---\nHi {{customer.nam}}",
				"replies/orders/b.md": "hello", "replies/orders/deep/c.md": "is not read", "replies/.hidden.md": "is not read",
				"replies/notes.txt": "is not read",
			},
			nil,
			[]string{
				"replies/orders/b.md:1: does not begin with a title between two lines of ---",
				"replies/a.md:4: {{customer.nam}} is no placeholder; there are {{customer.name}}, {{agent.name}}, {{channel}} and {{fields.NAME}}",
			},
		},
		{
			"texts that are no TOML", "[handover]\ntexts = \"texts.toml\"\n" + rest + oneChannel, map[string]string{"texts.toml": "[texts.en]\njoined = x\n"}, nil,
			[]string{"texts.toml:2: toml: unexpected character U+0078 'x' at start of value"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for name, value := range test.env {
				t.Setenv(name, value)
			}
			files := map[string]string{"config.toml": test.toml}
			maps.Copy(files, test.files)
			file := write(t, files)
			_, err := app.Load(file, standard.Kit())
			if got := told(app.Faults(err), filepath.Dir(file)); !slices.Equal(got, test.want) {
				t.Errorf("Load(…) =\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(test.want, "\n  "))
			}
			if err != nil && strings.Contains(err.Error(), hush) {
				t.Errorf("Load(…) prints a secret: %v", err)
			}
		})
	}
}

// kinds are the kinds of channels of the Kit, as a fault lists them.
func kinds() string {
	var all []string
	for _, k := range standard.Kit().Channels {
		all = append(all, k.Kind)
	}
	return strings.Join(all, ", ")
}

func botKinds() string {
	var all []string
	for _, k := range standard.Kit().Bots {
		all = append(all, k.Kind)
	}
	return strings.Join(all, ", ")
}
