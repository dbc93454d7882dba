package app

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"patchbay/channels"
	"patchbay/handover"
)

// promises warns of channels on which a promise can come too late to be kept: the platform lets us write for some time after
// the customer's last message, and nobody is at work meanwhile, or nobody said when. Where it takes approved texts after that
// time, one of them has to be for a promise.
func promises(c *Config, now time.Time) (found []Fault) {
	for _, ch := range c.Channels {
		desk, ok := c.DeskFor(ch.Config.Shared().Desk)
		if !ok || !ch.Config.Shared().On() || desk.kind.spec.Policy == nil {
			continue
		}
		q := desk.kind.spec.Policy(desk.Config).Queue
		if !slices.ContainsFunc(q.Ladder, func(r handover.Rung) bool { return r.Do == handover.RungPromise }) {
			continue
		}
		adapter, err := ch.kind.make(ch.Config, channels.Deps{
			Name: ch.Name, HTTP: &http.Client{Timeout: checkWithin}, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now },
		})
		if err != nil {
			continue // that is told elsewhere
		}
		window := adapter.Limits().Window
		closed := q.Hours.Longest(now)
		templater, takes := adapter.(channels.Templater)
		ready := takes && slices.ContainsFunc(templater.Templates(), func(t channels.Template) bool { return t.Promise })
		if takes && !ready && window > 0 {
			found = append(found, Fault{File: c.File, Path: ch.path + ".templates", Text: fmt.Sprintf(
				`none is for = "promise": the ladder of %s promises answers, and one that comes more than %s after the customer's last message cannot be sent`,
				desk.path, short(window))})
		}
		switch {
		case window == 0:
		case q.Hours.Always() && ready:
			found = append(found, Fault{File: c.File, Path: desk.path + ".hours", Text: fmt.Sprintf(
				"not set: %s takes free words for %s after the customer's last message, and an answer that is promised and comes later needs the template for it",
				ch.Full(), short(window))})
		case ready:
		case q.Hours.Always():
			found = append(found, Fault{File: c.File, Path: desk.path + ".hours", Text: fmt.Sprintf(
				"not set: %s takes free words for %s after the customer's last message, and an answer that is promised and comes later needs an approved template",
				ch.Full(), short(window))})
		case closed >= window:
			found = append(found, Fault{File: c.File, Path: desk.path + ".hours", Text: fmt.Sprintf(
				"closed for %s at a time: %s takes free words for %s after the customer's last message, so an answer that is promised before needs an approved template",
				short(closed), ch.Full(), short(window))})
		}
	}
	return found
}

// short returns a duration in hours.
func short(d time.Duration) string { return fmt.Sprintf("%.3g h", d.Hours()) }
