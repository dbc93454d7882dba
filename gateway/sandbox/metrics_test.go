package sandbox_test

import (
	"slices"
	"strings"
	"testing"

	"patchbay/gateway/bots/botstest"
	"patchbay/gateway/sandbox"
	"patchbay/handover/slackdesk/slacktest"
)

// Ensure that /metrics has what an operator watches: sends, bot answers and their time, handovers by reason, and lanes.
func TestMetrics(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true, Bot: []botstest.Rule{botstest.Says("hours", "From 9 to 5.")}})
	anna := r.Telegram.User(5100200300, "Anna", "en")
	if _, err := anna.Write(r.ctx, "What are your hours?"); err != nil {
		t.Fatal(err)
	}
	r.ok(anna.WaitFor(r.ctx, "From 9 to 5."))
	if _, err := anna.Write(r.ctx, "I want to talk to a person"); err != nil {
		t.Fatal(err)
	}
	threads, err := r.Slack.WaitThreads(r.ctx, slacktest.Support, 1)
	r.ok(err)
	_, err = r.Slack.WaitPost(r.ctx, threads[0].ID, "I want to talk to a person")
	r.ok(err)
	r.ok(anna.WaitFor(r.ctx, "I'm getting a colleague for you. Keep writing here, they see everything."))

	// A bot that hangs leaves its question waiting in the lane.
	r.Bot.Script(botstest.Rule{Fault: botstest.Hang})
	luis := r.WhatsApp.User("5215550001111", "Luis")
	if _, err := luis.Write(r.ctx, "anybody there?"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Bot.Await(r.ctx, 2); err != nil {
		t.Fatal(err)
	}
	lines := r.metrics()
	r.Bot.Stop() // or the end of the test would wait for the bot
	for _, want := range []string{
		`patchbay_inbound_total{channel="telegram/support",outcome="accepted"} 2`,
		`patchbay_bot_answers_total{bot="",outcome="answered"} 1`,
		`patchbay_bot_answer_seconds_count{bot=""} 1`,
		`patchbay_handovers_total{channel="telegram/support",reason="asked"} 1`,
		`patchbay_lane_depth{account="",lane="bot"} 1`,
		`patchbay_faults 0`,
	} {
		if !slices.Contains(lines, want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
	for _, name := range []string{`patchbay_sends_total{channel="telegram/support",outcome="sent"}`, `patchbay_lane_oldest_seconds{account="",lane="bot"}`} {
		if !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, name) }) {
			t.Errorf("/metrics lacks %s", name)
		}
	}
}
