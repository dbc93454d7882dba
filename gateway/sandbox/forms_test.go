package sandbox_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"patchbay/gateway/sandbox"
	"patchbay/handover/slackdesk/slacktest"
)

const billing = "C0BILLING1"

// bothWays runs a test with Slack over HTTP and over its socket.
func bothWays(t *testing.T, desk string, test func(t *testing.T, r *rig)) {
	t.Helper()
	for _, socket := range []bool{false, true} {
		t.Run(fmt.Sprint("socket ", socket), func(t *testing.T) {
			r := run(t, sandbox.Options{Webhooks: !socket, Unpaced: true, Sections: map[string]string{"slack": desk}})
			r.Slack.AddChannel(slacktest.Channel{ID: billing, Name: "billing"})
			test(t, r)
		})
	}
}

// form waits for the form that an agent is shown.
func (r *rig) form(a *slacktest.Agent, title string) slacktest.Form {
	r.t.Helper()
	f, err := a.WaitForm(r.ctx, title)
	if err != nil {
		r.t.Fatalf("no form %q: %v", title, err)
	}
	return f
}

// Ensure that a chat is passed on to a person and to a team, that the customer knows who comes, and that a form with a fault
// stays open.
func TestPassOn(t *testing.T) {
	bothWays(t, `teams = { billing = "`+billing+`" }`, func(t *testing.T, r *rig) {
		r.Slack.AddMember(slacktest.Member{ID: "U0GUEST0001", Name: "gus", RealName: "Gus", DisplayName: "Gus", Guest: true})
		r.Slack.AddMember(slacktest.Member{ID: "U0OUTSIDE01", Name: "olga", RealName: "Olga", DisplayName: "Olga"})
		r.Slack.AddChannel(slacktest.Channel{ID: slacktest.Support, Name: "support", Without: []string{"U0OUTSIDE01"}})
		anna, ana, ben := r.anna(), r.ana(), r.ben()
		thread := r.person()
		r.reply(ana, thread, "One moment.")
		r.lastReads(anna, "Ana\nOne moment.")

		r.click(ana, thread, "Pass on")
		r.form(ana, "Pass on")
		for _, wrong := range []struct{ to, team, want string }{
			{"", "", "Choose who"}, {slacktest.Ben, "billing", "not both"}, {"U0GUEST0001", "", "guest"}, {slacktest.BotUser, "", "app"},
			{"U0OUTSIDE01", "", "not in the chat's channel"},
		} {
			r.ok(ana.Enter(r.ctx, "A person", wrong.to))
			r.ok(ana.Enter(r.ctx, "Or a team", wrong.team))
			if err := ana.Submit(r.ctx); err == nil || !strings.Contains(err.Error(), wrong.want) {
				t.Fatalf("passing to %q and %q: %v, want %q", wrong.to, wrong.team, err, wrong.want)
			}
		}
		r.ok(ana.Enter(r.ctx, "A person", slacktest.Ben))
		r.ok(ana.Enter(r.ctx, "A note for them", "Paid twice."))
		r.ok(ana.Submit(r.ctx))
		r.card(thread, "Taken by Ben")
		r.posted(thread, "@Ben has this chat now; Ana passed it on.")
		r.posted(thread, "Paid twice.")
		r.lastReads(anna, "Ana is bringing in a colleague. Keep writing here, they see everything.")
		r.reply(ben, thread, "Hello, I'm Ben.")
		r.lastReads(anna, "Ben\nHello, I'm Ben.")

		r.ok(ben.Shortcut(r.ctx, thread, "patchbay_pass_chat"))
		r.form(ben, "Pass on")
		r.ok(ben.Enter(r.ctx, "Or a team", "billing"))
		r.ok(ben.Enter(r.ctx, "A note for them", "See invoice 7."))
		r.ok(ben.Submit(r.ctx))
		r.card(thread, "Passed on by Ben")
		threads, err := r.Slack.WaitThreads(r.ctx, billing, 1)
		if err != nil {
			t.Fatalf("no thread in the team's channel: %v", err)
		}
		moved := threads[0].ID
		card := r.card(moved, "a colleague passed it on to billing")
		if !strings.Contains(card.Plain(), "See invoice 7.") || !strings.Contains(card.Plain(), "Earlier thread") {
			t.Errorf("the new card says %q, want the note and the earlier thread", card.Plain())
		}
		r.reads(anna, "Ben is bringing in a colleague. Keep writing here, they see everything.") // and soon after that he is next
		r.write(anna, "is anybody there?")
		r.posted(moved, "is anybody there?")
		r.reply(ana, thread, "in the old thread")
		r.whisper(ana, "This chat goes on in a newer thread")
		r.click(ana, moved, "Take it")
		r.card(moved, "Taken by Ana")
	})
}

// Ensure that a locked chat holds a colleague's reply back, and that each of the three buttons does what it says.
func TestLock(t *testing.T) {
	bothWays(t, `lock = "owner"`, func(t *testing.T, r *rig) {
		anna, ana, ben := r.anna(), r.ana(), r.ben()
		thread := r.person()
		r.reply(ana, thread, "Mine.")
		r.lastReads(anna, "Ana\nMine.")
		latest := func(n int) slacktest.Whisper {
			r.until(fmt.Sprintf("%d whispers", n), func() bool { return len(ben.Whispers()) >= n })
			return ben.Whispers()[n-1]
		}
		r.reply(ben, thread, "#anyway")
		w := latest(1)
		if !strings.Contains(w.Text, "A colleague has this chat") {
			t.Fatalf("Ben is whispered %q", w.Text)
		}
		r.ok(ben.ClickWhisper(r.ctx, w, "Send anyway"))
		r.ok(ben.ClickWhisper(r.ctx, w, "Send anyway"))
		r.lastReads(anna, "Ben\n#anyway")
		r.whisper(ana, "Ben replied in this chat, which you have.")

		r.reply(ben, thread, "#note")
		r.ok(ben.ClickWhisper(r.ctx, latest(2), "Make it a note"))
		r.whisper(ben, "Kept as a note.")
		r.card(thread, "Taken by Ana")

		r.stop()
		r.start()
		r.reply(ben, thread, "#mine")
		r.ok(ben.ClickWhisper(r.ctx, latest(3), "Take over"))
		r.reads(anna, "#mine")
		r.card(thread, "Taken by Ben")
		if all := strings.Join(anna.Read(), "\n"); strings.Contains(all, "#note") || strings.Count(all, "#anyway") != 1 {
			t.Errorf("the customer reads %q", all)
		}
	})
}

// Ensure that Resolve acts at the click, that what is noted and what the customer thinks stand on the card, and that his
// answer asks the bot nothing.
func TestClosing(t *testing.T) {
	bothWays(t, "categories = [\"Order\", \"Refund\"]\nrating = \"stars\"", func(t *testing.T, r *rig) {
		anna, ana := r.anna(), r.ana()
		thread := r.person()
		r.reply(ana, thread, "Done.")
		r.lastReads(anna, "Ana\nDone.")
		r.click(ana, thread, "Resolve")
		r.reads(anna, "Ana closed this chat. Just write if there is more.\n\nHow was it, from 1 (bad) to 5 (very good)?")
		r.form(ana, "Resolved")
		r.card(thread, "Resolved by Ana")
		r.ok(ana.Enter(r.ctx, "What was it about?", "Refund"))
		r.ok(ana.Enter(r.ctx, "A note for your colleagues", "Paid twice, sent back."))
		r.ok(ana.Submit(r.ctx))
		r.card(thread, "About: Refund")
		r.card(thread, "Paid twice, sent back.")

		r.write(anna, "4")
		r.lastReads(anna, "Thank you for your answer.")
		r.card(thread, "The customer's rating: ★★★★☆")
		if strings.Contains(strings.Join(anna.Read(), "\n"), "You wrote: 4") {
			t.Errorf("the bot was asked with the rating: %q", anna.Read())
		}
		r.write(anna, "hello bot")
		r.reads(anna, "You wrote: hello bot")
		if n := len(r.Slack.Threads(slacktest.Support)); n != 1 {
			t.Errorf("%d threads are open, want one", n)
		}
	})
}

// Ensure that a chat is taken, passed on and resolved from the menu of any message in its thread, where commands do not reach,
// that a second use changes nothing, and that there is one private word where no customer is.
func TestThreadShortcuts(t *testing.T) {
	bothWays(t, `categories = ["Order"]`, func(t *testing.T, r *rig) {
		anna, ana, ben := r.anna(), r.ana(), r.ben()
		thread := r.person()
		line := r.posted(thread, "I want to talk to a person")
		for range 2 {
			r.ok(ana.Shortcut(r.ctx, line.ID, "patchbay_take_chat"))
		}
		r.card(thread, "Taken by Ana")
		note := r.reply(ana, thread, "// #note")
		r.ok(ana.Shortcut(r.ctx, note, "patchbay_pass_chat"))
		r.form(ana, "Pass on")
		r.ok(ana.Enter(r.ctx, "A person", slacktest.Ben))
		r.ok(ana.Submit(r.ctx))
		r.card(thread, "Taken by Ben")
		for range 2 {
			r.ok(ben.Shortcut(r.ctx, note, "patchbay_resolve_chat"))
		}
		r.form(ben, "Resolved")
		r.ok(ben.Enter(r.ctx, "What was it about?", "Order"))
		r.ok(ben.Submit(r.ctx))
		r.card(thread, "About: Order")
		r.lastReads(anna, "Ben closed this chat. Just write if there is more.")
		if n := count(r.lines(thread), "resolved this chat"); n != 1 {
			t.Errorf("the thread says %d times that it is resolved: %q", n, r.lines(thread))
		}

		top, err := ana.PostTop(r.ctx, slacktest.Support, "lunch?")
		r.ok(err)
		r.ok(ana.Shortcut(r.ctx, top, "patchbay_resolve_chat"))
		r.whisper(ana, "This is no customer's thread")
		r.ok(ana.Shortcut(r.ctx, top, "patchbay_withdraw"))
		words := func() (n int) {
			for _, w := range ana.Whispers() {
				if strings.Contains(w.Text, "This is no customer's thread") {
					n++
				}
			}
			return n
		}
		r.until("two whispers", func() bool { return words() >= 2 })
		if n := words(); n != 2 {
			t.Errorf("he is told %d times, want once for each shortcut", n)
		}
	})
}

// Ensure that closing the form after Resolve is kept once, that the chat stays as Resolve left it, also after a restart, and that the
// next form can still be filled in.
func TestClosingSkipped(t *testing.T) {
	bothWays(t, `categories = ["Order"]`, func(t *testing.T, r *rig) {
		anna, ana := r.anna(), r.ana()
		thread := r.person()
		r.reply(ana, thread, "Done.")
		r.reads(anna, "Done.")
		r.click(ana, thread, "Resolve")
		r.form(ana, "Resolved")
		r.stop()
		r.start()
		r.until("the gateway listens", func() bool { return r.ben().Shortcut(r.ctx, thread, "patchbay_take_chat") == nil })
		r.ok(ana.CloseForm(r.ctx))
		r.card(thread, "Nothing was noted")
		r.write(anna, "hello bot")
		r.reads(anna, "You wrote: hello bot")
		r.ok(ana.Shortcut(r.ctx, thread, "patchbay_resolve_chat"))
		r.form(ana, "Resolved")
		r.ok(ana.Enter(r.ctx, "What was it about?", "Order"))
		r.ok(ana.Submit(r.ctx))
		if card := r.card(thread, "About: Order"); strings.Contains(card.Plain(), "Nothing was noted") {
			t.Errorf("the card says %q", card.Plain())
		}
	})
}

// Ensure that somebody outside the channel is told that his reply was not sent, and that a shortcut where no customer is
// says so.
func TestOutsiders(t *testing.T) {
	bothWays(t, "", func(t *testing.T, r *rig) {
		r.Slack.AddMember(slacktest.Member{ID: "U0OUTSIDE01", Name: "olga", RealName: "Olga", DisplayName: "Olga"})
		r.Slack.AddChannel(slacktest.Channel{ID: slacktest.Support, Name: "support", Without: []string{"U0OUTSIDE01"}})
		anna, olga := r.anna(), r.Slack.Agent("U0OUTSIDE01")
		thread := r.person()
		r.reply(olga, thread, "#outside")
		r.until("Olga is told", func() bool {
			return strings.Contains(strings.Join(texts(olga.Direct()), "\n"), "only members of the channel can answer")
		})
		r.click(olga, thread, "Take it")
		r.ok(olga.Shortcut(r.ctx, thread, "patchbay_take_chat"))
		r.click(olga, thread, "Pass on")
		r.until("Olga is told of each", func() bool {
			return strings.Count(strings.Join(texts(olga.Direct()), "\n"), "only members of the channel can answer") == 4
		})
		r.card(thread, "Waiting for an agent")
		r.Slack.AddChannel(slacktest.Channel{ID: slacktest.Support, Name: "support"})
		r.reply(r.ana(), thread, "#inside")
		r.reads(anna, "#inside")

		top, err := r.ana().PostTop(r.ctx, slacktest.Support, "lunch?")
		r.ok(err)
		r.ok(r.ana().Shortcut(r.ctx, top, "patchbay_take_chat"))
		r.whisper(r.ana(), "This is no customer's thread")
		r.ok(r.ana().Shortcut(r.ctx, top, "patchbay_pass_chat"))
		r.until("two whispers", func() bool {
			n := 0
			for _, w := range r.ana().Whispers() {
				if strings.Contains(w.Text, "This is no customer's thread") {
					n++
				}
			}
			return n == 2
		})
	})
}

func texts(posts []slacktest.Post) (all []string) {
	for _, p := range posts {
		all = append(all, p.Plain())
	}
	return all
}

// Ensure that a chat is passed on once although two agents have the form open, and that a form on a card that is over changes
// nothing, also after a restart.
func TestPassOnTwice(t *testing.T) {
	bothWays(t, `teams = { billing = "`+billing+`" }`, func(t *testing.T, r *rig) {
		anna, ana, ben := r.anna(), r.ana(), r.ben()
		thread := r.person()
		for _, agent := range []*slacktest.Agent{ana, ben} {
			r.click(agent, thread, "Pass on")
			r.form(agent, "Pass on")
			r.ok(agent.Enter(r.ctx, "Or a team", "billing"))
		}
		r.stop()
		r.start()
		r.until("the form is sent", func() bool { return ana.Submit(r.ctx) == nil })
		if _, err := r.Slack.WaitThreads(r.ctx, billing, 1); err != nil {
			t.Fatal(err)
		}
		r.ok(ben.Submit(r.ctx))
		r.whisper(ben, "This chat goes on in a newer thread")
		moved := r.Slack.Threads(billing)[0].ID
		r.write(anna, "hello?")
		r.posted(moved, "hello?")
		if n := len(r.Slack.Threads(billing)); n != 1 {
			t.Errorf("%d threads are open in the team's channel, want one", n)
		}
		r.card(moved, "Waiting for an agent")
	})
}

// Ensure that a customer who is told nothing at the end is asked for a rating all the same, so that no number of his is taken
// for an answer to what he was never asked.
func TestRating_silent(t *testing.T) {
	texts := filepath.Join(t.TempDir(), "texts.toml")
	if err := os.WriteFile(texts, []byte("[texts.en]\nresolved = \"\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := run(t, sandbox.Options{Unpaced: true, Sections: map[string]string{"slack": `rating = "stars"`, "handover": fmt.Sprintf("texts = %q", texts)}})
	anna, ana := r.anna(), r.ana()
	thread := r.person()
	r.reply(ana, thread, "Done.")
	r.lastReads(anna, "Ana\nDone.")
	r.click(ana, thread, "Resolve")
	r.lastReads(anna, "How was it, from 1 (bad) to 5 (very good)?")
	r.write(anna, "4")
	r.card(thread, "The customer's rating: ★★★★☆")
}
