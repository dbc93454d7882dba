package slackdesk_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"patchbay/handover"
	"patchbay/handover/slackdesk"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models"
)

const opsChannel = "C0OPS000001"

// outage is an outage of the default bot.
func outage(change ...func(*handover.Incident)) handover.Incident {
	i := handover.Incident{
		ID: "i1", Place: slacktest.Support, Cause: models.CauseError, Error: "bot answered 503", Chats: 5,
		Since: time.Unix(1793900000, 0), Waiting: 496,
	}
	for _, fn := range change {
		fn(&i)
	}
	return i
}

func back(i *handover.Incident) { i.Until = time.Unix(1793901800, 0) }

// Ensure that an outage is one post that tells what is needed, fits into Slack's limits, and is written anew in its place.
func TestReport(t *testing.T) {
	ana := models.Person{ID: slacktest.Ana, Name: "Ana"}
	tests := []struct {
		name   string
		i      handover.Incident
		button bool
	}{
		{"begins", outage(func(i *handover.Incident) { i.Waiting = 1 }), true},
		{"out", outage(), true},
		{"nobody_waits", outage(func(i *handover.Incident) { i.Waiting = 0 }), false},
		{"named", outage(func(i *handover.Incident) {
			i.Bot, i.Cause, i.Error = "assistant", models.CauseTimeout, "no answer within <20s> & "+strings.Repeat("more ", 200)
		}), true},
		{"being_handed_over", outage(func(i *handover.Incident) { i.Going, i.Handed, i.By = 480, 8, ana }), true},
		{"all_being_handed_over", outage(func(i *handover.Incident) { i.Going, i.Handed, i.By = 496, 0, ana }), false},
		{"back", outage(back), false},
		{"back_with_old_ones", outage(back, func(i *handover.Incident) { i.Old, i.Waiting = 120, 130 }), true},
		{"over", outage(back, func(i *handover.Incident) { i.Waiting, i.Handed, i.By, i.Done = 0, 120, ana, true }), false},
		{"over_by_itself", outage(back, func(i *handover.Incident) { i.Waiting, i.Handed, i.Done = 0, 3, true }), false},
		{"left", outage(back, func(i *handover.Incident) { i.Waiting, i.Old, i.Done = 1, 1, true }), false},
	}
	w := start(t, slacktest.Options{Unpaced: true}, nil)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			post, err := w.desk.Report(t.Context(), "", test.i)
			if err != nil {
				t.Fatalf("Report() = %v", err)
			}
			made, _ := w.slack.Thread(post)
			compare(t, "incidents/"+test.name, made.Root)
			again, err := w.desk.Report(t.Context(), post, test.i)
			if err != nil || again != post {
				t.Fatalf("Report(%s) = %s, %v", post, again, err)
			}
			shown, _ := w.slack.Thread(post)
			compare(t, "incidents/"+test.name, shown.Root)
			if got := len(shown.Root.Buttons) == 1; got != test.button {
				t.Errorf("buttons: %+v, want one: %v", shown.Root.Buttons, test.button)
			}
			for _, b := range shown.Root.Buttons {
				if b.Value != "pb1:i1" || b.Title != "Hand all over" {
					t.Errorf("button %q carries %q", b.Title, b.Value)
				}
			}
		})
	}
}

// Ensure that the post goes where it is said, else to the operator's channel, else to the desk's.
func TestReportPlace(t *testing.T) {
	for name, test := range map[string]struct{ ops, place, want string }{
		"said":     {opsChannel, slacktest.Support, slacktest.Support},
		"operator": {opsChannel, "", opsChannel},
		"desk":     {"", "", slacktest.Support},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, slacktest.Options{Unpaced: true}, func(c *slackdesk.Config, _ *slackdesk.Deps) { c.OpsChannel = test.ops })
			w.slack.AddChannel(slacktest.Channel{ID: opsChannel, Name: "ops"})
			post, err := w.desk.Report(t.Context(), "", outage(func(i *handover.Incident) { i.Place = test.place }))
			if err != nil || !strings.HasPrefix(post, test.want+"/") {
				t.Errorf("Report() = %s, %v; want it in %s", post, err, test.want)
			}
		})
	}
}

// Ensure that a post that somebody deleted is gone, and that what is no post is refused.
func TestReportGone(t *testing.T) {
	w := start(t, slacktest.Options{Unpaced: true}, nil)
	post, err := w.desk.Report(t.Context(), "", outage())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.slack.Agent(slacktest.Ana).Delete(t.Context(), post); err != nil {
		t.Fatal(err)
	}
	for where, want := range map[string]handover.DeskErrorKind{post: handover.DeskGone, "C0SUPPORT1": handover.DeskRejected, "x": handover.DeskRejected} {
		_, err := w.desk.Report(t.Context(), where, outage())
		if e, ok := errors.AsType[*handover.DeskError](err); !ok || e.Kind != want {
			t.Errorf("Report(%s) = %v, want kind %d", where, err, want)
		}
	}
}

// Ensure that a click on Hand all over names the incident and the channel, by socket and by HTTP, and that one on another
// installation's post means nothing here.
func TestHandAllClick(t *testing.T) {
	for name, socket := range map[string]bool{"socket": true, "http": false} {
		t.Run(name, func(t *testing.T) {
			ctx := soon(t)
			w := start(t, slacktest.Options{Unpaced: true, Socket: socket}, nil)
			w.slack.AddMember(slacktest.Member{ID: "U0GUEST001", Name: "Gil", Guest: true})
			actions := w.deliver(ctx, t)
			deps := w.deps
			deps.Install = "pb2"
			foreign, err := slackdesk.New(w.conf, deps)
			if err != nil {
				t.Fatal(err)
			}
			if err := foreign.Setup(ctx); err != nil {
				t.Fatal(err)
			}
			theirs, err := foreign.Report(ctx, "", outage())
			if err != nil {
				t.Fatal(err)
			}
			ours, err := w.desk.Report(ctx, "", outage())
			if err != nil {
				t.Fatal(err)
			}
			for _, click := range []struct{ agent, post string }{{slacktest.Ana, theirs}, {slacktest.Ana, ours}, {"U0GUEST001", ours}} {
				if err := w.slack.Agent(click.agent).Click(ctx, click.post, "Hand all over"); err != nil {
					t.Fatalf("click: %v", err)
				}
			}
			for _, want := range []struct{ agent, refusal string }{{slacktest.Ana, ""}, {"U0GUEST001", "guest"}} {
				a := actions.next(ctx, t)
				if a.Kind != handover.HandAll || a.Incident != "i1" || a.Handover != "" || a.Thread != slacktest.Support ||
					a.Person.ID != want.agent || a.Refusal != want.refusal {
					t.Errorf("the click of %s is %+v", want.agent, a)
				}
			}
		})
	}
}

// Ensure that the post of an outage is found by its metadata, wherever it was put, and that one of another outage, of another
// installation, or from before is not.
func TestFindReport(t *testing.T) {
	for name, ops := range map[string]string{"desk": "", "operator": opsChannel} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			w := start(t, slacktest.Options{Unpaced: true}, func(c *slackdesk.Config, _ *slackdesk.Deps) { c.OpsChannel = ops })
			w.slack.AddChannel(slacktest.Channel{ID: opsChannel, Name: "ops"})
			now := time.Now()
			of := func(id string, since time.Time) handover.Incident {
				return outage(func(i *handover.Incident) { i.ID, i.Place, i.Since = id, "", since })
			}
			deps := w.deps
			deps.Install = "pb2"
			foreign, err := slackdesk.New(w.conf, deps)
			if err != nil {
				t.Fatal(err)
			}
			if err := foreign.Setup(ctx); err != nil {
				t.Fatal(err)
			}
			if _, err := foreign.Report(ctx, "", of("i1", now)); err != nil {
				t.Fatal(err)
			}
			if got, err := w.desk.FindReport(ctx, of("i1", now)); got != "" || err != nil {
				t.Errorf("FindReport before the post = %q, %v, want none", got, err)
			}
			post, err := w.desk.Report(ctx, "", of("i1", now))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.desk.Report(ctx, "", of("i2", now)); err != nil {
				t.Fatal(err)
			}
			for _, tt := range []struct {
				i    handover.Incident
				want string
			}{{of("i1", now), post}, {of("i3", now), ""}, {of("i1", now.Add(time.Hour)), ""}} {
				if got, err := w.desk.FindReport(ctx, tt.i); got != tt.want || err != nil {
					t.Errorf("FindReport(%s since %v) = %q, %v, want %q", tt.i.ID, tt.i.Since, got, err, tt.want)
				}
			}
		})
	}
}
