package sandbox_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"patchbay/channels/telegram/telegramtest"
	"patchbay/channels/whatsapp/whatsapptest"
	"patchbay/gateway/app"
	"patchbay/gateway/bots/botstest"
	"patchbay/gateway/sandbox"
	"patchbay/handover/slackdesk/slacktest"
)

// clock is a clock that a test moves on.
type clock struct {
	mu sync.Mutex
	by time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.by)
}

func (c *clock) jump(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.by += by
}

// operator is where the operator is told: his webhook, and his channel in Slack.
type operator struct {
	server *httptest.Server

	mu      sync.Mutex
	told    []string
	changed chan struct{} // closed, and replaced, at each change
}

const opsChannel = "C0OPS00001"

// newOperator starts the operator's webhook.
func newOperator(t *testing.T) *operator {
	t.Helper()
	o := &operator{changed: make(chan struct{})}
	o.server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		var body struct{ Text string }
		if err := json.NewDecoder(req.Body).Decode(&body); err != nil {
			t.Errorf("ops_webhook: %v", err)
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		o.told = append(o.told, body.Text)
		close(o.changed)
		o.changed = make(chan struct{})
	}))
	t.Cleanup(o.server.Close)
	return o
}

// sections are the lines of the config that name the operator.
func (o *operator) sections() map[string]string {
	return map[string]string{"server": `ops_webhook = "` + o.server.URL + `"`, "slack": `ops_channel = "` + opsChannel + `"`}
}

// read returns what came to the operator's webhook, and a channel that is closed when there is more.
func (o *operator) read() ([]string, <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.told), o.changed
}

// told waits until the operator was told the words n times, by his webhook and in his channel.
func (r *rig) told(o *operator, words string, n int) {
	r.t.Helper()
	r.toldByWebhook(o, words, n)
	r.until("the operator's channel has "+words, func() bool {
		var texts []string
		for _, p := range r.Slack.Top(opsChannel) {
			texts = append(texts, p.Plain())
		}
		return count(texts, words) == n
	})
}

// toldByWebhook is told without the channel.
func (r *rig) toldByWebhook(o *operator, words string, n int) {
	r.t.Helper()
	for {
		texts, changed := o.read()
		if count(texts, words) == n {
			return
		}
		select {
		case <-changed:
		case <-r.ctx.Done():
			r.t.Fatalf("the operator's webhook got %q, want %q %d times", texts, words, n)
		}
	}
}

// count returns how many texts have words in them.
func count(texts []string, words string) (n int) {
	for _, text := range texts {
		if strings.Contains(text, words) {
			n++
		}
	}
	return n
}

// Ensure that replies to a customer who blocked the bot are told to the agent at his line, in plain words, that the rest
// of a long one is not sent, and that all is well again when the customer unblocks it.
func TestBlocked(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
	anna := r.anna()
	thread := r.person()
	r.reads(anna, "I'm getting a colleague")
	r.ok(anna.Block(r.ctx))
	r.posted(thread, "The customer blocked this chat.")
	r.card(thread, "blocked")
	before := len(r.Telegram.Calls("sendMessage"))
	text := novel(9000)
	r.reply(r.ana(), thread, text)
	line := r.posted(thread, "Not delivered. ").Plain()
	if !strings.Contains(line, "the customer has blocked the bot") || !strings.Contains(line, "Sentence 0 has") {
		t.Errorf("the agent reads %q", line)
	}
	if n := len(r.Telegram.Calls("sendMessage")) - before; n != 1 {
		t.Errorf("%d calls, want one: the rest is not sent", n)
	}
	r.ok(anna.Unblock(r.ctx))
	r.posted(thread, "The customer unblocked this chat.")
	r.reply(r.ana(), thread, "Welcome back.")
	r.reads(anna, "Welcome back.")
	if n := count(r.lines(thread), "Not delivered."); n != 1 {
		t.Errorf("the agent is told %d times, want once: %q", n, r.lines(thread))
	}
}

// Ensure that a customer who blocks the bot while the bot has the chat is nobody's trouble, and that who writes again is
// answered.
func TestBlockedWithTheBot(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true, Bot: []botstest.Rule{{Text: "slow", Delay: 300 * time.Millisecond, Answer: botstest.Says("", "Too late.").Answer}}})
	anna := r.anna()
	r.write(anna, "slow")
	r.asked(1)
	r.ok(anna.Block(r.ctx))
	r.ok(r.Telegram.Wait(r.ctx, func() bool { return len(r.Telegram.Calls("sendMessage")) == 1 }))
	r.ok(anna.Unblock(r.ctx))
	r.write(anna, "hello again")
	r.reads(anna, "You wrote: hello again")
	if n := len(r.Slack.Threads(slacktest.Support)); n != 0 {
		t.Errorf("%d threads are open, want none", n)
	}
}

// Ensure that WhatsApp's failures are told as Telegram's are: those that come as a status when the message was taken, and
// those that come at once. What comes after the window of 24 hours waits until the customer writes.
func TestUnreachableOnWhatsApp(t *testing.T) {
	for name, late := range map[string]bool{"at once": false, "later": true} {
		t.Run(name, func(t *testing.T) {
			r := run(t, sandbox.Options{Webhooks: true, Unpaced: true, Change: func(p *sandbox.Platforms) { p.WhatsApp.LateWindow = late }})
			luis := r.luis()
			thread := r.personOnWhatsApp()
			r.sees(luis, "I'm getting a colleague")
			luis.Block()
			r.reply(r.ana(), thread, "Can you read this?")
			line := r.posted(thread, "Not delivered.").Plain()
			if !strings.Contains(line, "WhatsApp did not deliver it") || !strings.Contains(line, "Can you read this?") {
				t.Errorf("the agent reads %q", line)
			}
			luis.Unblock()
			r.WhatsApp.Advance(25 * time.Hour)
			r.reply(r.ana(), thread, "#1 And this?")
			r.whisper(r.ana(), "Not sent yet")
			r.says(luis, "I was away")
			r.sees(luis, "And this?")
			r.reply(r.ana(), thread, "#2 Now you can.")
			r.sees(luis, "#2 Now you can.")
			ordered(t, "the customer", marked(screen(luis)), []string{"#1", "#2"})
			if n := count(r.lines(thread), "Not delivered."); n != 1 {
				t.Errorf("the agent is told %d times, want once: %q", n, r.lines(thread))
			}
		})
	}
}

// Ensure that a platform's failure of a message that it had taken is told at the line, however late.
func TestFailedLater(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
	thread := r.personOnWhatsApp()
	r.sees(r.luis(), "I'm getting a colleague")
	r.WhatsApp.Fault(whatsapptest.Fault{Path: "/messages", Code: 131026, Later: true})
	r.reply(r.ana(), thread, "Lost.")
	line := r.posted(thread, "Not delivered.").Plain()
	if !strings.Contains(line, "Lost.") {
		t.Errorf("the agent reads %q", line)
	}
}

// Ensure that an account that is refused is told to the operator once, in his webhook and in his channel, that nothing is
// lost, and that he is told once more when it is over.
func TestRefusedAccount(t *testing.T) {
	c, o := &clock{}, newOperator(t)
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true, Sections: o.sections()}, app.WithClock(c.now))
	r.Slack.AddChannel(slacktest.Channel{ID: opsChannel, Name: "ops"})
	anna, luis := r.anna(), r.luis()
	r.write(anna, "#0")
	r.reads(anna, "#0")
	r.Telegram.Fail("sendMessage", -1, telegramtest.Refuse(401, "Unauthorized"))
	r.write(anna, "#1")
	r.write(r.Telegram.User(77, "Ben", "en"), "#other")
	words := "telegram/support: the platform refuses this account: "
	r.told(o, words, 1)
	r.says(luis, "hello")
	r.sees(luis, "You wrote: hello")
	r.Telegram.Heal()
	c.jump(time.Minute)
	r.reads(anna, "#1")
	ordered(t, "the customer", marked(anna.Read()), numbered(2))
	r.told(o, "Over: "+words, 1)
	if texts, _ := o.read(); len(texts) != 2 {
		t.Errorf("the operator reads %q", texts)
	}
}
