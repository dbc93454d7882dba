package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"patchbay/channels"
	"patchbay/handover"
)

// opsTimeout bounds one call that tells the operator.
const opsTimeout = 15 * time.Second

// tellOperator brings one line to the operator's channel of each desk and to the operator's webhook. It succeeds when one
// of them took it, or there is none: the log has the line in any case.
func (g *Gateway) tellOperator(ctx context.Context, line string) error {
	ctx, cancel := context.WithTimeout(ctx, opsTimeout)
	defer cancel()
	var errs []error
	told := false
	attempt := func(err error) {
		errs = append(errs, err)
		told = told || err == nil
	}
	for _, d := range g.engine.Roster().Desks {
		if a, ok := d.Desk.(handover.Announcer); ok && d.Ops != "" {
			attempt(a.Announce(ctx, d.Ops, line))
		}
	}
	if hook := g.config().Server.OpsWebhook.Reveal(); hook != "" {
		attempt(g.postOps(ctx, hook, line))
	}
	if told {
		return nil
	}
	return errors.Join(errs...)
}

// tellWebhook is tellOperator for what a desk shows by itself.
func (g *Gateway) tellWebhook(ctx context.Context, line string) error {
	hook := g.config().Server.OpsWebhook.Reveal()
	if hook == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, opsTimeout)
	defer cancel()
	return g.postOps(ctx, hook, line)
}

// postOps posts {"text": line}, which Slack, Mattermost, Google Chat and most alerting tools take.
func (g *Gateway) postOps(ctx context.Context, hook, line string) error {
	body, err := json.Marshal(map[string]string{"text": "Patchbay: " + line})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, hook, bytes.NewReader(body))
	if err != nil {
		return errors.New("ops_webhook: not an address")
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := g.client.Do(r)
	if err != nil {
		return fmt.Errorf("ops_webhook: %w", channels.Redact(err))
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<16))
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("ops_webhook answered %d", resp.StatusCode)
	}
	return nil
}
