package slackdesk

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"patchbay/handover"
)

// What the desk reads of Slack's history. Both methods are Tier 3, fifty calls a minute, but for apps that are sold
// outside of Slack's marketplace: those get one call a minute, of fifteen messages.
// https://docs.slack.dev/changelog/2025/05/29/rate-limit-changes-for-non-marketplace-apps
const (
	methodReplies = "conversations.replies"
	methodHistory = "conversations.history"

	readRate  = 40.0 / 60 // calls a second of each method
	readBurst = 5
	pageMost  = 200 // messages of a page: Slack advises no more

	slowGap  = 61 * time.Second // between two calls of a method while Slack allows one a minute
	slowPage = 15
	slowFor  = 10 * time.Minute // then the usual pace is tried again

	// skew is by how much Slack's clock and ours may differ.
	skew = 5 * time.Minute
)

// shelf meters the reading of each method. The zero value is not ready; init makes it so.
type shelf struct {
	factor float64 // by which the rates are those of a stand-in
	now    func() time.Time

	mu      sync.Mutex
	methods map[string]*reading
}

// reading is the pace of one method: tat is when the next call would be on time.
type reading struct {
	tat, closed time.Time // closed: nothing before this
	slow        time.Time // until then Slack takes one call a minute
}

func (s *shelf) init(factor float64, now func() time.Time) {
	s.factor, s.now, s.methods = factor, now, map[string]*reading{methodReplies: {}, methodHistory: {}}
}

// take asks for one call of the method. With none, wait is how long until the next; otherwise page is how many messages
// it may ask for.
func (s *shelf) take(method string) (page int, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, now := s.methods[method], s.now()
	gap, burst, page := time.Duration(float64(time.Second)/readRate/s.factor), readBurst, pageMost
	if now.Before(r.slow) {
		gap, burst, page = slowGap, 1, slowPage
	}
	if wait := r.closed.Sub(now); wait > 0 {
		return 0, wait
	}
	if r.tat.Before(now) {
		r.tat = now
	}
	if wait := r.tat.Sub(now) - time.Duration(burst-1)*gap; wait > 0 {
		return 0, wait
	}
	r.tat = r.tat.Add(gap)
	return page, 0
}

// refused notes that Slack took a call for one too many, although they come at a pace that it allows to most apps.
// It reports whether that is new.
func (s *shelf) refused(method string, after time.Duration) (fresh bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, now := s.methods[method], s.now()
	fresh = !now.Before(r.slow)
	r.slow = now.Add(slowFor)
	r.closed = now.Add(max(after, time.Second))
	return fresh
}

// page is a part of a channel's or a thread's messages.
type page struct {
	Messages []message `json:"messages"`
	More     bool      `json:"has_more"`
	Metadata struct {
		Cursor string `json:"next_cursor"`
	} `json:"response_metadata"`
}

// next returns where the page behind p begins, "" if p is the last.
func (p page) next() string {
	if !p.More {
		return ""
	}
	return p.Metadata.Cursor
}

// read returns a page of what stands in channel after since: of the thread root if there is one, oldest first and behind
// the root itself, else of the channel's top, newest first. A call that would be one too many is not made and fails with
// RateLimited. https://docs.slack.dev/reference/methods/conversations.replies
// https://docs.slack.dev/reference/methods/conversations.history
func (d *Desk) read(ctx context.Context, channel, root string, since time.Time, cursor string) (p page, failed *handover.DeskError) {
	method := methodHistory
	if root != "" {
		method = methodReplies
	}
	limit, wait := d.shelf.take(method)
	if wait > 0 {
		return p, &handover.DeskError{Kind: handover.DeskRateLimited, RetryAfter: wait, Err: errPaced}
	}
	form := url.Values{"channel": {channel}, "limit": {strconv.Itoa(limit)}, "include_all_metadata": {"true"}}
	if root != "" {
		form.Set("ts", root)
	}
	if !since.IsZero() {
		form.Set("oldest", strconv.FormatInt(since.Unix(), 10)+".000000")
	}
	if cursor != "" {
		form.Set("cursor", cursor)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.conf.APIURL+method, strings.NewReader(form.Encode()))
	if err != nil {
		return p, rejected(method, errNoThread)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "Bearer "+d.conf.BotToken.Reveal())
	resp, err := d.caller.Do(req)
	if err != nil {
		failed := d.fail(method, channel, err)
		if failed.Kind == handover.DeskRateLimited && d.shelf.refused(method, failed.RetryAfter) {
			d.deps.Log.Warn("slack lets this app read little: one page a minute from now on", "method", method, "after", failed.RetryAfter)
		}
		return p, failed
	}
	defer func() { _ = resp.Body.Close() }()
	if err := json.NewDecoder(resp.Body).Decode(&p); err != nil {
		return p, temporary(method, errHalf)
	}
	return p, nil
}
