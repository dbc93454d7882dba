package slackdesk

import "time"

// Hurry makes d ping and lose patience with a silent socket within a few times every.
func Hurry(d *Desk, every time.Duration) {
	d.timing.ping, d.timing.silent, d.timing.pause = every, 3*every, every
}
