package lanes_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"patchbay/channels"
	"patchbay/gateway/internal/lanes"
	"patchbay/models"
)

var start = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// Ensure that no stretch of time has more grants than the rate and the burst allow, and that who waits as long as he was
// told gets a slot.
func TestPaceNeverTooFast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.Float64Range(0.1, 200).Draw(t, "rate")
		burst := rapid.IntRange(1, 40).Draw(t, "burst")
		var p lanes.Pace
		p.Set(rate, burst)
		now := start
		var grants []time.Time
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			asked := rapid.IntRange(1, 20).Draw(t, "asked")
			granted, wait := p.Grant(now, asked)
			if granted < 0 || granted > asked || (granted == 0) != (wait > 0) {
				t.Fatalf("Grant(%d) = %d, wait %v", asked, granted, wait)
			}
			used := granted
			if granted > 1 && rapid.Bool().Draw(t, "refunds") {
				used = rapid.IntRange(0, granted).Draw(t, "used")
				p.Refund(granted - used)
			}
			for range used {
				grants = append(grants, now)
			}
			if granted == 0 && rapid.Bool().Draw(t, "waits") {
				now = now.Add(wait)
				if again, _ := p.Grant(now, 1); again != 1 {
					t.Fatalf("after the wait of %v Grant(1) = %d, want 1", wait, again)
				}
				grants = append(grants, now)
			}
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(2*time.Second)).Draw(t, "passes")))
		}
		for i := range grants {
			for j := i; j < len(grants); j++ {
				most := float64(burst) + grants[j].Sub(grants[i]).Seconds()*rate + 1e-6
				if n := j - i + 1; float64(n) > math.Floor(most+1e-3) {
					t.Fatalf("%d grants in %v at %.2f a second with a burst of %d", n, grants[j].Sub(grants[i]), rate, burst)
				}
			}
		}
	})
}

// Ensure that a rate is used in full by who always asks.
func TestPaceFastEnough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.Float64Range(0.5, 100).Draw(t, "rate")
		burst := rapid.IntRange(1, 30).Draw(t, "burst")
		var p lanes.Pace
		p.Set(rate, burst)
		total, now := 0, start
		for now.Before(start.Add(20 * time.Second)) {
			granted, wait := p.Grant(now, 3)
			total += granted
			now = now.Add(wait)
		}
		if want := int(rate*20) + burst - 1; total < want-1 {
			t.Errorf("%d grants in 20 s at %.2f a second with a burst of %d, want %d", total, rate, burst, want)
		}
	})
}

func TestPaceWithoutRate(t *testing.T) {
	var p lanes.Pace
	for _, rate := range []float64{0, -1} {
		p.Set(rate, 0)
		if granted, wait := p.Grant(start, 1000); granted != 1000 || wait != 0 {
			t.Errorf("Grant(1000) at rate %v = %d, wait %v; want 1000 at once", rate, granted, wait)
		}
	}
}

// Ensure that what one account is granted after its rate was changed follows the new rate.
func TestPaceChanges(t *testing.T) {
	var p lanes.Pace
	p.Set(1, 1)
	p.Grant(start, 1)
	p.Set(10, 1)
	if _, wait := p.Grant(start, 1); wait > time.Second {
		t.Errorf("wait = %v, want what is left of the old gap", wait)
	}
	if granted, _ := p.Grant(start.Add(time.Second), 1); granted != 1 {
		t.Errorf("Grant = %d after a second, want 1", granted)
	}
	if granted, wait := p.Grant(start.Add(time.Second), 1); granted != 0 || wait != 100*time.Millisecond {
		t.Errorf("Grant = %d, wait %v; want none for 100ms", granted, wait)
	}
}

// Ensure that a chat gets its burst at once and its rate from then on, whatever the gaps between its messages.
func TestChatPace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := channels.Limits{
			ChatRate:  rapid.Float64Range(0.1, 20).Draw(t, "rate"),
			ChatBurst: rapid.IntRange(0, 50).Draw(t, "burst"),
		}
		burst := max(l.ChatBurst, 1)
		gap := models.Stamp(float64(time.Second/time.Millisecond) / l.ChatRate)
		first := models.StampOf(start)
		now, paced := first, models.Stamp(0)
		var sent []models.Stamp
		for range rapid.IntRange(1, 120).Draw(t, "messages") {
			var ready models.Stamp
			paced, ready = lanes.ChatPace(paced, now, l)
			sent = append(sent, now)
			now = max(now, ready) + models.Stamp(rapid.Int64Range(0, 3000).Draw(t, "idle"))
		}
		for i := range sent {
			for j := i; j < len(sent); j++ {
				// Stamps are whole milliseconds, so that each message may be one early.
				if least := models.Stamp(j-i+1-burst)*gap - models.Stamp(j-i+1+burst); sent[j]-sent[i] < least {
					t.Fatalf("%d messages in %d ms, at %.2f a second with a burst of %d", j-i+1, sent[j]-sent[i], l.ChatRate, burst)
				}
			}
		}
	})
}

// Ensure that a pace from before the clock was set back holds a chat up for no longer than a burst does.
func TestChatPaceAfterSetBack(t *testing.T) {
	l := channels.Limits{ChatRate: 1, ChatBurst: 5}
	const now, ahead = 1_000_000, 1_480_000 // milliseconds
	if tat, ready := lanes.ChatPace(ahead, now, l); tat != now+6_000 || ready != now+2_000 {
		t.Errorf("ChatPace = %d, %d; want %d, %d", tat, ready, now+6_000, now+2_000)
	}
}

func TestChatPaceWithoutRate(t *testing.T) {
	if tat, ready := lanes.ChatPace(99, 100, channels.Limits{}); tat != 0 || ready != 0 {
		t.Errorf("ChatPace without a rate = %d, %d; want 0, 0", tat, ready)
	}
}

// Ensure that waits double from one second to one minute, give or take a fifth, and are not all alike.
func TestBackoff(t *testing.T) {
	for attempt := range 40 {
		want := min(time.Second<<max(min(attempt-1, 10), 0), time.Minute)
		distinct := map[time.Duration]bool{}
		for range 50 {
			got := lanes.BackoffOf(attempt)
			if low, high := want*8/10, want*12/10+time.Nanosecond; got < low || got > high {
				t.Fatalf("BackoffOf(%d) = %v, want %v give or take a fifth", attempt, got, want)
			}
			distinct[got] = true
		}
		if len(distinct) < 10 {
			t.Errorf("BackoffOf(%d) gave %d different waits in 50", attempt, len(distinct))
		}
	}
}

// Ensure that who takes an account over does not add a burst of his own to that of who had it before.
func TestPaceUsed(t *testing.T) {
	start := time.Unix(1000, 0)
	tests := []struct {
		name string
		idle time.Duration
		want int // sends at once
	}{
		{"just now", 0, 0},
		{"one gap ago", 100 * time.Millisecond, 1},
		{"half of the burst ago", 300 * time.Millisecond, 3},
		{"long ago", time.Hour, 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var p lanes.Pace
			p.Set(10, 5)
			p.Used(start.Add(-tt.idle))
			if got, _ := p.Grant(start, 100); got != tt.want {
				t.Errorf("Grant = %d, want %d", got, tt.want)
			}
		})
	}
	var free lanes.Pace
	free.Set(0, 1)
	free.Used(start)
	if got, _ := free.Grant(start, 7); got != 7 {
		t.Errorf("Grant without a rate = %d, want 7", got)
	}
}
