package app_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"patchbay/channels/webhook/webhooktest"
	"patchbay/gateway/app"
	"patchbay/gateway/bots/botstest"
	"patchbay/gateway/sandbox"
	"patchbay/gateway/standard"
)

// asProgram makes this test binary the program itself, for tests that need a process.
const asProgram = "PATCHBAY_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(app.Main(os.Args[1:], standard.Kit()))
	}
	os.Exit(m.Run())
}

// process is the program as it runs by itself.
type process struct {
	cmd *exec.Cmd
	out *journal // both outputs
	end chan struct{}
}

// start starts the program, which is killed after the test.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(os.Args[0], args...), out: newJournal(), end: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), asProgram+"=1")
	r, w, err := os.Pipe()
	ok(t, err)
	p.cmd.Stdout, p.cmd.Stderr = w, w
	ok(t, p.cmd.Start())
	ok(t, w.Close())
	go func() {
		for lines := bufio.NewScanner(r); lines.Scan(); {
			p.out.add(lines.Text())
		}
		_ = r.Close()
		_ = p.cmd.Wait() // how it ended is read from the process
		close(p.end)
	}()
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

// ended waits for the end and returns the exit code, -1 for a signal.
func (p *process) ended(t *testing.T) int {
	t.Helper()
	select {
	case <-p.end:
		return p.cmd.ProcessState.ExitCode()
	case <-within(t).Done():
		t.Fatalf("the program does not end:\n%s", p.out)
		return 0
	}
}

// Ensure that SIGTERM closes the door and ends the program with 0, though a bot still thinks and a retry waits.
func TestTerm(t *testing.T) {
	t.Parallel()
	l := enter(t, sandbox.Options{})
	l.Bot.Script(botstest.Rule{Text: "slow", Delay: time.Second}, botstest.Says("", "quick"))
	l.Shop.Fail("busy", -1, webhooktest.Busy(60))
	p := start(t, "serve", "--config", l.file)
	p.out.wait(t, 1, `"what":"public"`)
	must[string](t)(anybody(l, sandbox.Shop, "busy").Write(within(t), "hello"))
	ok(t, l.Shop.Wait(within(t), func() bool { return l.Shop.Calls() > 0 })) // tried, and put off for a minute
	must[string](t)(anybody(l, sandbox.Shop, "slow").Write(within(t), "slow"))
	must[[]botstest.Asked](t)(l.Bot.Await(within(t), 2))
	began := time.Now()
	ok(t, p.cmd.Process.Signal(syscall.SIGTERM))
	if code, took := p.ended(t), time.Since(began); code != 0 || took > 9*time.Second {
		t.Errorf("ended with %d after %v, want 0 soon:\n%s", code, took, p.out)
	}
	if p.out.count("stopping") != 1 || p.out.count("stopped") != 1 {
		t.Errorf("the log does not say that it stopped:\n%s", p.out)
	}
}

// Ensure that a second SIGTERM ends the program at once, while the first waits for a call under way.
func TestTermTwice(t *testing.T) {
	t.Parallel()
	l := enter(t, sandbox.Options{})
	l.Bot.Script(slowBot)
	p := start(t, "serve", "--config", l.file)
	p.out.wait(t, 1, `"what":"public"`)
	must[string](t)(anybody(l, sandbox.Shop, "c1").Write(within(t), "hello"))
	_, err := l.Bot.Await(within(t), 1)
	ok(t, err)
	ok(t, p.cmd.Process.Signal(syscall.SIGTERM))
	p.out.wait(t, 1, `"stopping"`)
	select {
	case <-p.end:
		t.Fatalf("ended while a call was under way:\n%s", p.out)
	default:
	}
	began := time.Now()
	ok(t, p.cmd.Process.Signal(syscall.SIGTERM))
	if code, took := p.ended(t), time.Since(began); code != -1 || took > 9*time.Second { // the call under way would get ten
		t.Errorf("ended with %d after %v, want killed at once", code, took)
	}
}

// Ensure that SIGHUP reads the file again, also one that did not change: the environment of a file: may have.
func TestHup(t *testing.T) {
	t.Parallel()
	l := enter(t, sandbox.Options{})
	p := start(t, "serve", "--config", l.file)
	p.out.wait(t, 1, `"what":"public"`)
	ok(t, p.cmd.Process.Signal(syscall.SIGHUP))
	p.out.wait(t, 1, "config reloaded")
	ok(t, p.cmd.Process.Signal(syscall.SIGTERM))
	if code := p.ended(t); code != 0 {
		t.Errorf("ended with %d, want 0:\n%s", code, p.out)
	}
}

// Ensure that a second program on the same database is refused, and told by whom.
func TestSecondProcess(t *testing.T) {
	t.Parallel()
	l := serve(t, sandbox.Options{})
	p := start(t, "serve", "--config", l.file)
	if code := p.ended(t); code != 1 {
		t.Errorf("the second program ended with %d, want 1", code)
	}
	if want := "(pid " + itoa(os.Getpid()) + ")"; p.out.count("patchbay.db is open in another process "+want) != 1 {
		t.Errorf("the second program says %s, want the owner's pid %s", p.out, want)
	}
	if status, _ := l.call(t, "GET", "/readyz", ""); status != 200 {
		t.Errorf("the first program's /readyz = %d afterwards, want 200", status)
	}
}

// Ensure that a program that cannot serve says why and ends with 1.
func TestServeFaults(t *testing.T) {
	taken := freeListener(t)
	files := map[string]string{
		"fault.toml": "[server]\nlisten = \"nowhere\"\n" + rest,
		"taken.toml": "[server]\nlisten = \"" + taken + "\"\nadmin = \"\"\n[store]\nurl = \"sqlite://DIR/a.db\"\n" + rest,
		"admin.toml": "[server]\nlisten = \"127.0.0.1:0\"\nadmin = \"" + taken + "\"\n[store]\nurl = \"sqlite://DIR/b.db\"\n" + rest,
		"store.toml": "[server]\nlisten = \"127.0.0.1:0\"\nadmin = \"\"\n[store]\nurl = \"sqlite://DIR/no/folder/c.db\"\n" + rest,
	}
	dir := filepath.Dir(write(t, nil))
	for name, text := range files {
		ok(t, os.WriteFile(filepath.Join(dir, name), []byte(strings.ReplaceAll(text, "DIR", dir)), 0o600))
	}
	for name, want := range map[string]string{
		"missing.toml": "missing.toml: no such file or directory",
		"fault.toml":   "fault.toml:2: server.listen: is not an address",
		"taken.toml":   "patchbay: server.listen: listen tcp " + taken,
		"admin.toml":   "patchbay: server.admin: listen tcp " + taken,
		"store.toml":   "no/folder",
	} {
		code, out, errs := run(t, "serve", "--config", filepath.Join(dir, name))
		if code != 1 || out != "" || !strings.Contains(errs, want) {
			t.Errorf("serve --config %s = %d, %q, %q; want 1 and %q", name, code, out, errs, want)
		}
	}
}

// run runs the program here and returns its exit code and its two outputs.
func run(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	return runKit(t, standard.Kit(), args...)
}

func runKit(t *testing.T, kit app.Kit, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr strings.Builder
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	code = app.Run(ctx, args, kit, &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}
