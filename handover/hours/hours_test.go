package hours_test

import (
	"strings"
	"testing"
	"time"

	"patchbay/handover/hours"
)

// shop is open on weekdays with a break at noon, and on Saturday morning.
func shop(t *testing.T) *hours.Hours {
	t.Helper()
	return parse(t, hours.Spec{
		Timezone: "Europe/Berlin", Mon: "09:00-13:00, 14:00-18:00", Tue: "09:00-18:00", Wed: "09:00-18:00", Thu: "09:00-18:00",
		Fri: "09:00-18:00", Sat: "10:00-12:00", Holidays: []string{"2026-12-25", "2026-12-31 09:00-12:00"},
	})
}

func parse(t *testing.T, s hours.Spec) *hours.Hours {
	t.Helper()
	h, problems := s.Parse()
	if len(problems) > 0 {
		t.Fatalf("Parse(%+v) = %+v, want no problem", s, problems)
	}
	return h
}

// at reads an instant.
func at(t *testing.T, text string) time.Time {
	t.Helper()
	got, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestHours_Next(t *testing.T) {
	tests := []struct {
		name, at, want string
		open           bool
	}{
		{"in the morning", "2026-11-23T08:59:59+01:00", "2026-11-23T09:00:00+01:00", false},
		{"at the opening", "2026-11-23T09:00:00+01:00", "2026-11-23T09:00:00+01:00", true},
		{"at the beginning of a break", "2026-11-23T13:00:00+01:00", "2026-11-23T14:00:00+01:00", false},
		{"in the evening", "2026-11-23T18:00:00+01:00", "2026-11-24T09:00:00+01:00", false},
		{"on Saturday afternoon", "2026-11-28T12:00:00+01:00", "2026-11-30T09:00:00+01:00", false},
		{"told in another zone", "2026-11-23T02:30:00-05:00", "2026-11-23T09:00:00+01:00", false},
		{"before a holiday", "2026-12-24T20:00:00+01:00", "2026-12-26T10:00:00+01:00", false},
		{"on a short day", "2026-12-31T12:00:00+01:00", "2027-01-01T09:00:00+01:00", false},
	}
	h := shop(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := h.Open(at(t, tt.at)); got != tt.open {
				t.Errorf("Open(%s) = %v, want %v", tt.at, got, tt.open)
			}
			if got, ok := h.Next(at(t, tt.at)); !ok || !got.Equal(at(t, tt.want)) {
				t.Errorf("Next(%s) = %s, %v, want %s", tt.at, got, ok, tt.want)
			}
		})
	}
}

// Ensure that hours keep to the wall clock when the clocks change: an hour that they skip is not there, one that they
// repeat is there twice.
func TestHours_daylightSaving(t *testing.T) {
	h := parse(t, hours.Spec{Timezone: "Europe/Berlin", Sun: "02:30-10:00"})
	tests := []struct {
		name, from, to string
		want           time.Duration
		opens          string
	}{
		{"spring: from 02:00 to 03:00", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00", 7 * time.Hour, "2026-03-29T03:00:00+02:00"},
		{"autumn: from 03:00 to 02:00", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00", 8 * time.Hour, "2026-10-25T02:30:00+02:00"},
		{"any Sunday", "2026-11-01T00:00:00+01:00", "2026-11-02T00:00:00+01:00", 7*time.Hour + 30*time.Minute, "2026-11-01T02:30:00+01:00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			from, to := at(t, tt.from), at(t, tt.to)
			if got := h.Between(from, to); got != tt.want {
				t.Errorf("Between = %s, want %s", got, tt.want)
			}
			if got, _ := h.Next(from); !got.Equal(at(t, tt.opens)) {
				t.Errorf("Next = %s, want %s", got, tt.opens)
			}
		})
	}
}

func TestHours_Add(t *testing.T) {
	tests := []struct {
		name, at string
		add      time.Duration
		want     string
	}{
		{"within a morning", "2026-11-23T09:30:00+01:00", time.Hour, "2026-11-23T10:30:00+01:00"},
		{"to the last instant", "2026-11-23T12:00:00+01:00", time.Hour, "2026-11-23T13:00:00+01:00"},
		{"over a break", "2026-11-23T12:30:00+01:00", time.Hour, "2026-11-23T14:30:00+01:00"},
		{"over a night", "2026-11-23T17:50:00+01:00", 20 * time.Minute, "2026-11-24T09:10:00+01:00"},
		{"from a Sunday", "2026-11-29T15:00:00+01:00", 5 * time.Minute, "2026-11-30T09:05:00+01:00"},
		{"of nothing", "2026-11-29T15:00:00+01:00", 0, "2026-11-30T09:00:00+01:00"},
	}
	h := shop(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := h.Add(at(t, tt.at), tt.add); !got.Equal(at(t, tt.want)) {
				t.Errorf("Add(%s, %s) = %s, want %s", tt.at, tt.add, got, tt.want)
			}
		})
	}
}

func TestHours_Since(t *testing.T) {
	h := shop(t)
	if got, ok := h.Since(at(t, "2026-11-23T15:00:00+01:00")); !ok || !got.Equal(at(t, "2026-11-23T14:00:00+01:00")) {
		t.Errorf("Since = %s, %v, want 14:00", got, ok)
	}
	if got, ok := h.Since(at(t, "2026-11-29T15:00:00+01:00")); ok {
		t.Errorf("Since on a Sunday = %s, want none", got)
	}
	all := "00:00-24:00"
	always := parse(t, hours.Spec{Timezone: "UTC", Mon: all, Tue: all, Wed: all, Thu: all, Fri: all, Sat: all, Sun: all})
	if got, ok := always.Since(at(t, "2026-11-29T15:00:00Z")); ok {
		t.Errorf("Since without a break = %s, want none", got)
	}
}

func TestHours_Longest(t *testing.T) {
	h := shop(t)
	// From Saturday noon to Monday morning; in December from the 24th in the evening to the 26th is less than that.
	if got, want := h.Longest(at(t, "2026-11-23T08:00:00+01:00")), 45*time.Hour; got != want {
		t.Errorf("Longest = %s, want %s", got, want)
	}
	if got := (&hours.Hours{}).Longest(at(t, "2026-11-23T08:00:00+01:00")); got != 0 {
		t.Errorf("Longest without hours = %s, want 0", got)
	}
}

// Ensure that hours that nobody named never close.
func TestHours_always(t *testing.T) {
	now := at(t, "2026-11-29T15:00:00Z")
	var none *hours.Hours
	for _, h := range []*hours.Hours{none, {}, parse(t, hours.Spec{})} {
		if !h.Always() || !h.Open(now) || h.Between(now, now.Add(time.Hour)) != time.Hour || !h.Add(now, time.Hour).Equal(now.Add(time.Hour)) {
			t.Errorf("%+v closes", h)
		}
		if got, ok := h.Next(now); !ok || !got.Equal(now) {
			t.Errorf("Next = %s, %v, want %s", got, ok, now)
		}
	}
}

func TestSpec_Parse(t *testing.T) {
	tests := []struct {
		name string
		s    hours.Spec
		want []string // the problems, as key and a part of the text
	}{
		{"no zone", hours.Spec{Mon: "09:00-18:00"}, []string{"timezone: missing"}},
		{"unknown zone", hours.Spec{Timezone: "Mars/Olympus", Mon: "09:00-18:00"}, []string{"timezone: is no time zone"}},
		{"the machine's zone", hours.Spec{Timezone: "Local", Mon: "09:00-18:00"}, []string{"timezone: is no time zone"}},
		{"no day", hours.Spec{Timezone: "UTC"}, []string{": no day is open"}},
		{"no times", hours.Spec{Timezone: "UTC", Mon: "all day"}, []string{"mon: \"all day\" is not like"}},
		{"no such time", hours.Spec{Timezone: "UTC", Mon: "09:00-24:30"}, []string{"mon: \"09:00-24:30\" has a time"}},
		{"beyond midnight", hours.Spec{Timezone: "UTC", Fri: "22:00-06:00"}, []string{"fri: \"22:00-06:00\" ends before"}},
		{"overlap", hours.Spec{Timezone: "UTC", Sun: "09:00-13:00,12:00-18:00"}, []string{"sun: \"12:00-18:00\" begins before"}},
		{"no date", hours.Spec{Timezone: "UTC", Mon: "9:00-18:00", Holidays: []string{"25.12."}}, []string{"holidays[0]: is no date"}},
		{"twice", hours.Spec{Timezone: "UTC", Mon: "9:00-18:00", Holidays: []string{"2026-12-25", "2026-12-25 9:00-10:00"}}, []string{"holidays[1]: stands"}},
		{"several", hours.Spec{Mon: "?", Tue: "!"}, []string{"timezone: ", "mon: ", "tue: "}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h, problems := tt.s.Parse()
			if h != nil || len(problems) != len(tt.want) {
				t.Fatalf("Parse = %v, %+v, want problems like %q", h, problems, tt.want)
			}
			for i, p := range problems {
				if !strings.HasPrefix(p.Key+": "+p.Text, tt.want[i]) {
					t.Errorf("problem %d = %s: %s, want %s…", i, p.Key, p.Text, tt.want[i])
				}
			}
		})
	}
}

// FuzzParse has any text for hours, in any zone, and asks at any time.
func FuzzParse(f *testing.F) {
	f.Add("Europe/Berlin", "09:00-13:00, 14:00-18:00", "2026-12-31 09:00-12:00", int64(1_800_000_000), int64(3600))
	f.Add("America/St_Johns", "00:00-24:00", "2026-03-08", int64(1_772_900_000), int64(90_000))
	f.Add("Antarctica/Troll", "01:30-02:30", "", int64(-5), int64(0))
	f.Add("UTC", "9:00-9:00", "?", int64(0), int64(-1))
	f.Fuzz(func(t *testing.T, zone, day, holiday string, unix, seconds int64) {
		h, problems := hours.Spec{Timezone: zone, Mon: day, Sun: day, Holidays: []string{holiday}}.Parse()
		if (h == nil) != (len(problems) > 0) {
			t.Fatalf("Parse(%q, %q, %q) = %v, %+v", zone, day, holiday, h, problems)
		}
		if h == nil {
			return
		}
		now := time.Unix(unix%4_000_000_000, 0)
		d := time.Duration(seconds%1_000_000) * time.Second
		opens, ok := h.Next(now)
		if ok && (opens.Before(now) || !h.Open(opens)) {
			t.Errorf("Next(%s) = %s, when it is closed", now, opens)
		}
		due := h.Add(now, d)
		if due.Before(now) {
			t.Errorf("Add(%s, %s) = %s", now, d, due)
		}
		if got := h.Between(now, due); ok && d >= 0 && due.Sub(now) < 300*24*time.Hour && got != d {
			t.Errorf("Between(%s, %s) = %s, want %s", now, due, got, d)
		}
	})
}

// Ensure that what Open says at any time of a year is what the spans say.
func TestHours_agree(t *testing.T) {
	zones := []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo"}
	for _, zone := range zones {
		h := parse(t, hours.Spec{Timezone: zone, Mon: "08:00-10:00", Fri: "00:00-03:00,23:00-24:00", Sat: "00:00-02:30", Sun: "01:15-02:45", Thu: "23:30-24:00"})
		begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		var counted time.Duration
		for m := begin; m.Before(begin.AddDate(1, 0, 0)); m = m.Add(5 * time.Minute) {
			if h.Open(m) {
				counted += 5 * time.Minute
			}
		}
		if got := h.Between(begin, begin.AddDate(1, 0, 0)); got != counted {
			t.Errorf("%s: Between = %s, want %s", zone, got, counted)
		}
	}
}
