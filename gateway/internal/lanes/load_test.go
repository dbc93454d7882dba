package lanes_test

import (
	"testing"
	"testing/synctest"
	"time"

	"patchbay/gateway/internal/lanes"
)

// Ensure that a mean is one over time: many calls for an instant are few, and what is under way counts before it ends.
func TestLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l lanes.Load
		mean := func(when string, want float64) {
			t.Helper()
			if got := l.Mean(); got != want {
				t.Errorf("%s the mean is %v, want %v", when, got, want)
			}
		}
		mean("at first", 0)
		if n := l.Add(100); n != 100 {
			t.Errorf("Add = %d, want 100", n)
		}
		time.Sleep(lanes.LoadWindow / 10)
		mean("before a window is over", 0)
		l.Add(-100)
		time.Sleep(lanes.LoadWindow * 9 / 10)
		mean("with a hundred for a tenth of the time", 10)
		l.Add(40)
		time.Sleep(lanes.LoadWindow * 2)
		mean("with forty that do not end", 40)
		l.Add(-40)
		time.Sleep(time.Hour)
		mean("an hour later", 0)
	})
}
