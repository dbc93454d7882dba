package models

// Secrets are the values that a signature or token is checked against: one, or several while a key is changed. In the
// config it is a string or a list of strings.
type Secrets []Secret

// UnmarshalText sets s to the one value text. A list in the config is decoded element by element, without it.
func (s *Secrets) UnmarshalText(text []byte) error {
	*s = Secrets{NewSecret(string(text))}
	return nil
}

// IsZero reports whether no value is set.
func (s Secrets) IsZero() bool {
	for _, one := range s {
		if !one.IsZero() {
			return false
		}
	}
	return true
}

// Reveal returns the values that are set, for the one place that compares them.
func (s Secrets) Reveal() []string {
	var values []string
	for _, one := range s {
		if !one.IsZero() {
			values = append(values, one.Reveal())
		}
	}
	return values
}
