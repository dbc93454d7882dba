package bench_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"patchbay/gateway/app"
	"patchbay/gateway/bench"
	"patchbay/models/store/storetest"
)

// program is the built program, which bench starts again for its parts.
var program string

func TestMain(m *testing.M) { os.Exit(build(m)) }

func build(m *testing.M) int {
	dir, err := os.MkdirTemp("", "patchbay-bench-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "patchbay")
	if out, err := exec.Command("go", "build", "-o", program, "patchbay/gateway").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		return 1
	}
	return storetest.Main(m)
}

// options are those of a short run.
func options(t *testing.T, out *bytes.Buffer) app.BenchOptions {
	return app.BenchOptions{Seconds: 1, Connections: 4, Chats: 8, Dir: t.TempDir(), Out: out, Err: t.Output(), Program: program}
}

type numbers struct {
	Rate, Ratio float64
	P50         float64 `json:"p50_ms"`
	P99         float64 `json:"p99_ms"`
}

// Ensure that a run loses nothing, leaves nothing behind, and prints what it says it prints. How fast it was is not judged:
// the machine may be busy, and then nothing is done within its second.
func TestRun(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		var out bytes.Buffer
		o := options(t, &out)
		o.JSON = true
		database := "sqlite"
		if strings.HasPrefix(url, "postgres") {
			database, o.Postgres = "postgres", url
		}
		o.Only = []string{"accept/" + database, "whole/" + database, "held/" + database}
		got := measure(t, o, &out)
		for _, section := range []string{"accept", "whole", "held"} {
			n, ok := got[section][database]
			if !ok || len(got[section]) != 1 || n.Rate < 0 || n.Ratio < 0 || n.P99 < n.P50 {
				t.Errorf("%s = %+v, want figures of %s", section, got[section], database)
			}
		}
	})
}

// Ensure that a full database is measured beside an empty one, and that nothing is lost on it either.
func TestFill(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		var out bytes.Buffer
		o := options(t, &out)
		o.JSON, o.Fill, o.Only = true, "16x3", []string{"whole/sqlite"}
		want := []string{"sqlite", "sqlite-full"}
		if strings.HasPrefix(url, "postgres") {
			o.Postgres, o.Only, want = url, []string{"whole/postgres"}, []string{"postgres", "postgres-full"}
		}
		if got := slices.Sorted(maps.Keys(measure(t, o, &out)["whole"])); !slices.Equal(got, want) {
			t.Errorf("whole was measured on %v, want %v", got, want)
		}
	})
}

// measure runs the command and reads its figures.
func measure(t *testing.T, o app.BenchOptions, out *bytes.Buffer) (got map[string]map[string]numbers) {
	t.Helper()
	if err := bench.Run(t.Context(), o); err != nil {
		t.Fatalf("Run = %v", err)
	}
	d := json.NewDecoder(out)
	d.DisallowUnknownFields()
	if err := d.Decode(&got); err != nil {
		t.Fatalf("decode: %v", err)
	}
	if left, err := os.ReadDir(o.Dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	return got
}

func TestTable(t *testing.T) {
	var out bytes.Buffer
	o := options(t, &out)
	o.Only = []string{"whole/sqlite"}
	o.Profile = t.TempDir()
	if err := bench.Run(t.Context(), o); err != nil {
		t.Fatalf("Run = %v", err)
	}
	for _, want := range []string{"4 connections, 1 s a figure", "raised to 1000000 a second", "whole: messages a second", "bare handler", "sqlite"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table has no %q:\n%s", want, out.String())
		}
	}
	if profile, err := os.ReadFile(filepath.Join(o.Profile, "whole-sqlite.pprof")); err != nil || len(profile) == 0 {
		t.Errorf("profile: %d bytes, %v", len(profile), err)
	}
}

func TestRefused(t *testing.T) {
	tests := []struct {
		name   string
		change func(*app.BenchOptions)
		want   string
	}{
		{"no time", func(o *app.BenchOptions) { o.Seconds = 0 }, "at least 1"},
		{"no connections", func(o *app.BenchOptions) { o.Connections = 0 }, "at least 1"},
		{"unknown section", func(o *app.BenchOptions) { o.Only = []string{"speed"} }, `not "speed"`},
		{"unknown database", func(o *app.BenchOptions) { o.Only = []string{"accept/oracle"} }, `not "accept/oracle"`},
		{"fill that is none", func(o *app.BenchOptions) { o.Fill = "many" }, `not "many"`},
		{"fill and more", func(o *app.BenchOptions) { o.Fill = "10x2x3" }, `not "10x2x3"`},
		{"no server", func(o *app.BenchOptions) { o.Only = []string{"accept/postgres"} }, "needs --postgres"},
		{"unknown role", func(o *app.BenchOptions) { o.Role, o.In = "clown", strings.NewReader("{}\n") }, `no role "clown"`},
		{"role by hand", func(o *app.BenchOptions) { o.Role, o.In = "bare", strings.NewReader("") }, "for bench itself"},
		{"program that is none", func(o *app.BenchOptions) { o.Program = filepath.Join(t.TempDir(), "none") }, "bare handler"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			o := options(t, &out)
			tt.change(&o)
			if err := bench.Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Run = %v, want an error with %q", err, tt.want)
			}
		})
	}
}
