// Package call makes one HTTP call to a bot: bounded, without a retry, and with errors that are safe to show.
package call

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"

	"patchbay/gateway/bots"
)

// Limit is how many bytes of an answer are read. It is the limit that the gateway sets for its own callers.
const Limit = 4 << 20

// OK makes the call and returns the body of a 200. Every other status is an error; a 5xx is one that may pass at once.
func OK(client *http.Client, req *http.Request) ([]byte, error) {
	status, body, err := Do(client, req)
	if err != nil {
		return nil, err
	}
	if status != http.StatusOK {
		return nil, StatusError(status)
	}
	return body, nil
}

// StatusError is the error for an answer that is not a 200. The body is not in it: it may repeat what the customer wrote.
func StatusError(status int) error {
	switch {
	case status >= 500:
		return fmt.Errorf("%w: it answered %s", bots.ErrUnavailable, statusLine(status))
	case status >= 300 && status < 400:
		return fmt.Errorf("bot answered %s: redirects are not followed", statusLine(status))
	}
	return fmt.Errorf("bot answered %s", statusLine(status))
}

func statusLine(status int) string {
	if text := http.StatusText(status); text != "" {
		return fmt.Sprintf("%d %s", status, text)
	}
	return fmt.Sprint(status)
}

// Do makes the call and returns the status and the whole body. A body over Limit is an error.
func Do(client *http.Client, req *http.Request) (status int, body []byte, err error) {
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, failure(req, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err = io.ReadAll(io.LimitReader(resp.Body, Limit+1))
	if err != nil {
		return 0, nil, failure(req, err)
	}
	if len(body) > Limit {
		return 0, nil, fmt.Errorf("bot's answer is over %d MiB", Limit>>20)
	}
	return resp.StatusCode, body, nil
}

// failure returns err without the URL, which may carry a token, and says whether it is worth another try.
func failure(req *http.Request, err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() || errors.Is(req.Context().Err(), context.DeadlineExceeded) {
		return fmt.Errorf("no answer in time: %w", context.DeadlineExceeded)
	}
	if ctx := req.Context(); ctx.Err() != nil {
		return fmt.Errorf("call ended: %w", ctx.Err())
	}
	// Once the request is on its way, only a bot that knows a repeated question by its key can be asked again.
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" || req.Header.Get("Idempotency-Key") != "" {
		return fmt.Errorf("%w: %w", bots.ErrUnavailable, err)
	}
	return fmt.Errorf("connection broke: %w", err)
}

// Hosts returns the host of an address as it stands there, with its port.
func Hosts(address string) []string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil
	}
	return []string{u.Host}
}
