package slackdesk_test

import (
	"testing"
	"time"

	"patchbay/handover"
	"patchbay/handover/slackdesk"
	"patchbay/handover/slackdesk/slacktest"
)

// Ensure that a reply of somebody who is not in the channel is known as such, that who joins is let in soon, that Slack is
// not asked for each reply, and that nobody is kept out when it does not tell.
func TestMembers(t *testing.T) {
	const olga = "U0OUTSIDE01"
	now := time.Unix(1793900000, 0)
	w := start(t, slacktest.Options{Unpaced: true, Now: func() time.Time { return now }}, func(_ *slackdesk.Config, d *slackdesk.Deps) {
		d.Now = func() time.Time { return now }
	})
	w.slack.AddMember(slacktest.Member{ID: olga, Name: "olga", RealName: "Olga"})
	w.slack.AddChannel(slacktest.Channel{ID: slacktest.Support, Name: "support", Without: []string{olga}})
	ctx := soon(t)
	acts := w.deliver(ctx, t)
	thread := w.open(t)
	replies := func(id, refusal string) {
		t.Helper()
		if _, err := w.slack.Agent(id).Reply(ctx, thread, "hi"); err != nil {
			t.Fatal(err)
		}
		if a := acts.next(ctx, t); a.Kind != handover.Replied || a.Refusal != refusal {
			t.Errorf("the reply of %s is refused for %q, want %q", id, a.Refusal, refusal)
		}
	}
	replies(slacktest.Ana, "")
	replies(slacktest.Ben, "")
	if n := w.slack.Calls("conversations.members"); n != 1 {
		t.Errorf("Slack is asked %d times for two members, want once", n)
	}
	now = now.Add(11 * time.Second)
	replies(olga, "outside")
	w.slack.AddChannel(slacktest.Channel{ID: slacktest.Support, Name: "support"})
	replies(olga, "outside")
	now = now.Add(11 * time.Second)
	replies(olga, "")
	w.slack.AddChannel(slacktest.Channel{ID: slacktest.Support, Name: "support", Without: []string{olga}})
	now = now.Add(11 * time.Minute)
	w.slack.Break(slacktest.Fault{Method: "conversations.members", Times: -1, Error: "missing_scope", Needed: "groups:read"})
	replies(olga, "")
	replies(slacktest.Ana, "")
	w.slack.Mend()
	now = now.Add(2 * time.Minute)
	replies(olga, "outside")
}
