package channeltest_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"patchbay/channels"
	"patchbay/models"
)

// fault is what is wrong with a tiny: the mutation it carries.
type fault string

// tiny is a small whole adapter for a platform that does not exist: signed calls, a long poll, JSON. A fault makes it a
// mutant that the suite has to find.
type tiny struct {
	url, token, key string
	deps            channels.Deps
	fault           fault

	never chan struct{}
	mu    sync.Mutex
	count int
	seen  map[string]bool
}

func (a *tiny) is(f fault) bool { return a.fault == f }

func (a *tiny) Limits() channels.Limits {
	l := channels.Limits{Text: 256, Unit: channels.UTF16, Buttons: 2, Title: 20, Spans: []models.SpanKind{models.Bold, models.Link}}
	switch {
	case a.is("typing without a typer"):
		l.Typing = time.Second
	case a.is("negative limit"):
		l.Rate = -1
	case a.is("limits change"):
		a.count++
		l.Rate = float64(a.count)
	}
	return l
}

// wire is a message on the tiny platform, in both directions.
type wire struct {
	Type    string            `json:"type"`
	N       int               `json:"n,omitempty"`
	ID      string            `json:"id,omitempty"`
	Chat    string            `json:"chat,omitempty"`
	Name    string            `json:"name,omitempty"`
	At      int64             `json:"at,omitempty"`
	Text    string            `json:"text,omitempty"`
	Marks   []models.TextSpan `json:"marks,omitempty"`
	Files   []string          `json:"files,omitempty"`
	Buttons []string          `json:"buttons,omitempty"`

	Template *models.Template `json:"template,omitempty"`
}

// batch is a call's body and a poll's answer.
type batch struct {
	Messages []wire `json:"messages"`
}

// answer is the tiny platform's, to any call.
type answer struct {
	ID    string `json:"id,omitempty"`
	Error string `json:"error,omitempty"`
}

func (a *tiny) Send(ctx context.Context, m channels.Outbound) (string, error) {
	w, err := a.compose(m)
	if err != nil {
		return "", err
	}
	w.Type = "send"
	if a.is("two calls a send") {
		if _, err := a.post(ctx, wire{Type: "typing", Chat: m.Address}); err != nil {
			return "", err
		}
	}
	id, err := a.post(ctx, w)
	switch {
	case a.is("retry once") && channels.KindOf(err) == channels.Temporary:
		id, err = a.post(ctx, w)
	case a.is("retry on a cut line") && err != nil && strings.Contains(err.Error(), "EOF"):
		id, err = a.post(ctx, w)
	case a.is("own id"):
		id = m.ID
	case a.is("id beside an error") && err != nil:
		id = "0"
	case a.is("log words"):
		a.deps.Log.Info("sent", "text", m.Text)
	case a.is("log token"):
		a.deps.Log.Debug("sent", "token", a.token)
	}
	return id, err
}

func (a *tiny) Edit(ctx context.Context, id string, m channels.Outbound) error {
	w, err := a.compose(m)
	if err != nil {
		return err
	}
	w.Type, w.ID = "edit", id
	if a.is("edit sends anew") {
		w.Type, w.ID = "send", ""
	}
	_, err = a.post(ctx, w)
	return err
}

func (a *tiny) Delete(ctx context.Context, address, id string) error {
	if a.is("delete nothing") {
		return nil
	}
	_, err := a.post(ctx, wire{Type: "delete", Chat: address, ID: id})
	return err
}

func (a *tiny) compose(m channels.Outbound) (wire, error) {
	w := wire{Chat: m.Address, Text: m.Text, Marks: m.Spans}
	if m.Template != nil && !a.is("template as text") {
		return a.composeTemplate(m)
	}
	if m.Title != "" && !a.is("no title") {
		w.Text = m.Title + "\n" + m.Text
	}
	for _, b := range m.Buttons {
		w.Buttons = append(w.Buttons, b.Title)
	}
	l := a.Limits()
	n := channels.Len(w.Text, l.Unit)
	switch {
	case a.is("count runes"):
		n = channels.Len(w.Text, channels.Runes)
	case a.is("limit too small"):
		n++
	case a.is("truncate") && n > l.Text:
		w.Text = channels.Split(w.Text, l.Text, l.Unit)[0]
		n = l.Text
	case a.is("escape text"):
		w.Text = strings.ReplaceAll(w.Text, "<", "&lt;")
	case a.is("trim lines"):
		w.Text = strings.ReplaceAll(w.Text, "\n\n\n", "\n\n")
	case a.is("drop marks"):
		w.Marks = nil
	case a.is("marks in the text") && len(m.Spans) > 0:
		w.Text, w.Marks = "*"+w.Text+"*", nil
	case a.is("marks eat text") && len(m.Spans) > 0 && strings.Contains(m.Text, "*"):
		w.Text, w.Marks = strings.ReplaceAll(w.Text, "*", ""), nil
	case a.is("marks off by one") && len(m.Spans) > 0:
		w.Marks = slices.Clone(m.Spans)
		w.Marks[0].From--
	case a.is("drop buttons"):
		w.Buttons = nil
	}
	switch {
	case len(m.Attachments) > 0 && !a.is("drop attachment"):
		return w, channels.Errorf(channels.Rejected, "files cannot be sent")
	case w.Text == "" && !a.is("send empty"):
		return w, channels.Errorf(channels.Rejected, "nothing to send")
	case n > l.Text && !a.is("send over-long"):
		return w, channels.Errorf(channels.Rejected, "longer than %d", l.Text)
	case len(m.Buttons) > l.Buttons && !a.is("any number of buttons"):
		return w, channels.Errorf(channels.Rejected, "more than %d buttons", l.Buttons)
	}
	return w, nil
}

func (a *tiny) composeTemplate(m channels.Outbound) (wire, error) {
	t := *m.Template
	empty := t.Name == "" || t.Language == "" || slices.ContainsFunc(t.Values, func(v string) bool { return strings.TrimSpace(v) == "" })
	switch {
	case empty && !a.is("empty template"):
		return wire{}, channels.Errorf(channels.Rejected, "the template is not filled in")
	case len(m.Attachments)+len(m.Buttons) > 0 && !a.is("template drops files"):
		return wire{}, channels.Errorf(channels.Rejected, "a template stands alone")
	case a.is("template without values"):
		t.Values = nil
	}
	return wire{Chat: m.Address, Template: &t}, nil
}

func (a *tiny) Templates() []channels.Template {
	t := channels.Template{
		Name: "answer_ready", Language: "en_US", Text: "Hello {{1}}, {{2}} has an answer.", Slots: []channels.Slot{{Label: "Name"}, {Label: "Who"}},
	}
	if a.is("slots not counted") {
		t.Slots = t.Slots[:1]
	}
	return []channels.Template{t}
}

// post makes one call and maps its failure.
func (a *tiny) post(ctx context.Context, w wire) (string, error) {
	if a.is("drop ctx") {
		ctx = context.Background()
	}
	body, err := json.Marshal(w)
	if err != nil {
		return "", channels.Errorf(channels.Rejected, "encode: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url+"/"+a.token+"/send", bytes.NewReader(body))
	if err != nil {
		return "", channels.Errorf(channels.Forbidden, "api_url: %w", channels.Redact(err))
	}
	if a.is("leak goroutine") {
		go func() { <-a.never }()
	}
	reply, err := a.call(req)
	if err != nil {
		if a.is("refused is rejected") {
			return "", channels.Errorf(channels.Rejected, "%w", err)
		}
		return "", err
	}
	var r answer
	broken := json.Unmarshal(reply.Body, &r) != nil
	if reply.Status == http.StatusOK || a.is("ignore status") {
		if (broken || r.ID == "") && !a.is("take garbage") {
			return "", channels.Errorf(channels.Temporary, "half an answer")
		}
		return r.ID, nil
	}
	return "", a.refusal(reply, r)
}

func (a *tiny) call(req *http.Request) (channels.Reply, error) {
	if !a.is("leak URL") {
		return channels.Do(a.deps.HTTP, req)
	}
	resp, err := a.deps.HTTP.Do(req)
	if err != nil {
		return channels.Reply{}, channels.Errorf(channels.Temporary, "%w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return channels.Reply{Status: resp.StatusCode, Header: resp.Header, Body: body}, err
}

func (a *tiny) refusal(reply channels.Reply, r answer) error {
	e := &channels.Error{
		Kind: channels.KindOfStatus(reply.Status), RetryAfter: channels.RetryAfterOf(reply.Header, a.deps.Now()),
		Err: fmt.Errorf("the platform says %q", r.Error),
	}
	switch r.Error {
	case "blocked":
		e.Kind = channels.Unreachable
		if a.is("blocked is rejected") {
			e.Kind = channels.Rejected
		}
	case "window":
		e.Kind = channels.WindowClosed
		if a.is("window is rejected") {
			e.Kind = channels.Rejected
		}
	}
	switch {
	case a.is("all is temporary"):
		e.Kind = channels.Temporary
	case a.is("no retry after"):
		e.RetryAfter = 0
	case a.is("leak token"):
		e.Err = fmt.Errorf("token %s refused", a.token)
	case a.is("plain error"):
		return errors.New("refused")
	case a.is("whole page in the error"):
		e.Err = fmt.Errorf("the platform says %s", reply.Body)
	}
	return e
}

func tinySign(key string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

func newTiny(f fault) func(string, channels.Deps) (channels.Adapter, error) {
	return func(url string, deps channels.Deps) (channels.Adapter, error) {
		a := &tiny{url: url, token: tinyToken, key: tinyKey, deps: deps, fault: f, seen: map[string]bool{}}
		if a.deps.Log == nil {
			a.deps.Log = slog.New(slog.DiscardHandler)
		}
		return a, nil
	}
}

const (
	tinyToken = "t0ken-of-tiny"
	tinyKey   = "k3y-of-tiny"
)

var (
	_ channels.Receiver = (*tiny)(nil)
	_ channels.Poller   = (*tiny)(nil)
	_ channels.Editor   = (*tiny)(nil)
	_ channels.Deleter  = (*tiny)(nil)

	_ channels.Templater = (*tiny)(nil)
)
