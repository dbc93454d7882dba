// Package hours knows when a desk is open: by weekday, with days that are different, in a time zone of its own. It does
// no I/O and keeps to the wall clock when daylight saving time begins and ends.
package hours

import (
	"iter"
	"time"
	_ "time/tzdata" // a container or a Windows machine may have no time zones of its own
)

// horizon is how far ahead is looked. Every week has an open day, so only a long row of holidays could reach it.
const horizon = 400 * 24 * time.Hour

const (
	minute = 60
	day    = 24 * 60 * minute
)

// Hours are the opening hours of a desk. The zero value and nil are open at all times. It does not change and may be used
// by many goroutines at once.
type Hours struct {
	zone  *time.Location
	week  [7][]span      // by time.Weekday
	dates map[int][]span // days that are different, by dayOf; none is a day that is closed
}

// span is a part of a day, in seconds of the wall clock since midnight.
type span struct{ from, to int }

// Always reports whether h never closes because nothing was said.
func (h *Hours) Always() bool { return h == nil || h.zone == nil }

// Zone returns the time zone, UTC if nothing was said.
func (h *Hours) Zone() *time.Location {
	if h.Always() {
		return time.UTC
	}
	return h.zone
}

// Open reports whether h is open at t.
func (h *Hours) Open(t time.Time) bool {
	if h.Always() {
		return true
	}
	_, offset := t.In(h.zone).Zone()
	local := t.Unix() + int64(offset)
	second := int(local - floor(local, day)*day)
	for _, s := range h.of(floor(local, day)) {
		if s.from <= second && second < s.to {
			return true
		}
	}
	return false
}

// Next returns when h opens: t itself if it is open then. ok is false if it does not open within a year.
func (h *Hours) Next(t time.Time) (opens time.Time, ok bool) {
	if h.Open(t) {
		return t, true
	}
	for from := range h.spans(t) {
		return from.In(h.zone), true
	}
	return time.Time{}, false
}

// Since returns since when h is open at t without a break. ok is false if it is closed, and if it has been open for more
// than a week: then there was no opening to speak of.
func (h *Hours) Since(t time.Time) (opened time.Time, ok bool) {
	if h.Always() {
		return time.Time{}, false
	}
	begin := t.Add(-8 * 24 * time.Hour)
	for from, to := range h.spans(begin) {
		if t.Before(from) {
			break
		}
		if t.Before(to) {
			return from.In(h.zone), from.After(begin)
		}
	}
	return time.Time{}, false
}

// Longest returns the longest time for which h is closed without a break in the 60 days from t on.
func (h *Hours) Longest(t time.Time) (closed time.Duration) {
	if h.Always() {
		return 0
	}
	end := t.Add(60 * 24 * time.Hour)
	last := t
	for opens, closes := range h.spans(t) {
		closed = max(closed, opens.Sub(last))
		if last = closes; last.After(end) {
			break
		}
	}
	return closed
}

// Between returns how long h is open from one instant to another.
func (h *Hours) Between(from, to time.Time) (open time.Duration) {
	if h.Always() {
		return max(to.Sub(from), 0)
	}
	for opens, closes := range h.spans(from) {
		if !opens.Before(to) {
			break
		}
		if closes.After(to) {
			closes = to
		}
		open += closes.Sub(opens)
	}
	return open
}

// Add returns the instant by which h has been open for d since t.
func (h *Hours) Add(t time.Time, d time.Duration) time.Time {
	if h.Always() {
		return t.Add(max(d, 0))
	}
	for opens, closes := range h.spans(t) {
		room := closes.Sub(opens)
		if d <= room {
			return opens.Add(max(d, 0))
		}
		d -= room
	}
	return t.Add(horizon)
}

// spans yields when h is open from t on, in order; what touches is one. The first begins at t if h is open then.
func (h *Hours) spans(t time.Time) iter.Seq2[time.Time, time.Time] {
	return func(yield func(time.Time, time.Time) bool) {
		var from, to time.Time
		for opens, closes := range h.parts(t) {
			switch {
			case from.IsZero():
				from = opens
			case !opens.Equal(to):
				if !yield(from, to) {
					return
				}
				from = opens
			}
			to = closes
		}
		if !from.IsZero() {
			yield(from, to)
		}
	}
}

// parts yields the parts of the days on which h is open, from t on. Within a period of one offset from UTC the wall clock
// goes on evenly, so each period is gone through by itself: an hour that the clocks skip is open in none, one that they
// repeat in both.
func (h *Hours) parts(t time.Time) iter.Seq2[time.Time, time.Time] {
	return func(yield func(time.Time, time.Time) bool) {
		end := t.Add(horizon)
		for at := t; at.Before(end); {
			local := at.In(h.zone)
			_, until := local.ZoneBounds()
			if until.IsZero() || until.After(end) {
				until = end
			}
			_, offset := local.Zone()
			for n := floor(at.Unix()+int64(offset), day); n*day-int64(offset) < until.Unix(); n++ {
				midnight := n*day - int64(offset)
				for _, s := range h.of(n) {
					opens := later(time.Unix(midnight+int64(s.from), 0), at)
					closes := earlier(time.Unix(midnight+int64(s.to), 0), until)
					if opens.Before(closes) && !yield(opens, closes) {
						return
					}
				}
			}
			at = until
		}
	}
}

// of returns when h is open on a day, by its number since 1970.
func (h *Hours) of(n int64) []span {
	date := time.Unix(n*day, 0).UTC()
	if spans, different := h.dates[dayOf(date)]; different {
		return spans
	}
	return h.week[date.Weekday()]
}

// dayOf returns a number for a date.
func dayOf(t time.Time) int {
	y, m, d := t.Date()
	return (y*100+int(m))*100 + d
}

// floor returns a/b, rounded down.
func floor(a, b int64) int64 {
	n := a / b
	if a%b < 0 {
		n--
	}
	return n
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
