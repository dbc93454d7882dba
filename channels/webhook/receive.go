package webhook

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"patchbay/channels"
	"patchbay/channels/standardwebhooks"
)

// Receive takes one signed event. The answer's body says to the people who build the other side what became of it:
// {"accepted":true}, or why not.
func (a *adapter) Receive(r *http.Request) (channels.Update, error) {
	body, err := channels.ReadBody(r)
	if err != nil {
		return channels.Update{}, err
	}
	if err := a.keys.Verify(r.Header, body, a.now()); err != nil {
		return refused(http.StatusUnauthorized, channels.Forbidden, err)
	}
	callID := r.Header.Get(standardwebhooks.HeaderID)
	if text := fault(callID); text != "" {
		return refused(http.StatusBadRequest, channels.Rejected, invalid{"webhook-id", text})
	}
	seconds, err := strconv.ParseInt(r.Header.Get(standardwebhooks.HeaderTimestamp), 10, 64)
	if err != nil {
		return refused(http.StatusUnauthorized, channels.Forbidden, standardwebhooks.ErrUnsigned)
	}
	var e event
	if err := json.Unmarshal(body, &e); err != nil {
		return refused(http.StatusBadRequest, channels.Rejected, misread(err))
	}
	in, err := e.inbound(callID, time.Unix(seconds, 0).UTC())
	switch {
	case errors.Is(err, errUnknown):
		return channels.Update{Response: answer(http.StatusAccepted, err)}, nil
	case err != nil:
		return refused(http.StatusBadRequest, channels.Rejected, err)
	}
	return channels.Update{Inbound: []channels.Inbound{in}, Response: answer(http.StatusAccepted, nil)}, nil
}

// errUnknown is about a type that a later version may know.
var errUnknown = errors.New("type: is not known, so the event is ignored")

// misread returns what is wrong with a body that cannot be decoded, without a word of what it says.
func misread(err error) error {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return invalid{field(e.Field), "is of the wrong JSON type"}
	}
	return invalid{"body", "is no JSON"}
}

// field names the place in a body that a decoder speaks of.
func field(path string) string {
	if path == "" {
		return "body"
	}
	return path
}

// refused returns an error with the answer to it.
func refused(status int, kind channels.ErrorKind, why error) (channels.Update, error) {
	return channels.Update{Response: answer(status, why)}, &channels.Error{Kind: kind, Err: why}
}

func answer(status int, why error) channels.Response {
	said := struct {
		Accepted bool   `json:"accepted"`
		Reason   string `json:"reason,omitempty"`
	}{Accepted: why == nil}
	if why != nil {
		said.Reason = why.Error()
	}
	body, err := json.Marshal(said)
	if err != nil {
		body = nil // two plain fields cannot fail
	}
	return channels.Response{Status: status, Type: "application/json", Body: append(body, '\n')}
}
