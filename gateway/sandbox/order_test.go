package sandbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"patchbay/channels/telegram/telegramtest"
	"patchbay/channels/webhook/webhooktest"
	"patchbay/channels/whatsapp/whatsapptest"
	"patchbay/gateway/bots/botstest"
	"patchbay/gateway/sandbox"
	"patchbay/handover/slackdesk/slacktest"
)

// inOrder has an agent reply twice for each fault: the first reply meets it, the second one waits behind it. Then a
// message is taken and the line is cut.
func inOrder(r *rig, thread string, faults []func(), cut func(), read func() []string, wait func(text string)) {
	r.t.Helper()
	n := 0
	for _, fault := range faults {
		fault()
		r.reply(r.ana(), thread, fmt.Sprintf("#%d", n))
		r.reply(r.ana(), thread, fmt.Sprintf("#%d", n+1))
		n += 2
		wait(fmt.Sprintf("#%d", n-1))
	}
	ordered(r.t, "the customer", read(), numbered(n))
	cut()
	r.reply(r.ana(), thread, "#cut")
	r.reply(r.ana(), thread, "#behind")
	wait("#behind")
}

// Ensure that an agent's replies reach the customer in their order, each once, through every way in which a platform can
// fail; a message that was taken before the line was cut comes once more, in its place.
func TestOrderToTheCustomer(t *testing.T) {
	twice := []string{"#cut", "#cut", "#behind"}
	t.Run("telegram", func(t *testing.T) {
		r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
		thread := r.person()
		r.reads(r.anna(), "I'm getting a colleague")
		fail := func(f telegramtest.Fault) func() { return func() { r.Telegram.Fail("sendMessage", 1, f) } }
		read := func() []string { return marked(r.anna().Read()) }
		inOrder(r, thread, []func(){
			fail(telegramtest.RateLimit(1)), fail(telegramtest.Refuse(500, "Internal Server Error")), fail(telegramtest.HTML(502)), fail(telegramtest.Half()),
		}, fail(telegramtest.Cut()), read, func(text string) { r.reads(r.anna(), text) })
		ordered(t, "the customer", read()[8:], twice)
	})
	t.Run("whatsapp", func(t *testing.T) {
		r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
		thread := r.personOnWhatsApp()
		r.sees(r.luis(), "I'm getting a colleague")
		fail := func(f whatsapptest.Fault) func() {
			f.Path = "/messages"
			return func() { r.WhatsApp.Fault(f) }
		}
		read := func() []string { return marked(screen(r.luis())) }
		inOrder(r, thread, []func(){
			fail(whatsapptest.Fault{Status: 429, RetryAfter: time.Second}), fail(whatsapptest.Fault{Status: 500}),
			fail(whatsapptest.Fault{HTML: 502}), fail(whatsapptest.Fault{Half: true}),
		}, fail(whatsapptest.Fault{Take: true, Cut: true}), read, func(text string) { r.sees(r.luis(), text) })
		ordered(t, "the customer", read()[8:], twice)
	})
	t.Run("webhook", func(t *testing.T) {
		r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
		mia := r.Shop.Customer(r.public+"/channels/"+sandbox.Shop, "c9", webhooktest.Person{Name: "Mia"})
		_, err := mia.Write(r.ctx, "I want to talk to a person")
		r.ok(err)
		thread := r.thread(1)
		r.ok(r.Shop.Wait(r.ctx, func() bool { return len(r.Shop.Chat("c9")) == 1 }))
		fail := func(f webhooktest.Fault) func() { return func() { r.Shop.Fail("", 1, f) } }
		read := func() (texts []string) {
			for _, m := range r.Shop.Chat("c9") {
				texts = append(texts, m.Text)
			}
			return marked(texts)
		}
		inOrder(r, thread, []func(){
			fail(webhooktest.RateLimit(1)), fail(webhooktest.Busy(1)), fail(webhooktest.HTML(500)), fail(webhooktest.Half()),
		}, fail(webhooktest.Cut()), read, func(text string) {
			r.ok(r.Shop.Wait(r.ctx, func() bool { return slices.Contains(read(), text) }))
		})
		// Our id comes with each try, so a system that looks at it takes each message once.
		ordered(t, "the customer", read()[8:], twice[1:])
		if broken := r.Shop.Broken(); len(broken) > 0 || r.Shop.Refused() > 0 || r.Shop.Repeats() == 0 {
			t.Errorf("posts that break the protocol: %q; not signed: %d; repeats: %d, want some", broken, r.Shop.Refused(), r.Shop.Repeats())
		}
	})
}

// Ensure that a customer's words come into the thread in their order through every way in which Slack can fail, and that
// what was posted before the line was cut may stand there twice, but not out of order.
func TestOrderToTheThread(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
	thread := r.person()
	for i, f := range []slacktest.Fault{
		{RetryAfter: 1}, {Status: 500}, {HTML: true}, {Half: true}, {Cut: true}, {Cut: true, After: true},
	} {
		f.Method = "chat.postMessage"
		r.Slack.Break(f)
		r.write(r.anna(), fmt.Sprintf("#%d", i))
		r.posted(thread, fmt.Sprintf("#%d", i))
	}
	r.write(r.anna(), "#6")
	r.posted(thread, "#6")
	got := marked(r.lines(thread))
	if once := slices.Compact(slices.Clone(got)); !slices.Equal(once, numbered(7)) || len(got) > 8 {
		t.Errorf("the thread reads %q, want each of them in order, one of them perhaps twice", got)
	}
}

// Ensure that Telegram's and WhatsApp's calls that the gateway could not take come again, in order.
func TestOrderThroughTheDoor(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
	thread := r.person()
	r.says(r.luis(), "I want to talk to a person")
	other := r.thread(2)
	r.posted(other, "I want to talk to a person")
	r.stop()
	for _, mark := range numbered(5) {
		r.write(r.anna(), mark)
		r.luis().Say(mark)
	}
	r.start()
	r.posted(thread, "#4")
	r.posted(other, "#4")
	ordered(t, "Anna's thread", marked(r.lines(thread)), numbered(5))
	ordered(t, "Luis's thread", marked(r.lines(other)), numbered(5))
}

// Ensure that polling loses and repeats nothing through faults and a restart, and that answers come in order.
func TestOrderByPolling(t *testing.T) {
	r := run(t, sandbox.Options{Unpaced: true})
	r.write(r.anna(), "#0")
	r.reads(r.anna(), "#0")
	for i, f := range []telegramtest.Fault{telegramtest.HTML(502), telegramtest.Half(), telegramtest.RateLimit(1)} {
		r.Telegram.Fail("getUpdates", 1, f)
		r.write(r.anna(), fmt.Sprintf("#%d", 2*i+1)) // ends the poll that waits; the next one fails
		r.write(r.anna(), fmt.Sprintf("#%d", 2*i+2))
		r.reads(r.anna(), fmt.Sprintf("#%d", 2*i+2))
	}
	r.stop()
	r.write(r.anna(), "#7")
	r.write(r.anna(), "#8")
	r.start()
	r.reads(r.anna(), "#8")
	ordered(t, "the customer", marked(r.anna().Read()), numbered(9))
}

// Ensure that a dead platform and a dead chat delay no other chat.
func TestDeadPlatformDelaysNoOther(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
	dead, luis := r.WhatsApp.User("5215550009999", "Dead"), r.luis()
	r.WhatsApp.Fault(whatsapptest.Fault{Times: -1, To: "5215550009999", Hang: true})
	r.Telegram.Fail("sendMessage", -1, telegramtest.Hang())
	r.says(dead, "#dead")
	for i := range 40 { // more than there are workers for one account
		r.write(r.Telegram.User(int64(9000+i), "Dead", "en"), "#dead")
	}
	for i := range 3 {
		r.says(luis, fmt.Sprintf("#%d", i))
		r.sees(luis, fmt.Sprintf("#%d", i))
	}
	ordered(t, "a chat of the same platform", marked(screen(luis)), numbered(3))
	// Otherwise the calls that hang would get their ten seconds at the end.
	r.ok(r.Telegram.Close())
	r.ok(r.WhatsApp.Close())
}

// Ensure that a bot that hangs in one chat delays no other chat, that a person is had at once there, and that its late
// answer stands in the thread as a draft and is not sent.
func TestSlowBot(t *testing.T) {
	thinks := make(chan struct{})
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true, Bot: []botstest.Rule{
		{Text: "slow", Until: thinks, Answer: botstest.Says("", "#late").Answer},
	}})
	anna, luis := r.anna(), r.luis()
	r.write(anna, "slow question")
	r.asked(1)
	r.says(luis, "quick question")
	r.sees(luis, "quick question")
	r.write(anna, "get me a human")
	r.reads(anna, "I'm getting a colleague")
	thread := r.thread(1)
	r.posted(thread, "get me a human")
	// All this while the bot was asked, and has not been given up: its answer comes now.
	close(thinks)
	draft := r.posted(thread, "#late").Plain()
	if !strings.Contains(draft, "the bot's late answer, not sent") {
		t.Errorf("the draft reads %q", draft)
	}
	r.reply(r.ana(), thread, "Here I am.")
	r.reads(anna, "Here I am.")
	if got := marked(anna.Read()); len(got) != 0 {
		t.Errorf("the customer reads %q", anna.Read())
	}
}
