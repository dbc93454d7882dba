package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"patchbay/models/store/storetest/loopback"
)

// part is a process of the program in one of the parts.
type part struct {
	address string
	stop    func() error
}

// startPart starts the program in a part and waits until it listens.
func startPart(ctx context.Context, program, role string, o orders) (*part, error) {
	cmd := exec.CommandContext(ctx, program, "bench", "--role", role) // #nosec G204 -- this very program
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &part{stop: func() error {
		_ = in.Close() // ends it
		return cmd.Wait()
	}}
	var at place
	err = json.NewEncoder(in).Encode(o)
	if err == nil {
		var line []byte
		if line, err = bufio.NewReader(out).ReadBytes('\n'); err == nil {
			err = json.Unmarshal(line, &at)
		}
	}
	if err != nil {
		_ = p.stop()
		return nil, fmt.Errorf("start %s: %w: %s", role, err, strings.TrimSpace(said.String()))
	}
	p.address = at.Address
	return p, nil
}

// gateway is a running `serve`.
type gateway struct {
	public, admin string // where it listens
	ports         []*loopback.Port
	cmd           *exec.Cmd
	log           string
}

// unlimited is a rate that nothing here reaches. The limits of the webhook channel and of Slack are raised to it, or
// they would be what is measured.
const unlimited = 1_000_000

// customerKey signs between the gateway and the customer's system.
func customerKey() []byte { return bytes.Repeat([]byte{7}, 32) }

// configOf returns the gateway's config.
func configOf(g *gateway, store, sendURL, standIns string) string {
	return fmt.Sprintf(`[server]
listen = %q
admin = %q
[store]
url = %q
[bot]
kind = "http"
url = %q
timeout = "1h"
stale = "24h"
[slack]
bot_token = %q
signing_secret = %q
channel = %q
api_url = %q
rate = %d
chat_rate = %[9]d
undo = "0s"
[channels.webhook.bench]
secret = %[10]q
send_url = %[11]q
rate = %[9]d
chat_rate = %[9]d
`, g.public, g.admin, store, "http://"+standIns+"/bot", slackToken, slackSecret, slackChannel, "http://"+standIns+"/slack/",
		unlimited, "whsec_"+base64.StdEncoding.EncodeToString(customerKey()), sendURL)
}

// newGateway chooses where a gateway will listen, and keeps it free until release.
func newGateway() (*gateway, error) {
	g := &gateway{}
	for _, at := range []*string{&g.public, &g.admin} {
		p, err := loopback.Hold()
		if err != nil {
			return nil, errors.Join(err, g.release())
		}
		g.ports, *at = append(g.ports, p), p.Address()
	}
	return g, nil
}

// release gives the gateway's ports back.
func (g *gateway) release() error {
	for _, p := range g.ports {
		p.Close()
	}
	return nil
}

// start starts the gateway in a folder and waits until it is ready.
func (g *gateway) start(ctx context.Context, program, dir, config string) (err error) {
	file := filepath.Join(dir, "config.toml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return err
	}
	g.log = filepath.Join(dir, "log")
	log, err := os.OpenFile(g.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	g.cmd = exec.CommandContext(ctx, program, "serve", "--config", file) // #nosec G204 -- this very program
	g.cmd.Stdout, g.cmd.Stderr = log, log
	g.cmd.Cancel = func() error { return g.cmd.Process.Signal(syscall.SIGTERM) }
	g.cmd.WaitDelay = stopWithin
	if err := g.cmd.Start(); err != nil {
		return err
	}
	if err := g.ready(ctx); err != nil {
		return errors.Join(fmt.Errorf("gateway: %w", err), g.stop())
	}
	return nil
}

const (
	readyWithin = 2 * time.Minute
	stopWithin  = time.Minute
)

// ready waits until the gateway takes work.
func (g *gateway) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if status, _, err := ask(ctx, http.MethodGet, "http://"+g.public+"/readyz"); err == nil && status == http.StatusOK {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("is not ready: %w%s", ctx.Err(), g.said())
		case <-tick.C:
		}
	}
}

// stop ends the gateway as an operator does.
func (g *gateway) stop() error {
	if g.cmd == nil || g.cmd.Process == nil || g.cmd.ProcessState != nil {
		return nil
	}
	_ = g.cmd.Process.Signal(syscall.SIGTERM)
	timer := time.AfterFunc(stopWithin, func() { _ = g.cmd.Process.Kill() })
	defer timer.Stop()
	if err := g.cmd.Wait(); err != nil {
		return fmt.Errorf("gateway: %w%s", err, g.said())
	}
	return nil
}

// said returns the end of the gateway's log, for an error.
func (g *gateway) said() string {
	const most = 2000
	log, err := os.ReadFile(g.log)
	if err != nil || len(log) == 0 {
		return ""
	}
	return "; its log ends:\n" + string(log[max(0, len(log)-most):])
}

// ask makes one call of one of the parts.
func ask(ctx context.Context, method, url string) (status int, body []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return 0, nil, err
	}
	resp, err := (&http.Client{Timeout: profileWithin}).Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err = io.ReadAll(io.LimitReader(resp.Body, profileMost))
	return resp.StatusCode, body, err
}

const (
	profileWithin = 10 * time.Minute
	profileMost   = 64 << 20
)
