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

// commanded says a command in words.
func commanded(c *handover.Command) string {
	if c == nil {
		return ""
	}
	text := fmt.Sprintf("%s %q in %s by %s (%s)", c.Name, c.Text, c.Place, c.Person.ID, c.Person.Name)
	if c.Refusal != "" {
		text += " refused as " + c.Refusal
	}
	if c.Reply != "" {
		text += " answerable"
	}
	return text
}

// chats are those of the golden lists.
func chats() (waiting, claimed, owed, bot handover.Listed) {
	at := time.Unix(1793900000, 0)
	waiting = handover.Listed{
		Chat: "1", Thread: slacktest.Support + "/1793900000.000100", Name: "Tom & <Jerry>", Channel: "WhatsApp / main", Since: at,
		State: models.HandoverWaiting, Choice: models.ChoiceWait,
	}
	claimed = handover.Listed{
		Chat: "2", Thread: slacktest.Support + "/1793900100.000100", Name: "Anna", Channel: "Telegram / support", Since: at, Last: at.Add(time.Minute),
		State: models.HandoverClaimed, Agent: models.Person{ID: slacktest.Ana, Name: "Ana"},
	}
	owed = handover.Listed{Chat: "3", Thread: slacktest.Support + "/1793900200.000100", Channel: "Telegram / support", Since: at, State: models.HandoverPromised, Promised: true}
	bot = handover.Listed{Chat: "4", Name: "Anne *Star*", Channel: "Webhook / shop", Last: at, Take: true}
	return waiting, claimed, owed, bot
}

func TestHomes(t *testing.T) {
	waiting, claimed, owed, _ := chats()
	day := handover.Figures{Opened: 14, Answered: 9, First: 250 * time.Second, Resolved: 1, New: 31, Alone: 24}
	many := make([]handover.Listed, 30)
	for i := range many {
		many[i] = waiting
	}
	for name, h := range map[string]handover.Home{
		"empty":   {},
		"some":    {Mine: []handover.Listed{claimed}, AllMine: 1, Waiting: []handover.Listed{waiting}, AllWaiting: 1, Owed: []handover.Listed{owed}, AllOwed: 1, Today: day},
		"many":    {Waiting: many, AllWaiting: 42},
		"refused": {Refusal: "guest"},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, slacktest.Options{Unpaced: true}, nil)
			if err := w.desk.ShowHome(t.Context(), slacktest.Ana, h); err != nil {
				t.Fatalf("ShowHome() = %v", err)
			}
			home, ok := w.slack.Agent(slacktest.Ana).Home()
			if !ok {
				t.Fatal("she has no home")
			}
			compare(t, "homes/"+name, home)
			if name == "many" && !strings.Contains(home.Plain(), "and 12 more") {
				t.Errorf("the home says %q, want how many more there are", home.Plain())
			}
		})
	}
}

// Ensure that what is wrong with a home is told from what is wrong with one person's, and from what is over in a moment.
func TestShowHome_errors(t *testing.T) {
	w := start(t, slacktest.Options{Unpaced: true}, nil)
	for code, want := range map[string]handover.DeskErrorKind{
		"not_enabled": handover.DeskForbidden, "user_not_found": handover.DeskRejected, "internal_error": handover.DeskTemporary,
	} {
		w.slack.Break(slacktest.Fault{Method: "views.publish", Error: code})
		if err := w.desk.ShowHome(t.Context(), slacktest.Ana, handover.Home{}); kindOf(t, err) != want {
			t.Errorf("ShowHome() = %v with %s, want kind %d", err, code, want)
		}
	}
	if err := w.desk.ShowHome(t.Context(), "U0NOBODY001", handover.Home{}); kindOf(t, err) != handover.DeskRejected {
		t.Errorf("ShowHome() = %v for nobody, want it refused", err)
	}
}

// Ensure that Slack takes every home and every answer, whatever customers are called.
func TestBlocks_lists(t *testing.T) {
	w := start(t, slacktest.Options{Unpaced: true}, nil)
	ctx := soon(t)
	w.deliver(ctx, t)
	ana := w.slack.Agent(slacktest.Ana)
	states := []models.HandoverState{"", models.HandoverWaiting, models.HandoverClaimed, models.HandoverPromised, models.HandoverResolved}
	listed := rapid.Custom(func(t *rapid.T) handover.Listed {
		return handover.Listed{
			Chat: "17", Name: long(5000).Draw(t, "name"), Channel: long(300).Draw(t, "channel"), Thread: slacktest.Support + "/1793900000.000100",
			State: rapid.SampledFrom(states).Draw(t, "state"), Since: time.Unix(1793900000, 0), Last: time.Unix(1793900001, 0),
			Agent: models.Person{ID: "U1", Name: long(200).Draw(t, "agent")}, Take: rapid.Bool().Draw(t, "take"),
		}
	})
	rapid.Check(t, func(rt *rapid.T) {
		lists := rapid.SliceOfN(listed, 30, 30)
		h := handover.Home{
			Mine: lists.Draw(rt, "mine"), Waiting: lists.Draw(rt, "waiting"), Owed: lists.Draw(rt, "owed"), AllMine: 99, AllWaiting: 10_000, AllOwed: 40,
			Today: handover.Figures{Opened: 1, Answered: 1, First: 3 * time.Hour, New: 1},
		}
		if err := w.desk.ShowHome(ctx, slacktest.Ana, h); err != nil {
			rt.Fatalf("ShowHome() = %v", err)
		}
		if _, err := ana.Command(ctx, slacktest.Support, "/patchbay", "find"); err != nil {
			rt.Fatal(err)
		}
		a := handover.Answer{
			Text: long(3000).Draw(rt, "text"), Title: long(300).Draw(rt, "title"), Chats: rapid.SliceOfN(listed, 0, 20).Draw(rt, "chats"), More: 7,
			Periods: []handover.Period{{Title: "Today"}, {Title: "The last seven days", Figures: h.Today}},
		}
		if err := w.desk.Answer(ctx, (<-w.commanded).Reply, a); err != nil {
			rt.Fatalf("Answer() = %v", err)
		}
	})
}

// Ensure that commands come over both ways, from members of the channel alone, and that answers go to who asked and to
// nobody else.
func TestCommands(t *testing.T) {
	_, claimed, _, bot := chats()
	for _, socket := range []bool{false, true} {
		t.Run(fmt.Sprint("socket ", socket), func(t *testing.T) {
			w := start(t, slacktest.Options{Unpaced: true, Socket: socket}, nil)
			w.slack.AddMember(slacktest.Member{ID: "U0GUEST0001", Name: "gus", DisplayName: "Gus", Guest: true})
			w.slack.AddMember(slacktest.Member{ID: "U0OUTER0001", Name: "ola", DisplayName: "Ola"})
			w.slack.AddChannel(slacktest.Channel{ID: slacktest.Support, Name: "support", Without: []string{"U0OUTER0001"}})
			ctx := soon(t)
			acts := w.deliver(ctx, t)
			for _, one := range []struct{ who, text, want string }{
				{slacktest.Ana, "find  Tom &amp; Jerry", `/patchbay "find  Tom & Jerry" in C0SUPPORT1 by U0AGENT0001 (Ana) answerable`},
				{"U0GUEST0001", "queue", `/patchbay "queue" in C0SUPPORT1 by U0GUEST0001 (Gus) refused as guest answerable`},
				{"U0OUTER0001", "mine", `/patchbay "mine" in C0SUPPORT1 by U0OUTER0001 (Ola) refused as outside answerable`},
			} {
				ack, err := w.slack.Agent(one.who).Command(ctx, slacktest.Support, "/patchbay", one.text)
				if err != nil || len(ack) > 0 {
					t.Fatalf("Command(%q) = %s, %v, want it taken without a word", one.text, ack, err)
				}
				c := <-w.commanded
				if got := commanded(&c); got != one.want {
					t.Errorf("Command(%q) came as %s, want %s", one.text, got, one.want)
				}
				if one.who != slacktest.Ana {
					continue
				}
				a := handover.Answer{Title: "2 customers", Chats: []handover.Listed{claimed, bot}, More: 3}
				for range 5 {
					if err := w.desk.Answer(ctx, c.Reply, a); err != nil {
						t.Fatalf("Answer() = %v", err)
					}
				}
				if err := w.desk.Answer(ctx, c.Reply, a); err == nil || strings.Contains(err.Error(), "response") {
					t.Errorf("Answer() = %v the sixth time, want an error without the address", err)
				}
			}
			whispers := w.slack.Agent(slacktest.Ana).Whispers()
			if len(whispers) != 5 || len(w.slack.Agent(slacktest.Ben).Whispers()) != 0 {
				t.Fatalf("Ana is shown %d answers, want 5, and Ben none", len(whispers))
			}
			last := whispers[4]
			compare(t, "answers/find", slacktest.Post{Text: last.Text, Blocks: last.Blocks})
			if err := w.slack.Agent(slacktest.Ana).ClickWhisper(ctx, last, "Take over"); err != nil {
				t.Fatal(err)
			}
			a := acts.next(ctx, t)
			if a.Kind != handover.TookChat || a.Chat != "4" || a.Handover != "" || a.Reply == "" || a.Person.ID != slacktest.Ana {
				t.Errorf("the click came as %+v", a)
			}
		})
	}
}

// Ensure that off and on are what an agent says of himself, answered where the app is, and the same when they come again.
func TestCommands_personal(t *testing.T) {
	for _, socket := range []bool{false, true} {
		t.Run(fmt.Sprint("socket ", socket), func(t *testing.T) {
			w := start(t, slacktest.Options{Unpaced: true, Socket: socket}, nil)
			w.slack.AddMember(slacktest.Member{ID: "U0GUEST0001", Name: "gus", DisplayName: "Gus", Guest: true})
			ctx := soon(t)
			acts := w.deliver(ctx, t)
			keys := map[string]bool{}
			for _, one := range []struct {
				where, text string
				kind        handover.ActionKind
				thread      string
			}{
				{slacktest.Support, "off", handover.Away, slacktest.Support}, {slacktest.Support, " ON ", handover.Back, slacktest.Support}, {"C0ELSEWHERE", "off", handover.Away, ""},
			} {
				if _, err := w.slack.Agent(slacktest.Ana).Command(ctx, one.where, "/patchbay", one.text); err != nil {
					t.Fatal(err)
				}
				a := acts.next(ctx, t)
				if a.Kind != one.kind || a.Thread != one.thread || a.Person.ID != slacktest.Ana || a.Key == "" || keys[a.Key] {
					t.Errorf("%q came as %+v", one.text, a)
				}
				keys[a.Key] = true
			}
			if _, err := w.slack.Agent("U0GUEST0001").Command(ctx, slacktest.Support, "/patchbay", "off"); err != nil {
				t.Fatal(err)
			}
			if c := <-w.commanded; c.Refusal != "guest" {
				t.Errorf("a guest's command came as %s", commanded(&c))
			}
		})
	}
}

// Ensure that answers read well.
func TestAnswers(t *testing.T) {
	waiting, _, owed, _ := chats()
	day := handover.Figures{Opened: 1, Answered: 1, First: 42 * time.Second, Resolved: 0}
	for name, a := range map[string]handover.Answer{
		"queue": {Title: "1 customer waits, 1 answer is owed", Chats: []handover.Listed{waiting, owed}},
		"none":  {Text: "Nobody waits, and no answer is owed."},
		"help":  {Text: handover.HelpText("/patchbay")},
		"stats": {Periods: []handover.Period{{Title: "Today", Figures: day}, {Title: "The last seven days", Figures: handover.Figures{Opened: 90, Answered: 80, First: 2*time.Hour + 90*time.Second, Resolved: 77, New: 12, Alone: 3}}}},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, slacktest.Options{Unpaced: true}, nil)
			ctx := soon(t)
			w.deliver(ctx, t)
			ana := w.slack.Agent(slacktest.Ana)
			if _, err := ana.Command(ctx, slacktest.Support, "/patchbay", name); err != nil {
				t.Fatal(err)
			}
			if err := w.desk.Answer(ctx, (<-w.commanded).Reply, a); err != nil {
				t.Fatalf("Answer() = %v", err)
			}
			shown := ana.Whispers()[0]
			compare(t, "answers/"+name, slacktest.Post{Text: shown.Text, Blocks: shown.Blocks})
		})
	}
}

// Ensure that the home tab is told from the tab with the app's messages, and that somebody outside sees no chats.
func TestOpenHome(t *testing.T) {
	w := start(t, slacktest.Options{Unpaced: true}, nil)
	w.slack.AddMember(slacktest.Member{ID: "U0OUTER0001", Name: "ola", DisplayName: "Ola"})
	w.slack.AddChannel(slacktest.Channel{ID: slacktest.Support, Name: "support", Without: []string{"U0OUTER0001"}})
	ctx := soon(t)
	acts := w.deliver(ctx, t)
	w.slack.Emit(map[string]any{"type": "app_home_opened", "user": slacktest.Ben, "channel": "D0BEN", "tab": "messages", "event_ts": "1793900240.001200"})
	w.slack.Agent(slacktest.Ana).OpenHome()
	w.slack.Agent("U0OUTER0001").OpenHome()
	for _, want := range []string{slacktest.Ana + " ", "U0OUTER0001 outside"} {
		a := acts.next(ctx, t)
		if got := a.Person.ID + " " + a.Refusal; a.Kind != handover.OpenedHome || got != want {
			t.Errorf("%s by %s, want %s by %s", a.Kind, got, handover.OpenedHome, want)
		}
	}
}

// Ensure that the manifest has the command, the home and what belongs to them.
func TestManifest_home(t *testing.T) {
	for _, tt := range []struct {
		o          slackdesk.ManifestOptions
		want, miss string
	}{
		{slackdesk.ManifestOptions{PublicURL: "https://chat.example.com"}, `url: "https://chat.example.com/slack/commands"`, ""},
		{slackdesk.ManifestOptions{PublicURL: "https://chat.example.com", Desk: "sales"}, "- command: /patchbay-sales", ""},
		{slackdesk.ManifestOptions{Socket: true}, "- command: /patchbay\n", "/commands"},
	} {
		got := slackdesk.Manifest(tt.o)
		for _, want := range []string{tt.want, "home_tab_enabled: true", "- app_home_opened # ", "- commands # "} {
			if !strings.Contains(got, want) {
				t.Errorf("Manifest(%+v) has no %q:\n%s", tt.o, want, got)
			}
		}
		if tt.miss != "" && strings.Contains(got, tt.miss) {
			t.Errorf("Manifest(%+v) has %q", tt.o, tt.miss)
		}
	}
}
