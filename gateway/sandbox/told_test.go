package sandbox_test

import (
	"strings"
	"testing"

	"patchbay/handover/slackdesk/slacktest"
)

// Ensure that whoever has a chat has a post in its thread that mentions him, or one of his own: only then does Slack tell him of
// each next line. A card that names him does not.
func TestHolderFollowsTheThread(t *testing.T) {
	inBothModes(t, standardReplies(t), func(t *testing.T, r *rig) {
		follows := func(thread, id string) int {
			n := 0
			at, _ := r.Slack.Thread(thread)
			for _, p := range at.Posts() {
				if p.Bot && strings.Contains(p.Text, "<@"+id+">") || p.User == id {
					n++
				}
			}
			return n
		}
		told := func(thread, id string) {
			t.Helper()
			r.until(id+" follows", func() bool { return follows(thread, id) > 0 })
		}
		anna, ana, ben := r.anna(), r.ana(), r.ben()
		thread := r.person()
		r.click(ana, thread, "Take it")
		told(thread, slacktest.Ana)
		r.click(ana, thread, "Pass on")
		r.form(ana, "Pass on")
		r.ok(ana.Enter(r.ctx, "A person", slacktest.Ben))
		r.ok(ana.Submit(r.ctx))
		told(thread, slacktest.Ben)

		second := r.personOnWhatsApp()
		r.click(ben, second, "Canned reply")
		r.form(ben, "Canned reply")
		r.ok(ben.Enter(r.ctx, "Which one?", "Hello"))
		r.until("the preview shows", func() bool {
			f, _ := ben.Form()
			return len(f.Fields) > 1 && strings.Contains(f.Fields[1].Value, "Luis")
		})
		r.ok(ben.Submit(r.ctx))
		r.card(second, "Taken by Ben")
		told(second, slacktest.Ben)
		r.write(anna, "thank you")
		r.posted(thread, "thank you")
		if n := follows(thread, slacktest.Ana) + follows(thread, slacktest.Ben); n > 4 {
			t.Errorf("%d posts mention them, want one for each thing: %q", n, r.lines(thread))
		}
	})
}
