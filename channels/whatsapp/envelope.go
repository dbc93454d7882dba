package whatsapp

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"patchbay/channels"
)

// envelope is the body of a call of the platform. One call may bring what happened in many chats of several numbers.
// https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
type envelope struct {
	Object string `json:"object"`
	Entry  []struct {
		Changes []struct {
			Field string          `json:"field"`
			Value json.RawMessage `json:"value"`
		} `json:"changes"`
	} `json:"entry"`
}

// value is what happened at one number. Its lists are decoded one by one, so that an element in a form that is not known
// does not cost the others.
type value struct {
	Metadata struct {
		PhoneNumberID string `json:"phone_number_id"`
	} `json:"metadata"`
	Contacts []json.RawMessage `json:"contacts"`
	Messages []json.RawMessage `json:"messages"`
	Statuses []json.RawMessage `json:"statuses"`
	Errors   []json.RawMessage `json:"errors"`
	UserIDs  []json.RawMessage `json:"user_id_update"`
}

// contact is who wrote. Contacts and messages of a value are in no common order.
type contact struct {
	Profile struct {
		Name     string `json:"name"`
		Username string `json:"username"`
	} `json:"profile"`
	WaID   string `json:"wa_id"`
	UserID string `json:"user_id"`
}

// decode returns what an authentic body brought.
func (a *adapter) decode(ctx context.Context, body []byte) (channels.Update, error) {
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil {
		return channels.Update{}, channels.Errorf(channels.Rejected, "WhatsApp's call: the body is not the JSON of a webhook")
	}
	if e.Object != "whatsapp_business_account" {
		a.log.DebugContext(ctx, "webhook of another product ignored", "object", e.Object)
		return channels.Update{}, nil
	}
	var u channels.Update
	for _, entry := range e.Entry {
		for _, change := range entry.Changes {
			if change.Field != "messages" && change.Field != "user_id_update" {
				a.log.DebugContext(ctx, "webhook field ignored", "field", change.Field)
				continue
			}
			var v value
			if err := json.Unmarshal(change.Value, &v); err != nil {
				return channels.Update{}, channels.Errorf(channels.Rejected, "WhatsApp's call: the value of field %q has another form than expected", change.Field)
			}
			u.Inbound = append(u.Inbound, a.inbound(ctx, v)...)
		}
	}
	return u, nil
}

// inbound returns what happened at one number, in the platform's order.
func (a *adapter) inbound(ctx context.Context, v value) []channels.Inbound {
	var list []channels.Inbound
	add := func(in channels.Inbound, what string) {
		switch {
		case in.Kind == "":
		case in.Key == "" || len(in.Addresses) == 0 && in.Kind != channels.Receipt:
			// Nobody could answer it, and nothing would tell a second copy of it.
			a.log.WarnContext(ctx, "webhook element without sender or id ignored", "element", what)
		default:
			in.Account = v.Metadata.PhoneNumberID
			list = append(list, in)
		}
	}
	contacts := all[contact](v.Contacts, func() { a.odd(ctx, "contact") })
	for _, raw := range v.Messages {
		add(a.message(ctx, raw, contacts), "message")
	}
	for _, s := range all[status](v.Statuses, func() { a.odd(ctx, "status") }) {
		add(a.receipt(ctx, s), "status")
	}
	for _, change := range all[userIDUpdate](v.UserIDs, func() { a.odd(ctx, "user_id_update") }) {
		add(change.moved(), "user_id_update")
	}
	for _, e := range all[apiError](v.Errors, func() { a.odd(ctx, "error") }) {
		// These belong to no message and no chat. Title and details may name a customer, the code does not.
		a.log.WarnContext(ctx, "platform reported an error", "err", e.err(0))
	}
	return list
}

// odd logs that an element of a webhook has another form than expected.
func (a *adapter) odd(ctx context.Context, what string) {
	a.log.WarnContext(ctx, "webhook element in another form ignored", "element", what)
}

// all decodes the elements of a list and calls odd for each that it cannot.
func all[T any](raws []json.RawMessage, odd func()) []T {
	list := make([]T, 0, len(raws))
	for _, raw := range raws {
		var one T
		if err := json.Unmarshal(raw, &one); err != nil {
			odd()
			continue
		}
		list = append(list, one)
	}
	return list
}

// seconds is a time as the platform writes it: seconds since 1970, as a string. What is none is no time.
type seconds struct{ time.Time }

// UnmarshalJSON never fails: a message is not worth less because its time cannot be read.
func (s *seconds) UnmarshalJSON(raw []byte) error {
	n, err := strconv.ParseInt(strings.Trim(string(raw), `"`), 10, 64)
	if err != nil || n <= 0 || n > 253402300799 { // the last second of the year 9999
		*s = seconds{}
		return nil
	}
	*s = seconds{time.Unix(n, 0).UTC()}
	return nil
}
