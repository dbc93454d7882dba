package telegramtest

import (
	"math"
	"net/http"
	"strconv"
	"time"
)

// bucket counts what is sent. rate is how much a second; a negative one is no limit.
type bucket struct {
	rate  float64
	burst int
	full  float64 // how much is in it
	at    time.Time
}

// wait returns how long until there is room for one more.
func (b *bucket) wait(now time.Time) time.Duration {
	if b.rate < 0 {
		return 0
	}
	b.full = max(0, b.full-now.Sub(b.at).Seconds()*b.rate)
	b.at = now
	if over := b.full + 1 - float64(b.burst); over > 1e-9 {
		return time.Duration(over / b.rate * float64(time.Second))
	}
	return 0
}

// pace counts one message to c, or says how long it has to wait: https://core.telegram.org/bots/faq, "My bot is hitting
// limits". The caller holds mu.
func (s *Server) pace(c *chat) *apiError {
	now := s.conf.Now()
	if wait := max(s.account.wait(now), c.sent.wait(now)); wait > 0 {
		seconds := int(math.Ceil(wait.Seconds()))
		return &apiError{
			code:        http.StatusTooManyRequests,
			description: "Too Many Requests: retry after " + strconv.Itoa(seconds),
			retryAfter:  seconds,
		}
	}
	s.account.full++
	c.sent.full++
	return nil
}
