package models

import (
	"errors"
	"math"
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
		span time.Duration
	}{{"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}} {
		number, rest, found := strings.Cut(s, unit.name)
		if !found {
			continue
		}
		n, err := strconv.ParseInt(number, 10, 32)
		if err != nil || n < 0 || n > int64((math.MaxInt64-total)/unit.span) {
			return errDuration
		}
		total += time.Duration(n) * unit.span
		if s = rest; s == "" {
			d.Duration = total
			return nil
		}
	}
	rest, err := time.ParseDuration(s)
	if err != nil || rest > math.MaxInt64-total || total > 0 && rest < 0 {
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
