package app_test

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"patchbay/gateway/app"
	"patchbay/gateway/standard"
)

// example returns config.example.toml and where it stands.
func example(t *testing.T) (file, content string) {
	t.Helper()
	file = filepath.Join(moduleRoot(t), "config.example.toml")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return file, string(b)
}

var commented = regexp.MustCompile(`(?m)^#([a-z_]+ = |\[)`)

// uncommented returns the example with every key that is commented out put in.
func uncommented(content string) string { return commented.ReplaceAllString(content, "$1") }

var variables = regexp.MustCompile(`"env:([A-Z_]+)"`)

// environment sets the variables that the example names. What has a form has it.
func environment(t *testing.T, content string) {
	t.Helper()
	forms := map[string]string{
		"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "BILLING_BOT_TOKEN": "xoxb-2",
		"TELEGRAM_TOKEN": "123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "TELEGRAM_SECRET": "a_secret",
		"SHOP_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "BOT_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		"OPS_WEBHOOK": "https://ops.example.com/hook",
	}
	for _, found := range variables.FindAllStringSubmatch(content, -1) {
		value, ok := forms[found[1]]
		if !ok {
			value = "a-value"
		}
		t.Setenv(found[1], value)
	}
}

// Ensure that the example works as it stands, once the variables are set.
func TestExample(t *testing.T) {
	file, content := example(t)
	environment(t, content)
	conf, err := app.Load(file, standard.Kit())
	if err != nil {
		t.Fatalf("Load(%s) =\n%v", file, err)
	}
	if len(conf.Warnings) > 0 {
		t.Errorf("warnings: %v, want none", conf.Warnings)
	}
	if len(conf.Channels) != 1 || len(conf.Desks) != 1 || len(conf.Bots) != 1 {
		t.Errorf("the example has %d channels, %d desks and %d bots, want one of each", len(conf.Channels), len(conf.Desks), len(conf.Bots))
	}
}

// Ensure that each key that is commented out is one, and that those of the program's own sections show the defaults.
func TestExampleUncommented(t *testing.T) {
	file, content := example(t)
	content = uncommented(content)
	environment(t, content)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "texts.toml"), []byte("[texts.en]\njoined = \"{{agent}} is here.\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	content = strings.Replace(content, `"texts.toml"`, `"`+filepath.Join(dir, "texts.toml")+`"`, 1)
	if err := os.WriteFile(filepath.Join(dir, "hello.md"), []byte("---\ntitle: Hello\n---\nHello {{customer.name}}"), 0o600); err != nil {
		t.Fatal(err)
	}
	content = strings.Replace(content, `replies = "replies"`, `replies = "`+dir+`"`, 1)
	conf, err := app.Parse(file, []byte(content), standard.Kit())
	if err != nil {
		t.Fatalf("Parse(…) =\n%v", err)
	}
	if len(conf.Warnings) > 0 {
		t.Errorf("warnings: %v, want none", conf.Warnings)
	}
	plain, err := app.Parse(file, []byte(rest+oneChannel), standard.Kit())
	if err != nil {
		t.Fatal(err)
	}
	server, handover := conf.Server, conf.Handover
	server.PublicURL, server.OpsWebhook, handover.Texts = plain.Server.PublicURL, plain.Server.OpsWebhook, plain.Handover.Texts
	if !reflect.DeepEqual(server, plain.Server) || !reflect.DeepEqual(conf.Store, plain.Store) || !reflect.DeepEqual(handover, plain.Handover) {
		t.Errorf("the example shows %+v %+v %+v; the defaults are %+v %+v %+v", server, conf.Store.Keep, handover, plain.Server, plain.Store.Keep, plain.Handover)
	}
	if got, want := conf.Bots[0].Config.Shared().WithDefaults(), plain.Bots[0].Config.Shared().WithDefaults(); got.Timeout != want.Timeout ||
		got.Patience != want.Patience || got.Stale != want.Stale || !slices.Equal(got.Accepts, want.Accepts) {
		t.Errorf("the example's bot has %+v, the defaults are %+v", got, want)
	}
}

// Ensure that the example has every kind, and every key of each: a key that is not shown is not found.
func TestExampleIsWhole(t *testing.T) {
	file, content := example(t)
	content = uncommented(content)
	environment(t, content)
	conf, err := app.Parse(file, []byte(regexp.MustCompile(`(?m)^(texts|replies) = .*`).ReplaceAllString(content, "")), standard.Kit())
	if err != nil {
		t.Fatalf("Parse(…) =\n%v", err)
	}
	var tree map[string]any
	if err := toml.Unmarshal([]byte(content), &tree); err != nil {
		t.Fatal(err)
	}
	shown := map[string]map[string]bool{} // by kind
	note := func(kind string, table any) {
		if shown[kind] == nil {
			shown[kind] = map[string]bool{}
		}
		for key := range table.(map[string]any) {
			shown[kind][key] = true
		}
	}
	lacks := func(kind string, section any, common ...string) {
		for _, key := range keysOf(reflect.TypeOf(section)) {
			found := shown[kind][key]
			for _, c := range common {
				found = found || shown[c][key]
			}
			if !found {
				t.Errorf("the example does not show the key %s of %s", key, kind)
			}
		}
	}
	for _, key := range []string{"server", "store", "handover", "slack"} {
		note(key, tree[key])
	}
	lacks("server", conf.Server)
	lacks("store", conf.Store)
	lacks("handover", conf.Handover)
	lacks("slack", conf.Desks[0].Config)

	note("bot "+tree["bot"].(map[string]any)["kind"].(string), tree["bot"])
	for _, table := range tree["bots"].(map[string]any) {
		note("bot "+table.(map[string]any)["kind"].(string), table)
	}
	for _, kind := range standard.Kit().Bots {
		if shown["bot "+kind.Kind] == nil {
			t.Errorf("the example does not show a bot of kind %s", kind.Kind)
		}
	}
	for _, b := range conf.Bots {
		lacks("bot "+b.Config.Shared().Kind, b.Config, "bot "+conf.Bots[0].Config.Shared().Kind)
	}
	for kind, sections := range tree["channels"].(map[string]any) {
		for _, table := range sections.(map[string]any) {
			note("channel "+kind, table)
		}
	}
	for _, kind := range standard.Kit().Channels {
		if shown["channel "+kind.Kind] == nil {
			t.Errorf("the example does not show a channel of kind %s", kind.Kind)
		}
	}
	for _, ch := range conf.Channels {
		lacks("channel "+ch.Kind, ch.Config, "channel telegram")
	}
}

// keysOf returns the keys of a section's struct, those of embedded ones included.
func keysOf(typ reflect.Type) []string {
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	keys := map[string]bool{}
	for f := range typ.Fields() {
		tag := f.Tag.Get("toml")
		switch {
		case f.Anonymous:
			for _, key := range keysOf(f.Type) {
				keys[key] = true
			}
		case tag != "" && tag != "-":
			keys[tag] = true
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

// Ensure that prose and keys can be told apart, also by people.
func TestExampleReads(t *testing.T) {
	_, content := example(t)
	for i, line := range strings.Split(content, "\n") {
		if len([]rune(line)) > 120 {
			t.Errorf("line %d has %d characters, want at most 120", i+1, len([]rune(line)))
		}
		if rest, ok := strings.CutPrefix(line, "#"); ok && rest != "" && rest[0] != ' ' && !commented.MatchString(line) {
			t.Errorf("line %d is neither prose nor a key: %s", i+1, line)
		}
	}
}
