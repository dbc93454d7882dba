package sandbox_test

import (
	"strings"
	"testing"

	"patchbay/handover/slackdesk/slacktest"
)

const hadLast = "you had this customer last. Can you take this chat?"

// Ensure that a customer who comes back is brought to who had him last, in the first line of the new thread, that the chat waits
// all the same, and that the ladder reminds him first.
func TestReturning(t *testing.T) {
	o := desk(`ladder = [{ after = "2s", do = "remind" }, { after = "1h", do = "promise" }]`)
	o.Sections["handover"] = `reopen = "0s"`
	both(t, o, func(r *rig) {
		thread := r.person()
		r.reply(r.ana(), thread, "Done.")
		r.reads(r.anna(), "Done.")
		r.click(r.ana(), thread, "Resolve")
		r.card(thread, "Resolved by Ana")

		second := r.person()
		line := r.posted(second, "@Ana "+hadLast)
		r.card(second, "Waiting for an agent")
		if lines := r.lines(second); len(lines) < 2 || !strings.Contains(lines[1], hadLast) {
			t.Errorf("the thread reads %q, want Ana called in its first line", lines)
		}
		r.posted(second, "@Ana nobody has taken this chat yet. You had this customer last: can you?")
		r.stop()
		r.start()
		r.until("the button works", func() bool { return r.ben().Click(r.ctx, line.ID, "Take it") == nil })
		r.card(second, "Taken by Ben")
		r.click(r.ben(), second, "Resolve")
		r.card(second, "Resolved by Ben")

		third := r.person()
		r.posted(third, "@Ben "+hadLast)
		r.click(r.ana(), third, "Take it")
		r.click(r.ben(), third, "Take it")
		r.card(third, "Taken by Ben")
	})
}

// Ensure that nobody is called who is not about, and that the config can leave it out.
func TestReturning_gone(t *testing.T) {
	for name, test := range map[string]struct{ desk, person string }{"idle": {"", slacktest.Ana}, "never": {`returning = "0s"`, ""}} {
		t.Run(name, func(t *testing.T) {
			o := desk(test.desk)
			o.Sections["handover"] = `reopen = "0s"`
			both(t, o, func(r *rig) {
				if test.person != "" {
					r.Slack.AddMember(slacktest.Member{ID: slacktest.Ana, Name: "ana", RealName: "Ana Silva", DisplayName: "Ana", Idle: true})
				}
				thread := r.person()
				r.click(r.ana(), thread, "Take it")
				r.card(thread, "Taken by Ana")
				r.click(r.ana(), thread, "Resolve")
				r.card(thread, "Resolved by Ana")
				second := r.person()
				r.write(r.anna(), "#more")
				r.posted(second, "#more") // behind what would have called her
				for _, line := range r.lines(second) {
					if strings.Contains(line, "had this customer last") {
						t.Errorf("the thread reads %q", line)
					}
				}
			})
		})
	}
}
