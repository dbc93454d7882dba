package chaos_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// trouble is what a platform does instead of what it should.
type trouble int

const (
	fine      trouble = iota
	limited           // 429
	failing           // 500, and nothing else
	webpage           // 502 with a page of HTML
	wrongPage         // 200 with a page of HTML
	empty             // 200 and nothing else
	closed            // the line is closed without an answer
	half              // half an answer: the message was not taken
	cutOff            // the message is taken, then the line is cut
	halfTaken         // the message is taken, then half an answer
	silent            // no answer until the caller gives up
	revoked           // 401: the token is not good any more
)

// spread is how many sends of a platform share one planned trouble.
const spread = 3

// tap stands between the gateway and a platform. It notes what the platform took, and makes it go wrong.
type tap struct {
	book   *ledger
	target string
	url    string
	slack  bool
	client *http.Client
	server *http.Server
	wg     sync.WaitGroup
	polls  *polls // nil where nobody polls

	mu     sync.Mutex
	plan   []trouble // for the next sends, one for every spread of them
	sends  int
	always trouble // for every call, while it is set
	struck map[trouble]int
	opened func(chat int, thread string) // runs before the gateway hears of a new thread; may be nil
}

func newTap(book *ledger, target string, slack bool) (*tap, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	t := &tap{
		book: book, target: target, url: "http://" + l.Addr().String(), slack: slack, struck: map[trouble]int{},
		client: &http.Client{Timeout: 2 * time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute}},
	}
	t.server = &http.Server{Handler: t, ReadHeaderTimeout: 10 * time.Second}
	t.wg.Go(func() { _ = t.server.Serve(l) })
	return t, nil
}

func (t *tap) close() {
	_ = t.server.Close()
	t.wg.Wait()
	t.client.CloseIdleConnections()
}

// hangUp closes the connections that the gateway keeps for later, so that what it holds open can be counted.
func (t *tap) hangUp() {
	t.server.SetKeepAlivesEnabled(false)
	t.server.SetKeepAlivesEnabled(true)
}

// expect plans what happens to the next sends.
func (t *tap) expect(plan ...trouble) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.plan = append(t.plan, plan...)
}

// set makes every call go wrong in one way, until it is set to fine.
func (t *tap) set(always trouble) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.always = always
}

// left returns how much of the plan has not happened.
func (t *tap) left() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.plan)
}

// hits returns how often a trouble has happened.
func (t *tap) hits(x trouble) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.struck[x]
}

// intercept has do run for each new thread, before the gateway hears of it.
func (t *tap) intercept(do func(chat int, thread string)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.opened = do
}

// next returns what happens to a call that says something to somebody.
func (t *tap) next(sends bool) (now trouble) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now = t.always
	if sends && len(t.plan) > 0 {
		// Those between go well, so that one chat does not get all that is bad.
		if t.sends++; now == fine && t.sends%spread == 0 {
			now, t.plan = t.plan[0], t.plan[1:]
		}
	}
	t.struck[now]++
	return now
}

// saying returns what a call says: the marks of the messages, and for a new thread whose it is.
func (t *tap) saying(path string, body []byte) (marks []mark, root int, sends bool) {
	root = -1
	if t.slack {
		if !strings.HasSuffix(path, "/chat.postMessage") {
			return nil, root, false
		}
		form, _ := url.ParseQuery(string(body))
		if form.Get("thread_ts") == "" {
			if found := nameForm.FindStringSubmatch(form.Get("text")); found != nil {
				root, _ = strconv.Atoi(found[1])
			}
			return nil, root, true
		}
		return marksIn(form.Get("text")), root, true
	}
	marks = marksIn(string(body))
	return marks, root, len(marks) > 0
}

func (t *tap) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if t.polls != nil && t.polls.serve(t, w, r) {
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 8<<20))
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	marks, root, sends := t.saying(r.URL.Path, body)
	now := t.next(sends)
	if !now.taken() {
		now.answer(w, r, t.slack)
		return
	}
	got, err := t.forward(r, body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	took := got.status/100 == 2 && !bytes.Contains(got.body, []byte(`"ok":false`))
	if took {
		t.note(marks, root, got.body, now == fine)
	}
	if took && (now != fine || r.Context().Err() != nil) {
		t.cut(marks, root) // also when the gateway has given up waiting
	}
	if now != fine {
		now.answer(w, r, t.slack)
		return
	}
	maps.Copy(w.Header(), got.header)
	w.WriteHeader(got.status)
	_, _ = w.Write(got.body)
}

func (t *tap) forward(r *http.Request, body []byte) (got reply, err error) {
	req, err := http.NewRequestWithContext(context.WithoutCancel(r.Context()), r.Method, t.target+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return got, err
	}
	req.Header = r.Header.Clone()
	resp, err := t.client.Do(req)
	if err != nil {
		return got, err
	}
	defer resp.Body.Close()
	got = reply{status: resp.StatusCode, header: resp.Header.Clone()}
	got.header.Del("Content-Length")
	got.body, err = io.ReadAll(io.LimitReader(resp.Body, 8<<20))
	return got, err
}

// cut notes that a chat's send was taken without an answer.
func (t *tap) cut(marks []mark, root int) {
	switch {
	case len(marks) > 0:
		t.book.cut(marks[0].chat)
	case root >= 0:
		t.book.cut(root)
	}
}

// note writes down what the platform took. The gateway may not hear of it: then it looks, or sends it again.
func (t *tap) note(marks []mark, root int, answer []byte, hears bool) {
	if root >= 0 {
		var posted struct{ Channel, TS string }
		if json.Unmarshal(answer, &posted) == nil {
			thread := posted.Channel + "/" + posted.TS
			t.book.open(root, thread)
			t.mu.Lock()
			opened := t.opened
			t.mu.Unlock()
			if opened != nil && hears {
				opened(root, thread)
			}
		}
	}
	for _, m := range marks {
		t.book.cross(m)
	}
}

// taken reports whether the platform gets the call.
func (x trouble) taken() bool { return x == fine || x == cutOff || x == halfTaken }

// answer is what the gateway gets instead of the platform's answer.
func (x trouble) answer(w http.ResponseWriter, r *http.Request, slack bool) {
	const page = "<!DOCTYPE html><html><body><h1>Something went wrong</h1></body></html>"
	write := func(status int, kind, body string) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
	switch x {
	case limited:
		w.Header().Set("Retry-After", "1")
		write(http.StatusTooManyRequests, "application/json",
			`{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 1","parameters":{"retry_after":1}}`)
	case failing:
		w.WriteHeader(http.StatusInternalServerError)
	case webpage:
		write(http.StatusBadGateway, "text/html", page)
	case wrongPage:
		write(http.StatusOK, "text/html", page)
	case empty:
		w.WriteHeader(http.StatusOK)
	case revoked:
		if slack {
			write(http.StatusOK, "application/json", `{"ok":false,"error":"token_revoked"}`)
			return
		}
		write(http.StatusUnauthorized, "application/json", `{"ok":false,"error_code":401,"description":"Unauthorized"}`)
	case half, halfTaken:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "500")
		_, _ = io.WriteString(w, `{"ok":true,"messaging_product":"whats`)
		panic(http.ErrAbortHandler)
	case silent:
		<-r.Context().Done()
	case fine, closed, cutOff:
		panic(http.ErrAbortHandler)
	}
}

var _ http.Handler = (*tap)(nil)
