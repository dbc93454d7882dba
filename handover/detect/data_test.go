package detect_test

import (
	"testing"

	"patchbay/handover/detect"
)

// Ensure every data file does what its own examples say.
func TestExamples(t *testing.T) {
	d, err := detect.Load(detect.Data)
	if err != nil {
		t.Fatal(err)
	}
	judges := map[string]func(string) bool{
		"ask":   func(s string) bool { ok, _ := d.Request(s); return ok },
		"small": d.Small,
		"back":  d.Back,
		"break": d.Break,
	}
	for _, e := range d.Examples() {
		if got := judges[e.Kind](e.Text); got != e.Want {
			t.Errorf("%s:%d: %s %q = %v, want %v", e.File, e.Line, e.Kind, e.Text, got, e.Want)
		}
	}
}
