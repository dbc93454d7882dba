package models

import "log/slog"

// Secret is a token or key from the config. It prints as <secret> wherever it is formatted, logged or marshalled; only
// Reveal gives the value. The value sits behind a pointer, so that even %+v of a struct with a Secret shows no more
// than an address. The zero Secret is empty.
type Secret struct{ value *string }

// NewSecret returns a Secret with the value s.
func NewSecret(s string) Secret {
	if s == "" {
		return Secret{}
	}
	return Secret{value: &s}
}

// Reveal returns the value, for the one place that needs it: a header, a signature, a comparison.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero reports whether no value is set.
func (s Secret) IsZero() bool { return s.value == nil }

// String returns a stand-in for the value.
func (s Secret) String() string {
	if s.value == nil {
		return ""
	}
	return "<secret>"
}

// GoString returns a stand-in for the value.
func (s Secret) GoString() string { return s.String() }

// LogValue returns a stand-in for the value.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText returns a stand-in for the value: a Secret is read from a config, never written to one.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText sets the value as written in the config. References such as env:NAME are resolved by the config loader.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = NewSecret(string(text))
	return nil
}
