package chaos_test

import (
	"testing"
)

// swapPairs has the webhook channel's customers write the second of two messages before the first.
func swapPairs(_ *testing.T, set *setting) { set.swapped = true }

// deliverBadly brings calls twice at one instant, a while later once more, and loses answers, so that they come again.
func deliverBadly(_ *testing.T, s *scene) {
	s.halfway(0.1)
	s.front.twice.Store(2)
	s.front.late.Store(5)
	s.front.lost.Store(7)
}

// deliverWell ends it.
func deliverWell(t *testing.T, s *scene) {
	for _, every := range []int64{s.front.twice.Swap(0), s.front.late.Swap(0), s.front.lost.Swap(0)} {
		if every == 0 {
			t.Error("nothing was delivered badly")
		}
	}
}
