package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"patchbay/gateway/internal/web"
)

// The parts that the program plays when it is started again.
const (
	roleStandIns = "stand-ins"
	roleBare     = "bare"
)

// orders are what a part is told, as the first line of its standard input. It ends when that input does, so that none
// stays behind.
type orders struct {
	Gateway string // where the stand-ins call
}

// place is what a part says of itself, as the first line of its standard output.
type place struct {
	Address string
}

// play plays a part until ctx or in ends.
func play(ctx context.Context, role string, in io.Reader, out io.Writer) error {
	lines := bufio.NewReader(in)
	line, err := lines.ReadBytes('\n')
	if err != nil {
		return errors.New("--role is for bench itself")
	}
	var o orders
	if err := json.Unmarshal(line, &o); err != nil {
		return fmt.Errorf("orders: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	defer wg.Wait()
	var h http.Handler
	switch role {
	case roleBare:
		h = bare()
	case roleStandIns:
		s := newSlack(o.Gateway)
		wg.Go(func() { s.run(ctx) })
		h = standIns(s)
	default:
		return fmt.Errorf("there is no role %q", role)
	}
	address, stop, err := serve(h)
	if err != nil {
		cancel()
		return err
	}
	defer stop()
	defer cancel()
	if err := json.NewEncoder(out).Encode(place{Address: address}); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() { // ends with the process: nothing ends a read from standard input
		defer close(ended)
		_, _ = io.Copy(io.Discard, lines)
	}()
	select {
	case <-ctx.Done():
	case <-ended:
	}
	return nil
}

// state is what the stand-ins tell of themselves.
type state struct {
	Refused int64  // events that were answered 503
	Fault   string // what ended a connection of Slack's
}

// standIns serves the bot and Slack.
func standIns(s *slack) http.Handler {
	b := &bot{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /bot", b.answer)
	mux.HandleFunc("POST /bot/hold", b.hold)
	mux.HandleFunc("POST /bot/release", b.release)
	mux.Handle("POST /slack/", s)
	mux.HandleFunc("GET /state", func(w http.ResponseWriter, _ *http.Request) {
		st := state{Refused: s.refused.Load()}
		if f := s.fault.Load(); f != nil {
			st.Fault = *f
		}
		_ = json.NewEncoder(w).Encode(st)
	})
	return mux
}

// bare is what the gateway is compared with: the same router decodes the same JSON, and that is all.
func bare() http.Handler {
	return web.Bare(map[string]web.Decoded{
		customerPath: {Into: func() any { return new(customerEvent) }, Status: http.StatusAccepted},
		agentPath:    {Into: func() any { return new(agentEvent) }, Status: http.StatusOK},
	})
}

// customerEvent and agentEvent have the fields that the gateway reads of the same bodies.
type customerEvent struct {
	Type      string              `json:"type"`
	ID        string              `json:"id"`
	Timestamp string              `json:"timestamp"`
	Chat      struct{ ID string } `json:"chat"`
	Sender    customer            `json:"sender"`
	Text      string              `json:"text"`
	ReplyTo   string              `json:"reply_to"`
}

type customer struct {
	ID     string                     `json:"id"`
	Name   string                     `json:"name"`
	Locale string                     `json:"locale"`
	Fields map[string]json.RawMessage `json:"fields"`
}

type agentEvent struct {
	Type    string `json:"type"`
	EventID string `json:"event_id"`
	Event   struct {
		Type     string `json:"type"`
		User     string `json:"user"`
		Team     string `json:"team"`
		Channel  string `json:"channel"`
		TS       string `json:"ts"`
		ThreadTS string `json:"thread_ts"`
		Parent   string `json:"parent_user_id"`
		Text     string `json:"text"`
	} `json:"event"`
}
