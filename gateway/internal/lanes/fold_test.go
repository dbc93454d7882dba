package lanes_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/gateway/internal/lanes"
	"patchbay/handover"
	"patchbay/handover/slackdesk"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models"
)

// pipes is a network of its own, for a bubble of synctest.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	close func()
}

func newPipes() *pipes {
	p := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
	p.close = sync.OnceFunc(func() { close(p.done) })
	return p
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.close(); return nil }
func (p *pipes) Addr() net.Addr { return p }
func (*pipes) Network() string  { return "pipe" }
func (*pipes) String() string   { return "slack.example" }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.done:
		return nil, errors.New("closed")
	}
}

// slackWorld is Slack itself behind a rig, with its own limits, and notes when each marked line came into it.
type slackWorld struct {
	*slacktest.Server
	*http.Transport
	mu   sync.Mutex
	came map[string]time.Time
	late int // calls that were one too many
}

// marks are what marks a line: the chat, and its number there.
var marks = regexp.MustCompile(`#\d+-\d+`)

// withSlack puts Slack with the desk for it behind the rig.
func withSlack(t *testing.T, r *rig) *slackWorld {
	t.Helper()
	network := newPipes()
	w := &slackWorld{Transport: &http.Transport{DialContext: network.dial}, came: map[string]time.Time{}}
	var err error
	if w.Server, err = slacktest.New(slacktest.Options{Listener: network}); err != nil {
		t.Fatal(err)
	}
	w.use(t, r, slackdesk.Config{})
	return w
}

// use puts the desk of a section behind the rig.
func (w *slackWorld) use(t *testing.T, r *rig, conf slackdesk.Config) {
	t.Helper()
	conf.BotToken, conf.SigningSecret = models.NewSecret(slacktest.BotToken), models.Secrets{models.NewSecret(slacktest.SigningSecret)}
	conf.Channel, conf.APIURL = slacktest.Support, w.APIURL()
	desk, err := slackdesk.New(conf, slackdesk.Deps{HTTP: &http.Client{Transport: w, Timeout: 20 * time.Second}, Install: "pb"})
	if err != nil {
		t.Fatal(err)
	}
	if err := desk.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	rate, place := desk.Rates()
	next := *r.roster
	next.Desks = map[string]*lanes.Desk{slack: {
		Name: slack, Desk: desk, Place: slacktest.Support, Rate: rate, PlaceRate: place, EditRate: desk.EditRate(),
	}}
	r.roster = &next
	r.engine.Use(r.roster)
}

// end closes it, behind the rig.
func (w *slackWorld) end(t *testing.T) {
	w.CloseIdleConnections()
	if err := w.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

// RoundTrip makes a call.
func (w *slackWorld) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	req.Body = io.NopCloser(strings.NewReader(string(body)))
	resp, err := w.Transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if resp.StatusCode == http.StatusTooManyRequests {
		w.late++
		return resp, nil
	}
	for _, mark := range marks.FindAllString(form.Get("text"), -1) {
		if w.came[mark].IsZero() {
			w.came[mark] = time.Now()
		}
	}
	return resp, nil
}

// Ensure that the lines of many customers whose threads share one Slack channel come into their threads as fast as
// Slack's limits let them, a post a second and fifty changes of posts a minute, for as long as they write; each once, in
// order, none above an agent's reply that it was written behind. docs/slack.md states the figures.
func TestManyCustomersInOneChannel(t *testing.T) {
	for _, tt := range []struct {
		customers int
		want      time.Duration // within which 95 of 100 lines are there
	}{{10, 8 * time.Second}, {36, 21 * time.Second}, {60, 36 * time.Second}} {
		t.Run(fmt.Sprint(tt.customers), func(t *testing.T) {
			if testing.Short() && tt.customers > 36 {
				t.Skip("skipped: it takes long")
			}
			bubble(t, func(t *testing.T, r *rig) {
				const every, minutes = 5 * time.Second, 3
				w := withSlack(t, r)
				defer w.end(t)
				defer r.end()
				for i := range tt.customers {
					r.write(fmt.Sprintf("c%d", i), "a person please")
				}
				r.pass(5 * time.Minute) // the threads are open
				threads := map[int]string{}
				for _, thread := range w.Threads(slacktest.Support) {
					var i int
					if _, err := fmt.Sscanf(thread.Root.Plain(), "Customer c%d ", &i); err != nil {
						t.Fatalf("a card reads %q", thread.Root.Plain())
					}
					threads[i] = thread.ID
				}
				if len(threads) != tt.customers {
					t.Fatalf("%d threads, want %d", len(threads), tt.customers)
				}
				wrote := map[string]time.Time{}
				for _, thread := range threads {
					w.reply(t, r, thread, "Hi, Ana here.", wrote)
				}
				r.pass(3 * time.Minute) // the cards say so
				begin := time.Now()
				for n := range minutes * int(time.Minute/every) {
					for i := range tt.customers {
						mark := fmt.Sprintf("#%d-%d", i, n)
						wrote[mark] = time.Now()
						r.write(fmt.Sprintf("c%d", i), mark+" my order is still late")
						if i%7 == n%7 && n%3 == 0 {
							w.reply(t, r, threads[i], fmt.Sprintf("reply to %s", mark), wrote)
						}
						r.pass(every / time.Duration(tt.customers))
					}
				}
				r.pass(3 * time.Minute)
				waits := w.check(t, threads, wrote, begin.Add(time.Minute), begin.Add(minutes*time.Minute))
				p95 := waits[len(waits)*95/100]
				t.Logf("%d customers, %.1f lines/s: p50 %v, p95 %v, longest %v; %d posts, %d changes, %d too early",
					tt.customers, float64(tt.customers)/every.Seconds(), waits[len(waits)/2], p95, waits[len(waits)-1],
					w.Calls("chat.postMessage"), w.Calls("chat.update"), w.late)
				if p95 > tt.want {
					t.Errorf("95 of 100 lines are in their threads within %v, want %v", p95, tt.want)
				}
				if w.late > 0 {
					t.Errorf("%d calls were too early", w.late)
				}
			})
		})
	}
}

// reply has Ana reply in a thread.
func (w *slackWorld) reply(t *testing.T, r *rig, thread, text string, wrote map[string]time.Time) {
	t.Helper()
	post, err := w.Agent(slacktest.Ana).Reply(t.Context(), thread, text)
	if err != nil {
		t.Fatal(err)
	}
	wrote[post] = time.Now()
	channel, ts, _ := strings.Cut(post, "/")
	r.act(handover.Action{Key: slacktest.Team + "/" + channel + ":" + ts, Kind: handover.Replied, Thread: thread, Own: true, Post: post, Text: text, Person: models.Person{ID: slacktest.Ana, Name: "Ana"}})
}

// check compares what stands in the threads with what was written, and returns how long the lines took that were written
// between two instants, in order.
func (w *slackWorld) check(t *testing.T, threads map[int]string, wrote map[string]time.Time, from, to time.Time) (waits []time.Duration) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, id := range threads {
		thread, _ := w.Thread(id)
		var got []string
		for _, post := range thread.Posts() {
			if !post.Bot {
				for _, mark := range got {
					if wrote[mark].After(wrote[post.ID]) {
						t.Errorf("line %s stands above a reply that it was written behind", mark)
					}
				}
				continue
			}
			got = append(got, marks.FindAllString(post.Plain(), -1)...)
		}
		for n, mark := range got {
			if mark != fmt.Sprintf("#%d-%d", i, n) {
				t.Errorf("thread %d reads %q", i, got)
				break
			}
		}
		for _, mark := range got {
			if at := wrote[mark]; at.After(from) && at.Before(to) {
				waits = append(waits, w.came[mark].Sub(at))
			}
			delete(wrote, mark)
		}
	}
	for mark := range wrote {
		if strings.HasPrefix(mark, "#") {
			t.Errorf("line %s is in no thread", mark)
		}
	}
	slices.Sort(waits)
	return waits
}

// Ensure that a line which was added to a post is changed there, and that nothing is added to a post that the desk does not
// change, that an agent has written behind, or that is old.
func TestAddedLines(t *testing.T) {
	const many = 6
	last := fmt.Sprintf("c%d", many-1)
	// queue opens the threads, posts a line in each, and then lets the place take a post each ten seconds alone.
	queue := func(r *rig) (threads []string) {
		for i := range many {
			threads = append(threads, r.person(fmt.Sprintf("c%d", i)))
			r.write(fmt.Sprintf("c%d", i), "one")
			r.settle()
		}
		next := *r.roster
		slow := *next.Desks[slack]
		slow.PlaceRate = 0.1
		next.Desks = map[string]*lanes.Desk{slack: &slow}
		r.roster = &next
		r.engine.Use(r.roster)
		return threads
	}
	// second has every customer write a second line, the last one last.
	second := func(r *rig) (id string) {
		for i := range many {
			id = r.write(fmt.Sprintf("c%d", i), "two")
		}
		r.settle()
		return id
	}
	posts := func(r *rig, thread string) (all [][]string) {
		for _, p := range r.desk.thread(thread)[1:] {
			var texts []string
			for _, l := range p.lines {
				texts = append(texts, l.Text)
			}
			all = append(all, texts)
		}
		return all
	}
	want := func(t *testing.T, r *rig, thread string, want ...[]string) {
		t.Helper()
		if got := posts(r, thread); !slices.EqualFunc(got, want, slices.Equal) {
			t.Errorf("the thread reads %q, want %q", got, want)
		}
	}
	t.Run("added and changed", func(t *testing.T) {
		bubble(t, func(t *testing.T, r *rig) {
			threads := queue(r)
			id := second(r)
			want(t, r, threads[many-1], []string{"one", "two"})
			want(t, r, threads[1], []string{"one"}) // its turn comes
			r.take(chats, channels.Inbound{Kind: channels.Edited, ID: id, Addresses: []string{last}, Content: models.Content{Text: "TWO"}})
			r.pass(2 * time.Minute)
			want(t, r, threads[many-1], []string{"one", "TWO"})
			want(t, r, threads[1], []string{"one"}, []string{"two"})
		})
	})
	t.Run("an agent wrote", func(t *testing.T) {
		bubble(t, func(t *testing.T, r *rig) {
			threads := queue(r)
			r.reply(threads[many-1], "Hi, Ana here.")
			second(r)
			want(t, r, threads[many-1], []string{"one"})
			r.pass(2 * time.Minute)
			want(t, r, threads[many-1], []string{"one"}, []string{"two"})
		})
	})
	t.Run("refused", func(t *testing.T) {
		bubble(t, func(t *testing.T, r *rig) {
			threads := queue(r)
			r.desk.on(func(verb, _ string) error {
				if verb == "edit" {
					return &handover.DeskError{Kind: handover.DeskRejected, Err: errors.New("message_not_found")}
				}
				return nil
			})
			second(r)
			r.pass(2 * time.Minute)
			want(t, r, threads[many-1], []string{"one"}, []string{"two"})
		})
	})
	t.Run("outcome unknown", func(t *testing.T) {
		bubble(t, func(t *testing.T, r *rig) {
			threads := queue(r)
			r.desk.forget("edit", 1)
			second(r)
			r.pass(2 * time.Minute)
			want(t, r, threads[many-1], []string{"one", "two"})
			if found := r.metric("patchbay_posts_found_total", slack); found != 1 {
				t.Errorf("%v posts found, want 1", found)
			}
		})
	})
	t.Run("old", func(t *testing.T) {
		bubble(t, func(t *testing.T, r *rig) {
			threads := queue(r)
			r.pass(2 * time.Minute)
			second(r)
			r.pass(2 * time.Minute)
			want(t, r, threads[many-1], []string{"one"}, []string{"two"})
		})
	})
}
