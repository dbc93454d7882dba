package rasa

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"patchbay/gateway/bots/internal/call"
)

// Check asks the REST channel for its status, and if intents are asked for, for the intent of a greeting. Neither touches
// a conversation.
func (b *Bot) Check(ctx context.Context) error {
	req, err := call.New(ctx, http.MethodGet, b.address("webhooks/rest/"), b.headers, nil)
	if err != nil {
		return err
	}
	status, body, err := call.Do(b.client, req)
	if err != nil {
		return err
	}
	var health struct {
		Status string `json:"status"`
	}
	switch {
	case status == http.StatusNotFound:
		return errors.New("the REST channel is off (404): write rest: into Rasa's credentials.yml")
	case status != http.StatusOK:
		return refused(status)
	case json.Unmarshal(body, &health) != nil || health.Status != "ok":
		return errors.New("something else than Rasa's REST channel answers at url")
	case b.intent == "":
		return nil
	}
	if req, err = b.parseRequest(ctx, "hello", ""); err != nil {
		return err
	}
	status, _, err = call.Do(b.client, req)
	switch {
	case err != nil:
		return err
	case status == http.StatusNotFound:
		return errors.New("/model/parse is off (404): start Rasa with --enable-api, or set parse = false")
	case status != http.StatusOK:
		return refused(status)
	}
	return nil
}

// refused returns the error for a status that is no success.
func refused(status int) error {
	if status == http.StatusUnauthorized || status == http.StatusForbidden {
		return fmt.Errorf("rasa refuses us (%d): correct token", status)
	}
	return call.StatusError(status)
}
