package channels

import "errors"

// ErrNoWebhook is what Receive fails with, wrapped in a Forbidden *Error, when the section fetches its messages itself
// and so has no address for the platform to call. The caller gets 404, as for a channel that does not exist.
var ErrNoWebhook = errors.New("this channel takes no calls: it fetches its messages itself")

// ErrGone is wrapped in the Forbidden *Error of a Send when the platform says that the account's address is gone for
// good: the channel stops, and the operator is told.
var ErrGone = errors.New("the receiver says that it is gone for good")
