package chaos_test

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// holding is what a copy has open.
type holding struct{ goroutines, files int }

// What may be open more than before: connections that the pools have made meanwhile, and who serves them.
const (
	moreGoroutines = 160
	moreFiles      = 90
	settleWithin   = time.Minute
)

// holding returns what a copy has open. What is only kept for later is closed first.
func (s *scene) holding(p *process) (h holding, waits bool, err error) {
	for _, t := range s.taps() {
		t.hangUp()
	}
	s.front.client.CloseIdleConnections()
	status, body, err := fetch(s.ctx, "http://"+p.admin+"/metrics")
	if err != nil {
		return h, false, err
	}
	if status != 200 {
		return h, false, fmt.Errorf("/metrics answered %d", status)
	}
	number := func(name string) int {
		for line := range strings.Lines(string(body)) {
			if value, ok := strings.CutPrefix(line, name+" "); ok {
				f, _ := strconv.ParseFloat(strings.TrimSpace(value), 64)
				return int(f)
			}
		}
		err = fmt.Errorf("/metrics has no %s", name)
		return math.MaxInt32
	}
	h = holding{goroutines: number("go_goroutines"), files: number("process_open_fds")}
	return h, strings.Contains(string(body), "patchbay_lane_depth{"), err
}

// sessions returns how many sessions the scene's PostgreSQL database has.
func (s *scene) sessions() (n int, err error) {
	if !strings.HasPrefix(s.store, "postgres") {
		return 0, nil
	}
	db, err := sql.Open("pgx", s.store)
	if err != nil {
		return 0, err
	}
	defer func() { _ = db.Close() }()
	err = db.QueryRowContext(s.ctx, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`).Scan(&n)
	return n, err
}

// before returns what each copy has open before anything goes wrong.
func (s *scene) before() (all []holding) {
	s.t.Helper()
	for _, p := range s.copies {
		h, _, err := s.holding(p)
		if err != nil {
			s.t.Fatalf("what is open: %v", err)
		}
		all = append(all, h)
	}
	return all
}

// settle waits until no lane has work, and no copy has more open than before.
func (s *scene) settle(before []holding) {
	s.t.Helper()
	for i, p := range s.copies {
		var now holding
		var waits bool
		var err error
		ctx, cancel := context.WithTimeout(s.ctx, settleWithin)
		ended := poll(ctx, 200*time.Millisecond, func() bool {
			now, waits, err = s.holding(p)
			return err == nil && !waits && now.goroutines <= before[i].goroutines+moreGoroutines && now.files <= before[i].files+moreFiles
		})
		cancel()
		if ended != nil {
			s.t.Errorf("copy %d does not settle: before %+v, now %+v, lanes wait: %v, err %v", i, before[i], now, waits, err)
			s.dump(p)
		}
	}
	const pool = 16 + 4 // connections of a copy's pool, and what it opens beside it
	n, err := 0, error(nil)
	ctx, cancel := context.WithTimeout(s.ctx, settleWithin)
	defer cancel()
	if poll(ctx, 200*time.Millisecond, func() bool { // those of a copy that was killed end soon
		n, err = s.sessions()
		return err == nil && n <= pool*len(s.copies)
	}) != nil {
		s.t.Errorf("PostgreSQL has %d sessions of %d copies, err %v", n, len(s.copies), err)
	}
}

// dump logs what a copy does that does not settle.
func (s *scene) dump(p *process) {
	for _, page := range []string{"/metrics", "/debug/pprof/goroutine?debug=1"} {
		_, body, err := fetch(s.ctx, "http://"+p.admin+page)
		if err != nil {
			s.t.Logf("%s: %v", page, err)
			continue
		}
		var lines []string
		for line := range strings.Lines(string(body)) {
			if page != "/metrics" || strings.HasPrefix(line, "patchbay_") {
				lines = append(lines, line)
			}
		}
		s.t.Logf("%s:\n%s", page, strings.Join(lines[:min(len(lines), 60)], ""))
	}
}

// aside returns how many entries were set aside: what the gateway could not handle at all.
func (s *scene) aside() (n int, err error) {
	driver, source := s.database()
	db, err := sql.Open(driver, source)
	if err != nil {
		return 0, err
	}
	defer func() { _ = db.Close() }()
	err = db.QueryRowContext(s.ctx, `SELECT count(*) FROM set_aside`).Scan(&n)
	return n, err
}
