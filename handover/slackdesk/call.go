package slackdesk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// caller sends the library's calls and judges the answers itself, before the library reads them. So an answer whose
// shape the library does not know is no failure once Slack has said ok, and a failure always has Slack's own word.
type caller struct {
	http   *http.Client
	scopes *atomic.Pointer[string]
}

// apiError is Slack's word for why it did not do what it was asked.
type apiError struct {
	Code     string
	Needed   string   // the scope that is missing
	Messages []string // details of invalid_blocks and the like: pointers into the blocks, no text of theirs
}

func (e *apiError) Error() string {
	text := e.Code
	if e.Needed != "" {
		text += " (needed: " + e.Needed + ")"
	}
	if len(e.Messages) > 0 {
		text += " (" + strings.Join(e.Messages, "; ") + ")"
	}
	return text
}

// statusError is an answer that is not 200.
type statusError struct {
	Code       int
	RetryAfter time.Duration
}

func (e *statusError) Error() string { return fmt.Sprintf("slack answered %d", e.Code) }

var errHalf = errors.New("slack's answer is not whole")

// answer is what is read of an answer. The fields below Error are those that the desk needs of the chat methods.
type answer struct {
	OK               bool   `json:"ok"`
	Error            string `json:"error,omitempty"`
	Needed           string `json:"needed,omitempty"`
	ResponseMetadata *struct {
		Messages []string `json:"messages"`
	} `json:"response_metadata,omitempty"`
	Channel   json.RawMessage `json:"channel,omitempty"`
	TS        string          `json:"ts,omitempty"`
	MessageTS string          `json:"message_ts,omitempty"`
	Message   *struct {
		TS       string `json:"ts,omitempty"`
		ThreadTS string `json:"thread_ts,omitempty"`
	} `json:"message,omitempty"`
}

// Do sends req and returns the answer with its whole body in memory.
func (c *caller) Do(req *http.Request) (*http.Response, error) {
	method := req.URL.Path[strings.LastIndexByte(req.URL.Path, '/')+1:]
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	wire := resp.Body // resp gets another one below
	defer func() { _ = wire.Close() }()
	if resp.StatusCode != http.StatusOK {
		// What is left of the body is of no use, but read it so that the connection can be used again.
		_, _ = io.CopyN(io.Discard, resp.Body, 64<<10)
		return nil, &statusError{Code: resp.StatusCode, RetryAfter: retryAfter(resp.Header)}
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, answerMax))
	if err != nil {
		return nil, errHalf
	}
	var a answer
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, errHalf
	}
	if !a.OK {
		if a.Error == "" {
			return nil, errHalf
		}
		e := &apiError{Code: a.Error, Needed: a.Needed}
		if a.ResponseMetadata != nil {
			e.Messages = a.ResponseMetadata.Messages
		}
		return nil, e
	}
	if method == "auth.test" {
		var scopes *string
		if list := resp.Header.Values("X-OAuth-Scopes"); len(list) > 0 {
			scopes = new(strings.Join(list, ","))
		}
		c.scopes.Store(scopes)
	}
	if strings.HasPrefix(method, "views.") {
		body = []byte(`{"ok":true}`) // the rest is the view that was sent
	}
	if strings.HasPrefix(method, "chat.") {
		a.ResponseMetadata = nil
		if body, err = json.Marshal(a); err != nil {
			return nil, errHalf
		}
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// retryAfter returns what the header Retry-After asks for.
// https://docs.slack.dev/apis/web-api/rate-limits
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}
