package handover

import (
	"slices"
	"time"

	"patchbay/models"
)

const (
	// missWithin is the time in which so many chats must break that the bot counts as out.
	missWithin = time.Minute
	// probeFirst and probeMost are how long after a failure a question may find out whether the bot is back: the first
	// time, and at most, after a doubling each time.
	probeFirst = 5 * time.Second
	probeMost  = time.Minute
)

// Missed notes that the bot did not answer a chat, and reports whether it counts as out from now on: chats of them broke
// within a minute. The caller names the incident then. chats below 1 is never.
func Missed(b models.Breaker, conversation int64, chats int, now models.Stamp) (models.Breaker, bool) {
	b.Failures = slices.DeleteFunc(slices.Clone(b.Failures), func(m models.Miss) bool {
		return m.Conversation == conversation || now.Sub(m.At) >= missWithin
	})
	if b.Incident != "" || chats < 1 {
		return b, false
	}
	b.Failures = append(b.Failures, models.Miss{Conversation: conversation, At: now})
	if len(b.Failures) < chats {
		return b, false
	}
	b.Failures, b.Tries, b.ProbeAt = nil, 0, now.Add(probeFirst)
	return b, true
}

// Probe reports whether a question may find out now whether the bot is back. If so, no other may until this one has come
// back, or the bot's timeout is over: whoever asked it may have stopped meanwhile.
func Probe(b models.Breaker, timeout time.Duration, now models.Stamp) (models.Breaker, bool) {
	if b.Incident == "" || now < b.ProbeAt {
		return b, false
	}
	b.ProbeAt = now.Add(timeout + probeFirst)
	return b, true
}

// Probed notes what a probe found out.
func Probed(b models.Breaker, answered bool, now models.Stamp) models.Breaker {
	if answered {
		b.Incident, b.Failures, b.Tries, b.ProbeAt = "", nil, 0, 0
		return b
	}
	b.Tries++
	wait := probeMost
	if b.Tries < 4 {
		wait = min(probeFirst<<b.Tries, probeMost)
	}
	b.ProbeAt = now.Add(wait)
	return b
}
