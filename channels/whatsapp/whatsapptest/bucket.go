package whatsapptest

import "time"

// bucket lets rate things a second through, and burst at once. It is a little generous, so that a sender who keeps
// exactly to the rate is not refused because a packet was late and the next was not.
type bucket struct {
	rate, burst float64
	spent       float64
	at          time.Time
}

// take reports whether one more may go at now.
func (b *bucket) take(now time.Time) bool {
	if passed := now.Sub(b.at).Seconds(); !b.at.IsZero() && passed > 0 {
		b.spent = max(0, b.spent-passed*b.rate)
	}
	b.at = now
	const slack = 0.1
	if b.spent+1 > b.burst+slack {
		return false
	}
	b.spent++
	return true
}
