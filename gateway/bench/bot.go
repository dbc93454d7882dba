package bench

import (
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"time"
)

// heldMost is how long a held question waits: less than the gateway's client does.
const heldMost = 40 * time.Second

// bot answers each question with the numbers of the messages in it. While it is held it answers none: then questions wait
// in their lanes, and what the gateway does is accept.
type bot struct {
	mu   sync.Mutex
	held chan struct{} // closed to let go; nil while nothing is held
}

func (b *bot) hold(w http.ResponseWriter, _ *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.held == nil {
		b.held = make(chan struct{})
	}
	w.WriteHeader(http.StatusNoContent)
}

func (b *bot) release(w http.ResponseWriter, _ *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.held != nil {
		close(b.held)
		b.held = nil
	}
	w.WriteHeader(http.StatusNoContent)
}

func (b *bot) answer(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Message struct{ Text string } `json:"message"`
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, bodyMost))
	if err != nil || json.Unmarshal(body, &q) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	b.mu.Lock()
	held := b.held
	b.mu.Unlock()
	if held != nil {
		t := time.NewTimer(heldMost)
		defer t.Stop()
		select {
		case <-held:
		case <-t.C:
		case <-r.Context().Done():
			return
		}
	}
	out := []byte(`{"messages":[{"text":"Thank you, it is on its way and you will have it this week.`)
	for _, n := range marks(q.Message.Text) {
		out = mark(out, n)
	}
	out = append(out, `"}],"confidence":0.9}`...)
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(out)
}
