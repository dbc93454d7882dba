package sandbox_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"patchbay/channels/webhook/webhooktest"
	"patchbay/gateway/bots/botstest"
	"patchbay/gateway/sandbox"
)

// post has the customer's system tell of something, under a webhook-id of the test's.
func (r *rig) post(c *webhooktest.Customer, id string, e webhooktest.Event) {
	r.t.Helper()
	e.Chat, e.Sender = webhooktest.Ref{ID: c.Chat}, &c.Person
	got, err := r.Shop.PostAs(r.ctx, r.public+"/channels/"+sandbox.Shop, id, e)
	r.ok(err)
	if got.Status != http.StatusAccepted {
		r.t.Fatalf("%s %q is answered %d", e.Type, e.ID, got.Status)
	}
}

// gets waits until the customer of the shop has a message, and returns it.
func (r *rig) gets(c *webhooktest.Customer, text string) webhooktest.Message {
	r.t.Helper()
	var found webhooktest.Message
	err := r.Shop.Wait(r.ctx, func() bool {
		return slices.ContainsFunc(r.Shop.Chat(c.Chat), func(m webhooktest.Message) bool {
			found = m
			return strings.Contains(m.Text, text) && !m.Deleted
		})
	})
	if err != nil {
		r.t.Fatalf("%q: %v\nMia reads %+v", text, err, r.Shop.Chat(c.Chat))
	}
	return found
}

// Ensure that the answer to words that the customer changes while the bot is at work is not sent: the bot is asked anew.
func TestEditedWhileTheBotAnswers(t *testing.T) {
	release := make(chan struct{})
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true, Bot: []botstest.Rule{{Text: "order 17", Times: 1, Until: release,
		Answer: botstest.Says("", "Order 17 is here.").Answer}}})
	anna := r.anna()
	id := r.write(anna, "Where is order 17?")
	r.asked(1)
	r.ok(anna.Edit(r.ctx, id, "Where is order 71?"))
	r.ok(r.Telegram.Wait(r.ctx, func() bool { return r.Telegram.Pending() == 0 }))
	close(release)
	r.reads(anna, "You wrote: Where is order 71?")
	if text := strings.Join(anna.Read(), "\n"); strings.Contains(text, "Order 17 is here.") {
		t.Errorf("the customer reads the answer to what he took back: %q", text)
	}
	asked := r.asked(2)
	if asked[0].Key == asked[1].Key {
		t.Errorf("both questions have the key %q", asked[0].Key)
	}
	// What was answered is not answered again.
	r.ok(anna.Edit(r.ctx, id, "Where is order 72?"))
	r.ok(r.Telegram.Wait(r.ctx, func() bool { return r.Telegram.Pending() == 0 }))
	r.write(anna, "one more")
	r.reads(anna, "You wrote: one more")
	if n := len(r.Bot.Asked()); n != 3 {
		t.Errorf("the bot was asked %d questions, want 3", n)
	}
}

// Ensure that a question that is taken back while the bot is at work gets no answer.
func TestTakenBackWhileTheBotAnswers(t *testing.T) {
	release := make(chan struct{})
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true, Bot: []botstest.Rule{{Text: "secret", Until: release,
		Answer: botstest.Says("", "I keep it.").Answer}}})
	luis := r.luis()
	id := r.says(luis, "a secret")
	r.asked(1)
	r.ok(luis.Revoke(r.ctx, id))
	close(release)
	r.says(luis, "hello")
	r.sees(luis, "You wrote: hello")
	if n := count(screen(luis), "I keep it."); n != 0 {
		t.Errorf("Luis reads %q", screen(luis))
	}
}

// Ensure that an edit shows the earlier words too, that one which changes nothing or comes twice shows nothing, and that
// one after the end of the chat, or after a restart, still changes the line.
func TestEditsInTheThread(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
	mia := r.mia("c9", nil)
	_, err := mia.Write(r.ctx, "I want to talk to a person")
	r.ok(err)
	thread := r.thread(1)
	r.posted(thread, "I want to talk to a person")
	id, err := mia.Write(r.ctx, "my size is M")
	r.ok(err)
	r.posted(thread, "my size is M")
	posts := len(r.lines(thread))

	r.ok(mia.Edit(r.ctx, id, "my size is M")) // nothing is new
	edit := webhooktest.Event{Type: "edit", ID: id, Text: "my size is L"}
	r.post(mia, "evt-edit", edit)
	r.post(mia, "evt-edit", edit)
	line := r.posted(thread, "my size is L (edited)")
	if shown := line.Shown(); strings.Count(shown, "~my size is M~") != 1 {
		t.Errorf("the line reads %q, want the earlier words once", shown)
	}
	r.click(r.ana(), thread, "patchbay_resolve")
	r.card(thread, "Resolved by Ana")
	r.stop()
	r.start()
	r.ok(mia.Edit(r.ctx, id, "my size is XL"))
	line = r.posted(thread, "my size is XL (edited)")
	if shown := line.Shown(); !strings.Contains(shown, "~my size is M~") || !strings.Contains(shown, "~my size is L~") {
		t.Errorf("the line reads %q, want both earlier wordings", shown)
	}
	r.ok(mia.Delete(r.ctx, id))
	line = r.posted(thread, "my size is XL (deleted)")
	if shown := line.Shown(); !strings.Contains(shown, "~my size is XL~") {
		t.Errorf("the line reads %q, want it struck", shown)
	}
	if text := strings.Join(r.lines(thread)[posts:], "\n"); strings.Contains(text, "my size") {
		t.Errorf("a change was posted as a new line: %q", text)
	}
}

// Ensure that an edit or a deletion that overtakes its message is not undone by it.
func TestEditBeforeItsMessage(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
	mia := r.mia("c9", nil)
	_, err := mia.Write(r.ctx, "hello")
	r.ok(err)
	r.gets(mia, "You wrote: hello")
	r.post(mia, "e1", webhooktest.Event{Type: "edit", ID: "m1", Text: "ships to Rome?"})
	r.post(mia, "e2", webhooktest.Event{Type: "delete", ID: "m2"})
	r.stop()
	r.start()
	r.post(mia, "e3", webhooktest.Event{Type: "message", ID: "m1", Text: "ships to Roma?"})
	r.gets(mia, "You wrote: ships to Rome?")
	r.post(mia, "e4", webhooktest.Event{Type: "message", ID: "m2", Text: "oops"})
	r.post(mia, "e5", webhooktest.Event{Type: "message", ID: "m3", Text: "I want to talk to a person"})
	thread := r.thread(1)
	talk := r.posted(thread, "I want to talk to a person").Plain()
	if !strings.Contains(talk, "ships to Rome? (edited)") || !strings.Contains(talk, "oops (deleted)") {
		t.Errorf("the talk reads %q", talk)
	}
	for _, asked := range r.Bot.Asked() {
		if strings.Contains(string(asked.Body), `"text":"oops"`) || strings.Contains(string(asked.Body), `"text":"ships to Roma?"`) {
			t.Errorf("the bot was asked %s", asked.Body)
		}
	}
}

// Ensure that an agent who replies to a line by the shortcut has the customer see which one it is, on each app, also when the post
// shows several; and that it is told where that line is none of the customer's.
func TestReplyToThis(t *testing.T) {
	both(t, sandbox.Options{}, func(r *rig) {
		anna, luis, ana := r.anna(), r.luis(), r.ana()
		thread := r.person()
		id := r.write(anna, "first question")
		post := r.posted(thread, "first question").ID
		r.write(anna, "second question")
		r.posted(thread, "second question")
		r.ok(ana.Shortcut(r.ctx, post, "patchbay_reply_to"))
		r.form(ana, "Reply to this")
		r.ok(ana.Enter(r.ctx, "What the customer reads", "Yes to the first."))
		r.ok(ana.Submit(r.ctx))
		r.reads(anna, "Yes to the first.")
		seen := anna.Seen()
		if m := seen[len(seen)-1]; m.ReplyTo != id {
			r.t.Errorf("the reply answers %d, want %d", m.ReplyTo, id)
		}
		line := r.posted(thread, "Yes to the first.")
		if !strings.Contains(line.Plain(), "in reply to Anna: “first question”") {
			r.t.Errorf("the line reads %q", line.Plain())
		}
		r.ok(ana.Shortcut(r.ctx, line.ID, "patchbay_reply_to"))
		r.whisper(ana, "nothing that the customer wrote")

		other := r.personOnWhatsApp()
		var ids []string
		r.aside(2, func() { ids = []string{r.says(luis, "red?"), r.says(luis, "or blue?")} })
		post = r.posted(other, "or blue?").ID
		r.says(luis, "hello?") // behind it the post is recorded
		r.posted(other, "hello?")
		r.ok(ana.Shortcut(r.ctx, post, "patchbay_reply_to"))
		r.form(ana, "Reply to this")
		r.ok(ana.Enter(r.ctx, "Which line?", "red?"))
		r.ok(ana.Enter(r.ctx, "What the customer reads", "Red it is."))
		r.ok(ana.Submit(r.ctx))
		r.sees(luis, "Red it is.")
		all := luis.Seen()
		if m := all[len(all)-1]; m.ReplyTo != ids[0] {
			r.t.Errorf("the reply answers %q, want %q", m.ReplyTo, ids[0])
		}
	})
}

// Ensure that a customer's reply says what it answers, to the bot and to agents, whoever wrote that.
func TestQuotedByTheCustomer(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true, Bot: []botstest.Rule{botstest.Says("sizes", "We have M and L.")}})
	anna, luis, ana := r.anna(), r.luis(), r.ana()
	r.write(anna, "sizes?")
	r.reads(anna, "We have M and L.")
	r.write(anna, "hm") // behind its answer the first one is recorded
	r.reads(anna, "You wrote: hm")
	_, err := anna.Reply(r.ctx, anna.Seen()[1].ID, "the second one")
	r.ok(err)
	asked := string(r.asked(3)[2].Body)
	if !strings.Contains(asked, `"reply_to":{"author":"bot","name":"","text":"We have M and L."}`) {
		t.Errorf("the bot is asked %s", asked)
	}
	r.reads(anna, "You wrote: the second one")
	thread := r.person()
	if talk := r.posted(thread, "the second one").Plain(); !strings.Contains(talk, "in reply to the bot: “We have M and L.”") {
		t.Errorf("the talk reads %q", talk)
	}

	other := r.personOnWhatsApp()
	post := r.reply(ana, other, "Red or blue?")
	r.sees(luis, "Red or blue?")
	r.marked(other, post, "white_check_mark", "eyes") // so it is recorded
	seen := luis.Seen()
	_, err = luis.Reply(r.ctx, seen[len(seen)-1].ID, "that one")
	r.ok(err)
	if line := r.posted(other, "that one").Plain(); !strings.Contains(line, "in reply to Ana: “Red or blue?”") {
		t.Errorf("the line reads %q", line)
	}
	_, err = luis.Reply(r.ctx, "wamid.unknown", "and this")
	r.ok(err)
	if line := r.posted(other, "and this").Plain(); !strings.Contains(line, "in reply to an earlier message") {
		t.Errorf("the line reads %q", line)
	}
}
