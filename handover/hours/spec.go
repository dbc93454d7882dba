package hours

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Spec is how opening hours are written in a config. A day that is not named is closed.
type Spec struct {
	Timezone string `toml:"timezone"` // of the IANA database: "Europe/Berlin"
	Mon      string `toml:"mon"`      // "09:00-13:00, 14:00-18:00"; "" is closed
	Tue      string `toml:"tue"`
	Wed      string `toml:"wed"`
	Thu      string `toml:"thu"`
	Fri      string `toml:"fri"`
	Sat      string `toml:"sat"`
	Sun      string `toml:"sun"`
	// Holidays are dates that are different: "2026-12-25" is closed, "2026-12-31 09:00-12:00" is open for these hours.
	Holidays []string `toml:"holidays"`
}

// Problem is what is wrong with a key of a Spec.
type Problem struct {
	Key  string // "mon", "holidays[2]"
	Text string
}

// Empty reports whether s says nothing: then a desk is open at all times.
func (s Spec) Empty() bool {
	return s.Timezone == "" && len(s.Holidays) == 0 && strings.Join([]string{s.Mon, s.Tue, s.Wed, s.Thu, s.Fri, s.Sat, s.Sun}, "") == ""
}

// Parse returns the hours that s names, and all that is wrong with it. It returns hours only if nothing is wrong; those of
// an empty Spec are open at all times.
func (s Spec) Parse() (*Hours, []Problem) {
	if s.Empty() {
		return &Hours{}, nil
	}
	h := &Hours{dates: map[int][]span{}}
	var found []Problem
	fault := func(key, text string) { found = append(found, Problem{Key: key, Text: text}) }

	// "Local" would be another zone on each machine.
	zone, err := time.LoadLocation(s.Timezone)
	switch {
	case s.Timezone == "":
		fault("timezone", `missing: hours need one, such as "Europe/Berlin"`)
	case err != nil || s.Timezone == "Local":
		fault("timezone", `is no time zone such as "Europe/Berlin"`)
	}
	open := false
	for i, d := range []struct{ key, text string }{
		{"sun", s.Sun}, {"mon", s.Mon}, {"tue", s.Tue}, {"wed", s.Wed}, {"thu", s.Thu}, {"fri", s.Fri}, {"sat", s.Sat},
	} {
		spans, err := spansOf(d.text)
		if err != nil {
			fault(d.key, err.Error())
		}
		h.week[i] = spans
		open = open || len(spans) > 0 || err != nil
	}
	if !open {
		fault("", `no day is open: name one, such as mon = "09:00-18:00"`)
	}
	for i, text := range s.Holidays {
		key := fmt.Sprintf("holidays[%d]", i)
		date, times, _ := strings.Cut(strings.TrimSpace(text), " ")
		at, err := time.Parse(time.DateOnly, date)
		if err != nil {
			fault(key, `is no date such as "2026-12-25", with hours behind it or not`)
			continue
		}
		spans, err := spansOf(times)
		if err != nil {
			fault(key, err.Error())
		}
		if _, twice := h.dates[dayOf(at)]; twice {
			fault(key, "stands in the list already")
		}
		h.dates[dayOf(at)] = spans
	}
	if len(found) > 0 {
		return nil, found
	}
	h.zone = zone
	return h, nil
}

var spanForm = regexp.MustCompile(`^([0-9]{1,2}):([0-9]{2})\s*-\s*([0-9]{1,2}):([0-9]{2})$`)

// spansOf reads the hours of one day.
func spansOf(text string) (spans []span, err error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		m := spanForm.FindStringSubmatch(part)
		if m == nil {
			return nil, fmt.Errorf(`%.40q is not like "09:00-18:00"`, part)
		}
		s := span{from: seconds(m[1], m[2]), to: seconds(m[3], m[4])}
		switch {
		case s.from < 0 || s.to < 0:
			return nil, fmt.Errorf("%.40q has a time that no day has", part)
		case s.from >= s.to:
			return nil, fmt.Errorf("%.40q ends before it begins: hours beyond midnight belong to two days, 22:00-24:00 and 00:00-06:00", part)
		case len(spans) > 0 && s.from < spans[len(spans)-1].to:
			return nil, fmt.Errorf("%.40q begins before the hours in front of it end", part)
		}
		spans = append(spans, s)
	}
	return spans, nil
}

// seconds returns a time of day, -1 for one that there is not. 24:00 is the end of the day.
func seconds(hour, minutes string) int {
	h, _ := strconv.Atoi(hour) // digits: spanForm
	m, _ := strconv.Atoi(minutes)
	if h > 24 || m > 59 || h == 24 && m > 0 {
		return -1
	}
	return (h*60 + m) * minute
}
