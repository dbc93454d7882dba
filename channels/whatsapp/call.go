package whatsapp

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"patchbay/channels"
)

// product is in every request and tells the API from its siblings.
const product = "whatsapp"

// post calls the messages endpoint of the number, which also takes read marks and typing.
func (a *adapter) post(ctx context.Context, request, answer any) error {
	body, err := json.Marshal(request)
	if err != nil {
		return channels.Errorf(channels.Rejected, "the message cannot be written as JSON")
	}
	return a.call(ctx, http.MethodPost, "/"+url.PathEscape(a.conf.PhoneNumberID)+"/messages", body, answer)
}

// get reads a node of the Graph API. path may have a query.
func (a *adapter) get(ctx context.Context, path string, answer any) error {
	return a.call(ctx, http.MethodGet, path, nil, answer)
}

// call makes one call. Its errors have neither the URL, whose query may have the token, nor what the platform wrote,
// which may name a customer.
func (a *adapter) call(ctx context.Context, method, path string, body []byte, answer any) error {
	r, err := http.NewRequestWithContext(ctx, method, a.api+path, bytes.NewReader(body))
	if err != nil {
		return channels.Errorf(channels.Forbidden, "WhatsApp cannot be called: check api_url and phone_number_id")
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return a.exchange(a.http, r, answer)
}

// exchange sends a request with the token and reads the answer into answer.
func (a *adapter) exchange(client *http.Client, r *http.Request, answer any) error {
	r.Header.Set("Authorization", "Bearer "+a.conf.AccessToken.Reveal())
	reply, err := channels.Do(client, r)
	switch {
	case err != nil && reply.Status == 0:
		return channels.Errorf(channels.Temporary, "WhatsApp did not answer: %w", err)
	case err != nil:
		return channels.Errorf(channels.Temporary, "WhatsApp's answer was cut off: %w", err)
	case reply.Status < 200 || reply.Status > 299:
		refused := refusal(reply)
		if wait := channels.RetryAfterOf(reply.Header, a.now()); wait > 0 {
			refused.RetryAfter = wait
		}
		return refused
	}
	if err := json.Unmarshal(reply.Body, answer); err != nil {
		return channels.Errorf(channels.Temporary, "WhatsApp's answer cannot be read")
	}
	return nil
}

// apiError is an error in an answer of the API, in a status or in a webhook's value.
// https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
type apiError struct {
	Code      *int `json:"code"`
	Subcode   int  `json:"error_subcode"`
	Transient bool `json:"is_transient"`
}

// verdict returns what e means. status is of the answer that it stood in, 0 in a webhook.
func (e apiError) verdict(status int) verdict {
	if e.Code == nil {
		return verdictOfStatus(status)
	}
	if *e.Code == 100 && e.Subcode == noSuchObject {
		return verdict{channels.Forbidden, 0, "the phone number id does not exist, or the access token may not use it"}
	}
	if v, ok := verdictOf(*e.Code); ok {
		return v
	}
	if e.Transient {
		return verdict{channels.Temporary, 0, "the platform has trouble"}
	}
	return verdictOfStatus(status)
}

// err returns e as an error.
func (e apiError) err(status int) *channels.Error {
	if e.Code == nil {
		return e.verdict(status).err(httpRef(status), failure{code: -1})
	}
	return e.verdict(status).err(strconv.Itoa(*e.Code), failure{code: *e.Code, subcode: e.Subcode})
}

func httpRef(status int) string { return "HTTP " + strconv.Itoa(status) }

// refusal returns why the API refused a call. What answers in its stead, a proxy or an edge server, has no error in its
// body: then the status decides, and what is not plain from the status may pass.
func refusal(reply channels.Reply) *channels.Error {
	var answer struct {
		Error *apiError `json:"error"`
	}
	if err := json.Unmarshal(reply.Body, &answer); err == nil && answer.Error != nil {
		return answer.Error.err(reply.Status)
	}
	v := verdictOfStatus(reply.Status)
	if v.kind == channels.Rejected {
		v = verdict{kind: channels.Temporary, text: "the platform has trouble"}
	}
	return v.err(httpRef(reply.Status), failure{code: -1})
}
