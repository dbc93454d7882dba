package notes

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"patchbay/channels"
)

// Send writes a note on the customer's board. A repeat after an answer that got lost writes no second one: the service
// knows it by its key. That is no Idempotency-Key header, because net/http repeats a call that has one by itself, and an
// adapter makes one call: https://pkg.go.dev/net/http#Transport
func (a *adapter) Send(ctx context.Context, m channels.Outbound) (string, error) {
	switch {
	case len(m.Attachments) > 0 || len(m.Buttons) > 0:
		return "", channels.Errorf(channels.Rejected, "a note has text alone")
	case m.Text == "":
		return "", channels.Errorf(channels.Rejected, "an empty note cannot be sent")
	case channels.Len(m.Text, channels.Runes) > maxText:
		return "", channels.Errorf(channels.Rejected, "the text is longer than %d characters", maxText)
	}
	body, err := json.Marshal(note{Key: m.ID, Board: m.Address, Author: m.Name, Text: m.Text})
	if err != nil {
		return "", channels.Errorf(channels.Rejected, "encode: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url, bytes.NewReader(body))
	if err != nil {
		return "", channels.Errorf(channels.Forbidden, "url: %w", channels.Redact(err))
	}
	req.Header.Set("Authorization", "Bearer "+a.token.Reveal())
	req.Header.Set("Content-Type", "application/json")
	reply, err := channels.Do(a.http, req)
	if err != nil {
		return "", err
	}
	if reply.Status < 200 || reply.Status > 299 {
		return "", a.refusal(reply)
	}
	var written struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(reply.Body, &written) != nil || !usable(written.ID) {
		return "", channels.Errorf(channels.Temporary, "the notes service answered %d without an id", reply.Status)
	}
	return written.ID, nil
}

// refusal returns what an answer other than 2xx means. Nothing of its body is quoted: it may hold the customer's words.
func (a *adapter) refusal(reply channels.Reply) *channels.Error {
	e := &channels.Error{
		Kind: channels.KindOfStatus(reply.Status), RetryAfter: channels.RetryAfterOf(reply.Header, a.now()),
		Err: fmt.Errorf("the notes service answered %d", reply.Status),
	}
	switch reply.Status {
	case http.StatusGone:
		e.Kind, e.Err = channels.Unreachable, fmt.Errorf("the customer has closed the board")
	case http.StatusNotFound: // the path is the same for every note, so it is not this note's fault
		e.Kind, e.Err = channels.Forbidden, fmt.Errorf("there is no notes service at url")
	}
	return e
}
