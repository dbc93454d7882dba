package chaos_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"patchbay/models/store/storetest"
)

// long is the whole suite: 10,000 messages of 500 chats a case.
var long = flag.Bool("chaos.long", false, "10,000 messages of 500 chats a case")

// copies is how many copies share PostgreSQL where a case wants more than one.
var copies = flag.Int("chaos.copies", 3, "how many copies share PostgreSQL")

// binary is the program under test, built once.
var binary string

func TestMain(m *testing.M) { os.Exit(build(m)) }

func build(m *testing.M) int {
	flag.Parse()
	// Cases wait for leases and backoffs more than for the processor; in the long form it is the other way round.
	beside := "4"
	if *long {
		beside = "1"
	}
	if err := flag.Set("test.parallel", beside); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	dir, err := os.MkdirTemp("", "patchbay-chaos-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "patchbay")
	if err := compile(binary, "patchbay/gateway"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := storetest.Main(m)
	results.print()
	return code
}

func compile(to, what string) error {
	if out, err := exec.Command("go", "build", "-o", to, what).CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", what, err, out)
	}
	return nil
}

// fault is one thing that goes wrong.
type fault struct {
	name   string
	only   string // "sqlite" or "postgres"; "" is each
	copies int    // on PostgreSQL; 0 is 1
	set    func(*testing.T, *setting)
	run    func(*testing.T, *scene) // while the load is under way
	after  func(*testing.T, *scene)
}

// Ensure that whatever goes wrong, each message that was accepted is there and across, in the order of its chat; that at
// most what was under way goes out again; and that nothing is left open.
func TestChaos(t *testing.T) {
	for _, f := range faults() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			for _, kind := range []string{"sqlite", "postgres"} {
				if f.only == "" || f.only == kind {
					t.Run(kind, func(t *testing.T) { f.play(t, kind) })
				}
			}
		})
	}
}

// play runs one case on one kind of database.
func (f fault) play(t *testing.T, kind string) {
	t.Parallel()
	set := setting{copies: 1}
	if kind == "postgres" {
		set.copies = max(min(f.copies, *copies), 1)
	}
	if f.set != nil {
		f.set(t, &set)
	}
	switch {
	case set.store != "":
	case kind == "postgres":
		set.store = storetest.Postgres(t)
	default:
		set.store = storetest.SQLite(t)
	}
	s := open(t, set)
	if err := s.load(0, s.shape.warm); err != nil {
		t.Fatalf("before anything went wrong: %v", err)
	}
	before := s.before()
	played := make(chan error, 1)
	go func() { played <- s.load(s.shape.warm, s.shape.chats) }()
	f.run(t, s)
	err := <-played
	if err != nil {
		t.Errorf("%d of %d messages are across: %v", s.book.across.Load(), s.book.total, err)
	}
	if f.after != nil {
		f.after(t, s)
	}
	s.settle(before)
	v := s.judge()
	for i, what := range v.faults {
		if i == 10 {
			t.Errorf("and %d more", len(v.faults)-i)
			break
		}
		t.Error(what)
	}
	if n, err := s.aside(); err != nil || n > 0 {
		t.Errorf("%d entries were set aside, err %v", n, err)
	}
	results.add(f.name+", "+database(kind, set.copies), v)
}

func database(kind string, copies int) string {
	switch {
	case kind == "sqlite":
		return "SQLite"
	case copies == 1:
		return "PostgreSQL"
	}
	return fmt.Sprintf("PostgreSQL, %d copies", copies)
}

// table is what all cases came to.
type table struct {
	mu   sync.Mutex
	rows []string
}

var results table

func (r *table) add(name string, v verdict) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rows = append(r.rows, fmt.Sprintf("| %s\t| %d\t| %d\t| %d\t| %d\t| %s\t|",
		name, v.messages, v.lost, v.outOfOrder, v.twice, v.longest.Round(10*time.Millisecond)))
}

// print prints the table as docs/reliability.md has it.
func (r *table) print() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.rows) == 0 {
		return
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 1, ' ', 0)
	fmt.Fprintln(w, "| fault\t| messages\t| lost\t| out of order\t| twice\t| longest pause\t|")
	fmt.Fprintln(w, "|---\t|---\t|---\t|---\t|---\t|---\t|")
	for _, row := range r.rows {
		fmt.Fprintln(w, row)
	}
	_ = w.Flush()
	fmt.Println("Rates are raised far above the platforms' own, so that the faults meet a busy gateway.")
}
