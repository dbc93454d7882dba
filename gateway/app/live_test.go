package app_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"patchbay/gateway/app"
	"patchbay/gateway/sandbox"
	"patchbay/gateway/standard"
	"patchbay/models/store/storetest/loopback"
)

// journal keeps lines, and lets others wait for them.
type journal struct {
	mu    sync.Mutex
	lines []string
	added chan struct{} // closed and replaced with each line
}

func newJournal() *journal { return &journal{added: make(chan struct{})} }

func (j *journal) Write(p []byte) (int, error) {
	j.add(strings.TrimSuffix(string(p), "\n"))
	return len(p), nil
}

func (j *journal) add(line string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, line)
	close(j.added)
	j.added = make(chan struct{})
}

// count returns how many lines have all of words.
func (j *journal) count(words ...string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := 0
	for _, line := range j.lines {
		if containsAll(line, words) {
			n++
		}
	}
	return n
}

func containsAll(line string, words []string) bool {
	for _, word := range words {
		if !strings.Contains(line, word) {
			return false
		}
	}
	return true
}

// wait waits until there are n lines with all of words.
func (j *journal) wait(t *testing.T, n int, words ...string) {
	t.Helper()
	end := time.After(patience)
	for {
		j.mu.Lock()
		added := j.added
		j.mu.Unlock()
		if j.count(words...) >= n {
			return
		}
		select {
		case <-added:
		case <-end:
			t.Fatalf("%d lines with %q, want %d; all are\n%s", j.count(words...), words, n, j)
		}
	}
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Join(j.lines, "\n")
}

// patience is how long a test waits for what must come, on a busy machine too.
const patience = 2 * time.Minute

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// live is a gateway that Serve runs in a world, from a config file in a folder of its own.
type live struct {
	*sandbox.World
	file   string
	text   string // of the file, as it was last right
	public string
	log    *journal
	ops    *journal // what the operator was told
	stop   context.CancelFunc
	done   chan error
}

// operator starts a server that takes what operators are told, and returns its address.
func operator(t *testing.T) (string, *journal) {
	t.Helper()
	told := newJournal()
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var line struct{ Text string }
		if err := json.NewDecoder(r.Body).Decode(&line); err != nil {
			told.add("not understood: " + err.Error())
		}
		told.add(line.Text)
	}))
	t.Cleanup(s.Close)
	return s.URL, told
}

// enter starts a world for a gateway whose config stands in a new folder. The gateway is not started.
func enter(t *testing.T, o sandbox.Options) *live {
	t.Helper()
	dir := t.TempDir()
	hook, ops := operator(t)
	o.Unpaced = true
	o.Store = "sqlite://" + filepath.Join(dir, "patchbay.db")
	if o.Sections == nil {
		o.Sections = map[string]string{}
	}
	o.Sections["server"] += "ops_webhook = \"" + hook + "\"\n"
	w, err := sandbox.Start(o)
	if err != nil {
		t.Fatalf("start world: %v", err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Errorf("close world: %v", err)
		}
	})
	l := &live{World: w, file: filepath.Join(dir, "config.toml"), public: "http://" + loopback.Address(t), log: newJournal(), ops: ops}
	l.text = w.Config(l.public)
	l.write(t, l.text)
	return l
}

// serve is enter with a gateway that runs until the end of the test.
func serve(t *testing.T, o sandbox.Options) *live {
	t.Helper()
	l := enter(t, o)
	l.start(t)
	return l
}

// start starts the gateway.
func (l *live) start(t *testing.T) {
	t.Helper()
	conf, err := app.Load(l.file, standard.Kit())
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	l.stop, l.done = stop, make(chan error, 1)
	log := slog.New(slog.NewJSONHandler(l.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	go func() { l.done <- app.Serve(ctx, conf, standard.Kit(), log) }()
	t.Cleanup(func() {
		l.stopNow(t)
		if t.Failed() && testing.Verbose() {
			t.Logf("the log:\n%s", l.log)
		}
	})
	l.log.wait(t, 1, `"msg":"serving"`, `"what":"public"`)
}

// stopNow ends the gateway, if it still runs.
func (l *live) stopNow(t *testing.T) {
	t.Helper()
	if l.stop == nil {
		return
	}
	l.stop()
	l.stop = nil
	if err := <-l.done; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

// write writes the config file.
func (l *live) write(t *testing.T, text string) {
	t.Helper()
	if err := os.WriteFile(l.file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// replace replaces the config file, as editors do it: nobody finds it empty in between, however slow the machine is.
func (l *live) replace(t *testing.T, text string) {
	t.Helper()
	ok(t, os.WriteFile(l.file+"~", []byte(text), 0o600))
	ok(t, os.Rename(l.file+"~", l.file))
}

// change writes the config file with replacements, and waits until it is taken.
func (l *live) change(t *testing.T, oldnew ...string) {
	t.Helper()
	for i := 0; i < len(oldnew); i += 2 {
		if !strings.Contains(l.text, oldnew[i]) {
			t.Fatalf("the config has no %q", oldnew[i])
		}
	}
	l.text = strings.NewReplacer(oldnew...).Replace(l.text)
	n := l.log.count("config reloaded")
	l.write(t, l.text)
	l.log.wait(t, n+1, "config reloaded")
}

// section returns a section of the config, from its header to the next.
func (l *live) section(name string) string {
	_, text, _ := strings.Cut(l.text, "["+name+"]")
	text, _, _ = strings.Cut(text, "\n[")
	return "[" + name + "]" + text
}

// get returns what is answered to a call.
func (l *live) call(t *testing.T, method, path, body string) (int, string) {
	t.Helper()
	return request(t, method, l.public+path, body)
}

func request(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(within(t), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
