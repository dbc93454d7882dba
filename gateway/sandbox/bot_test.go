package sandbox_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"patchbay/channels/telegram/telegramtest"
	"patchbay/channels/whatsapp/whatsapptest"
	"patchbay/gateway/bots/botstest"
	"patchbay/gateway/sandbox"
	"patchbay/models"
)

// question is a bot's question as the protocol has it.
type question struct {
	Message struct {
		ID, Text, Payload string
	}
	Conversation struct {
		ID, Channel, Locale string
		Contact             struct{ ID, Name string }
		Epoch               int64
	}
	History  []turn
	Returned *struct {
		Ended, Agent string
		Messages     []turn
	}
}

type turn struct{ Author, Name, Text string }

func questionOf(t *testing.T, a botstest.Asked) (q question) {
	t.Helper()
	if err := json.Unmarshal(a.Body, &q); err != nil {
		t.Fatalf("question: %v", err)
	}
	if q.Message.ID != a.Key {
		t.Errorf("the question's id is %q and its Idempotency-Key %q", q.Message.ID, a.Key)
	}
	return q
}

// Ensure that the bot is told who asks where and what was said before, that a burst is one question, and that it is told
// once what people said, how it ended and with whom.
func TestWhatTheBotIsTold(t *testing.T) {
	thinks := make(chan struct{})
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true, Bot: []botstest.Rule{
		{Text: "first", Until: thinks, Answer: botstest.Says("", "The first answer.").Answer},
	}})
	anna, ana := r.anna(), r.ana()
	r.write(anna, "/start promo-17")
	r.reads(anna, "promo-17")
	r.write(anna, "first question")
	r.asked(2)
	for _, text := range []string{"and", "more", "of it"} {
		r.write(anna, text)
	}
	r.queued("bot", 4) // with the first, which the bot has
	close(thinks)
	r.reads(anna, "You wrote: and\nmore\nof it")
	asked := r.asked(3)
	if q := questionOf(t, asked[0]); q.Message.Text != "/start promo-17" || q.Conversation.Channel != sandbox.Telegram ||
		q.Conversation.Contact.ID != "5100200300" || q.Conversation.Contact.Name != "Anna" || q.Conversation.Locale != "en" {
		t.Errorf("the first question is %+v", q)
	}
	q := questionOf(t, asked[2])
	want := []turn{{"customer", "", "/start promo-17"}, {"bot", "", "You wrote: /start promo-17"}, {"customer", "", "first question"}, {"bot", "", "The first answer."}}
	if len(q.History) != 4 || !slices.EqualFunc(q.History, want, func(a, b turn) bool { return a.Author == b.Author && a.Text == b.Text }) {
		t.Errorf("the history is %+v\nwant %+v", q.History, want)
	}
	if q.Returned != nil {
		t.Errorf("returned = %+v before any handover", q.Returned)
	}

	thread := r.person()
	r.reply(ana, thread, "Hi, Ana here.")
	r.reads(anna, "Hi, Ana here.")
	r.write(anna, "It is late.")
	r.posted(thread, "It is late.")
	r.click(ana, thread, "patchbay_resolve")
	r.reads(anna, "Ana closed this chat.")
	r.write(anna, "back again")
	r.reads(anna, "You wrote: back again")
	r.write(anna, "once more")
	r.reads(anna, "You wrote: once more")
	asked = r.asked(5)
	q = questionOf(t, asked[3])
	said := []turn{{"agent", "Ana", "Hi, Ana here."}, {"customer", "", "It is late."}}
	if q.Returned == nil || q.Returned.Ended != "resolved" || q.Returned.Agent != "Ana" ||
		!slices.EqualFunc(q.Returned.Messages, said, func(a, b turn) bool { return a.Author == b.Author && a.Text == b.Text }) {
		t.Errorf("returned = %+v\nwant resolved by Ana with %+v", q.Returned, said)
	}
	if q.Conversation.Epoch == questionOf(t, asked[2]).Conversation.Epoch {
		t.Errorf("the epoch is %d as before the handover", q.Conversation.Epoch)
	}
	if q := questionOf(t, asked[4]); q.Returned != nil {
		t.Errorf("the bot is told twice: %+v", q.Returned)
	}
}

// Ensure that a bot that fails once at once is asked again with the same key, and that one that stays away hands over
// with what happened as evidence.
func TestBotAway(t *testing.T) {
	t.Run("5xx once", func(t *testing.T) {
		r := run(t, sandbox.Options{Webhooks: true, Unpaced: true, Bot: []botstest.Rule{{Status: http.StatusBadGateway, Times: 1}}})
		r.write(r.anna(), "hello")
		r.reads(r.anna(), "You wrote: hello")
		asked := r.asked(2)
		if asked[0].Key != asked[1].Key || !slices.Equal(asked[0].Body, asked[1].Body) {
			t.Errorf("asked with the keys %q and %q", asked[0].Key, asked[1].Key)
		}
	})
	t.Run("5xx", func(t *testing.T) {
		r := run(t, sandbox.Options{Webhooks: true, Unpaced: true, Bot: []botstest.Rule{{Status: http.StatusServiceUnavailable}}})
		r.write(r.anna(), "hello")
		r.reads(r.anna(), "Let me get a colleague to help with that.")
		card := r.card(r.thread(1), "hello").Plain()
		if !strings.Contains(card, "503") {
			t.Errorf("the card does not say what happened:\n%s", card)
		}
		if n := len(r.Bot.Asked()); n != 2 {
			t.Errorf("asked %d times, want twice", n)
		}
	})
	t.Run("refused", func(t *testing.T) {
		r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
		r.Bot.Stop()
		r.write(r.anna(), "hello")
		r.reads(r.anna(), "Let me get a colleague to help with that.")
		r.card(r.thread(1), "hello")
	})
	t.Run("half an answer", func(t *testing.T) {
		r := run(t, sandbox.Options{Webhooks: true, Unpaced: true, Bot: []botstest.Rule{{Fault: botstest.Half}}})
		r.write(r.anna(), "hello")
		r.reads(r.anna(), "Let me get a colleague to help with that.")
	})
}

// Ensure that a customer who waits for the bot sees it typing, on either platform, and that a bot that does not answer in
// time hands over with the reason.
func TestBotHangs(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true, Bot: []botstest.Rule{{Text: "slow", Fault: botstest.Hang}},
		Sections: map[string]string{"bot": "timeout = \"5s\"\npatience = \"300ms\""}})
	anna, luis := r.anna(), r.luis()
	r.write(anna, "slow question")
	r.ok(anna.Wait(r.ctx, func([]telegramtest.Message) bool { return anna.Typing() > 0 }))
	id := r.says(luis, "slow question")
	typing := func(m whatsapptest.Mark) bool { return m.Typing }
	r.ok(r.WhatsApp.Wait(r.ctx, func() bool { return slices.ContainsFunc(luis.Marks(), typing) }))
	if marks := luis.Marks(); slices.ContainsFunc(marks, func(m whatsapptest.Mark) bool { return m.Message != id }) {
		t.Errorf("Luis sees the marks %+v, want all of them under his message", marks)
	}
	r.reads(anna, "Let me get a colleague to help with that.")
	r.sees(luis, "Let me get a colleague to help with that.")
	card := r.card(r.thread(1), "slow question").Plain()
	if !strings.Contains(card, "did not answer in time") && !strings.Contains(card, "within 5s") {
		t.Errorf("the card does not say why:\n%s", card)
	}
}

// Ensure that a question that is too old when its turn comes hands over and is not put to the bot.
func TestStaleQuestion(t *testing.T) {
	thinks := make(chan struct{})
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true,
		Bot: []botstest.Rule{{Text: "slow", Until: thinks, Answer: botstest.Says("", "Here.").Answer}}})
	anna := r.anna()
	r.write(anna, "slow question")
	r.asked(1)
	r.write(anna, "old question")
	r.queued("bot", 2)
	r.clock.jump(11 * time.Minute) // stale is ten
	close(thinks)
	r.reads(anna, "Let me get a colleague to help with that.")
	r.card(r.thread(1), "old question")
	if n := len(r.Bot.Asked()); n != 1 {
		t.Errorf("the bot was asked %d questions, want the first alone", n)
	}
	ordered(t, "the customer", anna.Read()[:1], []string{"Here."})
}

// Ensure that a bot's own wish for a person is granted after what it says, with its reason and summary on the card.
func TestBotAsksForAPerson(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true, Bot: []botstest.Rule{{Text: "refund", Answer: models.Answer{
		Messages: []models.Content{{Text: "That needs a colleague."}},
		Handover: &models.HandoverWish{Requested: true, Reason: "refunds need a person", Summary: "Order 17 came broken."},
	}}}})
	anna := r.anna()
	r.write(anna, "I want a refund")
	r.reads(anna, "I'm getting a colleague")
	ordered(t, "the customer", anna.Read()[:1], []string{"That needs a colleague."})
	card := r.card(r.thread(1), "refunds need a person").Plain()
	if !strings.Contains(card, "Order 17 came broken.") {
		t.Errorf("the card lacks the summary:\n%s", card)
	}
}

// Ensure that every chat goes to people where there is no bot, that they have it again after a Resolve, and that nobody
// speaks of a bot.
func TestNoBot(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true, BotLines: `kind = "none"`})
	anna, ana := r.anna(), r.ana()
	r.write(anna, "hello")
	thread := r.thread(1)
	r.posted(thread, "hello")
	r.reads(anna, "I'm getting a colleague")
	r.reply(ana, thread, "Hi!")
	r.reads(anna, "Hi!")
	r.click(ana, thread, "patchbay_resolve")
	r.reads(anna, "Ana closed this chat.")
	r.write(anna, "one more thing")
	r.posted(thread, "one more thing")
	for _, text := range append(anna.Read(), r.lines(thread)...) {
		if strings.Contains(strings.ToLower(text), "bot") {
			t.Errorf("somebody reads of a bot: %q", text)
		}
	}
	for _, m := range anna.Seen() {
		if len(m.Buttons) > 0 {
			t.Errorf("the customer sees the button %q", m.Buttons[0].Title)
		}
	}
	if n := len(r.Bot.Asked()); n != 0 {
		t.Errorf("a bot was asked %d questions", n)
	}
}

// Ensure that buttons of the bot come back as their payload, and that one that stands for a command is that command.
func TestButtons(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true, Bot: []botstest.Rule{{Text: "menu", Answer: models.Answer{Messages: []models.Content{{
		Text: "What can I do?", Buttons: []models.Button{
			{Title: "Opening hours", Payload: "hours"}, {Title: "Talk to somebody", Payload: "/agent"}, {Title: strings.Repeat("A long title without payload ", 3)},
		},
	}}}}}})
	anna, luis := r.anna(), r.luis()
	r.write(anna, "menu")
	r.reads(anna, "What can I do?")
	r.ok(anna.Press(r.ctx, "Opening hours"))
	r.asked(2)
	if q := questionOf(t, r.Bot.Asked()[1]); q.Message.Text != "Opening hours" || q.Message.Payload != "hours" {
		t.Errorf("the bot is asked %+v", q.Message)
	}
	long := strings.TrimSpace(strings.Repeat("A long title without payload ", 3))
	bob, carl := r.Telegram.User(5100200302, "Bob", "en"), r.Telegram.User(5100200303, "Carl", "en") // a press takes the buttons away
	for _, u := range []*telegramtest.User{bob, carl} {
		r.write(u, "menu")
		r.reads(u, "What can I do?")
	}
	r.ok(bob.Press(r.ctx, bob.Seen()[1].Buttons[2].Title))
	r.asked(5)
	if q := questionOf(t, r.Bot.Asked()[4]); strings.TrimSpace(q.Message.Text) != long {
		t.Errorf("the bot is asked %+v", q.Message)
	}
	r.ok(carl.Press(r.ctx, "Talk to somebody"))
	r.reads(carl, "I'm getting a colleague")
	r.posted(r.thread(1), "Talk to somebody")
	// WhatsApp has no room for the last title, so all of them are said.
	r.says(luis, "menu")
	r.sees(luis, "2. Talk to somebody")
	if n := len(r.Bot.Asked()); n != 6 {
		t.Errorf("the bot was asked %d questions, want 6: the command is none", n)
	}
}
