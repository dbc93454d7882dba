package slacktest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// delivery is an event on its way to the app.
type delivery struct {
	payload map[string]any
	attempt int
	reason  string
}

// Deliver sets where the app is called over HTTP: the addresses of events, of actions and of commands.
func (s *Server) Deliver(events, actions, commands string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.urls = map[string]string{"events": events, "actions": actions, "commands": commands}
	s.touch()
}

// Delivered blocks until no event is on its way: each was taken, or given up.
func (s *Server) Delivered(ctx context.Context) error {
	return s.Wait(ctx, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.pending == 0
	})
}

// emit tells the app of a message event. The lock is held.
func (s *Server) emit(ch *channel, event map[string]any) {
	if ch.Outside {
		return
	}
	event = maps.Clone(event)
	delete(event, "reply_count")
	event["channel"], event["channel_type"] = ch.ID, "channel"
	if ch.Private {
		event["channel_type"] = "group"
	}
	event["event_ts"] = event["ts"]
	if event["subtype"] == "thread_broadcast" {
		// Slack gives the root here, and not who wrote it.
		delete(event, "parent_user_id")
		if root := ch.find(fmt.Sprint(event["thread_ts"])); root != nil {
			event["root"] = s.json(ch, root)
		}
	}
	s.send(event, ch.Shared)
}

// emitChanged tells the app that a message reads otherwise now. The lock is held.
func (s *Server) emitChanged(ch *channel, now, before map[string]any) {
	s.emit(ch, map[string]any{
		"type": "message", "subtype": "message_changed", "hidden": true, "ts": s.stamp(), "message": now, "previous_message": before,
	})
}

// Emit delivers an event of any shape, inside of an envelope.
func (s *Server) Emit(event map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.send(event, false)
}

func (s *Server) send(event map[string]any, shared bool) {
	s.enqueue(delivery{payload: map[string]any{
		"token": "oldVerificationToken", "team_id": Team, "context_team_id": Team, "context_enterprise_id": nil, "api_app_id": App,
		"event": event, "type": "event_callback", "event_id": fmt.Sprintf("Ev%08d", s.next()), "event_time": s.opts.Now().Unix(),
		"authorizations": []any{map[string]any{
			"enterprise_id": nil, "team_id": Team, "user_id": BotUser, "is_bot": true, "is_enterprise_install": false,
		}},
		"is_ext_shared_channel": shared, "event_context": "4-eyJldCI6Im1lc3NhZ2UifQ",
	}})
}

// enqueue puts an event on its way. The lock is held.
func (s *Server) enqueue(d delivery) {
	s.pending++
	s.outbox = append(s.outbox, d)
	s.touch()
}

// deliver sends what is in the outbox, one after the other, until the server is closed.
func (s *Server) deliver() {
	for {
		var d delivery
		var address string
		err := s.Wait(s.ctx, func() bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.outage || len(s.outbox) == 0 || (s.opts.Socket && s.pick() == nil) {
				return false
			}
			d, address = s.outbox[0], s.urls["events"]
			s.outbox = s.outbox[1:]
			return true
		})
		switch {
		case err != nil:
			return
		case s.opts.Socket:
			s.sendEnvelope(d)
		case address == "":
			s.finish()
		default:
			s.judgeDelivery(d, s.call(s.ctx, address, d))
		}
	}
}

// finish counts one delivery as at its end.
func (s *Server) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending--
	s.touch()
}

// errFinal is a failure after which Slack does not try again.
var errFinal = errors.New("the app asked for no retry")

// judgeDelivery ends a delivery that worked, and brings another again after its pause.
func (s *Server) judgeDelivery(d delivery, err error) {
	if err == nil || errors.Is(err, errFinal) || d.attempt >= len(s.opts.Retries) {
		s.finish()
		return
	}
	pause := s.opts.Retries[d.attempt]
	d.attempt++
	d.reason = "http_error"
	s.wg.Go(func() {
		defer s.finish()
		t := time.NewTimer(pause)
		defer t.Stop()
		select {
		case <-t.C:
		case <-s.ctx.Done():
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.enqueue(d)
	})
}

// call delivers d over HTTP.
func (s *Server) call(ctx context.Context, address string, d delivery) error {
	body, err := json.Marshal(d.payload)
	if err != nil {
		return err
	}
	header := http.Header{"Content-Type": {"application/json"}}
	if d.attempt > 0 {
		header.Set("X-Slack-Retry-Num", strconv.Itoa(d.attempt))
		header.Set("X-Slack-Retry-Reason", d.reason)
	}
	_, err = s.signed(ctx, address, header, body)
	return err
}

// interact delivers a click or the like, at once, and returns the app's answer. There is no second time.
func (s *Server) interact(ctx context.Context, payload map[string]any) ([]byte, error) {
	return s.ask(ctx, payload, false)
}

// ask is interact for what the app may answer with more than that it took it.
func (s *Server) ask(ctx context.Context, payload map[string]any, answers bool) ([]byte, error) {
	if s.opts.Socket {
		return s.askSocket(ctx, "interactive", payload, answers)
	}
	body, err := json.Marshal(payload)
	if err != nil {
		return nil, err
	}
	form := url.Values{"payload": {string(body)}}.Encode()
	return s.signed(ctx, s.address("actions"), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, []byte(form))
}

func (s *Server) address(endpoint string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.urls[endpoint]
}

// signed posts body as Slack signs it: https://docs.slack.dev/authentication/verifying-requests-from-slack
func (s *Server) signed(ctx context.Context, address string, header http.Header, body []byte) ([]byte, error) {
	if address == "" {
		return nil, errors.New("slacktest: the app has no address for this: call Deliver")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header = header
	maps.Copy(req.Header, s.Sign(body))
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	switch {
	case err != nil:
		return nil, err
	case resp.StatusCode/100 == 2:
		return answer, nil
	case resp.Header.Get("X-Slack-No-Retry") == "1":
		return nil, errFinal
	}
	return nil, fmt.Errorf("slacktest: the app answered %d", resp.StatusCode)
}

// Sign returns the headers with which Slack would send body now.
func (s *Server) Sign(body []byte) http.Header {
	at := strconv.FormatInt(s.opts.Now().Unix(), 10)
	mac := hmac.New(sha256.New, []byte(SigningSecret))
	_, _ = mac.Write([]byte("v0:" + at + ":"))
	_, _ = mac.Write(body)
	return http.Header{
		"X-Slack-Request-Timestamp": {at},
		"X-Slack-Signature":         {"v0=" + hex.EncodeToString(mac.Sum(nil))},
	}
}
