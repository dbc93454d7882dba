// Package deploy_test checks the files for running Patchbay, as far as that goes without an engine for containers.
package deploy_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"patchbay/models/store/storetest/loopback"
)

// root is the repository's.
const root = "../.."

func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// instructions returns the Dockerfile's stages, each a list of lines without comments.
func instructions(t *testing.T) (stages [][]string) {
	t.Helper()
	for line := range strings.SplitSeq(read(t, "Dockerfile"), "\n") {
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "FROM "):
			stages = append(stages, []string{line})
		default:
			if len(stages) == 0 {
				t.Fatalf("the Dockerfile begins with %q", line)
			}
			stages[len(stages)-1] = append(stages[len(stages)-1], line)
		}
	}
	return stages
}

// Ensure that the image is built with the module's Go and without C, and that what runs is the program alone, with nobody's
// rights, as a process that gets the signals itself.
func TestDockerfile(t *testing.T) {
	stages := instructions(t)
	if len(stages) != 2 {
		t.Fatalf("%d stages, want one that builds and one that runs", len(stages))
	}
	build, run := strings.Join(stages[0], "\n"), strings.Join(stages[1], "\n")
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, root+"/go.mod"))
	for _, want := range []string{"FROM golang:" + version[1] + " AS build", "CGO_ENABLED=0 go build", " ./gateway"} {
		if !strings.Contains(build, want) {
			t.Errorf("the first stage lacks %q", want)
		}
	}
	for _, want := range []string{
		"FROM scratch\n", "\nUSER 65532:65532\n", "/etc/ssl/certs/ca-certificates.crt", "\nWORKDIR /data\n", "--chown=65532:65532",
		"\nENTRYPOINT [\"/patchbay\"]\n", "\nCMD [\"serve\", ",
	} {
		if !strings.Contains(run, want) {
			t.Errorf("the second stage lacks %q", want)
		}
	}
	for _, never := range []string{"RUN ", "ADD ", "ENV ", "ARG "} {
		if strings.Contains(run, "\n"+never) {
			t.Errorf("the second stage has %s", never)
		}
	}
	ignored := strings.Fields(read(t, "Dockerfile.dockerignore"))
	for _, want := range []string{".git", "**/*.db", "/config.toml", "**/.env"} {
		if !slices.Contains(ignored, want) {
			t.Errorf("%s goes into the image's context", want)
		}
	}
}

// Ensure that the program runs where there is nothing but itself and certificates, with nobody's rights and a root that
// cannot be written: what the image gives it.
func TestStatic(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("skipped: only root may change the root")
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "patchbay")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "patchbay/gateway")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	address := loopback.Address(t)
	config := "[server]\nlisten = \"" + address + "\"\nadmin = \"\"\n[store]\nurl = \"sqlite:///data/patchbay.db\"\n" +
		"[bot]\nkind = \"none\"\n[slack]\nbot_token = \"xoxb-1\"\napp_token = \"xapp-1\"\nchannel = \"C0123456789\"\napi_url = \"http://127.0.0.1:1/\"\n"
	if err := os.Mkdir(filepath.Join(dir, "etc"), 0o755); err != nil { // #nosec G301 -- as in an image
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "etc", "config.toml"), []byte(config), 0o644); err != nil { // #nosec G306 -- as it is mounted
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	const nobody = 65532
	if err := os.Chown(data, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil { // #nosec G302 -- as in an image
		t.Fatal(err)
	}
	in := func(ctx context.Context, args ...string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, "/patchbay", args...)
		cmd.Path, cmd.Err, cmd.Dir, cmd.Env = "/patchbay", nil, "/data", []string{}
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: dir, Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		return cmd
	}
	var log strings.Builder
	serve := in(t.Context(), "serve", "--config", "/etc/config.toml")
	serve.Stderr = &log
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- serve.Wait() }()
	fail := func(format string, args ...any) {
		t.Helper()
		_ = serve.Process.Kill()
		if err := <-ended; err != nil {
			t.Log(err)
		}
		t.Fatalf(format+"\n%s", append(args, log.String())...)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for ready := false; !ready; {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp, err := http.DefaultClient.Do(r); err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			ready = resp.StatusCode == http.StatusOK
		} else if ctx.Err() != nil {
			fail("the program does not get ready")
		}
	}
	if out, err := in(ctx, "backup", "/data/backup.db", "--config", "/etc/config.toml").CombinedOutput(); err != nil {
		fail("backup: %v: %s", err, out)
	}
	if err := serve.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("serve ends with %v\n%s", err, log.String())
		}
	case <-ctx.Done():
		fail("the program does not end")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 3 {
		t.Errorf("the root has %q, want what was put there", files)
	}
}

// Ensure that systemd takes the unit, and finds it closed.
func TestUnit(t *testing.T) {
	unit := read(t, "patchbay.service")
	for _, want := range []string{"User=patchbay\n", "Restart=always\n", "ProtectSystem=strict\n", "NoNewPrivileges=yes\n", "UMask=0077\n"} {
		if !strings.Contains(unit, want) {
			t.Errorf("the unit lacks %q", want)
		}
	}
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("skipped: systemd-analyze is not on this machine")
	}
	// The program must be there to be found.
	file := filepath.Join(t.TempDir(), "patchbay.service")
	if err := os.WriteFile(file, []byte(strings.Replace(unit, "/usr/local/bin/patchbay", "/bin/true", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), analyze, "verify", file).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	if out, err := exec.CommandContext(t.Context(), analyze, "security", "--offline=true", "--threshold=20", file).CombinedOutput(); err != nil {
		t.Errorf("systemd-analyze security: %v\n%s", err, out)
	}
}

// Ensure that what is before the gateway passes on what platforms call, and nothing of the operator's.
func TestCaddyfile(t *testing.T) {
	for _, name := range []string{"Caddyfile", "Caddyfile.copies"} {
		text := read(t, name)
		if !strings.Contains(text, "@patchbay path /channels/* /slack/* /readyz\n\treverse_proxy @patchbay ") {
			t.Errorf("%s does not pass on what platforms call:\n%s", name, text)
		}
		if strings.Count(text, "{") != strings.Count(text, "}") || strings.Contains(text, "metrics") || strings.Contains(text, "9090") {
			t.Errorf("%s is:\n%s", name, text)
		}
	}
	if lines := strings.Count(read(t, "Caddyfile"), "\n"); lines != 4 {
		t.Errorf("the Caddyfile has %d lines, want 4", lines)
	}
}

// Ensure that the copies of the compose file share a database, stand behind one address, and run as the image is meant to.
func TestCompose(t *testing.T) {
	type service struct {
		Image       string
		Build       struct{ Context, Dockerfile string }
		Environment map[string]string
		Volumes     []string
		Ports       []string
		ReadOnly    bool     `yaml:"read_only"`
		CapDrop     []string `yaml:"cap_drop"`
		Stop        string   `yaml:"stop_grace_period"`
	}
	var file struct{ Services map[string]service }
	if err := yaml.Unmarshal([]byte(read(t, "compose.yaml")), &file); err != nil {
		t.Fatal(err)
	}
	upstreams := strings.Fields(regexp.MustCompile(`reverse_proxy @patchbay (.*) \{`).FindStringSubmatch(read(t, "Caddyfile.copies"))[1])
	if len(upstreams) != 2 {
		t.Errorf("%q are behind one address, want two", upstreams)
	}
	for _, upstream := range upstreams {
		name, _, _ := strings.Cut(upstream, ":")
		s, ok := file.Services[name]
		if !ok || !s.ReadOnly || !slices.Contains(s.CapDrop, "ALL") || len(s.Ports) > 0 || s.Stop != "30s" {
			t.Errorf("the copy %s is %+v", name, s)
		}
		if !strings.HasPrefix(s.Environment["STORE_URL"], "postgres://patchbay:${POSTGRES_PASSWORD") {
			t.Errorf("the copy %s stores in %q", name, s.Environment["STORE_URL"])
		}
		if _, err := os.Stat(filepath.Join(s.Build.Context, s.Build.Dockerfile)); err != nil {
			t.Errorf("the copy %s is built of %v", name, err)
		}
	}
	for name, s := range file.Services {
		if name != "caddy" && len(s.Ports) > 0 {
			t.Errorf("%s is open to the outside: %q", name, s.Ports)
		}
	}
}
