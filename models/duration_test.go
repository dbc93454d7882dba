package models_test

import (
	"testing"
	"time"

	"patchbay/models"
)

func TestDurationUnmarshalText(t *testing.T) {
	day := 24 * time.Hour
	tests := []struct {
		text string
		want time.Duration
		bad  bool
	}{
		{text: "20s", want: 20 * time.Second},
		{text: "1m30s", want: 90 * time.Second},
		{text: "250ms", want: 250 * time.Millisecond},
		{text: "90d", want: 90 * day},
		{text: "1d12h", want: 36 * time.Hour},
		{text: "2w", want: 14 * day},
		{text: "1w1d1h", want: 8*day + time.Hour},
		{text: "-5s", want: -5 * time.Second},
		{text: "0", want: 0},
		{text: "0s", want: 0},
		{text: "", bad: true},
		{text: "20", bad: true},
		{text: "s", bad: true},
		{text: "d", bad: true},
		{text: "1.5d", bad: true},
		{text: "-1d", bad: true},
		{text: "1d-2h", bad: true},
		{text: "1h1d", bad: true},
		{text: "1d1w", bad: true},
		{text: "4294967295w", bad: true},
		{text: "15250w4d", bad: true},
		{text: "106751d2540000h", bad: true},
		{text: "20 s", bad: true},
		{text: "env:TIMEOUT", bad: true},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			var d models.Duration
			err := d.UnmarshalText([]byte(tt.text))
			if (err != nil) != tt.bad || d.Duration != tt.want {
				t.Errorf("UnmarshalText(%q) = %v, %v; want %v, an error: %t", tt.text, d, err, tt.want, tt.bad)
			}
		})
	}
}

func TestDurationOr(t *testing.T) {
	if got := (models.Duration{}).Or(time.Second); got != time.Second {
		t.Errorf("zero.Or(1s) = %v, want 1s", got)
	}
	if got := (models.Duration{Duration: time.Minute}).Or(time.Second); got != time.Minute {
		t.Errorf("1m.Or(1s) = %v, want 1m", got)
	}
}

func FuzzDuration(f *testing.F) {
	for _, s := range []string{"20s", "90d", "1w2d3h", "-5s", "9223372036854775807ns", "15250w"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var d models.Duration
		if d.UnmarshalText([]byte(s)) != nil {
			return
		}
		text, err := d.MarshalText()
		if err != nil {
			t.Fatalf("MarshalText(%v) = %v", d, err)
		}
		var again models.Duration
		if err := again.UnmarshalText(text); err != nil || again != d {
			t.Errorf("UnmarshalText(%q) = %v, %v; want %v", text, again, err, d)
		}
	})
}
