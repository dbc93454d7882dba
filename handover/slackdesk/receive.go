package slackdesk

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"patchbay/handover"
)

// The endpoints.
const (
	endpointEvents   = "events"
	endpointActions  = "actions"
	endpointCommands = "commands"
)

var (
	errNoJSON  = errors.New("the call's body is not what Slack sends")
	errNoPlace = errors.New("slack has no such endpoint")
)

// Receive reads a call of Slack's. It may ask Slack who the person is, for two seconds at most; if that fails for
// somebody who is not known yet the error is Temporary, and Slack delivers an event again. A call of a desk in Socket
// Mode is Forbidden, unless signing_secret is set too.
func (d *Desk) Receive(r *http.Request, endpoint string) (handover.Update, error) {
	const op = "call of slack's"
	body, err := raw(r)
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return handover.Update{}, rejected(op, err)
	}
	if err != nil {
		return handover.Update{}, temporary(op, errors.New("the body could not be read"))
	}
	if err := d.verify(r.Header, body); err != nil {
		return handover.Update{}, forbidden(op, err)
	}
	ctx := r.Context()
	switch endpoint {
	case endpointEvents:
		return d.event(ctx, body)
	case endpointActions:
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return handover.Update{}, rejected(op, errNoJSON)
		}
		return d.interact(ctx, []byte(form.Get("payload")))
	case endpointCommands:
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return handover.Update{}, rejected(op, errNoJSON)
		}
		return d.commanded(ctx, slashForm(form))
	}
	return handover.Update{}, rejected(op, errNoPlace)
}

// event reads the envelope of an event. What it does not know it lets pass, and Slack is content.
func (d *Desk) event(ctx context.Context, body []byte) (handover.Update, error) {
	const op = "event of slack's"
	var env envelope
	if err := json.Unmarshal(body, &env); err != nil {
		return handover.Update{}, rejected(op, errNoJSON)
	}
	switch env.Type {
	case "url_verification":
		return handover.Update{Response: handover.Response{Body: []byte(env.Challenge)}}, nil
	case "app_rate_limited":
		d.deps.Log.Warn("slack holds back events: more than 30,000 in an hour")
		return handover.Update{}, nil
	case "event_callback":
	default:
		return handover.Update{}, nil
	}
	self, err := d.me(op)
	if err != nil {
		return handover.Update{}, err
	}
	var kind struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(env.Event, &kind) != nil {
		return handover.Update{}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, personWait)
	defer cancel()
	switch kind.Type {
	case "app_home_opened":
		return d.opened(ctx, self, &env)
	case "reaction_added", "reaction_removed":
		return d.reacted(ctx, self, &env, kind.Type == "reaction_removed")
	case "message":
		return d.messaged(ctx, self, &env)
	}
	return handover.Update{}, nil
}

// messaged reads a message event.
func (d *Desk) messaged(ctx context.Context, self *identity, env *envelope) (handover.Update, error) {
	var m message
	if err := json.Unmarshal(env.Event, &m); err != nil {
		// Coming again would not make it better.
		d.deps.Log.Error("an event of slack's has a message that cannot be read", "event", env.EventID)
		return handover.Update{}, nil
	}
	actions, err := d.message(ctx, self, &m)
	if err != nil {
		return handover.Update{}, err
	}
	return handover.Update{Actions: actions}, nil
}

var _ handover.Receiver = (*Desk)(nil)
