package slackdesk_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"patchbay/handover"
	"patchbay/handover/slackdesk"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models"
)

// Ensure that what is about an agent himself is said where he asked, else in a message of his own, and that its buttons come
// back from there and are replaced by the answer, over HTTP and over the socket.
func TestWhisper_personal(t *testing.T) {
	for _, socket := range []bool{false, true} {
		t.Run(fmt.Sprint("socket ", socket), func(t *testing.T) {
			w := start(t, slacktest.Options{Socket: socket}, nil)
			w.slack.AddChannel(slacktest.Channel{ID: "C0OTHER001", Name: "other", Outside: true})
			ctx := soon(t)
			acts := w.deliver(ctx, t)
			ana := w.slack.Agent(slacktest.Ana)
			n := handover.NoticeAway(2)
			n.Post = "me"
			if err := w.desk.Whisper(ctx, slacktest.Support, slacktest.Ana, n); err != nil {
				t.Fatalf("Whisper() in a channel = %v", err)
			}
			said, err := ana.WaitWhisper(ctx, "You have 2 chats")
			if err != nil {
				t.Fatal(err)
			}
			if err := ana.ClickWhisper(ctx, said, "Pass all to the team"); err != nil {
				t.Fatal(err)
			}
			a := acts.next(ctx, t)
			if a.Kind != handover.PassedAll || a.Handover != "" || a.Thread != slacktest.Support || a.Post != "me" || a.Person.ID != slacktest.Ana || a.Refusal != "" {
				t.Errorf("the click is %+v", a)
			}
			answer := handover.NoticePassedAll(2)
			answer.Post = a.Post
			if err := w.desk.Whisper(ctx, a.Thread, slacktest.Ana, answer); err != nil {
				t.Fatal(err)
			}
			if all := ana.Whispers(); len(all) != 1 || all[0].Text != answer.Text || len(all[0].Buttons) != 0 {
				t.Errorf("whispers = %+v, want the answer alone, in the place of the question", all)
			}

			for _, where := range []string{"C0OTHER001", ""} {
				if err := w.desk.Whisper(ctx, where, slacktest.Ana, n); err != nil {
					t.Fatalf("Whisper() in %q = %v", where, err)
				}
				top := w.slack.Top("D" + slacktest.Ana)
				if len(top) == 0 || !strings.Contains(top[len(top)-1].Text, "You have 2 chats") {
					t.Fatalf("Ana's direct messages are %+v, want the question", top)
				}
				if err := ana.Click(ctx, top[len(top)-1].ID, "Leave them"); err != nil {
					t.Fatal(err)
				}
				if a := acts.next(ctx, t); a.Kind != handover.KeptAll || a.Thread != "" || a.Handover != "" || a.Person.ID != slacktest.Ana {
					t.Errorf("the click is %+v", a)
				}
			}
			if err := w.desk.Whisper(ctx, "C0OTHER001", slacktest.Ana, handover.Notice{Text: "no", Handover: "h1"}); err == nil {
				t.Error("what is about a chat was said outside of its channel")
			}
		})
	}
}

// Ensure that somebody is about who is active, may answer customers, and is in the thread's channel.
func TestAbout(t *testing.T) {
	w := start(t, slacktest.Options{Unpaced: true}, nil)
	thread := w.open(t)
	for _, m := range []slacktest.Member{
		{ID: "U0IDLE00001", Name: "ida", RealName: "Ida", Idle: true}, {ID: "U0GUEST0001", Name: "gus", RealName: "Gus", Guest: true},
		{ID: "U0OUTSIDE01", Name: "olga", RealName: "Olga"},
	} {
		w.slack.AddMember(m)
	}
	w.slack.AddChannel(slacktest.Channel{ID: slacktest.Support, Name: "support", Without: []string{"U0OUTSIDE01"}})
	for id, want := range map[string]bool{
		slacktest.Ana: true, "U0IDLE00001": false, "U0GUEST0001": false, "U0OUTSIDE01": false, slacktest.BotUser: false, "U0NOBODY001": false,
	} {
		if got, err := w.desk.About(t.Context(), thread, id); err != nil || got != want {
			t.Errorf("About(%s) = %v, %v; want %v", id, got, err, want)
		}
	}
	w.slack.Outage(true)
	if got, err := w.desk.About(t.Context(), thread, slacktest.Ana); err == nil || got {
		t.Errorf("About() = %v, %v while Slack is away, want an error", got, err)
	}
}

// Ensure that a line of ours can have a button, once, and that it means the chat of its thread.
func TestPost_choices(t *testing.T) {
	w := start(t, slacktest.Options{Unpaced: true}, nil)
	ctx := soon(t)
	acts := w.deliver(ctx, t)
	thread := w.open(t)
	take := []handover.Choice{{Title: "Take it", Kind: handover.Claimed}}
	line := func(text string) handover.PostLine {
		return handover.PostLine{Kind: models.Line, Author: models.BySystem, Mention: slacktest.Ana, Text: text, Choices: take}
	}
	id, err := w.desk.Post(ctx, thread, handover.Post{Handover: "h1", Lines: []handover.PostLine{line("you had this customer last."), line("and again.")}})
	if err != nil {
		t.Fatalf("Post() = %v", err)
	}
	if err := w.slack.Agent(slacktest.Ben).Click(ctx, id, "Take it"); err != nil {
		t.Fatal(err)
	}
	if a := acts.next(ctx, t); a.Kind != handover.Claimed || a.Handover != "h1" || a.Person.ID != slacktest.Ben {
		t.Errorf("the click is %+v, want Ben's claim of h1", a)
	}
	found, _ := w.slack.Thread(thread)
	posts := found.Posts()
	if i := slices.IndexFunc(posts, func(p slacktest.Post) bool { return p.ID == id }); i < 0 || len(posts[i].Buttons) != 1 {
		t.Fatalf("the thread is %+v, want one button in %s", posts, id)
	} else {
		compare(t, "posts/take_it", posts[i])
	}
	gone := line("you had this customer last.")
	gone.Deleted = true
	if err := w.desk.Edit(ctx, thread, id, handover.Post{Handover: "h1", Lines: []handover.PostLine{gone}}); err != nil {
		t.Fatal(err)
	}
	if err := w.slack.Agent(slacktest.Ben).Click(ctx, id, "Take it"); err == nil {
		t.Error("a line that is gone has its button still")
	}
}

// Ensure that a form with a menu of which several can be chosen begins with what is chosen, and comes back with all of it.
func TestForms_many(t *testing.T) {
	for _, socket := range []bool{false, true} {
		t.Run(fmt.Sprint("socket ", socket), func(t *testing.T) {
			w := start(t, slacktest.Options{Socket: socket}, nil)
			ctx := soon(t)
			acts := w.deliver(ctx, t)
			ana, thread := w.slack.Agent(slacktest.Ana), w.open(t)
			if err := ana.Click(ctx, thread, "Tags"); err != nil {
				t.Fatal(err)
			}
			ask := w.nextAsk(ctx, t)
			f := handover.Form{Kind: handover.FormTags, Handover: "h1", Post: handover.ShownTags([]string{"vip"}), Title: "Tags", Fields: []handover.Field{
				{ID: handover.FieldTags, Label: "Tags", Kind: handover.FieldMany, Optional: true, Value: "vip, new", Options: []handover.Option{
					{Value: "vip", Title: "vip"}, {Value: "late payer", Title: "late payer"}, {Value: "new", Title: "new"},
				}},
				{ID: handover.FieldTag, Label: "A new one", Optional: true},
			}}
			if ask.Kind != handover.FormTags {
				t.Fatalf("the click asks for %+v", ask)
			}
			if err := w.desk.OpenForm(ctx, ask.Trigger, f); err != nil {
				t.Fatalf("OpenForm() = %v", err)
			}
			if shown, _ := ana.Form(); shown.Fields[0].Value != "vip,new" {
				t.Fatalf("the form begins with %q", shown.Fields[0].Value)
			}
			if err := ana.Enter(ctx, "Tags", "late payer,new"); err != nil {
				t.Fatal(err)
			}
			if err := ana.Submit(ctx); err != nil {
				t.Fatal(err)
			}
			a := acts.next(ctx, t)
			if a.Kind != handover.Tagged || a.Post != f.Post || a.Values[handover.FieldTags] != "late payer,new" || len(a.Values) != 1 {
				t.Errorf("the form brings %+v", a)
			}
			broken := f
			broken.Fields = slices.Clone(f.Fields)
			broken.Fields[0].Options = []handover.Option{{Value: "a,b", Title: "two in one"}}
			if err := w.desk.OpenForm(ctx, ask.Trigger, broken); err == nil {
				t.Error("an option that is several was taken")
			}
		})
	}
}

// Ensure that the config says for how long customers are brought back.
func TestConfig_returning(t *testing.T) {
	long := func(text string) *models.Duration {
		var d models.Duration
		if err := d.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
		return &d
	}
	for _, tt := range []struct {
		text, want string
		fault      bool
	}{{"", "168h0m0s", false}, {"0s", "0s", false}, {"30d", "720h0m0s", false}, {"-1h", "", true}, {"400d", "", true}} {
		c := slackdesk.Config{}
		if tt.text != "" {
			c.Returning = long(tt.text)
		}
		fault := slices.ContainsFunc(c.Validate(), func(p slackdesk.Problem) bool { return p.Key == "returning" && !p.Warning })
		if got := c.Policy().Returning.String(); fault != tt.fault || !fault && got != tt.want {
			t.Errorf("returning = %q is %s, a fault: %v; want %s, %v", tt.text, got, fault, tt.want, tt.fault)
		}
	}
}
