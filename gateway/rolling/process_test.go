package rolling_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
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

// binary is the program under test, built once.
var binary string

func TestMain(m *testing.M) { os.Exit(build(m)) }

func build(m *testing.M) int {
	dir, err := os.MkdirTemp("", "patchbay-rolling-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary = filepath.Join(dir, "patchbay")
	if out, err := exec.Command("go", "build", "-o", binary, "patchbay/gateway").CombinedOutput(); err != nil { // #nosec G204 -- our own program
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		return 1
	}
	return storetest.Main(m)
}

// process is one copy.
type process struct {
	t    *testing.T
	name string
	base string
	conf string
	log  string
	cmd  *exec.Cmd
}

// start starts a copy and waits until it is ready. It is killed after the test.
func start(t *testing.T, name string, config func(public string) string) *process {
	t.Helper()
	p := &process{t: t, name: name, base: "http://" + loopback.Address(t)}
	dir := t.TempDir()
	p.conf, p.log = filepath.Join(dir, "config.toml"), filepath.Join(dir, "log")
	if err := os.WriteFile(p.conf, []byte(config(p.base)), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.end(syscall.SIGKILL)
		if log, _ := os.ReadFile(p.log); t.Failed() {
			t.Logf("%s's log ends:\n%s", p.name, log[max(0, len(log)-4000):])
		}
	})
	p.run()
	return p
}

// run starts the program, again if it ran before.
func (p *process) run() {
	p.t.Helper()
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	cmd := exec.Command(binary, "serve", "--config", p.conf) // #nosec G204 -- our own program
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.cmd = cmd
	ctx, cancel := context.WithTimeout(p.t.Context(), 2*time.Minute)
	defer cancel()
	if err := ready(ctx, p.base); err != nil {
		p.t.Fatalf("%s does not get ready: %v", p.name, err)
	}
}

// signal sends a signal.
func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatalf("signal %s: %v", p.name, err)
	}
}

// end ends the copy by a signal and waits for it.
func (p *process) end(s os.Signal) {
	if p.cmd != nil {
		_ = p.cmd.Process.Signal(s)
		_ = p.cmd.Wait()
		p.cmd = nil
	}
}

// lapses returns how often the copy's lease was over since its first start, as its log says.
func (p *process) lapses() int {
	p.t.Helper()
	log, err := os.ReadFile(p.log)
	if err != nil {
		p.t.Errorf("%s's log: %v", p.name, err)
	}
	return bytes.Count(log, []byte("the node's lease was over"))
}

// ready polls until the gateway takes work.
func ready(ctx context.Context, base string) error {
	client := http.Client{Timeout: 5 * time.Second}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/readyz", nil)
		if err != nil {
			return err
		}
		if resp, err := client.Do(r); err == nil {
			_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<16))
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
