package slackdesk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"patchbay/handover"
	"patchbay/handover/slackdesk"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models"
)

// long draws texts of all lengths, with what Slack escapes and what takes two units.
func long(most int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		part := rapid.SampledFrom([]string{"a", "<&>", "😀", "*_~`", "\n", "<!channel>", "ü ", "日本", rapid.String().Draw(t, "any")}).Draw(t, "part")
		return strings.Repeat(part, rapid.IntRange(0, most/max(len(part), 1)).Draw(t, "times"))
	})
}

// Ensure that Slack takes every card, whatever customers, bots and shops say: the stand-in refuses blocks as Slack does.
func TestBlocks_cards(t *testing.T) {
	w := start(t, slacktest.Options{Unpaced: true}, func(c *slackdesk.Config, _ *slackdesk.Deps) { c.Replies = "replies" })
	thread := w.open(t)
	states := []models.HandoverState{
		models.HandoverWaiting, models.HandoverClaimed, models.HandoverResolved, models.HandoverBack, models.HandoverGaveUp,
		models.HandoverPromised, models.HandoverQuiet, models.HandoverPassed, models.HandoverBlocked,
	}
	rapid.Check(t, func(rt *rapid.T) {
		c := luis()
		c.State = rapid.SampledFrom(states).Draw(rt, "state")
		c.Contact.Name, c.Platform = long(5000).Draw(rt, "name"), long(200).Draw(rt, "platform")
		c.Contact.Fields = rapid.MapOfN(long(100), long(500), 0, 30).Draw(rt, "fields")
		c.Reason = models.Reason{
			Cause: models.CauseFallback, Asked: long(8000).Draw(rt, "asked"), Answered: long(8000).Draw(rt, "answered"),
			Error: long(1000).Draw(rt, "error"), Told: long(1000).Draw(rt, "told"), Summary: long(8000).Draw(rt, "summary"),
		}
		c.Agent = models.Person{ID: "U1", Name: long(500).Draw(rt, "agent")}
		c.Details = models.Details{Team: long(200).Draw(rt, "team"), Category: long(200).Draw(rt, "category"), Note: long(5000).Draw(rt, "note"), Rating: 3, Scale: 5, Because: long(500).Draw(rt, "because"), Skipped: true}
		c.Reopened, c.Blocked = rapid.IntRange(0, 3).Draw(rt, "reopened"), rapid.Bool().Draw(rt, "blocked")
		c.Muted = rapid.Bool().Draw(rt, "muted")
		c.Tags = rapid.SliceOfN(long(200), 0, 40).Draw(rt, "tags")
		c.Window, c.Ended = time.Unix(1793990000, 0), time.Unix(1793900100, 0)
		if err := w.desk.Show(t.Context(), thread, c); err != nil {
			rt.Fatalf("Show() = %v", err)
		}
	})
}

// Ensure that Slack takes every form that is made from a folder of canned replies.
func TestBlocks_forms(t *testing.T) {
	w := start(t, slacktest.Options{Unpaced: true}, nil)
	ctx := soon(t)
	w.deliver(ctx, t)
	ana, thread := w.slack.Agent(slacktest.Ana), w.open(t)
	rapid.Check(t, func(rt *rapid.T) {
		if err := ana.Click(ctx, thread, "Pass on"); err != nil {
			rt.Fatal(err)
		}
		ask := w.nextAsk(ctx, t)
		menu := handover.Field{ID: handover.FieldCannedReply, Label: "Which one?", Kind: handover.FieldChoice, Live: true}
		groups := rapid.IntRange(1, 100).Draw(rt, "groups")
		each := rapid.IntRange(1, 3).Draw(rt, "each")
		for g := range groups {
			name := fmt.Sprint("group ", g, long(300).Draw(rt, "group"))
			for n := range each {
				menu.Options = append(menu.Options, handover.Option{
					Value: strings.Repeat("v", 140) + fmt.Sprint(g, n), Title: "T" + long(300).Draw(rt, "title"), Group: name,
				})
			}
		}
		f := handover.Form{Kind: handover.FormCanned, Handover: "h1", Title: "Canned reply", Text: long(9000).Draw(rt, "text"), Fields: []handover.Field{
			menu, {ID: handover.FieldCannedText, Label: "What the customer reads", Kind: handover.FieldLines, Value: long(9000).Draw(rt, "words"), Hint: long(4000).Draw(rt, "hint"), Fresh: menu.Options[0].Value},
		}}
		if err := w.desk.OpenForm(ctx, ask.Trigger, f); err != nil {
			rt.Fatalf("OpenForm() = %v", err)
		}
	})
}

// Ensure that the card of a desk with canned replies has their button.
func TestCard_cannedReplies(t *testing.T) {
	w := start(t, slacktest.Options{}, func(c *slackdesk.Config, _ *slackdesk.Deps) { c.Replies = "replies" })
	opened, _ := w.slack.Thread(w.open(t))
	compare(t, "cards/canned_replies", opened.Root)
}
