package channels

import (
	"errors"
	"fmt"
	"time"
)

// ErrorKind is what a failure means for the message and for the account. It decides alone what is done: text is for people.
type ErrorKind int

// The kinds. The first two are tried again; the next three end the message and are told to the agent; Forbidden pauses
// the account and is told to the operator.
const (
	Temporary    ErrorKind = iota + 1 // may work later: network, 5xx, a half answer
	RateLimited                       // too fast; RetryAfter says how long to wait
	Unreachable                       // this customer gets nothing: blocked, gone, not on the platform
	Rejected                          // this message will never be taken
	WindowClosed                      // the platform's reply window is over
	Forbidden                         // the account may not: token, permission, payment
)

// String returns the kind's name, for logs and metrics.
func (k ErrorKind) String() string {
	switch k {
	case Temporary:
		return "temporary"
	case RateLimited:
		return "rate_limited"
	case Unreachable:
		return "unreachable"
	case Rejected:
		return "rejected"
	case WindowClosed:
		return "window_closed"
	case Forbidden:
		return "forbidden"
	}
	return "unknown"
}

// Error is how every method of an adapter fails. Its text names no token and no URL that has one, and is safe to show
// an agent.
type Error struct {
	Kind       ErrorKind
	RetryAfter time.Duration // what the platform asked for; 0 if it did not
	Err        error
}

// Error returns the cause in words.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Kind.String()
	}
	return e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf returns an *Error of kind k with a formatted cause; %w wraps.
func Errorf(k ErrorKind, format string, args ...any) *Error {
	return &Error{Kind: k, Err: fmt.Errorf(format, args...)}
}

// KindOf returns the kind of err. What is no *Error is Temporary: an adapter that cannot say is asked again.
func KindOf(err error) ErrorKind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Temporary
}

// RetryAfter returns how long the platform asked to wait, 0 if it did not.
func RetryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.RetryAfter
	}
	return 0
}
