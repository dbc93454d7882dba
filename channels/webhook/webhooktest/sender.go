package webhooktest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"patchbay/channels/standardwebhooks"
	"patchbay/models"
)

// Event is what a customer's system tells Patchbay. The package webhook says which type needs what.
type Event struct {
	Type        string       `json:"type"`
	ID          string       `json:"id,omitempty"`
	Timestamp   string       `json:"timestamp,omitempty"` // RFC 3339
	Chat        Ref          `json:"chat"`
	Sender      *Person      `json:"sender,omitempty"`
	Text        string       `json:"text,omitempty"`
	Payload     string       `json:"payload,omitempty"`
	Emoji       string       `json:"emoji,omitempty"`
	Status      string       `json:"status,omitempty"`
	Attachments []Attachment `json:"attachments,omitempty"`
	ReplyTo     string       `json:"reply_to,omitempty"`
}

// Person is a customer.
type Person struct {
	ID     string            `json:"id"`
	Name   string            `json:"name,omitempty"`
	Locale string            `json:"locale,omitempty"`
	Fields map[string]string `json:"fields,omitempty"`
}

// Answer is what Patchbay answered to an event.
type Answer struct {
	Status int
	Body   string
}

// Sender signs events and posts them. Its methods may be called by many goroutines at once.
type Sender struct {
	keys   *standardwebhooks.Keys
	client *http.Client
	now    func() time.Time
	run    string // in every id, so that the ids of two runs differ
	events atomic.Int64
}

// NewSender returns a Sender that signs with secret. now is the clock, nil the real one. The caller closes it.
func NewSender(secret string, now func() time.Time) (*Sender, error) {
	keys, err := standardwebhooks.Parse(models.Secrets{models.NewSecret(secret)})
	if err != nil {
		return nil, fmt.Errorf("webhooktest: secret: %w", err)
	}
	if now == nil {
		now = time.Now
	}
	var run [4]byte
	_, _ = rand.Read(run[:]) // never fails
	return &Sender{
		keys: keys, now: now, run: hex.EncodeToString(run[:]),
		client: &http.Client{
			Timeout:       30 * time.Second,
			Transport:     &http.Transport{MaxIdleConnsPerHost: 100, IdleConnTimeout: time.Minute},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// Close closes the connections that are kept.
func (s *Sender) Close() { s.client.CloseIdleConnections() }

// NewID returns an id that no other event or message of any run has.
func (s *Sender) NewID(prefix string) string {
	return prefix + "-" + s.run + "-" + strconv.FormatInt(s.events.Add(1), 10)
}

// Post posts an event to the channel's address to, once, with a new webhook-id.
func (s *Sender) Post(ctx context.Context, to string, e Event) (Answer, error) {
	return s.PostAs(ctx, to, s.NewID("evt"), e)
}

// PostTwice posts an event twice at the same time, as a sender does that lost patience.
func (s *Sender) PostTwice(ctx context.Context, to string, e Event) ([2]Answer, error) {
	var (
		answers [2]Answer
		errs    [2]error
		both    sync.WaitGroup
	)
	id := s.NewID("evt")
	for i := range answers {
		both.Go(func() { answers[i], errs[i] = s.PostAs(ctx, to, id, e) })
	}
	both.Wait()
	for _, err := range errs {
		if err != nil {
			return answers, err
		}
	}
	return answers, nil
}

// PostAs posts an event with the webhook-id that is given.
func (s *Sender) PostAs(ctx context.Context, to, webhookID string, e Event) (Answer, error) {
	body, err := json.Marshal(e)
	if err != nil {
		return Answer{}, fmt.Errorf("webhooktest: encode: %w", err)
	}
	return s.PostRaw(ctx, to, webhookID, body)
}

// PostRaw signs and posts any body.
func (s *Sender) PostRaw(ctx context.Context, to, webhookID string, body []byte) (Answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return Answer{}, fmt.Errorf("webhooktest: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	s.keys.Sign(req.Header, webhookID, s.now(), body)
	resp, err := s.client.Do(req)
	if err != nil {
		return Answer{}, fmt.Errorf("webhooktest: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return Answer{}, fmt.Errorf("webhooktest: %w", err)
	}
	return Answer{Status: resp.StatusCode, Body: string(text)}, nil
}
