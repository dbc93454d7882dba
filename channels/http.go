package channels

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// MaxBody is the most that is read of any body, a platform's call or its answer: 4 MiB.
const MaxBody = 4 << 20

// maxRetryAfter bounds what a platform may ask us to wait.
const maxRetryAfter = 24 * time.Hour

// ErrTooLarge is wrapped by the Rejected error for a body over MaxBody.
var ErrTooLarge = errors.New("body over 4 MiB")

// ReadBody returns the whole raw body of a platform's call. A body over MaxBody gives a Rejected error that wraps
// ErrTooLarge, one that breaks off a Rejected error.
func ReadBody(r *http.Request) ([]byte, error) {
	if r.ContentLength > MaxBody {
		return nil, &Error{Kind: Rejected, Err: ErrTooLarge}
	}
	if r.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxBody+1))
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return nil, &Error{Kind: Rejected, Err: ErrTooLarge}
	}
	if err != nil {
		return nil, Errorf(Rejected, "read body: %w", Redact(err))
	}
	if len(body) > MaxBody {
		return nil, &Error{Kind: Rejected, Err: ErrTooLarge}
	}
	return body, nil
}

// Reply is what a platform answered.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do sends req once and reads the answer, whatever its status. The caller judges the status; an error is a Temporary
// *Error without the request's URL: nobody answered, or the answer broke off or is over MaxBody. In the latter cases
// Reply.Status is set: the platform may have done what it was asked.
func Do(client *http.Client, req *http.Request) (Reply, error) {
	resp, err := client.Do(req)
	if err != nil {
		return Reply{}, Errorf(Temporary, "%w", Redact(err))
	}
	defer func() { _ = resp.Body.Close() }()
	reply := Reply{Status: resp.StatusCode, Header: resp.Header}
	reply.Body, err = io.ReadAll(io.LimitReader(resp.Body, MaxBody+1))
	if err != nil {
		return reply, Errorf(Temporary, "read answer: %w", Redact(err))
	}
	if len(reply.Body) > MaxBody {
		reply.Body = nil
		return reply, Errorf(Temporary, "read answer: %w", ErrTooLarge)
	}
	return reply, nil
}

// KindOfStatus returns what a failed call's HTTP status means where the platform's own codes say no more. A redirect
// is Forbidden: an address in the config is not the one that answers, which only the operator can mend.
func KindOfStatus(status int) ErrorKind {
	switch {
	case status == http.StatusTooManyRequests:
		return RateLimited
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly:
		return Temporary
	case status == http.StatusUnauthorized, status == http.StatusPaymentRequired, status == http.StatusForbidden,
		status == http.StatusProxyAuthRequired, status >= 300 && status < 400:
		return Forbidden
	case status >= 400 && status < 500:
		return Rejected
	}
	return Temporary
}

// RetryAfterOf returns what the header Retry-After asks to wait, in either of its forms, at most a day; 0 if it is
// missing, past or no date: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
func RetryAfterOf(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	var wait time.Duration
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil {
		wait = time.Duration(min(seconds, uint64(maxRetryAfter/time.Second))) * time.Second
	} else if errors.Is(err, strconv.ErrRange) {
		wait = maxRetryAfter
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), maxRetryAfter)
}

// Redact returns err without the URL that net/http and net/url put into their errors: it may hold a token. What is
// left still wraps the cause, such as context.Canceled.
func Redact(err error) error {
	for {
		e, ok := errors.AsType[*url.Error](err)
		switch {
		case !ok:
			return err
		case e.Op == "parse":
			return errors.New("address is no URL") // the cause quotes pieces of it
		}
		err = e.Err
	}
}
