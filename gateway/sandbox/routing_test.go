package sandbox_test

import (
	"strings"
	"testing"

	"patchbay/channels/webhook/webhooktest"
	"patchbay/gateway/bots/botstest"
	"patchbay/gateway/sandbox"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models"
)

// mia is a customer of the shop.
func (r *rig) mia(chat string, fields map[string]string) *webhooktest.Customer {
	return r.Shop.Customer(r.public+"/channels/"+sandbox.Shop, chat, webhooktest.Person{ID: "u1", Name: "Mia", Locale: "en", Fields: fields})
}

// shopWrites has a customer of the shop write.
func (r *rig) shopWrites(c *webhooktest.Customer, text string) {
	r.t.Helper()
	_, err := c.Write(r.ctx, text)
	r.ok(err)
}

// Ensure that the card shows what the shop and the bot know of a customer, with a link to her page.
func TestFields(t *testing.T) {
	o := desk(`contact_url = "https://crm.example.com/{{contact.id}}?order={{fields.order}}"`)
	both(t, o, func(r *rig) {
		r.Bot.Script(botstest.Rule{Text: "seventeen", Answer: models.Answer{
			Messages: []models.Content{{Text: "It is on its way."}}, Fields: map[string]string{"order": "17 & 18"},
		}})
		mia := r.mia("c9", map[string]string{"plan": "gold"})
		r.shopWrites(mia, "Where is order seventeen?")
		r.ok(r.Shop.WaitFor(r.ctx, "c9", "It is on its way."))
		r.shopWrites(mia, "I want to talk to a person")
		thread := r.thread(1)
		r.card(thread, "plan: gold")
		r.card(thread, "order: 17 & 18")
		if card, link := r.card(thread, "Open the customer's page"), "<https://crm.example.com/u1?order=17%20%26%2018|"; !strings.Contains(card.Shown(), link) {
			t.Errorf("the card reads %q, want the link %s", card.Shown(), link)
		}
		r.shopWrites(r.mia("c9", map[string]string{"plan": "silver"}), "I have another plan now")
		r.card(thread, "plan: silver")
	})
}

// Ensure that a chat opens where the first rule that fits says, and that its card tells why.
func TestRoutes(t *testing.T) {
	o := desk(`teams = { sales = "C0SECOND01" }`, `routes = [{ language = "xx", to = "C0THIRD001" }, { channel = "telegram", words = ["buy"], to = "sales" }]`)
	both(t, o, func(r *rig) {
		r.Slack.AddChannel(slacktest.Channel{ID: "C0SECOND01", Name: "second"})
		r.write(r.anna(), "I want to buy ten, can I talk to a person?")
		threads, err := r.Slack.WaitThreads(r.ctx, "C0SECOND01", 1)
		r.ok(err)
		card := r.card(threads[0].ID, "Here because of channel telegram, the word buy")
		r.click(r.ana(), card.ID, "Take it")
		r.card(threads[0].ID, "Taken by Ana")
		r.reply(r.ana(), threads[0].ID, "Ten are there.")
		r.reads(r.anna(), "Ten are there.")
		r.says(r.luis(), "I want to buy ten, can I talk to a person?")
		r.card(r.thread(1), "Luis") // no rule fits
	})
}

// Ensure that a customer who is blocked is heard by nobody until she is unblocked, by old cards too and after a restart.
func TestBlock(t *testing.T) {
	both(t, desk(), func(r *rig) {
		thread := r.person()
		card := r.card(thread, "Waiting for an agent")
		r.click(r.ana(), card.ID, "Block the customer")
		r.card(thread, "Closed, because Ana blocked the customer")
		r.click(r.ben(), card.ID, "Unblock")
		r.card(thread, "Closed, because Ana blocked the customer")
		r.posted(thread, "unblocked this customer")
		before := len(r.Bot.Asked())
		r.write(r.anna(), "Are you there?")
		r.asked(before + 1)

		r.write(r.anna(), "I want to talk to a person again")
		card = r.card(thread, "Opened again once")
		r.click(r.ben(), card.ID, "Block the customer")
		r.card(thread, "because Ben blocked the customer")
		r.stop()
		r.start()
		r.write(r.anna(), "Buy my coins")
		r.reply(r.ana(), thread, "No.")
		w := r.whisper(r.ana(), "This customer is blocked")
		for _, line := range r.lines(thread) {
			if strings.Contains(line, "coins") {
				t.Errorf("the thread shows %q", line)
			}
		}
		if n := len(r.Bot.Asked()); n != before+1 {
			t.Errorf("the bot was asked %d questions, want %d", n, before+1)
		}
		r.ok(r.ana().ClickWhisper(r.ctx, w, "Unblock"))
		r.posted(thread, "unblocked this customer")

		r.until("the card is up to date", func() bool { return r.ana().Click(r.ctx, thread, "Block the customer") == nil })
		closed := r.card(thread, "This customer is blocked")
		r.click(r.ben(), closed.ID, "Unblock")
		r.until("the card shows it", func() bool {
			at, _ := r.Slack.Thread(thread)
			return !strings.Contains(at.Root.Plain(), "This customer is blocked")
		})
		r.write(r.anna(), "Is it over?")
		r.asked(before + 2)
	})
}

// Ensure that a card links the threads that a customer had before, and says how they ended.
func TestEarlierThreads(t *testing.T) {
	o := sandbox.Options{Sections: map[string]string{"handover": `reopen = "0s"`}}
	both(t, o, func(r *rig) {
		first := r.person()
		r.click(r.ana(), r.card(first, "Waiting").ID, "Resolve")
		r.card(first, "Resolved by Ana")
		second := r.person()
		card := r.card(second, "· resolved by Ana")
		_, ts, _ := strings.Cut(first, "/")
		if want := "/p" + strings.ReplaceAll(ts, ".", "") + "|Thread>"; !strings.Contains(card.Shown(), want) {
			t.Errorf("the card reads %q, want a link with %q", card.Shown(), want)
		}
	})
}

// Ensure that a card links the threads of a customer's other chats on the channel, the last three and how many more there are, and
// none of somebody else's.
func TestEarlierThreadsOfOtherChats(t *testing.T) {
	o := sandbox.Options{Sections: map[string]string{"handover": `reopen = "0s"`}}
	both(t, o, func(r *rig) {
		other := r.Shop.Customer(r.public+"/channels/"+sandbox.Shop, "c1", webhooktest.Person{ID: "u11", Name: "Mia", Locale: "en"})
		r.shopWrites(other, "I want to talk to a person")
		r.click(r.ana(), r.card(r.thread(1), "Waiting").ID, "Resolve")
		r.card(r.thread(1), "Resolved by Ana")
		for i, chat := range []string{"c9", "c9", "page", "app"} {
			r.shopWrites(r.mia(chat, nil), "I want to talk to a person")
			card := r.card(r.thread(i+2), "Waiting")
			if n := strings.Count(card.Plain(), "resolved by Ana"); n != min(i, 3) {
				t.Errorf("the card of chat %d links %d threads, want %d: %q", i, n, min(i, 3), card.Plain())
			}
			r.click(r.ana(), card.ID, "Resolve")
			r.card(r.thread(i+2), "Resolved by Ana")
		}
		r.shopWrites(r.mia("new", nil), "I want to talk to a person")
		if card := r.card(r.thread(6), "and 1 more"); strings.Count(card.Plain(), "resolved by Ana") != 3 {
			t.Errorf("the card reads %q, want three links", card.Plain())
		}
	})
}
