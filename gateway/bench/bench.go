package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"patchbay/gateway/app"
)

// run is one call of the command.
type run struct {
	o       app.BenchOptions
	fill    fill
	program string              // the file to start again
	dir     string              // for databases, configs and logs
	full    map[string]template // the full databases, by kind
}

// Run measures what the options ask for and prints it. It fails when a message is lost, comes twice or out of order.
func Run(ctx context.Context, o app.BenchOptions) (err error) {
	if o.Role != "" {
		return play(ctx, o.Role, o.In, o.Out)
	}
	if err := check(o); err != nil {
		return err
	}
	r := &run{o: o, program: o.Program, full: map[string]template{}}
	if r.fill, err = parseFill(o.Fill); err != nil {
		return err
	}
	if r.program == "" {
		if r.program, err = os.Executable(); err != nil {
			return err
		}
	}
	if r.dir, err = os.MkdirTemp(o.Dir, "patchbay-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.dropTemplates(), os.RemoveAll(r.dir)) }()
	rep, err := r.measure(ctx)
	if err != nil {
		return err
	}
	if o.JSON {
		return rep.json(o.Out)
	}
	return rep.table(o.Out)
}

// check refuses options that cannot be measured by.
func check(o app.BenchOptions) error {
	if o.Seconds < 1 || o.Connections < 1 || o.Connections > 1024 || o.Chats < 1 {
		return errors.New("--seconds, --connections (up to 1024) and --chats must be at least 1")
	}
	for _, only := range o.Only {
		section, database, _ := strings.Cut(only, "/")
		if !slices.Contains([]string{accept, whole, held}, section) || !slices.Contains([]string{"", onSQLite, onPostgres}, database) {
			return fmt.Errorf("--only takes accept, whole or held, each also with /sqlite or /postgres; not %q", only)
		}
	}
	return nil
}

// wanted reports whether a section is to be measured on a database.
func (r *run) wanted(section string, on database) bool {
	if on.kind == onPostgres && r.o.Postgres == "" || on.full && r.fill.chats == 0 {
		return false
	}
	return len(r.o.Only) == 0 || slices.Contains(r.o.Only, section) || slices.Contains(r.o.Only, section+"/"+on.kind)
}

// measure measures section by section. The bare handler's turn comes before and after each of them, because a machine
// that is shared is not always equally fast.
func (r *run) measure(ctx context.Context) (*report, error) {
	rep := &report{o: r.o}
	var err error
	if rep.flush, rep.flushMost, err = flushTime(r.dir); err != nil {
		return nil, err
	}
	for _, s := range []section{{accept, r.accept}, {whole, r.whole}, {held, r.held}} {
		part := sectionReport{name: s.name}
		for round := range max(1, r.o.Rounds) {
			for n, on := range r.databases(s.name) {
				o, err := r.compare(ctx, s, on, &part)
				if err != nil {
					return nil, err
				}
				if round == 0 {
					part.on = append(part.on, nil)
				}
				part.on[n] = append(part.on[n], o)
			}
		}
		if len(part.on) > 0 {
			rep.sections = append(rep.sections, part)
		}
	}
	if len(rep.sections) == 0 {
		return nil, errors.New("nothing to measure: PostgreSQL needs --postgres")
	}
	return rep, nil
}

// section is what is measured.
type section struct {
	name    string
	measure func(context.Context, database) (measured, error)
}

// databases returns what a section is measured on.
func (r *run) databases(section string) (all []database) {
	for _, on := range []database{{onSQLite, false}, {onSQLite, true}, {onPostgres, false}, {onPostgres, true}} {
		if r.wanted(section, on) {
			all = append(all, on)
		}
	}
	return all
}

// compare measures a section on a database, between two turns of the bare handler.
func (r *run) compare(ctx context.Context, s section, on database, part *sectionReport) (o onReport, err error) {
	bare := func() error {
		f, err := r.bare(ctx, s.name)
		if err != nil {
			return fmt.Errorf("%s: bare handler: %w", s.name, err)
		}
		part.bare = append(part.bare, f)
		return nil
	}
	if len(part.bare) == 0 {
		if err := bare(); err != nil {
			return o, err
		}
	}
	o.database = on
	if o.measured, err = s.measure(ctx, on); err != nil {
		return o, fmt.Errorf("%s on %s: %w", s.name, on, err)
	}
	if err := bare(); err != nil {
		return o, err
	}
	o.bare = (part.bare[len(part.bare)-2].rate() + part.bare[len(part.bare)-1].rate()) / 2
	r.say("%s on %s: %.0f messages/s, %.2f of the bare handler; %.3f ms of the gateway's processor time a message, %.3f ms of PostgreSQL's",
		s.name, on, o.rate, o.ratio(), millis(o.each.gateway), millis(o.each.server))
	return o, nil
}

// say tells what is going on.
func (r *run) say(format string, args ...any) { fmt.Fprintf(r.o.Err, format+"\n", args...) }
