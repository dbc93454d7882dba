package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"patchbay/channels"
)

// Send posts a message. The id is the one the receiver gave it, else Outbound.ID.
func (a *adapter) Send(ctx context.Context, m channels.Outbound) (string, error) {
	p, err := a.compose("message", m.ID, m)
	if err != nil {
		return "", err
	}
	reply, err := a.post(ctx, eventID(m.ID), p)
	if err != nil {
		return "", err
	}
	if id := givenID(reply.Body); id != "" {
		return id, nil
	}
	return m.ID, nil
}

// Edit posts the new content of a message. Its webhook-id tells edits apart by their words and time: an id that a later
// edit could have again would make the receiver drop that one.
func (a *adapter) Edit(ctx context.Context, id string, m channels.Outbound) error {
	p, err := a.compose("edit", id, m)
	if err != nil {
		return err
	}
	_, err = a.post(ctx, eventID("edit", m.Address, id, p.Text, strconv.FormatInt(a.now().UnixMilli(), 10)), p)
	return err
}

// Delete posts that a message is taken back. A receiver that does not know the message has nothing to take back.
func (a *adapter) Delete(ctx context.Context, address, id string) error {
	reply, err := a.post(ctx, eventID("delete", address, id), post{Type: "delete", ID: id, Chat: ref{address}})
	if reply.Status == http.StatusNotFound {
		return nil
	}
	return err
}

// post makes one signed call and judges the answer.
func (a *adapter) post(ctx context.Context, eventID string, p post) (channels.Reply, error) {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(p); err != nil {
		return channels.Reply{}, channels.Errorf(channels.Rejected, "encode: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url, &body)
	if err != nil {
		return channels.Reply{}, channels.Errorf(channels.Forbidden, "send_url: %w", channels.Redact(err))
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Patchbay")
	a.keys.Sign(req.Header, eventID, a.now(), body.Bytes())
	reply, err := channels.Do(a.http, req)
	if reply.Status >= 200 && reply.Status <= 299 {
		return reply, nil // delivered, even if the line broke while it was answered
	}
	if err != nil {
		return reply, channels.Errorf(channels.Temporary, "send_url did not answer: %w", err)
	}
	return reply, a.refusal(reply)
}

// refusal returns what an answer other than 2xx means. Nothing of its body is quoted: it may hold the customer's words.
func (a *adapter) refusal(reply channels.Reply) *channels.Error {
	e := &channels.Error{
		Kind:       channels.KindOfStatus(reply.Status),
		RetryAfter: channels.RetryAfterOf(reply.Header, a.now()),
		Err:        fmt.Errorf("send_url answered %d", reply.Status),
	}
	switch {
	case reply.Status == http.StatusGone:
		e.Kind = channels.Forbidden
		e.Err = fmt.Errorf("send_url answered 410: %w", channels.ErrGone)
	case reply.Status >= 300 && reply.Status <= 399:
		e.Err = fmt.Errorf("send_url answered %d: redirects are not followed, set the address that it leads to", reply.Status)
	case e.Kind == channels.Rejected:
		var said struct {
			Error reason `json:"error"`
		}
		if json.Unmarshal(reply.Body, &said) == nil {
			e.Kind, e.Err = said.Error.kind(), fmt.Errorf("send_url answered %d: %s", reply.Status, said.Error.words())
		}
	}
	return e
}

// reason is why a customer gets nothing, as the customer's system tells it.
type reason struct {
	Kind string `json:"kind"`
}

func (r reason) kind() channels.ErrorKind {
	switch r.Kind {
	case "unreachable":
		return channels.Unreachable
	case "window_closed":
		return channels.WindowClosed
	}
	return channels.Rejected
}

// words returns r in words of ours.
func (r reason) words() string {
	switch r.kind() {
	case channels.Unreachable:
		return "this customer cannot be reached"
	case channels.WindowClosed:
		return "it is too late to write to this customer"
	case channels.Rejected, channels.Temporary, channels.RateLimited, channels.Forbidden:
	}
	return "the message was refused"
}

// givenID returns the id in the body of an answer, a string or a number, or "" if there is none that can be kept.
func givenID(body []byte) string {
	var given struct {
		ID json.RawMessage `json:"id"`
	}
	if json.Unmarshal(body, &given) != nil || len(given.ID) == 0 {
		return ""
	}
	var id string
	if json.Unmarshal(given.ID, &id) != nil {
		var number json.Number
		if json.Unmarshal(given.ID, &number) != nil {
			return ""
		}
		id = number.String()
	}
	if fault(id) != "" {
		return ""
	}
	return id
}
