package sandbox_test

import (
	"strings"
	"testing"

	"patchbay/handover/slackdesk/slacktest"
)

// command has an agent use /patchbay in the desk's channel, and returns the answer, in which there are the words.
func (r *rig) command(a *slacktest.Agent, text, words string) slacktest.Whisper {
	r.t.Helper()
	before := len(a.Whispers())
	ack, err := a.Command(r.ctx, slacktest.Support, "/patchbay", text)
	if err != nil || len(ack) > 0 {
		r.t.Fatalf("/patchbay %s: %s, %v, want it taken without a word", text, ack, err)
	}
	r.until("an answer to /patchbay "+text, func() bool { return len(a.Whispers()) > before })
	w := a.Whispers()[before]
	if got := (slacktest.Post{Text: w.Text, Blocks: w.Blocks}).Plain(); !strings.Contains(got, words) {
		r.t.Fatalf("/patchbay %s says %q, want %q in it", text, got, words)
	}
	return w
}

// home waits until an agent's home has the words.
func (r *rig) home(a *slacktest.Agent, words string) {
	r.t.Helper()
	if home, err := a.WaitHome(r.ctx, words); err != nil {
		r.t.Fatalf("%q is not in the home: %v\nit reads %q", words, err, home.Plain())
	}
}

// Ensure that an agent finds a chat that the bot has and takes it over, once, that the customer reads who is here, and that a
// colleague who comes too late is told.
func TestTakeChat(t *testing.T) {
	bothWays(t, "", func(t *testing.T, r *rig) {
		anna, ana, ben := r.anna(), r.ana(), r.ben()
		r.write(anna, "hello")
		r.asked(1)
		found := r.command(ana, "find ANN", "Anna · Telegram / ")
		late := r.command(ben, "find anna", "with the bot")
		r.stop()
		r.start()
		r.press(ana, found, "Take over")
		thread := r.thread(1)
		r.posted(thread, "@Ana took this chat over from the bot.")
		r.card(thread, "Taken by Ana")
		r.card(thread, "Why: Ana took the chat over")
		r.posted(thread, "hello")
		r.whisper(ana, "You have this chat now.")
		r.ok(ana.ClickWhisper(r.ctx, found, "Take over"))
		r.ok(ben.ClickWhisper(r.ctx, late, "Take over"))
		r.whisper(ben, "A colleague has this chat already.")
		r.reads(anna, "Ana is here.")
		r.reply(ana, thread, "I'm here.")
		r.reads(anna, "I'm here.")
		r.command(ana, "mine", "You have 1 chat")
		r.command(ana, "find ann", "Anna · Telegram / ")
		if n := len(r.Slack.Threads(slacktest.Support)); n != 1 {
			t.Errorf("%d threads, want one", n)
		}
		r.click(ana, thread, "Resolve")
		r.reads(anna, "Ana closed this chat.")
		r.command(ana, "mine", "You have no chat.")
		r.command(ana, "stats", "1 chat opened · 1 resolved")
	})
}

// Ensure that two agents who take a chat over at once leave it with one of them.
func TestTakeChat_atOnce(t *testing.T) {
	bothWays(t, "", func(t *testing.T, r *rig) {
		r.write(r.anna(), "hello")
		r.asked(1)
		agents := []*slacktest.Agent{r.ana(), r.ben()}
		done := make(chan error, len(agents))
		var found []slacktest.Whisper
		for _, a := range agents {
			found = append(found, r.command(a, "find anna", "Anna"))
		}
		for i, a := range agents {
			go func() { done <- a.ClickWhisper(r.ctx, found[i], "Take over") }()
		}
		for range agents {
			r.ok(<-done)
		}
		thread := r.thread(1)
		r.posted(thread, "took this chat over from the bot.")
		r.until("one is told that he has it, and one that he has not", func() bool {
			said := ""
			for _, a := range agents {
				for _, w := range a.Whispers() {
					said += w.Text + "\n"
				}
			}
			return strings.Contains(said, "You have this chat now.") && strings.Contains(said, "A colleague has this chat already.")
		})
		if n := len(r.Slack.Threads(slacktest.Support)); n != 1 {
			t.Errorf("%d threads, want one", n)
		}
	})
}

// Ensure that a home follows what happens, for those who look at it and nobody else, over a restart, and that commands say the
// same to agents and nothing to others.
func TestHome(t *testing.T) {
	bothWays(t, "", func(t *testing.T, r *rig) {
		r.Slack.AddMember(slacktest.Member{ID: "U0GUEST0001", Name: "gus", RealName: "Gus", DisplayName: "Gus", Guest: true})
		ana, ben, gus := r.ana(), r.ben(), r.Slack.Agent("U0GUEST0001")
		ana.OpenHome()
		r.home(ana, "Nobody waits.")
		thread := r.person()
		r.home(ana, "Waiting (1)\n• Anna · Telegram / ")
		r.command(ana, "queue", "1 customer waits\n• Anna")
		r.click(ana, thread, "Take it")
		r.home(ana, "Your chats (1)\n• Anna · Telegram / ")
		r.stop()
		r.start()
		r.until("resolve", func() bool { return ana.Click(r.ctx, thread, "Resolve") == nil })
		r.home(ana, "You have no chat.")
		if _, shown := ben.Home(); shown {
			t.Error("Ben has a home, and has never looked at it")
		}
		gus.OpenHome()
		r.home(gus, "Guests of the workspace do not see this.")
		r.command(gus, "find anna", "Guests of the workspace do not see this.")
		r.command(ana, "find Nobody", `begins with "Nobody"`)
		r.command(ana, "whatever", `/patchbay does not know "whatever".`)
		r.command(ana, "", "/patchbay queue: ")
		r.command(ana, "off", "You are away.")
		r.command(ana, "on", "You are back. Nobody waits.")
	})
}

// Ensure that an app without a Home tab costs one line in the log and nothing else, and that a home that Slack did not take at
// first is shown soon.
func TestHome_refused(t *testing.T) {
	bothWays(t, "", func(t *testing.T, r *rig) {
		ana, ben := r.ana(), r.ben()
		r.Slack.Break(slacktest.Fault{Method: "views.publish", Status: 503})
		ana.OpenHome()
		r.home(ana, "Nobody waits.")
		r.Slack.Break(slacktest.Fault{Method: "views.publish", Error: "not_enabled", Times: -1})
		ben.OpenHome()
		r.until("the refusal", func() bool { return r.Slack.Calls("views.publish") >= 3 })
		thread := r.person()
		r.click(ana, thread, "Take it")
		r.card(thread, "Taken by Ana")
		r.command(ana, "mine", "You have 1 chat")
		if lines := r.logs.with("agents have no home"); len(lines) != 1 || !strings.Contains(lines[0], "Home tab") {
			t.Errorf("the log says %q, want one line that tells what to do", lines)
		}
	})
}
