package bench

import (
	"slices"
	"time"
)

// figures are what one measurement gives.
type figures struct {
	count    int           // what was done within the span
	span     time.Duration // how long it was measured
	p50, p99 time.Duration
	refused  int // answers that asked to come again
}

// rate is in things a second.
func (f figures) rate() float64 {
	if f.span <= 0 {
		return 0
	}
	return float64(f.count) / f.span.Seconds()
}

// figuresOf counts what the connections saw. It sorts took.
func figuresOf(took []time.Duration, span time.Duration, refused int) figures {
	slices.Sort(took)
	return figures{count: len(took), span: span, p50: quantile(took, 0.50), p99: quantile(took, 0.99), refused: refused}
}

// quantile returns the value below which the part q of sorted lies.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(float64(len(sorted))*q), len(sorted)-1)]
}
