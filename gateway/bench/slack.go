package bench

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Who is who in the stand-in's workspace.
const (
	slackTeam    = "T0BENCH00"
	slackChannel = "C0BENCH00"
	slackBotUser = "U0BENCHBOT"
	slackAgent   = "U0BENCHANA"
	slackToken   = "xoxb-bench"           // #nosec G101 -- of the stand-in
	slackSecret  = "bench-signing-secret" // #nosec G101 -- of the stand-in
)

// slack is as much of Slack as a handover needs, and as little: it keeps no messages. An agent answers every line that
// comes into a thread, with its numbers.
type slack struct {
	gateway string // where events go
	seq     atomic.Int64
	replies chan reply
	refused atomic.Int64 // events that were answered 503
	fault   atomic.Pointer[string]
}

// reply is what an agent is about to write.
type reply struct{ thread, text string }

// repliesMost is how many replies may wait: more than there are chats.
const repliesMost = 1 << 16

// writers is how many connections Slack brings its events on.
const writers = 64

func newSlack(gateway string) *slack {
	return &slack{gateway: gateway, replies: make(chan reply, repliesMost)}
}

// stamp returns a message's ts: now, and no other's.
func (s *slack) stamp() string {
	for {
		last := s.seq.Load()
		next := max(time.Now().UnixMicro(), last+1)
		if s.seq.CompareAndSwap(last, next) {
			return fmt.Sprintf("%d.%06d", next/1e6, next%1e6)
		}
	}
}

// ServeHTTP is the Web API.
func (s *slack) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, bodyMost))
	if err != nil {
		return
	}
	args, err := url.ParseQuery(string(body))
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	switch method := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]; method {
	case "auth.test":
		_, _ = io.WriteString(w, `{"ok":true,"url":"https://bench.slack.com/","team":"Bench","user":"patchbay","team_id":"`+slackTeam+
			`","user_id":"`+slackBotUser+`","bot_id":"B0BENCH00"}`)
	case "users.info":
		_, _ = io.WriteString(w, `{"ok":true,"user":{"id":"`+slackAgent+`","team_id":"`+slackTeam+
			`","name":"ana","real_name":"Ana Example","profile":{"display_name":"Ana","real_name":"Ana Example"}}}`)
	case "conversations.members":
		_, _ = io.WriteString(w, `{"ok":true,"members":["`+slackAgent+`","`+slackBotUser+`"],"response_metadata":{"next_cursor":""}}`)
	case "chat.postMessage":
		ts, thread := s.stamp(), args.Get("thread_ts")
		answer := `{"ok":true,"channel":"` + slackChannel + `","ts":"` + ts + `","message":{"type":"message","ts":"` + ts + `"`
		if thread != "" {
			answer += `,"thread_ts":` + strconv.Quote(thread)
		}
		_, _ = io.WriteString(w, answer+`}}`)
		if numbers := marks(args.Get("text")); thread != "" && len(numbers) > 0 {
			text := []byte("Thank you, I have looked it up and it is on its way.")
			for _, n := range numbers {
				text = mark(text, n)
			}
			s.replies <- reply{thread: thread, text: string(text)}
		}
	default:
		_, _ = io.WriteString(w, `{"ok":true,"channel":"`+slackChannel+`","ts":"`+s.stamp()+`"}`)
	}
}

// run brings agents' replies to the gateway until ctx ends.
func (s *slack) run(ctx context.Context) {
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			if err := s.write(ctx); err != nil && ctx.Err() == nil {
				s.fault.CompareAndSwap(nil, new(err.Error()))
			}
		})
	}
	wg.Wait()
}

// write is one connection's part.
func (s *slack) write(ctx context.Context) error {
	mouth := newAgentMouth(slackSecret)
	var w *wire
	defer func() {
		if w != nil {
			w.close()
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case r := <-s.replies:
			if w == nil { // the gateway was not there before
				var err error
				if w, err = dial(ctx, s.gateway); err != nil {
					return fmt.Errorf("agent's reply: %w", err)
				}
			}
			refused, err := w.deliver(ctx, mouth.say(r.thread, s.stamp(), r.text), http.StatusOK)
			s.refused.Add(int64(refused))
			if err != nil {
				return fmt.Errorf("agent's reply: %w", err)
			}
		}
	}
}
