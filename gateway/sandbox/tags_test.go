package sandbox_test

import (
	"strings"
	"testing"

	"patchbay/handover/slackdesk/slacktest"
)

// Ensure that agents tag a customer by the card and by a message's menu, two at once and after a restart, that tags are offered to
// others, and that rules of where chats open see them.
func TestTags(t *testing.T) {
	both(t, desk(`routes = [{ tag = "vip", to = "`+billing+`" }]`), func(r *rig) {
		r.Slack.AddChannel(slacktest.Channel{ID: billing, Name: "billing"})
		ana, ben := r.ana(), r.ben()
		thread := r.person()
		tag := func(a *slacktest.Agent, chosen, more string) {
			t.Helper()
			r.ok(a.Enter(r.ctx, "Tags of this customer", chosen))
			r.ok(a.Enter(r.ctx, "A new one", more))
			r.ok(a.Submit(r.ctx))
		}
		r.click(ana, thread, "Tags")
		r.click(ben, thread, "Tags")
		compareForm(t, "tags", r.form(ana, "Tags"))
		r.form(ben, "Tags")
		r.ok(ana.Enter(r.ctx, "A new one", strings.Repeat("x", 41)))
		if err := ana.Submit(r.ctx); err == nil || !strings.Contains(err.Error(), "at most 40 characters") {
			t.Fatalf("a tag that is too long: %v", err)
		}
		tag(ana, "", "Late payer")
		r.card(thread, "Tags: late payer")
		tag(ben, "vip", "")
		r.card(thread, "Tags: late payer, vip") // Ben's form did not show Ana's, and leaves it

		r.stop()
		r.start()
		r.until("the form is asked for", func() bool { return ana.Shortcut(r.ctx, thread, "patchbay_tag_customer") == nil })
		f := r.form(ana, "Tags")
		if f.Fields[0].Value != "late payer,vip" {
			t.Errorf("the form begins with %q, want both tags", f.Fields[0].Value)
		}
		tag(ana, "vip", "")
		r.card(thread, "Tags: vip")
		r.click(ana, thread, "Resolve")
		r.card(thread, "Resolved by Ana")

		second := r.personOnWhatsApp()
		r.click(ben, second, "Tags")
		if f := r.form(ben, "Tags"); strings.Join(f.Fields[0].Options, ",") != "vip,late payer" || f.Fields[0].Value != "" {
			t.Errorf("another customer's form offers %q and begins with %q", f.Fields[0].Options, f.Fields[0].Value)
		}
		tag(ben, "vip", "")
		r.card(second, "Tags: vip")
		r.click(ben, second, "Block the customer")
		r.card(second, "because Ben blocked the customer")
	})
}

// Ensure that a tagged customer's next thread opens where the rules say.
func TestTags_routes(t *testing.T) {
	o := desk(`routes = [{ tag = "vip", to = "` + billing + `" }]`)
	o.Sections["handover"] = `reopen = "0s"`
	both(t, o, func(r *rig) {
		r.Slack.AddChannel(slacktest.Channel{ID: billing, Name: "billing"})
		thread := r.person()
		r.click(r.ana(), thread, "Tags")
		r.form(r.ana(), "Tags")
		r.ok(r.ana().Enter(r.ctx, "A new one", "VIP"))
		r.ok(r.ana().Submit(r.ctx))
		r.card(thread, "Tags: vip")
		r.click(r.ana(), thread, "Resolve")
		r.card(thread, "Resolved by Ana")
		r.write(r.anna(), "I want to talk to a person")
		threads, err := r.Slack.WaitThreads(r.ctx, billing, 1)
		r.ok(err)
		r.card(threads[0].ID, "Here because of tag vip")
	})
}
