package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"patchbay/gateway/sandbox"
	"patchbay/handover/slackdesk/slacktest"
)

// uses has an agent use the command of the desk in its channel.
func (r *rig) uses(a *slacktest.Agent, text string) {
	r.t.Helper()
	r.until("/patchbay "+text, func() bool { // as soon as the gateway is connected
		_, err := a.Command(r.ctx, slacktest.Support, "/patchbay", text)
		return err == nil
	})
}

// Ensure that an agent who goes away gives all chats back with one click, that each channel is told in one post, each customer
// once, and that a restart and further clicks change nothing.
func TestAway_passAll(t *testing.T) {
	both(t, sandbox.Options{}, func(r *rig) {
		ana, ben, anna, luis := r.ana(), r.ben(), r.anna(), r.luis()
		first := r.person()
		r.reply(ana, first, "One moment.")
		r.lastReads(anna, "Ana\nOne moment.")
		second := r.personOnWhatsApp()
		r.click(ana, second, "Take it")
		r.card(first, "Taken by Ana")
		r.card(second, "Taken by Ana")

		r.uses(ana, "off")
		w := r.whisper(ana, "You are away. You have 2 chats")
		r.stop()
		r.start()
		r.until("the button works", func() bool { return ana.ClickWhisper(r.ctx, w, "Pass all to the team") == nil })
		r.whisper(ana, "Your 2 chats wait for the team")
		r.card(first, "Waiting for an agent")
		r.card(second, "Waiting for an agent")
		r.reads(anna, "Ana is bringing in a colleague. Keep writing here, they see everything.")
		var posts []slacktest.Post
		given := func() bool {
			posts = nil
			for _, p := range r.Slack.Top(slacktest.Support) {
				if strings.Contains(p.Shown(), "Ana gave back") {
					posts = append(posts, p)
				}
			}
			return len(posts) > 0
		}
		r.until("the team is told", given)
		if text := posts[0].Shown(); !strings.Contains(text, "Ana gave back 2 chats. Anyone can take them.") || !strings.Contains(text, "|Anna>") || !strings.Contains(text, "|Luis>") {
			t.Errorf("the team is told %q, want both chats with links", text)
		}
		r.uses(ana, "off")
		w = r.whisper(ana, "You are away. Chats are not brought to you")
		r.ok(ana.ClickWhisper(r.ctx, w, "I am back"))
		r.whisper(ana, "You are back. 2 chats wait.")
		r.click(ben, first, "Take it")
		r.click(ana, first, "Take it")
		r.card(first, "Taken by Ana")
		r.uses(ana, "on")
		r.until("Ana is told once more", func() bool { return strings.Contains(whispered(ana), "You are back. 1 chat waits.") })
		if given(); len(posts) != 1 {
			t.Errorf("the team is told %d times, want once", len(posts))
		}
		r.write(anna, "#here")
		r.posted(first, "#here")
		if n := strings.Count(strings.Join(anna.Read(), "\n"), "is bringing in a colleague"); n != 1 {
			t.Errorf("Anna reads %d times that a colleague comes, want once", n)
		}
		for _, text := range screen(luis) {
			if strings.Contains(text, "is bringing in a colleague") {
				t.Errorf("Luis, to whom nobody has written, reads %q", text)
			}
		}
	})
}

// whispered returns all that an agent was whispered.
func whispered(a *slacktest.Agent) string {
	var all []string
	for _, w := range a.Whispers() {
		all = append(all, w.Text)
	}
	return strings.Join(all, "\n")
}

// Ensure that the chats of an agent who is away stay his if he wants so, that a thread is told once when the customer writes,
// with a button that any of two can press, and that the ladder does not call him.
func TestAway_leave(t *testing.T) {
	o := desk(`ladder = [{ after = "30s", do = "dm", to = "` + slacktest.Ana + `" }, { after = "1h", do = "promise" }]`)
	both(t, o, func(r *rig) {
		ana, ben, anna := r.ana(), r.ben(), r.anna()
		thread := r.person()
		r.click(ana, thread, "Take it")
		r.card(thread, "Taken by Ana")
		direct := len(ana.Direct())
		r.uses(ana, "off")
		w := r.whisper(ana, "You have 1 chat:")
		r.ok(ana.ClickWhisper(r.ctx, w, "Leave them"))
		r.whisper(ana, "They stay yours.")
		r.stop()
		r.start()
		r.write(anna, "Are you there?")
		line := r.posted(thread, "Ana has this chat and is away. Anyone can take it.")
		r.write(anna, "#again")
		r.posted(thread, "#again")
		r.until("the button works", func() bool { return ben.Click(r.ctx, line.ID, "Take it") == nil })
		r.card(thread, "Taken by Ben")
		if n := strings.Count(strings.Join(r.lines(thread), "\n"), "is away. Anyone"); n != 1 {
			t.Errorf("the thread is told %d times that Ana is away, want once: %q", n, r.lines(thread))
		}
		second := r.personOnWhatsApp()
		r.clock.jump(30 * time.Second)
		r.posted(second, "Whoever is on call is away")
		if n := len(ana.Direct()); n != direct {
			t.Errorf("Ana gets %d direct messages while she is away", n-direct)
		}
	})
}

// Ensure that who is no agent cannot be away.
func TestAway_guest(t *testing.T) {
	both(t, sandbox.Options{}, func(r *rig) {
		r.Slack.AddMember(slacktest.Member{ID: "U0GUEST0001", Name: "gus", RealName: "Gus", DisplayName: "Gus", Guest: true})
		gus := r.Slack.Agent("U0GUEST0001")
		r.uses(gus, "off")
		r.until("Gus is refused", func() bool { return strings.Contains(whispered(gus), "uests of the workspace") })
	})
}

// Ensure that a team is told of the chats that it has again although Slack was away when they were given back, and the gateway
// was restarted before it came back.
func TestAway_outage(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
	ana, anna := r.ana(), r.anna()
	thread := r.person()
	r.reply(ana, thread, "One moment.")
	r.reads(anna, "One moment.")
	r.uses(ana, "off")
	w := r.whisper(ana, "You have 1 chat:")
	r.Slack.Outage(true)
	r.ok(ana.ClickWhisper(r.ctx, w, "Pass all to the team"))
	r.reads(anna, "Ana is bringing in a colleague.")
	r.stop()
	r.Slack.Outage(false)
	r.start()
	told := func() (n int) {
		for _, p := range r.Slack.Top(slacktest.Support) {
			n += strings.Count(p.Shown(), "Ana gave back 1 chat. Anyone can take it.")
		}
		return n
	}
	r.until("the team is told", func() bool { return told() > 0 })
	r.card(thread, "Waiting for an agent")
	r.click(r.ben(), thread, "Take it")
	r.card(thread, "Taken by Ben")
	if n := told(); n != 1 {
		t.Errorf("the team is told %d times, want once", n)
	}
}
