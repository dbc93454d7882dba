package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"patchbay/models/store/scratch"
)

// rig is one gateway with all that is around it, on a database of its own.
type rig struct {
	*run
	name      string // "accept-sqlite"
	database  string // its URL
	customers *customers
	standIns  *part
	gateway   *gateway
	close     func() error
}

// build starts a rig on a database of its own.
func (r *run) build(ctx context.Context, section string, on database) (_ *rig, err error) {
	g := &rig{run: r, name: section + "-" + on.String()}
	var undo []func() error
	g.close = func() error {
		var errs []error
		for _, end := range slices.Backward(undo) {
			errs = append(errs, end())
		}
		undo = nil
		return errors.Join(errs...)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, g.close())
		}
	}()
	dir := filepath.Join(r.dir, g.name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	undo = append(undo, func() error { return os.RemoveAll(dir) })
	store, drop, err := r.database(ctx, on, dir)
	if err != nil {
		return nil, err
	}
	undo = append(undo, drop)
	g.database = store
	if g.customers, err = startCustomers(); err != nil {
		return nil, err
	}
	undo = append(undo, func() error { g.customers.close(); return nil })
	if g.gateway, err = newGateway(); err != nil {
		return nil, err
	}
	undo = append(undo, g.gateway.release)
	if g.standIns, err = startPart(ctx, r.program, roleStandIns, orders{Gateway: g.gateway.public}); err != nil {
		return nil, err
	}
	undo = append(undo, g.standIns.stop)
	if err := g.gateway.start(ctx, r.program, dir, configOf(g.gateway, store, g.customers.url, g.standIns.address)); err != nil {
		return nil, err
	}
	undo = append(undo, g.gateway.stop)
	return g, nil
}

// bot tells the stand-in for the bot to hold its answers, or to let them go.
func (g *rig) bot(ctx context.Context, what string) error {
	status, _, err := ask(ctx, http.MethodPost, "http://"+g.standIns.address+"/bot/"+what)
	if err == nil && status != http.StatusNoContent {
		err = fmt.Errorf("answered %d", status)
	}
	if err != nil {
		return fmt.Errorf("bot's stand-in: %w", err)
	}
	return nil
}

// state asks the stand-ins how they fared.
func (g *rig) state(ctx context.Context) (s state, err error) {
	_, body, err := ask(ctx, http.MethodGet, "http://"+g.standIns.address+"/state")
	if err == nil {
		err = json.Unmarshal(body, &s)
	}
	if err != nil {
		return s, fmt.Errorf("stand-ins: %w", err)
	}
	if s.Fault != "" {
		return s, errors.New(s.Fault)
	}
	return s, nil
}

// cost is how much processor time a message needs.
type cost struct {
	gateway time.Duration
	server  time.Duration // PostgreSQL's; 0 where that is not known
}

// spent runs fn and returns what each message cost meanwhile.
func (g *rig) spent(ctx context.Context, l *ledger, fn func() error) (each cost, err error) {
	began, err := g.used(ctx)
	if err != nil {
		return each, err
	}
	sent := l.written()
	if err := fn(); err != nil {
		return each, err
	}
	ended, err := g.used(ctx)
	if err != nil {
		return each, err
	}
	messages := time.Duration(max(1, l.written()-sent))
	return cost{(ended.gateway - began.gateway) / messages, (ended.server - began.server) / messages}, nil
}

// used returns how much processor time was used up to now.
func (g *rig) used(ctx context.Context) (c cost, err error) {
	if strings.HasPrefix(g.database, "postgres") {
		if c.server, err = scratch.ServerTime(ctx, g.database); err != nil {
			return c, err
		}
	}
	c.gateway, err = g.processor(ctx)
	return c, err
}

// processor returns how much processor time the gateway has used, as its metrics tell.
func (g *rig) processor(ctx context.Context) (time.Duration, error) {
	const name = "process_cpu_seconds_total "
	_, body, err := ask(ctx, http.MethodGet, "http://"+g.gateway.admin+"/metrics")
	if err != nil {
		return 0, fmt.Errorf("metrics: %w", err)
	}
	for line := range strings.Lines(string(body)) {
		if value, ok := strings.CutPrefix(line, name); ok {
			seconds, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			return time.Duration(seconds * float64(time.Second)), err
		}
	}
	return 0, nil // this system does not tell
}

// profiled runs fn and, when profiles are asked for, keeps the gateway's CPU profile of that time.
func (g *rig) profiled(ctx context.Context, seconds int, fn func() error) error {
	if g.o.Profile == "" {
		return fn()
	}
	done := make(chan error, 1)
	go func() { // is waited for below
		_, body, err := ask(ctx, http.MethodGet, fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", g.gateway.admin, seconds))
		if err == nil {
			err = os.WriteFile(filepath.Join(g.o.Profile, g.name+".pprof"), body, 0o600)
		}
		done <- err
	}()
	return errors.Join(fn(), <-done)
}
