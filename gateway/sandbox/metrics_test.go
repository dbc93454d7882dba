package sandbox_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"patchbay/channels/telegram/telegramtest"
	"patchbay/gateway/bots/botstest"
	"patchbay/gateway/sandbox"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models/store/storetest"
)

// eventually asks until a condition holds. It is for what no stand-in tells of: records that follow a call.
func (r *rig) eventually(what func() string, done func() bool) {
	r.t.Helper()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for !done() {
		select {
		case <-again.C:
		case <-r.ctx.Done():
			r.t.Fatalf("not in time: %s", what())
		}
	}
}

// metric returns the value of a metric, as its line names it; -1 if there is no such line.
func (r *rig) metric(name string) float64 {
	for _, line := range r.metrics() {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			n, err := strconv.ParseFloat(value, 64)
			if err != nil {
				r.t.Fatalf("%s: %v", line, err)
			}
			return n
		}
	}
	return -1
}

// queued waits until n entries are in lanes of a kind, those that are being worked among them.
func (r *rig) queued(lane string, n int) {
	r.t.Helper()
	depth := func() (sum int) {
		for _, line := range r.metrics() {
			labels, value, _ := strings.Cut(line, "} ")
			if strings.HasPrefix(labels, "patchbay_lane_depth{") && strings.Contains(labels, `lane="`+lane+`"`) {
				waiting, err := strconv.ParseFloat(value, 64)
				r.ok(err)
				sum += int(waiting)
			}
		}
		return sum
	}
	r.eventually(func() string { return fmt.Sprintf("%d entries are in the lane %s, want %d", depth(), lane, n) }, func() bool { return depth() == n })
}

// aside has something happen while Slack is away, from which n posts follow, and brings Slack back when they wait for it. They
// are then one.
func (r *rig) aside(n int, happen func()) {
	r.t.Helper()
	r.queued("desk", 0)
	r.Slack.Outage(true)
	happen()
	r.queued("desk", n)
	tried := r.Slack.Calls("chat.postMessage")
	r.until("another try", func() bool { return r.Slack.Calls("chat.postMessage") > tried }) // the next one has them all
	r.Slack.Outage(false)
}

// Ensure that /metrics tells what happened in a scripted run, in numbers that are right.
func TestMetrics(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true, Bot: []botstest.Rule{
		{Text: "broken", Answer: botstest.Says("", "Sorry, I didn't understand that.").Answer},
		{Text: "refund", Status: 500},
	}})
	anna, luis, ana := r.anna(), r.luis(), r.ana()
	r.write(anna, "one")
	r.write(anna, "two")
	r.reads(anna, "two")
	thread := r.person() // asked
	r.reads(anna, "I'm getting a colleague")
	r.reply(ana, thread, "Hi.")
	r.reads(anna, "Hi.")
	r.Telegram.Fail("sendMessage", 1, telegramtest.Refuse(400, "Bad Request: no"))
	r.reply(ana, thread, "Refused.")
	r.Telegram.Fail("sendMessage", 1, telegramtest.RateLimit(1))
	r.posted(thread, "Not delivered.")
	r.reply(ana, thread, "Late.")
	r.reads(anna, "Late.")
	r.ok(anna.Edit(r.ctx, 1, "uno"))
	r.click(ana, thread, "patchbay_resolve")
	r.reads(anna, "closed this chat")
	r.says(luis, "broken") // fallback
	r.sees(luis, "Let me get a colleague")
	other := r.thread(2)
	r.ok(r.WhatsApp.Idle(r.ctx))
	third := r.WhatsApp.User("5215550003333", "Rosa")
	r.says(third, "refund") // error
	r.sees(third, "Let me get a colleague")
	r.thread(3)

	asked := float64(len(r.Bot.Asked()))
	want := map[string]float64{
		`patchbay_inbound_total{channel="telegram/support",outcome="accepted"}`:   4,
		`patchbay_sends_total{channel="telegram/support",outcome="sent"}`:         asked - 3 + 4, // answers of the bot, two replies, two texts of ours
		`patchbay_sends_total{channel="telegram/support",outcome="rejected"}`:     1,
		`patchbay_sends_total{channel="telegram/support",outcome="rate_limited"}`: 1,
		`patchbay_sends_total{channel="whatsapp/main",outcome="sent"}`:            2,
		`patchbay_bot_answers_total{bot="",outcome="answered"}`:                   asked - 2,
		`patchbay_bot_answers_total{bot="",outcome="error"}`:                      1,
		`patchbay_bot_answer_seconds_count{bot=""}`:                               asked - 1,
		`patchbay_handovers_total{channel="telegram/support",reason="asked"}`:     1,
		`patchbay_handovers_total{channel="whatsapp/main",reason="fallback"}`:     1,
		`patchbay_handovers_total{channel="whatsapp/main",reason="error"}`:        1,
		`patchbay_handovers_ended_total{how="resolved"}`:                          1,
		`patchbay_desk_calls_total{call="open",desk="slack",outcome="done"}`:      3,
	}
	r.eventually(func() string {
		var wrong []string
		for name, n := range want {
			if got := r.metric(name); got != n {
				wrong = append(wrong, fmt.Sprintf("%s = %v, want %v", name, got, n))
			}
		}
		return strings.Join(wrong, "\n")
	}, func() bool {
		for name, n := range want {
			if r.metric(name) != n {
				return false
			}
		}
		return true
	})

	// What waits is told while it waits.
	depth, oldest := `patchbay_lane_depth{account="slack/`+slacktest.Support+`",lane="desk"}`, `patchbay_lane_oldest_seconds{account="slack/`+slacktest.Support+`",lane="desk"}`
	r.eventually(func() string { return strings.Join(r.metrics(), "\n") }, func() bool { return r.metric(depth) == -1 })
	r.Slack.Outage(true)
	r.says(luis, "#0")
	r.says(luis, "#1")
	r.eventually(func() string { return fmt.Sprint(r.metric(depth)) }, func() bool { return r.metric(depth) == 2 })
	r.eventually(func() string { return fmt.Sprint(r.metric(oldest)) }, func() bool { return r.metric(oldest) > 0 && r.metric(oldest) < 60 })
	r.Slack.Outage(false)
	r.posted(other, "#1")
	r.eventually(func() string { return fmt.Sprint(r.metric(depth)) }, func() bool { return r.metric(depth) == -1 })
}

// states returns how far each of the agents' messages has come, by its text.
func (r *rig) states(url string) map[string]string {
	r.t.Helper()
	driver, source := "pgx", url
	if path, ok := strings.CutPrefix(url, "sqlite://"); ok {
		driver, source = "sqlite", path+"?_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	rows, err := db.QueryContext(r.ctx, "SELECT content, state FROM messages WHERE author = 'agent'")
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	all := map[string]string{}
	for rows.Next() {
		var content, state string
		var c struct{ Text string }
		if err := rows.Scan(&content, &state); err != nil {
			r.t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(content), &c); err != nil {
			r.t.Fatal(err)
		}
		all[c.Text] = state
	}
	if err := rows.Err(); err != nil {
		r.t.Fatal(err)
	}
	return all
}

// Ensure that WhatsApp's reports bring a message forward and never back: in order, out of order, left out, and when the
// first of them overtakes the answer to the call that sent the message.
func TestReceipts(t *testing.T) {
	for _, tt := range []struct {
		name     string
		statuses []string
		early    bool
		want     string
	}{
		{"in order", []string{"sent", "delivered", "read"}, false, "read"},
		{"backwards", []string{"read", "delivered", "sent"}, false, "read"},
		{"before the answer", []string{"delivered", "sent"}, true, "delivered"},
		{"all before the answer", []string{"read"}, true, "read"},
		{"repeated", []string{"sent", "sent", "delivered", "delivered"}, false, "delivered"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, url string) {
				r := run(t, sandbox.Options{Store: url, Webhooks: true, Unpaced: true, Change: func(p *sandbox.Platforms) {
					p.WhatsApp.Early, p.WhatsApp.Statuses = tt.early, tt.statuses
				}})
				thread := r.personOnWhatsApp()
				for _, mark := range numbered(3) {
					r.reply(r.ana(), thread, mark)
				}
				r.sees(r.luis(), "#2")
				r.ok(r.WhatsApp.Idle(r.ctx))
				r.eventually(func() string { return fmt.Sprint(r.states(url)) }, func() bool {
					states := r.states(url)
					return !slices.ContainsFunc(numbered(3), func(mark string) bool { return states[mark] != tt.want })
				})
				if n := count(r.lines(thread), "Not delivered"); n != 0 {
					t.Errorf("the thread reads %q", r.lines(thread))
				}
			})
		})
	}
}
