package slackdesk_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"patchbay/handover"
	"patchbay/handover/slackdesk"
	"patchbay/handover/slackdesk/slacktest"
)

// nextAsk returns the next form that an agent asks for.
func (w *world) nextAsk(ctx context.Context, t *testing.T) handover.FormAsk {
	t.Helper()
	select {
	case ask := <-w.asked:
		return ask
	case <-ctx.Done():
		t.Fatal("no form was asked for")
		return handover.FormAsk{}
	}
}

// passing is a form with a field of each kind.
func passing() handover.Form {
	return handover.Form{
		Kind: handover.FormPass, Handover: "h1", Post: "C0SUPPORT1/1793900000.000100", Title: "Pass on", Text: "Who is to have it? <!channel>",
		Fields: []handover.Field{
			{ID: "to", Label: "A person", Kind: handover.FieldPerson, Optional: true},
			{ID: "team", Label: "A team", Kind: handover.FieldChoice, Live: true, Options: []handover.Option{
				{Value: "billing", Title: "Billing", Group: "Money"}, {Value: "sales", Title: "Sales", Group: "Money"}, {Value: "it", Title: "IT", Group: "Others"},
			}},
			{ID: "title", Label: "A title", Value: "Refund", Max: 20},
			{ID: "note", Label: "A note", Hint: "Stays in the thread.", Kind: handover.FieldLines, Optional: true, Value: "one\ntwo"},
		},
	}
}

// Ensure that a form is asked for by a click, shown, changed while it is open, and comes back with what was entered, over HTTP
// and over the socket.
func TestForms(t *testing.T) {
	for _, opts := range []slacktest.Options{{}, {Socket: true}} {
		t.Run(fmt.Sprint("socket ", opts.Socket), func(t *testing.T) {
			w := start(t, opts, nil)
			ctx := soon(t)
			acts := w.deliver(ctx, t)
			ana := w.slack.Agent(slacktest.Ana)
			thread := w.open(t)
			if err := ana.Click(ctx, thread, "Pass on"); err != nil {
				t.Fatal(err)
			}
			ask := w.nextAsk(ctx, t)
			if ask.Kind != handover.FormPass || ask.Handover != "h1" || ask.Thread != thread || ask.Person.ID != slacktest.Ana || ask.Refusal != "" || ask.Trigger == "" {
				t.Fatalf("the click asks for %+v", ask)
			}
			if err := w.desk.OpenForm(ctx, ask.Trigger, passing()); err != nil {
				t.Fatalf("OpenForm() = %v", err)
			}
			if err := w.desk.OpenForm(ctx, ask.Trigger, passing()); err != nil {
				t.Errorf("OpenForm() again = %v, want nil: the form is open", err)
			}
			f, ok := ana.Form()
			if !ok || f.Title != "Pass on" || f.Submit != "Send" || f.Text != "Who is to have it? <!channel>" || len(f.Fields) != 4 {
				t.Fatalf("the form is %+v, %v", f, ok)
			}
			if f.Fields[2].Value != "Refund" || f.Fields[3].Value != "one\ntwo" || f.Fields[3].Hint != "Stays in the thread." {
				t.Errorf("the fields begin with %+v", f.Fields)
			}
			if err := ana.Submit(ctx); err == nil {
				t.Error("the form was sent without a team")
			}
			if err := ana.Enter(ctx, "A person", slacktest.Ben); err != nil {
				t.Fatal(err)
			}
			if err := ana.Enter(ctx, "A team", "Sales"); err != nil {
				t.Fatal(err)
			}
			change := w.nextAsk(ctx, t)
			want := map[string]string{"to": slacktest.Ben, "team": "sales", "title": "Refund", "note": "one\ntwo"}
			if change.View != f.ID || change.Kind != handover.FormPass || change.Handover != "h1" || change.Trigger != "" || !maps.Equal(change.Values, want) {
				t.Errorf("the change asks for %+v, want values %v", change, want)
			}
			second := passing()
			second.Text, second.Fields[2].Value, second.Fields[3].Value, second.Fields[3].Fresh = "Sales has it.", "Other", "three", "sales"
			if err := w.desk.ChangeForm(ctx, change.View, second); err != nil {
				t.Fatalf("ChangeForm() = %v", err)
			}
			if f, _ = ana.Form(); f.Text != "Sales has it." || f.Fields[2].Value != "Refund" || f.Fields[3].Value != "three" {
				t.Errorf("the changed form is %+v; want the title kept, the note new", f)
			}
			if e, ok := errors.AsType[slacktest.FormError](ana.Submit(ctx)); !ok || e["A person"] != "Choose a person or a team, not both." {
				t.Fatalf("a form with a person and a team: %v", e)
			}
			if err := ana.Enter(ctx, "A person", ""); err != nil {
				t.Fatal(err)
			}
			if err := ana.Submit(ctx); err != nil {
				t.Fatal(err)
			}
			a := acts.next(ctx, t)
			want["note"] = "three"
			delete(want, "to")
			if a.Kind != handover.Passed || a.Handover != "h1" || a.Post != passing().Post || a.Person.ID != slacktest.Ana || !maps.Equal(a.Values, want) {
				t.Errorf("the form brings %+v, want values %v", a, want)
			}
			if _, ok := ana.Form(); ok {
				t.Error("the form is still open")
			}
			if err := w.desk.ChangeForm(ctx, f.ID, second); err != nil {
				t.Errorf("ChangeForm() of a closed form = %v, want nil", err)
			}
		})
	}
}

// Ensure that a form of another installation brings nothing, and that it is told of one that was closed.
func TestFormsOfOthers(t *testing.T) {
	w := start(t, slacktest.Options{}, nil)
	ctx := soon(t)
	acts := w.deliver(ctx, t)
	deps := w.deps
	deps.Install = "pb2"
	other, err := slackdesk.New(w.conf, deps)
	if err != nil {
		t.Fatal(err)
	}
	ana := w.slack.Agent(slacktest.Ana)
	thread := w.open(t)
	form := passing()
	form.Kind, form.Fields = handover.FormResolve, form.Fields[2:]
	for _, step := range []struct {
		by *slackdesk.Desk
		do func(context.Context) error
	}{{other, ana.Submit}, {w.desk, ana.CloseForm}, {w.desk, ana.Submit}} {
		if err := ana.Click(ctx, thread, "Pass on"); err != nil {
			t.Fatal(err)
		}
		if err := step.by.OpenForm(ctx, w.nextAsk(ctx, t).Trigger, form); err != nil {
			t.Fatal(err)
		}
		if err := step.do(ctx); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []handover.ActionKind{handover.Skipped, handover.Noted} {
		if a := acts.next(ctx, t); a.Kind != want || a.Handover != "h1" || a.Person.ID != slacktest.Ana {
			t.Errorf("came %s, want %s: the form that was closed, and the one that was sent", told([]handover.Action{a}), want)
		}
	}
	select {
	case a := <-acts:
		t.Errorf("and then came %s, want nothing", told([]handover.Action{a}))
	default:
	}
}

// Ensure that message shortcuts act on the thread of the message, and that somebody who is no agent is known as such.
func TestShortcuts(t *testing.T) {
	for _, opts := range []slacktest.Options{{}, {Socket: true}} {
		t.Run(fmt.Sprint("socket ", opts.Socket), func(t *testing.T) {
			w := start(t, opts, nil)
			w.slack.AddMember(slacktest.Member{ID: "U0GUEST0001", Name: "gus", RealName: "Gus", Guest: true})
			ctx := soon(t)
			acts := w.deliver(ctx, t)
			ana, gus := w.slack.Agent(slacktest.Ana), w.slack.Agent("U0GUEST0001")
			thread := w.open(t)
			post, err := ana.Reply(ctx, thread, "hi")
			if err != nil {
				t.Fatal(err)
			}
			acts.next(ctx, t)
			if err := ana.Shortcut(ctx, post, "patchbay_take_chat"); err != nil {
				t.Fatal(err)
			}
			if a := acts.next(ctx, t); a.Kind != handover.Claimed || a.Thread != thread || a.Post != post || !a.Shortcut || a.Person.ID != slacktest.Ana {
				t.Errorf("the shortcut is %s", told([]handover.Action{a}))
			}
			if err := gus.Shortcut(ctx, thread, "patchbay_pass_chat"); err != nil {
				t.Fatal(err)
			}
			if ask := w.nextAsk(ctx, t); ask.Kind != handover.FormPass || ask.Thread != thread || ask.Refusal != "guest" {
				t.Errorf("the shortcut of a guest asks for %+v", ask)
			}
			if err := ana.Shortcut(ctx, thread, "another_apps"); err != nil {
				t.Fatal(err)
			}
			select {
			case a := <-acts:
				t.Errorf("and then came %s, want nothing", told([]handover.Action{a}))
			default:
			}
		})
	}
}

// Ensure that a form that Slack would not take is refused, and that a trigger which is too old is told.
func TestFormRefused(t *testing.T) {
	now := time.Now()
	w := start(t, slacktest.Options{Now: func() time.Time { return now }}, nil)
	ctx := soon(t)
	w.deliver(ctx, t)
	ana := w.slack.Agent(slacktest.Ana)
	thread := w.open(t)
	tests := []struct {
		name   string
		change func(*handover.Form)
		want   bool
	}{
		{"as it is", func(*handover.Form) {}, true},
		{"everything too long", func(f *handover.Form) {
			f.Title, f.Submit, f.Text = strings.Repeat("t", 200), strings.Repeat("s", 200), strings.Repeat("x & y\n", 3000)
			for i := range f.Fields {
				f.Fields[i].Label, f.Fields[i].Hint = strings.Repeat("l", 5000), strings.Repeat("h", 5000)
			}
			f.Fields[3].Value = strings.Repeat("v", 9000)
			f.Fields[1].Options[0].Title = strings.Repeat("o", 200)
		}, true},
		{"no title", func(f *handover.Form) { f.Title = "" }, false},
		{"no label", func(f *handover.Form) { f.Fields[0].Label = " " }, false},
		{"no options", func(f *handover.Form) { f.Fields[1].Options = nil }, false},
		{"101 options", func(f *handover.Form) {
			f.Fields[1].Options = nil
			for i := range 101 {
				f.Fields[1].Options = append(f.Fields[1].Options, handover.Option{Value: fmt.Sprint(i), Title: fmt.Sprint(i)})
			}
		}, false},
		{"200 options in two groups", func(f *handover.Form) {
			f.Fields[1].Options = nil
			for i := range 200 {
				f.Fields[1].Options = append(f.Fields[1].Options, handover.Option{Value: fmt.Sprint(i), Title: fmt.Sprint(i), Group: fmt.Sprint("g", i/100)})
			}
		}, true},
		{"100 fields", func(f *handover.Form) {
			for i := range 100 {
				f.Fields = append(f.Fields, handover.Field{ID: fmt.Sprint("f", i), Label: "more"})
			}
		}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := ana.Click(ctx, thread, "Pass on"); err != nil {
				t.Fatal(err)
			}
			f := passing()
			test.change(&f)
			err := w.desk.OpenForm(ctx, w.nextAsk(ctx, t).Trigger, f)
			if test.want && err != nil || !test.want && kindOf(t, err) != handover.DeskRejected {
				t.Errorf("OpenForm() = %v, want it taken: %v", err, test.want)
			}
		})
	}
	if err := ana.Click(ctx, thread, "Pass on"); err != nil {
		t.Fatal(err)
	}
	ask := w.nextAsk(ctx, t)
	now = now.Add(4 * time.Second)
	if err := w.desk.OpenForm(ctx, ask.Trigger, passing()); kindOf(t, err) != handover.DeskRejected || !strings.Contains(err.Error(), "expired_trigger_id") {
		t.Errorf("OpenForm() after four seconds = %v, want expired_trigger_id", err)
	}
	if e, ok := errors.AsType[*handover.DeskError](w.desk.OpenForm(ctx, "made-up", passing())); !ok || e.Kind != handover.DeskRejected {
		t.Errorf("OpenForm() with a made-up trigger = %v", e)
	}
}
