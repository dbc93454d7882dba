package models

import "time"

// Stamp is an instant in milliseconds since 1970, UTC. The database keeps instants in this form, so that SQLite and
// PostgreSQL order and compare them alike. Zero means never.
type Stamp int64

// StampOf returns t as a Stamp; the zero time gives 0.
func StampOf(t time.Time) Stamp {
	if t.IsZero() {
		return 0
	}
	return Stamp(t.UnixMilli())
}

// Time returns s as a UTC time; 0 gives the zero time.
func (s Stamp) Time() time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(s)).UTC()
}

// Add returns s moved by d.
func (s Stamp) Add(d time.Duration) Stamp { return s + Stamp(d.Milliseconds()) }

// Sub returns the duration from t to s.
func (s Stamp) Sub(t Stamp) time.Duration { return time.Duration(s-t) * time.Millisecond }
