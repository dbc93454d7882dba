package whatsapptest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// Subscribe verifies the webhook's address as the platform does when it is saved in the app's settings, and delivers
// there from then on.
func (s *Server) Subscribe(ctx context.Context, callback string) error {
	u, err := url.Parse(callback)
	if err != nil {
		return fmt.Errorf("whatsapptest: %w", err)
	}
	challenge := "1158201444"
	q := u.Query()
	q.Set("hub.mode", "subscribe")
	q.Set("hub.challenge", challenge)
	q.Set("hub.verify_token", s.opts.VerifyToken)
	u.RawQuery = q.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return fmt.Errorf("whatsapptest: %w", err)
	}
	resp, err := s.client.Do(r)
	if err != nil {
		return fmt.Errorf("whatsapptest: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1024))
	if err != nil {
		return fmt.Errorf("whatsapptest: %w", err)
	}
	if resp.StatusCode != http.StatusOK || string(body) != challenge {
		return fmt.Errorf("whatsapptest: the callback answers the challenge with HTTP %d and %q", resp.StatusCode, body)
	}
	s.SetCallback(callback)
	return nil
}

// SetCallback delivers to callback from now on, without verifying it.
func (s *Server) SetCallback(callback string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.callback = callback
	s.change()
}

// subscribed returns the callback and a channel that is closed at the next change.
func (s *Server) subscribed() (callback string, changed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.callback, s.changed
}

// post calls the webhook at callback once. Anything but 200 is an error.
func (s *Server) post(ctx context.Context, callback string, body []byte) error {
	if callback == "" {
		return errors.New("no callback is subscribed")
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, callback, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Hub-Signature-256", s.sign(body))
	resp, err := s.client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the callback answers HTTP %d", resp.StatusCode)
	}
	return nil
}
