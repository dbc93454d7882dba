package chaos_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// polls watches how copies fetch what came on Telegram. What was given out is accepted when a later call's offset confirms
// it: the platform forgets it then.
type polls struct {
	book *ledger

	mu        sync.Mutex
	given     map[int64][]mark // by update, until it is confirmed
	open      map[int]int      // calls under way of each copy
	last      int              // the copy that called last
	conflicts int              // how many calls are to be answered as if another program polled
	lost      int              // how many answers with updates are to get lost
	overlaps  int              // calls that began while another copy's was under way
}

// beginPolling puts the watch before Telegram's tap.
func beginPolling(_ *testing.T, set *setting) { set.polling = true }

func newPolls(book *ledger) *polls {
	return &polls{book: book, given: map[int64][]mark{}, open: map[int]int{}}
}

// serve answers a copy's call if it fetches. Each copy has a path of its own, which is taken off.
func (p *polls) serve(t *tap, w http.ResponseWriter, r *http.Request) bool {
	first, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	copied, err := strconv.Atoi(first)
	if err != nil {
		http.Error(w, "which copy is this?", http.StatusBadRequest)
		return true
	}
	r.URL.Path = "/" + rest
	if !strings.HasSuffix(rest, "/getUpdates") {
		return false
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if p.enter(copied, body) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusConflict)
		_, _ = io.WriteString(w, `{"ok":false,"error_code":409,"description":"Conflict: terminated by other getUpdates request"}`)
		return true
	}
	defer p.leave(copied)
	// Unlike a message that is sent, a call that waits ends with who called.
	req, err := http.NewRequestWithContext(r.Context(), r.Method, t.target+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	req.Header = r.Header.Clone()
	resp, err := t.client.Do(req)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 8<<20))
	if err != nil || p.give(answer) {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), resp.Header)
	w.WriteHeader(resp.StatusCode)
	_, _ = w.Write(answer)
	return true
}

// enter notes a call and what it confirms. It reports whether it is to be refused.
func (p *polls) enter(copied int, body []byte) (refused bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conflicts > 0 {
		p.conflicts--
		return true
	}
	form, _ := url.ParseQuery(string(body))
	offset, _ := strconv.ParseInt(form.Get("offset"), 10, 64)
	for _, id := range slices.Sorted(maps.Keys(p.given)) {
		if id >= offset {
			break
		}
		for _, m := range p.given[id] {
			p.book.accept(m)
		}
		delete(p.given, id)
	}
	for other, n := range p.open {
		if other != copied && n > 0 {
			p.overlaps++
		}
	}
	p.open[copied]++
	p.last = copied
	return false
}

func (p *polls) leave(copied int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open[copied]--
}

// give notes what an answer gives out. It reports whether it is to get lost.
func (p *polls) give(answer []byte) (lost bool) {
	var page struct{ Result []json.RawMessage }
	if json.Unmarshal(answer, &page) != nil || len(page.Result) == 0 {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, raw := range page.Result {
		var update struct {
			ID int64 `json:"update_id"`
		}
		if json.Unmarshal(raw, &update) == nil {
			p.given[update.ID] = marksIn(string(raw))
		}
	}
	if p.lost > 0 {
		p.lost--
		return true
	}
	return false
}

// poller returns the copy that fetched last.
func (p *polls) poller() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last
}

// plan has calls refused, and answers lost.
func (p *polls) plan(conflicts, lost int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conflicts, p.lost = p.conflicts+conflicts, p.lost+lost
}

// disturbances is how often the copy that polls is ended.
const disturbances = 4

// disturbPolls has another program poll for a while, loses answers, and kills and ends the copy that polls.
func disturbPolls(t *testing.T, s *scene) {
	p := s.telegram.polls
	s.halfway(0.15)
	p.plan(2, 0)
	for i, part := range [disturbances]float64{0.3, 0.45, 0.6, 0.75} {
		s.halfway(part)
		copied := s.copies[p.poller()]
		if i%2 == 0 {
			s.crashes++
			copied.kill()
		} else if err := copied.terminate(); err != nil {
			t.Errorf("SIGTERM: %v", err)
		}
		copied.run()
		p.plan(0, 1)
	}
}

// overlapsMost is how often two copies may seem to fetch at the same time. When one ends and the next goes on at once, that
// the first one's line is closed may be seen behind the next one's call. And one that the machine lets stand still for
// longer than its lease does not know yet that another goes on.
const overlapsMost = disturbances + 2

// polledWell checks that all that was planned happened, that one copy fetched at a time, and that nothing is left on
// Telegram.
func polledWell(t *testing.T, s *scene) {
	if err := poll(s.ctx, 20*time.Millisecond, func() bool { return s.world.Telegram.Pending() == 0 }); err != nil {
		t.Errorf("%d updates are left: %v", s.world.Telegram.Pending(), err)
	}
	p := s.telegram.polls
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conflicts > 0 || p.lost > 0 {
		t.Errorf("%d conflicts and %d losses did not happen", p.conflicts, p.lost)
	}
	if p.overlaps > overlapsMost {
		t.Errorf("%d times a copy fetched while another one did", p.overlaps)
	}
}

// pathOf returns the path under which a copy calls Telegram.
func pathOf(copied int) string { return fmt.Sprintf("/%d", copied) }
