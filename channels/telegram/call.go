package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"patchbay/channels"
)

// maxAnswer bounds the answer to a call of ours, in bytes. A hundred updates of the largest kind stay far below it.
const maxAnswer = 32 << 20

// call makes one call of the Bot API and returns its result. Every error is a *channels.Error that names neither the
// token nor the address called.
func (a *adapter) call(ctx context.Context, client *http.Client, method string, params tgbotapi.Params) (json.RawMessage, error) {
	d := &doer{ctx: ctx, client: client, now: a.now}
	bot := &tgbotapi.BotAPI{Token: a.token, Client: d}
	bot.SetAPIEndpoint(a.endpoint)
	answer, err := bot.MakeRequest(method, params)
	switch {
	case err == nil:
		return answer.Result, nil
	case !d.asked:
		// The library could not build the request, and its error shows the address.
		return nil, channels.Errorf(channels.Forbidden, "telegram: token or api_url cannot be called")
	}
	if refused, ok := errors.AsType[*tgbotapi.Error](err); ok {
		return nil, d.refusal(refused, a.token)
	}
	if e, ok := errors.AsType[*channels.Error](err); ok {
		return nil, e
	}
	return nil, channels.Errorf(channels.Temporary, "telegram: half an answer")
}

// ask is call with an answer that is decoded into result.
func (a *adapter) ask(ctx context.Context, method string, params tgbotapi.Params, result any) error {
	raw, err := a.call(ctx, a.http, method, params)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, result); err != nil {
		return channels.Errorf(channels.Temporary, "telegram: answer to %s is not what it should be", method)
	}
	return nil
}

// doer is the HTTP client of one call. It carries the call's context, which the library has no place for, and looks at
// what the library loses: the HTTP status, a Retry-After header, an answer that is no JSON.
type doer struct {
	ctx    context.Context // the library's interface has no other way in; the value lives for one call
	client *http.Client
	now    func() time.Time

	asked bool          // Do was called
	code  int           // HTTP status
	wait  time.Duration // Retry-After
}

// Do sends the request and returns an answer of the Bot API, or a *channels.Error.
func (d *doer) Do(req *http.Request) (*http.Response, error) {
	d.asked = true
	resp, err := d.client.Do(req.WithContext(d.ctx))
	if err != nil {
		return nil, channels.Errorf(channels.Temporary, "telegram: no answer: %w", channels.Redact(err))
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	_ = resp.Body.Close()
	if err != nil {
		return nil, channels.Errorf(channels.Temporary, "telegram: half an answer: %w", channels.Redact(err))
	}
	d.code, d.wait = resp.StatusCode, channels.RetryAfterOf(resp.Header, d.now())
	var envelope struct {
		OK *bool `json:"ok"`
	}
	if json.Unmarshal(body, &envelope) != nil || envelope.OK == nil || (*envelope.OK && d.code >= http.StatusMultipleChoices) {
		return nil, d.stranger()
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// stranger is the error for an answer that is not the Bot API's: it comes from something before it and says nothing
// about bot or customer. Where it is no passing trouble, the address is wrong.
func (d *doer) stranger() *channels.Error {
	kind := channels.Temporary
	switch k := channels.KindOfStatus(d.code); k {
	case channels.RateLimited:
		kind = k
	case channels.Forbidden, channels.Rejected:
		kind = channels.Forbidden
	case channels.Temporary, channels.Unreachable, channels.WindowClosed:
	}
	e := channels.Errorf(kind, "telegram: HTTP status %d, and the answer is not the Bot API's: look at api_url if it stays", d.code)
	e.RetryAfter = d.wait
	return e
}

// refusal is an answer that is not ok.
type refusal struct {
	code int
	text string // Telegram's own words, without the token
}

// Error returns the refusal in words for people.
func (r *refusal) Error() string { return "telegram: " + r.words() }

// refusal turns the library's error into ours.
func (d *doer) refusal(e *tgbotapi.Error, token string) *channels.Error {
	r := &refusal{code: e.Code, text: strings.ReplaceAll(e.Message, token, "<secret>")}
	if r.code == 0 {
		r.code = d.code
	}
	return &channels.Error{
		Kind:       r.kind(),
		RetryAfter: max(d.wait, time.Duration(e.RetryAfter)*time.Second),
		Err:        r,
	}
}

// within puts what was being done before an error's text and keeps its kind.
func within(noun string, err error) *channels.Error {
	return &channels.Error{
		Kind: channels.KindOf(err), RetryAfter: channels.RetryAfter(err), Err: fmt.Errorf("%s: %w", noun, err),
	}
}
