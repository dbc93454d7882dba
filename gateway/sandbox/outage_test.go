package sandbox_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"patchbay/gateway/app"
	"patchbay/gateway/sandbox"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models/store/storetest"
)

// Ensure that an outage of Slack delays and loses nothing: customers are answered meanwhile, the thread fills when it is
// over, in order and in fewer posts than lines, and new threads open.
func TestSlackOutage(t *testing.T) {
	for name, webhooks := range map[string]bool{"socket": false, "webhooks": true} {
		t.Run(name, func(t *testing.T) {
			r := run(t, sandbox.Options{Webhooks: webhooks, Unpaced: true})
			anna, luis := r.anna(), r.luis()
			thread := r.person()
			posts := len(r.lines(thread))
			r.Slack.Outage(true)
			for _, mark := range numbered(30) {
				r.write(anna, mark)
			}
			r.says(luis, "I want to talk to a person")
			r.sees(luis, "I'm getting a colleague")
			r.says(luis, "hello?")
			r.ok(r.Telegram.Wait(r.ctx, func() bool { return r.Telegram.Pending() == 0 }))
			r.Slack.Outage(false)
			r.posted(thread, "#29")
			ordered(t, "the thread", marked(r.lines(thread)), numbered(30))
			if n := len(r.lines(thread)) - posts; n > 10 {
				t.Errorf("30 lines came in %d posts, want them folded", n)
			}
			other := r.thread(2)
			r.posted(other, "hello?")
			r.reply(r.ana(), other, "Here.")
			r.sees(luis, "Here.")
		})
	}
}

// Ensure that what agents do while the gateway is away reaches it when it is back, by events that come again.
func TestGatewayAway(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
	thread := r.person()
	r.stop()
	r.reply(r.ana(), thread, "#0")
	r.start()
	r.reads(r.anna(), "#0")
}

// Ensure that a customer is not left waiting for a thread that cannot be opened: he is told, the bot has him again, and
// the operator knows; and that his next wish opens a thread with all that was said.
func TestGiveUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		o := newOperator(t)
		sections := o.sections()
		sections["handover"] = `give_up = "5m"`
		c := &clock{}
		r := run(t, sandbox.Options{Store: url, Webhooks: true, Unpaced: true, Sections: sections}, app.WithClock(c.now))
		r.Slack.AddChannel(slacktest.Channel{ID: opsChannel, Name: "ops"})
		anna := r.anna()
		r.write(anna, "hello") // the desk knows by now who it is
		r.reads(anna, "You wrote: hello")
		r.Slack.Outage(true)
		r.write(anna, "I want to talk to a person")
		r.reads(anna, "I'm getting a colleague")
		r.write(anna, "is anybody there?")
		r.ok(r.Telegram.Wait(r.ctx, func() bool { return r.Telegram.Pending() == 0 }))
		c.jump(5 * time.Minute)
		r.reads(anna, "Sorry, I couldn't reach a colleague just now.")
		r.write(anna, "hello bot")
		r.reads(anna, "You wrote: hello bot")
		r.toldByWebhook(o, "could not be opened in time", 1)
		r.Slack.Outage(false)
		c.jump(time.Minute) // the lane's backoff
		thread := r.person()
		r.posted(thread, "is anybody there?")
		if n := len(r.Slack.Threads(slacktest.Support)); n != 1 {
			t.Errorf("%d threads, want one", n)
		}
		r.reply(r.ana(), thread, "Now I am here.")
		r.reads(anna, "Now I am here.")
	})
}

// holder is a transport that keeps the answers to some calls back until they are let go.
type holder struct {
	match func(*http.Request) bool
	held  chan struct{} // closed when the first answer is held
	let   chan struct{} // closed to let all go
	once  sync.Once
}

func newHolder(match func(*http.Request) bool) *holder {
	return &holder{match: match, held: make(chan struct{}), let: make(chan struct{})}
}

// RoundTrip makes the call and keeps its answer.
func (h *holder) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil || !h.match(req) {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(strings.NewReader(string(body)))
	h.once.Do(func() { close(h.held) })
	select {
	case <-h.let:
		return resp, nil
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
}

// Ensure that an agent who is faster than Slack's answer is heard: his reply comes before his thread is recorded.
func TestReplyBeforeItsThreadIsRecorded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		h := newHolder(func(req *http.Request) bool { return strings.HasSuffix(req.URL.Path, "/chat.postMessage") })
		r := run(t, sandbox.Options{Store: url, Webhooks: true, Unpaced: true}, app.WithTransport(h))
		t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
		anna := r.anna()
		r.write(anna, "I want to talk to a person")
		<-h.held
		thread := r.thread(1)
		for _, text := range []string{"#0", "// a note", "#1"} {
			r.reply(r.ana(), thread, text)
		}
		r.ok(r.Slack.Delivered(r.ctx))
		if got := marked(anna.Read()); len(got) != 0 {
			t.Fatalf("the customer reads %q before the thread is recorded", got)
		}
		close(h.let)
		r.reads(anna, "#1")
		ordered(t, "the customer", marked(anna.Read()), numbered(2))
		r.card(thread, "Taken by Ana")
	})
}

// Ensure that a line that the customer changes while it is being posted reads right in the end.
func TestEditedWhileItIsPosted(t *testing.T) {
	h := newHolder(func(req *http.Request) bool {
		if !strings.HasSuffix(req.URL.Path, "/chat.postMessage") || req.GetBody == nil {
			return false
		}
		body, err := req.GetBody()
		if err != nil {
			return false
		}
		text, _ := io.ReadAll(body)
		return strings.Contains(string(text), "wrong")
	})
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true}, app.WithTransport(h))
	t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
	thread := r.person()
	id := r.write(r.anna(), "wrong words")
	<-h.held
	r.ok(r.anna().Edit(r.ctx, id, "right words"))
	r.write(r.anna(), "behind") // what was edited is stored by now
	r.ok(r.Telegram.Wait(r.ctx, func() bool { return r.Telegram.Pending() == 0 }))
	close(h.let)
	r.posted(thread, "right words (edited)")
	r.posted(thread, "behind")
	if line := r.posted(thread, "right words"); strings.Count(strings.Join(r.lines(thread), "\n"), "wrong") != 1 || !strings.Contains(line.Shown(), "~wrong words~") {
		t.Errorf("the thread reads %q, want the earlier words once, and struck", r.lines(thread))
	}
}

// Ensure that the operator is told of a desk that is refused, outside of it, once and once when it is over.
func TestRefusedDesk(t *testing.T) {
	c, o := &clock{}, newOperator(t)
	sections := o.sections()
	delete(sections, "slack")
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true, Sections: sections}, app.WithClock(c.now))
	thread := r.person()
	r.Slack.Break(slacktest.Fault{Method: "chat.postMessage", Times: -1, Error: "not_in_channel"})
	for i := range 3 {
		r.write(r.anna(), fmt.Sprintf("#%d", i))
	}
	r.toldByWebhook(o, "Slack refuses the desk", 1)
	r.Slack.Mend()
	c.jump(time.Minute)
	r.posted(thread, "#2")
	ordered(t, "the thread", marked(r.lines(thread)), numbered(3))
	r.toldByWebhook(o, "Over: ", 1)
	if texts, _ := o.read(); len(texts) != 2 || slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(s, "#") }) {
		t.Errorf("the operator reads %q", texts)
	}
}
