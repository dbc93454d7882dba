package bench_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"patchbay/gateway/sandbox"
	"patchbay/models/store/storetest"
	"patchbay/models/store/storetest/loopback"
)

// idleFor is how long the test watches a gateway that has nothing to do. PATCHBAY_IDLE=1m watches longer.
const idleFor = 8 * time.Second

// Ensure that a gateway with nothing to do is small and quiet, and that it is there soon after its start. The limits here
// of time and wake-ups are far above what is measured, because other tests run beside this one; docs/performance.md has
// the figures.
func TestIdle(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("skipped: reads /proc")
	}
	watch := idleFor
	if text := os.Getenv("PATCHBAY_IDLE"); text != "" {
		var err error
		if watch, err = time.ParseDuration(text); err != nil {
			t.Fatalf("PATCHBAY_IDLE: %v", err)
		}
	}
	w, err := sandbox.Start(sandbox.Options{Store: storetest.SQLite(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	address := loopback.Address(t)
	conf := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(conf, []byte(w.Config("http://"+address)), 0o600); err != nil {
		t.Fatal(err)
	}
	first, _ := serve(t, conf, address)
	stop(t, first)
	const most = 3 * time.Second
	p, took := serve(t, conf, address)
	for try := 1; took > most && try < 5; try++ { // what counts is the work, not what else the machine has to do
		stop(t, p)
		p, took = serve(t, conf, address)
	}
	t.Logf("ready on an existing database after %v", took.Round(time.Millisecond))
	if took > most {
		t.Errorf("ready after %v, want less than %v", took, most)
	}
	settle := time.NewTimer(watch / 2)
	<-settle.C
	before := switches(t, p.Process.Pid)
	settle.Reset(watch)
	<-settle.C
	rate := float64(switches(t, p.Process.Pid)-before) / watch.Seconds()
	rss, anon, file := memory(t, p.Process.Pid)
	t.Logf("idle: %.1f MB RSS (%.1f MB of its own, %.1f MB of the program's file), %.1f voluntary switches a second", rss, anon, file, rate)
	if most := 40.0; rss > most {
		t.Errorf("RSS is %.1f MB, want less than %.0f", rss, most)
	}
	if most := 40.0; rate > most {
		t.Errorf("%.1f switches a second, want less than %.0f: something polls", rate, most)
	}
	stop(t, p)
}

// serve starts the program and returns how long it took until it was ready.
func serve(t *testing.T, conf, address string) (*exec.Cmd, time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.Command(program, "serve", "--config", conf)
	cmd.Stderr = t.Output()
	start := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Close = true // an open connection would be work for who is to be idle
		if resp, err := http.DefaultClient.Do(r); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return cmd, time.Since(start)
			}
		}
		select {
		case <-ctx.Done():
			t.Fatalf("not ready: %v", ctx.Err())
		case <-tick.C:
		}
	}
}

func stop(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("serve: %v", err)
	}
}

// memory returns a process's memory in MB.
func memory(t *testing.T, pid int) (rss, anon, file float64) {
	t.Helper()
	in := statusOf(t, fmt.Sprintf("/proc/%d/status", pid))
	return in["VmRSS"] / 1024, in["RssAnon"] / 1024, in["RssFile"] / 1024
}

// switches returns how often the process's threads have gone to sleep by themselves.
func switches(t *testing.T, pid int) (sum int) {
	t.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil || len(tasks) == 0 {
		t.Fatalf("no threads of %d: %v", pid, err)
	}
	for _, task := range tasks {
		sum += int(statusOf(t, task)["voluntary_ctxt_switches"])
	}
	return sum
}

// statusOf reads the numbers in a status file of /proc.
func statusOf(t *testing.T, file string) map[string]float64 {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	in := map[string]float64{}
	for line := range strings.Lines(string(text)) {
		name, rest, _ := strings.Cut(line, ":")
		if fields := strings.Fields(rest); len(fields) > 0 {
			if v, err := strconv.ParseFloat(fields[0], 64); err == nil {
				in[name] = v
			}
		}
	}
	return in
}
