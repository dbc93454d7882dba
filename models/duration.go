package models

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// Duration is a span of time in the config: "20s", "1m30s", "90d". The units are ns, us, ms, s, m, h, d (24 hours) and
// w (7 days). It is a struct, because the TOML decoder passes over UnmarshalText on some plain kinds.
type Duration struct{ time.Duration }

// errDuration does not repeat the value: the decoder says where it stands.
var errDuration = errors.New(`not a duration: write a number and a unit, such as "20s", "5m", "24h" or "90d"`)

// UnmarshalText sets d as the config writes it. A bare number is refused: nobody can tell seconds from minutes.
func (d *Duration) UnmarshalText(text []byte) error {
	s := string(text)
	var total time.Duration
	for _, unit := range []struct {
		name string
		hour int64
	}{{"w", 7 * 24}, {"d", 24}} {
		number, rest, found := strings.Cut(s, unit.name)
		if !found {
			continue
		}
		n, err := strconv.ParseUint(number, 10, 32)
		span := time.Duration(n) * time.Duration(unit.hour) * time.Hour //nolint:gosec // n has 32 bits; the next line catches the overflow
		if err != nil || span/time.Duration(unit.hour)/time.Hour != time.Duration(n) || total+span < total {
			return errDuration
		}
		total += span
		if s = rest; s == "" {
			d.Duration = total
			return nil
		}
	}
	rest, err := time.ParseDuration(s)
	// Without a unit only "0" parses.
	if err != nil || total+rest < total && rest > 0 || total > 0 && rest < 0 {
		return errDuration
	}
	d.Duration = total + rest
	return nil
}

// MarshalText returns d as UnmarshalText reads it.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Or returns d, or fallback when d is zero, which is what a key that is not set leaves.
func (d Duration) Or(fallback time.Duration) time.Duration {
	if d.Duration == 0 {
		return fallback
	}
	return d.Duration
}
