package sandbox_test

import (
	"strings"
	"testing"

	"patchbay/handover/slackdesk/slacktest"
)

// Ensure that a whole day in one chat makes one post a thing and no other: the card and the talk once, a line for each message
// of the customer, for each claim and each end; that all else is an edit in place; and that nobody is called by all.
func TestNoise(t *testing.T) {
	inBothModes(t, standardReplies(t), func(t *testing.T, r *rig) {
		anna, ana := r.anna(), r.ana()
		thread := r.person() // the talk
		r.click(ana, thread, "Take it")
		r.posted(thread, "has this chat.")
		r.click(ana, thread, "Take it") // again: nothing
		first := r.write(anna, "#one <!channel> https://example.com")
		r.posted(thread, "#one")
		r.ok(anna.Edit(r.ctx, first, "#one more"))
		r.posted(thread, "#one more")
		mine := r.reply(ana, thread, "Hello Anna.")
		r.reads(anna, "Hello Anna.")
		r.ok(ana.Edit(r.ctx, mine, "Hello again, Anna."))
		r.reads(anna, "Hello again, Anna.")
		r.reply(ana, thread, "// a note")
		r.reply(ana, thread, "!hello")
		r.posted(thread, "The canned reply reads:")
		r.write(anna, "#two")
		r.posted(thread, "#two")
		r.click(ana, thread, "Resolve")
		r.posted(thread, "resolved this chat.")
		r.card(thread, "Resolved by Ana")
		r.ok(r.Slack.Delivered(r.ctx))

		if n := len(r.Slack.Threads(slacktest.Support)); n != 1 {
			t.Errorf("%d posts stand at the top of the channel, want the card alone", n)
		}
		whole, _ := r.Slack.Thread(thread)
		var ours []string
		lines := 0
		for _, p := range whole.Posts() {
			if !p.Bot {
				continue
			}
			ours = append(ours, p.Plain())
			raw := p.Text + string(p.Blocks)
			for _, call := range []string{"<!channel", "<!here", "<!everyone"} {
				if strings.Contains(raw, call) {
					t.Errorf("a post calls everybody: %q", p.Plain())
				}
			}
			if p.Broadcast {
				t.Errorf("a post of a chat that is held stands in the channel too: %q", p.Plain())
			}
		}
		for _, once := range []string{"has this chat.", "#one", "#two", "The canned reply reads:", "resolved this chat."} {
			n := 0
			for _, post := range ours {
				if strings.Contains(post, once) { // an edited line has its first words beside the new ones
					n++
				}
			}
			if n != 1 {
				t.Errorf("%q stands in %d posts of the thread, want one: %q", once, n, ours)
			}
			lines++
		}
		if most := 2 + lines; len(ours) > most {
			t.Errorf("the thread has %d posts of ours, want %d at most: %q", len(ours), most, ours)
		}
	})
}
