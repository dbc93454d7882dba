package telegramtest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// hook is the webhook that is set.
type hook struct {
	url     string
	secret  string
	conns   int
	setAt   time.Time
	ctx     context.Context // ends the calls of this webhook when it is changed
	cancel  context.CancelFunc
	slots   chan struct{}
	running map[string]bool // queues that are being delivered
	deaf    int             // answers of the webhook that get lost on the way

	errorAt time.Time // of the last call that failed
	failed  string    // and why
}

var secretForm = regexp.MustCompile(`^[A-Za-z0-9_-]{0,256}$`)

// setWebhook is https://core.telegram.org/bots/api#setwebhook.
func (s *Server) setWebhook(p params) (any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	address := p["url"]
	if address == "" {
		return s.unhook(p)
	}
	now := s.conf.Now()
	if now.Sub(s.hook.setAt) < time.Second {
		return nil, &apiError{code: http.StatusTooManyRequests, description: "Too Many Requests: retry after 1", retryAfter: 1}
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, badRequest("bad webhook: invalid webhook URL specified")
	}
	if !secretForm.MatchString(p["secret_token"]) {
		return nil, badRequest("secret token contains unallowed characters")
	}
	conns := 40
	if n := p.number("max_connections"); n > 0 {
		conns = int(min(n, 100))
	}
	if refused := s.allow(p); refused != nil {
		return nil, refused
	}
	s.end("terminated by setWebhook request")
	s.stopHook()
	s.hook = hook{
		url: address, secret: p["secret_token"], conns: conns, setAt: now,
		slots: make(chan struct{}, conns), running: map[string]bool{}, deaf: s.hook.deaf,
	}
	s.hook.ctx, s.hook.cancel = context.WithCancel(s.ctx)
	if p.yes("drop_pending_updates") {
		s.pending = nil
	}
	s.deliver()
	s.stir()
	return true, nil
}

// deleteWebhook is https://core.telegram.org/bots/api#deletewebhook.
func (s *Server) deleteWebhook(p params) (any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.unhook(p)
}

func (s *Server) unhook(p params) (any, *apiError) {
	s.stopHook()
	s.hook = hook{deaf: s.hook.deaf}
	if p.yes("drop_pending_updates") {
		s.pending = nil
	}
	s.stir()
	return true, nil
}

func (s *Server) stopHook() {
	if s.hook.cancel != nil {
		s.hook.cancel()
	}
}

// webhookInfo is https://core.telegram.org/bots/api#getwebhookinfo.
func (s *Server) webhookInfo() map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	info := map[string]any{"url": s.hook.url, "has_custom_certificate": false, "pending_update_count": len(s.pending)}
	if s.hook.url != "" {
		info["max_connections"] = s.hook.conns
		if !s.hook.errorAt.IsZero() {
			info["last_error_date"], info["last_error_message"] = s.hook.errorAt.Unix(), s.hook.failed
		}
	}
	if len(s.allowed) > 0 {
		info["allowed_updates"] = s.allowed
	}
	return info
}

// Webhook returns the URL of the webhook that is set, or "".
func (s *Server) Webhook() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hook.url
}

// LoseAnswers makes the next n answers of the webhook get lost on the way: what it took is delivered again.
func (s *Server) LoseAnswers(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hook.deaf = n
}

// deliver starts a delivery for each queue that has updates and none. The caller holds mu.
func (s *Server) deliver() {
	if s.hook.url == "" || s.closed {
		return
	}
	for _, u := range s.pending {
		if !s.hook.running[u.queue] {
			s.hook.running[u.queue] = true
			h := s.hook
			s.work.Go(func() { s.drain(h, u.queue) })
		}
	}
}

// drain delivers the updates of one queue, in order, until there is none. An update is repeated until it is taken.
func (s *Server) drain(h hook, queue string) {
	for {
		s.mu.Lock()
		s.expire()
		i := slices.IndexFunc(s.pending, func(u *update) bool { return u.queue == queue })
		if i < 0 || h.ctx.Err() != nil {
			delete(h.running, queue)
			s.mu.Unlock()
			return
		}
		u := s.pending[i]
		s.mu.Unlock()

		select {
		case <-h.ctx.Done():
			continue
		case h.slots <- struct{}{}:
		}
		wait, failed := s.post(h, u.body)
		<-h.slots

		s.mu.Lock()
		if failed == "" && s.hook.deaf > 0 {
			s.hook.deaf--
			failed = "Read timeout expired"
		}
		if failed == "" {
			s.pending = slices.DeleteFunc(s.pending, func(other *update) bool { return other == u })
		} else if h.ctx.Err() == nil {
			s.hook.errorAt, s.hook.failed = s.conf.Now(), failed
			wait = max(wait, s.pause(u.tries))
			u.tries++
		}
		s.stir()
		s.mu.Unlock()
		if failed != "" {
			timer := time.NewTimer(wait)
			select {
			case <-h.ctx.Done():
			case <-timer.C:
			}
			timer.Stop()
		}
	}
}

// pause returns how long an update waits after so many tries: nothing at first, then twice as long each time.
func (s *Server) pause(tries int) time.Duration {
	if tries == 0 {
		return 0
	}
	return min(s.conf.Redeliver<<min(tries-1, 5), 30*s.conf.Redeliver)
}

// post makes one call of the webhook and carries out the method in its answer. It returns why the call failed, "" if it
// did not, and how long the webhook asked to wait.
// https://core.telegram.org/bots/api#making-requests-when-getting-updates
func (s *Server) post(h hook, body []byte) (wait time.Duration, failed string) {
	req, err := http.NewRequestWithContext(h.ctx, http.MethodPost, h.url, bytes.NewReader(body))
	if err != nil {
		return 0, "URL host is empty"
	}
	req.Header.Set("Content-Type", "application/json")
	if h.secret != "" {
		req.Header.Set("X-Telegram-Bot-Api-Secret-Token", h.secret)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return 0, "Connection failed"
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return 0, "Connection closed unexpectedly"
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		return time.Duration(max(0, min(seconds, 3600))) * time.Second, "Wrong response from the webhook: " + resp.Status
	}
	s.carryOut(h.ctx, answer)
	return 0, ""
}

// carryOut calls the method that a webhook's answer names. Nobody hears of its result, and methods that return one, or
// are about the webhook, are left out.
func (s *Server) carryOut(ctx context.Context, answer []byte) {
	p := params{}
	if !json.Valid(answer) || p.addJSON(answer) != nil {
		return
	}
	method := strings.ToLower(p["method"])
	if method == "" || strings.HasPrefix(method, "get") || strings.HasSuffix(method, "webhook") {
		return
	}
	delete(p, "method")
	s.record(method, p)
	_, _ = s.dispatch(ctx, method, p)
}
