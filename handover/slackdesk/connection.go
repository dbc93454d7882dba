package slackdesk

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"patchbay/handover"
)

// connection is one WebSocket of Slack's.
type connection struct {
	conn    *websocket.Conn
	leaving chan struct{} // closed when another connection has to take over
	leave   func()
	going   bool // was told to go; the reader's own
}

// frame is what Slack sends on a connection.
type frame struct {
	Type       string          `json:"type"`
	Reason     string          `json:"reason"` // of a disconnect
	EnvelopeID string          `json:"envelope_id"`
	Payload    json.RawMessage `json:"payload"`
	Answers    bool            `json:"accepts_response_payload"`
}

// serve reads c until it ends, and closes it.
func (d *Desk) serve(ctx context.Context, c *connection, turn *sync.Mutex, handle func(context.Context, handover.Update) error) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() { c.ping(done, d.timing.ping) })
	stop := context.AfterFunc(ctx, func() { _ = c.conn.Close() })
	defer func() {
		stop()
		close(done)
		_ = c.conn.Close()
		c.leave()
		d.line.closed()
		wg.Wait()
	}()

	alive := func() {
		d.line.came()
		if !c.going {
			_ = c.conn.SetReadDeadline(time.Now().Add(d.timing.silent))
		}
	}
	alive()
	answer := c.conn.PingHandler()
	c.conn.SetPingHandler(func(data string) error { alive(); return answer(data) })
	c.conn.SetPongHandler(func(string) error { alive(); return nil })
	for {
		kind, data, err := c.conn.ReadMessage()
		if err != nil {
			return
		}
		alive()
		var f frame
		if kind != websocket.TextMessage || json.Unmarshal(data, &f) != nil {
			d.deps.Log.Warn("slack's socket brought what cannot be read")
			continue
		}
		if f.Type == "disconnect" {
			d.deps.Log.Info("slack replaces the socket", "reason", cut(f.Reason, 50))
			_ = c.conn.SetReadDeadline(time.Now().Add(d.timing.linger))
			c.going = true
			c.leave()
			continue
		}
		if f.EnvelopeID == "" {
			continue
		}
		turn.Lock()
		ack, ok := d.take(ctx, f, handle)
		turn.Unlock()
		if ok && c.write(ack) != nil {
			return
		}
	}
}

// take handles an envelope and returns its acknowledgement. It is not ok if Slack has to send the envelope again.
func (d *Desk) take(ctx context.Context, f frame, handle func(context.Context, handover.Update) error) (ack map[string]any, ok bool) {
	ack = map[string]any{"envelope_id": f.EnvelopeID}
	var update handover.Update
	var err error
	switch f.Type {
	case "events_api":
		update, err = d.event(ctx, f.Payload)
	case "interactive":
		update, err = d.interact(ctx, f.Payload)
	case "slash_commands":
		var s slash
		if s, err = slashJSON(f.Payload); err == nil {
			update, err = d.commanded(ctx, s)
		}
	default:
		d.deps.Log.Info("slack's socket brought an unknown envelope", "type", cut(f.Type, 50))
	}
	if e, failed := errors.AsType[*handover.DeskError](err); failed && e.Kind == handover.DeskRejected {
		d.deps.Log.Warn("slack's socket brought an envelope that cannot be read", "type", f.Type, "err", err)
		return ack, true
	}
	if err == nil && (len(update.Actions)+len(update.Asked) > 0 || update.Command != nil) {
		err = handle(ctx, update)
	}
	if err != nil {
		d.deps.Log.Warn("an envelope of slack's is not acknowledged and will come again", "type", f.Type, "err", err)
		return nil, false
	}
	if f.Answers && update.Response.Type == "application/json" {
		ack["payload"] = json.RawMessage(update.Response.Body)
	}
	return ack, true
}

// ping pings until done.
func (c *connection) ping(done chan struct{}, every time.Duration) {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			_ = c.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(every))
		case <-done:
			return
		}
	}
}

// write sends v. Only the reader writes.
func (c *connection) write(v any) error {
	_ = c.conn.SetWriteDeadline(time.Now().Add(10 * time.Second))
	return c.conn.WriteJSON(v)
}
