package upgrade_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"patchbay/models/store/storetest"
	"patchbay/models/store/storetest/loopback"
)

// envFrom names the program of the last release.
const envFrom = "PATCHBAY_UPGRADE_FROM"

// The programs of the release before and of this one.
var oldProgram, newProgram string

func TestMain(m *testing.M) { os.Exit(build(m)) }

func build(m *testing.M) int {
	dir, err := os.MkdirTemp("", "patchbay-upgrade-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	newProgram = filepath.Join(dir, "patchbay")
	if out, err := exec.Command("go", "build", "-o", newProgram, "patchbay/gateway").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		return 1
	}
	if oldProgram = os.Getenv(envFrom); oldProgram == "" {
		oldProgram = newProgram
	}
	return storetest.Main(m)
}

// process is a running gateway.
type process struct {
	cmd    *exec.Cmd
	public string
	log    string
	ended  chan error
}

// start starts a program on a free address and waits until it is ready. It is killed after the test.
func start(t *testing.T, program string, config func(public string) string) *process {
	t.Helper()
	dir := t.TempDir()
	p := &process{public: "http://" + loopback.Address(t), log: filepath.Join(dir, "log"), ended: make(chan error, 1)}
	file := filepath.Join(dir, "config.toml")
	if err := os.WriteFile(file, []byte(config(p.public)), 0o600); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(p.log)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	p.cmd = exec.Command(program, "serve", "--config", file)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.ended <- p.cmd.Wait() }()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		if t.Failed() {
			content, _ := os.ReadFile(p.log)
			t.Logf("the log of %s at %s ends:\n%s", program, p.public, content[max(len(content)-4000, 0):])
		}
	})
	deadline := time.After(2 * time.Minute)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if resp, err := http.Get(p.public + "/readyz"); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return p
			}
		}
		select {
		case err := <-p.ended:
			t.Fatalf("%s ends: %v", program, err)
		case <-deadline:
			t.Fatalf("%s does not get ready", program)
		case <-tick.C:
		}
	}
}

// stop ends the program as systemd does, and waits for its end.
func (p *process) stop(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-p.ended:
		if err != nil {
			t.Errorf("%s at its end: %v", p.public, err)
		}
	case <-time.After(time.Minute):
		t.Fatalf("%s does not end", p.public)
	}
}
