package slackdesk_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"

	"patchbay/handover"
	"patchbay/handover/hours"
	"patchbay/handover/slackdesk"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models"
)

// Ensure that what a section says of chats that wait reaches the state machine, and what one has that says nothing.
func TestConfigPolicy_queue(t *testing.T) {
	const section = `
quiet_agent = "10m"
quiet_offer = true
quiet_customer = "30m"
close_after = "15m"
[hours]
timezone = "Europe/Berlin"
mon = "09:00-18:00"
holidays = ["2026-12-28"]
[[ladder]]
after = "5m"
do = "group"
to = "here"
[[ladder]]
after = "1h"
do = "promise"
`
	var c slackdesk.Config
	if err := toml.NewDecoder(strings.NewReader(section)).DisallowUnknownFields().Decode(&c); err != nil {
		t.Fatal(err)
	}
	got := c.Policy().Queue
	monday := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	if !got.Hours.Open(monday) || got.Hours.Open(monday.AddDate(0, 0, 1)) || got.Hours.Open(monday.AddDate(0, 0, 35)) {
		t.Error("the hours are not those of the section")
	}
	got.Hours = nil
	want := handover.QueuePolicy{
		Ladder: []handover.Rung{
			{After: 5 * time.Minute, Do: handover.RungGroup, To: "here"}, {After: time.Hour, Do: handover.RungPromise},
		},
		QuietAgent: 10 * time.Minute, QuietOffer: true, QuietCustomer: 30 * time.Minute, CloseAfter: 15 * time.Minute,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Policy().Queue = %+v, want %+v", got, want)
	}
	silent := slackdesk.Config{}.Policy().Queue
	if !silent.Hours.Always() || len(silent.Ladder) != 2 || silent.Ladder[1].Do != handover.RungPromise || silent.QuietAgent != 0 || silent.QuietCustomer != 0 {
		t.Errorf("Policy().Queue of a section that says nothing = %+v", silent)
	}
	if none := (slackdesk.Config{Ladder: []slackdesk.Rung{}}).Policy().Queue.Ladder; len(none) != 0 {
		t.Errorf("Policy().Queue.Ladder of an empty list = %+v, want none", none)
	}
}

func TestConfigValidate_queue(t *testing.T) {
	long := func(d time.Duration) models.Duration { return models.Duration{Duration: d} }
	rung := func(after time.Duration, do, to string) slackdesk.Rung {
		return slackdesk.Rung{After: long(after), Do: do, To: to}
	}
	promise := rung(time.Hour, "promise", "")
	tests := []struct {
		name   string
		change func(*slackdesk.Config)
		want   []string // keys; a warning has a question mark
	}{
		{"all kinds", func(c *slackdesk.Config) {
			c.Ladder = []slackdesk.Rung{
				rung(time.Minute, "remind", ""), rung(2*time.Minute, "group", "S0123456789"), rung(3*time.Minute, "group", "here"),
				rung(4*time.Minute, "channel", "C0123456780"), rung(5*time.Minute, "dm", "U0123456789"), promise,
			}
		}, nil},
		{"no time", func(c *slackdesk.Config) { c.Ladder = []slackdesk.Rung{rung(0, "remind", ""), promise} }, []string{"ladder[0].after"}},
		{"out of order", func(c *slackdesk.Config) {
			c.Ladder = []slackdesk.Rung{rung(time.Hour, "remind", ""), promise}
		}, []string{"ladder[1].after"}},
		{"unknown", func(c *slackdesk.Config) { c.Ladder = []slackdesk.Rung{rung(time.Minute, "call", "110"), promise} }, []string{"ladder[0].do"}},
		{"nobody", func(c *slackdesk.Config) { c.Ladder = []slackdesk.Rung{rung(time.Minute, "dm", ""), promise} }, []string{"ladder[0].to"}},
		{"a name", func(c *slackdesk.Config) {
			c.Ladder = []slackdesk.Rung{rung(time.Minute, "channel", "#second"), promise}
		}, []string{"ladder[0].to"}},
		{"a person as a group", func(c *slackdesk.Config) {
			c.Ladder = []slackdesk.Rung{rung(time.Minute, "group", "U0123456789"), promise}
		}, []string{"ladder[0].to"}},
		{"a reminder to somebody", func(c *slackdesk.Config) { c.Ladder = []slackdesk.Rung{rung(time.Minute, "remind", "here"), promise} }, []string{"ladder[0].to"}},
		{"goes on after a promise", func(c *slackdesk.Config) {
			c.Ladder = []slackdesk.Rung{rung(time.Minute, "promise", ""), promise}
		}, []string{"ladder[0].do"}},
		{"no promise", func(c *slackdesk.Config) { c.Ladder = []slackdesk.Rung{rung(time.Minute, "remind", "")} }, []string{"ladder?"}},
		{"hours", func(c *slackdesk.Config) { c.Hours = hours.Spec{Timezone: "Mars", Tue: "9-17"} }, []string{"hours.timezone", "hours.tue"}},
		{"no open day", func(c *slackdesk.Config) { c.Hours = hours.Spec{Timezone: "UTC"} }, []string{"hours"}},
		{"offer alone", func(c *slackdesk.Config) { c.QuietOffer = true }, []string{"quiet_offer"}},
		{"close alone", func(c *slackdesk.Config) { c.CloseAfter = long(time.Hour) }, []string{"close_after"}},
		{"too long", func(c *slackdesk.Config) { c.QuietAgent = long(31 * 24 * time.Hour) }, []string{"quiet_agent"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := slackdesk.Config{BotToken: models.NewSecret("xoxb-1"), AppToken: models.NewSecret("xapp-1"), Channel: "C0123456789"}
			tt.change(&c)
			var got []string
			for _, p := range c.Validate() {
				key := p.Key
				if p.Warning {
					key += "?"
				}
				got = append(got, key)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("Validate() = %q, want %q", got, tt.want)
			}
		})
	}
}

// Ensure that cards say what the customer chose, what is owed, and why a chat was closed.
func TestCards_queue(t *testing.T) {
	card := func(state models.HandoverState, choice models.Choice) handover.Card {
		c := luis()
		c.State, c.Choice = state, choice
		if state.Ended() {
			c.Ended = time.Unix(1793903600, 0)
		}
		return c
	}
	w := start(t, slacktest.Options{Unpaced: true}, nil)
	for name, c := range map[string]handover.Card{
		"closed_asked":   card(models.HandoverWaiting, models.ChoiceAsked),
		"closed_waits":   card(models.HandoverWaiting, models.ChoiceWait),
		"closed_message": card(models.HandoverWaiting, models.ChoiceMessage),
		"promised":       card(models.HandoverPromised, ""),
		"quiet":          card(models.HandoverQuiet, ""),
	} {
		t.Run(name, func(t *testing.T) {
			thread, err := w.desk.Open(t.Context(), c)
			if err != nil {
				t.Fatalf("Open() = %v", err)
			}
			made, _ := w.slack.Thread(thread)
			compare(t, "cards/"+name, made.Root)
			takes := slices.ContainsFunc(made.Root.Buttons, func(b slacktest.Button) bool { return b.Title == "Take it" })
			if want := name != "quiet"; takes != want {
				t.Errorf("it can be taken: %v, want %v", takes, want)
			}
		})
	}
}

// Ensure that a page goes to a channel or to a person alone, with a link to the thread, and that one who is not there is told.
func TestPage(t *testing.T) {
	w := start(t, slacktest.Options{Unpaced: true}, nil)
	w.slack.AddChannel(slacktest.Channel{ID: "C0SECOND01", Name: "second"})
	thread := w.open(t)
	for _, to := range []string{"C0SECOND01", slacktest.Ben} {
		if err := w.desk.Page(t.Context(), to, thread, handover.Page{To: to, Key: handover.PageCall}); err != nil {
			t.Fatalf("Page(%s) = %v", to, err)
		}
	}
	posts := append(w.slack.Top("C0SECOND01"), w.slack.Agent(slacktest.Ben).Direct()...)
	if len(posts) != 2 {
		t.Fatalf("%d posts, want one in the channel and one to Ben", len(posts))
	}
	for _, p := range posts {
		if text := p.Shown(); !strings.Contains(text, "Can you?") || !strings.Contains(text, "archives/"+slacktest.Support+"/p") {
			t.Errorf("the page reads %q, want words and a link", text)
		}
	}
	if err := w.desk.Page(t.Context(), "C0NOWHERE1", thread, handover.Page{Key: handover.PageCall}); err == nil {
		t.Error("a page to nowhere is no error")
	}
	if err := w.desk.Page(t.Context(), slacktest.Ben, thread, handover.Page{Key: "tea"}); err == nil {
		t.Error("a page of nothing is no error")
	}
}

// Ensure that a list fits into Slack's limits, however long the names are.
func TestList(t *testing.T) {
	at := time.Unix(1793900000, 0)
	long := handover.Listing{Place: slacktest.Support, More: 380}
	for range 20 {
		long.Chats = append(long.Chats, handover.Listed{
			Thread: "C0SUPPORT1/1793800000.000100", Name: strings.Repeat("<&>", 200), Since: at, Promised: true,
		})
	}
	w := start(t, slacktest.Options{Unpaced: true}, nil)
	for name, l := range map[string]handover.Listing{
		"one": {Chats: []handover.Listed{{Thread: "C0SUPPORT1/1793800000.000100", Name: "Luis", Since: at}}},
		"some": {Place: slacktest.Support, Chats: []handover.Listed{
			{Thread: "C0SUPPORT1/1793800000.000100", Name: "Tom & <Jerry>", Since: at, Promised: true},
			{Since: at, Choice: models.ChoiceMessage}, {Name: "Ann", Since: at, Choice: models.ChoiceWait},
		}},
		"many": long,
		"given_back": {Place: slacktest.Support, From: models.Person{ID: slacktest.Ana, Name: "A <n> a"}, Chats: []handover.Listed{
			{Thread: "C0SUPPORT1/1793800000.000100", Name: "Luis", Since: at}, {Name: "Ann", Since: at},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(w.slack.Top(slacktest.Support))
			if err := w.desk.List(t.Context(), l); err != nil {
				t.Fatalf("List() = %v", err)
			}
			top := w.slack.Top(slacktest.Support)
			if len(top) != before+1 {
				t.Fatalf("%d posts, want one", len(top)-before)
			}
			compare(t, "lists/"+name, top[before])
		})
	}
}

// Ensure that Slack's absence is seen.
func TestPing(t *testing.T) {
	w := start(t, slacktest.Options{Unpaced: true}, nil)
	if err := w.desk.Ping(t.Context()); err != nil {
		t.Errorf("Ping() = %v", err)
	}
	w.slack.Outage(true)
	if err := w.desk.Ping(t.Context()); err == nil {
		t.Error("Ping() = nil while Slack is away")
	}
	if err := start(t, slacktest.Options{Unpaced: true, Socket: true}, nil).desk.Ping(t.Context()); err == nil {
		t.Error("Ping() = nil without a connection of Socket Mode")
	}
}
