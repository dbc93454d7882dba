package call

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"patchbay/gateway/bots"
	"patchbay/models"
)

// Address parses a bot's address. Its error does not repeat it, because it may carry a token.
func Address(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case raw == "":
		return nil, fmt.Errorf("missing")
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("not an http or https address")
	}
	return u, nil
}

// AddressProblems returns what is wrong with the address that stands under key.
func AddressProblems(key, raw string) []bots.Problem {
	if _, err := Address(raw); err != nil {
		return []bots.Problem{{Key: key, Text: err.Error()}}
	}
	return nil
}

// own are the headers that a call has anyway.
func own() []string {
	return []string{"Content-Length", "Content-Type", "Idempotency-Key", "Webhook-Id", "Webhook-Signature", "Webhook-Timestamp"}
}

// HeaderProblems returns what is wrong with the headers of a section. A value is never repeated.
func HeaderProblems(headers map[string]models.Secret) []bots.Problem {
	var all []bots.Problem
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		key, value := "headers."+name, headers[name].Reveal()
		switch {
		case !httpguts.ValidHeaderFieldName(name):
			all = append(all, bots.Problem{Key: key, Text: "not the name of a header"})
		case slices.Contains(own(), http.CanonicalHeaderKey(name)):
			all = append(all, bots.Problem{Key: key, Text: "is set by Patchbay itself"})
		case value == "":
			all = append(all, bots.Problem{Key: key, Text: "empty", Warning: true})
		case !httpguts.ValidHeaderFieldValue(value):
			all = append(all, bots.Problem{Key: key, Text: "has a character that a header cannot have, such as a line break"})
		}
	}
	return all
}

// New returns a request with the section's headers. A body is sent as JSON; nil is no body.
func New(ctx context.Context, method, address string, headers map[string]models.Secret, body []byte) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("not an http or https address")
	}
	req.Header.Set("User-Agent", "Patchbay")
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range headers {
		if strings.EqualFold(name, "Host") {
			req.Host = value.Reveal()
			continue
		}
		req.Header.Set(name, value.Reveal())
	}
	return req, nil
}
