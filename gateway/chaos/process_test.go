package chaos_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"patchbay/models/store/storetest/loopback"
)

// process is a copy of the gateway that can be killed, stopped for a while and started again.
type process struct {
	t       *testing.T
	program string
	conf    string
	public  string
	admin   string
	log     string

	mu  sync.Mutex
	cmd *exec.Cmd
}

// newProcess makes a copy that has not been started, with addresses of its own, which stay its own while it is away. It is
// killed after the test.
func newProcess(t *testing.T, program string) *process {
	t.Helper()
	dir := t.TempDir()
	p := &process{
		t: t, program: program, conf: filepath.Join(dir, "config.toml"), log: filepath.Join(dir, "log"),
		public: "http://" + loopback.Address(t), admin: loopback.Address(t),
	}
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			log, _ := os.ReadFile(p.log)
			if len(log) > 6000 {
				log = log[len(log)-6000:]
			}
			t.Logf("the log of %s ends:\n%s", p.public, log)
		}
		if keep := os.Getenv("PATCHBAY_CHAOS_LOGS"); keep != "" {
			log, _ := os.ReadFile(p.log)
			name := fmt.Sprintf("%s-%s.log", filepath.Base(filepath.Dir(p.conf)), filepath.Base(p.admin))
			_ = os.WriteFile(filepath.Join(keep, name), log, 0o600)
		}
	})
	return p
}

// configure writes the config file.
func (p *process) configure(config string) {
	p.t.Helper()
	if err := os.WriteFile(p.conf, []byte(config), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// run starts the program and waits until it is ready.
func (p *process) run() {
	p.t.Helper()
	if err := p.launch(); err != nil {
		p.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(p.t.Context(), 2*time.Minute)
	defer cancel()
	if err := p.ready(ctx); err != nil {
		p.t.Fatalf("the gateway does not get ready: %v", err)
	}
}

// launch starts the program.
func (p *process) launch() error {
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(p.program, "serve", "--config", p.conf)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cmd = cmd
	return nil
}

// kill ends the program as kill -9 does.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
		p.cmd = nil
	}
}

// terminate ends the program as an operator does, and returns how it ended.
func (p *process) terminate() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return errors.New("it does not run")
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	err := p.cmd.Wait()
	p.cmd = nil
	return err
}

// signal sends the program a signal.
func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		p.t.Errorf("%s does not run and gets no %v", p.public, s)
		return
	}
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Errorf("%v: %v", s, err)
	}
}

// lapses returns how often the copy's lease was over since its first start, as its log says.
func (p *process) lapses() int {
	p.t.Helper()
	log, err := os.ReadFile(p.log)
	if err != nil {
		p.t.Errorf("the log of %s: %v", p.public, err)
	}
	return bytes.Count(log, []byte("the node's lease was over"))
}

// ready waits until the gateway takes work.
func (p *process) ready(ctx context.Context) error {
	return poll(ctx, 10*time.Millisecond, func() bool {
		status, _, err := fetch(ctx, p.public+"/readyz")
		return err == nil && status == http.StatusOK
	})
}

// poll asks ok again and again until it is true.
func poll(ctx context.Context, every time.Duration, ok func() bool) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}

// fetch gets a page, on a connection that is closed behind it.
func fetch(ctx context.Context, address string) (status int, body []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, nil, err
	}
	r.Close = true
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	return resp.StatusCode, body, err
}
