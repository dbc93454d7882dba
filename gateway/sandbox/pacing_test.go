package sandbox_test

import (
	"fmt"
	"net/http"
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
	"patchbay/models"
)

// meter is a transport that counts the calls that were too early.
type meter struct {
	mu    sync.Mutex
	early map[string]int // by the method, which is the end of the path
}

// RoundTrip makes the call.
func (m *meter) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err == nil && resp.StatusCode == http.StatusTooManyRequests {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.early == nil {
			m.early = map[string]int{}
		}
		m.early[req.URL.Path[strings.LastIndexByte(req.URL.Path, '/')+1:]]++
	}
	return resp, err
}

// count returns how many calls were too early.
func (m *meter) count() (n int, by string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, calls := range m.early {
		n += calls
	}
	return n, fmt.Sprint(m.early)
}

// few is how many calls may come too early by the jitter of a busy machine.
const few = 3

// paced runs a gateway that hardly ever may be too early.
func paced(t *testing.T, run func(*testing.T, sandbox.Options, ...app.Option) *rig, o sandbox.Options) *rig {
	t.Helper()
	m := &meter{}
	t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
	r := run(t, o, app.WithTransport(m))
	t.Cleanup(func() {
		if n, by := m.count(); n > few {
			t.Errorf("%d calls were too early: %s", n, by)
		}
	})
	return r
}

// Ensure that the lines of many customers come into one channel at the pace that Slack allows, folded by thread, so that
// none waits for long, and that hardly a call is too early. Slack's rates are made ten times faster here, with as many
// more posts a customer.
func TestManyThreadsInOneChannel(t *testing.T) {
	const customers, lines, faster = 20, 6, 10
	r := paced(t, runAlone, sandbox.Options{
		Webhooks: true, Sections: map[string]string{"slack": fmt.Sprintf("chat_rate = %d\nrate = %d", faster, 5*faster)},
		Change: func(p *sandbox.Platforms) {
			p.Slack.Rates = slacktest.Rates{Channel: faster, Workspace: 5 * faster, Factor: faster}
		},
	})
	begin := time.Now()
	var writing sync.WaitGroup
	for i := range customers {
		writing.Go(func() {
			u := r.Telegram.User(int64(1000+i), fmt.Sprintf("Customer %d", i), "en")
			for n := range lines {
				text := fmt.Sprintf("#%d-%d", i, n)
				if n == 0 {
					text += " I want to talk to a person"
				}
				if _, err := u.Write(r.ctx, text); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writing.Wait()
	shown := func() map[string][]string {
		all := map[string][]string{}
		for _, thread := range r.Slack.Threads(slacktest.Support) {
			for _, mark := range marked(r.lines(thread.ID)) {
				who, _, _ := strings.Cut(mark, "-")
				all[who] = append(all[who], mark)
			}
		}
		return all
	}
	r.until("all lines in their threads", func() bool {
		n := 0
		for _, marks := range shown() {
			n += len(marks)
		}
		return n >= customers*lines
	})
	took := time.Since(begin)
	for i := range customers {
		var want []string
		for n := range lines {
			want = append(want, fmt.Sprintf("#%d-%d", i, n))
		}
		if got := shown()[fmt.Sprintf("#%d", i)]; !slices.Equal(got, want) {
			t.Errorf("the thread of customer %d reads %q", i, got)
		}
	}
	posts := r.Slack.Calls("chat.postMessage")
	if most := customers * (2 + lines/2); posts > most {
		t.Errorf("%d posts for %d lines in %d threads, want them folded into at most %d", posts, customers*lines, customers, most)
	}
	// A card, the talk and one post a thread are what it takes at least. At Slack's own pace it would be ten times as long.
	if least := time.Duration(posts) * time.Second / faster; took > 6*least {
		t.Errorf("it took %v for %d posts, want about %v", took, posts, least)
	}
	t.Logf("%d lines of %d customers in %d posts, in %v", customers*lines, customers, posts, took)
}

// Ensure that answers to many chats at once go out at the pace that Telegram allows a bot.
func TestTelegramsPaceForTheBot(t *testing.T) {
	const customers = 75
	r := paced(t, run, sandbox.Options{Webhooks: true})
	begin := time.Now()
	users := make([]*telegramtest.User, customers)
	for i := range users {
		users[i] = r.Telegram.User(int64(2000+i), "Customer", "en")
		r.write(users[i], "#hello")
	}
	for _, u := range users {
		r.reads(u, "#hello")
	}
	if took := time.Since(begin); took < time.Second {
		t.Errorf("%d answers took %v; 30 at once and 30 a second are 1.5 s", customers, took)
	}
}

// Ensure that a message of many parts goes out at the pace that a platform allows in one chat: three at once and one a
// second on Telegram; 45 at once on WhatsApp, which refuses the 46th if it comes before six seconds are over.
func TestPaceInOneChat(t *testing.T) {
	const parts, burst = 7, 45
	var many models.Answer
	for i := range burst + 1 {
		many.Messages = append(many.Messages, models.Content{Text: fmt.Sprintf("#%d", i)})
	}
	r := paced(t, run, sandbox.Options{Webhooks: true, Bot: []botstest.Rule{
		{Text: "telegram", Answer: models.Answer{Messages: many.Messages[:parts]}}, {Text: "whatsapp", Answer: many},
	}})
	begin := time.Now()
	r.says(r.luis(), "whatsapp")
	r.write(r.anna(), "telegram")
	r.reads(r.anna(), fmt.Sprintf("#%d", parts-1))
	took := time.Since(begin)
	if n := len(r.Telegram.Calls("sendMessage")); n != parts || took < 3*time.Second {
		t.Errorf("%d messages took %d calls and %v; three at once and one a second are 4 s", parts, n, took)
	}
	ordered(t, "Anna", marked(r.anna().Read()), numbered(parts))
	r.sees(r.luis(), fmt.Sprintf("#%d", burst))
	took = time.Since(begin)
	sends := 0
	for _, c := range r.WhatsApp.Calls() {
		if strings.HasSuffix(c.Path, "/messages") && !c.Mark {
			sends++
		}
	}
	if sends != burst+1 || took < 5*time.Second {
		t.Errorf("%d messages took %d calls and %v; the last one has to wait six seconds", burst+1, sends, took)
	}
	ordered(t, "Luis", marked(screen(r.luis())), numbered(burst+1))
	if seen := r.luis().Seen(); slices.ContainsFunc(seen, func(m whatsapptest.Message) bool { return m.Text == "" }) {
		t.Errorf("Luis reads an empty message: %q", screen(r.luis()))
	}
}
