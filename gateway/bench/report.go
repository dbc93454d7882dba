package bench

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"

	"patchbay/gateway/app"
)

// report is what a run gives.
type report struct {
	o app.BenchOptions
	// flush is how long the disk takes to make a page durable: the median, and flushMost the longest.
	flush, flushMost time.Duration

	sections []sectionReport
}

type sectionReport struct {
	name string
	bare []figures    // one before, between and after
	on   [][]onReport // of each database its rounds
}

// rounds returns of each database the round in the middle by processor time.
func (s sectionReport) rounds() (middle []onReport) {
	for _, all := range s.on {
		all = slices.Clone(all)
		slices.SortFunc(all, func(a, b onReport) int {
			return cmp.Compare(a.each.gateway+a.each.server, b.each.gateway+b.each.server)
		})
		middle = append(middle, all[len(all)/2])
	}
	return middle
}

type onReport struct {
	database database
	measured
	bare float64 // the bare handler's rate at that time
}

func (o onReport) ratio() float64 {
	if o.bare == 0 {
		return 0
	}
	return o.rate / o.bare
}

// numbers are the figures of one section on one database, as JSON.
type numbers struct {
	Rate  float64 `json:"rate"`
	Ratio float64 `json:"ratio"`
	P50   float64 `json:"p50_ms"`
	P99   float64 `json:"p99_ms"`
}

// json prints {"accept":{"sqlite":{…},"postgres":{…}},"whole":{…},"held":{…}}, without what was not measured.
func (r *report) json(w io.Writer) error {
	var out struct {
		Accept map[string]numbers `json:"accept,omitempty"`
		Whole  map[string]numbers `json:"whole,omitempty"`
		Held   map[string]numbers `json:"held,omitempty"`
	}
	for _, s := range r.sections {
		on := map[string]numbers{}
		for _, o := range s.rounds() {
			on[o.database.String()] = numbers{
				Rate: round(o.rate, 1), Ratio: round(o.ratio(), 3), P50: round(millis(o.full.p50), 2), P99: round(millis(o.full.p99), 2),
			}
		}
		switch s.name {
		case accept:
			out.Accept = on
		case whole:
			out.Whole = on
		case held:
			out.Held = on
		}
	}
	return json.NewEncoder(w).Encode(out)
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func round(v float64, digits int) float64 {
	scale := math.Pow10(digits)
	return math.Round(v*scale) / scale
}

// says is what each section's line in the table is about.
var says = map[string]string{
	accept: "webhook requests a second, stored durably before they are answered; the bot holds its answers",
	whole:  "messages a second: webhook, event, bot over HTTP, answer on the platform's API",
	held:   "messages a second of chats that an agent has, both ways: customer to thread, reply to customer",
}

// table prints the figures for people.
func (r *report) table(w io.Writer) error {
	fmt.Fprintf(w, "%d connections, %d s a figure, %d processors for everything: load generator, stand-ins, gateway, database.\n",
		r.o.Connections, r.o.Seconds, runtime.NumCPU())
	fmt.Fprintf(w, "The rate limits of the channel and of Slack are raised to %d a second, so that they are not what is measured.\n", unlimited)
	fmt.Fprintf(w, "A flush of the disk takes %.2f ms, %.2f ms at most: nothing is durable sooner.\n", millis(r.flush), millis(r.flushMost))
	for _, s := range r.sections {
		fmt.Fprintf(w, "\n%s: %s\n", s.name, says[s.name])
		t := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
		fmt.Fprint(t, "\ta second\tof bare\tp50 ms\tp99 ms\t503s\tprocessor ms\tPostgreSQL's\t")
		if s.name == accept {
			fmt.Fprint(t, "at half load: p50 ms\tp99 ms\t")
		}
		fmt.Fprintln(t)
		var bare figures
		for _, f := range s.bare {
			bare.count, bare.span = bare.count+f.count, bare.span+f.span
			bare.p50, bare.p99 = bare.p50+f.p50/time.Duration(len(s.bare)), max(bare.p99, f.p99)
		}
		fmt.Fprintf(t, "bare handler\t%.0f\t1\t%.2f\t%.2f\t\t\t\t", bare.rate(), millis(bare.p50), millis(bare.p99))
		if s.name == accept {
			fmt.Fprint(t, "\t\t")
		}
		fmt.Fprintln(t)
		for _, o := range s.rounds() {
			fmt.Fprintf(t, "%v\t%.0f\t%.3f\t%.2f\t%.2f\t%d\t%.3f\t", o.database, o.rate, o.ratio(), millis(o.full.p50), millis(o.full.p99), o.full.refused, millis(o.each.gateway))
			if o.each.server > 0 {
				fmt.Fprintf(t, "%.3f", millis(o.each.server))
			}
			fmt.Fprint(t, "\t")
			if s.name == accept {
				fmt.Fprintf(t, "%.2f\t%.2f\t", millis(o.half.p50), millis(o.half.p99))
			}
			fmt.Fprintln(t)
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	return nil
}
