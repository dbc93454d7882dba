package app_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// listed is what `go list -json` says of a package.
type listed struct {
	ImportPath string
	Standard   bool
	Imports    []string // of the package itself
	Deps       []string // these and theirs
	Module     *struct{ Main bool }
}

// ban says what some packages must not reach, neither themselves nor through others.
type ban struct {
	from  []string // "channels/..." is the package channels and all below it
	never []string
	why   string
}

// The arrows: models ← channels, handover ← gateway/internal ← gateway/app ← gateway/standard, gateway/sandbox ← gateway.
var bans = []ban{
	{
		from: []string{"models"}, never: []string{"channels/...", "handover/...", "gateway/...", "models/store/...", "*"},
		why: "the nouns belong to everybody, so they depend on nobody",
	},
	{
		from: []string{"models/store/..."}, never: []string{"channels/...", "handover/...", "gateway/...", gin, slackGo, telegramAPI},
		why: "the database knows the nouns and nothing of who uses them",
	},
	{
		from: []string{"channels/..."}, never: []string{"models/store/...", "handover/...", "gateway/...", gin, gormIO, slackGo, goTOML},
		why: "an adapter translates one platform: it must be usable, and testable, without the rest",
	},
	{
		from:  []string{"handover/..."},
		never: []string{"models/store/...", "channels/...", "gateway/...", gin, gormIO, telegramAPI},
		why:   "who answers is decided without knowing any platform",
	},
	{
		from: []string{"handover", "handover/detect/...", "handover/texts/..."}, never: []string{slackGo, "handover/slackdesk/..."},
		why: "the state machine knows a Desk, not Slack",
	},
	{
		from: []string{"gateway/bots/..."},
		never: []string{
			"models/store/...", "handover/slackdesk/...", "channels/telegram/...", "channels/whatsapp/...", "channels/webhook/...",
			"gateway/app", "gateway/internal/...", "gateway/standard/...", "gateway/sandbox/...", gin, gormIO, slackGo, telegramAPI,
		},
		why: "a bot is asked and answers; it sends nothing",
	},
	{
		from: []string{"gateway/internal/...", "gateway/app/..."},
		never: []string{
			"channels/telegram/...", "channels/whatsapp/...", "channels/webhook/...", "handover/slackdesk/...", slackGo, telegramAPI,
			"gateway/bots/httpbot/...", "gateway/bots/faq/...", "gateway/standard/...", "gateway/sandbox/...",
		},
		why: "a platform is named in gateway/standard alone, so that a new one is a package and a line",
	},
	{
		from: []string{"gateway/internal/..."}, never: []string{"gateway/app/..."},
		why: "the program is made of the lanes, not the lanes of the program",
	},
	{
		from: []string{"gateway/internal/lanes/..."}, never: []string{"gateway/internal/web/...", gin},
		why: "the lanes do not know what carries a platform's calls",
	},
	{
		from: []string{"gateway"}, never: []string{"testing"},
		why: "the program has no test code in it, also not by way of the stand-ins of its demo",
	},
}

const (
	gin         = "github.com/gin-gonic/gin/..."
	gormIO      = "gorm.io/..."
	slackGo     = "github.com/slack-go/slack/..."
	telegramAPI = "github.com/go-telegram-bot-api/telegram-bot-api/v5/..."
	goTOML      = "github.com/pelletier/go-toml/v2/..."
)

// owner says which packages alone may import a library.
type owner struct {
	library []string
	by      []string
	why     string
}

var owners = []owner{
	{[]string{gin}, []string{"gateway/internal/web"}, "HTTP handlers elsewhere are net/http's, so the router can be changed in one place"},
	{
		[]string{gormIO, "github.com/jackc/pgx/v5/...", "github.com/pressly/goose/v3/...", "github.com/gofrs/flock/..."},
		[]string{"models/store/..."}, "SQL is written in one package",
	},
	{[]string{slackGo}, []string{"handover/slackdesk"}, "Slack's types end at the desk"},
	{[]string{"github.com/gorilla/websocket/..."}, []string{"handover/slackdesk/..."}, "only Socket Mode needs it"},
	{[]string{telegramAPI}, []string{"channels/telegram"}, "Telegram's types end at the adapter"},
	{
		[]string{goTOML}, []string{"gateway/app", "gateway/bots/faq", "handover/texts"},
		"files that people write are read here; adapters are given a decoded section",
	},
	{[]string{"github.com/spf13/cobra/...", "github.com/fsnotify/fsnotify/..."}, []string{"gateway/app"}, "commands and reload are the program's"},
	{
		[]string{"github.com/prometheus/client_golang/..."}, []string{"gateway/app", "gateway/internal/lanes"},
		"what is counted is counted where it happens once",
	},
	{[]string{"handover/slackdesk"}, []string{"gateway/standard"}, "one file names the desks"},
	{
		[]string{"channels/telegram", "channels/whatsapp", "channels/webhook"}, []string{"gateway/standard/..."},
		"one file names the adapters; an adapter knows no other",
	},
	{[]string{"gateway/standard"}, []string{"gateway"}, "who embeds Patchbay may bring a Kit of his own"},
	{[]string{"gateway/sandbox"}, []string{"gateway/standard/...", "gateway/chaos/..."}, "the stand-ins are for the demo and for tests"},
}

// isTestPackage reports whether path is a stand-in or a suite, which are named after what they test.
func isTestPackage(path string) bool { return strings.HasSuffix(path, "test") }

// Ensure that imports run one way.
func TestImports(t *testing.T) {
	for _, v := range violations(list(t)) {
		t.Error(v)
	}
}

// Ensure that each rule is noticed when it is broken, in this very tree: an overlay plants a file into a real package.
func TestImportsPlanted(t *testing.T) {
	tests := []struct{ in, imports, want string }{
		{"models", "github.com/rs/xid", "models must not reach github.com/rs/xid"},
		{"models/store", "patchbay/channels", "models/store must not reach patchbay/channels"},
		{"channels/telegram", "patchbay/handover", "channels/telegram must not reach patchbay/handover"},
		{"channels/telegram", "patchbay/channels/whatsapp", "channels/telegram must not import patchbay/channels/whatsapp"},
		{"channels/whatsapp", "github.com/pelletier/go-toml/v2", "channels/whatsapp must not import github.com/pelletier/go-toml/v2"},
		{"channels", "gorm.io/gorm", "channels must not import gorm.io/gorm"},
		{"channels", "gorm.io/gorm", "channels/telegram must not reach gorm.io/gorm"},
		{"handover", "patchbay/channels", "handover must not reach patchbay/channels"},
		{"handover/detect", "github.com/slack-go/slack", "handover/detect must not reach github.com/slack-go/slack"},
		{"handover/slackdesk", "patchbay/channels/whatsapp", "handover/slackdesk must not reach patchbay/channels"},
		{"gateway/bots", "github.com/gin-gonic/gin", "gateway/bots must not reach github.com/gin-gonic/gin"},
		{"gateway/internal/lanes", "patchbay/channels/telegram", "gateway/app must not reach patchbay/channels/telegram"},
		{"gateway/internal/lanes", "github.com/spf13/cobra", "gateway/internal/lanes must not import github.com/spf13/cobra"},
		{"gateway/app", "patchbay/handover/slackdesk", "gateway/app must not reach github.com/slack-go/slack"},
		{"gateway/app", "patchbay/gateway/bots/httpbot", "gateway/app must not reach patchbay/gateway/bots/httpbot"},
		{"gateway/app", "patchbay/channels/telegram/telegramtest", "gateway/app must not import patchbay/channels/telegram/telegramtest"},
		{"gateway/standard", "testing", "gateway must not reach testing"},
	}
	for _, test := range tests {
		t.Run(test.in+" "+test.imports, func(t *testing.T) {
			found := violations(list(t, plant(t, test.in, test.imports)))
			if !slices.ContainsFunc(found, func(v string) bool { return strings.HasPrefix(v, test.want+":") }) {
				t.Errorf("with %s importing %s the violations are %q, want one that starts with %q", test.in, test.imports, found, test.want)
			}
		})
	}
}

// plant returns a `go list -overlay` that adds a file to a package.
func plant(t *testing.T, in, imports string) string {
	t.Helper()
	root := moduleRoot(t)
	name := in[strings.LastIndexByte(in, '/')+1:]
	if in == "gateway" {
		name = "main"
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "planted.go")
	if err := os.WriteFile(file, fmt.Appendf(nil, "package %s\n\nimport _ %q\n", name, imports), 0o600); err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]map[string]string{
		"Replace": {filepath.Join(root, filepath.FromSlash(in), "planted.go"): file},
	})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(path, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	return "-overlay=" + path
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOMOD").Output()
	if err != nil {
		t.Fatalf("go env: %v", err)
	}
	return filepath.Dir(strings.TrimSpace(string(out)))
}

// list returns the module's packages as `go list` sees them.
func list(t *testing.T, flags ...string) []listed {
	t.Helper()
	args := append([]string{"list", "-e", "-deps", "-json=ImportPath,Standard,Imports,Deps,Module"}, flags...)
	cmd := exec.CommandContext(t.Context(), "go", append(args, "./...")...)
	cmd.Dir = moduleRoot(t)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("decode go list: %v", err)
		}
		all = append(all, p)
	}
	if len(all) < 100 {
		t.Fatalf("go list names %d packages, want the whole tree", len(all))
	}
	return all
}

// violations returns what breaks the rules, each as a line.
func violations(all []listed) []string {
	standard := map[string]bool{}
	for _, p := range all {
		standard[p.ImportPath] = p.Standard
	}
	var found []string
	for _, p := range all {
		if p.Module == nil || !p.Module.Main {
			continue
		}
		path := strings.TrimPrefix(p.ImportPath, "patchbay/")
		for _, b := range bans {
			if !matchAny(b.from, path) {
				continue
			}
			for _, dep := range p.Deps {
				if reaches(b.never, dep, standard[dep]) {
					found = append(found, fmt.Sprintf("%s must not reach %s: %s", path, dep, b.why))
				}
			}
		}
		if isTestPackage(path) || path == "gateway/sandbox" || strings.HasPrefix(path, "gateway/chaos") {
			continue // what plays a platform needs the platform
		}
		for _, dep := range p.Imports {
			for _, o := range owners {
				if matchAny(o.library, dep) && !matchAny(o.by, path) {
					found = append(found, fmt.Sprintf("%s must not import %s: %s", path, dep, o.why))
				}
			}
			if strings.HasPrefix(dep, "patchbay/") && isTestPackage(dep) {
				found = append(found, fmt.Sprintf("%s must not import %s: stand-ins are for tests and for the demo", path, dep))
			}
		}
	}
	return found
}

// reaches reports whether dep is among never, where "*" is everything that is not in the standard library.
func reaches(never []string, dep string, standard bool) bool {
	return matchAny(never, dep) || slices.Contains(never, "*") && !standard
}

// matchAny reports whether path, of a package of this module or of another, matches one of the patterns.
func matchAny(patterns []string, path string) bool {
	path = strings.TrimPrefix(path, "patchbay/")
	for _, pattern := range patterns {
		base, tree := strings.CutSuffix(pattern, "/...")
		if path == base || tree && strings.HasPrefix(path, base+"/") {
			return true
		}
	}
	return false
}
