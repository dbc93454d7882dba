package telegramtest

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// kept is how long the server keeps an update: https://core.telegram.org/bots/api#getting-updates.
const kept = 24 * time.Hour

// update is something that the bot is to be told.
type update struct {
	id    int64
	queue string // updates of one kind and chat come one after the other
	body  json.RawMessage
	at    time.Time
	tries int
}

// push queues an update, if the bot wants its kind. The caller holds mu.
func (s *Server) push(kind, chat string, body any) {
	if !s.wants(kind) {
		return
	}
	s.updates++
	raw, _ := json.Marshal(map[string]any{"update_id": s.updates, kind: body})
	s.enqueue(kind+"/"+chat, raw)
}

func (s *Server) enqueue(queue string, raw json.RawMessage) {
	s.pending = append(s.pending, &update{id: s.updates, queue: queue, body: raw, at: s.conf.Now()})
	s.deliver()
	s.stir()
}

// Push tells the bot body as an update of the kind, whatever it asked for. It is for what the people here cannot do.
func (s *Server) Push(kind string, body any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.updates++
	raw, _ := json.Marshal(map[string]any{"update_id": s.updates, kind: body})
	s.enqueue(kind, raw)
}

// wants reports whether the bot asked for updates of the kind. The default leaves three out:
// https://core.telegram.org/bots/api#getupdates.
func (s *Server) wants(kind string) bool {
	if len(s.allowed) > 0 {
		return slices.Contains(s.allowed, kind)
	}
	return kind != "chat_member" && kind != "message_reaction" && kind != "message_reaction_count"
}

// allow takes over the parameter allowed_updates; without one the last setting stays. The caller holds mu.
func (s *Server) allow(p params) *apiError {
	raw, ok := p["allowed_updates"]
	if !ok {
		return nil
	}
	var kinds []string
	if json.Unmarshal([]byte(raw), &kinds) != nil {
		return badRequest("can't parse allowed updates JSON object")
	}
	s.allowed = kinds
	return nil
}

// Pending returns how many updates the bot has not taken yet.
func (s *Server) Pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.pending)
}

// poll is a call of getUpdates that waits.
type poll struct {
	ended  chan struct{}
	reason string
}

// end ends the waiting poll, if there is one. The caller holds mu.
func (s *Server) end(reason string) {
	if s.poll != nil {
		s.poll.reason = reason
		close(s.poll.ended)
		s.poll = nil
	}
}

// maxPoll is how long a poll waits at most.
const maxPoll = 50 * time.Second

// getUpdates is https://core.telegram.org/bots/api#getupdates.
func (s *Server) getUpdates(ctx context.Context, p params) (any, *apiError) {
	s.mu.Lock()
	if s.hook.url != "" {
		s.mu.Unlock()
		return nil, conflict("can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first")
	}
	s.end("terminated by other getUpdates request; make sure that only one bot instance is running")
	if refused := s.allow(p); refused != nil {
		s.mu.Unlock()
		return nil, refused
	}
	mine := &poll{ended: make(chan struct{})}
	s.poll = mine
	s.confirm(p.number("offset"))
	s.stir()
	s.mu.Unlock()

	timer := time.NewTimer(min(time.Duration(p.number("timeout"))*time.Second, maxPoll))
	defer timer.Stop()
	for {
		s.mu.Lock()
		batch, changed := s.batch(p.number("limit")), s.changed
		s.mu.Unlock()
		if len(batch) > 0 {
			return batch, s.leave(mine)
		}
		select {
		case <-mine.ended:
			return nil, s.leave(mine)
		case <-timer.C:
			return batch, s.leave(mine)
		case <-ctx.Done():
			return batch, s.leave(mine)
		case <-s.ctx.Done():
			return batch, s.leave(mine)
		case <-changed:
		}
	}
}

// leave ends a poll that is answered, and returns the conflict if another one ended it before.
func (s *Server) leave(mine *poll) *apiError {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.poll == mine {
		s.poll = nil
	}
	if mine.reason != "" {
		return conflict(mine.reason)
	}
	return nil
}

func conflict(reason string) *apiError {
	return &apiError{code: http.StatusConflict, description: "Conflict: " + reason}
}

// confirm forgets the updates before offset; a negative one keeps so many of the last. The caller holds mu.
func (s *Server) confirm(offset int64) {
	if offset < 0 {
		s.pending = s.pending[max(0, int64(len(s.pending))+offset):]
		return
	}
	s.pending = slices.DeleteFunc(s.pending, func(u *update) bool { return u.id < offset })
}

// batch returns the first updates, at most limit. The caller holds mu.
func (s *Server) batch(limit int64) []json.RawMessage {
	if limit <= 0 || limit > 100 {
		limit = 100
	}
	s.expire()
	batch := []json.RawMessage{}
	for _, u := range s.pending[:min(limit, int64(len(s.pending)))] {
		batch = append(batch, u.body)
	}
	return batch
}

// expire forgets what the bot did not fetch in time. The caller holds mu.
func (s *Server) expire() {
	now := s.conf.Now()
	s.pending = slices.DeleteFunc(s.pending, func(u *update) bool { return now.Sub(u.at) > kept })
}
