package slacktest

import (
	"math"
	"time"
)

// Rates are other limits than Slack's. Zero is Slack's: https://docs.slack.dev/apis/web-api/rate-limits
type Rates struct {
	Channel   float64 // posts a second in one channel; 1
	Burst     int     // posts at once in one channel; 4
	Workspace float64 // posts a second in all channels; 5
	Factor    float64 // by which the tiers of the other methods are multiplied; 1
}

// tier is how often a method may be called.
type tier int

const (
	tierFree tier = iota // hundreds a minute
	tier1                // 1 a minute
	tier2                // 20
	tier3                // 50
	tier4                // 100
	tierPost             // by channel
)

// bucket holds what may be spent at once and fills with time.
type bucket struct {
	level, size, rate float64 // rate is a second
	at                time.Time
}

// spend takes one out, or returns how long until there is one.
func (b *bucket) spend(now time.Time) time.Duration {
	b.level = min(b.size, b.level+b.rate*now.Sub(b.at).Seconds())
	b.at = now
	if b.level < 1 {
		return time.Duration((1 - b.level) / b.rate * float64(time.Second))
	}
	b.level--
	return 0
}

// window counts a call among those of the last minute, or returns how many seconds until there is room for it.
func (s *Server) window(method string, most int) int {
	now := s.opts.Now()
	calls := s.recent[method]
	for len(calls) > 0 && now.Sub(calls[0]) >= time.Minute {
		calls = calls[1:]
	}
	if len(calls) >= most {
		s.recent[method] = calls
		return int(math.Ceil((time.Minute - now.Sub(calls[0])).Seconds()))
	}
	s.recent[method] = append(calls, now)
	return 0
}

// pace returns after how many seconds the call may come again, 0 if it is not too early. The lock is held.
func (s *Server) pace(c call, t tier) int {
	if s.opts.Unpaced {
		return 0
	}
	rates := s.opts.Rates
	or := func(v, standard float64) float64 {
		if v == 0 {
			return standard
		}
		return v
	}
	spend := func(key string, size, rate float64) int {
		b, ok := s.buckets[key]
		if !ok {
			b = &bucket{level: size, size: size, rate: rate, at: s.opts.Now()}
			s.buckets[key] = b
		}
		return int(math.Ceil(b.spend(s.opts.Now()).Seconds()))
	}
	// No minute has more calls than the tier's: Slack promises that many, and bears more at times.
	minute := func(n float64) int {
		return s.window(c.method, int(n*or(rates.Factor, 1)))
	}
	if s.opts.Outsider && (c.method == "conversations.replies" || c.method == "conversations.history") {
		return spend(c.method, 1, 1.0/60)
	}
	switch t {
	case tierFree:
		return minute(600)
	case tier1:
		// Slack says "at least one a minute"; sockets of several processes open more often than that without a word.
		return minute(10)
	case tier2:
		return minute(20)
	case tier3:
		return minute(50)
	case tier4:
		return minute(100)
	case tierPost:
		if wait := spend("channel "+c.args.Get("channel"), or(float64(rates.Burst), 4), or(rates.Channel, 1)); wait > 0 {
			return wait
		}
		rate := or(rates.Workspace, 5)
		return spend("workspace", 60*rate, rate)
	}
	return 0
}
