package channeltest_test

import (
	"context"
	"crypto/hmac"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"patchbay/channels"
	"patchbay/models"
)

func (a *tiny) Receive(r *http.Request) (channels.Update, error) {
	body, err := a.read(r)
	if err != nil {
		return channels.Update{}, err
	}
	var u batch
	broken := json.Unmarshal(body, &u)
	if a.is("parse first") && broken != nil {
		return channels.Update{}, channels.Errorf(channels.Rejected, "no JSON")
	}
	if !a.authentic(r.Header.Get("X-Tiny"), body) {
		return channels.Update{Inbound: a.forged(u)}, channels.Errorf(channels.Forbidden, "signature does not match")
	}
	switch {
	case a.is("panic on broken JSON") && broken != nil:
		panic(broken)
	case a.is("take broken JSON"):
	case broken != nil:
		return channels.Update{}, channels.Errorf(channels.Rejected, "no JSON")
	}
	return a.inbound(u)
}

func (a *tiny) read(r *http.Request) ([]byte, error) {
	if a.is("no body limit") {
		return io.ReadAll(r.Body)
	}
	return channels.ReadBody(r)
}

func (a *tiny) forged(u batch) []channels.Inbound {
	if !a.is("forged messages beside the error") {
		return nil
	}
	out, _ := a.inbound(u)
	return out.Inbound
}

func (a *tiny) authentic(signature string, body []byte) bool {
	switch {
	case a.is("drop signature check"):
		return true
	case a.is("any signature"):
		return signature != ""
	case a.is("sign the key only"):
		body = []byte("parcel")
		signature = map[bool]string{true: tinySign(a.key, body)}[len(signature) == 64]
	case a.is("compare the start"):
		return len(signature) > 8 && strings.HasPrefix(tinySign(a.key, body), signature[:8])
	}
	return hmac.Equal([]byte(signature), []byte(tinySign(a.key, body)))
}

func (a *tiny) inbound(u batch) (channels.Update, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out channels.Update
	for _, w := range u.Messages {
		if w.Type != "message" || w.Chat == "" {
			if a.is("unknown is an error") {
				return out, channels.Errorf(channels.Rejected, "type %q", w.Type)
			}
			continue
		}
		in := channels.Inbound{
			Key: "message/" + w.ID, Addresses: []string{w.Chat}, Kind: channels.Message, ID: w.ID, At: time.Unix(w.At, 0).UTC(),
			Contact: models.Contact{ID: w.Chat, Name: w.Name}, Content: models.Content{Text: w.Text},
		}
		a.count++
		switch {
		case a.is("unstable id"):
			in.Key += strconv.Itoa(a.count)
		case a.is("key by text"):
			in.Key = "message/" + w.Chat + w.Text
		case a.is("arrival time"):
			in.At = a.deps.Now()
		case a.is("drop a repeat"):
			if a.seen[w.ID] {
				continue
			}
			a.seen[w.ID] = true
		case a.is("mixed addresses"):
			in.Addresses[0] = "c7"
		}
		out.Inbound = append(out.Inbound, in)
	}
	if a.is("batch reversed") {
		for i, j := 0, len(out.Inbound)-1; i < j; i, j = i+1, j-1 {
			out.Inbound[i], out.Inbound[j] = out.Inbound[j], out.Inbound[i]
		}
	}
	if a.is("first of a batch") && len(out.Inbound) > 1 {
		out.Inbound = out.Inbound[:1]
	}
	return out, nil
}

func (a *tiny) Poll(ctx context.Context, handle func(context.Context, channels.Update) error) error {
	from := 0
	for ctx.Err() == nil {
		asking := ctx
		if a.is("poll without ctx") {
			asking = context.WithoutCancel(ctx)
		}
		u, err := a.fetch(asking, from)
		switch {
		case err != nil && channels.KindOf(err) == channels.Forbidden && !a.is("poll on when refused"):
			return err
		case err != nil && ctx.Err() == nil && a.is("poll ends on an outage"):
			return err
		case err != nil && ctx.Err() != nil && a.is("cancel is an error"):
			return err
		case err != nil:
			pause(ctx)
			continue
		}
		if a.is("acknowledge before handle") && len(u.Messages) > 0 {
			_, _ = a.fetch(ctx, u.Messages[len(u.Messages)-1].N+1)
		}
		for _, w := range u.Messages {
			in, err := a.inbound(batch{Messages: []wire{w}})
			if err == nil {
				err = handle(ctx, in)
			}
			if err != nil && !a.is("ignore handle's error") {
				pause(ctx)
				break
			}
			from = w.N + 1
		}
	}
	return nil
}

func pause(ctx context.Context) {
	timer := time.NewTimer(10 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

func (a *tiny) fetch(ctx context.Context, from int) (batch, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/%s/poll?from=%d", a.url, a.token, from), nil)
	if err != nil {
		return batch{}, channels.Errorf(channels.Forbidden, "api_url: %w", channels.Redact(err))
	}
	reply, err := channels.Do(a.deps.HTTP, req)
	if err != nil {
		return batch{}, err
	}
	if reply.Status != http.StatusOK {
		return batch{}, a.refusal(reply, answer{})
	}
	var u batch
	if err := json.Unmarshal(reply.Body, &u); err != nil {
		return batch{}, channels.Errorf(channels.Temporary, "half an answer")
	}
	return u, nil
}
