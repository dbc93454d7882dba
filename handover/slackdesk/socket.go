package slackdesk

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/gorilla/websocket"

	"patchbay/handover"
)

// timing is how long things of Socket Mode take.
type timing struct {
	ping   time.Duration // between pings of ours
	silent time.Duration // without a frame until a connection counts as dead; Slack pings too
	hello  time.Duration // until a new connection works
	linger time.Duration // how long a connection that is to go still gets what is on its way
	steady time.Duration // how long a connection has to hold for the pauses to start anew
	pause  time.Duration // before the second try, doubling up to a minute
}

func standard() timing {
	return timing{
		ping: 10 * time.Second, silent: 30 * time.Second, hello: 10 * time.Second, linger: 10 * time.Second,
		steady: 20 * time.Second, pause: 250 * time.Millisecond,
	}
}

// pauseMax is the longest pause between two tries to connect.
const pauseMax = time.Minute

// Listen holds a connection of Socket Mode, and a second one while Slack replaces the first. Envelopes are handled one
// after the other. One that handle did not store, or whose person could not be looked up, is not acknowledged, and Slack
// sends it again. https://docs.slack.dev/apis/events-api/using-socket-mode
func (d *Desk) Listen(ctx context.Context, handle func(context.Context, handover.Update) error) error {
	const op = "socket mode"
	if !d.Socket() {
		return forbidden(op, errors.New("there is no app_token"))
	}
	ctx, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()

	var turn sync.Mutex // of handling: two connections may be open
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval, pauses.Multiplier = d.timing.pause, pauseMax, 2
	for ctx.Err() == nil {
		c, err := d.connect(ctx)
		if e, ok := errors.AsType[*handover.DeskError](err); ok && e.Kind == handover.DeskForbidden {
			return e
		}
		wait := pauses.NextBackOff()
		if err == nil {
			opened := time.Now()
			d.alive(ctx, &turn, d.line.opened(), handle)
			wg.Go(func() { d.serve(ctx, c, &turn, handle) })
			select {
			case <-c.leaving:
			case <-ctx.Done():
				return nil
			}
			if time.Since(opened) >= d.timing.steady {
				pauses.Reset()
				continue
			}
		} else if ctx.Err() == nil {
			d.deps.Log.Warn("slack's socket is not open", "err", err)
			if e, ok := errors.AsType[*handover.DeskError](err); ok {
				wait = max(wait, e.RetryAfter)
			}
		}
		sleep(ctx, wait)
	}
	return nil
}

// alive says that the connection works although it brought nothing yet, and since when there was none.
func (d *Desk) alive(ctx context.Context, turn *sync.Mutex, missed time.Time, handle func(context.Context, handover.Update) error) {
	turn.Lock()
	defer turn.Unlock()
	if err := handle(ctx, handover.Update{Missed: missed}); err != nil && ctx.Err() == nil {
		d.deps.Log.Debug("sign of life not taken", "err", err)
	}
}

// sleep waits until ctx ends, for d at most.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// connect opens a connection and waits until Slack says hello on it.
func (d *Desk) connect(ctx context.Context) (*connection, error) {
	const op = "socket mode"
	if d.self.Load() == nil {
		if err := d.Setup(ctx); err != nil {
			return nil, err
		}
	}
	_, address, err := d.api.StartSocketModeContext(ctx)
	if err != nil {
		return nil, d.fail("apps.connections.open", "", err)
	}
	// The address has a ticket that opens the connection: it stays out of errors.
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || (u.Scheme != "wss" && (u.Scheme != "ws" || !d.plainHTTP())) {
		return nil, temporary(op, errHalf)
	}
	conn, resp, err := d.dialer().DialContext(ctx, address, nil)
	if resp != nil && resp.Body != nil {
		_ = resp.Body.Close()
	}
	if err != nil {
		return nil, temporary(op, errors.New("the connection could not be opened"))
	}
	conn.SetReadLimit(bodyMax)
	c := &connection{conn: conn, leaving: make(chan struct{})}
	c.leave = sync.OnceFunc(func() { close(c.leaving) })

	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	_ = conn.SetReadDeadline(time.Now().Add(d.timing.hello))
	var first frame
	if err := conn.ReadJSON(&first); err != nil || first.Type != "hello" {
		_ = conn.Close()
		return nil, temporary(op, errors.New("slack said no hello: "+cut(first.Reason, 50)))
	}
	return c, nil
}

// plainHTTP reports whether the config's api_url is http: then a socket without TLS is as good.
func (d *Desk) plainHTTP() bool {
	u, err := url.Parse(d.conf.APIURL)
	return err == nil && u.Scheme == "http"
}

// dialer opens connections in the way in which the desk's client does.
func (d *Desk) dialer() *websocket.Dialer {
	dialer := &websocket.Dialer{HandshakeTimeout: d.timing.hello, Proxy: http.ProxyFromEnvironment}
	if t, ok := d.http.Transport.(*http.Transport); ok {
		dialer.Proxy, dialer.NetDialContext = t.Proxy, t.DialContext
		if t.TLSClientConfig != nil {
			dialer.TLSClientConfig = t.TLSClientConfig.Clone()
		}
	}
	return dialer
}

var _ handover.Listener = (*Desk)(nil)
